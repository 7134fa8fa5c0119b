"""The inputs that a table's cells make: a number as it is, a text as a category, and what a missing cell is read as.

What the categories and the means are is learned from the training data alone. A category is an input, which is 1 for
the cells with its text (one-hot encoding; Hastie, Tibshirani and Friedman, "The elements of statistical learning",
2nd ed., 2009, section 2.2: dummy variables).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from catnet.data.dataset import Catalog
from catnet.data.faults import file_and_line
from catnet.data.listing import Cells
from catnet.data.split_names import WORDS
from catnet.data.splits import Listings
from catnet.engine.memory import require
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.question import MISSING, Column, Question
from catnet.text import are, counted, first_names, printable, short

READ_AS_MEAN, NO_CATEGORY = "read as {} mean", "none of {} categories"
LEAVE_OUT = "leave columns of many different texts out with data.ignore"


def encoded(catalog: Catalog) -> Catalog:
    """The catalog with the rows that the cells of its table make; the same one if it is not of a table.

    If it learns, its question has what the training data says of the columns. Raises NotEnoughMemory.
    """
    cells, question = cells_of(catalog.splits), catalog.question
    if not cells:
        return catalog
    if catalog.learns:
        question = learned(question, [cells["train"]])
    splits = {
        name: replace(listing, rows=encode(question, cells[name]), cells=cells[name])
        for name, listing in catalog.splits.items()
    }
    return replace(catalog, question=question, splits=splits)


def cells_of(splits: Listings) -> dict[str, Cells]:
    """The cells of each split; none if they have pictures."""
    return {name: listing.cells for name, listing in splits.items() if listing.cells is not None}


def rows_by_cells(catalog: Catalog) -> dict[str, Array]:
    """Rows of each split that are equal only if all the cells are, whatever the training data has of them: the cells,
    with the same number for a text in all splits.

    A draw that puts equal rows on one side is the same then each time, also by what a model has learned.
    """
    found, known = {}, defaultdict[str, dict[str, int]](dict)
    for name, cells in cells_of(catalog.splits).items():
        found[name] = cells.values.copy()
        for column, feature in zip(found[name].T, catalog.question.features or (), strict=True):
            if feature in cells.texts:
                numbers, filled = known[feature], ~np.isnan(column)
                of_texts = [numbers.setdefault(text, len(numbers)) for text in cells.texts[feature]]
                column[filled] = np.array(of_texts, np.float64)[column[filled].astype(np.intp)]
    return found


def learned(question: Question, parts: Sequence[Cells]) -> Question:
    """The question with the categories, the means and which columns have missing cells, as these cells say."""
    columns = {column.name: column for column in question.encoded}
    for position, name in enumerate(question.features or ()):
        if name in columns:
            values = np.concatenate([part.values[:, position] for part in parts])
            texts = {text for part in parts for text in _used(part, position, name)}
            columns[name] = _learned(columns[name], values, texts)
    return replace(question, encoded=tuple(columns.values()))


def _learned(column: Column, values: Array, texts: set[str]) -> Column:
    """The column with what its values (m,), and its texts, say."""
    missing = np.isnan(values)
    has_missing = bool(missing.any())
    if column.categories is None:
        mean = 0.0 if missing.all() else float(values[~missing].mean())
        return replace(column, fill=mean, has_missing=has_missing)
    more = {MISSING} if has_missing else set()
    return replace(column, categories=(*sorted(texts), *sorted(more - texts)), has_missing=has_missing)


def _used(cells: Cells, position: int, name: str) -> list[str]:
    """The texts that a column has in these rows."""
    values = cells.values[:, position]
    texts = cells.texts.get(name, ())
    return [texts[index] for index in np.unique(values[~np.isnan(values)]).astype(int)] if texts else []


def encode(question: Question, cells: Cells) -> Array:
    """The inputs of the cells, float64 (m, n), in the order of `question.inputs`. Raises NotEnoughMemory."""
    if not question.encoded:
        return cells.values
    columns = {column.name: column for column in question.encoded}
    m, n, features = len(cells.values), len(question.inputs), question.features or ()
    require(m * n * cells.values.itemsize, f"a table with {n} inputs", LEAVE_OUT)
    rows = np.empty((m, n))
    for name, values, inputs in zip(features, cells.values.T, question.inputs_of_columns, strict=True):
        rows[:, inputs] = _inputs_of(columns.get(name), values, cells.texts.get(name, ()))
    return rows


def _inputs_of(column: Column | None, values: Array, texts: Sequence[str]) -> Array:
    """The inputs (m, n) of a column's values (m,)."""
    missing = np.isnan(values)
    if column is None:
        return values[:, None]
    if column.categories is None:
        filled = np.where(missing, column.fill or 0.0, values)
        return np.stack([filled, missing], axis=1) if column.has_missing else filled[:, None]
    position = {text: index for index, text in enumerate(column.categories)}
    numbers = np.array([position.get(text, -1) for text in (*texts, MISSING)])
    of_cells = numbers[np.where(missing, len(texts), values).astype(np.intp)]
    return of_cells[:, None] == np.arange(len(position))


