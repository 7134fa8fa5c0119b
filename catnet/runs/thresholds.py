"""Storing thresholds with a model that was measured: the one change that is made to a model file.

    measured = load(path).model
    store_thresholds(path, measured, [0.3])

Meanwhile a training may have put a better model there. Then nothing is stored: a threshold belongs to the model that it
was chosen for, and a model that was read earlier must not replace a newer one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from os.path import realpath
from pathlib import Path
from typing import Any

import numpy as np

from catnet.errors import ConfigError, RunInUse
from catnet.files import identity
from catnet.model import Model
from catnet.runs.checkpoints import load, save
from catnet.runs.find import run_of
from catnet.runs.format import check_thresholds
from catnet.runs.layout import BEST, CHECKPOINTS, NUMBERED, WEIGHTS
from catnet.runs.lock import STORING, Lock
from catnet.text import printable


def store_thresholds(path: Path, measured: Model, thresholds: Sequence[float]) -> None:
    """Stores a threshold for each class with the model of a file, which must still be the one that was measured.

    The lock of the model's run, if it is in one, is held. Raises RunInUse if a training has it, or has replaced the
    model; ConfigError for a numbered checkpoint, which never changes, and for numbers that are no thresholds of the
    model; CheckpointError, OutputError. The file is then as it was.
    """
    try:
        check_thresholds(list(thresholds), measured.question)
    except ValueError as error:
        raise ConfigError(f"{printable(path)}: needs a number from 0 to 1 for each class, not {error}") from error
    with to_be_changed(path) as file:
        before, checkpoint = identity(file), load(file)

        def confirm() -> None:
            if identity(file) != before or not is_same(checkpoint.model, measured):
                raise RunInUse(
                    f"{printable(path)}: is no longer the model that was measured: it has been replaced meanwhile; "
                    "nothing is stored; measure it again"
                )

        confirm()
        save(file, replace(checkpoint, model=replace(checkpoint.model, thresholds=tuple(thresholds))), confirm)


@contextmanager
def to_be_changed(path: Path) -> Iterator[Path]:
    """The file at the path, after following links, while its run is locked. Raises as `store_thresholds`."""
    file = Path(realpath(path))
    run = run_of(file)
    if run is not None and file.parent.name in (CHECKPOINTS, WEIGHTS) and NUMBERED.fullmatch(file.name):
        raise ConfigError(
            f"{printable(path)}: is a checkpoint of a training, which never changes; store thresholds with "
            f"{printable(run / BEST)}, or with a copy of the checkpoint in another folder"
        )
    lock = None if run is None else Lock(run, STORING)
    try:
        yield file
    finally:
        if lock is not None:
            lock.release()


def is_same(one: Model, other: Model) -> bool:
    """Whether two models are of the same epoch, ask the same question, and answer it with the same numbers."""
    names = one.parameters.keys() | other.parameters.keys()
    arrays: list[tuple[Any, Any]] = [
        *((one.parameters.get(name), other.parameters.get(name)) for name in names),
        (one.scaling.shift, other.scaling.shift),
        (one.scaling.scale, other.scaling.scale),
        (one.decision_thresholds, other.decision_thresholds),
    ]
    facts = [(m.epoch, m.network, m.question, m.image_size, m.box_average, m.views) for m in (one, other)]
    return facts[0] == facts[1] and all(np.array_equal(a, b) for a, b in arrays)
