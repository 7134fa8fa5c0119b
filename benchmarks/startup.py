"""How long the commands take to start, as whole processes, against `python -c "import numpy"`.

The processes take turns, so that what else the machine does strikes them alike.

    python benchmarks/startup.py [--rounds 40]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CATNET = str(Path(sys.executable).with_name("catnet"))
CONFIG = """\
goal: 3.0
data: {path: pictures, classes: [cat, dog], image_size: [64, 64]}
model: {hidden_layers: [20, 7, 5]}
train: {epochs: 1}
"""


def contenders(folder: Path) -> dict[str, list[str]]:
    """The commands, after what they need has been made."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (folder / "pictures" / name).mkdir(parents=True)
        for i in range(6):
            pixels = random.integers(0, 256, (64, 64, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "pictures" / name / f"{i}.png")
    (folder / "config.yaml").write_text(CONFIG)
    subprocess.run([CATNET, "train", "config.yaml", "--no-report"], cwd=folder, check=True, capture_output=True)
    return {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
        "catnet --help": [CATNET, "--help"],
        "catnet count-params": [CATNET, "count-params", "config.yaml"],
        "catnet predict": [CATNET, "predict", "pictures/cat/0.png"],
    }


def main() -> None:
    """Prints a line per contender: the median, the quartiles, and the ratio of the medians to NumPy's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["CATNET_CACHE"] = f"{temporary}/cache"
        commands = contenders(Path(temporary))
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                start = time.perf_counter()
                subprocess.run(command, cwd=temporary, check=True, capture_output=True)
                seconds[name].append(time.perf_counter() - start)
    numpy = statistics.median(seconds["python -c 'import numpy'"])
    rows = {}
    for name, values in seconds.items():
        first, median, third = statistics.quantiles(values, n=4)
        rows[name] = {"median": median, "quartiles": [first, third], "ratio": median / numpy}
    if arguments.json:
        print(json.dumps(rows))
        return
    print(f"{'process':28s} {'median':>8s}  {'quartiles':>16s}  x import numpy")
    for name, row in rows.items():
        first, third = row["quartiles"]
        spread = f"{first * 1e3:.0f} to {third * 1e3:.0f} ms"
        print(f"{name:28s} {row['median'] * 1e3:5.0f} ms  {spread:>16s}  {row['ratio']:.2f}")


if __name__ == "__main__":
    main()
