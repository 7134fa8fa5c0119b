"""How labels are made for the question of a trained model."""

from collections.abc import Sequence
from dataclasses import replace

from catnet.data.answers import NO_ANSWERS, column_with, empty_column, lacks_answers
from catnet.data.label_lists import lists_of
from catnet.data.labelling import Labelling, by_target
from catnet.data.listing import in_arrays
from catnet.data.picture_lists import no_list
from catnet.data.source import LABEL, Source
from catnet.errors import DataError, Unlabelled
from catnet.goals import MULTI_LABEL, REGRESSION
from catnet.question import Question
from catnet.text import did_you_mean_each, first_names, listed, misspelt, printable


def labelling_for(question: Question, source: Source) -> Labelling:
    """How the labels are made for a model's question, from data that need not have all the model's classes.

    They are made as in training, by names or by columns, if the data has these; else the other way. Raises DataError if
    it has neither, or if the model is about pictures, and the data is a table, or the other way round.
    """
    if question.features is None and source.pictures is None:
        raise no_list(source)
    if question.features is not None and source.pictures is not None:
        raise DataError(f"{printable(source.path)}: has pictures, and this model answers about tables")
    if question.goal == REGRESSION:
        return by_target(source, question)
    has_columns = set(question.classes) <= set(source.columns)
    labelling = Labelling(question, trained=True)
    by_columns = replace(labelling, columns=question.classes)
    if has_columns and question.by_column is not False and question.target is None:
        return by_columns
    names: Sequence[str] | None = labelling.names(source)
    if question.goal == MULTI_LABEL and source.table is not None and names is not None:
        labelling = replace(labelling, columns=(labelling.column,), lists=True)
        names = [name for of_row in lists_of(source.table, labelling.column, question.class_names) for name in of_row]
    has_names = names is not None and not set(question.known).isdisjoint(names)
    if not has_columns and not has_names:
        raise _without_classes(labelling, source, names)
    return labelling if has_names else by_columns


def _without_classes(labelling: Labelling, source: Source, names: Sequence[str] | None) -> DataError:
    """The error for data that has neither the model's classes nor their columns; `names` are those that it has."""
    question, table, column = labelling.question, source.table, printable(labelling.column)
    path, known, features = printable(source.path), listed(question.known), question.features
    if table is not None and names is not None and not any(source.is_class(name, question.known) for name in names):
        return empty_column(table, labelling.column)
    if names is not None:
        found = sorted(set(names))
        said = f"{path}: has none of the model's classes {known}; there are {first_names(found)}"
        if in_arrays(source.pictures) and all(map(str.isdecimal, found)):
            said += "; these are numbers without names: give a file that has the names, or train with data.class_names"
        return DataError(said + misspelt(found, question.known))
    if table is not None and (other := column_with(table, question.known, features)):
        return DataError(f"{path}: has no column {column}; rename {printable(other)} to {column}")
    if table is not None and lacks_answers(table, (*question.classes, labelling.column), features):
        return Unlabelled(f"{path}: has none of the model's classes {known}, {NO_ANSWERS}")
    there = f"there are {listed(source.columns)}"
    if question.target is not None:
        hint = did_you_mean_each([question.target], source.columns)
        return DataError(f"{path}: has no column {column}; {there}{hint}")
    missing = [name for name in question.classes if name not in source.columns]
    columns = f"neither the columns {listed(missing)} of the model's classes nor a column {LABEL}"
    return DataError(f"{path}: has {columns}; {there}{misspelt(source.columns, [*missing, LABEL])}")
