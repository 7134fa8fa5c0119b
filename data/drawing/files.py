"""What each set is made with: the random numbers of a file or a row, and the writing of a table."""

import csv
from pathlib import Path

import numpy as np

Random = np.random.Generator


def random_of(seed: int, name: str) -> Random:
    """The random numbers of a file, or of a row: those of no other."""
    return np.random.default_rng([seed, *name.encode()])


def write_table(path: Path, header: list[str], rows: list[list[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
