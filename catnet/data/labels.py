"""Labels: Y (k, m) from columns of 0 and 1, from a column of numbers, or from the names of classes."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from catnet.data.answers import NO_ANSWERS, demand_answers, other_answers
from catnet.data.cells import yes_and_no
from catnet.data.column_inputs import note_on_words
from catnet.data.csvfile import Table
from catnet.data.dataset import Catalog
from catnet.data.faults import Faults, Kind
from catnet.data.label_lists import SEPARATORS, joined_by_commas
from catnet.data.labelling import Labelling
from catnet.data.named_labels import by_lists, by_name
from catnet.data.source import Source
from catnet.data.tables import add_faults, column_of_numbers, most_frequent, odd_cells
from catnet.engine.types import Array
from catnet.errors import DataError, Unlabelled
from catnet.goals import BINARY, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.question import Question
from catnet.text import listed, printable, short


def label(source: Source, labelling: Labelling, faults: Faults, notes: list[str]) -> tuple[Array, Array]:
    """The indices of the source's examples that are used, and their labels Y (k, m).

    Examples with a bad label are added to the faults; those of other classes than asked for are left out, with a note.
    """
    if labelling.question.goal == REGRESSION:
        return _numbers(source, labelling, faults)
    if labelling.lists:
        return by_lists(source, labelling, faults, notes)
    if labelling.columns:
        return _zeros_and_ones(source, labelling, faults, notes)
    return by_name(source, labelling, faults, notes)


def _numbers(source: Source, labelling: Labelling, faults: Faults) -> tuple[Array, Array]:
    """The target column. Raises DataError if no cell of it is a number, for one reason."""
    table, name = _table_of(source, labelling), labelling.columns[0]
    values, shown = column_of_numbers(table, name), printable(name)
    odd = odd_cells(table, name, np.flatnonzero(np.isnan(values)), f"column {shown}", fix="for classes, set goal: 3.0")
    _demand_usable(table, {name: odd})
    add_faults(faults, table, name, odd, f"{shown} must be a number, is")
    negative = (values < 0) & labelling.nonnegative
    cells, linear = table.column(name), "use output_activation: linear"
    for row in np.flatnonzero(negative).tolist():
        reason = f"{shown} is {cells[row].strip()}, which a ReLU output can never say; {linear}"
        faults.add(table.place(row), reason, Kind(f"{shown} is below 0, which a ReLU output can never say,", linear))
    keep = np.flatnonzero(~np.isnan(values) & ~negative)
    return keep, values[None, keep]


def _zeros_and_ones(source: Source, labelling: Labelling, faults: Faults, notes: list[str]) -> tuple[Array, Array]:
    """The label columns, each cell 0 or 1, or each yes or no; for softmax exactly one 1 per row.

    Raises DataError that names all columns in which no cell is 0 or 1, for one reason.
    """
    table, names, goal = _table_of(source, labelling), labelling.columns, labelling.question.goal
    several = "name the label columns with data.classes" if len(names) > 1 else ""
    truths = {name: read for name in names if (read := yes_and_no(table.column(name))) is not None}
    if truths:
        notes.append(note_on_words(printable(table.path), list(truths)))
    Y = np.array([_numbers_of(table, name, truths.get(name)) for name in names])
    wrong: Array = (Y != 0) & (Y != 1)
    odd = {}
    for name, rows in zip(names, map(np.flatnonzero, wrong), strict=True):
        cells = table.column(name)
        ways = [other_answers(name, list(dict.fromkeys(cells[row].strip() for row in rows)), goal), several]
        fix = "; or ".join(filter(None, ways))
        odd[name] = odd_cells(table, name, rows, f"column {short(name)}", "0 or 1", fix)
    _demand_usable(table, odd)
    for name, kinds in odd.items():
        add_faults(faults, table, name, kinds, f"column {short(name)} must be 0 or 1, is", several and f"; {several}")
    good = np.logical_not(wrong.any(axis=0))
    if goal == MULTI_CLASS:
        for row in np.flatnonzero(good & (Y.sum(axis=0) != 1)).tolist():
            good[row] = False
            ones = [name for name, value in zip(names, Y[:, row], strict=True) if value == 1]
            has = "two labels or more" if ones else "no label"
            fix = "softmax needs exactly one (goal 2.0 allows any number)"
            which = f" ({listed(ones)})" if ones else ""
            faults.add(table.place(row), f"has {has}{which}; {fix}", Kind(has, fix))
    keep = np.flatnonzero(good)
    return keep, Y[:, keep]


def _numbers_of(table: Table, name: str, read: Mapping[str, float] | None) -> Array:
    """The numbers of a column, float64 (m,), by what its cells are `read` as, if it is one of yes and no."""
    return column_of_numbers(table, name) if read is None else np.array([read[cell] for cell in table.column(name)])


def _demand_usable(table: Table, odd: Mapping[str, Mapping[int, Kind]]) -> None:
    """Raises DataError that names the label columns in which no cell can be used, most of them for one reason.

    `odd` are the kinds of fault by column and row. It is Unlabelled if all columns are empty.
    """
    count, whys = len(table.rows), []
    for kinds in odd.values():
        kind, times = most_frequent(kinds) if count > 1 and len(kinds) == count else (None, 0)
        if kind is not None and 2 * times > count:
            fix = f"; {kind.fix}" if kind.fix else ""
            whys.append(f"{printable(table.path)}: {kind.what} in {times} of {count} rows{fix}")
    if whys and all(not cell.strip() for name in odd for cell in table.column(name)):
        empty = f"column {listed(odd)} is empty in every row"
        raise Unlabelled(f"{printable(table.path)}: {empty}, {NO_ANSWERS}")
    if whys:
        raise DataError("\n".join(whys))


def _table_of(source: Source, labelling: Labelling) -> Table:
    if source.table is None:
        raise DataError(f"{printable(source.path)}: has no metadata.csv, the training data has")
    demand_answers(source.table, labelling.columns, labelling.question.features)
    return source.table


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
        notes += [f"there is no {name} data: {reason}" for name, reason in draw.missing(catalog.splits).items()]
    return notes + notes_on_absent(catalog.question, {name: each.labels for name, each in catalog.splits.items()})


def notes_on_absent(question: Question, labels: Mapping[str, Array]) -> list[str]:
    """Which classes the splits lack, by their Y (k, m)."""
    absent = {name: question.absent(of_split) for name, of_split in labels.items()}
    words = {"all": "the data"}
    return [
        f"{words.get(name, f'the {name} data')} has no example of {listed(classes)}"
        for name, classes in absent.items()
        if classes
    ]


def notes_on_class_folders(labelling: Labelling) -> list[str]:
    """What class folders say for goal 2.0, which is rarely meant."""
    if labelling.question.goal != MULTI_LABEL or labelling.columns:
        return []
    return [
        "class folders for goal 2.0 say that a picture shows its class and none of the others; if it may show several, "
        "say so in a metadata.csv with a column of 0 and 1 for each label"
    ]


def notes_on_constant_labels(question: Question, labels: Array) -> list[str]:
    """Which labels every training example of goal 2.0 has, by Y (k, m); and whether none has several, in lists."""
    if question.goal != MULTI_LABEL:
        return []
    always = [name for name, of_label in zip(question.classes, labels, strict=True) if of_label.all()]
    notes = [f"every training example has the label {printable(name)}" for name in always]
    if question.target is not None and len(labels) > 1 and (labels.sum(axis=0) <= 1).all():
        commas = any("," in name for name in question.classes)
        hint = f"labels are separated by {' or '.join(SEPARATORS)}, not by commas; " if commas else ""
        notes.append(
            f"no training example has several labels in column {printable(question.target)}; {hint}"
            f"if they exclude each other, goal {MULTI_CLASS} may be meant"
        )
    elif question.target is not None and (together := joined_by_commas(question.classes)):
        notes.append(
            f"{listed(together)} counts as one label: labels are separated by {' or '.join(SEPARATORS)}, not by commas"
        )
    return notes
