"""Numbers with decimal commas, in files whose cells are not separated by commas."""

import re
from collections.abc import Sequence

from catnet.data.separators import Rows
from catnet.errors import DataError
from catnet.text import first_names, short

_NUMBER = r"[^\S\n]*[+-]?(\d+({mark}\d*)?|{mark}\d+)([eE][+-]?\d+)?[^\S\n]*"
# Of the lines of a text, one that has a digit and is no number; and one that has the mark and is a number.
_OTHER, _MARKED = (
    {mark: re.compile(text.format(number=_NUMBER.format(mark=re.escape(mark)), mark=re.escape(mark)), re.MULTILINE)
     for mark in ",."}
    for text in (r"^(?!{number}$).*\d", r"^(?=.*{mark}){number}$")
)  # fmt: skip
_DECIMAL_COMMA = re.compile(r"(?<=\d),|,(?=\d)")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")


def decimal_columns(shown: str, header: Sequence[str], rows: Rows) -> list[int]:
    """The positions of the columns with decimal commas: every cell with a digit is a number if the comma is the decimal
    mark, and some have one.

    Raises DataError if other columns have numbers with points: which of them are thousands is not guessed.
    """
    columns = list(zip(*rows, strict=True))
    commas = {place: cell for place, column in enumerate(columns) if (cell := _example(column, ","))}
    points = {header[place]: cell for place, column in enumerate(columns) if commas and (cell := _example(column, "."))}
    if points:
        first = next(iter(commas))
        comma = f"column {short(header[first])} has numbers with commas ({commas[first]})"
        (name, cell), several = next(iter(points.items())), len(points) > 1
        have = f"columns {first_names(map(short, points))} have" if several else f"column {short(name)} has"
        decimal, whole = cell.replace(".", ","), cell.replace(".", "")
        write = f"write {decimal}"
        if _THOUSANDS.fullmatch(cell):
            write = f"write {decimal} if the point is the decimal mark, {whole} if it separates thousands"
        raise DataError(f"{shown}: {comma}, {have} numbers with points ({cell}); {write}")
    return list(commas)


def _example(column: Sequence[str], mark: str) -> str | None:
    """The first cell with the mark, if all cells with a digit are numbers with this decimal mark; None if not, or if
    there is no such cell, or if a cell has several lines.
    """
    text = "\n".join(column)
    if mark not in text or text.count("\n") >= len(column) or _OTHER[mark].search(text):
        return None
    found = _MARKED[mark].search(text)
    return short(found[0].strip()) if found else None


def with_points(rows: Rows, positions: Sequence[int]) -> tuple[tuple[str, ...], ...]:
    """The rows with a decimal point in place of the comma in the columns at these positions."""
    columns = list(zip(*rows, strict=True))
    for position in positions:
        columns[position] = tuple(_DECIMAL_COMMA.sub(".", "\n".join(columns[position])).split("\n"))
    return tuple(zip(*columns, strict=True))
