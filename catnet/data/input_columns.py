"""Which columns of a table are numbers, which are texts that become categories, and which can be no inputs."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from catnet.config.dump import to_yaml
from catnet.config.schema import DataConfig
from catnet.data.cells import emptiness, is_missing, is_numeric, odd_numbers, rest_is_empty, yes_and_no
from catnet.data.csvfile import Table
from catnet.data.faults import Kind, first_of, in_rows
from catnet.data.source_splits import COLUMN, is_a_split
from catnet.data.tables import FILL, empty_cells
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.question import Column
from catnet.text import LONGEST_LIST, first_names, printable, short

MOST_TEXTS = 50  # so many categories a column may have
FEW_TEXTS = 3  # so many are categories, even if each is there once
LONGEST_TEXT = 200  # characters of a category's name


def columns_of(table: Table, numbers: Mapping[str, Array], data: DataConfig) -> tuple[Column, ...]:
    """The columns that are more than a number, before anything is learned of them: those of texts and, if missing cells
    are filled in, all. `numbers` are the features as numbers (m,), NaN for what is none.

    Whether a column is of numbers or of texts, and whether of too many, is decided on all rows of the table, also on
    those that are drawn from it as validation or test data. The texts and the means are those of the training rows.

    Raises DataError that names all columns that can be no inputs, and then also those with missing cells.
    """
    fill = 0.0 if data.missing == "fill" else None
    found, refused, incomplete = [], {}, []
    for name, values in numbers.items():
        column = Column(name, fill=fill)
        if np.isnan(values).any():
            texts = Counter(map(str.strip, table.column(name)))
            filled = Counter({text: count for text, count in texts.items() if not is_missing(text)})
            if not _are_numbers(filled):
                column = Column(name, (), fill)
            if reason := _why_refused(table, name, filled, column):
                refused[name] = in_words(reason)
            elif filled.total() < len(values) and fill is None:
                incomplete.append(name)
        if column.categories is not None or fill is not None:
            found.append(column)
    if refused:
        way_out = _way_out(refused, data)
        said, missing = [*first_of(list(refused.values())), way_out], []
        for name in incomplete:
            kind, empty = empty_cells(table, name, FILL)
            missing.append(f"{kind.what} {in_rows(empty, len(table.rows))}; {kind.fix}")
        said += first_of(missing)
        path = printable(table.path)
        raise DataError("\n".join(line if line == way_out else f"{path}: {line}" for line in said))
    return tuple(found)


def _are_numbers(filled: Counter[str]) -> bool:
    """Whether at least half of a column's filled cells are numbers, or all are the words for 0 and 1."""
    numeric = sum(count for text, count in filled.items() if is_numeric(text))
    return 2 * numeric >= filled.total() or yes_and_no(filled) is not None


def in_words(reason: Kind) -> str:
    """Why a column can be no input, and what to do about it."""
    return "; ".join(filter(None, (reason.what, reason.fix)))


def why_no_input(table: Table, name: str) -> Kind | None:
    """Why a column can be no input, and what would make it one, if that is known; None if it can be one."""
    filled = Counter(cell for cell in map(str.strip, table.column(name)) if not is_missing(cell))
    return _why_refused(table, name, filled, Column(name, None if _are_numbers(filled) else ()))


def _why_refused(table: Table, name: str, filled: Counter[str], column: Column) -> Kind | None:
    """Why a column can be no input, if it has these texts, each so many times; None if it can be one."""
    called, total, rows = f"column {short(name)}", filled.total(), len(table.rows)
    if not filled:
        return Kind(f"{called} {emptiness(table.column(name))} in every row")
    if column.categories is None:
        return None
    if kind := odd_numbers(called, [text for text in filled if not is_numeric(text)], table.decimal_mark):
        count = sum(count for text, count in filled.items() if not is_numeric(text))
        return Kind(f"{kind.what} in {count} of {rows} rows{rest_is_empty(rows - total)}", kind.fix)
    if all(map(is_a_split, filled)):
        return Kind(f"{called} has the names of splits; rename it to {COLUMN} to use them")
    if (longest := max(map(len, filled))) > LONGEST_TEXT:
        return Kind(f"{called} holds texts of up to {longest:,} characters, which are no categories")
    single = sum(count == 1 for count in filled.values())
    if len(filled) > MOST_TEXTS or (len(filled) > FEW_TEXTS and 2 * single > total):
        return Kind(f"{called} has {len(filled)} different texts in {rows} rows, too many to be categories")
    return None


def _way_out(refused: Mapping[str, str], data: DataConfig) -> str:
    """`or leave them out: data.ignore: [Id, name]`, with what is left out already."""
    names = [*data.ignore, *refused]
    listed = to_yaml(names, in_one_line=True).strip()
    them = "it" if len(refused) == 1 else "them"
    return f"or leave {them} out: data.ignore: {listed if len(listed) <= LONGEST_LIST else first_names(names)}"
