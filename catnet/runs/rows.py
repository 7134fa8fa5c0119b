"""The CSV files of a run, read as a stranger's: up to the first row that is not as catnet writes it."""

import csv
import io
import math
import os
from array import array
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

import numpy as np

from catnet.engine.types import Array
from catnet.files import COPY, open_regular
from catnet.runs.format import in_short
from catnet.runs.history import ALWAYS_KNOWN, EPOCH
from catnet.text import printable

LONGEST_LINE = 1 << 20  # characters
CUT_OFF = "it is cut off: it has no line break"


def history_of(path: Path) -> tuple[dict[str, Array], str]:
    """The columns of metrics.csv, each (epochs,), NaN for a cell without a number; and what is wrong with the file."""
    columns: dict[str, array[float]] = {}

    def take(header: Sequence[str], rows: Iterator[list[str]]) -> None:
        place = place_of(EPOCH, header)
        known = [(name, header.index(name)) for name in ALWAYS_KNOWN if name in header]
        columns.update((name, array("d")) for name in header)
        for epoch, row in enumerate(rows, start=1):
            if number(row[place]) != epoch:
                raise ValueError(f"epoch {row[place]!r} instead of {epoch}")
            for name, at in known:
                if at < len(row) and not math.isfinite(number(row[at])):
                    raise ValueError(f"{name} {row[at]!r}")
            for name, cell in zip_longest(header, row[: len(header)], fillvalue=""):
                columns[name].append(number(cell))
            if len(row) != len(header):
                raise ValueError(f"{len(row)} cells instead of {len(header)}")

    fault = read(path, take)
    return {name: np.array(values) for name, values in columns.items() if values}, fault


def rows_of(
    path: Path, *names: str, check: Callable[[tuple[str, ...]], None] = lambda cells: None
) -> tuple[list[tuple[str, ...]], str]:
    """The cells of these columns of a file, row by row; and what is wrong with the file.

    `check` raises ValueError for cells that are not as catnet writes them.
    """
    found: list[tuple[str, ...]] = []

    def take(header: Sequence[str], rows: Iterator[list[str]]) -> None:
        places = [place_of(name, header) for name in names]
        for row in rows:
            cells = tuple(row[place] for place in places)
            check(cells)
            found.append(cells)

    return found, read(path, take)


def read(path: Path, take: Callable[[Sequence[str], Iterator[list[str]]], None]) -> str:
    """Gives `take` the header of a CSV file and its rows up to the first fault. Returns the fault or "".

    A file that is not there has no rows, which is no fault.
    """
    try:
        try:
            os.lstat(path)
        except FileNotFoundError:
            return ""
        with open_regular(path) as content, io.TextIOWrapper(content, encoding="utf-8", newline="") as file:
            lines = Lines(file)
            reader = csv.reader(lines)
            try:
                take(next(reader, []), (row for row in reader if row))
            except (ValueError, IndexError, csv.Error) as error:
                why = "a cell is missing" if isinstance(error, IndexError) else error
                why = CUT_OFF if lines.is_cut else why
                return f"{printable(path)}: is damaged in line {lines.number}: {in_short(why)}"
    except OSError as error:
        return f"{printable(path)}: cannot be read: {in_short(error).removesuffix(f'; {COPY}')}"
    return ""


class Lines:
    """The lines of a file, and the number of the last that was read. Raises ValueError for one that is too long, or has
    no end; of the latter, the cells that may be cut off are left out.
    """

    def __init__(self, file: io.TextIOWrapper) -> None:
        self.number, self._file, self.is_cut = 0, file, False

    def __iter__(self) -> "Lines":
        return self

    def __next__(self) -> str:
        if self.is_cut:
            raise ValueError(CUT_OFF)
        self.number += 1
        line = self._file.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) == LONGEST_LINE:
            raise ValueError(f"it has more than {LONGEST_LINE} characters")
        self.is_cut = line[-1] not in "\r\n"
        return line.rpartition(",")[0] if self.is_cut else line


def place_of(name: str, header: Sequence[str]) -> int:
    """Where a column is. Raises ValueError if it is not there, or if any column is there twice."""
    if name not in header or len(set(header)) < len(header):
        raise ValueError(f"the header has no column {name}" if name not in header else "the header has a column twice")
    return header.index(name)


def number(cell: str) -> float:
    """The number in a cell, NaN if there is none."""
    try:
        return float(cell or "nan")
    except ValueError:
        return math.nan
