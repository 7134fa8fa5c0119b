"""How labels are to be made: what a configuration asks, settled by what the training data has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catnet.config import Config
from catnet.data.answers import (
    NO_ANSWERS,
    column_with,
    demand_answers,
    demand_classes,
    lacks_answers,
    which_class,
    which_labels,
)
from catnet.data.array_sources import demand_classes as demand_classes_in_arrays
from catnet.data.omission import Omission
from catnet.data.source import LABEL, Source
from catnet.data.source_splits import COLUMN, EXPECTED, columns_of_splits, is_like_split
from catnet.errors import DataError, Unlabelled
from catnet.goals import BINARY, MULTI_LABEL, REGRESSION
from catnet.question import Question
from catnet.text import SPELLING, alike, did_you_mean_each, first_names, listed, misspelt, printable, told_apart


@dataclass(frozen=True)
class Labelling:
    """How the labels of a source are made: decided once, on the training data, and then used for every split.

    `columns` are the table's label columns; none if the examples' class names are used.
    """

    question: Question
    columns: tuple[str, ...] = ()
    derived: bool = False  # all names are those found in training, so that another one elsewhere is an error
    nonnegative: bool = False  # a ReLU output is never negative, so no target may be
    origin: str = "data.classes"  # where the classes come from


def decide(source: Source, config: Config) -> Labelling:
    """How the labels of the training source are made. Raises DataError if there is nothing to make them from."""
    labelling = _decide_outputs(source, config)
    features = _features(source, labelling)
    by_column = None if config.goal == REGRESSION else bool(labelling.columns)
    return replace(labelling, question=replace(labelling.question, features=features, by_column=by_column))


def _decide_outputs(source: Source, config: Config) -> Labelling:
    """The labelling, before a table's features are known."""
    goal, classes = config.goal, config.data.classes
    path, names = printable(source.path), source.names_of_classes()
    if goal == REGRESSION:
        labelling = _by_target(source, Question(goal, target=config.data.target))
        return replace(labelling, nonnegative=config.model.output_activation == "relu")
    demand_classes_in_arrays(source)
    if source.table is not None and (
        goal == MULTI_LABEL or names is None or (classes is not None and set(classes) <= set(source.columns))
    ):
        columns = classes or _label_columns(source, goal)
        demand_classes(source.table, columns, goal)
        if goal == BINARY and len(columns) > 1:
            raise which_class(source.path, columns)
        return Labelling(Question(goal, columns, f"not {columns[0]}" if goal == BINARY else None), columns)
    found = tuple(sorted({name for name in set(names or ()) if source.is_class(name, classes or ())}))
    if missing := [name for name in classes or () if name not in found]:
        there = f"there are {first_names(found)}{did_you_mean_each(missing, found)}"
        what = "class {} of data.classes has" if len(missing) == 1 else "classes {} of data.classes have"
        raise DataError(f"{path}: {what.format(first_names(missing))} no examples; {there}")
    if classes is None and goal == BINARY:
        raise which_class(source.path, found)
    if classes is None and len(found) < 2 and source.classes is not None:
        raise DataError(f"{path}: has only the class {listed(found)}; is data.path one folder too high?")
    if classes is not None and goal == BINARY:
        others = tuple(name for name in found if name != classes[0])
        _refuse_alike(path, classes[0], others)
        negative = others[0] if len(others) == 1 else f"not {classes[0]}"
        return Labelling(Question(goal, classes, negative, others=others), derived=True)
    return Labelling(Question(goal, classes or found), derived=classes is None)


def _refuse_alike(path: str, name: str, others: Sequence[str]) -> None:
    """Raises DataError if an other class would count as 0 that is probably the class itself."""
    if same := misspelt(others, [name]):
        raise DataError(f"{path}: another class than {printable(name)} counts as 0{same}; rename it")


def notes_on_names(labelling: Labelling) -> list[str]:
    """Which names of classes are so much alike that they may be meant for one."""
    names = labelling.question.known
    return [
        f"the classes {told_apart(group)} differ only in {SPELLING}; if they are meant for one, rename them"
        for group in alike(names)
    ]


