"""Labels: Y (k, m) from class names, from columns of 0 and 1, or from a column of numbers."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catnet.data.csvfile import Table, as_number
from catnet.data.faults import Faults
from catnet.data.source import Source
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.goals import BINARY, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.text import did_you_mean, listed, printable


@dataclass(frozen=True)
class Labelling:
    """What becomes of a source's labels: decided once, on the training data, and then used for every split.

    `columns` are the table's label columns; none where the examples' class names are used.
    """

    goal: str
    classes: tuple[str, ...] = ()
    negative: str | None = None
    target: str | None = None
    columns: tuple[str, ...] = ()
    derived: bool = False  # the classes are those found in training, so that another one elsewhere is an error
    nonnegative: bool = False
    origin: str = "data.classes"  # where the classes come from


def decide(
    source: Source, goal: str, classes: tuple[str, ...] | None, target: str | None, nonnegative: bool
) -> Labelling:
    """How the goal's labels are made of the training source. Raises DataError where it has nothing to make them of."""
    where, names = printable(source.where), source.names_of_classes()
    if goal == REGRESSION:
        if source.table is None:
            raise DataError(f"{where}: has no metadata.csv with the column {printable(target)} to predict")
        _demand_columns(source.table, [str(target)])
        return Labelling(goal, target=target, columns=(str(target),), nonnegative=nonnegative)
    by_column = source.table is not None and (
        goal == MULTI_LABEL or names is None or (classes is not None and set(classes) <= set(source.columns))
    )
    if by_column and source.table is not None:
        chosen = classes or _label_columns(source)
        _demand_columns(source.table, chosen)
        if goal == BINARY and len(chosen) > 1:
            raise DataError(f"{where}: data.classes must name the class that counts as 1: one of {listed(chosen)}")
        return Labelling(goal, chosen, f"not {chosen[0]}" if goal == BINARY else None, columns=chosen)
    assert names is not None
    found = tuple(sorted(set(names) - {""}))
    if goal == BINARY:
        if classes is None:
            raise DataError(f"{where}: data.classes must name the class that counts as 1: one of {listed(found)}")
        others = [name for name in found if name != classes[0]]
        _demand_classes(where, classes, found)
        return Labelling(goal, classes, others[0] if len(others) == 1 else f"not {classes[0]}")
    if classes is not None:
        _demand_classes(where, classes, found)
    elif len(found) < 2 and source.classes is not None:
        raise DataError(f"{where}: has only the class {listed(found)}; is data.path one folder too high?")
    return Labelling(goal, classes or found, derived=classes is None)


def _label_columns(source: Source) -> tuple[str, ...]:
    """The columns that metadata.csv has for labels. A table does not tell them from its features."""
    if source.paths is None:
        raise DataError(
            f"{printable(source.where)}: which columns are the labels? name them with data.classes; "
            f"there are {listed(source.columns)}"
        )
    if not source.columns:
        raise DataError(f"{printable(source.where)}: metadata.csv has no column besides file_name to learn")
    return source.columns


def _demand_columns(table: Table, names: tuple[str, ...] | list[str]) -> None:
    for name in names:
        if name not in table.positions:
            known = [column for column in table.header if column != "file_name"]
            raise DataError(
                f"{printable(table.path)}: has no column {printable(name)}; "
                f"there are {listed(known)}{did_you_mean(name, known)}"
            )


def _demand_classes(where: str, classes: tuple[str, ...], found: tuple[str, ...]) -> None:
    for name in classes:
        if name not in found:
            raise DataError(
                f"{where}: class {printable(name)} of data.classes has no examples; "
                f"there are {listed(found)}{did_you_mean(name, found)}"
            )


