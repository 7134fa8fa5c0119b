"""A CSV file as text cells, with the line of each row."""

import csv
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from catnet.errors import DataError
from catnet.text import did_you_mean, listed, printable


@dataclass(frozen=True)
class Table:
    """The header, the rows of cells, and for each row its line in the file, as an editor counts.

    `bad` are the rows that cannot be used, which are not among the others: `FILE:LINE`, and why.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    bad: tuple[tuple[str, str], ...] = ()

    @cached_property
    def positions(self) -> dict[str, int]:
        """The position of each column in a row."""
        return {name: position for position, name in enumerate(self.header)}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of labels and features: all but the one that names the pictures."""
        return tuple(name for name in self.header if name != "file_name")

    def demand(self, columns: Sequence[str]) -> None:
        """Raises DataError if the table does not have all these columns."""
        if missing := [name for name in columns if name not in self.positions]:
            hints = "".join(did_you_mean(name, self.columns) for name in missing)
            raise DataError(
                f"{printable(self.path)}: has no column {listed(missing)}; there are {listed(self.columns)}{hints}"
            )

    def column(self, name: str) -> list[str]:
        """The cells of a column."""
        position = self.positions[name]
        return [row[position] for row in self.rows]

    def place(self, row: int) -> str:
        """`FILE:LINE` of a row."""
        return f"{self.path}:{self.lines[row]}"

    def without(self, faults: Mapping[int, str]) -> "Table":
        """The table without the rows that have a fault, which become bad ones."""
        good = [row for row in range(len(self.rows)) if row not in faults]
        bad = tuple((self.place(row), fault) for row, fault in faults.items())
        rows, lines = tuple(self.rows[row] for row in good), tuple(self.lines[row] for row in good)
        return replace(self, rows=rows, lines=lines, bad=self.bad + bad)


def read_csv(path: Path) -> Table:
    """Reads a UTF-8 file with a header. A row that is longer or shorter than the header is a bad one.

    Raises DataError, with the line, if the file is not such a table, or has no rows.
    """
    shown = printable(path)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = tuple(name.strip() for name in next(reader, []))
            line = reader.line_num + 1
            for cells in reader:
                if cells:
                    rows.append(tuple(cells))
                    lines.append(line)
                line = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise DataError(f"{shown}: is not UTF-8 text ({error.reason}); save it as UTF-8") from error
    except csv.Error as error:
        raise DataError(f"{shown}:{reader.line_num}: is not a readable CSV row: {error}") from error
    except OSError as error:
        raise DataError(f"{shown}: cannot be read: {error.strerror or error}") from error
    if not any(header):
        raise DataError(f"{shown}: has no header; its first line must name the columns")
    if twice := sorted(name for name, count in Counter(header).items() if count > 1):
        raise DataError(f"{shown}:1: the header names a column twice: {listed(twice)}")
    if not rows:
        raise DataError(f"{shown}: has no rows")
    width = len(header)
    ragged = {
        row: f"has {len(cells)} cells, the header has {width}" for row, cells in enumerate(rows) if len(cells) != width
    }
    return Table(path, header, tuple(rows), tuple(lines)).without(ragged)


def as_number(cell: str) -> float | None:
    """The finite number in a cell; None if the cell is not one."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def as_words(cell: str) -> str:
    """The cell as a message shows it."""
    return printable(cell) if cell.strip() else "empty"
