"""A model's answers about pictures and tables that have no labels."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from catnet.data.arrays.files import has_labels_alone, kind_of, pixels_in
from catnet.data.csvfile import Table, read_csv
from catnet.data.listing import InArray, Picture
from catnet.data.picture_files import SUFFIXES, LeftOut, Search
from catnet.data.pictures import read_picture
from catnet.data.source import Source
from catnet.data.tables import Tell, read_rows
from catnet.engine.colors import RGB
from catnet.engine.types import Array
from catnet.errors import DataError, IsAModel
from catnet.evaluation.evaluate import not_finite
from catnet.files import is_list_of_pictures
from catnet.goals import MULTI_LABEL, REGRESSION
from catnet.model import Model
from catnet.runs.find import is_run
from catnet.runs.layout import SUFFIX
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


Answered = tuple[str, Prediction | DataError]  # an example, as it is named, and the answer or why there is none


def predict(model: Model, paths: Iterable[Path], tell: Tell = str) -> Iterator[Prediction | DataError]:
    """The answer about each picture of the files and folders, or each row of the tables, in order.

    What cannot be read becomes an error in its place, and the rest is still answered. `tell` is told what is left out
    of a folder, which cells of a table training did not have, and what is unusual in how a table is written.
    """
    return (answer for _, answer in answers(model, paths, tell))


def answers(model: Model, paths: Iterable[Path | Table], tell: Tell = str) -> Iterator[Answered]:
    """As `predict`, each with the name of its example: the picture's path, or `FILE:LINE`. A table, or a list of
    pictures, may have been read already.
    """
    if model.decoded_size is None:
        return predict_tables(model, paths, tell)
    return predict_pictures(model, paths, model.decoded_size, tell)


def predict_pictures(
    model: Model, paths: Iterable[Path | Table], image_size: tuple[int, int], tell: Tell = str
) -> Iterator[Answered]:
    """The answers about the pictures, some of them predicted together."""
    read = pixels_of(paths, image_size, tell, model.colors)
    while batch := list(islice(read, BATCH)):
        rows = [row for _, row in batch if not isinstance(row, DataError)]
        outputs = iter(model.predict(np.array(rows)).T if rows else ())
        for path, row in batch:
            name = str(path)
            yield name, row if isinstance(row, DataError) else answered(model, name, next(outputs))


def pixels_of(
    paths: Iterable[Path | Table], image_size: tuple[int, int], tell: Tell = str, colors: str = RGB
) -> Iterator[tuple[Picture | str, Array | DataError]]:
    """The files, and the pictures in the folders, of the lists and in files of arrays; a folder that has none, or of
    which a part is not searched, and what a list names in vain. `tell` is told what else is left out.
    """
    for path in paths:
        if isinstance(path, Table) or (path.suffix.lower() == ".csv" and is_list_of_pictures(path)):
            yield from _listed(path, image_size, colors)
            continue
        if kind_of(path.name) and not os.path.isdir(path):
            yield from pixels_in_arrays(path, image_size, colors)
            continue
        if not os.path.isdir(path) or is_run(path):
            yield path, row_of(path, image_size, colors)
            continue
        left = LeftOut()
        found = Search(path).pictures(path, left)
        arrays = [] if found else arrays_in(path, left)
        for note in replace(left, leaving=[]).notes(path):  # those that leave are an error
            tell(note)
        yield from ((picture, row_of(picture, image_size, colors)) for picture in found)
        for file in arrays:
            yield from pixels_in_arrays(file, image_size, colors)
        faults = [*["there are no pictures in this folder"] * (not found and not arrays), *left.notes_on_leaving(path)]
        if faults:
            yield path, DataError(f"{printable(path)}: {'; '.join(faults)}")


def _listed(
    given: Path | Table, image_size: tuple[int, int], colors: str
) -> Iterator[tuple[Path | str, Array | DataError]]:
    """The pictures that a list names, and its rows that name none, by `FILE:LINE`, in order."""
    from catnet.data.picture_lists import read_list  # late, because picture files do not need it

    try:
        source = read_list(read_csv(given) if isinstance(given, Path) else given, answering=True)
    except DataError as error:
        yield given if isinstance(given, Path) else given.path, error
        return
    assert source.table is not None
    found: dict[int, Path | tuple[str, str]] = dict(zip(source.table.lines, source.files, strict=True))
    found |= {int(bad[0].rpartition(":")[2]): bad for bad in source.table.bad}
    for _, each in sorted(found.items()):
        if isinstance(each, Path):
            yield each, row_of(each, image_size, colors)
        else:
            place, reason = each
            yield place, DataError(f"{printable(place)}: {reason}")


def arrays_in(folder: Path, left: LeftOut) -> list[Path]:
    """The files of arrays in a folder that have pictures; they are not left out then."""
    from catnet.data.contents import Contents  # late, because picture files do not need it

    names = Contents.of(folder).arrays
    left.suffixes.subtract(os.path.splitext(name)[1].lower() for name in names)
    left.suffixes = +left.suffixes
    return [folder / name for name in names if not has_labels_alone(name)]


def pixels_in_arrays(
    path: Path, image_size: tuple[int, int], colors: str
) -> Iterator[tuple[Picture, Array | DataError]]:
    """The pictures in a file of arrays; the file, if it cannot be read to its end."""
    from catnet.data.decoding import decode_blocks  # late, because picture files do not need it

    try:
        for pixels in pixels_in(path):
            pictures = [InArray(path, index, pixels.array) for index in range(pixels.shape[0])]
            left = iter(pictures)
            for length, block in decode_blocks(pictures, image_size, colors):
                rows = np.frombuffer(block.pixels, np.uint8).reshape(length, -1)
                yield from zip(islice(left, length), rows, strict=True)
    except DataError as error:
        yield path, error


def demand_no_model(path: Path) -> None:
    """Raises IsAModel for the directory of a run, or a model file: what is asked, not what it is asked about."""
    if is_run(path):
        raise IsAModel(f"{printable(path)}: is the directory of a run, which is no data to answer about")
    if path.suffix.lower() == SUFFIX and os.path.isfile(path):
        raise IsAModel(f"{printable(path)}: is a model file, which is no data to answer about")


def row_of(picture: Path, image_size: tuple[int, int], colors: str = RGB) -> Array | DataError:
    """The pixels of a picture, (n,), or why it cannot be read."""
    try:
        demand_no_model(picture)
        if picture.suffix.lower() == ".csv":
            from catnet.data.picture_lists import no_list  # late, because picture files do not need it

            raise no_list(Source(picture, table=read_csv(picture)))
        return read_picture(picture, image_size, colors).ravel()
    except DataError as error:
        return error


def table_at(path: Path) -> Table:
    """The table in a file. Raises DataError if it is none."""
    demand_no_model(path)
    if path.suffix.lower() in SUFFIXES or path.is_dir():
        raise DataError(f"{printable(path)}: this model answers about the rows of tables; give a .csv file")
    return read_csv(path)


def predict_tables(model: Model, paths: Iterable[Path | Table], tell: Tell = str) -> Iterator[Answered]:
    """The answer about each row of the CSV files; one error for a file that cannot be read."""
    for given in paths:
        path = given if isinstance(given, Path) else given.path
        try:
            rows, places = read_rows(given if isinstance(given, Table) else table_at(given), model.question, tell)
        except DataError as error:
            yield str(path), error
            continue
        outputs = iter(model.predict(rows).T if len(rows) else ())
        for name, fault in places:
            yield name, answered(model, name, next(outputs)) if fault is None else DataError(f"{name}: {fault}")


def answered(model: Model, name: str, output: Array) -> Prediction | DataError:
    """As `prediction`, but returns the error."""
    try:
        return prediction(model, name, output)
    except DataError as error:
        return error


def prediction(model: Model, name: str, output: Array) -> Prediction:
    """The outputs y^ (k,) about an example, in the user's words. Raises DataError if they are not finite."""
    if not np.isfinite(output).all():
        raise DataError(f"{printable(name)}: {not_finite(model)}")
    question = model.question
    if question.goal == REGRESSION:
        value = float(output[0])
        return Prediction(name, {}, value, value)
    probabilities = dict(zip(question.classes, map(float, output), strict=True))
    thresholds = model.decision_thresholds[:, 0]
    above = [label for (label, p), threshold in zip(probabilities.items(), thresholds, strict=True) if p > threshold]
    if question.negative is not None:
        # first, so that of equals it is the best: a sigmoid says 1 only above a half
        probabilities = {question.negative: 1 - float(output[0]), **probabilities}
    probabilities = dict(sorted(probabilities.items(), key=lambda item: -item[1]))
    if question.goal == MULTI_LABEL:
        return Prediction(name, probabilities, [label for label in probabilities if label in above])
    if question.negative is not None:
        return Prediction(name, probabilities, above[0] if above else question.negative)
    return Prediction(name, probabilities, next(iter(probabilities)))
