"""How long `catnet train` and `catnet predict` take on folders of JPEGs of 64 x 64, as whole processes.

A first run finds an empty cache and decodes the pictures; a second has them from the cache; a third is a second one
that writes its report too. One neuron is trained for one epoch, so that little of the time is training.
`catnet predict` has no cache. The yardstick is Pillow on one thread: from the list of the files to the rows in memory,
without imports. The files are in the memory of the system, because they have just been read or written. The folders are
drawn once.

    python -m benchmarks.folders [--pictures 200 2000 20000 100000] [--predict 10000] [--rounds 3] [--before FOLDER]
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import processes
from benchmarks.case import BEFORE
from benchmarks.decoding import draw
from benchmarks.machine import usable_cores

HERE = processes.REPOSITORY / "benchmarks"
PICTURES = (200, 2000, 20000, 100_000)
PREDICTED = 10_000
RUNS = {"first run": ["--no-report"], "second run": ["--no-report"], "with report": []}
CONFIG = """\
goal: 1.0
data: {{path: "{path}", classes: [cat]}}
model: {{initialization: zeros}}
train: {{epochs: 1}}
"""

Usages = dict[str, list[dict[str, float]]]  # by kind of run, one per round


def folder_of(work: Path, pictures: int) -> Path:
    """The folder with so many JPEGs, in train/cat and train/dog."""
    folder = work / f"jpegs-{pictures}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)  # what was not drawn to the end
        draw(folder / "pictures", pictures)
        (folder / "complete").touch()
        time.sleep(2.5)  # the cache does not keep files that have only just been written
    return folder / "pictures"


def catnet(arguments: list[str], cache: Path, where: Path) -> processes.Usage:
    """`catnet ARGUMENTS` of the checkout `where`. Raises Failed."""
    environment = {**processes.environment(usable_cores(), {}), "CATNET_CACHE": str(cache)}
    return processes.run(["-m", "catnet", *arguments], environment, where=where)


def train(folder: Path, where: Path, measured: Usages) -> None:
    """A round of RUNS, with a cache and run directories that do not remain."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        config = Path(temporary, "config.yaml")
        config.write_text(CONFIG.format(path=folder))
        for name, options in RUNS.items():
            arguments = ["train", str(config), "--run-dir", str(Path(temporary, name)), *options]
            usage = catnet(arguments, Path(temporary, "cache"), where)
            measured.setdefault(name, []).append(asdict(usage))


def seconds_of_pillow(folder: Path) -> float:
    """One thread that decodes the folder."""
    command = [sys.executable, "-m", "benchmarks.decoding", "--contender", "pillow", str(folder)]
    done = subprocess.run(command, cwd=processes.REPOSITORY, check=True, capture_output=True, text=True)
    return float(json.loads(done.stdout)["seconds"])


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """What each checkout took, by the number of pictures; and the yardstick."""
    work = options.work.resolve()
    checkouts = {"catnet": processes.REPOSITORY} | ({BEFORE: options.before} if options.before else {})
    folders = {pictures: folder_of(work, pictures) for pictures in options.pictures}
    predicted = folder_of(work, options.predict)
    trained: dict[str, dict[int, Usages]] = {name: {m: {} for m in folders} for name in checkouts}
    answered: Usages = {name: [] for name in checkouts}
    pillow: list[float] = []
    with tempfile.TemporaryDirectory(dir=work) as temporary:
        run, cache = Path(temporary, "run"), Path(temporary, "cache")
        config = Path(temporary, "config.yaml")
        config.write_text(CONFIG.format(path=folders[min(folders)]))
        catnet(["train", str(config), "--run-dir", str(run), "--no-report"], cache, processes.REPOSITORY)
        for _ in range(options.rounds):
            pillow.append(seconds_of_pillow(predicted))
            for name, where in checkouts.items():
                arguments = ["predict", str(predicted / "train"), "--model", str(run)]
                answered[name].append(asdict(catnet(arguments, cache, where)))
            for pictures, folder in folders.items():
                for name, where in checkouts.items():
                    train(folder, where, trained[name][pictures])
    return {
        "predicted": options.predict,
        "cores": usable_cores(),
        "pillow": pillow,
        "predict": answered,
        "train": trained,
    }


def main() -> None:
    """Prints the median seconds of each kind of run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, nargs="+", default=PICTURES)
    parser.add_argument("--predict", type=int, default=PREDICTED)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--work", type=Path, default=HERE / ".work")
    parser.add_argument("--before", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options)
    if options.json:
        print(json.dumps(found))
        return
    print(f"Pillow, one thread, {options.predict} JPEGs: {statistics.median(found['pillow']):.2f} s")
    for name, usages in found["predict"].items():
        print(f"{name} predict: {median(usages, 'seconds'):.2f} s, {median(usages, 'peak') / 1e6:.0f} MB")
    for name, trained in found["train"].items():
        for pictures, runs in trained.items():
            shown = (f"{kind} {median(usages, 'seconds'):.2f} s" for kind, usages in runs.items())
            print(f"{name} train, {pictures} JPEGs: {', '.join(shown)}")


def median(usages: list[dict[str, float]], figure: str) -> float:
    """Of a figure over the rounds."""
    return statistics.median(usage[figure] for usage in usages)


if __name__ == "__main__":
    main()
