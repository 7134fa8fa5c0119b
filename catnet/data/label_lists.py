"""A column of lists of labels, such as `cat;lion`, for goal 2.0."""

from collections.abc import Sequence

from catnet.data.cells import is_missing, yes_and_no
from catnet.data.csvfile import Table, as_number
from catnet.data.source import LABEL, with_names
from catnet.errors import DataError
from catnet.text import printable

SEPARATORS = (";", "|")
COLUMNS = (LABEL, "labels")  # the columns of lists that need not be named


def holds_lists(table: Table, column: str) -> bool:
    """Whether a column holds words, or lists of whatever, rather than numbers or yes and no."""
    filled = {cell for cell in table.column(column) if not is_missing(cell)}
    words = bool(filled) and all(as_number(cell) is None for cell in filled) and yes_and_no(filled) is None
    return words or any(separator in cell for cell in filled for separator in SEPARATORS)


def holds_zeros_and_ones(table: Table, column: str) -> bool:
    """Whether a column holds only 0 and 1, or yes and no."""
    filled = {cell for cell in table.column(column) if not is_missing(cell)}
    return {as_number(cell) for cell in filled} <= {0, 1} or yes_and_no(filled) is not None


def lists_of(table: Table, column: str, numbered: Sequence[str] | None = None) -> list[tuple[str, ...]]:
    """The labels in each cell of a column, without blanks around them; `numbered` as in `Source.names_of_classes`.

    Raises DataError if both separators are in the column.
    """
    cells = table.column(column)
    found = [separator for separator in SEPARATORS if any(separator in cell for cell in cells)]
    if len(found) > 1:
        both, one = " and ".join(SEPARATORS), " or ".join(SEPARATORS)
        has = f"column {printable(column)} separates labels by both {both}"
        raise DataError(f"{printable(table.path)}: {has}; use {one} in all of its cells")
    separator = found[0] if found else SEPARATORS[0]
    parts = {cell: tuple(filter(None, map(str.strip, cell.split(separator)))) for cell in set(cells)}
    return [with_names(parts[cell], numbered or ()) for cell in cells]
