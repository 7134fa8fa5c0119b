"""One table that holds several splits: a column `split` says which, or the folder of each picture."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, compress, repeat

from catnet.data.cells import as_words
from catnet.data.csvfile import Table
from catnet.data.source import Source
from catnet.data.split_names import SPLIT_OF, SPLITS, right_name, split_of
from catnet.errors import DataError
from catnet.text import counted, did_you_mean, listed, printable, short

COLUMN = "split"
EXPECTED = "train, val or test"
_LIKE_SPLIT = re.compile(
    r"(data ?)?(set|split|subset)|k?folds?|cv|partition|phase|usage|holdout|train test"
    r"|(is|in) ?(train(ing)?|test(ing)?|val(id(ation)?)?|eval|holdout)( ?set)?"
)


def split_column(table: Table) -> str | None:
    """The column that says each row's split: named so, whatever its case, and with a cell that looks like a split."""
    for name in table.header:
        if name.casefold() == COLUMN and any(is_a_split(cell) for cell in set(table.column(name))):
            return name
    return None


def is_like_split(name: str) -> bool:
    """Whether a column is named as one that says in which split, or part of the data, a row is."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[\W\d_]+", " ", name).strip().casefold()
    return bool(_LIKE_SPLIT.fullmatch(words))


def columns_of_splits(table: Table) -> list[str]:
    """The columns whose cells are the names of splits: all of them, or all but those that are empty."""
    columns = {name: {cell for cell in table.column(name) if cell.strip()} for name in table.header}
    return [name for name, cells in columns.items() if cells and all(map(is_a_split, cells))]


def is_a_split(cell: str) -> bool:
    """Whether a cell is the name of a split, or one that it has elsewhere."""
    return bool(split_of(cell.strip()) or right_name(cell))


def by_column(source: Source, learning: bool) -> dict[str, Source] | None:
    """The splits of a source by its column `split`, which is then no label and no feature; None if it has none.

    A row whose cell is not a split is a bad one. Raises DataError if there is no training row to learn from.
    """
    if source.table is None or (name := split_column(source.table)) is None:
        return None
    cells = source.table.column(name)
    splits = [split_of(cell.strip()) for cell in cells]
    wrong = {row: _fault(name, cells[row]) for row, split in enumerate(splits) if split is None}
    if learning and "train" not in splits:
        there = Counter(short(cell.strip()) or "empty" for cell in cells)
        hints = {hint for cell in there if right_name(cell) == "train" and (hint := f"; write train instead of {cell}")}
        raise DataError(
            f"{printable(source.table.path)}: column {printable(name)} has no row train to learn from; it has "
            f"{listed(f'{count} {cell}' for cell, count in there.most_common(5))}{''.join(sorted(hints))}"
        )
    return divided(without_columns(source, [name]), splits, wrong)


def _fault(name: str, cell: str) -> str:
    right = right_name(cell)
    hint = f"; did you mean {right}?" if right else did_you_mean(cell.strip(), SPLIT_OF)
    return f"column {printable(name)} must be {EXPECTED}, is {as_words(cell)}{hint}"


def of_one_split(source: Source, split: str) -> Source:
    """The source of a split that has files of its own, without a column `split`. Raises DataError if that says
    something else.
    """
    if source.table is None or (name := split_column(source.table)) is None:
        return source
    other = [row for row, cell in enumerate(source.table.column(name)) if split_of(cell.strip()) != split]
    if other:
        table, cell = source.table, source.table.column(name)[other[0]]
        count = f"{len(other)} of {counted(len(table.rows), 'row')}"
        raise DataError(
            f"{printable(table.place(other[0]))}: column {printable(name)} is {as_words(cell)}, but the file is "
            f"that of the {split} data ({count} disagree); fix the rows, or remove the column"
        )
    return without_columns(source, [name])


def without_columns(source: Source, names: Iterable[str]) -> Source:
    """The source without those of the columns that its table has."""
    table = source.table
    if table is None or not (without := set(names).intersection(table.header)):
        return source
    kept = [name not in without for name in table.header]
    rows = tuple(tuple(compress(row, chain(kept, repeat(True)))) for row in table.rows)
    return replace(source, table=replace(table, header=tuple(compress(table.header, kept)), rows=rows))


def divided(source: Source, splits: Sequence[str | None], wrong: Mapping[int, str]) -> dict[str, Source]:
    """The source of each split, in the order of SPLITS, by the split of each row.

    The rows without a split are bad ones; `wrong` says why.
    """
    table, pictures = source.table, source.pictures
    if table is None:
        return {"all": source}
    bad, found = table.without(wrong).bad, {}
    for split in SPLITS:
        if rows := [row for row, its in enumerate(splits) if its == split]:
            cells, lines = tuple(table.rows[row] for row in rows), tuple(table.lines[row] for row in rows)
            chosen = None if pictures is None else tuple(pictures[row] for row in rows)
            found[split] = replace(source, pictures=chosen, table=replace(table, rows=cells, lines=lines, bad=bad))
            bad = ()
    return found
