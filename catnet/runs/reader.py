"""The reader of a run directory: all that others want to know about a training, in one place."""

import csv
import json
import math
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from catnet.config import Config, load_config
from catnet.engine.types import Array
from catnet.errors import CheckpointError, NotInARun, OutputError
from catnet.model import Model
from catnet.runs.checkpoints import load
from catnet.runs.find import find_model, is_there, refuse_what_is_no_run, run_of
from catnet.runs.history import EPOCH
from catnet.runs.layout import (
    CONFIG,
    EXAMPLES,
    LEARNED_BEFORE,
    METRICS,
    SKIPPED,
    SUMMARY,
    checkpoint_epochs,
    checkpoint_path,
)
from catnet.text import printable


class SavedRun:
    """A run directory. Each property is read when it is first needed, and raises the errors of reading it."""

    def __init__(self, path: Path, data: Path | None = None) -> None:
        """`data` is where the run's data is now, if it has moved. Raises CheckpointError if there is no such run."""
        if not is_there(path, Path.is_dir):
            refuse_what_is_no_run(path)
            raise CheckpointError(f"{printable(path)}: there is no such run directory")
        self.path, self._data = path, data

    @classmethod
    def of_model(cls, model: Path) -> "SavedRun":
        """The run that a model file is in, whether it is the best model or a checkpoint.

        Raises NotInARun if it is in none.
        """
        if (run := run_of(model)) is not None:
            return cls(run)
        raise NotInARun(
            f"{printable(model)}: is in no run directory, so its configuration, its history and its data are not known"
        )

    @cached_property
    def config(self) -> Config:
        """The configuration. Raises ConfigError."""
        config = load_config(self.path / CONFIG)
        if self._data is None:
            return config
        moved = config.data.model_copy(update={"path": self._data.absolute()})
        return config.model_copy(update={"data": moved})

    @property
    def config_text(self) -> str:
        """The text of the configuration file."""
        return (self.path / CONFIG).read_text(encoding="utf-8")

    @cached_property
    def model(self) -> Model:
        """The best model. Raises CheckpointError."""
        return load(find_model(self.path)).model

    def checkpoints(self) -> Iterator[tuple[int, Path]]:
        """The numbered checkpoints, the newest first: each one's epoch and file. Raises OutputError."""
        for epoch in checkpoint_epochs(self.path):
            yield epoch, checkpoint_path(self.path, epoch)

    @cached_property
    def history(self) -> dict[str, Array]:
        """The columns of metrics.csv, each (epochs,), NaN for a cell without a number; none if it cannot be read."""
        try:
            with (self.path / METRICS).open(newline="", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
        except (OSError, ValueError):
            return {}
        rows = [row for row in rows if number(row.get(EPOCH)) > 0]  # others are not catnet's
        return {name: np.array([number(row.get(name)) for row in rows]) for name in (rows[0] if rows else ()) if name}

    @cached_property
    def summary(self) -> dict[str, Any] | None:
        """What summary.json holds; None if the training did not finish. Raises CheckpointError."""
        path = self.path / SUMMARY
        if not is_there(path):
            return None
        try:
            summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if not summary["metrics"]:
                raise KeyError("metrics")
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CheckpointError(f"{printable(path)}: cannot be read ({error}); remove it if it is damaged") from error
        return summary

    @cached_property
    def skipped(self) -> list[tuple[str, str]]:
        """The rows of skipped.csv: a bad example's name, and why it was left out."""
        try:
            with (self.path / SKIPPED).open(newline="", encoding="utf-8") as file:
                return [(row["name"], row["reason"]) for row in csv.DictReader(file)]
        except (OSError, ValueError, KeyError):
            return []

    @cached_property
    def learned(self) -> dict[str, str]:
        """The name of each training example by its digest, as in examples.csv; none if it cannot be read."""
        try:
            with (self.path / EXAMPLES).open(newline="", encoding="utf-8") as file:
                rows = csv.DictReader(file)
                return {row["digest"]: row["name"] for row in rows if row["split"] in ("train", LEARNED_BEFORE)}
        except (OSError, ValueError, KeyError):
            return {}

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """The SHA-256 of each split that the run was trained on: from its summary, or its newest good checkpoint.

        Empty if neither can be read.
        """
        with suppress(CheckpointError, KeyError, TypeError, ValueError):  # such as a run that has not finished
            return dict((self.summary or {})["fingerprint"])
        with suppress(OutputError):  # a folder that cannot be read
            for _, path in self.checkpoints():
                with suppress(CheckpointError):
                    training = load(path).training
                    if training is not None:
                        return training.fingerprint
        return {}


def as_it_was_split(config: Config, fingerprints: Mapping[str, str]) -> Config:
    """A run's configuration without a validation fraction that was not used: earlier versions drew no validation data
    beside other splits. `fingerprints` are those of the run's splits; none if they are not known.
    """
    if not fingerprints or "validation" in fingerprints:
        return config
    return config.model_copy(update={"data": config.data.model_copy(update={"validation_fraction": 0.0})})


def number(cell: str | None) -> float:
    """The number in a cell of metrics.csv, NaN if there is none."""
    try:
        return float(cell or "nan")
    except ValueError:
        return math.nan
