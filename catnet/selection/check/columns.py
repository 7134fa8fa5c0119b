"""The columns of a table: those that say the answer, those that never vary, those that number the rows."""

from collections.abc import Iterator

import numpy as np

from catnet.data.columns import LONG_COUNT, numbering
from catnet.data.dataset import Catalog, Dataset
from catnet.data.listing import Cells
from catnet.engine.types import Array
from catnet.evaluation.folds import folds_of, folds_of_groups
from catnet.evaluation.metrics import scores
from catnet.goals import REGRESSION
from catnet.selection.check.finding import PASS, WARNING, Finding
from catnet.selection.check.informative import answers_by_category, answers_by_numbers_there, trivial_answers
from catnet.text import first_names, printable

LEAK = 0.03  # of the error of the trivial answer: what leaves no more says the answer
FEWEST = 20  # rows, from which that is no chance
ROUNDED = 1e-6  # of the range of the target: an error that small is one of rounding


def of_columns(catalog: Catalog, dataset: Dataset) -> Iterator[Finding]:
    """What is wrong with the columns that are inputs; nothing if there are no columns."""
    names, cells = dataset.question.features, catalog.splits["train"].cells
    if names is None or cells is None:
        return
    yield from of_leaks(names, cells, catalog, dataset)
    # reading has noted those that do
    if not (cells.values == cells.values[0]).all(axis=0).any():
        yield Finding(PASS, "constant columns", "every input varies")
    yield from of_identifiers(names, cells, catalog)


def of_identifiers(names: tuple[str, ...], cells: Cells, catalog: Catalog) -> Iterator[Finding]:
    """Which inputs number the rows, whatever their names are; reading has noted those that do so by their names."""
    found, noted = [], False
    as_noted = cells if catalog.draw is None else catalog.draw.whole.cells
    assert as_noted is not None
    for place, name in enumerate(names):
        if name in cells.texts:
            continue
        if numbering(name, as_noted.values[:, place]):
            noted = True
            continue
        parts = [listing.cells.values[:, place] for listing in catalog.splits.values() if listing.cells is not None]
        if is_count(column := np.concatenate(parts)):
            found.append(name)
            line = (
                f"column {printable(name)} has each whole number from {column.min():.0f} to {column.max():.0f} once, "
                "as one that numbers the rows; name it in data.ignore if it says nothing about them"
            )
            yield Finding(WARNING, "identifiers", line, facts={"column": name})
    if not found and not noted:
        yield Finding(PASS, "identifiers", "no input numbers the rows")


def is_count(column: Array) -> bool:
    """Whether a column (m,) has m successive whole numbers, in any order."""
    m = len(column)
    # NaN, of which a column with missing cells has some, is no successive number
    return m >= LONG_COUNT and bool((np.diff(np.sort(column)) == 1).all()) and not (column % 1).any()


def of_leaks(names: tuple[str, ...], cells: Cells, catalog: Catalog, dataset: Dataset) -> Iterator[Finding]:
    """Which columns alone say the answer."""
    question, Y = dataset.question, catalog.splits["train"].labels.astype(np.float64)
    if Y.shape[1] < FEWEST:
        yield Finding(PASS, "leaks", f"not looked for: of less than {FEWEST} rows chance cannot be told")
        return
    split = dataset.splits["train"]
    as_read = split.labels.shape == Y.shape
    folds = folds_of(question.goal, split) if as_read else folds_of_groups(question.goal, Y, np.arange(Y.shape[1]))
    found = {}
    for name, column in zip(names, cells.values.T, strict=True):
        share = share_left(question.goal, column, name in cells.texts, Y, folds)
        if share <= LEAK:
            found[name] = share
    for name, share in found.items():
        rest = "no error is left" if share == 0 else f"{share:.1%} of the trivial answer's error is left"
        way = "if it is known only afterwards, name it in data.ignore"
        line = f"column {printable(name)} alone says the answer: {rest}; {way}"
        yield Finding(WARNING, "leaks", line, facts={"column": name, "error_left": share})
    if not found:
        line = f"no column alone says the answer: {first_names(names, 100)}"
        yield Finding(PASS, "leaks", line)


def share_left(goal: str, column: Array, is_text: bool, Y: Array, folds: Array) -> float:
    """How much of the error of the trivial answer a column (m,), NaN if missing, leaves alone: 1 if it says nothing.

    A target is also answered by its rank, because few large values have most of the squared error; and only of the
    rows that have a cell, if most have.
    """
    there = ~np.isnan(column)
    share = 1.0
    if FEWEST <= there.sum() < len(column) <= 2 * there.sum():
        share = share_left(goal, column[there], is_text, Y[:, there], folds[there])
    if goal == REGRESSION and is_affine(column, Y[0]):
        return 0.0
    shares = [share]
    for target in (Y, ranks(Y)) if goal == REGRESSION else (Y,):
        trivial = errors(goal, trivial_answers(target, folds), target)
        if trivial > 0:
            ways = answers_by_column(column, is_text, target, folds)
            shares += [errors(goal, each, target) / trivial for each in ways]
    return min(shares)


def is_affine(column: Array, y: Array) -> bool:
    """Whether y (m,) = a x + b for the column x (m,), up to rounding; not if either is constant or misses cells."""
    x, away = column - column.mean(), y - y.mean()
    if not (np.isfinite(x).all() and np.isfinite(away).all() and x.any() and away.any()):
        return False
    x, away = x / np.abs(x).max(), away / np.abs(away).max()  # whose squares are finite
    return float(np.abs(away - x * (x @ away) / (x @ x)).max()) <= ROUNDED


def ranks(Y: Array) -> Array:
    """The ranks of each row of Y (k, m), equal values having the mean of theirs."""
    return np.stack([mean_ranks(row) for row in Y])


def mean_ranks(values: Array) -> Array:
    """The ranks of values (m,)."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    found: Array = (np.cumsum(counts) - (counts - 1) / 2)[place.reshape(-1)]
    return found


def answers_by_column(column: Array, is_text: bool, Y: Array, folds: Array) -> Iterator[Array]:
    """The answers (k, m) of a column alone, (m,) with NaN for missing cells, out of fold: of a text by the equal ones,
    of a number by the nearest, and by the equal ones as far as there are some.
    """
    if is_text:
        yield answers_by_category(with_gaps_alike(column), Y, folds)
        return
    near = answers_by_numbers_there(column, Y, folds)
    yield near
    yield answers_by_category(with_gaps_alike(column), Y, folds, near)


def with_gaps_alike(column: Array) -> Array:
    """The column, whose missing cells are a value of their own."""
    return np.where(np.isnan(column), np.inf, column)


def errors(goal: str, answers: Array, Y: Array) -> float:
    """How much the answers are wrong: the mean of the squares, or the share of the examples."""
    if goal == REGRESSION:
        return float(np.square(answers - Y).mean())
    return 1 - float(scores(goal, answers, Y).mean())
