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


class Outcome(NamedTuple):
    """What a training has come to: its tensors, its rows without the seconds, its best epoch."""

    tensors: dict[str, bytes]
    rows: list[dict[str, Any]]
    best: int


def config_of(settings: Mapping[str, object]) -> Config:
    """The configuration of these settings, by their keys with dots."""
    return load_config({"goal": "3.0", "data": {"path": "."}}, dict(settings), "test")


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
