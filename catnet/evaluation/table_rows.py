"""Rows of a table that a program has in memory, as its cells.

`export` writes these functions into a file for others, which then takes what `Run.predict` takes.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import numpy as np

from catnet.data.cells import as_words, is_missing, zero_or_one
from catnet.data.column_inputs import Columns
from catnet.data.csvfile import LARGEST, as_number
from catnet.data.listing import Cells
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.question import Column
from catnet.text import listed, short

NUMERIC = "biuf"  # the kinds of dtype that are numbers: bool, int, uint, float


def cells_of_rows(examples: Any, columns: Columns) -> tuple[Cells, bool]:
    """The cells of rows, and whether the examples are a single one.

    Rows are arrays, (c,) or (m, c), in the order of the columns, or mappings from these, of numbers and, in columns of
    categories, texts; None, NaN and "" are missing cells. Yes and no, or true and false, are 1 and 0. Raises TypeError
    for anything else, DataError if a column is missing, a value is not a finite number, or a cell is missing and the
    model does not fill it in.
    """
    one = isinstance(examples, Mapping)
    rows = [examples] if one else examples
    if isinstance(rows, Sequence) and all(isinstance(row, Mapping) for row in rows):
        rows = [_by_name(row, columns) for row in rows]
    table = _array(rows, columns)
    one = one or table.ndim == 1
    table = table.reshape(1, -1) if table.ndim == 1 else table
    if not all(map(is_plain, columns.values())):
        return _cells(table, columns), one
    table = table.astype(np.float64, copy=False)
    if not np.isfinite(table).all():
        raise DataError("a row holds what is not a finite number")
    if (np.abs(table) > LARGEST).any():
        raise DataError(f"a row holds a number beyond {LARGEST:.3g}")
    return Cells(table, {}), one


def is_plain(column: Column) -> bool:
    """Whether a column is a number alone, which is never missing."""
    return column == Column(column.name)


def _by_name(row: Mapping[str, Any], columns: Columns) -> list[Any]:
    if missing := [name for name in columns if name not in row]:
        raise DataError(f"a row has no column {listed(missing)}; the model's columns are {listed(columns)}")
    return [row[name] for name in columns]


def _array(rows: Any, columns: Columns) -> Array:
    """The rows as an array (c,) or (m, c) of numbers, or of objects if the model reads texts or fills in missing cells.

    Raises TypeError if they are of another shape, or should be numbers and are not.
    """
    try:
        table: Array = np.asarray(rows)
        if table.dtype.kind not in NUMERIC:
            table = np.asarray(rows, object)
            if all(map(is_plain, columns.values())):
                table = np.array([_number(cell) for cell in table.flat], np.float64).reshape(table.shape)
    except (TypeError, ValueError) as error:
        raise TypeError(_wanted(columns, type(rows).__name__)) from error
    empty = table.ndim == 2 and not len(table)
    if table.ndim not in (1, 2) or (table.shape[-1] != len(columns) and not empty):
        raise TypeError(_wanted(columns, f"an array {table.shape}"))
    return table


def _cells(table: Array, columns: Columns) -> Cells:
    """The cells of an array (m, c). Raises DataError for one that is no number, or is missing."""
    values = np.full((len(table), len(columns)), np.nan)
    texts: dict[str, tuple[str, ...]] = {}
    for position, (name, column) in enumerate(columns.items()):
        cells = table[:, position]
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


def _wanted(columns: Columns, given: str) -> str:
    what = "numbers and texts" if any(column.categories for column in columns.values()) else "numbers"
    return (
        f"rows of a table must be the path of a .csv file, mappings, or an array (m, {len(columns)}) of {what} "
        f"in the order {listed(columns)}, not {given}"
    )