def _by_target(source: Source, question: Question) -> Labelling:
    """The labelling of a regression. Raises DataError if there is no column of the target."""
    columns = (str(question.target),)
    if source.table is None:
        raise DataError(f"{printable(source.path)}: has no metadata.csv with the column {listed(columns)} to predict")
    demand_answers(source.table, columns, question.features)
    return Labelling(question, columns)


def labelling_for(question: Question, source: Source) -> Labelling:
    """How the labels are made for a model's question, from data that need not have all the model's classes.

    They are made as in training, by names or by columns, if the data has these; else the other way. Raises DataError if
    it has neither.
    """
    if question.goal == REGRESSION:
        return _by_target(source, question)
    has_columns, names = set(question.classes) <= set(source.columns), source.names_of_classes()
    has_names = names is not None and bool(set(names) & set(question.known))
    if not has_columns and not has_names:
        raise _without_classes(question, source)
    by_column = has_columns and not (has_names and question.by_column is False)
    return Labelling(question, question.classes if by_column else (), origin="the model's classes")


def _without_classes(question: Question, source: Source) -> DataError:
    """The error for data that has neither the model's classes nor their columns."""
    path, names, known = printable(source.path), source.names_of_classes(), listed(question.known)
    if names is not None:
        found = sorted(set(names))
        said = f"{path}: has none of the model's classes {known}; there are {first_names(found)}"
        return DataError(said + misspelt(found, question.known))
    if source.table is not None and (column := column_with(source.table, question.known, question.features)):
        return DataError(f"{path}: has no column {LABEL}; rename {printable(column)} to {LABEL}")
    if source.table is not None and lacks_answers(source.table, (*question.classes, LABEL), question.features):
        return Unlabelled(f"{path}: has none of the model's classes {known}, {NO_ANSWERS}")
    missing = [name for name in question.classes if name not in source.columns]
    columns = f"neither the columns {listed(missing)} of the model's classes nor a column {LABEL}"
    return DataError(
        f"{path}: has {columns}; there are {listed(source.columns)}{misspelt(source.columns, [*missing, LABEL])}"
    )


def notes_on_columns(source: Source, labelling: Labelling) -> list[str]:
    """Which columns of a metadata.csv are no labels and, because the pictures are the input, no features either."""
    used = labelling.columns or (LABEL,)
    unused = [name for name in source.columns if name not in used]
    if source.pictures is None or source.table is None or not unused:
        return []
    column, are = ("column", "is") if len(unused) == 1 else ("columns", "are")
    splits = [name for name in columns_of_splits(source.table) if name in unused]
    hint = f"; rename {listed(splits[:1])} to {COLUMN} to use it" if splits else ""
    if not splits and (named := list(filter(is_like_split, unused))):
        hint = f"; if {listed(named[:1])} says to which split a picture belongs, name it {COLUMN} and write {EXPECTED}"
    return [Omission(f"{column} {listed(unused)} of {printable(source.table.path)} {are} not used{hint}")]


def _features(source: Source, labelling: Labelling) -> tuple[str, ...] | None:
    """A table's columns that are not labels; None for pictures."""
    if source.pictures is not None:
        return None
    labels = set(labelling.columns) or {LABEL}
    features = tuple(name for name in source.columns if name not in labels)
    if not features:
        raise DataError(f"{printable(source.path)}: has no feature column besides {listed(sorted(labels))}")
    return features


def _label_columns(source: Source, goal: str) -> tuple[str, ...]:
    """The columns that metadata.csv has for labels. A table does not tell them from its features."""
    if source.pictures is None and source.table is not None:
        raise which_labels(source.table, goal)
    if not source.columns:
        raise nothing_to_learn(source)
    return source.columns


def nothing_to_learn(source: Source) -> DataError:
    """The error about a metadata.csv without labels."""
    return DataError(f"{printable(source.path)}: metadata.csv has no column besides file_name to learn")
