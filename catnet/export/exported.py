"""The model that leaves catnet: what every form of it says, and examples on which the forms are tried."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from catnet import __version__
from catnet.data.dataset import Catalog
from catnet.data.scan import scan_again
from catnet.data.split_names import UNSEEN
from catnet.engine.types import Array
from catnet.errors import CatnetError, CheckpointError, NotInARun, OutputError
from catnet.export.examples import Example, drawn, examples_in
from catnet.files import open_regular
from catnet.model import Model
from catnet.runs.find import run_of
from catnet.runs.reader import SavedRun, as_it_was_split
from catnet.text import counted, printable

LARGEST_DIFFERENCE = 1e-5  # of the answers of a form from catnet's


class Made(NamedTuple):
    """What a form consists of, what it was tried on with which result, as said of it, and notes for the user."""

    content: bytes
    said: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Exported:
    """A model, and the run that it is in, if it is in one.

    `path` is that of the model file. `shows_examples` says whether those of the run may be in what is written. `notes`
    for the user grow when the data is first needed. `output` is the file that it is written to, if that is known.
    """

    path: Path
    model: Model
    shows_examples: bool = True
    notes: list[str] = field(default_factory=list)
    output: Path | None = None

    @cached_property
    def run(self) -> SavedRun | None:
        """The run, None if the model is in none."""
        try:
            return SavedRun.of_model(self.path)
        except NotInARun:
            return None

    @property
    def name(self) -> str:
        """What it is called: as its run, or else its file."""
        folder = run_of(self.path)
        return self.path.stem if folder is None else folder.resolve().name

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the model file, by which a form tells which model it is of. Raises CheckpointError."""
        return sha256_of(self.path)

    @property
    def facts(self) -> dict[str, Any]:
        """All but the numbers, as plain values of JSON: the keys of docs/MODEL_FILE.md, `name`, the file's `sha256`,
        and catnet's version.

        `thresholds` are those of the k sigmoids that decide, None for other outputs; `has_thresholds` says whether they
        were stored with the model, so that an answer ends in a decision.
        """
        model, question = self.model, self.model.question
        decides = model.network.activations[-1] == "sigmoid"
        return {
            "catnet": __version__,
            "name": self.name,
            "sha256": self.sha256,
            **question.to_json(),
            "sizes": list(model.network.sizes),
            "activations": list(model.network.activations),
            "image_size": None if model.image_size is None else list(model.image_size),
            "box_average": model.box_average,
            "views": model.views,
            "colors": model.colors,
            "thresholds": model.decision_thresholds[:, 0].tolist() if decides else None,
            "has_thresholds": model.thresholds is not None,
            "epoch": model.epoch,
        }

    @cached_property
    def catalog(self) -> Catalog | None:
        """The run's data as it is now, no picture decoded; None, with a note, if it cannot be read."""
        if self.run is None:
            self.notes.append("the model is in no run directory, so its data is not known")
            return None
        try:
            config = as_it_was_split(self.run.config, self.run.fingerprints)
            return scan_again(self.model.question, config)
        except CatnetError as error:
            self.notes.append(f"the run's data cannot be read: {str(error).splitlines()[0]}")
            return None

    @cached_property
    def examples(self) -> tuple[Example, ...]:
        """Some examples of the run, of the first of the splits test, validation and train that it has, from all over
        it; drawn at random if its data is gone.
        """
        found: tuple[Example, ...] = ()
        if self.catalog is not None:
            listing = next(self.catalog.splits[name] for name in UNSEEN if name in self.catalog.splits)
            found = tuple(examples_in(listing, self.model))
        return found or tuple(drawn(self.model))

    def tried(self, found: Array) -> str:
        """What to say of a form that gives the answers `found` (k, m) about the examples. Raises OutputError if they
        are others than catnet's.
        """
        demand_agreement(self.path, found, self.answers)
        origin = "of the run" if self.examples[0].of_run else "drawn at random"
        examples = counted(len(self.examples), self.model.question.examples.removesuffix("s"))
        return agreement(found, self.answers, f"{examples} {origin}")

    @cached_property
    def rows(self) -> Array:
        """The rows (m, n) of the examples."""
        return np.array([example.row for example in self.examples])

    @cached_property
    def answers(self) -> Array:
        """catnet's y^ (k, m) about the examples."""
        return self.model.predict(self.rows)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a model file. Raises CheckpointError if it cannot be read."""
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise CheckpointError(f"{printable(path)}: cannot be read: {error.strerror or error}") from error


def demand_agreement(path: Path, found: Array, answers: Array) -> None:
    """Raises OutputError if the answers `found` (k, m) that a form of the model in a file gives are others than
    catnet's by more than rounding, or if these are not finite.
    """
    if not np.isfinite(answers).all():
        raise OutputError(f"{printable(path)}: its answers are not finite: its weights are too large")
    most = difference(found, answers)
    if not most <= LARGEST_DIFFERENCE:  # NaN is no agreement
        raise OutputError(
            f"{printable(path)}: is not written in this form: its answers would differ from catnet's by {most:.1e}, "
            "which is more than rounding; are the weights extremely large?"
        )


def agreement(found: Array, answers: Array, examples: str) -> str:
    """What to say of a form that gives the answers `found` (k, m) about some examples."""
    most = difference(found, answers)
    return f"answers about {examples} as catnet does{f', within {most:.0e}' * (most > 0)}"


def difference(found: Array, answers: Array) -> float:
    """The largest difference of answers from catnet's, both (k, m): of probabilities, and of numbers beyond 1 relative
    to them.
    """
    return float(np.max(np.abs(found - answers) / np.maximum(1, np.abs(answers)), initial=0.0))
