"""The columns of a table as numbers."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from catnet.data.cells import examples, is_missing, kinds_of
from catnet.data.csvfile import LARGEST, Table, as_number, as_words, read_csv
from catnet.data.faults import Faults, Kind, file_and_line
from catnet.data.source_splits import COLUMN, columns_of_splits
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.text import joined, listed, printable, short

FIX_WORDS = "give numbers (for instance a column of 0 and 1 for each value), or remove"


def read_rows(
    path: Path, features: Sequence[str], tell: Callable[[str], object] = str
) -> tuple[Array, list[tuple[str, str | None]]]:
    """The features, float64 (m, n), of the m good rows of a CSV file. Other columns are ignored.

    And, of every row in the file's order, `FILE:LINE`, and what is wrong with it or None. Raises DataError if it is not
    a table, has no rows, or lacks a column. `tell` is told how the file is written, if not as most are.
    """
    table = read_csv(path)
    if table.note:
        tell(table.note)
    faults = Faults()
    faults.add_rows(table)
    rows = numbers(table, features, faults)
    places: dict[str, str | None] = dict.fromkeys(printable(table.place(row)) for row in range(len(table.rows)))
    places |= {fault.name: fault.reason for fault in faults.found}
    in_order = sorted(places.items(), key=lambda place: file_and_line(place[0]))
    return rows[~np.isnan(rows).any(axis=1)], in_order


def numbers(table: Table, features: Sequence[str], faults: Faults) -> Array:
    """The columns as float64 (m, n). A row with a cell that is not a number is added to the faults, and has NaN.

    Raises DataError that names every column that is missing, or all that hold no number at all.
    """
    table.demand(features)
    rows = np.empty((len(table.rows), len(features)))
    odd: dict[str, dict[int, Kind]] = {}
    for position, name in enumerate(features):
        rows[:, position] = column_of_numbers(table, name)
        if len(wrong := np.flatnonzero(np.isnan(rows[:, position]))):
            odd[name] = odd_cells(table, name, wrong, f"column {short(name)}")
    if hopeless := {name: kinds for name, kinds in odd.items() if len(kinds) == len(table.rows)}:
        raise DataError(_no_numbers(table, hopeless))
    for name, kinds in odd.items():
        add_faults(faults, table, name, kinds, f"column {short(name)} must be a number, is")
    return rows


def column_of_numbers(table: Table, name: str) -> Array:
    """The numbers of a column, float64 (m,); NaN for a cell that is not one."""
    cells = table.column(name)
    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        values = None
    if values is not None and (np.abs(values) <= LARGEST).all() and "_" not in "".join(cells):
        return values
    found = map(as_number, cells)
    return np.array([np.nan if value is None else value for value in found])


def odd_cells(
    table: Table, name: str, rows: Array, called: str, wanted: str = "a number", fix: str = ""
) -> dict[int, Kind]:
    """The kind of fault of the cells that are not what is wanted, by their rows: all such cells of a column."""
    cells = table.column(name)
    kinds = kinds_of(called, [cells[row] for row in rows], wanted, fix)
    return {row: kinds[cells[row]] for row in rows.tolist()}


def add_faults(faults: Faults, table: Table, name: str, kinds: Mapping[int, Kind], reason: str, hint: str = "") -> None:
    """Adds the cells of a column that are not what is wanted, each with the reason and what it is."""
    cells = table.column(name)
    for row, kind in kinds.items():
        faults.add(table.place(row), f"{reason} {as_words(cells[row])}{hint}", kind)


def _no_numbers(table: Table, columns: Mapping[str, Mapping[int, Kind]]) -> str:
    """A line for each column that holds no number, and one for all that hold words in every row."""
    lines, words, count = [], [], len(table.rows)
    for name, kinds in columns.items():
        cells = [cell.strip() for cell in table.column(name)]
        filled = {row: cell for row, cell in enumerate(cells) if not is_missing(cell)}
        kind, empty = kinds[next(iter(filled), 0)], count - len(filled)
        if not filled:
            said = listed(sorted(set(filter(None, cells))))
            lines.append(f"column {short(name)} is empty in every row{f' ({said})' if said else ''}; remove it")
        elif kind.fix:
            others = f" and is empty in {'the other' if empty == 1 else f'the other {empty}'}" if empty else ""
            lines.append(f"{kind.what} in {len(filled)} of {count} rows{others}; {kind.fix}")
        elif empty:
            hold = f"the others hold {examples(list(dict.fromkeys(filled.values())))}"
            lines.append(f"column {short(name)} is empty in {empty} of {count} rows; {hold}; {FIX_WORDS} it")
        else:
            words.append(name)
    if len(words) == 1:
        lines.append(f"column {short(words[0])} holds no numbers; {FIX_WORDS} it")
    elif words:
        lines.append(f"columns {joined(map(short, words))} hold no numbers; {FIX_WORDS} them")
    if splits := [name for name in columns_of_splits(table) if name in words]:
        lines.append(f"column {short(splits[0])} has the names of splits; rename it to {COLUMN} to use them")
    return "\n".join(f"{printable(table.path)}: {line}" for line in lines)


def most_frequent(kinds: Mapping[int, Kind]) -> tuple[Kind, int]:
    """The kind of fault that most rows have, and how many."""
    return Counter(kinds.values()).most_common(1)[0]
