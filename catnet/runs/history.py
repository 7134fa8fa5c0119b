"""The history of a training: the rows of metrics.csv, and the same as columns of numbers for a checkpoint."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from catnet.engine.types import Array

Row = dict[str, float | None]  # of metrics.csv; None if a metric is not defined
EPOCH = "epoch"
ALWAYS_KNOWN = ("train_cost", "learning_rate", "seconds")  # the columns that have a number in every row


def to_columns(rows: Sequence[Row]) -> dict[str, Array]:
    """Each column as float64 (epochs,), NaN for None."""
    names = rows[0] if rows else ()
    return {name: np.array([row.get(name) for row in rows], np.float64) for name in names}  # None becomes NaN


def to_rows(columns: Mapping[str, Array]) -> list[Row]:
    """The rows of the columns, None for NaN."""
    rows: list[Row] = []
    for values in zip(*(column.tolist() for column in columns.values()), strict=True):
        numbers = dict(zip(columns, values, strict=True))
        row: Row = {name: None if math.isnan(value) else value for name, value in numbers.items()}
        rows.append(row | {EPOCH: int(numbers[EPOCH])})
    return rows
