"""The label of the example that is traced: as it is given, or as the data says it."""

import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from catnet.data.listing import InArray, Listing
from catnet.data.scan import scan_other
from catnet.engine.types import Array
from catnet.errors import CatnetError, ConfigError
from catnet.goals import BINARY, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.model import Model
from catnet.question import Question
from catnet.teaching.tracing.of_run import OfRun
from catnet.text import did_you_mean, listed, printable

NONE = "none"  # of the labels of goal 2.0


class Label(NamedTuple):
    """Y of the example, (k, 1), not yet scaled or smoothed, and where it is from."""

    Y: Array
    origin: str


def given(model: Model, labels: Sequence[str]) -> Label:
    """The label that is given by name; of goal 2.0 several, or `none`; for regression a number. Raises ConfigError."""
    question = model.question
    if question.goal == REGRESSION:
        return Label(np.array([[target_in(model, labels)]]), "as it was given")
    if question.goal == MULTI_LABEL and list(labels) == [NONE] and NONE not in question.classes:
        labels = []
    elif question.goal != MULTI_LABEL and len(labels) > 1:
        raise ConfigError(f"label {listed(labels)}: an example of goal {question.goal} has one label; give one")
    known = names_of(question)
    for label in labels:
        if label not in known:
            raise ConfigError(f"label {printable(label)}: the labels are {listed(known)}{did_you_mean(label, known)}")
    return Label(np.array([[float(name in labels)] for name in question.classes]), "as it was given")


def names_of(question: Question) -> list[str]:
    """The names that a label may have."""
    if question.goal == BINARY:
        return list(dict.fromkeys([*question.classes, str(question.negative), *(question.others or ())]))
    return [*question.classes, *[NONE] * (question.goal == MULTI_LABEL and NONE not in question.classes)]


def target_in(model: Model, labels: Sequence[str]) -> float:
    """The number that a label of a regression is. Raises ConfigError."""
    target = printable(model.question.target)
    try:
        (value,) = map(float, labels)
    except ValueError:
        raise ConfigError(f"label {listed(labels)}: must be one number, the {target}") from None
    if not math.isfinite(value) or (model.network.activations[-1] == "relu" and value < 0):
        raise ConfigError(f"label {labels[0]}: is no {target} that this network can answer")
    return value


def of_picture(picture: Path, run: OfRun) -> Label | None:
    """The label of a picture in the run's data, by its class folder, metadata.csv or list; None if it is not there."""
    for split, listing in ({} if run.catalog is None else run.catalog.splits).items():
        for place, each in enumerate(listing.paths or ()):
            if is_same(each, picture):
                origin = f"as the run's data says of {printable(listing.names[place])} ({split})"
                return Label(listing.labels[:, place : place + 1], origin)
    return None


def is_same(listed_picture: str | InArray, picture: Path) -> bool:
    """Whether a picture of the run's data, in a file or in an array, is the one that is traced."""
    if isinstance(listed_picture, InArray):
        one, other = str(listed_picture), str(picture)
        return one.endswith(picture.name) and os.path.realpath(one) == os.path.realpath(other)
    return os.path.basename(listed_picture) == picture.name and os.path.realpath(listed_picture) == os.path.realpath(
        picture
    )


def of_row(model: Model, table: Path, name: str) -> Label | None:
    """The label of a row, `FILE:LINE`, in its table; None if the table has none."""
    try:
        splits: Iterable[Listing] = scan_other(model.question, table, bad="skip").splits.values()
    except CatnetError:
        return None
    line = name.rpartition(":")[2]
    for listing in splits:
        for place, each in enumerate(listing.names):
            if each.rpartition(":")[2] == line:
                return Label(listing.labels[:, place : place + 1], "as the table says")
    return None


def in_words(question: Question, Y: Array) -> str:
    """The label Y (k,) by name: `cat`, `cat, lion`, `none of them`, or a number."""
    if question.goal == REGRESSION:
        return f"{Y[0]:.10g}"
    if question.goal == BINARY:
        return printable(question.names[int(Y[0])])
    names = [name for name, value in zip(question.classes, Y.tolist(), strict=True) if value]
    return listed(names) if question.goal == MULTI_CLASS or names else "none of them"
