"""A model's answers about pictures and tables that have no labels."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catnet.data.pictures import SUFFIXES, find_pictures, read_picture
from catnet.data.tables import read_rows
from catnet.engine.types import Array
from catnet.errors import CatnetError, DataError
from catnet.goals import BINARY, MULTI_LABEL, REGRESSION
from catnet.model import Model
from catnet.text import printable

BATCH = 256  # pictures decoded before they are predicted together


@dataclass(frozen=True)
class Prediction:
    """The answer about one example: probabilities by class, best first; or, for regression, the target's value."""

    name: str
    probabilities: dict[str, float]
    value: float | None = None

    def decision(self, model: Model) -> str | list[str]:
        """The most probable class; goal 2.0: every class whose probability is above its threshold.

        Goal 1.0: the class where it is above its threshold, else the name of what is not of the class.
        """
        thresholds = dict(zip(model.classes, model.thresholds[:, 0], strict=True))
        if model.goal == MULTI_LABEL:
            return [name for name, probability in self.probabilities.items() if probability > thresholds[name]]
        if model.goal == BINARY and model.negative is not None:
            (name,) = model.classes
            return name if self.probabilities[name] > thresholds[name] else model.negative
        return next(iter(self.probabilities))


@dataclass(frozen=True)
class Unreadable:
    """An example that could not be read, and why."""

    name: str
    error: CatnetError


def predict(model: Model, paths: Iterable[Path]) -> Iterator[Prediction | Unreadable]:
    """The answer about each picture of the files and folders, or each row of the tables, in order.

    What cannot be read becomes an Unreadable in its place, and the rest goes on.
    """
    if model.image_size is None:
        yield from predict_tables(model, paths)
        return
    for batch in batches(pictures_of(paths)):
        readable: dict[int, Array] = {}
        faults: dict[int, Unreadable] = {}
        for place, item in enumerate(batch):
            if isinstance(item, Unreadable):
                faults[place] = item
                continue
            try:
                if item.suffix.lower() == ".csv":
                    raise DataError(f"{printable(item)}: this model answers about pictures, not about tables")
                readable[place] = read_picture(item, model.image_size).ravel()
            except DataError as error:
                faults[place] = Unreadable(str(item), error)
        answers = (
            dict(zip(readable, model.predict(np.array(list(readable.values()))).T, strict=True)) if readable else {}
        )
        for place, item in enumerate(batch):
            yield faults[place] if place in faults else prediction(model, str(item), answers[place])


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


def batches(items: Iterable[Path | Unreadable]) -> Iterator[list[Path | Unreadable]]:
    """The items, BATCH at a time."""
    batch: list[Path | Unreadable] = []
    for item in items:
        batch.append(item)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def predict_tables(model: Model, paths: Iterable[Path]) -> Iterator[Prediction | Unreadable]:
    """The answer about each row of the CSV files, in order."""
    assert model.features is not None
    for path in paths:
        try:
            if path.suffix.lower() in SUFFIXES or path.is_dir():
                raise DataError(f"{printable(path)}: this model answers about the rows of tables; give a .csv file")
            rows, places = read_rows(path, model.features)
        except DataError as error:
            yield Unreadable(str(path), error)
            continue
        answers = iter(model.predict(rows).T if len(rows) else ())
        for name, fault in places:
            if fault is None:
                yield prediction(model, name, next(answers))
            else:
                yield Unreadable(name, DataError(f"{name}: {fault}"))


def prediction(model: Model, name: str, answer: Array) -> Prediction:
    """The answer of the k outputs, (k,), in the user's words."""
    if model.goal == REGRESSION:
        return Prediction(name, {}, float(answer[0]))
    probabilities = dict(zip(model.classes, map(float, answer), strict=True))
    if model.goal == BINARY and model.negative is not None:
        # first, so that of equals it is the answer: a sigmoid says 1 only above a half
        probabilities = {model.negative: 1 - float(answer[0]), **probabilities}
    return Prediction(name, dict(sorted(probabilities.items(), key=lambda item: -item[1])))
