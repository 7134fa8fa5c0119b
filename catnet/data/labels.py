"""Labels: Y (k, m) from class names, from columns of 0 and 1, or from a column of numbers."""

from collections import Counter
from pathlib import Path

import numpy as np

from catnet.data.csvfile import Table, as_number
from catnet.data.faults import Faults
from catnet.data.labelling import Labelling, demand_columns
from catnet.data.source import Source
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.goals import BINARY, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.question import Question
from catnet.text import listed, printable


def label(source: Source, labelling: Labelling, faults: Faults, notes: list[str]) -> tuple[Array, Array]:
    """The indices of the source's examples that are used, and their labels Y (k, m).

    Examples with a bad label are added to the faults; those of other classes than asked for are left out, with a note.
    """
    question = labelling.question
    if question.goal == REGRESSION:
        return _numbers(source, labelling, faults)
    if labelling.columns:
        return _zeros_and_ones(source, labelling, faults)
    names = source.names_of_classes()
    unnamed = [row for row, name in enumerate(names or ()) if not name]
    if unnamed and source.table is not None:
        for row in unnamed:
            faults.add(source.table.place(row), "label is empty")
    if names is None:
        raise DataError(
            f"{printable(source.where)}: has no class names as the training data has: class folders, or a column label"
        )
    if question.goal == BINARY:
        keep = np.array([i for i, name in enumerate(names) if name], dtype=np.intp)
        return keep, np.array([[float(names[i] == question.classes[0]) for i in keep]])
    strangers = Counter(name for name in names if name and name not in question.classes)
    if strangers and labelling.derived:
        raise DataError(
            f"{printable(source.where)}: class {listed(strangers)} is not in the training data, which has "
            f"{listed(question.classes)}; rename it, or list the classes to learn in data.classes"
        )
    for name, count in sorted(strangers.items()):
        notes.append(
            f"{printable(source.where)}: {count} examples of {printable(name)}, not in {labelling.origin}, are left out"
        )
    keep = np.array([i for i, name in enumerate(names) if name in question.classes], dtype=np.intp)
    positions = {name: k for k, name in enumerate(question.classes)}
    Y = np.zeros((len(positions), len(keep)))
    Y[[positions[names[i]] for i in keep], np.arange(len(keep))] = 1
    return keep, Y


def _numbers(source: Source, labelling: Labelling, faults: Faults) -> tuple[Array, Array]:
    """The target column."""
    table, target = _table_of(source, labelling), printable(labelling.question.target)
    keep, values = [], []
    for row, cell in enumerate(table.column(labelling.columns[0])):
        value = as_number(cell)
        if value is None:
            faults.add(table.place(row), f"{target} must be a number, is {_shown(cell)}")
        elif value < 0 and labelling.nonnegative:
            faults.add(
                table.place(row),
                f"{target} is {cell.strip()}, which a ReLU output can never say; use output_activation: linear",
            )
        else:
            keep.append(row)
            values.append(value)
    return np.array(keep, dtype=np.intp), np.array([values])


def _zeros_and_ones(source: Source, labelling: Labelling, faults: Faults) -> tuple[Array, Array]:
    """The label columns, each cell 0 or 1; for softmax exactly one 1 per row."""
    table = _table_of(source, labelling)
    cells = [table.column(name) for name in labelling.columns]
    keep, labels = [], []
    for row in range(len(table.rows)):
        values = [as_number(column[row]) for column in cells]
        wrong = [(name, column[row]) for name, column, value in zip(labelling.columns, cells, values, strict=True)
                 if value not in (0, 1)]  # fmt: skip
        if wrong:
            name, cell = wrong[0]
            hint = "; name the label columns with data.classes" if len(labelling.columns) > 1 else ""
            faults.add(table.place(row), f"column {printable(name)} must be 0 or 1, is {_shown(cell)}{hint}")
            continue
        ones = [name for name, value in zip(labelling.columns, values, strict=True) if value == 1]
        if labelling.question.goal == MULTI_CLASS and len(ones) != 1:
            has = f"two labels or more ({listed(ones)})" if ones else "no label"
            faults.add(table.place(row), f"has {has}; softmax needs exactly one (goal 2.0 allows any number)")
            continue
        keep.append(row)
        labels.append(values)
    return np.array(keep, dtype=np.intp), np.array(labels, dtype=np.float64).reshape(-1, len(cells)).T


def _table_of(source: Source, labelling: Labelling) -> Table:
    if source.table is None:
        raise DataError(f"{printable(source.where)}: has no metadata.csv, the training data has")
    demand_columns(source.table, labelling.columns)
    return source.table


def _shown(cell: str) -> str:
    return printable(cell) if cell.strip() else "empty"


def demand_all_classes(path: Path, question: Question, labels: Array) -> None:
    """Raises DataError if a class has no example in the training labels Y (k, m)."""
    if question.goal == REGRESSION:
        return
    if question.goal == MULTI_CLASS and len(question.classes) < 2:
        raise DataError(f"{printable(path)}: has only the class {listed(question.classes)}; add examples of another")
    if absent := question.absent(labels):
        fix = "add some" if question.goal == BINARY else "add some, or take it out of data.classes"
        raise DataError(f"{printable(path)}: class {listed(absent)} is empty: no training example has it; {fix}")


def notes_on_classes(question: Question, labels: dict[str, Array]) -> list[str]:
    """Which classes the labels Y (k, m) of a split lack."""
    return [
        f"the {name} data has no example of {listed(absent)}"
        for name, Y in labels.items()
        if question.goal != REGRESSION and (absent := question.absent(Y))
    ]


def notes_on_constant_labels(question: Question, labels: Array) -> list[str]:
    """Which labels of goal 2.0 every training example has, of labels Y (k, m)."""
    if question.goal != MULTI_LABEL:
        return []
    always = [name for name, of_label in zip(question.classes, labels, strict=True) if of_label.all()]
    return [f"every training example has the label {printable(name)}" for name in always]
