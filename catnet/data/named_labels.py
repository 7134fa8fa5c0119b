"""Labels from names: of a class for each example, or of the labels in a list."""

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from catnet.data.answers import demand_answers, empty_column
from catnet.data.csvfile import Table, as_number
from catnet.data.faults import Faults, Kind
from catnet.data.label_lists import lists_of
from catnet.data.labelling import Labelling
from catnet.data.omission import Omission
from catnet.data.source import Source, nameless_because
from catnet.engine.types import Array
from catnet.errors import DataError, UnknownClass, Unlabelled
from catnet.goals import BINARY
from catnet.question import Question
from catnet.text import are, counted, did_you_mean_each, first_names, listed, misspelt, printable, short

MOST_TOLD = 20  # so many unknown names are told one by one
MOST_CLASSES = 1000  # if there are more, and most have a single example, they are no classes


def by_name(source: Source, labelling: Labelling, faults: Faults, notes: list[str]) -> tuple[Array, Array]:
    """The indices and Y (k, m) of the examples, as `labels.label` gives them, by the names of their classes."""
    question, names, path = labelling.question, labelling.names(source), printable(source.path)
    if names is None:
        if source.table is not None:
            demand_answers(source.table, (labelling.column,), question.features)
        raise Unlabelled(
            f"{path}: has no class names as the training data has: class folders, or a column "
            f"{printable(labelling.column)}; add them, or move it away: a trained model can answer about it"
        )
    missing = {name for name in set(names) if not source.is_class(name, question.known)}
    column, nameless = printable(labelling.column), _nameless(names, labelling, missing)
    if source.table is None and nameless:
        raise DataError(f"{path}: class folder {short(next(iter(nameless)))} is {next(iter(nameless.values()))}")
    if source.table is not None:
        if len(names) > 1 and missing.issuperset(names):
            raise empty_column(source.table, labelling.column)
        _demand_classes(source.table, labelling, Counter(name for name in names if name not in missing))
        for row, name in enumerate(names):
            if name in missing:
                no_class, fix = f"{column} is {short(name)}, which is no class", "rename it if it is one"
                kind = Kind(f"{no_class},", fix) if name else None
                reason = f"{no_class}; {fix}" if name else f"{column} is empty"
                faults.add(source.table.place(row), reason, kind)
            elif name in nameless:
                _add_nameless(faults, source.table, row, column, name, nameless[name])
    known = {*missing, *nameless, *question.known}
    unknown = Counter(name for name in names if name not in known)
    _demand_known(path, unknown, labelling)
    if question.goal == BINARY and question.others is None:  # only what may be the class itself is left out
        as_0 = Counter({name: count for name, count in unknown.items() if not misspelt([name], question.classes)})
        notes += _counted_as_0(path, as_0, question)
        unknown -= as_0
    notes += _left_out(path, unknown, labelling)
    keep = np.array(
        [i for i, name in enumerate(names) if name not in missing and name not in nameless and name not in unknown],
        dtype=np.intp,
    )
    return keep, _ones([(names[i],) for i in keep], question.classes)


def by_lists(source: Source, labelling: Labelling, faults: Faults, notes: list[str]) -> tuple[Array, Array]:
    """The indices and Y (k, m) of the examples, as `labels.label` gives them, by the lists of their labels.

    An empty cell has none of the labels. The labels that are not asked for are left out, with a note.
    """
    question, table, column = labelling.question, source.table, printable(labelling.column)
    if table is None:
        raise DataError(f"{printable(source.path)}: has no column {column}, the training data has")
    demand_answers(table, labelling.columns, question.features)
    path, lists = printable(table.path), lists_of(table, labelling.column, question.class_names)
    names = {name for of_row in lists for name in of_row}
    missing = {name for name in names if not source.is_class(name, question.known)}
    if len(lists) > 1 and missing.issuperset(names):
        raise empty_column(table, labelling.column)
    nameless = _nameless(names, labelling, missing)
    bad = set()
    for row, of_row in enumerate(lists):
        if wrong := next((name for name in of_row if name in missing), None):
            is_none, fix = f"{column} has {short(wrong)}, which is no label", "leave the cell empty if there is none"
            faults.add(table.place(row), f"{is_none}; {fix}", Kind(f"{is_none},", fix))
            bad.add(row)
        for name in filter(nameless.__contains__, dict.fromkeys(of_row)):
            _add_nameless(faults, table, row, column, name, nameless[name])
            bad.add(row)
    keep = np.array([row for row in range(len(lists)) if row not in bad], dtype=np.intp)
    there = Counter(name for row in keep for name in set(lists[row]))
    _demand_classes(table, labelling, there)
    unknown = Counter({name: count for name, count in there.items() if name not in question.classes})
    _demand_known(path, unknown, labelling)
    notes += _left_out(path, unknown, labelling)
    twice = sum(len(set(lists[row])) < len(lists[row]) for row in keep)
    empty = sum(not lists[row] for row in keep)
    if twice:
        notes.append(f"{path}: column {column} names a label twice in {counted(twice, 'row')}; it counts once")
    if empty:
        has = f"which {'has' if empty == 1 else 'have'} none of the labels"
        notes.append(f"{path}: column {column} is empty in {counted(empty, 'row')}, {has}")
    return keep, _ones([lists[row] for row in keep], question.classes)


