"""The reader of a run directory: all that others want to know about a training, in one place."""

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, TypeGuard, TypeVar

import numpy as np

from catnet.config import Config, dump_config, load_config
from catnet.config.document import LARGEST
from catnet.data.split_names import WORDS
from catnet.engine.types import Array, Parameters
from catnet.errors import CheckpointError, ConfigError, NotInARun, OutputError
from catnet.files import COPY, read_regular
from catnet.model import Model
from catnet.runs.checkpoints import load
from catnet.runs.find import find_model, is_there, refuse_what_is_no_run, run_of
from catnet.runs.format import MOST_EPOCHS, in_short, is_count
from catnet.runs.history import EPOCH
from catnet.runs.layout import (
    CONFIG,
    EXAMPLE_COLUMNS,
    EXAMPLES,
    LEARNED_BEFORE,
    METRICS,
    SKIPPED,
    SUMMARY,
    checkpoint_epochs,
    checkpoint_path,
)
from catnet.runs.rows import history_of, rows_of
from catnet.runs.training_facts import TrainingFacts
from catnet.text import printable

T = TypeVar("T")
LARGEST_SUMMARY = 256 << 20  # bytes
DIGEST = re.compile("[0-9a-f]{16}")  # of examples.csv


class Newest(NamedTuple):
    """What is kept of the newest good checkpoint: its epoch, its facts, and b1, b2, ... of the best epoch so far."""

    epoch: int
    facts: TrainingFacts
    biases: Parameters


