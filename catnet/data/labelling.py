"""How labels are to be made: what a configuration asks, settled by what the training data has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catnet.config import Config
from catnet.data.answers import (
    demand_answers,
    demand_classes,
    demand_counted_from_0,
    demand_examples,
    in_yaml,
    which_class,
    which_labels,
)
from catnet.data.arrays.sources import demand_classes as demand_classes_in_arrays
from catnet.data.label_lists import COLUMNS, holds_lists, lists_of, truths
from catnet.data.omission import Omission
from catnet.data.source import LABEL, Source, nameless_because
from catnet.data.source_splits import COLUMN, EXPECTED, columns_of_splits, is_like_split
from catnet.errors import DataError
from catnet.files import FILE_NAME
from catnet.goals import BINARY, MULTI_LABEL, REGRESSION
from catnet.question import Question
from catnet.text import SPELLING, alike, first_names, listed, misspelt, printable, short, told_apart


@dataclass(frozen=True)
class Labelling:
    """How the labels of a source are made: decided once, on the training data, and then used for every split.

    `columns` are the table's label columns; none if the examples' class names are used. `lists` says that there is one,
    which holds lists of labels.
    """

    question: Question
    columns: tuple[str, ...] = ()
    lists: bool = False
    derived: bool = False  # all names are those found in training, so that another one elsewhere is an error
    nonnegative: bool = False  # a ReLU output is never negative, so no target may be
    trained: bool = False  # the question is a model's, so that other names may be left out

    @property
    def origin(self) -> str:
        """Where the classes come from."""
        return "the model's classes" if self.trained else "data.classes"

    @property
    def column(self) -> str:
        """The column that has the names of the classes, if the examples are in no class folders."""
        return self.question.target or LABEL

    def names(self, source: Source) -> tuple[str, ...] | None:
        """Each example's class by name; None if there are neither class folders nor the column."""
        return source.names_of_classes(self.column, self.question.class_names)

    @property
    def as_regression(self) -> str:
        """How the column of the classes is learned as numbers."""
        return "set goal: regression" + (f" and data.target: {LABEL}" if self.question.target is None else "")


def decide(source: Source, config: Config) -> Labelling:
    """How the labels of the training source are made. Raises DataError if there is nothing to make them from."""
    labelling = _decide_outputs(source, config)
    features = _features(source, labelling)
    by_column = None if config.goal == REGRESSION else bool(labelling.columns)
    return replace(labelling, question=replace(labelling.question, features=features, by_column=by_column))


def _decide_outputs(source: Source, config: Config) -> Labelling:
    """The labelling, before a table's features are known."""
    goal, target = config.goal, config.data.target
    if goal == REGRESSION:
        labelling = by_target(source, Question(goal, target=target))
        return replace(labelling, nonnegative=config.model.output_activation == "relu")
    demand_classes_in_arrays(source)
    _demand_target(source, target)
    if (column := _column_of_lists(source, config)) is not None:
        return _by_lists(source, column, config)
    named = None if target == LABEL else target  # which needs no naming, so that earlier versions read the model
    labelling = Labelling(Question(goal, target=named, class_names=config.data.class_names or None))
    if source.table is not None and _asks_for_columns(source, config, labelling.names(source)):
        return _by_columns(source, config)
    return _by_names(source, labelling, config)


def _demand_target(source: Source, target: str | None) -> None:
    """Raises DataError if there is no column of the target."""
    if target is None:
        return
    if source.table is None:
        there = f"its classes are the folders {first_names(sorted(set(source.classes or ())))}"
        without = f"has no metadata.csv with the column {listed([target])}; {there}"
        raise DataError(f"{printable(source.path)}: {without}; remove data.target")
    source.table.demand((target,))


def _asks_for_columns(source: Source, config: Config, names: Sequence[str] | None) -> bool:
    """Whether the labels are columns of 0 and 1 of the source's table; `names` are those of its classes."""
    classes, target = config.data.classes, config.data.target
    if target is not None:
        return classes == (target,)
    return config.goal == MULTI_LABEL or names is None or (classes is not None and set(classes) <= set(source.columns))


def _by_columns(source: Source, config: Config) -> Labelling:
    """The labelling by columns of 0 and 1. Raises DataError if it is not known which."""
    goal, table = config.goal, source.table
    assert table is not None
    columns = config.data.classes or _label_columns(source, goal)
    demand_classes(table, columns, goal)
    if goal == BINARY and len(columns) > 1:
        raise which_class(source.path, columns)
    if config.data.class_names:
        wrong = f"data.class_names is for labels that are whole numbers; here the labels are {first_names(columns)}"
        raise DataError(f"{printable(table.path)}: {wrong}, each a column of 0 and 1; remove it")
    return Labelling(Question(goal, columns, f"not {columns[0]}" if goal == BINARY else None), columns)


