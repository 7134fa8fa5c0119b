"""The cells of rows, and y^ about rows that a program has."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from catnet.data.cells import as_words, is_missing, yes_and_no, zero_or_one
from catnet.data.column_inputs import inputs_of
from catnet.data.csvfile import as_number
from catnet.data.listing import Cells
from catnet.engine.types import Array
from catnet.evaluation.table_rows import cells_of_rows
from catnet.export.standalone.network import y_hat
from catnet.export.standalone.stored import FACTS
from catnet.question import Column
from catnet.text import short


def predict_rows(rows: Array | Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> Array:
    """y^ (k, m) about m rows: the probabilities of FACTS["classes"], or the target in its unit.

    Each is a mapping of the columns FACTS["features"] to numbers or texts; or all are an array (m, c) in their order.
    None, NaN and "" are missing cells. Raises TypeError for anything else, DataError if a column is missing, or for a
    cell that cannot be read.
    """
    given: Any = rows
    if isinstance(rows, Iterable) and not isinstance(rows, np.ndarray | Mapping):
        given = list(rows) or np.empty((0, len(input_columns())))
    cells, _ = cells_of_rows(given, input_columns())
    return y_hat(inputs_of(input_columns(), cells))


def cells_of(columns: Mapping[str, Sequence[str]]) -> tuple[Cells, dict[int, str]]:
    """The cells of all columns, and what is wrong with which rows."""
    values = np.empty((len(next(iter(columns.values()))), len(columns)))
    texts: dict[str, tuple[str, ...]] = {}
    faults: defaultdict[int, list[str]] = defaultdict(list)
    for position, (name, cells) in enumerate(columns.items()):
        column, missing = input_columns()[name], np.array(list(map(is_missing, cells)), bool)
        if column.categories is None:
            values[:, position] = numbers_of(cells)
        else:
            known: dict[str, int] = {}
            values[:, position] = [known.setdefault(cell.strip(), len(known)) for cell in cells]
            texts[name] = tuple(known)
        values[missing, position] = np.nan
        is_fault = np.isnan(values[:, position]) & ~(missing & (column.fill is not None))
        must = "must be a number, is" if column.categories is None else "is"
        for row in np.flatnonzero(is_fault).tolist():
            faults[row].append(f"column {short(name)} {must} {as_words(cells[row])}")
    return Cells(values, texts), {row: "; ".join(found) for row, found in faults.items()}


@cache
def input_columns() -> dict[str, Column]:
    """The columns that are inputs: a number each, or what FACTS["encoded"] says."""
    plain = {name: Column(name) for name in FACTS["features"]}
    return plain | {facts["name"]: Column.from_json(facts) for facts in FACTS.get("encoded", ())}


def numbers_of(cells: Sequence[str]) -> list[float]:
    """The numbers of a column; NaN for another cell. In a column without numbers, yes and no are 1 and 0."""
    numbers = list(map(as_number, cells))
    if all(value is None for value in numbers):
        numbers = list(map(zero_or_one, cells))
    return [math.nan if value is None else value for value in numbers]


def columns_with_words(columns: Mapping[str, Sequence[str]]) -> list[str]:
    """The columns of numbers whose cells are words for 1 and 0."""
    numbers = [name for name in columns if input_columns()[name].categories is None]
    return [name for name in numbers if yes_and_no(columns[name]) is not None]
