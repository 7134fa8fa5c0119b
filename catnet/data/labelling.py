"""How labels are to be made: what a configuration asks, settled by what the training data has."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from catnet.config import Config
from catnet.data.csvfile import Table
from catnet.data.source import Source
from catnet.errors import DataError
from catnet.goals import BINARY, MULTI_LABEL, REGRESSION
from catnet.question import Question
from catnet.text import did_you_mean, listed, printable


@dataclass(frozen=True)
class Labelling:
    """How labels are made of a source: decided once, on the training data, and then used for every split.

    `columns` are the table's label columns; none if the examples' class names are used.
    """

    question: Question
    columns: tuple[str, ...] = ()
    derived: bool = False  # the classes are those found in training, so that another one elsewhere is an error
    nonnegative: bool = False  # a ReLU output can say no negative target
    origin: str = "data.classes"  # where the classes come from


def decide(source: Source, config: Config) -> Labelling:
    """How the labels are made of the training source. Raises DataError if it has nothing to make them of."""
    labelling = _decide_outputs(source, config)
    return replace(labelling, question=replace(labelling.question, features=_features(source, labelling)))


def _decide_outputs(source: Source, config: Config) -> Labelling:
    """The labelling, before a table's features are known."""
    goal, classes, target = config.goal, config.data.classes, config.data.target
    where, names = printable(source.where), source.names_of_classes()
    if goal == REGRESSION:
        if source.table is None:
            raise DataError(f"{where}: has no metadata.csv with the column {printable(target)} to predict")
        columns = (str(target),)
        demand_columns(source.table, columns)
        return Labelling(Question(goal, target=target), columns, nonnegative=config.model.output_activation == "relu")
    by_column = source.table is not None and (
        goal == MULTI_LABEL or names is None or (classes is not None and set(classes) <= set(source.columns))
    )
    if by_column and source.table is not None:
        chosen = classes or _label_columns(source)
        demand_columns(source.table, chosen)
        if goal == BINARY and len(chosen) > 1:
            raise DataError(f"{where}: data.classes must name the class that counts as 1: one of {listed(chosen)}")
        return Labelling(Question(goal, chosen, f"not {chosen[0]}" if goal == BINARY else None), chosen)
    assert names is not None
    found = tuple(sorted(set(names) - {""}))
    if goal == BINARY:
        if classes is None:
            raise DataError(f"{where}: data.classes must name the class that counts as 1: one of {listed(found)}")
        others = [name for name in found if name != classes[0]]
        _demand_classes(where, classes, found)
        return Labelling(Question(goal, classes, others[0] if len(others) == 1 else f"not {classes[0]}"))
    if classes is not None:
        _demand_classes(where, classes, found)
    elif len(found) < 2 and source.classes is not None:
        raise DataError(f"{where}: has only the class {listed(found)}; is data.path one folder too high?")
    return Labelling(Question(goal, classes or found), derived=classes is None)


def labelling_for(question: Question, source: Source) -> Labelling:
    """How the labels are made for a model that was asked this, of data that need not have all its classes.

    Raises DataError if the data has none of them.
    """
    where = printable(source.where)
    if question.goal == REGRESSION:
        target = (str(question.target),)
        if source.table is None:
            raise DataError(f"{where}: has no metadata.csv with the column {printable(question.target)} to predict")
        demand_columns(source.table, target)
        return Labelling(question, target)
    by_column = set(question.classes) <= set(source.columns)
    names = source.names_of_classes()
    if not by_column and (names is None or not set(names) & set(question.classes)):
        found = source.columns if names is None else sorted(set(names))
        raise DataError(
            f"{where}: has none of the model's classes {listed(question.classes)}; there are {listed(found)}"
        )
    return Labelling(question, question.classes if by_column else (), origin="the model's classes")


def _features(source: Source, labelling: Labelling) -> tuple[str, ...] | None:
    """A table's columns that are not labels; None for pictures."""
    if source.paths is not None or source.table is None:
        return None
    labels = set(labelling.columns) or {"label"}
    features = tuple(name for name in source.columns if name not in labels)
    if not features:
        raise DataError(f"{printable(source.where)}: has no feature column besides {listed(sorted(labels))}")
    return features


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


def demand_columns(table: Table, names: Sequence[str]) -> None:
    """Raises DataError if the table does not have all these columns."""
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
