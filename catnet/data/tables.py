"""The columns of a table as numbers, or as texts."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from catnet.data.cells import (
    as_words,
    emptiness,
    examples,
    is_missing,
    kinds_of,
    rest_is_empty,
    yes_and_no,
    zero_or_one,
)
from catnet.data.column_inputs import note_on_words, notes_on_cells
from catnet.data.csvfile import LARGEST, Table, as_number, read_csv
from catnet.data.encoding import encode
from catnet.data.faults import Faults, Kind, file_and_line
from catnet.data.listing import Cells
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.question import Column, Question
from catnet.text import joined, printable, short

FILL = "set data.missing: fill"
UNKNOWN = f"if they are not known, leave the cells empty, and {FILL}"
GIVE_NUMBERS = "give numbers, as the training data has"

Tell = Callable[[str], object]  # what is told a note for the user
Places = list[tuple[str, str | None]]  # of every row in the file's order, `FILE:LINE`, and what is wrong with it


def read_rows(source: Path | Table, question: Question, tell: Tell = str) -> tuple[Array, Places]:
    """The inputs of a model's question, float64 (m, n), in the m good rows of a CSV file. Other columns are ignored.

    And the places of all rows. `tell` is told what cells there are that training did not have, and how the file is
    written, if not as most are. Raises DataError if it is not a table, has no rows, or lacks a column.
    """
    table = source if isinstance(source, Table) else read_csv(source)
    cells, places = cells_for(question, table, tell)
    for note in notes_on_cells(question.columns, cells, printable(table.path)):
        tell(note)
    return encode(question, cells), places


def cells_for(question: Question, table: Table, tell: Tell = str) -> tuple[Cells, Places]:
    """The cells of a model's question in the good rows of a table, and the places of all rows; what is told and raised
    is as for `read_rows`.
    """
    if table.note:
        tell(table.note)
    faults = Faults()
    faults.add_rows(table)
    cells, good = read_cells(table, question, faults)
    places: dict[str, str | None] = dict.fromkeys(printable(table.place(row)) for row in range(len(table.rows)))
    places |= {fault.name: fault.reason for fault in faults.found}
    in_order = sorted(places.items(), key=lambda place: file_and_line(place[0]))
    cells = cells.take(good)
    if words := words_in(table, question.features or (), cells):
        tell(note_on_words(printable(table.path), words))
    return cells, in_order


def read_cells(
    table: Table,
    question: Question,
    faults: Faults,
    numbers: Mapping[str, Array] | None = None,
    fix: str = "",
) -> tuple[Cells, Array]:
    """The cells of the question's features, and the indices of the good rows. What is wrong with the others is added to
    the faults: a cell that is not a number in a column of numbers, or one that is missing and is not filled in.

    `numbers` are the features as numbers, if they are known; `fix` is what to do about missing cells. Raises DataError
    that names every column that is missing, or all without a cell that can be used.
    """
    features = question.features or ()
    table.demand(features)
    columns = {column.name: column for column in question.encoded}
    values, texts, odd = np.empty((len(table.rows), len(features))), {}, {}
    for position, name in enumerate(features):
        column = columns.get(name, Column(name))
        if column.categories is not None:
            values[:, position], texts[name] = column_of_texts(table, name)
        else:
            values[:, position] = numbers_of(table, name) if numbers is None else numbers[name]
        if kinds := _faults_of(table, column, np.flatnonzero(np.isnan(values[:, position])), fix):
            odd[name] = kinds
    if hopeless := {name: kinds for name, kinds in odd.items() if len(kinds) == len(table.rows)}:
        raise DataError(_no_values(table, hopeless))
    bad: set[int] = set()
    for name, kinds in odd.items():
        must = "is" if name in texts else "must be a number, is"
        add_faults(faults, table, name, kinds, f"column {short(name)} {must}")
        bad |= kinds.keys()
    return Cells(values, texts), np.delete(np.arange(len(table.rows)), sorted(bad))


def _faults_of(table: Table, column: Column, rows: Array, fix: str) -> dict[int, Kind]:
    """The kind of fault of those cells of a column, in the rows without a value, that are faults, by their rows."""
    cells, called = table.column(column.name) if len(rows) else [], f"column {short(column.name)}"
    empty = {cell for cell in set(cells) if is_missing(cell)}
    missing = {row for row in rows.tolist() if cells[row] in empty}
    wrong = np.array([row for row in rows.tolist() if row not in missing], np.intp)
    kinds = odd_cells(table, column.name, wrong, called, fix=fix and UNKNOWN) if len(wrong) else {}
    if missing and column.fill is None:
        kind, _ = empty_cells(table, column.name, fix)
        kinds |= dict.fromkeys(missing, kind)
    return dict(sorted(kinds.items()))


def empty_cells(table: Table, name: str, fix: str = "") -> tuple[Kind, list[int]]:
    """The kind of fault of the missing cells of a column, and their lines."""
    cells = {row: cell.strip() for row, cell in enumerate(table.column(name)) if is_missing(cell)}
    return Kind(f"column {short(name)} {emptiness(cells.values())}", fix, of_column=True), [
        table.lines[row] for row in cells
    ]


def column_of_texts(table: Table, name: str) -> tuple[Array, tuple[str, ...]]:
    """A column as texts: the index (m,) of each cell among the texts, which follow; NaN for a missing cell."""
    cells = table.column(name)
    known: dict[str, int] = {}
    number_of = {
        cell: np.nan if is_missing(cell) else known.setdefault(cell.strip(), len(known))
        for cell in dict.fromkeys(cells)
    }
    return np.fromiter(map(number_of.__getitem__, cells), np.float64, len(cells)), tuple(known)


def numbers_of(table: Table, name: str) -> Array:
    """The numbers (m,) of a column that is an input; 1 and 0 for yes and no, or true and false, if it has no numbers.
    NaN for other cells.
    """
    values = column_of_numbers(table, name)
    if np.isnan(values).all():
        cells = table.column(name)
        number_of = {cell: np.nan if (value := zero_or_one(cell)) is None else value for cell in set(cells)}
        return np.fromiter(map(number_of.__getitem__, cells), np.float64, len(cells))
    return values


def words_in(table: Table, names: Sequence[str], cells: Cells) -> list[str]:
    """The inputs, of those of these names, that are 1 and 0 because the table has words for these."""
    return [
        name
        for name, column in zip(names, cells.values.T, strict=False)
        if np.isin(column[~np.isnan(column)], (0, 1)).all() and yes_and_no(table.column(name)) is not None
    ]


def column_of_numbers(table: Table, name: str) -> Array:
    """The numbers of a column, float64 (m,); NaN for a cell that is not one."""
    cells = table.column(name)
    try:
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        values = None
    if values is not None and (np.abs(values) <= LARGEST).all() and "_" not in "".join(cells):
        return values
    number_of = {cell: np.nan if (value := as_number(cell)) is None else value for cell in set(cells)}
    return np.fromiter(map(number_of.__getitem__, cells), np.float64, len(cells))


def odd_cells(
    table: Table, name: str, rows: Array, called: str, wanted: str = "a number", fix: str = ""
) -> dict[int, Kind]:
    """The kind of fault of the cells that are not what is wanted, by their rows: all such cells of a column."""
    cells = table.column(name)
    kinds = kinds_of(called, [cells[row] for row in rows], wanted, fix, table.decimal_mark)
    return {row: kinds[cells[row]] for row in rows.tolist()}


def add_faults(faults: Faults, table: Table, name: str, kinds: Mapping[int, Kind], reason: str, hint: str = "") -> None:
    """Adds the cells of a column that are not what is wanted, each with the reason and what it is."""
    cells = table.column(name)
    for row, kind in kinds.items():
        faults.add(table.place(row), f"{reason} {as_words(cells[row])}{hint}", kind)


def _no_values(table: Table, columns: Mapping[str, Mapping[int, Kind]]) -> str:
    """A line for each column without a cell that can be used, and one for all that hold words in every row."""
    lines, words, count = [], [], len(table.rows)
    for name, kinds in columns.items():
        cells = [cell.strip() for cell in table.column(name)]
        filled = {row: cell for row, cell in enumerate(cells) if not is_missing(cell)}
        kind, empty = kinds[next(iter(filled), 0)], count - len(filled)
        if not filled:
            lines.append(f"{kind.what} in every row; give values, as the training data has")
        elif kind.fix not in ("", UNKNOWN):
            lines.append(f"{kind.what} in {len(filled)} of {count} rows{rest_is_empty(empty)}; {kind.fix}")
        elif empty:
            hold = f"the others hold {examples(list(dict.fromkeys(filled.values())))}"
            lines.append(f"column {short(name)} is empty in {empty} of {count} rows; {hold}; {GIVE_NUMBERS}")
        else:
            words.append(name)
    if words:
        called = f"column {short(words[0])} holds" if len(words) == 1 else f"columns {joined(map(short, words))} hold"
        lines.append(f"{called} no numbers; {GIVE_NUMBERS}")
    return "\n".join(f"{printable(table.path)}: {line}" for line in lines)


def most_frequent(kinds: Mapping[int, Kind]) -> tuple[Kind, int]:
    """The kind of fault that most rows have, and how many."""
    return Counter(kinds.values()).most_common(1)[0]
