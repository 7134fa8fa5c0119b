"""The columns of a table: those that say the answer, those that never vary, those that number the rows."""

from collections.abc import Iterator

import numpy as np

from catnet.data.columns import numbering
from catnet.data.dataset import Catalog, Dataset
from catnet.data.listing import Cells
from catnet.engine.types import Array
from catnet.evaluation.folds import folds_of, folds_of_groups
from catnet.evaluation.metrics import scores
from catnet.goals import REGRESSION
from catnet.selection.check.finding import PASS, WARNING, Finding
from catnet.selection.check.informative import answers_by_category, answers_by_number, trivial_answers
from catnet.text import first_names, printable

LEAK = 0.03  # of the error of the trivial answer: what leaves no more says the answer
FEWEST = 20  # rows, from which that is no chance
REPEATED = 5  # rows with the same number on average: then it is one of a few, as a category is


def of_columns(catalog: Catalog, dataset: Dataset) -> Iterator[Finding]:
    """What is wrong with the columns that are inputs; nothing if there are no columns."""
    names, cells = dataset.question.features, catalog.splits["train"].cells
    if names is None or cells is None:
        return
    yield from of_leaks(names, cells, catalog, dataset)
    # reading has noted those that do
    if not (cells.values == cells.values[0]).all(axis=0).any():
        yield Finding(PASS, "constant columns", "every input varies")
    columns = zip(names, cells.values.T, strict=True)
    if not any(numbering(name, column) for name, column in columns if name not in cells.texts):
        yield Finding(PASS, "identifiers", "no input numbers the rows")


def of_leaks(names: tuple[str, ...], cells: Cells, catalog: Catalog, dataset: Dataset) -> Iterator[Finding]:
    """Which columns alone say the answer."""
    question, Y = dataset.question, catalog.splits["train"].labels.astype(np.float64)
    if Y.shape[1] < FEWEST:
        return
    split = dataset.splits["train"]
    as_read = split.labels.shape == Y.shape
    folds = folds_of(question.goal, split) if as_read else folds_of_groups(question.goal, Y, np.arange(Y.shape[1]))
    trivial = errors(question.goal, trivial_answers(Y, folds), Y)
    found = {}
    for name, column in zip(names, cells.values.T, strict=True):
        left = errors(question.goal, answers_by_column(column, name in cells.texts, Y, folds), Y)
        if trivial > 0 and left <= LEAK * trivial:
            found[name] = left / trivial
    for name, share in found.items():
        rest = "no error is left" if share == 0 else f"{share:.1%} of the trivial answer's error is left"
        way = "if it is known only afterwards, name it in data.ignore"
        line = f"column {printable(name)} alone says the answer: {rest}; {way}"
        yield Finding(WARNING, "leaks", line, facts={"column": name, "error_left": share})
    if not found:
        line = f"no column alone says the answer: {first_names(names, 100)}"
        yield Finding(PASS, "leaks", line)


def answers_by_column(column: Array, is_text: bool, Y: Array, folds: Array) -> Array:
    """The answers (k, m) of a column alone, (m,) with NaN for missing cells: out of fold, or, if it holds numbers that
    seldom repeat, by the nearest of the others.
    """
    missing = np.isnan(column)
    if is_text or len(np.unique(column)) * REPEATED <= len(column):
        return answers_by_category(np.where(missing, np.inf, column), Y, folds)
    answers = answers_by_category(missing, Y, folds)
    answers[:, ~missing] = answers_by_number(column[~missing], Y[:, ~missing])
    return answers


def errors(goal: str, answers: Array, Y: Array) -> float:
    """How much the answers are wrong: the mean of the squares, or the share of the examples."""
    if goal == REGRESSION:
        return float(np.square(answers - Y).mean())
    return 1 - float(scores(goal, answers, Y).mean())
