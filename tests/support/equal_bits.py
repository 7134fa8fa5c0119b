"""Small trainings, done here or by the workers of a cluster, and all of them that must be equal to the bit."""

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from catnet.config import Config, load_config
from catnet.runs.directory import RunDirectory
from catnet.training.build import Adapted, as_it_is
from catnet.training.loop import train
from catnet.training.session import Session, prepare

EXAMPLES = 1040  # four shards of the full batch, and three of what validation data leaves
NUMBERS = count()  # of runs

WATCHED = {"data.validation_fraction": 0.2}
STOPPED = {**WATCHED, "train.early_stopping": {"metric": "validation_cost", "patience": 1}, "train.epochs": 12}
SMALL = {"train.batch_size": 200, "train.optimizer": "adam"}
MIXED = {"train.augment": {"mixup": 0.4, "flip": True, "shift": 0.1}}
WHITENED = {"data.scaling": "whiten", "data.components": 20}
WIDE = {"data.image_size": [64, 64], "model.hidden_layers": []}
TABLE = {"data.path": "table.csv", "goal": "regression", "data.target": "price", "model.hidden_layers": [5]}

CASES: dict[str, dict[str, Any]] = {
    "full batch": {**WATCHED, "model.hidden_layers": [6, 4]},
    "mini-batches, class weights": {**WATCHED, **SMALL, "train.class_weights": "balanced"},
    "early stopping, momentum": {**STOPPED, "train.optimizer": "momentum", "train.learning_rate": 0.9},
    "no hidden layer, nesterov": {"goal": "1.0", "data.classes": ["a"], "train.optimizer": "nesterov"},
    "labels, adamw": {"goal": "2.0", **SMALL, "train.optimizer": "adamw", "train.weight_decay": 0.1},
    "dropout, float64, views": {**WATCHED, "model.dropout": 0.3, "train.precision": "float64", "model.views": "flip"},
    "dropout in mini-batches": {"model.dropout": [0.3], "train.batch_size": 150, "train.schedule": "cosine"},
    "augmentation and mixup": {**MIXED, **WATCHED, "data.scaling": "standard"},
    "mixup of mini-batches": {**MIXED, **SMALL, "train.label_smoothing": 0.1},
    "whitening": {**WHITENED, **WATCHED, "model.views": "flip"},
    "whitening in mini-batches": {**WHITENED, "train.batch_size": 130},
    "whitening, augmentation": {**WHITENED, **WATCHED, "train.augment": {"flip": True}},
    "boxes, grey": {**WATCHED, "data.image_size": [4, 4], "data.box_average": 2, "data.colors": "grey"},
    "one shard": {"data.test_fraction": 0.75, **WIDE},
    "one shard, one output": {"data.test_fraction": 0.75, **WIDE, "goal": "1.0", "data.classes": ["b"]},
    "arrays": {"data.path": "arrays.npz", **WATCHED, "train.batch_size": 64},
    "regression": {**TABLE, **WATCHED, "train.optimizer": "adam"},
    "mixup of a table": {**TABLE, "train.augment": {"mixup": 0.3}, "train.batch_size": 100},
    "whitening of a table": {**TABLE, "data.scaling": "whiten", "data.ignore": ["dear"]},
    "a 0 or 1 of a table": {**TABLE, "goal": "1.0", "data.target": "dear", "data.classes": ["1"]},
}
ALWAYS = {"data.image_size": [8, 8], "data.bad_images": "skip", "model.hidden_layers": [6], "train.epochs": 3}


class Outcome(NamedTuple):
    """What a training has come to: its tensors, its rows without the seconds, its best epoch."""

    tensors: dict[str, bytes]
    rows: list[dict[str, Any]]
    best: int


def config_of(settings: Mapping[str, object]) -> Config:
    """The configuration of these settings, by their keys with dots."""
    return load_config({"goal": "3.0", "data": {"path": "."}}, dict(settings), "test")


def case(place: Path, settings: Mapping[str, object]) -> Config:
    """The configuration of a case."""
    given = {**ALWAYS, **settings, "data.path": str(place / str(settings.get("data.path", "pictures")))}
    if settings.get("data.path") == "table.csv":
        del given["data.image_size"], given["data.bad_images"]
    return config_of(given)


def trained(config: Config, folder: Path, adapted: Adapted = as_it_is) -> Outcome:
    """Trains in a new run in a folder, and ends it."""
    session = prepare(config, lambda: RunDirectory.create(folder / f"run-{next(NUMBERS)}"), adapted=adapted)
    try:
        for _ in train(session):
            pass
        return outcome(session)
    finally:
        session.run.close()


def outcome(session: Session) -> Outcome:
    """That of a training that has ended."""
    found = {"": session.current_model().parameters, "state.": session.solver.state}
    found["best."] = session.best_model().parameters
    tensors = {f"{kind}{name}": values.tobytes() for kind, named in found.items() for name, values in named.items()}
    rows = [{name: value for name, value in row.items() if name != "seconds"} for row in session.history]
    return Outcome(tensors, rows, session.best.epoch)


def write_data(folder: Path) -> Path:
    """All the data of the cases, in a folder."""
    draw(folder / "pictures"), write_arrays(folder / "arrays.npz"), write_table(folder / "table.csv")
    return folder


def draw(folder: Path) -> Path:
    """PNG files of 8 x 8 in class folders, a tenth of which is hard to tell apart; one is damaged."""
    random = np.random.default_rng(5)
    for place in range(EXAMPLES + 1):
        name = "abc"[place % 3]
        pixels = random.integers(0, 150, (8, 8, 3), dtype=np.uint8)
        if place % 10:
            pixels[:, 2 * (place % 3) : 2 * (place % 3) + 2] += 60
        path = folder / name / f"{place:04}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    path.write_bytes(path.read_bytes()[:60])
    return folder


def write_arrays(path: Path) -> Path:
    """As many pictures with their labels in a file of arrays."""
    random = np.random.default_rng(6)
    y = random.integers(0, 3, EXAMPLES)
    x = random.integers(0, 200, (EXAMPLES, 8, 8, 3), dtype=np.uint8)
    x[:, 0, 0] += y.astype(np.uint8)[:, None] * 20
    np.savez(path, x_train=x, y_train=y)
    return path


def write_table(path: Path) -> Path:
    """As many rows of numbers, with a number, and a 0 or 1, to be told from them."""
    random = np.random.default_rng(7)
    x = random.normal(size=(EXAMPLES, 6))
    price = 3 + x[:, 0] - x[:, 1] * x[:, 2] + 0.1 * random.normal(size=EXAMPLES)
    rows = [",".join(f"{value:.5f}" for value in (*row, own)) for row, own in zip(x, price, strict=True)]
    lines = [f"{row},{int(own > 3)}" for row, own in zip(rows, price, strict=True)]
    path.write_text("\n".join(["u,v,w,x,y,z,price,dear", *lines]) + "\n")
    return path
