"""Which question to learn from what is at a path: what was asked for, or what the labels say. No number is guessed to
be a target.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from catnet.data.columns import are_measured
from catnet.data.csvfile import Table, as_number
from catnet.data.labelling import nothing_to_learn
from catnet.data.source import LABEL, Source
from catnet.errors import ConfigError, Undecided
from catnet.goals import BINARY, GOALS, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.recipe.columns import Columns
from catnet.recipe.negations import other_of, positive_of
from catnet.recipe.undecided import are_codes, class_or_number, there_are, which_column, which_target
from catnet.text import are, did_you_mean_each, first_names, listed, printable, short, shown

AS_ASKED = "as asked for"  # a reason


@dataclass(frozen=True)
class Asked:
    """The goal and the reason for it. `names` are the classes; none if the data names them. `target` is the column of
    the answer, if it is to be named. `numbers` are columns that are left out, each of which could be the target of a
    regression.
    """

    goal: str
    reason: str
    names: tuple[str, ...] = ()
    target: str | None = None
    numbers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def decide(source: Source, columns: Columns, goal: str | None = None, names: Sequence[str] = ()) -> Asked:
    """The question. `columns` are those of the source's table. `goal` and `names`, if given, are what was asked for:
    the names of classes, or of columns, or of a column and of classes in it.

    Raises Undecided if it must be asked for; ConfigError for names that the data does not have; DataError if it has
    nothing to learn.
    """
    labels = source.names_of_classes()
    classes = sorted(name for name in set(labels or ()) if source.is_class(name, names))
    if tuple(names) == (LABEL,) and goal != REGRESSION and labels is not None:
        names = ()
    if goal is None and not names and source.classes is None and labels is not None and are_measured(labels):
        different = f"column {LABEL} holds mostly different numbers; is it to be predicted, or is each a class?"
        raise Undecided(f"{printable(source.path)}: {different}", (REGRESSION, [LABEL]))
    if source.pictures is not None and source.table is not None and not source.columns:
        raise nothing_to_learn(source)
    if names:
        _demand(source, names, classes, columns)
        return _named(source, goal, tuple(names), columns, classes)
    if goal == REGRESSION:
        raise which_target(source, columns)
    if labels is not None:
        return _by_class(source, goal, classes, columns)
    return _by_columns(source, goal, columns)


def _demand(source: Source, names: Sequence[str], classes: Sequence[str], columns: Columns) -> None:
    """Raises ConfigError for names that are neither classes nor columns."""
    known = [*classes, *source.columns]
    if source.table is not None and len(names) > 1 and _has_classes(names[0], columns):
        known += columns.values_of(names[0])
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ConfigError(f"{printable(source.path)}: {listed(twice)} {are(len(twice))} named twice")
    if missing := [name for name in names if name not in known]:
        what = "column" if not classes else "class" if not source.columns else "column or class"
        there = f"{there_are(known)}{did_you_mean_each(missing, known)}"
        raise ConfigError(f"{printable(source.path)}: has no {what} {listed(map(shown, missing))}; {there}")


def _has_classes(name: str, columns: Columns) -> bool:
    """Whether it is a column of words, or of lists of them."""
    return name in (*columns.words, *columns.lists)


def _named(source: Source, goal: str | None, names: tuple[str, ...], columns: Columns, classes: Sequence[str]) -> Asked:
    """The question about what was named; its goal, if not given, is that of what has these names."""
    name, others = names[0], names[1:]
    by_value = goal == MULTI_CLASS and not others and name in (*columns.numbers, *columns.binary)
    if name not in classes and goal != REGRESSION and (_has_classes(name, columns) or by_value):
        return _of_column(source, goal, name, others, columns)
    if goal is not None:
        _demand_number(goal, names)
        left = _others(source, columns, names)
        if goal == REGRESSION:
            return Asked(goal, AS_ASKED, target=name, numbers=left)
        return Asked(goal, AS_ASKED, names, numbers=left)
    if set(names) <= set(classes):
        goal, what = (BINARY, "is a class") if len(names) == 1 else (MULTI_CLASS, "are classes")
        return Asked(goal, f"because {first_names(names)} {what}", names)
    if set(names) <= {*columns.binary}:
        goal, has = (BINARY, "is a column") if len(names) == 1 else (MULTI_LABEL, "are columns")
        reason = f"because {first_names(names)} {has} of 0 and 1"
        return Asked(goal, reason, names, numbers=_others(source, columns, names))
    if set(names) <= {*columns.binary, *columns.constant} and not set(names) <= {*columns.constant}:
        return Asked(MULTI_LABEL, f"because {first_names(names)} are columns of 0 and 1", names)
    if len(names) == 1 and name in columns.numbers:
        return _of_number(source, name, columns)
    path, what = printable(source.path), "classes, columns of 0 and 1, or one column of numbers or words"
    if set(names) <= {*columns.constant}:
        raise _nothing_to_learn_from(source, listed(names))
    raise ConfigError(f"{path}: {listed(names)} cannot be learned together; name {what}")


def _of_number(source: Source, name: str, columns: Columns) -> Asked:
    """The question about a column of numbers. Raises Undecided for so few that they are as likely to be classes."""
    if are_codes(columns, name):
        raise class_or_number(source, columns, name)
    left, notes = _others(source, columns, [name]), []
    if few := columns.few_numbers(name):
        has = f"column {printable(name)} has {len(few)} different whole numbers"
        notes.append(f"{has}; if each is a class, ask for goal {MULTI_CLASS}")
    return Asked(REGRESSION, f"because {printable(name)} is a column of numbers", (), name, left, tuple(notes))


def _nothing_to_learn_from(source: Source, column: str) -> ConfigError:
    has = f"column {column} has the same value in every row: there is nothing to learn"
    return ConfigError(f"{printable(source.path)}: {has}")


def _of_column(
    source: Source, goal: str | None, column: str, chosen: tuple[str, ...], columns: Columns, why: str = ""
) -> Asked:
    """The question about a column of class names, or of lists of labels, of which some may be chosen. `why` it is this
    column, if none was asked for.
    """
    there, name, numbers = columns.values_of(column), printable(column), _others(source, columns, [column])
    are_lists = goal == MULTI_LABEL or (goal is None and column in columns.lists)
    what = why or f"is a column of {'lists of labels' if are_lists else 'class names'}"
    reason = AS_ASKED if goal else f"because {name} {what}"
    if are_lists:
        return Asked(MULTI_LABEL, reason, chosen, column, numbers)
    if len(there) < 2:
        raise _nothing_to_learn_from(source, name)
    positive = positive_of(there)
    if goal is None:
        goal = BINARY if len(chosen) == 1 or (positive and not chosen) else MULTI_CLASS
    if goal == BINARY and not chosen:
        if positive is None:
            which = f"which class of {name} is to count as 1 for goal {BINARY}? {there_are(there)}"
            raise Undecided(f"{printable(source.path)}: {which}", (BINARY, [column, there[0]]))
        chosen = (positive,)
    if chosen:
        _demand_number(goal, chosen)
    return Asked(goal, reason, chosen, column, numbers, _notes_on_commas(column, there))


def _notes_on_commas(column: str, texts: Sequence[str]) -> tuple[str, ...]:
    """That the texts of a column, such as `cat, lion`, may be lists, if they have no more different parts than there
    are texts.
    """
    parts = {part.strip() for text in texts for part in text.split(",")}
    first = next((text for text in texts if "," in text), None)
    if first is None or len(parts) > len(texts):
        return ()
    which = f"{short(first)} of column {printable(column)} is one class"
    return (f"{which}; if it is several labels, separate them by ; in place of commas, for goal {MULTI_LABEL}",)


def _demand_number(goal: str, names: Sequence[str]) -> None:
    """Raises ConfigError if a goal takes not so many names."""
    if not (len(names) == 1 if goal == REGRESSION else GOALS[goal].allows(len(names))):
        wanted = "two classes or more" if goal == MULTI_CLASS else "one name"
        raise ConfigError(f"goal {goal} takes {wanted}, not {listed(names)}")


def _others(source: Source, columns: Columns, names: Sequence[str]) -> tuple[str, ...]:
    """The columns of numbers that are left out; in a table they are inputs."""
    return () if source.pictures is None else tuple(name for name in columns.numbers if name not in names)


def _by_class(source: Source, goal: str | None, classes: Sequence[str], columns: Columns) -> Asked:
    """The question about class folders, or about a column of class names."""
    where = "a folder for each class" if source.classes is not None else f"a column {LABEL}"
    numbers, positive = _others(source, columns, [LABEL]), positive_of(classes)
    if goal is None and positive is not None:
        other, shown = printable(other_of(classes, positive)), printable(positive)
        reason = f"because there are two classes, and {other} is what is not {shown}"
        return Asked(BINARY, reason, (positive,), numbers=numbers)
    if goal == BINARY and positive is None:
        path, there = printable(source.path), there_are(classes)
        raise Undecided(f"{path}: which class is to count as 1 for goal {BINARY}? {there}", (BINARY, classes[:1]))
    if goal == BINARY and positive is not None:
        return Asked(BINARY, AS_ASKED, (positive,), numbers=numbers)
    notes = () if source.classes is not None else _notes_on_commas(LABEL, classes)
    return Asked(goal or MULTI_CLASS, AS_ASKED if goal else f"because there is {where}", numbers=numbers, notes=notes)


def _by_columns(source: Source, goal: str | None, columns: Columns) -> Asked:
    """The question about the columns of a metadata.csv, or of a table, that has no column of class names."""
    table, path = source.table, printable(source.path)
    if table is None:  # the data room says what is missing
        return Asked(goal or MULTI_CLASS, AS_ASKED)
    if source.pictures is None or not columns.binary:  # a table does not tell labels from inputs
        column, why = columns.answer or (None, "")
        if column is not None and (goal is None or (goal == MULTI_LABEL) == (column in columns.lists)):
            return _of_column(source, goal, column, (), columns, why)
        raise which_column(source, goal, columns)
    if goal == BINARY and len(columns.binary) > 1:
        which = f"which column of 0 and 1 is to be learned? {there_are(columns.binary)}"
        raise Undecided(f"{path}: {which}", (BINARY, columns.binary[:1]))
    notes = []
    several = len(columns.binary) > 1
    what = "columns" if several else "a column"
    where = f"{'its ' * (table.path != source.path)}{printable(table.path.name)}"
    reason = f"because {where} has {what} of 0 and 1, {first_names(columns.binary)}"
    if goal is None and several and _one_each(table, columns.binary):
        notes.append(
            f"each picture has exactly one label; with goal {MULTI_CLASS} the classes would exclude each other"
        )
    reason = AS_ASKED if goal else reason
    goal = goal or (MULTI_LABEL if several else BINARY)
    return Asked(goal, reason, columns.binary, numbers=columns.numbers, notes=tuple(notes))


def _one_each(table: Table, names: Sequence[str]) -> bool:
    """Whether each row has exactly one 1 in these columns."""
    cells = zip(*map(table.column, names), strict=True)
    return all([as_number(cell) for cell in row].count(1) == 1 for row in cells)
