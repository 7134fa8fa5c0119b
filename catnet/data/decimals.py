"""Numbers with decimal commas, in files whose cells are not separated by commas."""

import re
from collections.abc import Mapping, Sequence

from catnet.data.separators import Rows
from catnet.errors import DataError
from catnet.text import first_names, short

_NUMBER = r"[^\S\n]*[+-]?(\d+({mark}\d*)?|{mark}\d+)([eE][+-]?\d+)?[^\S\n]*"
_THOUSANDS = r"[^\S\n]*[+-]?[1-9]\d{0,2}(\.\d{3})+[^\S\n]*"
_WHOLE = r"[^\S\n]*[+-]?\d+[^\S\n]*"


def _lines(text: str) -> dict[str, re.Pattern[str]]:
    """By the decimal mark, the pattern of some lines of a text, in which `{number}` and `{mark}` are filled in."""
    return {
        mark: re.compile(text.format(number=_NUMBER.format(mark=re.escape(mark)), mark=re.escape(mark)), re.MULTILINE)
        for mark in ",."
    }


_NUMBERS = _lines("^{number}$")
_MARKED = _lines("^(?=.*{mark}){number}$")  # numbers with the mark
_OTHER = _lines(r"^(?!{number}$).*\d")  # lines that have a digit and are no number
_DECIMAL_COMMA = re.compile(r"(?<=\d),|,(?=\d)")
_OF_THOUSANDS = re.compile(f"^{_THOUSANDS}$", re.MULTILINE)
_WITHOUT_POINT = re.compile(f"^{_WHOLE}$", re.MULTILINE)
_NO_THOUSANDS = re.compile(rf"^(?!({_THOUSANDS}|{_WHOLE})$).*\d", re.MULTILINE)


def decimal_columns(shown: str, header: Sequence[str], rows: Rows) -> dict[int, bool]:
    """The positions of the columns with decimal commas, in which most of the numbers with a mark have a comma; and
    whether all of their cells with a digit are such numbers.

    Raises DataError if other columns have numbers with points: which of them are thousands is not guessed.
    """
    columns = list(zip(*rows, strict=True))
    commas = {place: found for place, column in enumerate(columns) if (found := _example(column, ","))}
    points = {header[at]: found[0] for at, column in enumerate(columns) if commas and (found := _example(column, "."))}
    if points:
        first = next(iter(commas))
        comma = f"column {short(header[first])} has numbers with commas ({commas[first][0]})"
        (name, cell), several = next(iter(points.items())), len(points) > 1
        have = f"columns {first_names(map(short, points))} have" if several else f"column {short(name)} has"
        raise DataError(f"{shown}: {comma}, {have} numbers with points ({cell}); {_write(cell)}")
    return {place: is_alone for place, (_, is_alone) in commas.items()}


def _example(column: Sequence[str], mark: str) -> tuple[str, bool] | None:
    """The first cell with the mark, if it is the decimal mark of most of a column's numbers that have one, and most of
    the cells with a digit are such numbers; and whether all are. None if not, or if a cell has several lines.
    """
    text = _text(column)
    if mark not in text or not (found := _MARKED[mark].search(text)):
        return None
    if has_others := bool(_OTHER[mark].search(text)):
        others = _count(_MARKED["." if mark == "," else ","], text)
        if _count(_MARKED[mark], text) <= others or _count(_NUMBERS[mark], text) <= _count(_OTHER[mark], text) - others:
            return None
    return short(found[0].strip()), not has_others


def _text(column: Sequence[str]) -> str:
    """The cells of a column as lines; nothing if one has several."""
    text = "\n".join(column)
    return "" if text.count("\n") >= len(column) else text


def _count(pattern: re.Pattern[str], text: str) -> int:
    return sum(1 for _ in pattern.finditer(text))


def _write(cell: str) -> str:
    """What to write in place of a number with a point in a file with decimal commas."""
    decimal, whole = cell.replace(".", ","), cell.replace(".", "")
    if cell.count(".") > 1:
        return f"write {whole}"
    if _OF_THOUSANDS.fullmatch(cell):
        return f"write {decimal} if the point is the decimal mark, {whole} if it separates thousands"
    return f"write {decimal}"


def points_amid_commas(header: Sequence[str], rows: Rows, positions: Mapping[int, bool]) -> dict[int, str]:
    """The rows that have a number with a point in one of the columns with decimal commas, and what is wrong."""
    faults = {}
    columns = list(zip(*rows, strict=True))
    for position in (position for position, is_alone in positions.items() if not is_alone):
        for row, cell in enumerate(columns[position]):
            if _MARKED["."].fullmatch(cell):
                has = f"column {short(header[position])} has a point in {short(cell.strip())} and commas in other rows"
                faults[row] = f"{has}; {_write(cell.strip())}"
    return faults


def points_before_three_digits(shown: str, header: Sequence[str], rows: Rows) -> str:
    """A clause about the columns in which every number has a point before three digits, which may separate thousands;
    empty if there is none, or if another number shows that points are decimal marks.

    Raises DataError if such a column also has numbers without a point, as it has if points separate thousands.
    """
    found, mixed = {}, {}
    for name, column in zip(header, zip(*rows, strict=True), strict=True):
        text = _text(column) if any("." in cell for cell in column) else ""
        if any(not _OF_THOUSANDS.fullmatch(cell[0]) for cell in _MARKED["."].finditer(text)):
            return ""
        if (point := _OF_THOUSANDS.search(text)) and not _NO_THOUSANDS.search(text):
            found[name] = short(point[0].strip())
            if whole := _WITHOUT_POINT.search(text):
                mixed[name] = short(whole[0].strip())
    for name, cell in mixed.items():
        has = f"column {short(name)} has numbers with a point before three digits ({found[name]})"
        raise DataError(f"{shown}: {has}, and without ({cell}); {_write(found[name])}")
    examples = first_names(f"{short(name)} ({cell})" for name, cell in found.items())
    columns = "column" if len(found) == 1 else "columns"
    return f"; the point in {columns} {examples} is read as the decimal mark, not as one of thousands" if found else ""


def with_points(rows: Rows, positions: Mapping[int, bool]) -> tuple[tuple[str, ...], ...]:
    """The rows with a point in place of the comma in the numbers of the columns that `decimal_columns` has found."""
    columns = list(zip(*rows, strict=True))
    for position, is_alone in positions.items():
        text = "\n".join(columns[position])
        if is_alone:
            text = _DECIMAL_COMMA.sub(".", text)
        else:
            text = _MARKED[","].sub(lambda cell: cell[0].replace(",", "."), text)
        columns[position] = tuple(text.split("\n"))
    return tuple(zip(*columns, strict=True))
