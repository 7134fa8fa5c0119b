"""A column of lists of labels, such as `cat;lion`, for goal 2.0."""

import re
from collections.abc import Iterable, Sequence

from catnet.data.cells import is_missing, yes_and_no
from catnet.data.csvfile import Table, as_number
from catnet.data.source import LABEL, with_names
from catnet.errors import DataError
from catnet.text import printable

SEPARATORS = (";", "|")
COLUMNS = (LABEL, "labels")  # the columns of lists that need not be named


def separators_in(cells: Iterable[str]) -> list[str]:
    """The separators that are in some of the cells."""
    return [separator for separator in SEPARATORS if any(separator in cell for cell in cells)]


def holds_lists(table: Table, column: str) -> bool:
    """Whether a column holds words, or lists of whatever, rather than numbers or yes and no."""
    filled = {cell for cell in table.column(column) if not is_missing(cell)}
    words = bool(filled) and all(as_number(cell) is None for cell in filled) and yes_and_no(filled) is None
    return words or bool(separators_in(filled))


def truths(cells: Iterable[str]) -> set[float | None]:
    """What a column of 0 and 1, or of yes and no, holds of the two; nothing if it is no such column. Missing cells do
    not count.
    """
    filled = {cell for cell in cells if not is_missing(cell)}
    read = yes_and_no(filled)
    values = set(map(as_number, filled)) if read is None else set(map(read.get, filled))
    return values if values <= {0, 1} else set()


def parts_of(cell: str) -> list[str]:
    """The parts of a cell between any of the separators."""
    return re.split(f"[{''.join(SEPARATORS)}]", cell)


def joined_by_commas(names: Sequence[str]) -> list[str]:
    """The names that may be lists of several, separated by commas: one of their parts is a name too."""
    return [name for name in names if not set(names).isdisjoint(map(str.strip, name.split(",")[1:]))]


def lists_of(table: Table, column: str, numbered: Sequence[str] | None = None) -> list[tuple[str, ...]]:
    """The labels in each cell of a column, without blanks around them; `numbered` as in `Source.names_of_classes`.

    Raises DataError if both separators are in the column.
    """
    cells = table.column(column)
    found = separators_in(cells)
    if len(found) > 1:
        both, one = " and ".join(SEPARATORS), " or ".join(SEPARATORS)
        has = f"column {printable(column)} separates labels by both {both}"
        raise DataError(f"{printable(table.path)}: {has}; use {one} in all of its cells")
    parts = {cell: tuple(filter(None, map(str.strip, parts_of(cell)))) for cell in set(cells)}
    return [with_names(parts[cell], numbered or ()) for cell in cells]
