"""A model's answers about pictures and tables that have no labels."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from catnet.data.picture_files import SUFFIXES, find_pictures
from catnet.data.pictures import read_picture
from catnet.data.tables import read_rows
from catnet.engine.types import Array
from catnet.errors import CatnetError, DataError
from catnet.goals import BINARY, MULTI_LABEL, REGRESSION
from catnet.model import Model
from catnet.text import printable

BATCH = 256  # pictures decoded before they are predicted together


@dataclass(frozen=True)
class Prediction:
    """The answer about one example: probabilities by class, best first; or, for regression, the target's value.

    `answer` is what that amounts to: the most probable class; for goal 2.0 all classes whose probability is above
    their threshold; for goal 1.0 the class if it is above its threshold, else the name of what is not of the class;
    for regression the value.
    """

    name: str
    probabilities: dict[str, float]
    answer: str | list[str] | float
    value: float | None = None


@dataclass(frozen=True)
class Unreadable:
    """An example that could not be read, and why."""

    name: str
    error: CatnetError


def predict(model: Model, paths: Iterable[Path]) -> Iterator[Prediction | Unreadable]:
    """The answer about each picture of the files and folders, or each row of the tables, in order.

    What cannot be read becomes an Unreadable in its place, and the rest is still answered.
    """
    if model.image_size is None:
        yield from predict_tables(model, paths)
        return
    pictures = pictures_of(paths)
    while batch := list(islice(pictures, BATCH)):
        yield from predict_pictures(model, batch)


def predict_pictures(model: Model, batch: Sequence[Path | Unreadable]) -> Iterator[Prediction | Unreadable]:
    """The answers about pictures, predicted together."""
    read = [item if isinstance(item, Unreadable) else row_of(model, item) for item in batch]
    rows = [row for row in read if not isinstance(row, Unreadable)]
    answers = iter(model.predict(np.array(rows)).T if rows else ())
    for item, row in zip(batch, read, strict=True):
        yield row if isinstance(row, Unreadable) else prediction(model, str(item), next(answers))


def row_of(model: Model, picture: Path) -> Array | Unreadable:
    """The pixels of a picture, (n,)."""
    assert model.image_size is not None
    try:
        if picture.suffix.lower() == ".csv":
            raise DataError(f"{printable(picture)}: this model answers about pictures, not about tables")
        return read_picture(picture, model.image_size).ravel()
    except DataError as error:
        return Unreadable(str(picture), error)


def pictures_of(paths: Iterable[Path]) -> Iterator[Path | Unreadable]:
    """The files, and the pictures in the folders."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        found = find_pictures(path)
        yield from found
        if not found:
            yield Unreadable(str(path), DataError(f"{printable(path)}: there are no pictures in this folder"))


def predict_tables(model: Model, paths: Iterable[Path]) -> Iterator[Prediction | Unreadable]:
    """The answer about each row of the CSV files, in order."""
    assert model.question.features is not None
    for path in paths:
        try:
            if path.suffix.lower() in SUFFIXES or path.is_dir():
                raise DataError(f"{printable(path)}: this model answers about the rows of tables; give a .csv file")
            rows, places = read_rows(path, model.question.features)
        except DataError as error:
            yield Unreadable(str(path), error)
            continue
        answers = iter(model.predict(rows).T if len(rows) else ())
        for name, fault in places:
            if fault is None:
                yield prediction(model, name, next(answers))
            else:
                yield Unreadable(name, DataError(f"{name}: {fault}"))


def prediction(model: Model, name: str, output: Array) -> Prediction:
    """The outputs y^ (k,) about an example, in the user's words."""
    question = model.question
    if question.goal == REGRESSION:
        value = float(output[0])
        return Prediction(name, {}, value, value)
    probabilities = dict(zip(question.classes, map(float, output), strict=True))
    thresholds = dict(zip(question.classes, model.decision_thresholds[:, 0], strict=True))
    above = [label for label, probability in probabilities.items() if probability > thresholds[label]]
    if question.goal == BINARY and question.negative is not None:
        # first, so that of equals it is the best: a sigmoid says 1 only above a half
        probabilities = {question.negative: 1 - float(output[0]), **probabilities}
    probabilities = dict(sorted(probabilities.items(), key=lambda item: -item[1]))
    if question.goal == MULTI_LABEL:
        return Prediction(name, probabilities, [label for label in probabilities if label in above])
    if question.goal == BINARY and question.negative is not None:
        return Prediction(name, probabilities, above[0] if above else question.negative)
    return Prediction(name, probabilities, next(iter(probabilities)))
