"""Which question to learn from what is at a path: what was asked for, or what the labels say. No number is guessed to
be a target.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from catnet.data.answers import likeliest_column, which_labels
from catnet.data.cells import is_missing
from catnet.data.columns import are_measured
from catnet.data.csvfile import Table, as_number
from catnet.data.labelling import nothing_to_learn
from catnet.data.source import LABEL, Source
from catnet.errors import CatnetError, ConfigError, DataError, Undecided
from catnet.goals import BINARY, GOALS, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.text import are, did_you_mean_each, first_names, folded, listed, printable, shown

REST = {"other", "others", "none", "nothing", "background", "negative", "neg", "rest", "normal", "healthy"}
OPPOSITES = {"no": "yes", "n": "y", "false": "true", "f": "t", "0.0": "1.0", "-1.0": "1.0", "bad": "good"}  # folded
OPPOSITES |= {"benign": "malignant", "ham": "spam"}
NEGATED = re.compile(r"(?:not|non|no|without)[ _-]+(?:an?[ _-]+)?(\S.*)")
Way = tuple[str | None, Sequence[str]]
AS_ASKED = "as asked for"  # a reason
JOINED_NEGATIONS = ("not", "non", "no")  # as in noncat, beside cat


@dataclass(frozen=True)
class Asked:
    """The goal and the reason for it. `names` are the classes; for a regression, its target; none if the data names
    the classes. `numbers` are columns that are left out, each of which could be the target of a regression.
    """

    goal: str
    reason: str
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Columns:
    """The columns of a table by what they hold: 0 and 1, other numbers, one number only (such as 0), or words."""

    binary: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    constant: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, table: Table | None) -> "Columns":
        """The columns; of no table there are none."""
        found: dict[str, list[str]] = {"binary": [], "numbers": [], "constant": [], "words": []}
        if table is None:
            return cls()
        for name in table.columns:
            values = {as_number(cell) for cell in set(table.column(name)) if not is_missing(cell)}
            kind = "words" if None in values or not values else "numbers"
            if values == {0, 1}:
                kind = "binary"
            elif kind == "numbers" and len(values) == 1:
                kind = "constant"
            found[kind].append(name)
        return cls(**{kind: tuple(names) for kind, names in found.items()})


def decide(source: Source, goal: str | None = None, names: Sequence[str] = ()) -> Asked:
    """The question. `goal` and `names`, if given, are what was asked for: the names of classes, or of columns.

    Raises Undecided if it must be asked for; ConfigError for names that the data does not have; DataError if it has
    nothing to learn.
    """
    columns, labels = Columns.of(source.table), source.names_of_classes()
    classes = sorted(name for name in set(labels or ()) if source.is_class(name, names))
    if tuple(names) == (LABEL,) and goal != REGRESSION and labels is not None:
        names = ()
    if goal is None and not names and source.classes is None and labels is not None and are_measured(labels):
        different = f"column {LABEL} holds mostly different numbers; is it to be predicted, or is each a class?"
        raise Undecided(f"{printable(source.path)}: {different}", (REGRESSION, [LABEL]))
    if source.pictures is not None and source.table is not None and not source.columns:
        raise nothing_to_learn(source)
    if names:
        _demand(source, names, classes)
        return _named(source, goal, tuple(names), columns, classes)
    if goal == REGRESSION:
        raise _which_target(source, columns)
    if labels is not None:
        return _by_class(source, goal, classes, columns)
    return _by_columns(source, goal, columns)


def _demand(source: Source, names: Sequence[str], classes: Sequence[str]) -> None:
    """Raises ConfigError for names that are neither classes nor columns."""
    known = [*classes, *source.columns]
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ConfigError(f"{printable(source.path)}: {listed(twice)} {are(len(twice))} named twice")
    if missing := [name for name in names if name not in known]:
        what = "column" if not classes else "class" if not source.columns else "column or class"
        there = f"{there_are(known)}{did_you_mean_each(missing, known)}"
        raise ConfigError(f"{printable(source.path)}: has no {what} {listed(map(shown, missing))}; {there}")


def _named(source: Source, goal: str | None, names: tuple[str, ...], columns: Columns, classes: Sequence[str]) -> Asked:
    """The question about what was named; its goal, if not given, is that of what has these names."""
    if goal is not None:
        fits = GOALS[goal].allows(len(names)) if goal != REGRESSION else len(names) == 1
        if not fits:
            wanted = "two classes or more" if goal == MULTI_CLASS else "one name"
            is_column = goal == MULTI_CLASS and names[0] in {*columns.words, *columns.numbers}
            fix = f"; to learn its values, rename {printable(names[0])} to {LABEL}" if is_column else ""
            raise ConfigError(f"goal {goal} takes {wanted}, not {listed(names)}{fix}")
        return Asked(goal, AS_ASKED, names, _others(source, columns, names))
    if set(names) <= set(classes):
        goal, what = (BINARY, "is a class") if len(names) == 1 else (MULTI_CLASS, "are classes")
        return Asked(goal, f"because {first_names(names)} {what}", names)
    if set(names) <= {*columns.binary}:
        goal, has = (BINARY, "is a column") if len(names) == 1 else (MULTI_LABEL, "are columns")
        return Asked(goal, f"because {first_names(names)} {has} of 0 and 1", names, _others(source, columns, names))
    if set(names) <= {*columns.binary, *columns.constant} and not set(names) <= {*columns.constant}:
        return Asked(MULTI_LABEL, f"because {first_names(names)} are columns of 0 and 1", names)
    if len(names) == 1 and names[0] in columns.numbers:
        return Asked(REGRESSION, f"because {printable(names[0])} is a column of numbers", names)
    if source.table is not None and len(names) == 1 and names[0] in columns.words:
        raise which_labels(source.table, MULTI_CLASS)
    path, what = printable(source.path), "classes, columns of 0 and 1, or one column of numbers"
    if set(names) <= {*columns.constant}:
        raise ConfigError(f"{path}: column {listed(names)} has the same value in every row: there is nothing to learn")
    raise ConfigError(f"{path}: {listed(names)} cannot be learned together; name {what}")


def _others(source: Source, columns: Columns, names: Sequence[str]) -> tuple[str, ...]:
    """The columns of numbers that are left out; in a table they are inputs."""
    return () if source.pictures is None else tuple(name for name in columns.numbers if name not in names)


def _which_target(source: Source, columns: Columns) -> CatnetError:
    """The error about a regression whose target is not named."""
    path = printable(source.path)
    if source.table is None:
        return DataError(f"{path}: has no metadata.csv with a column of numbers to predict")
    numbers = columns.numbers or columns.binary
    if not numbers:
        return DataError(f"{path}: has no column of numbers to predict; {there_are(source.columns)}")
    return Undecided(f"{path}: which column is to be predicted? {there_are(numbers)}", _target(numbers))


def _by_class(source: Source, goal: str | None, classes: Sequence[str], columns: Columns) -> Asked:
    """The question about class folders, or about a column of class names."""
    where = "a folder for each class" if source.classes is not None else f"a column {LABEL}"
    numbers, positive = _others(source, columns, [LABEL]), positive_of(classes)
    if goal is None and positive is not None:
        other, shown = printable(_other(classes, positive)), printable(positive)
        return Asked(BINARY, f"because there are two classes, and {other} is what is not {shown}", (positive,), numbers)
    if goal == BINARY and positive is None:
        path, there = printable(source.path), there_are(classes)
        raise Undecided(f"{path}: which class is to count as 1 for goal {BINARY}? {there}", (BINARY, classes[:1]))
    if goal == BINARY and positive is not None:
        return Asked(BINARY, AS_ASKED, (positive,), numbers)
    return Asked(goal or MULTI_CLASS, AS_ASKED if goal else f"because there is {where}", (), numbers)


def positive_of(classes: Sequence[str]) -> str | None:
    """The class that counts as 1 of two of which the other is its negation: cat of cat and non-cat; None if neither
    is.
    """
    if len(classes) != 2:
        return None
    positive = [name for name in classes if not _negates(name, _other(classes, name))]
    return positive[0] if len(positive) == 1 else None


def _other(classes: Sequence[str], name: str) -> str:
    return classes[1] if name == classes[0] else classes[0]


def _negates(name: str, other: str) -> bool:
    name, other = folded(name), folded(other)
    negated = NEGATED.fullmatch(name)
    is_not = OPPOSITES.get(name) == other or (negated is not None and negated[1] == other)
    return name in REST or is_not or name in {word + other for word in JOINED_NEGATIONS}


def _by_columns(source: Source, goal: str | None, columns: Columns) -> Asked:
    """The question about the columns of a metadata.csv, or of a table, that has no column of class names."""
    table, path = source.table, printable(source.path)
    if table is None:  # the data room says what is missing
        return Asked(goal or MULTI_CLASS, AS_ASKED)
    if source.pictures is None or not columns.binary:  # a table does not tell labels from inputs
        if columns.words:
            raise _which_words(source, table, goal, columns)
        raise _which_numbers(source, goal, columns)
    if goal == BINARY and len(columns.binary) > 1:
        which = f"which column of 0 and 1 is to be learned? {there_are(columns.binary)}"
        raise Undecided(f"{path}: {which}", (BINARY, columns.binary[:1]))
    notes = []
    several = len(columns.binary) > 1
    what = "columns" if several else "a column"
    reason = f"because its metadata.csv has {what} of 0 and 1, {first_names(columns.binary)}"
    if goal is None and several and _one_each(table, columns.binary):
        notes.append(
            f"each picture has exactly one label; with goal {MULTI_CLASS} the classes would exclude each other"
        )
    reason = AS_ASKED if goal else reason
    goal = goal or (MULTI_LABEL if several else BINARY)
    return Asked(goal, reason, columns.binary, columns.numbers, tuple(notes))


def _which_words(source: Source, table: Table, goal: str | None, columns: Columns) -> CatnetError:
    """The error about a column of words that is not called `label`; beside it there may be numbers to predict."""
    error = which_labels(table, goal or MULTI_CLASS)
    if goal is None and source.pictures is not None and columns.numbers:
        return Undecided(f"{error}; or is a number to be predicted?", _target(columns.numbers))
    return error


def _which_numbers(source: Source, goal: str | None, columns: Columns) -> CatnetError:
    """The error about columns of numbers of which none says that it is the answer."""
    path, there = printable(source.path), f"{there_are(source.columns)}"
    ways: list[Way] = [_target(columns.numbers)] if columns.numbers else []
    if goal is None and columns.binary:
        ways.append((None, [likeliest_column(columns.binary)]))
    if not ways and not columns.binary:
        return DataError(f"{path}: has the same value in every row of each column: there is nothing to learn; {there}")
    if goal is None:
        return Undecided(f"{path}: has only numbers; which is to be predicted? {there}", *ways)
    if not columns.binary and goal == MULTI_CLASS and source.table is not None:
        return which_labels(source.table, goal)
    if not columns.binary:
        return Undecided(f"{path}: has no column of 0 and 1; {there}", *ways)
    example = columns.binary if goal in (MULTI_LABEL, MULTI_CLASS) else columns.binary[-1:]
    which = f"which columns of 0 and 1 are to be learned for goal {goal}? {there_are(columns.binary)}"
    return Undecided(f"{path}: {which}", (goal, example))


def _target(numbers: Sequence[str]) -> Way:
    """The column of numbers that is the likeliest to be the target."""
    return REGRESSION, [likeliest_column(numbers)]


def there_are(names: Sequence[str]) -> str:
    """there is a; there are a, b"""
    return f"there {are(len(names))} {first_names(names)}"


def _one_each(table: Table, names: Sequence[str]) -> bool:
    """Whether each row has exactly one 1 in these columns."""
    cells = zip(*map(table.column, names), strict=True)
    return all([as_number(cell) for cell in row].count(1) == 1 for row in cells)
