"""The inputs that a table's cells make: a number as it is, a text as a category, and what a missing cell is read as.

What the categories and the means are is learned from the training data alone. A category is an input, which is 1 for
the cells with its text (one-hot encoding; Hastie, Tibshirani and Friedman, "The elements of statistical learning",
2nd ed., 2009, section 2.2: dummy variables).
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from catnet.data.column_inputs import inputs_of, notes_on_filled, notes_on_unknown
from catnet.data.dataset import Catalog
from catnet.data.faults import file_and_line
from catnet.data.listing import Cells
from catnet.data.split_names import WORDS
from catnet.data.splits import Listings
from catnet.engine.memory import require
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.question import MISSING, Column, Question
from catnet.text import are, first_names, printable, short

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
    m, n = len(cells.values), len(question.inputs)
    require(m * n * cells.values.itemsize, f"a table with {n} inputs", LEAVE_OUT)
    return inputs_of(question.columns, cells)


def notes_on_inputs(catalog: Catalog) -> list[str]:
    """What the user should know of how the cells of a catalog become inputs."""
    cells = cells_of(catalog.splits)
    # of data that is learned from, it is told with what was read
    notes = [] if catalog.learns else list(notes_on_filled(catalog.question.columns, cells.values()))
    for name, of_split in cells.items():
        file = file_and_line(catalog.splits[name].names[0])[0]
        where = f"the {WORDS[name]} data" if name in WORDS else file
        notes += notes_on_unknown(catalog.question.columns, of_split, where)
    return notes


def demand_inputs(path: Path, catalog: Catalog) -> None:
    """Raises DataError for the columns of which no training row has a value, and for inputs of the same name."""
    question, cells, where = catalog.question, catalog.splits["train"].cells, printable(path)
    if cells is None:
        return
    columns = zip(question.columns.values(), cells.values.T, strict=True)
    if empty := [column.name for column, values in columns if np.isnan(values).all()]:
        column, them = ("column", "it") if len(empty) == 1 else ("columns", "them")
        has = f"{column} {first_names(map(short, empty))} {are(len(empty))} empty in every training row"
        raise DataError(f"{where}: {has}; name {them} in data.ignore")
    if twice := [name for name, count in Counter(question.inputs).items() if count > 1]:
        names = first_names(map(short, twice))
        raise DataError(f"{where}: two columns make the input {names}; rename one of them, or name it in data.ignore")
