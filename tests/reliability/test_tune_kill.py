"""kill -9 of a tune at random moments: what goes on from there ends as one that nothing stops."""

import csv
import json
import shutil
import signal
import time
from pathlib import Path
from typing import Any

import numpy as np
from children import Child
from trials import TALLY, Lost, number, prepare

CONFIG = """\
goal: 1.0
data: {path: table.csv, classes: [y], validation_fraction: 0.25}
model: {hidden_layers: [6], dropout: 0.3}
train: {epochs: 60, batch_size: 8, optimizer: momentum, learning_rate: 0.1, schedule: cosine}
tune:
  trials: 9
  folds: 2
  search:
    train.learning_rate: {from: 1e-3, to: 1.0}
    train.batch_size: [8, 16, full]
    model.hidden_layers: [[6], [12, 4]]
    train.keep: [best, last]
"""
ROWS = 12  # of trials.csv: 9 trials in the first rung, the better 3 of them in the last


def words(folder: Path, jobs: int = 2) -> list[str]:
    """The arguments that start the tune, or that go on with it."""
    if (folder / "out" / "trials.csv").exists():
        return ["tune", "--resume", "out", "--jobs", str(jobs)]
    shutil.rmtree(folder / "out", ignore_errors=True)
    return ["tune", "config.yaml", "--output", "out", "--jobs", str(jobs)]


def outcome(folder: Path) -> dict[str, Any]:
    """All that must be the same at the end: the trials in any order, the best settings, the estimates."""
    with (folder / "trials.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    for row in table:
        del row["seconds"], row["elapsed"]
    summary = json.loads((folder / "summary.json").read_text())
    del summary["seconds"]
    for trial in summary["trials"]:
        del trial["seconds"]
    best = (folder / "best.yaml").read_text()
    return {
        "trials": sorted(map(repr, table)),
        "summary": summary,
        "best": best,
        "files": sorted(p.name for p in folder.iterdir()),
    }


def rows(folder: Path) -> int:
    """How many rows trials.csv has."""
    path = folder / "out" / "trials.csv"
    return max(0, path.read_bytes().count(b"\n") - 1) if path.exists() else 0


def kill_trial(folder: Path, most: int, random: np.random.Generator) -> int:
    """Kills the tune at random moments until it has finished, or often enough; how often. Raises Lost."""
    kills = 0
    while True:
        child = Child(folder, *words(folder)).started()
        if kills < most:
            wanted = int(random.integers(rows(folder), ROWS + 1))
            while rows(folder) < wanted and child.process.is_alive():
                time.sleep(0.01)
            time.sleep(random.uniform(0, 0.3))
            child.send(signal.SIGKILL)
        code = child.wait()
        if code == 0:
            return kills
        if code != -signal.SIGKILL:
            raise Lost(f"it ended with {code}: {child.text()}")
        kills += 1


def test_kill_a_tune_at_random_moments(place: Path) -> None:
    random, trials, kills = np.random.default_rng(0), number(1, 20), 0
    whole = Child(prepare(place / "whole", CONFIG), *words(place / "whole", jobs=1))
    assert whole.wait() == 0, whole.text()
    expected = outcome(place / "whole" / "out")
    assert len(expected["trials"]) == ROWS and "trials" not in expected["files"]
    for trial in range(trials):
        folder = prepare(place / str(trial), CONFIG)
        kills += kill_trial(folder, number(2, 20), random)
        if outcome(folder / "out") != expected:
            raise Lost(f"after {kills} kills the end is another: {outcome(folder / 'out')}, not {expected}")
    assert kills
    TALLY.append(f"kill -9 of a tune at random moments: {trials} trials, {kills} kills; all ends identical")