def label(source: Source, labelling: Labelling, faults: Faults, notes: list[str]) -> tuple[Array, Array]:
    """The indices of the source's examples that are used, and their labels Y (k, m).

    Examples with a bad label are added to the faults; those of other classes than asked for are left out, with a note.
    """
    if labelling.goal == REGRESSION:
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
    if labelling.goal == BINARY:
        keep = np.array([i for i, name in enumerate(names) if name], dtype=np.intp)
        return keep, np.array([[float(names[i] == labelling.classes[0]) for i in keep]])
    strangers = Counter(name for name in names if name and name not in labelling.classes)
    if strangers and labelling.derived:
        raise DataError(
            f"{printable(source.where)}: class {listed(strangers)} is not in the training data, which has "
            f"{listed(labelling.classes)}; rename it, or list the classes to learn in data.classes"
        )
    for name, count in sorted(strangers.items()):
        notes.append(
            f"{printable(source.where)}: {count} examples of {printable(name)}, not in {labelling.origin}, are left out"
        )
    keep = np.array([i for i, name in enumerate(names) if name in labelling.classes], dtype=np.intp)
    positions = {name: k for k, name in enumerate(labelling.classes)}
    Y = np.zeros((len(positions), len(keep)))
    Y[[positions[names[i]] for i in keep], np.arange(len(keep))] = 1
    return keep, Y


def _numbers(source: Source, labelling: Labelling, faults: Faults) -> tuple[Array, Array]:
    """The target column."""
    table = _table_of(source, labelling)
    keep, values = [], []
    for row, cell in enumerate(table.column(labelling.columns[0])):
        value = as_number(cell)
        if value is None:
            faults.add(table.place(row), f"{printable(labelling.target)} must be a number, is {_shown(cell)}")
        elif value < 0 and labelling.nonnegative:
            faults.add(
                table.place(row),
                f"{printable(labelling.target)} is {cell.strip()}, which a ReLU output can never say; "
                "use output_activation: linear",
            )
        else:
            keep.append(row)
            values.append(value)
    return np.array(keep, dtype=np.intp), np.array([values])


def _zeros_and_ones(source: Source, labelling: Labelling, faults: Faults) -> tuple[Array, Array]:
    """The label columns, each cell 0 or 1; for softmax exactly one 1 a row."""
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
        if labelling.goal == MULTI_CLASS and len(ones) != 1:
            has = f"two labels or more ({listed(ones)})" if ones else "no label"
            faults.add(table.place(row), f"has {has}; softmax needs exactly one (goal 2.0 allows any number)")
            continue
        keep.append(row)
        labels.append(values)
    return np.array(keep, dtype=np.intp), np.array(labels, dtype=np.float64).reshape(-1, len(cells)).T


def _table_of(source: Source, labelling: Labelling) -> Table:
    if source.table is None:
        raise DataError(f"{printable(source.where)}: has no metadata.csv, the training data has")
    _demand_columns(source.table, labelling.columns)
    return source.table


def _shown(cell: str) -> str:
    return printable(cell) if cell.strip() else "empty"


def check_classes(
    path: Path, labelling: Labelling, labels: dict[str, Array], notes: list[str], learn: bool = True
) -> None:
    """Every class must have training examples, where these are to `learn` from.

    Raises DataError; notes what other splits lack.
    """
    if labelling.goal == REGRESSION:
        return
    if learn and labelling.goal == MULTI_CLASS and len(labelling.classes) < 2:
        raise DataError(f"{printable(path)}: has only the class {listed(labelling.classes)}; add examples of another")
    for name, Y in labels.items():
        absent = absent_classes(labelling.classes, labelling.negative, Y)
        if absent and name == "train" and learn:
            mend = "add some" if labelling.goal == BINARY else "add some, or take it out of data.classes"
            raise DataError(f"{printable(path)}: class {listed(absent)} is empty: no training example has it; {mend}")
        if absent:
            notes.append(f"the {name} data has no example of {listed(absent)}")
        if labelling.goal == MULTI_LABEL and name == "train" and learn:
            always = [label for label, of_label in zip(labelling.classes, Y, strict=True) if of_label.all()]
            notes += [f"every training example has the label {printable(label)}" for label in always]


def absent_classes(classes: tuple[str, ...], negative: str | None, labels: Array) -> list[str]:
    """The classes of which the labels Y (k, m) have no example; goal 1.0: `negative` where all are of the class."""
    absent = [name for name, of_class in zip(classes, labels, strict=False) if not of_class.any()]
    return [negative] if negative is not None and labels.all() else absent
