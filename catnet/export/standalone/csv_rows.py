"""The rows of a CSV file: what is not as catnet reads it is refused, in fewer words."""

import csv
import io
import stat
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from catnet.data.csvfile import NO_CELLS
from catnet.data.csvlayout import demand_names, demand_text, misfit, numbering_columns
from catnet.data.decimals import decimal_columns, points_amid_commas, points_before_three_digits, with_points
from catnet.data.separators import COMMA, NAMES, SAMPLE, separator_of
from catnet.errors import DataError
from catnet.text import first_names, printable, short


class Table(NamedTuple):
    """The header of a CSV file, the cells of its good rows and what is wrong with the others, both by their lines; and
    how it is written, if not with commas.
    """

    header: tuple[str, ...]
    rows: dict[int, tuple[str, ...]]
    faults: dict[int, str]
    note: str = ""

    def columns(self, names: Sequence[str]) -> dict[str, list[str]]:
        """The cells of the columns in the good rows. Raises DataError, without the file, if one is missing."""
        if missing := [name for name in names if name not in self.header]:
            there = first_names(map(short, self.header))
            raise DataError(f"has no column {first_names(map(short, missing))}; there are {there}")
        places = {name: self.header.index(name) for name in names}
        return {name: [cells[place] for cells in self.rows.values()] for name, place in places.items()}


def read_table(path: Path) -> Table:
    """The table in a CSV file: in UTF-8, with a header, separated by commas, semicolons or tabs; with the latter two,
    numbers may have decimal commas. Raises DataError.
    """
    shown, content = printable(path), content_of(path)
    header, rows, separator = cells_in(shown, content)
    faults = {}
    for line, cells in rows.items():
        if len(cells) > 1 and not any(map(str.strip, cells)):
            faults[line] = NO_CELLS
        elif len(cells) != len(header):
            faults[line] = misfit(cells, header)
    table = Table(header, {line: cells for line, cells in rows.items() if line not in faults}, faults)
    good = list(table.rows.values())
    numbering = numbering_columns(header, good)
    demand_names(shown, separator, header, good, numbering)
    if twice := [name for name, count in Counter(header[numbering:]).items() if count > 1]:
        raise DataError(f"{shown}:1: the header names a column twice: {first_names(map(short, twice))}")
    return table if separator == COMMA or not good else with_decimal_points(shown, table, separator)


def content_of(path: Path) -> bytes:
    """The bytes of a file. Raises DataError, also for a pipe, which might never end."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise DataError(f"{printable(path)}: is not a regular file")
        return path.read_bytes()
    except OSError as error:
        raise DataError(f"{printable(path)}: cannot be read: {error.strerror or error}") from error


def cells_in(shown: str, content: bytes) -> tuple[tuple[str, ...], dict[int, tuple[str, ...]], str]:
    """The header of a CSV file, the cells of each other row by its line, and what separates them. Raises DataError."""
    rows, line = {}, 1
    try:
        demand_text(shown, content[:SAMPLE])
        separator = separator_of(shown, content[:SAMPLE])
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True, delimiter=separator)
        names = next(reader, [])
        line = reader.line_num + 1
        for cells in reader:
            if cells:
                rows[line] = tuple(cells)
            line = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise DataError(f"{shown}: is not UTF-8 text ({error.reason}); save it as UTF-8") from error
    except csv.Error as error:
        raise DataError(f"{shown}:{line}: is not a readable CSV row: {error}") from error
    header = tuple(map(str.strip, names))
    if any(name.lstrip().startswith('"') and not name.startswith('"') for name in names):
        raise DataError(f"{shown}:1: has blanks before the quotes; remove the blanks")
    if not any(header):
        raise DataError(f"{shown}: has no header; its first line must name the columns")
    if not rows:
        raise DataError(f"{shown}: has no rows")
    return header, rows, separator


def with_decimal_points(shown: str, table: Table, separator: str) -> Table:
    """The table with points in place of decimal commas. Raises DataError if it is in doubt what points are."""
    lines, cells = list(table.rows), list(table.rows.values())
    decimal = decimal_columns(shown, table.header, cells)
    note = f"is separated by {NAMES[separator]}"
    if not decimal:
        return table._replace(note=note + points_before_three_digits(shown, table.header, cells))
    mixed = {lines[row]: fault for row, fault in points_amid_commas(table.header, cells, decimal).items()}
    rows = {line: row for line, row in zip(lines, with_points(cells, decimal), strict=True) if line not in mixed}
    return table._replace(rows=rows, faults=table.faults | mixed, note=f"{note}, with decimal commas")
