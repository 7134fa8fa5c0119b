"""Labels: Y (k, m) from class names, from columns of 0 and 1, or from a column of numbers."""

from collections import Counter
from pathlib import Path

import numpy as np

from catnet.data.csvfile import Table, as_number, as_words
from catnet.data.dataset import Catalog
from catnet.data.faults import Faults
from catnet.data.labelling import Labelling
from catnet.data.source import Source
from catnet.engine.types import Array
from catnet.errors import DataError, Unlabelled
from catnet.goals import BINARY, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.question import Question
from catnet.text import did_you_mean, listed, misspelt, printable


def label(source: Source, labelling: Labelling, faults: Faults, notes: list[str]) -> tuple[Array, Array]:
    """The indices of the source's examples that are used, and their labels Y (k, m).

    Examples with a bad label are added to the faults; those of other classes than asked for are left out, with a note.
    """
    if labelling.question.goal == REGRESSION:
        return _numbers(source, labelling, faults)
    if labelling.columns:
        return _zeros_and_ones(source, labelling, faults)
    return _by_name(source, labelling, faults, notes)


def _numbers(source: Source, labelling: Labelling, faults: Faults) -> tuple[Array, Array]:
    """The target column."""
    table, target = _table_of(source, labelling), printable(labelling.question.target)
    keep, values = [], []
    for row, cell in enumerate(table.column(labelling.columns[0])):
        value = as_number(cell)
        if value is None:
            faults.add(table.place(row), f"{target} must be a number, is {as_words(cell)}")
        elif value < 0 and labelling.nonnegative:
            reason = "which a ReLU output can never say; use output_activation: linear"
            faults.add(table.place(row), f"{target} is {cell.strip()}, {reason}")
        else:
            keep.append(row)
            values.append(value)
    return np.array(keep, dtype=np.intp), np.array([values])


def _zeros_and_ones(source: Source, labelling: Labelling, faults: Faults) -> tuple[Array, Array]:
    """The label columns, each cell 0 or 1; for softmax exactly one 1 per row."""
    table, names = _table_of(source, labelling), labelling.columns
    hint = "; name the label columns with data.classes" if len(names) > 1 else ""
    keep, labels = [], []
    for row, cells in enumerate(zip(*map(table.column, names), strict=True)):
        values = [as_number(cell) for cell in cells]
        wrong = [k for k, value in enumerate(values) if value not in (0, 1)]
        ones = [name for name, value in zip(names, values, strict=True) if value == 1]
        if wrong:
            name, cell = names[wrong[0]], cells[wrong[0]]
            faults.add(table.place(row), f"column {printable(name)} must be 0 or 1, is {as_words(cell)}{hint}")
        elif labelling.question.goal == MULTI_CLASS and len(ones) != 1:
            has = f"two labels or more ({listed(ones)})" if ones else "no label"
            faults.add(table.place(row), f"has {has}; softmax needs exactly one (goal 2.0 allows any number)")
        else:
            keep.append(row)
            labels.append(values)
    return np.array(keep, dtype=np.intp), np.array(labels, dtype=np.float64).reshape(-1, len(names)).T


def _table_of(source: Source, labelling: Labelling) -> Table:
    if source.table is None:
        raise DataError(f"{printable(source.path)}: has no metadata.csv, the training data has")
    if source.is_unlabelled(labelling.columns):
        raise Unlabelled(
            f"{printable(source.table.path)}: its rows have no labels: there is no column {listed(labelling.columns)}; "
            "add it, or move the file away: a trained model can answer about such rows"
        )
    source.table.demand(labelling.columns)
    return source.table


def _by_name(source: Source, labelling: Labelling, faults: Faults, notes: list[str]) -> tuple[Array, Array]:
    """The names of the examples' classes."""
    question, names, path = labelling.question, source.names_of_classes(), printable(source.path)
    if names is None:
        raise Unlabelled(
            f"{path}: has no class names as the training data has: class folders, or a column label; "
            "add them, or move it away: a trained model can answer about it"
        )
    positions = {name: k for k, name in enumerate(question.classes)}
    if source.table is not None:
        for row, name in enumerate(names):
            if not name:
                faults.add(source.table.place(row), "label is empty")
    unknown = Counter(name for name in names if name and name not in question.known)
    if unknown and labelling.derived:
        hints = "".join(dict.fromkeys(did_you_mean(name, question.known) for name in unknown))
        way = "" if question.goal == BINARY else ", or list the classes to learn in data.classes"
        raise DataError(
            f"{path}: class {listed(unknown)} is not in the training data, which has {listed(question.known)}{hints}; "
            f"rename it{way}"
        )
    if question.goal == BINARY and question.others is None:
        notes += _counted_as_0(path, unknown, question)
        unknown.clear()
    for name, count in sorted(unknown.items()):
        hint = misspelt([name], question.known)
        notes.append(f"{path}: {count} examples of {printable(name)}, not in {labelling.origin}, are left out{hint}")
    keep = np.array([i for i, name in enumerate(names) if name and name not in unknown], dtype=np.intp)
    Y = np.zeros((len(positions), len(keep)))
    for column, i in enumerate(keep):
        if names[i] in positions:
            Y[positions[names[i]], column] = 1
    return keep, Y


def _counted_as_0(path: str, others: Counter[str], question: Question) -> list[str]:
    """A note for a model of goal 1.0 that does not hold the names of what was 0 in training."""
    if not others:
        return []
    negative = printable(question.negative)
    return [f"{path}: {listed(sorted(others))} count as {negative}: the model holds no names of what is {negative}"]


def demand_all_classes(path: Path, question: Question, labels: Array) -> None:
    """Raises DataError if a class has no example in the training labels Y (k, m)."""
    if question.goal == MULTI_CLASS and len(question.classes) < 2:
        raise DataError(f"{printable(path)}: has only the class {listed(question.classes)}; add examples of another")
    if absent := question.absent(labels):
        fix = "add some" if question.goal == BINARY else "add some, or take it out of data.classes"
        raise DataError(f"{printable(path)}: class {listed(absent)} is empty: no training example has it; {fix}")


def notes_on_splits(catalog: Catalog) -> list[str]:
    """Which splits could not be drawn, and which classes the splits lack."""
    notes, draw = [], catalog.draw
    if draw is not None:
        notes += [
            f"there is no {name} data: {len(draw.whole.names)} examples are too few for "
            f"data.{name}_fraction {fraction:g}"
            for name, fraction in draw.missing(catalog.splits).items()
        ]
    absent = {name: catalog.question.absent(listing.labels) for name, listing in catalog.splits.items()}
    notes += [f"the {name} data has no example of {listed(classes)}" for name, classes in absent.items() if classes]
    return notes


def notes_on_class_folders(labelling: Labelling) -> list[str]:
    """What class folders say for goal 2.0, which is rarely meant."""
    if labelling.question.goal != MULTI_LABEL or labelling.columns:
        return []
    return [
        "class folders for goal 2.0 say that a picture shows its class and none of the others; if it may show several, "
        "say so in a metadata.csv with a column of 0 and 1 for each label"
    ]


def notes_on_constant_labels(question: Question, labels: Array) -> list[str]:
    """Which labels every training example of goal 2.0 has, by Y (k, m)."""
    if question.goal != MULTI_LABEL:
        return []
    always = [name for name, of_label in zip(question.classes, labels, strict=True) if of_label.all()]
    return [f"every training example has the label {printable(name)}" for name in always]
