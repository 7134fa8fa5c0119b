"""Labels: Y (k, m) from class names, from columns of 0 and 1, or from a column of numbers."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from catnet.data.answers import NO_ANSWERS, demand_answers, other_answers
from catnet.data.csvfile import Table, as_number
from catnet.data.dataset import Catalog
from catnet.data.faults import Faults, Kind
from catnet.data.labelling import Labelling
from catnet.data.omission import Omission
from catnet.data.source import LABEL, Source
from catnet.data.tables import add_faults, column_of_numbers, most_frequent, odd_cells
from catnet.engine.types import Array
from catnet.errors import DataError, UnknownClass, Unlabelled
from catnet.goals import BINARY, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.question import Question
from catnet.text import are, counted, did_you_mean_each, first_names, listed, misspelt, printable, short

MOST_TOLD = 20  # so many unknown names are told one by one
MOST_CLASSES = 1000  # if there are more, and most have a single example, they are no classes


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
    """The target column. Raises DataError if no cell of it is a number, for one reason."""
    table, name = _table_of(source, labelling), labelling.columns[0]
    values, shown = column_of_numbers(table, name), printable(name)
    rename = f", remove data.target, and rename {shown} to {LABEL}"
    fix = f"for classes, set goal: 3.0{' and remove data.target' if name == LABEL else rename}"
    odd = odd_cells(table, name, np.flatnonzero(np.isnan(values)), f"column {shown}", fix=fix)
    _demand_usable(table, {name: odd})
    add_faults(faults, table, name, odd, f"{shown} must be a number, is")
    negative = (values < 0) & labelling.nonnegative
    cells, linear = table.column(name), "use output_activation: linear"
    for row in np.flatnonzero(negative).tolist():
        reason = f"{shown} is {cells[row].strip()}, which a ReLU output can never say; {linear}"
        faults.add(table.place(row), reason, Kind(f"{shown} is below 0, which a ReLU output can never say,", linear))
    keep = np.flatnonzero(~np.isnan(values) & ~negative)
    return keep, values[None, keep]


def _zeros_and_ones(source: Source, labelling: Labelling, faults: Faults) -> tuple[Array, Array]:
    """The label columns, each cell 0 or 1; for softmax exactly one 1 per row.

    Raises DataError that names all columns in which no cell is 0 or 1, for one reason.
    """
    table, names, goal = _table_of(source, labelling), labelling.columns, labelling.question.goal
    several = "name the label columns with data.classes" if len(names) > 1 else ""
    Y = np.array([column_of_numbers(table, name) for name in names])
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


def _by_name(source: Source, labelling: Labelling, faults: Faults, notes: list[str]) -> tuple[Array, Array]:
    """The names of the examples' classes."""
    question, names, path = labelling.question, source.names_of_classes(), printable(source.path)
    if names is None:
        if source.table is not None:
            demand_answers(source.table, (LABEL,), question.features)
        raise Unlabelled(
            f"{path}: has no class names as the training data has: class folders, or a column label; "
            "add them, or move it away: a trained model can answer about it"
        )
    missing = {name for name in set(names) if not source.is_class(name, question.known)}
    if source.table is not None:
        if len(names) > 1 and missing.issuperset(names):
            words = listed(map(short, sorted(missing - {""})))
            empty = f"is empty in every row{f' ({words})' if words else ''}"
            raise Unlabelled(f"{printable(source.table.path)}: column {LABEL} {empty}, {NO_ANSWERS}")
        _demand_classes(source.table, Counter(name for name in names if name not in missing), question)
        for row, name in enumerate(names):
            if name in missing:
                no_class, fix = f"{LABEL} is {short(name)}, which is no class", "rename it if it is one"
                kind = Kind(f"{no_class},", fix) if name else None
                faults.add(source.table.place(row), f"{no_class}; {fix}" if name else f"{LABEL} is empty", kind)
    positions = {name: k for k, name in enumerate(question.classes)}
    known = {*missing, *question.known}
    unknown = Counter(name for name in names if name not in known)
    if unknown and labelling.derived:
        hints = did_you_mean_each(unknown, question.known)
        there = f"the training data, which has {first_names(question.known)}{hints}"
        error = f"{path}: class {first_names(map(short, unknown))} is not in {there}; rename it"
        if question.goal == BINARY:
            raise DataError(error)
        raise UnknownClass(f"{error}, or list the classes to learn in data.classes", question.classes)
    if question.goal == BINARY and question.others is None:  # only what may be the class itself is left out
        as_0 = Counter({name: count for name, count in unknown.items() if not misspelt([name], question.classes)})
        notes += _counted_as_0(path, as_0, question)
        unknown -= as_0
    for name, count in sorted(unknown.items())[:MOST_TOLD]:
        hint, said = misspelt([name], question.known), f"{counted(count, 'example')} of {short(name)}"
        notes.append(Omission(f"{path}: {said}, not in {labelling.origin}, {are(count)} left out{hint}"))
    if others := sum(count for _, count in sorted(unknown.items())[MOST_TOLD:]):
        said = f"{counted(others, 'example')} of {len(unknown) - MOST_TOLD} other names"
        notes.append(Omission(f"{path}: {said}, not in {labelling.origin}, {are(others)} left out"))
    keep = np.array([i for i, name in enumerate(names) if name not in missing and name not in unknown], dtype=np.intp)
    Y = np.zeros((len(positions), len(keep)))
    for column, i in enumerate(keep):
        if names[i] in positions:
            Y[positions[names[i]], column] = 1
    return keep, Y


def _demand_classes(table: Table, names: Counter[str], question: Question) -> None:
    """Raises DataError if the names that training found are not those of classes: most rows have one of their own."""
    single = sum(count == 1 for count in names.values())
    if len(names) <= MOST_CLASSES or 2 * single <= names.total():
        return
    if question.goal != BINARY and not set(names) <= set(question.classes):
        return
    has = f"column {LABEL} has {len(names)} different values in {names.total()} rows, and each is a class"
    numbers = sum(as_number(name) is not None for name in names)
    way = f"rename the column of the classes to {LABEL}"
    if 2 * numbers > len(names):
        way = f"is regression meant? then set goal: regression and data.target: {LABEL}, without data.classes"
    raise DataError(f"{printable(table.path)}: {has}; {way}")


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
        notes += [f"there is no {name} data: {reason}" for name, reason in draw.missing(catalog.splits).items()]
    absent = {name: catalog.question.absent(listing.labels) for name, listing in catalog.splits.items()}
    words = {"all": "the data"}
    return notes + [
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
    """Which labels every training example of goal 2.0 has, by Y (k, m)."""
    if question.goal != MULTI_LABEL:
        return []
    always = [name for name, of_label in zip(question.classes, labels, strict=True) if of_label.all()]
    return [f"every training example has the label {printable(name)}" for name in always]
