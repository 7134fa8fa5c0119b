"""Examples that a program has in memory, as rows (m, n) for a model."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image

from catnet.data.cells import ZERO_OR_ONE, is_missing
from catnet.data.csvfile import LARGEST
from catnet.data.encoding import encode
from catnet.data.listing import Cells
from catnet.data.pixels import resized
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.model import Model
from catnet.question import Question
from catnet.text import listed, short

PICTURES = "pictures must be paths, or arrays (height, width, 3) or (m, height, width, 3) of bytes (uint8) in RGB"


def rows_of(model: Model, examples: Any) -> tuple[Array, bool]:
    """The rows (m, n), and whether the examples are a single one.

    Pictures are arrays of bytes, (height, width, 3) or (m, height, width, 3), resized as those in files are. Rows of a
    table are arrays, (c,) or (m, c), in the order of the model's features, or mappings from these, of numbers and, in
    columns of categories, texts; None, NaN and "" are missing cells. Raises TypeError for anything else, DataError if a
    column is missing, a value is not a finite number, or a cell is missing and the model does not fill it in.
    """
    if model.decoded_size is not None:
        return _pictures(examples, model.decoded_size)
    question = model.question
    features = question.features or ()
    one = isinstance(examples, Mapping)
    rows = [examples] if one else examples
    if isinstance(rows, Sequence) and all(isinstance(row, Mapping) for row in rows):
        rows = [_by_name(row, features) for row in rows]
    if question.encoded:
        return _encoded(rows, question)
    numbers = _numbers(rows, features)
    return (numbers.reshape(1, -1), True) if numbers.ndim == 1 else (numbers, one)


def _pictures(examples: Any, image_size: tuple[int, int]) -> tuple[Array, bool]:
    height, width = image_size
    one = isinstance(examples, np.ndarray) and examples.ndim == 3
    pictures = [examples] if one else examples
    if not isinstance(pictures, np.ndarray | list) or (isinstance(pictures, np.ndarray) and pictures.ndim != 4):
        raise TypeError(f"{PICTURES}, not {_shape_of(pictures)}")
    rows = np.empty((len(pictures), height, width, 3), np.uint8)
    for row, picture in zip(rows, pictures, strict=True):
        is_picture = isinstance(picture, np.ndarray) and picture.ndim == 3 and picture.shape[-1] == 3 and picture.size
        if not is_picture or picture.dtype != np.uint8:
            raise TypeError(f"{PICTURES}, not {_shape_of(picture)}")
        same_size = picture.shape[:2] == image_size
        row[...] = picture if same_size else np.asarray(resized(Image.fromarray(picture), width, height))
    return rows.reshape(len(rows), height * width * 3), one


def _shape_of(value: object) -> str:
    return f"an array {value.shape} of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__


def _by_name(row: Mapping[str, Any], features: Sequence[str]) -> list[Any]:
    if missing := [name for name in features if name not in row]:
        raise DataError(f"a row has no column {listed(missing)}; the model's columns are {listed(features)}")
    return [row[name] for name in features]


def _encoded(rows: Any, question: Question) -> tuple[Array, bool]:
    """The inputs (m, n) of cells (c,) or (m, c), and whether these are a single row."""
    features, columns = question.features or (), {column.name: column for column in question.encoded}
    table = np.asarray(rows, object)
    one = table.ndim == 1 and len(table) > 0
    table = table.reshape(1, -1) if one else table
    if (table.ndim != 2 and len(table)) or (len(table) and table.shape[1] != len(features)):
        raise TypeError(_wanted(features, f"an array {np.shape(table)}"))
    values = np.full((len(table), len(features)), np.nan)
    texts: dict[str, dict[str, int]] = {name: {} for name, column in columns.items() if column.categories is not None}
    for row, cells in enumerate(table):
        for position, (name, cell) in enumerate(zip(features, cells, strict=True)):
            if not is_missing(str(cell)):
                known = texts.get(name)
                text = str(cell).strip()
                values[row, position] = _number(name, cell) if known is None else known.setdefault(text, len(known))
            elif name not in columns or columns[name].fill is None:
                raise DataError(f"row {row}: column {short(name)} is empty, and the model does not fill it in")
    return encode(question, Cells(values, {name: tuple(known) for name, known in texts.items()})), one


def _number(name: str, cell: Any) -> float:
    try:
        value = float(ZERO_OR_ONE.get(cell.strip().casefold(), cell) if isinstance(cell, str) else cell)
    except (TypeError, ValueError) as error:
        raise DataError(f"column {short(name)} must be a number, is {short(cell)}") from error
    _demand_in_range(np.array(value))
    return value


def _numbers(rows: Any, features: Sequence[str]) -> Array:
    try:
        numbers = np.asarray(rows, np.float64)
    except (TypeError, ValueError) as error:
        raise TypeError(_wanted(features, type(rows).__name__)) from error
    empty = numbers.ndim == 2 and not len(numbers)
    if numbers.ndim not in (1, 2) or (numbers.shape[-1] != len(features) and not empty):
        raise TypeError(_wanted(features, f"an array {numbers.shape}"))
    _demand_in_range(numbers)
    return numbers


def _demand_in_range(numbers: Array) -> None:
    """Raises DataError if some numbers are not finite, or too large for float32."""
    if not np.isfinite(numbers).all():
        raise DataError("a row holds what is not a finite number")
    if (np.abs(numbers) > LARGEST).any():
        raise DataError(f"a row holds a number beyond {LARGEST:.3g}")


def _wanted(features: Sequence[str], given: str) -> str:
    return (
        f"rows of a table must be the path of a .csv file, mappings, or an array (m, {len(features)}) of numbers "
        f"in the order {listed(features)}, not {given}"
    )
