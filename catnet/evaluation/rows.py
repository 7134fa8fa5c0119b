"""Examples that a program has in memory, as rows (m, n) for a model."""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from PIL import Image

from catnet.data.cells import as_words, is_missing, zero_or_one
from catnet.data.csvfile import LARGEST, as_number
from catnet.data.encoding import encode
from catnet.data.listing import Cells
from catnet.data.rgb import resized
from catnet.engine.colors import CHANNELS, GREY, RGB
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.model import Model
from catnet.question import Column, Question
from catnet.text import listed, short

PICTURES = (
    "pictures must be paths, or arrays (height, width, 3) or (m, height, width, 3) of bytes (uint8) in RGB, "
    "or (height, width) or (m, height, width) in grey"
)
NUMERIC = "biuf"  # the kinds of dtype that are numbers: bool, int, uint, float


def rows_of(model: Model, examples: Any) -> tuple[Array, bool]:
    """The rows (m, n), and whether the examples are a single one.

    Pictures are arrays of bytes, (height, width, 3) or (m, height, width, 3) in RGB, (height, width) or
    (m, height, width) in grey, also with an axis of length 1 behind; whatever the model's colours are, and resized as
    those in files are. An array of three axes whose last has the length 1 or 3 is one picture. Rows of a table are
    arrays, (c,) or (m, c), in the order of the model's features, or mappings from these, of numbers and, in columns of
    categories, texts; None, NaN and "" are missing cells. Yes and no, or true and false, are 1 and 0; a text that
    training did not have is none of its column's categories. Raises TypeError for anything else, DataError if a column
    is missing, a value is not a finite number, or a cell is missing and the model does not fill it in.
    """
    if model.decoded_size is not None:
        return _pictures(examples, model.decoded_size, model.colors)
    question = model.question
    features = question.features or ()
    one = isinstance(examples, Mapping)
    rows = [examples] if one else examples
    if isinstance(rows, Sequence) and all(isinstance(row, Mapping) for row in rows):
        rows = [_by_name(row, features) for row in rows]
    table = _array(rows, question)
    one = one or table.ndim == 1
    table = table.reshape(1, -1) if table.ndim == 1 else table
    if question.encoded:
        return encode(question, _cells(table, question)), one
    table = table.astype(np.float64, copy=False)
    if not np.isfinite(table).all():
        raise DataError("a row holds what is not a finite number")
    if (np.abs(table) > LARGEST).any():
        raise DataError(f"a row holds a number beyond {LARGEST:.3g}")
    return table, one


def _pictures(examples: Any, image_size: tuple[int, int], colors: str) -> tuple[Array, bool]:
    one = isinstance(examples, np.ndarray) and (examples.ndim == 2 or (examples.ndim == 3 and _has_channels(examples)))
    pictures = [examples] if one else examples
    is_array = isinstance(pictures, np.ndarray) and pictures.ndim in (3, 4) and pictures.dtype == np.uint8
    if not (is_array or isinstance(pictures, list)):
        raise TypeError(f"{PICTURES}, not {_shape_of(pictures)}")
    height, width = image_size
    rows = np.empty((len(pictures), height * width * CHANNELS[colors]), np.uint8)
    for row, picture in zip(rows, pictures, strict=True):
        row[...] = _row(picture, image_size, colors)
    return rows, one


def _row(picture: Any, image_size: tuple[int, int], colors: str) -> Array:
    """The picture in those colours, resized as those in files are; (n,)."""
    is_array = isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.size > 0
    if not is_array or not (picture.ndim == 2 or (picture.ndim == 3 and _has_channels(picture))):
        raise TypeError(f"{PICTURES}, not {_shape_of(picture)}")
    if picture.shape[2:] == (CHANNELS[GREY],):
        picture = picture[..., 0]
    if picture.shape[:2] == image_size and picture.shape[2:] == (() if colors == GREY else (CHANNELS[RGB],)):
        return np.asarray(picture).ravel()
    height, width = image_size
    image = Image.fromarray(picture).convert("L" if colors == GREY else "RGB")
    row: Array = np.asarray(resized(image, width, height)).ravel()
    return row


def _has_channels(picture: Array) -> bool:
    """Whether the last axis of an array is that of the colours."""
    channels: int = picture.shape[-1]
    return channels in CHANNELS.values()


