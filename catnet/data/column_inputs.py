"""What the cells of a table make by its columns: their inputs, and what a user should know of them.

Nothing here knows of the question: `export` writes these functions into a file for others, which then reads cells as
catnet does.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np

from catnet.data.listing import Cells
from catnet.engine.types import Array
from catnet.question import MISSING, Column
from catnet.text import are, counted, first_names, listed, short

READ_AS_MEAN, NO_CATEGORY = "read as {} mean", "none of {} categories"

Columns = Mapping[str, Column]  # those of a table that are inputs, by their names and in their order


def inputs_of(columns: Columns, cells: Cells) -> Array:
    """The inputs of the cells, float64 (m, n), one column's behind the other's."""
    ends = list(accumulate(len(tuple(column.inputs)) for column in columns.values()))
    rows, start = np.empty((len(cells.values), ends[-1])), 0
    for end, (name, column), values in zip(ends, columns.items(), cells.values.T, strict=True):
        rows[:, start:end] = inputs_of_column(column, values, cells.texts.get(name, ()))
        start = end
    return rows


def inputs_of_column(column: Column, values: Array, texts: Sequence[str]) -> Array:
    """The inputs (m, n) of a column's values (m,)."""
    missing = np.isnan(values)
    if column.categories is None and column.fill is None:  # a number alone
        return values[:, None]
    if column.categories is None:
        filled = np.where(missing, column.fill or 0.0, values)
        return np.stack([filled, missing], axis=1) if column.has_missing else filled[:, None]
    position = {text: index for index, text in enumerate(column.categories)}
    numbers = np.array([position.get(text, -1) for text in (*texts, MISSING)])
    of_cells = numbers[np.where(missing, len(texts), values).astype(np.intp)]
    return of_cells[:, None] == np.arange(len(position))


def filled(columns: Columns, parts: Iterable[Cells]) -> dict[str, int]:
    """How many missing cells of each column are filled in; only the columns that have such cells."""
    found: Counter[str] = Counter()
    for cells in parts:
        for column, values in zip(columns.values(), cells.values.T, strict=True):
            if column.fill is not None and MISSING in (column.categories or MISSING):
                found[column.name] += int(np.isnan(values).sum())
    return dict(+found)


def notes_on_cells(columns: Columns, cells: Cells, where: str) -> list[str]:
    """What the user should know of how the cells of other data become inputs. `where` names it."""
    notes = [f"{where}: {note}" for note in notes_on_filled(columns, [cells])]
    return [*notes, *notes_on_unknown(columns, cells, where)]


def notes_on_filled(columns: Columns, parts: Iterable[Cells]) -> Iterator[str]:
    if counts := filled(columns, parts):
        total, each = sum(counts.values()), first_names(f"{count} of {name}" for name, count in counts.items())
        yield f"{counted(total, 'missing cell')} {are(total)} filled in (data.missing: fill): {each}"


def notes_on_unknown(columns: Columns, cells: Cells, where: str) -> Iterator[str]:
    """Which cells are such as the training data did not have: a note for each kind, by column with counts."""
    unknown_in: dict[str, tuple[int, str]] = {}
    missing_in: dict[str, dict[str, tuple[int, str]]] = {READ_AS_MEAN: {}, NO_CATEGORY: {}}
    for column, values in zip(columns.values(), cells.values.T, strict=True):
        missing, known = np.isnan(values), set(column.categories or ())
        if column.categories is not None:
            times = np.bincount(values[~missing].astype(np.intp)).tolist()
            found = dict(zip(cells.texts[column.name], times, strict=False))
            unknown = {text: count for text, count in found.items() if count and text not in known}
            if unknown:
                unknown_in[column.name] = sum(unknown.values()), f" ({first_names(map(short, unknown), 100)})"
        count = int(missing.sum())
        if count and column.fill is not None and not column.has_missing and MISSING not in known:
            read_as = READ_AS_MEAN if column.categories is None else NO_CATEGORY
            missing_in[read_as][column.name] = count, ""
    if unknown_in:
        yield f"{where}: {_in_columns(unknown_in, 'cell', ' that training did not have', NO_CATEGORY)}"
    for read_as, of_kind in missing_in.items():
        if of_kind:
            yield f"{where}: {_in_columns(of_kind, 'missing cell', ', and training had none', read_as)}"


def _in_columns(cells: Mapping[str, tuple[int, str]], noun: str, which: str, read_as: str) -> str:
    """What some columns have: of each, by its name, how many cells, and which texts they hold."""
    total = sum(count for count, _ in cells.values())
    they = "it is" if total == 1 else "they are"
    if len(cells) == 1:
        ((name, (_, texts)),) = cells.items()
        return f"column {short(name)} has {counted(total, noun)}{texts}{which}; {they} {read_as.format('its')}"
    each = first_names(f"{count} of {short(name)}{texts}" for name, (count, texts) in cells.items())
    return f"{len(cells)} columns have {counted(total, noun)}{which}; {they} {read_as.format('their')}: {each}"


def note_on_words(where: str, names: Sequence[str]) -> str:
    """The note on columns with words for 1 and 0. `where` names what they are in."""
    columns = f"column {listed(names)}" if len(names) == 1 else f"columns {first_names(names)}"
    return f"{where}: yes and no, or true and false, are read as 1 and 0 in {columns}"
