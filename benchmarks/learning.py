"""How much a network learns from the configuration that `catnet init` writes, no setting touched.

python -m benchmarks.learning                                # all sets, 4 folds of the training data, 3 seeds
python -m benchmarks.learning animals --folds 0              # the set's own unseen data in place of folds
python -m benchmarks.learning animals --set data.scaling=center --set train.augment=none --textbook

A fold is a folder of its own, a copy, so that `catnet init` and `catnet train` see what a user would give them.
"""

import argparse
import csv
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

from benchmarks.processes import REPOSITORY

METADATA = "metadata.csv"


class Set(NamedTuple):
    """A folder of `../shared/data`, what `catnet init` is told of it, and the metrics to print."""

    folder: str
    options: tuple[str, ...]
    metrics: tuple[str, ...]


SETS = {
    "animals": Set("animals", (), ("accuracy",)),
    "catvnoncat": Set("catvnoncat", (), ("accuracy",)),
    "mosaics": Set("mosaics", (), ("accuracy", "auc", "exact_match")),
    "count": Set("mosaics", ("--goal", "regression", "--target", "animals"), ("mae", "r2")),
    "digits": Set("digits", (), ("accuracy",)),
}


def main() -> None:
    options = parser().parse_args()
    for name in options.sets or SETS:
        chosen = SETS[name]
        source = options.data / chosen.folder
        with tempfile.TemporaryDirectory() as work:
            found = list(results(source, chosen, Path(work), options))
        for metric in chosen.metrics:
            values = [result[metric] for result in found]
            spread = f" +- {stdev(values):.4f}" if len(values) > 1 else ""
            print(f"{name}: {metric} {mean(values):.4f}{spread}", flush=True)
        print(f"{name}: {mean(result['seconds'] for result in found):.1f} s per training, of {len(found)}", flush=True)


def results(source: Path, chosen: Set, work: Path, options: argparse.Namespace) -> Iterator[dict[str, float]]:
    """What each seed reached: the mean over the folds, or the result on the set's own unseen data, also if its
    pictures are in files of arrays.
    """
    train = source / "train"
    for seed in range(options.seeds):
        has_folds = options.folds and train.is_dir()
        folders = folds(train, work / str(seed), options.folds, seed) if has_folds else [source]
        measured = [trained(folder, chosen, work / f"run-{seed}", seed, options) for folder in folders]
        yield {name: mean(each[name] for each in measured) for name in (*chosen.metrics, "seconds")}
        shutil.rmtree(work / str(seed), ignore_errors=True)


def folds(train: Path, work: Path, count: int, seed: int) -> Iterator[Path]:
    """Folders with `train` and `val`, each with another part of the pictures in `val`; stratified by their labels."""
    places = sorted(path.relative_to(train) for path in train.rglob("*") if path.is_file() and path.name != METADATA)
    rows = labels_of(train)
    of_class: dict[object, list[Path]] = defaultdict(list)
    for place in places:
        of_class[tuple(rows[place.name][1:]) if rows else place.parent].append(place)
    fold_of: dict[Path, int] = {}
    for key in sorted(of_class, key=str):
        random.Random(f"{seed} {key}").shuffle(of_class[key])
        fold_of |= {place: position % count for position, place in enumerate(of_class[key])}
    for fold in range(count):
        folder = work / f"fold-{fold}"
        for place in places:
            target = folder / ("val" if fold_of[place] == fold else "train") / place
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(train / place, target)
        for split in ("train", "val") if rows else ():
            with open(folder / split / METADATA, "w", encoding="utf-8", newline="") as file:
                present = [row for name, row in rows.items() if name == "" or (folder / split / name).exists()]
                csv.writer(file).writerows(present)
        yield folder


def labels_of(train: Path) -> dict[str, list[str]]:
    """The rows of metadata.csv by file name, its header by ""; {} if there is none."""
    if not (train / METADATA).exists():
        return {}
    with open(train / METADATA, encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return {"": header, **{row[0]: row for row in rows}}


def trained(folder: Path, chosen: Set, run: Path, seed: int, options: argparse.Namespace) -> dict[str, float]:
    """The metrics on the unseen data of a training as `catnet init` configures it, and its seconds."""
    shutil.rmtree(run, ignore_errors=True)
    config = run.parent / "config.yaml"
    textbook = ["--textbook"] if options.textbook else []
    catnet("init", str(folder), *chosen.options, *textbook, "--force", "--output", str(config))
    overrides = [f"train.seed={seed}", *options.set]
    sets = [part for override in overrides for part in ("--set", override)]
    catnet("train", str(config), "--run-dir", str(run), "--no-report", *sets)
    summary = json.loads((run / "summary.json").read_text("utf-8"))
    unseen = next(split for split in ("validation", "test") if split in summary["metrics"])
    return summary["metrics"][unseen] | {"seconds": summary["seconds"]}


def catnet(*arguments: str) -> None:
    """Runs a command of catnet; raises CalledProcessError, after it has printed why."""
    done = subprocess.run([sys.executable, "-m", "catnet", *arguments], capture_output=True, text=True)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
    done.check_returncode()


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET", help=f"{', '.join(SETS)}; all by default")
    parser.add_argument("--folds", type=int, default=4, help="of the training data; 0: its own unseen data")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting to change")
    parser.add_argument("--textbook", action="store_true", help="the configuration of catnet init --textbook")
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    return parser


if __name__ == "__main__":
    main()