def _column_of_lists(source: Source, config: Config) -> str | None:
    """The column of lists of labels, for goal 2.0; None if the labels are not in one.

    Raises DataError if one is named that has 0 and 1 alone.
    """
    table, data = source.table, config.data
    if config.goal != MULTI_LABEL or table is None or (data.classes is not None and data.classes == (data.target,)):
        return None
    if data.target is None:
        if data.classes is not None and set(data.classes) <= set(source.columns):
            return None
        found = (name for name in COLUMNS if name in table.header)
        return next((name for name in found if data.class_names or holds_lists(table, name)), None)
    if not data.class_names and truths(table.column(data.target)):
        way = f"to learn it, write data.classes: {in_yaml([data.target])} in place of data.target"
        raise DataError(f"{printable(table.path)}: column {printable(data.target)} holds no lists, but 0 and 1; {way}")
    return data.target


def _by_lists(source: Source, column: str, config: Config) -> Labelling:
    """The labelling by a column of lists. Raises DataError if it has none of the labels asked for."""
    table, classes, numbered = source.table, config.data.classes, config.data.class_names or None
    assert table is not None
    names = [name for of_row in lists_of(table, column, numbered) for name in of_row]
    question = Question(config.goal, target=column, class_names=numbered)
    found = _found(source, names, question, classes)
    demand_examples(source.path, classes, found)
    return Labelling(replace(question, classes=classes or found), (column,), lists=True, derived=classes is None)


def _by_names(source: Source, labelling: Labelling, config: Config) -> Labelling:
    """The labelling by the names of classes. Raises DataError if they are too few, or if it is not known which is 1."""
    question, classes, path = labelling.question, config.data.classes, printable(source.path)
    found = _found(source, labelling.names(source) or (), question, classes)
    demand_examples(source.path, classes, found)
    if classes is None and question.goal == BINARY:
        raise which_class(source.path, found)
    if classes is None and len(found) < 2 and source.classes is not None:
        raise DataError(f"{path}: has only the class {listed(found)}; is data.path one folder too high?")
    if classes is not None and question.goal == BINARY:
        others = tuple(name for name in found if name != classes[0])
        _refuse_alike(path, classes[0], others)
        negative = others[0] if len(others) == 1 else f"not {classes[0]}"
        question = replace(question, classes=classes, negative=negative, others=others)
        return Labelling(question, derived=True)
    return Labelling(replace(question, classes=classes or found), derived=classes is None)


def _found(source: Source, names: Sequence[str], question: Question, classes: Sequence[str] | None) -> tuple[str, ...]:
    """The names of classes that there are: sorted, or in the order of the numbers for which they stand.

    Raises DataError if no label is such a number, or if they count from 1.
    """
    there = set(names)
    if question.class_names is None:
        return tuple(sorted(name for name in there if source.is_class(name, classes or ())))
    demand_counted_from_0(source.path, there, question.class_names)
    found = tuple(name for name in question.class_names if name in there)
    label = None if found else next((name for name in names if source.is_class(name, ())), None)
    if label is not None:
        where = "class folder" if source.table is None else "the label"
        reason = nameless_because(label, question.class_names)
        raise DataError(f"{printable(source.path)}: {where} {short(label)} is {reason}")
    return found


def _refuse_alike(path: str, name: str, others: Sequence[str]) -> None:
    """Raises DataError if an other class would count as 0 that is probably the class itself."""
    if same := misspelt(others, [name]):
        raise DataError(f"{path}: another class than {printable(name)} counts as 0{same}; rename it")


def notes_on_names(labelling: Labelling) -> list[str]:
    """Which names of classes are so much alike that they may be meant for one, and which have no example."""
    names, numbered = labelling.question.known, labelling.question.class_names or ()
    absent = [name for name in numbered if name not in names] if labelling.derived else []
    notes = [f"no training example is {first_names(absent)}, of data.class_names"] if absent else []
    return notes + [
        f"the classes {told_apart(group)} differ only in {SPELLING}; if they are meant for one, rename them"
        for group in alike(names)
    ]


def by_target(source: Source, question: Question) -> Labelling:
    """The labelling of a regression. Raises DataError if there is no column of the target."""
    columns = (str(question.target),)
    if source.table is None:
        raise DataError(f"{printable(source.path)}: has no metadata.csv with the column {listed(columns)} to predict")
    demand_answers(source.table, columns, question.features)
    return Labelling(question, columns)


def notes_on_columns(source: Source, labelling: Labelling) -> list[str]:
    """Which columns of a list of pictures are no labels and, because the pictures are the input, no features either."""
    used = labelling.columns or (labelling.column,)
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
    labels = set(labelling.columns) or {labelling.column}
    features = tuple(name for name in source.columns if name not in labels)
    if not features:
        raise DataError(f"{printable(source.path)}: has no feature column besides {listed(sorted(labels))}")
    return features


def _label_columns(source: Source, goal: str) -> tuple[str, ...]:
    """The columns that a list of pictures has for labels. A table does not tell them from its features."""
    if source.pictures is None and source.table is not None:
        raise which_labels(source.table, goal)
    if not source.columns:
        raise nothing_to_learn(source)
    return source.columns


def nothing_to_learn(source: Source) -> DataError:
    """The error about a list of pictures without labels."""
    file = "" if source.table is None or source.table.path == source.path else f"{source.table.path.name} "
    return DataError(f"{printable(source.path)}: {printable(file)}has no column besides {FILE_NAME} to learn")
