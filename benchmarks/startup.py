"""How long the commands take to start, as whole processes, against `python -c "import numpy"`.

The processes take turns, so that what else the machine does strikes them alike.

`catnet train` trains one neuron on catvnoncat for 2000 epochs, with an empty cache and from a full one; it is left out
if the pictures are not there.

    python -m benchmarks.startup [--rounds 40] [--data ../shared/data]
"""

import argparse
import json
import os
import shutil
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
TRAINED = "trained"  # the run directory
TRAINING = """\
goal: 1.0
data: {{path: "{path}", classes: [cat]}}
model: {{initialization: zeros}}
train: {{epochs: 2000, learning_rate: 0.005}}
"""


def contenders(folder: Path, catvnoncat: Path) -> dict[str, list[str]]:
    """The commands, after what they need has been made. What they make there is removed before each."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    for name in ("cat", "dog"):
        (folder / "pictures" / name).mkdir(parents=True)
        for i in range(6):
            pixels = random.integers(0, 256, (64, 64, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "pictures" / name / f"{i}.png")
    (folder / "config.yaml").write_text(CONFIG)
    run = folder / "run"
    train = [CATNET, "train", "config.yaml", "--no-report", "--run-dir", str(run)]
    subprocess.run(train, cwd=folder, check=True, capture_output=True)
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "python -c 'import numpy'": [sys.executable, "-c", "import numpy"],
        "catnet --help": [CATNET, "--help"],
        "catnet count-params": [CATNET, "count-params", "config.yaml"],
        "catnet predict": [CATNET, "predict", "pictures/cat/0.png", "--model", str(run)],
    }
    if catvnoncat.is_dir():
        (folder / "training.yaml").write_text(TRAINING.format(path=catvnoncat.resolve()))
        train = [CATNET, "train", "training.yaml", "--no-report", "--run-dir", TRAINED]
        commands |= {"catnet train --no-report": train, "catnet train --no-report, cached": train}
    else:
        print(f"catnet train is left out: the pictures are not at {catvnoncat}", file=sys.stderr)
    return commands


def main() -> None:
    """Prints a line per contender: the median, the quartiles, and the ratio of the medians to NumPy's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument(
        "--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data", help="the real sets"
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        os.environ["CATNET_CACHE"] = f"{temporary}/cache"
        commands = contenders(Path(temporary), arguments.data / "catvnoncat")
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                shutil.rmtree(Path(temporary, TRAINED), ignore_errors=True)
                if "cached" not in name:
                    shutil.rmtree(Path(temporary, "cache"), ignore_errors=True)
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
