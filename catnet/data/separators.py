"""What separates the cells of a CSV file: found from its header, and confirmed by its rows."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from catnet.errors import DataError
from catnet.text import joined

COMMA, SEMICOLON, TAB, BAR = ",", ";", "\t", "|"
NAMES = {COMMA: "commas", SEMICOLON: "semicolons", TAB: "tabs", BAR: "vertical bars"}
READ = (TAB, COMMA, SEMICOLON)  # a tab first, because it is hardly ever within a name or a cell
SAMPLE = 1 << 20  # bytes from which the separator is found
_QUOTED = re.compile(r'((?:^|[\r\n,;\t|]))"[^"]*(?:""[^"]*)*(?:"|$)')
_ENDS = re.compile("\r\n|\r|\n")

Rows = Sequence[tuple[str, ...]]


def separator_of(shown: str, start: bytes) -> str:
    """The separator of a file that starts so: the mark that stands in the header and in some row, outside of quotes.

    Of several marks it is the one by which most rows have as many cells as the header. Without any, it is the comma:
    there is one column. Raises DataError if all rows fit two marks.
    """
    if len(start) == SAMPLE:  # its last line may be cut off
        start = start[: max(start.rfind(b"\n"), start.rfind(b"\r")) + 1] or start
    text = start.decode("utf-8-sig", errors="replace")
    if not any(mark in text for mark in (SEMICOLON, TAB)):
        return COMMA
    header, *rows = _ENDS.split(_QUOTED.sub(r"\1", text))
    has_rows = any(rows)
    marks = [mark for mark in READ if mark in header and (not has_rows or any(mark in row for row in rows))]
    if len(marks) < 2:
        return marks[0] if marks else COMMA
    fits = {mark: _fits(text, mark) for mark in marks}
    best = max(marks, key=fits.__getitem__)
    equal = [mark for mark in (COMMA, SEMICOLON) if mark in fits and fits[mark][0] == 1]
    if best in equal and len(equal) > 1:
        names = [NAMES[mark] for mark in equal]
        raise DataError(
            f"{shown}:1: may be separated by {' or by '.join(names)}: all rows fit both; put quotes around the names "
            f"and cells that hold {joined(names)}"
        )
    return best


def _fits(text: str, mark: str) -> tuple[float, int]:
    """The fraction of the rows that fit the header, and the header's width, if the mark separates the cells.

    Empty cells behind the last column do not count. The rows are those before the first fault in the quotes.
    """
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    width = total = fit = 0
    try:
        width = len(next(rows, []))
        for cells in rows:
            if cells:
                total += 1
                fit += len(cells) >= width and not any(cells[width:])
    except csv.Error:
        pass
    return fit / max(1, total), width


def demand_no_bars(shown: str, first_line: str, header: Sequence[str] = (), rows: Rows = ()) -> None:
    """Raises DataError if vertical bars separate the cells; `header` and `rows` are empty if none can be read."""
    misfits = sum(len(cells) != len(header) for cells in rows)
    in_header = first_line.count(BAR) >= max(1, len(header) or first_line.count(COMMA))
    suspicious = (in_header and len(header) <= 1) or 2 * misfits > len(rows)
    marks = [COMMA.join(cells).count(BAR) for cells in rows] if suspicious else []
    in_all = set(marks) == {first_line.count(BAR) or (len(header) - 1 if _single(rows) else 0)}
    if suspicious and ((in_all and any(marks)) or (in_header and 2 * sum(map(bool, marks)) >= len(rows))):
        raise DataError(f"{shown}: is separated by {NAMES[BAR]}; save it with commas")


def demand_one_separator(shown: str, separator: str, header: Sequence[str], rows: Rows) -> None:
    """Raises DataError if the header is separated in another way than the rows, or if all lines are in a way that is
    not read: by vertical bars, by blanks, or each in quotes as a whole.
    """
    demand_no_bars(shown, separator.join(header), header, rows)
    for mark in READ:
        one, other = NAMES[separator], NAMES[mark]
        if mark != separator and _single(rows) and {row[0].count(mark) + 1 for row in rows} == {len(header)} != {1}:
            raise DataError(_disagreement(shown, one, other))
        if mark != separator and len(header) == 1 and {header[0].count(mark) + 1} == set(map(len, rows)) != {1}:
            raise DataError(_disagreement(shown, other, one))
    if len(header) > 1:
        return
    widths = {len(cells[0].split()) for cells in rows if _is_single(cells)}
    if _single(rows) and widths == {len(header[0].split())} != {1}:
        raise DataError(f"{shown}: is separated by blanks; save it with commas")
    counts = {mark: {cells[0].count(mark) for cells in rows} for mark in (SEMICOLON, TAB)}
    if COMMA in header[0] or any({header[0].count(mark)} == count != {0} for mark, count in counts.items()):
        raise DataError(f"{shown}: has each line in quotes as a whole; save it without them")


def _disagreement(shown: str, header: str, rows: str) -> str:
    return f"{shown}: the header is separated by {header}, the rows by {rows}; separate all lines by one of the two"


def _single(rows: Iterable[tuple[str, ...]]) -> bool:
    """Whether every row has a single cell."""
    return all(map(_is_single, rows))


def _is_single(cells: Sequence[str]) -> bool:
    return len(cells) == 1