def _shape_of(value: object) -> str:
    return f"an array {value.shape} of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__


def _by_name(row: Mapping[str, Any], features: Sequence[str]) -> list[Any]:
    if missing := [name for name in features if name not in row]:
        raise DataError(f"a row has no column {listed(missing)}; the model's columns are {listed(features)}")
    return [row[name] for name in features]


def _array(rows: Any, question: Question) -> Array:
    """The rows as an array (c,) or (m, c) of numbers, or of objects if the model reads texts or fills in missing cells.

    Raises TypeError if they are of another shape, or should be numbers and are not.
    """
    try:
        table: Array = np.asarray(rows)
        if table.dtype.kind not in NUMERIC:
            table = np.asarray(rows, object)
            if not question.encoded:
                table = np.array([_number(cell) for cell in table.flat], np.float64).reshape(table.shape)
    except (TypeError, ValueError) as error:
        raise TypeError(_wanted(question, type(rows).__name__)) from error
    empty = table.ndim == 2 and not len(table)
    if table.ndim not in (1, 2) or (table.shape[-1] != len(question.features or ()) and not empty):
        raise TypeError(_wanted(question, f"an array {table.shape}"))
    return table


def _cells(table: Array, question: Question) -> Cells:
    """The cells of an array (m, c). Raises DataError for one that is no number, or is missing."""
    columns = {column.name: column for column in question.encoded}
    values = np.full((len(table), len(question.features or ())), np.nan)
    texts: dict[str, tuple[str, ...]] = {}
    for position, name in enumerate(question.features or ()):
        column, cells = columns.get(name, Column(name)), table[:, position]
        if column.categories is not None:
            values[:, position], texts[name] = _texts(cells, column)
        elif (numbers := _all_numbers(cells, column)) is not None:
            values[:, position] = numbers
        else:
            values[:, position] = [_number_in(cell, row, column) for row, cell in enumerate(cells)]
    return Cells(values, texts)


def _texts(cells: Array, column: Column) -> tuple[Array, tuple[str, ...]]:
    """A column's cells as texts: the index (m,) of each among the texts, which follow; NaN for a missing cell."""
    known: dict[str, int] = {}
    values = np.full(len(cells), np.nan)
    for row, text in enumerate(map(str.strip, map(str, cells))):
        if not _is_missing(text, row, column):
            values[row] = known.setdefault(text, len(known))
    return values, tuple(known)


def _all_numbers(cells: Array, column: Column) -> Array | None:
    """A column's cells (m,), converted at once; None if some are texts, out of range, or missing and not filled in."""
    numbers = cells if cells.dtype.kind in NUMERIC else np.array(cells.tolist())
    if numbers.dtype.kind not in NUMERIC or numbers.ndim != 1:
        return None
    good = (np.abs(numbers) <= LARGEST) | (np.isnan(numbers) & (column.fill is not None))
    return numbers if good.all() else None


def _number_in(cell: Any, row: int, column: Column) -> float:
    """A cell of a column of numbers; NaN if it is missing and filled in."""
    text = str(cell).strip()
    if _is_missing(text, row, column):
        return math.nan
    with suppress(TypeError, ValueError):
        if abs(value := _number(cell)) <= LARGEST:
            return value
    raise DataError(f"row {row}: column {short(column.name)} must be a number, is {as_words(text)}")


def _is_missing(text: str, row: int, column: Column) -> bool:
    """Whether a cell with this text is missing. Raises DataError if it is, and the model does not fill it in."""
    if is_missing(text) and column.fill is None:
        raise DataError(f"row {row}: column {short(column.name)} is empty, and the model does not fill it in")
    return is_missing(text)


def _number(cell: Any) -> float:
    """The number that a cell is, or stands for as yes and no do; NaN for None. Raises TypeError or ValueError."""
    if not isinstance(cell, str):
        return math.nan if cell is None else float(cell)
    value = as_number(cell) if (value := zero_or_one(cell)) is None else value
    if value is None:
        raise ValueError(cell)
    return value


def _wanted(question: Question, given: str) -> str:
    features = question.features or ()
    what = "numbers and texts" if any(column.categories for column in question.encoded) else "numbers"
    return (
        f"rows of a table must be the path of a .csv file, mappings, or an array (m, {len(features)}) of {what} "
        f"in the order {listed(features)}, not {given}"
    )