def filled(question: Question, parts: Iterable[Cells]) -> dict[str, int]:
    """How many missing cells of each column are filled in; only the columns that have such cells."""
    found: Counter[str] = Counter()
    for cells in parts:
        for column, values in _encoded_columns(question, cells):
            if column.fill is not None and MISSING in (column.categories or MISSING):
                found[column.name] += int(np.isnan(values).sum())
    return dict(+found)


def notes_on_inputs(catalog: Catalog) -> list[str]:
    """What the user should know of how the cells of a catalog become inputs."""
    cells = cells_of(catalog.splits)
    # of data that is learned from, it is told with what was read
    notes = [] if catalog.learns else list(_notes_on_filled(catalog.question, cells.values()))
    for name, of_split in cells.items():
        file = file_and_line(catalog.splits[name].names[0])[0]
        where = f"the {WORDS[name]} data" if name in WORDS else file
        notes += _notes_on_unknown(catalog.question, of_split, where)
    return notes


def notes_on_cells(question: Question, cells: Cells, where: str) -> list[str]:
    """What the user should know of how the cells of other data become inputs. `where` names it."""
    notes = [f"{where}: {note}" for note in _notes_on_filled(question, [cells])]
    return [*notes, *_notes_on_unknown(question, cells, where)]


def _notes_on_filled(question: Question, parts: Iterable[Cells]) -> Iterator[str]:
    if counts := filled(question, parts):
        total, each = sum(counts.values()), first_names(f"{count} of {name}" for name, count in counts.items())
        yield f"{counted(total, 'missing cell')} {are(total)} filled in (data.missing: fill): {each}"


def _notes_on_unknown(question: Question, cells: Cells, where: str) -> Iterator[str]:
    """Which cells are such as the training data did not have: a note for each kind, by column with counts."""
    unknown_in: dict[str, tuple[int, str]] = {}
    missing_in: dict[str, dict[str, tuple[int, str]]] = {READ_AS_MEAN: {}, NO_CATEGORY: {}}
    for column, values in _encoded_columns(question, cells):
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


def _encoded_columns(question: Question, cells: Cells) -> Iterator[tuple[Column, Array]]:
    """The columns that are more than a number, each with its values (m,)."""
    columns = {column.name: column for column in question.encoded}
    for name, values in zip(question.features or (), cells.values.T, strict=True):
        if name in columns:
            yield columns[name], values


def demand_inputs(path: Path, catalog: Catalog) -> None:
    """Raises DataError for the columns of which no training row has a value, and for inputs of the same name."""
    question, cells, where = catalog.question, catalog.splits["train"].cells, printable(path)
    if cells is None:
        return
    if empty := [column.name for column, values in _encoded_columns(question, cells) if np.isnan(values).all()]:
        column, them = ("column", "it") if len(empty) == 1 else ("columns", "them")
        has = f"{column} {first_names(map(short, empty))} {are(len(empty))} empty in every training row"
        raise DataError(f"{where}: {has}; name {them} in data.ignore")
    if twice := [name for name, count in Counter(question.inputs).items() if count > 1]:
        names = first_names(map(short, twice))
        raise DataError(f"{where}: two columns make the input {names}; rename one of them, or name it in data.ignore")
