"""The feature columns of a table as numbers."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from catnet.data.csvfile import Table, as_number, as_words, read_csv
from catnet.data.faults import Faults, file_and_line
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.text import printable


def read_rows(path: Path, features: Sequence[str]) -> tuple[Array, list[tuple[str, str | None]]]:
    """The features, float64 (m, n), of the m good rows of a CSV file. Other columns are ignored.

    And, of every row in the file's order, `FILE:LINE`, and what is wrong with it or None. Raises DataError if it is not
    a table, has no rows, or lacks a column.
    """
    table = read_csv(path)
    faults = Faults()
    faults.add_rows(table)
    rows = numbers(table, features, faults)
    places: dict[str, str | None] = dict.fromkeys(printable(table.place(row)) for row in range(len(table.rows)))
    places |= {fault.name: fault.reason for fault in faults.found}
    in_order = sorted(places.items(), key=lambda place: file_and_line(place[0]))
    return rows[~np.isnan(rows).any(axis=1)], in_order


def numbers(table: Table, features: Sequence[str], faults: Faults) -> Array:
    """The columns as float64 (m, n). A row with a cell that is not a number is added to the faults, and has NaN.

    Raises DataError if a column is missing, or holds no number at all.
    """
    table.demand(features)
    rows = np.full((len(table.rows), len(features)), np.nan)
    for position, name in enumerate(features):
        values = [as_number(cell) for cell in table.column(name)]
        if table.rows and all(value is None for value in values):
            raise DataError(
                f"{printable(table.path)}: column {printable(name)} holds no numbers; give numbers "
                "(for instance a column of 0 and 1 for each value), or remove it"
            )
        rows[:, position] = [np.nan if value is None else value for value in values]
    for row in np.flatnonzero(np.isnan(rows).any(axis=1)).tolist():
        name = features[int(np.isnan(rows[row]).argmax())]
        cell = table.rows[row][table.positions[name]]
        faults.add(table.place(row), f"column {printable(name)} must be a number, is {as_words(cell)}")
    return rows
