"""A model's answers about pictures and tables that have no labels."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from catnet.data.csvfile import Table, read_csv
from catnet.data.picture_files import SUFFIXES
from catnet.data.tables import Tell, read_rows
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.evaluation.evaluate import not_finite
from catnet.evaluation.pictures import demand_no_model, pixels_of
from catnet.evaluation.prediction import Prediction, prediction_of
from catnet.model import Model
from catnet.question import Question
from catnet.text import printable

BATCH = 256  # pictures that are predicted, and examples that are answered, together


Answered = tuple[str, Prediction | DataError]  # an example, as it is named, and the answer or why there is none


def predict(model: Model, paths: Iterable[Path], tell: Tell = str) -> Iterator[Prediction | DataError]:
    """The answer about each picture of the files and folders, or each row of the tables, in order.

    What cannot be read becomes an error in its place, and the rest is still answered. `tell` is told what is left out
    of a folder, which cells of a table training did not have, and what is unusual in how a table is written.
    """
    return (answer for some in answers(model, paths, tell) for _, answer in some)


def answers(model: Model, paths: Iterable[Path | Table], tell: Tell = str) -> Iterator[list[Answered]]:
    """As `predict`, some at a time, as soon as they are known, each with the name of its example: the picture's path,
    or `FILE:LINE`. A table, or a list of pictures, may have been read already.
    """
    if model.decoded_size is None:
        return predict_tables(model, paths, tell)
    return predict_pictures(model, paths, model.decoded_size, tell)


def predict_pictures(
    model: Model, paths: Iterable[Path | Table], image_size: tuple[int, int], tell: Tell = str
) -> Iterator[list[Answered]]:
    """The answers about the pictures, some of them predicted together."""
    read = pixels_of(paths, image_size, tell, model.colors)
    while batch := list(islice(read, BATCH)):
        rows = [row for _, row in batch if not isinstance(row, DataError)]
        outputs = iter(model.predict(np.array(rows)).T if rows else ())
        yield [
            (name, row if isinstance(row, DataError) else answered(model, name, next(outputs))) for name, row in batch
        ]


def table_at(path: Path) -> Table:
    """The table in a file. Raises DataError if it is none."""
    demand_no_model(path)
    if path.suffix.lower() in SUFFIXES or path.is_dir():
        raise DataError(f"{printable(path)}: this model answers about the rows of tables; give a .csv file")
    return read_csv(path)


def predict_tables(model: Model, paths: Iterable[Path | Table], tell: Tell = str) -> Iterator[list[Answered]]:
    """The answer about each row of the CSV files; one error for a file that cannot be read."""
    for given in paths:
        path = given if isinstance(given, Path) else given.path
        try:
            rows, places = read_rows(given if isinstance(given, Table) else table_at(given), model.question, tell)
        except DataError as error:
            yield [(str(path), error)]
            continue
        outputs = iter(model.predict(rows).T if len(rows) else ())
        left = iter(places)
        while some := list(islice(left, BATCH)):
            yield [
                (name, answered(model, name, next(outputs)) if fault is None else DataError(f"{name}: {fault}"))
                for name, fault in some
            ]


def answered(model: Model, name: str, output: Array) -> Prediction | DataError:
    """As `prediction`, but returns the error."""
    try:
        return prediction(model, name, output)
    except DataError as error:
        return error


def prediction(model: Model, name: str, output: Array) -> Prediction:
    """The outputs y^ (k,) about an example, in the user's words. Raises DataError if they are not finite."""
    values = output.tolist()  # one by one, Python's floats are quicker than NumPy's
    if not all(map(math.isfinite, values)):
        raise DataError(f"{printable(name)}: {not_finite(model)}")
    return in_words(model.question, name, values, model.decision_thresholds[:, 0].tolist())


def in_words(question: Question, name: str, values: Sequence[float], thresholds: Sequence[float]) -> Prediction:
    """The outputs y^ (k,) about an example, each with its threshold, in the user's words."""
    return prediction_of(name, values, thresholds, question.goal, question.classes, question.negative)