class SavedRun:
    """A run directory. Each property is read when it is first needed, and raises the errors of reading it."""

    def __init__(self, path: Path, data: Path | None = None) -> None:
        """`data` is where the run's data is now, if it has moved. Raises CheckpointError if there is no such run."""
        if not is_there(path, stat.S_ISDIR):
            refuse_what_is_no_run(path)
            raise CheckpointError(f"{printable(path)}: there is no such run directory")
        self.path, self._data = path, data
        self.faults: list[str] = []  # of files that were read so far: what is wrong with each, and what that means

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
        try:
            config = load_config(self.path / CONFIG, of_run=True)
        except ConfigError as error:
            if os.path.lexists(self.path / CONFIG):
                raise
            raise ConfigError(f"{error}; resuming the training writes it again") from error
        if self._data is None:
            return config
        moved = config.data.model_copy(update={"path": self._data.absolute()})
        return config.model_copy(update={"data": moved})

    @property
    def config_text(self) -> str:
        """The text of the configuration file; if it cannot be read, as it is written."""
        try:
            return read_regular(self.path / CONFIG, LARGEST).decode()
        except (OSError, ValueError):
            return dump_config(self.config)

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
        """The columns of metrics.csv, each (epochs,), NaN for a cell without a number; as far as it can be read."""
        epochs = self._epochs_known  # first: meanwhile a training may log more
        columns, fault = history_of(self.path / METRICS)
        rows = len(columns.get(EPOCH, ()))
        if rows < epochs and not fault:
            fault = f"{printable(self.path / METRICS)}: is not complete"
        left = f"{rows} of {epochs} epochs can be read" if rows < epochs else "the rest is left out"
        return self._noting(columns, fault, f"{left}; resuming the training writes it again")

    @cached_property
    def epochs(self) -> int:
        """How many epochs were trained, also if metrics.csv has not all of them."""
        return max(self._epochs_known, len(self.history.get(EPOCH, ())))

    @cached_property
    def _epochs_known(self) -> int:
        """The epochs of the summary, or of the newest good checkpoint; 0 if neither can be read."""
        with suppress(CheckpointError):
            epochs = (self.summary or {}).get("epochs")
            if is_count(epochs):
                return min(epochs, MOST_EPOCHS)
        return 0 if self._newest is None else self._newest.epoch

    @cached_property
    def _newest(self) -> "Newest | None":
        """The newest good checkpoint of a training."""
        with suppress(OutputError):  # a folder that cannot be read
            for epoch, path in self.checkpoints():
                with suppress(CheckpointError):
                    checkpoint = load(path)
                    facts, best = checkpoint.training, checkpoint.best or checkpoint.model.parameters
                    if facts is not None and is_fingerprint(facts.fingerprint):
                        return Newest(epoch, facts, {name: P for name, P in best.items() if name.startswith("b")})
        return None

    @cached_property
    def summary(self) -> dict[str, Any] | None:
        """What summary.json holds; None if the training did not finish. Raises CheckpointError."""
        path = self.path / SUMMARY
        if not is_there(path) and not os.path.lexists(path):
            return None
        try:
            summary: dict[str, Any] = json.loads(read_regular(path, LARGEST_SUMMARY), parse_constant=refuse)
            if not isinstance(summary["metrics"], dict | list) or not summary["metrics"]:
                raise KeyError("metrics")
        except OSError as error:
            reason = in_short(error).removesuffix(f"; {COPY}")
            raise CheckpointError(f"{printable(path)}: cannot be read: {reason}") from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise CheckpointError(
                f"{printable(path)}: cannot be read: it is damaged ({in_short(error)}); remove it, "
                "and resuming the training writes it again"
            ) from error
        return summary

    @cached_property
    def skipped(self) -> list[tuple[str, str]]:
        """The rows of skipped.csv: a bad example's name, and why it was left out; as far as it can be read."""
        rows, fault = rows_of(self.path / SKIPPED, "name", "reason")
        return self._noting([(name, reason) for name, reason in rows], fault, "the rest is left out")

    @cached_property
    def learned(self) -> dict[str, str]:
        """The name of each training example by its digest, as in examples.csv; as far as it can be read."""
        path = self.path / EXAMPLES
        rows, fault = rows_of(path, *EXAMPLE_COLUMNS, check=demand_digest)
        learned = [(digest, name) for split, name, digest in rows if split in ("train", LEARNED_BEFORE)]
        if not fault and len(learned) < self._examples_known and os.path.lexists(path):
            fault = f"{printable(path)}: has {len(learned)} of {self._examples_known} training examples"
        names = dict(learned)
        return self._noting(names, fault, "examples that the model has learned from may count as unseen")

    @cached_property
    def _examples_known(self) -> int:
        """How many training examples there were, as the summary says, or the newest good checkpoint; 0 if neither."""
        with suppress(CheckpointError, KeyError, TypeError):
            if self.summary is not None and is_count(count := self.summary["metrics"]["train"]["examples"]):
                return int(count)
        count = 0 if self._newest is None else self._newest.facts.examples.get("train", 0)
        return count if is_count(count) else 0

    def _noting(self, found: T, fault: str, effect: str) -> T:
        """What was found, after a note on what is wrong with the file."""
        if fault:
            self.faults.append(f"{fault}; {effect}")
        return found

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """The SHA-256 of each split that the run was trained on: from its summary, or its newest good checkpoint.

        Empty if neither can be read.
        """
        with suppress(CheckpointError):
            found = (self.summary or {}).get("fingerprint")  # there is no summary if the training did not finish
            if is_fingerprint(found):
                return found
        return {} if self._newest is None else self._newest.facts.fingerprint

    def disowns(self, model: Model) -> bool:
        """Whether its newest good checkpoint has another model of the same epoch, as told by the biases."""
        best = self._newest
        if best is None or best.facts.best_epoch != model.epoch:
            return False
        return any(not np.array_equal(b, model.parameters.get(name, ())) for name, b in best.biases.items())


def as_it_was_split(config: Config, fingerprints: Mapping[str, str]) -> Config:
    """A run's configuration without a validation fraction that was not used: earlier versions drew no validation data
    beside other splits. `fingerprints` are those of the run's splits; none if they are not known.
    """
    if not fingerprints or "validation" in fingerprints:
        return config
    return config.model_copy(update={"data": config.data.model_copy(update={"validation_fraction": 0.0})})


def is_fingerprint(value: object) -> TypeGuard[dict[str, str]]:
    """Whether it is the SHA-256 of each split by its name."""
    return (
        isinstance(value, dict)
        and value.keys() <= WORDS.keys()
        and all(isinstance(each, str) for each in value.values())
    )


def demand_digest(row: tuple[str, ...]) -> None:
    """Raises ValueError if the last cell is no digest."""
    if not DIGEST.fullmatch(row[-1]):
        raise ValueError(f"{row[-1]!r} is no digest")


def refuse(constant: str) -> NoReturn:
    """Raises ValueError for NaN and the infinities, which are no JSON."""
    raise ValueError(f"{constant} is no number")
