"""A CSV file as text cells, with the line of each row."""

import codecs
import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import ClassVar

from catnet.data.csvlayout import (
    demand_names,
    demand_no_title,
    demand_short_lines,
    demand_text,
    demand_width,
    misfit,
    numbering_columns,
    quote_at_fault,
)
from catnet.data.decimals import decimal_columns, points_amid_commas, points_before_three_digits, with_points
from catnet.data.separators import COMMA, NAMES, SAMPLE, demand_no_bars, demand_one_separator, separator_of
from catnet.errors import DataError
from catnet.files import FILE_NAME, open_regular
from catnet.text import did_you_mean_each, first_names, printable, short

NO_CELLS = "every cell is empty"
MOST_COMPARED = 20_000  # columns among which one near to a missing one is looked for
LARGEST = 2.0**128 - 2.0**104  # what float32 can hold, in which a network may compute


@dataclass(frozen=True)
class Table:
    """The header, the rows of cells, and for each row its line in the file, as an editor counts.

    `numbering` are the columns that only number the rows and have no name of their own: they are not in the header, and
    the last ones in the rows. `bad` are the rows that cannot be used, and are not among the others: `FILE:LINE`, and
    why. The cells of the columns `decimal_commas` had commas, and have points here. `doubt` is the end of the note.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    numbering: tuple[str, ...] = ()
    bad: tuple[tuple[str, str], ...] = ()
    separator: str = COMMA
    decimal_commas: tuple[str, ...] = ()
    doubt: str = ""
    words: ClassVar[tuple[str, str, str]] = ("row", "line", "lines")  # for a row, and for what its place is counted by

    @property
    def rows_by_file(self) -> Mapping[str, int]:
        """How many rows there are, the bad ones too, by the file that their places name."""
        return {str(self.path): len(self.rows) + len(self.bad)}

    @property
    def note(self) -> str | None:
        """How the file is written, if not as most are."""
        if self.separator == COMMA:
            return None
        commas = ", with decimal commas" if self.decimal_commas else ""
        return f"{printable(self.path)}: is separated by {NAMES[self.separator]}{commas}{self.doubt}"

    @property
    def decimal_mark(self) -> str:
        return COMMA if self.decimal_commas else "."

    @cached_property
    def positions(self) -> dict[str, int]:
        """The position of each column in a row; also of those that number the rows, which an old model may ask for."""
        return {name: position for position, name in enumerate(self.header + self.numbering)}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of labels and features: all but the one that names the pictures."""
        return tuple(name for name in self.header if name != FILE_NAME)

    @cached_property
    def is_headless(self) -> bool:
        """Whether the first line looks like a row: its cells are numbers, or most are and do not just count."""
        numbers = [name for name in self.header if as_number(name) is not None]
        counts = any(numbers == list(map(str, range(start, start + len(numbers)))) for start in (0, 1))
        return len(numbers) == len(self.header) or (2 * len(numbers) > len(self.header) and not counts)

    @property
    def header_hint(self) -> str:
        """What a message about missing columns adds if the header may be missing."""
        return "; is the header missing? the first line holds numbers" if self.is_headless else ""

    def demand(self, columns: Sequence[str]) -> None:
        """Raises DataError if the table does not have all these columns."""
        if missing := [name for name in columns if name not in self.positions]:
            hint = did_you_mean_each(missing, self.columns[:MOST_COMPARED])
            there = f"there are {first_names(map(short, self.columns))}{hint}{self.header_hint}"
            raise DataError(f"{printable(self.path)}: has no column {first_names(map(short, missing))}; {there}")

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
    return table_in(path, read_raw(path))


def table_in(path: Path, raw: "Raw") -> Table:
    """The table that a file has, as `read_csv` does."""
    shown = printable(path)
    header, rows, separator = raw.header, raw.rows, raw.separator
    if not any(header):
        raise DataError(f"{shown}: has no header; its first line must name the columns")
    demand_one_separator(shown, separator, header, rows)
    if not rows:
        raise DataError(f"{shown}: has no rows")
    demand_no_title(shown, header, rows)
    empty = {row for row, cells in enumerate(rows) if len(cells) > 1 and not any(map(str.strip, cells))}
    filled = [cells for row, cells in enumerate(rows) if row not in empty] if empty else rows
    demand_width(shown, separator, header, filled)
    ragged = {row: misfit(cells, header) for row, cells in enumerate(rows) if len(cells) != len(header)}
    table = Table(path, header, tuple(rows), tuple(raw.lines), separator=separator)
    table = table.without(ragged | dict.fromkeys(sorted(empty), NO_CELLS))
    numbering = numbering_columns(header, table.rows)
    demand_names(shown, separator, header, table.rows, numbering)
    if separator != COMMA and table.rows:
        table = _with_decimals(table)
    if numbering:
        moved = tuple((*cells[numbering:], *cells[:numbering]) for cells in table.rows)
        table = replace(table, header=header[numbering:], rows=moved, numbering=header[:numbering])
    if twice := sorted(name for name, count in Counter(table.header).items() if count > 1):
        raise DataError(
            f"{shown}:1: the header names a column twice: {first_names(map(short, twice))}{table.header_hint}"
        )
    return table


