"""A small search, done in processes of this machine or on a cluster, and what is left of it there."""

import csv
import json
import os
from collections import defaultdict
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from distributed import Client
from tunes import CONFIG, rows

from catnet.cluster import dispatch
from catnet.cluster.files import write
from catnet.runs.checkpoints import Checkpoint, load
from catnet.runs.layout import checkpoint_epochs, checkpoint_path
from catnet.selection.trainings import Trainings
from catnet.selection.tune import begin, finish, resume, specified
from catnet.selection.tuning import Tuning

TABLE = """
goal: 1.0
data: {path: table.csv, classes: [y], validation_fraction: 0.25}
model: {hidden_layers: [6]}
train: {epochs: 60, batch_size: 8, optimizer: momentum, learning_rate: 0.1, schedule: cosine}
tune: {trials: 4, folds: 2, search: {train.learning_rate: {from: 1e-3, to: 1.0}, train.batch_size: [8, 16]}}
"""
SETTINGS = {"train.epochs": 20, "tune.trials": 3, "tune.folds": 2}  # of the animals


def write_table(folder: Path) -> Path:
    """Writes a table and a search with its rows into a folder."""
    random = np.random.default_rng(0)
    x = random.normal(size=(60, 3))
    lines = [f"{','.join(f'{value:.4f}' for value in row)},{int(row[0] + row[1] * row[2] > 0)}" for row in x]
    (folder / "table.csv").write_text("\n".join(["a,b,c,y", *lines]) + "\n")
    (folder / "config.yaml").write_text(TABLE)
    return folder


def new(folder: Path, settings: dict[str, Any] | None = None) -> Tuning:
    """A tune of the animals beside its folder."""
    config = folder.parent / "config.yaml"
    config.write_text(CONFIG)
    return begin(specified(config, settings or SETTINGS, "--set"), "config", folder)


def of_table(place: Path, name: str, **settings: object) -> Tuning:
    """A tune of the table in a place, in a folder of this name there."""
    given = {key.replace("__", "."): value for key, value in settings.items()}
    return begin(specified(place / "config.yaml", given, "--set"), "config", place / name)


def searched(
    tuning: Tuning,
    trainings: Trainings,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[..., None] = lambda row, done, total: None,
) -> dict[str, Any]:
    """Trains all that is left, and ends the tune; what it has found. Raises Stopped."""
    with closing(tuning.folder):
        tuning.search(trainings, stop, tell)
        finish(tuning, lambda trial: tuning.measure(trial, trainings, stop))
    return outcome(tuning.folder.path)


def resumed(folder: Path) -> Tuning:
    """A tune that was stopped."""
    return resume(folder)


def outcome(folder: Path) -> dict[str, Any]:
    """All that a search finds, but for the seconds."""
    summary = json.loads((folder / "summary.json").read_text())
    del summary["seconds"]
    for trial in summary["trials"]:
        del trial["seconds"]
    files = sorted(path.name for path in folder.iterdir() if path.name != ".lock")
    with (folder / "trials.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == len({(row["trial"], row["rung"]) for row in rows(folder)})
    return {"rows": rows(folder), "best": (folder / "best.yaml").read_text(), "summary": summary, "files": files}


def noted(monkeypatch: pytest.MonkeyPatch) -> dict[Path, list[Checkpoint]]:
    """The checkpoints that come back from a cluster from now on, by the folders of their trainings."""
    found = defaultdict[Path, list[Checkpoint]](list)

    def write_and_note(folder: Path, *arguments: Any) -> None:
        write(folder, *arguments)
        found[folder].append(load(checkpoint_path(folder, max(checkpoint_epochs(folder)))))

    monkeypatch.setattr(dispatch, "write", write_and_note)
    return found


def left(client: Client) -> list[str]:
    """What is left on the workers: futures, folders of ours, and processes that train, of this process's family."""
    folders = client.run(lambda dask_worker: os.listdir(dask_worker.local_directory))
    found = [name for names in folders.values() for name in names if name.startswith("catnet-")]
    keys = [key for keys in client.has_what().values() for key in keys]
    return [*found, *map(str, keys), *map(str, trainers())]


def trainers() -> list[int]:
    """The processes in which trainings run, on whichever worker, if this process is an ancestor of theirs."""
    parents: dict[int, int] = {}
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, parent, *_ = (path / "stat").read_text().rpartition(")")[2].split()
            parents[int(path.name)] = int(parent)
            if state != "Z" and b"catnet.selection.worker" in (path / "cmdline").read_bytes():
                found.append(int(path.name))
    return [process for process in found if is_under(process, os.getpid(), parents)]


def is_under(process: int, ancestor: int, parents: dict[int, int]) -> bool:
    """Whether a process was started by another one, or by one that it has started."""
    while process and process != ancestor:
        process = parents.get(process, 0)
    return process == ancestor
