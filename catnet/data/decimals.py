"""Numbers with decimal commas, in files whose cells are not separated by commas."""

import re
from collections.abc import Iterator, Sequence

from catnet.data.separators import Rows
from catnet.errors import DataError
from catnet.text import first_names, short

_DIGIT = re.compile(r"\d")
_NUMBER = {mark: re.compile(rf"\s*[+-]?(\d+({mark}\d*)?|{mark}\d+)([eE][+-]?\d+)?\s*") for mark in (",", r"\.")}
_COMMA, _POINT = _NUMBER.values()
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+")


def decimal_columns(shown: str, header: Sequence[str], rows: Rows) -> list[int]:
    """The positions of the columns with decimal commas: every cell with a digit is a number if the comma is the decimal
    mark, and some have one.

    Raises DataError if other columns have numbers with points: which of them are thousands is not guessed.
    """
    columns = list(zip(*rows, strict=True))
    found = [position for position, column in enumerate(columns) if _example(column, ",", _COMMA)]
    points = {name: cell for name, cell in _with_points(header, columns)} if found else {}
    if points:
        comma = f"column {short(header[found[0]])} has numbers with commas ({_example(columns[found[0]], ',', _COMMA)})"
        (name, cell), several = next(iter(points.items())), len(points) > 1
        have = f"columns {first_names(map(short, points))} have" if several else f"column {short(name)} has"
        decimal, whole = cell.replace(".", ","), cell.replace(".", "")
        write = f"write {decimal}"
        if _THOUSANDS.fullmatch(cell):
            write = f"write {decimal} if the point is the decimal mark, {whole} if it separates thousands"
        raise DataError(f"{shown}: {comma}, {have} numbers with points ({cell}); {write}")
    return found


def _with_points(header: Sequence[str], columns: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, str]]:
    """The columns of numbers with a decimal point, each with an example."""
    for name, column in zip(header, columns, strict=True):
        if cell := _example(column, ".", _POINT):
            yield name, cell


def _example(column: Sequence[str], mark: str, number: re.Pattern[str]) -> str | None:
    """The first cell with the mark, if all cells with a digit are numbers by the pattern; None if not, or if there is
    no such cell.
    """
    if mark not in "".join(column):
        return None
    cells = [cell for cell in column if _DIGIT.search(cell)]
    if not all(map(number.fullmatch, cells)):
        return None
    return next((short(cell.strip()) for cell in cells if mark in cell), None)


def with_points(rows: Rows, positions: Sequence[int]) -> tuple[tuple[str, ...], ...]:
    """The rows with a decimal point in place of the comma in the columns at these positions."""
    columns = list(zip(*rows, strict=True))
    for position in positions:
        columns[position] = tuple(cell.replace(",", ".") if _DIGIT.search(cell) else cell for cell in columns[position])
    return tuple(zip(*columns, strict=True))