def _ones(lists: Sequence[Sequence[str]], classes: Sequence[str]) -> Array:
    """Y (k, m): 1 for each class that is in an example's list."""
    positions = {name: k for k, name in enumerate(classes)}
    Y = np.zeros((len(classes), len(lists)))
    for index, names in enumerate(lists):
        for name in names:
            if name in positions:
                Y[positions[name], index] = 1
    return Y


def _nameless(names: Iterable[str], labelling: Labelling, missing: set[str]) -> dict[str, str]:
    """The labels for which `data.class_names` has no name, each with what it is; none if it is not given."""
    numbered = labelling.question.class_names
    if numbered is None or labelling.trained:
        return {}
    return {name: nameless_because(name, numbered) for name in names if name not in missing and name not in numbered}


def _add_nameless(faults: Faults, table: Table, row: int, column: str, name: str, reason: str) -> None:
    kind = Kind(f"{column} has labels that are {reason},")
    faults.add(table.place(row), f"{column} has {short(name)}, {reason}", kind)


def _demand_classes(table: Table, labelling: Labelling, names: Counter[str]) -> None:
    """Raises DataError if the names that training found are not those of classes: most rows have one of their own."""
    question, column = labelling.question, printable(labelling.column)
    single = sum(count == 1 for count in names.values())
    if len(names) <= MOST_CLASSES or 2 * single <= names.total():
        return
    if question.goal != BINARY and not set(names) <= set(question.classes):
        return
    has = f"column {column} has {len(names)} different values in {len(table.rows)} rows, and each is a class"
    numbers = sum(as_number(name) is not None for name in names)
    way = "name the column of the classes with data.target"
    if 2 * numbers > len(names):
        way = f"is regression meant? then {labelling.as_regression}, without data.classes"
    raise DataError(f"{printable(table.path)}: {has}; {way}")


def _demand_known(path: str, unknown: Counter[str], labelling: Labelling) -> None:
    """Raises DataError if there are names that training has not, although training has all."""
    question = labelling.question
    if not unknown or not labelling.derived:
        return
    hints = did_you_mean_each(unknown, question.known)
    there = f"the training data, which has {first_names(question.known)}{hints}"
    error = f"{path}: class {first_names(map(short, unknown))} is not in {there}; rename it"
    if question.goal == BINARY:
        raise DataError(error)
    raise UnknownClass(f"{error}, or list the classes to learn in data.classes", question.classes)


def _left_out(path: str, unknown: Counter[str], labelling: Labelling) -> list[str]:
    """Notes on the names that are none of the classes: their examples are left out; of lists, the names alone."""
    notes: list[str] = []
    what = "label" if labelling.lists else "example"
    for name, count in sorted(unknown.items())[:MOST_TOLD]:
        hint, said = misspelt([name], labelling.question.known), f"{counted(count, 'example')} of {short(name)}"
        if labelling.lists:
            said, count = f"the label {short(name)} of {counted(count, 'example')}", 1
        notes.append(Omission(f"{path}: {said}, not in {labelling.origin}, {are(count)} left out{hint}"))
    if others := sum(count for _, count in sorted(unknown.items())[MOST_TOLD:]):
        said = f"{counted(others, what)} of {len(unknown) - MOST_TOLD} other names"
        notes.append(Omission(f"{path}: {said}, not in {labelling.origin}, {are(others)} left out"))
    return notes


def _counted_as_0(path: str, others: Counter[str], question: Question) -> list[str]:
    """A note for a model of goal 1.0 that does not hold the names of what was 0 in training."""
    if not others:
        return []
    negative = printable(question.negative)
    return [f"{path}: {listed(sorted(others))} count as {negative}: the model holds no names of what is {negative}"]