def _with_decimals(table: Table) -> Table:
    """The table with points in place of decimal commas. Raises DataError if it is in doubt what points are."""
    shown, header = printable(table.path), table.header
    decimal = decimal_columns(shown, header, table.rows)
    if not decimal:
        return replace(table, doubt=points_before_three_digits(shown, header, table.rows))
    if mixed := points_amid_commas(header, table.rows, decimal):
        table = table.without(mixed)
    names = tuple(header[position] for position in decimal)
    return replace(table, rows=with_points(table.rows, decimal), decimal_commas=names)


@dataclass(frozen=True)
class Raw:
    """A CSV file as it is written: the header, all other rows that are not blank, of any width, and the line of each.

    `newline` ends its lines; `has_mark` says whether it begins with a byte order mark.
    """

    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    lines: list[int]
    separator: str
    newline: str
    has_mark: bool


def read_raw(path: Path) -> Raw:
    """The cells of a UTF-8 file. Raises DataError, with the line, if it cannot be read."""
    shown, separator = printable(path), COMMA
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    line = 1
    try:
        with open_regular(path) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as file:
            demand_text(shown, raw.peek())
            demand_short_lines(shown, raw)
            start = raw.read(SAMPLE)
            raw.seek(0)
            separator = separator_of(shown, start)
            reader = csv.reader(file, strict=True, delimiter=separator)
            names = next(reader, [])
            if any(name.lstrip().startswith('"') and not name.startswith('"') for name in names):
                raise DataError(f"{shown}:1: has blanks before the quotes; remove the blanks")
            header = tuple(map(str.strip, names))
            line = reader.line_num + 1
            for cells in reader:
                if cells:
                    rows.append(tuple(cells))
                    lines.append(line)
                line = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise DataError(f"{shown}: is not UTF-8 text ({error.reason}); save it as UTF-8") from error
    except csv.Error as error:
        demand_no_bars(shown, start.partition(b"\n")[0].decode(errors="replace"))
        wrong = _what_is_wrong(path, line, reader.line_num, str(error), separator)
        raise DataError(f"{shown}:{wrong}") from error
    except OSError as error:
        raise DataError(f"{shown}: cannot be read: {error.strerror or error}") from error
    newline = "\r\n" if start.partition(b"\n")[0].endswith(b"\r") else "\n"
    return Raw(header, rows, lines, separator, newline, start.startswith(codecs.BOM_UTF8))


def _what_is_wrong(path: Path, first: int, last: int, error: str, separator: str) -> str:
    """`LINE: ...` about the row of these lines that cannot be read: if it has more than one, a quote is at fault."""
    with io.TextIOWrapper(open_regular(path), encoding="utf-8-sig", errors="replace", newline="") as file:
        opened = quote_at_fault(islice(file, first - 1, last), first, separator)
    if "end of data" in error:
        return f"{opened}: a quote is opened here that is never closed"
    if "field larger" in error:
        is_not_closed = "; is the quote closed that is opened here?" if opened and first < last else ""
        return f"{opened or last}: a cell is longer than {csv.field_size_limit():,} characters{is_not_closed}"
    if opened and opened < last:
        return f"{opened}: a quote is opened here that is only closed in line {last}, amid a cell"
    return f"{last}: is not a readable CSV row: {error}"


def as_number(cell: str) -> float | None:
    """The number in a cell; None if the cell is not one, or if it is infinite or too large for float32."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if abs(value) <= LARGEST and "_" not in cell else None


def is_too_large(cell: str) -> bool:
    """Whether a cell is written as a finite number, which float32 cannot hold."""
    try:
        return abs(float(cell)) > LARGEST and any(map(str.isdigit, cell))
    except ValueError:
        return False
