"""What `catnet explain` says of a row of a table."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import click
import numpy as np

from catnet.cli.predict import answer_facts, as_line
from catnet.data.column_inputs import notes_on_cells
from catnet.data.csvfile import read_csv
from catnet.data.encoding import encode
from catnet.data.picture_files import has_picture_suffix
from catnet.data.tables import cells_for
from catnet.engine.types import Array
from catnet.errors import ConfigError, DataError
from catnet.evaluation.evaluate import WEIGHTS_TOO_LARGE
from catnet.evaluation.explain import Explained, explained, in_words
from catnet.evaluation.predict import Prediction, prediction
from catnet.goals import MULTI_CLASS, REGRESSION
from catnet.model import Model
from catnet.text import counted, printable, short

T = TypeVar("T")
HIDDEN = "With hidden layers, a contribution is the input times the gradient at this row; the rest is what they leave."


def explain_row(model: Model, path: Path, line: int | None, label: str | None, as_json: bool) -> None:
    """Prints what each input of the row contributes to the answer, the largest first, and what they add up to."""
    demand_rows(path)
    name, row, words = row_in(model, path, line)
    output = model.predict(row[None])[:, 0]
    answer, question = prediction(model, name, output), model.question
    found = explained(model, row, question.classes.index(label) if label is not None else int(output.argmax()))
    if not np.isfinite(found.contributions).all():
        raise DataError(f"{name}: {WEIGHTS_TOO_LARGE}")
    click.echo(as_facts(model, answer, found) if as_json else "\n".join(as_lines(model, answer, found, words)))


def demand_rows(path: Path) -> None:
    """Raises ConfigError for a picture or a folder: what is given by mistake to a model about tables."""
    if has_picture_suffix(path.name) or path.is_dir():
        raise ConfigError(f"{printable(path)}: this model answers about the rows of tables; give a .csv file")


def row_in(model: Model, path: Path, line: int | None) -> tuple[str, Array, list[str]]:
    """The row in a line of the table, by `FILE:LINE`, and its inputs in words; the only row, if no line is given.

    Raises ConfigError if there are several, DataError if there is no such row, or if it cannot be used.
    """
    question = model.question
    cells, places = cells_for(question, read_csv(path), tell)
    good = iter(range(len(cells.values)))
    found = {name: next(good) if fault is None else fault for name, fault in places}
    lines = [int(name.rpartition(":")[2]) for name in found]
    which = f"lines {lines[0]} to {lines[-1]}" if len(lines) > 1 else f"line {lines[0]}"
    if line is None and len(lines) > 1:
        rows_in = f"{counted(len(lines), 'row')}, in {which}"
        raise ConfigError(f"{printable(path)}: has {rows_in}; give the line of one: --row {lines[0]}")
    name = next(iter(found)) if line is None else printable(f"{path}:{line}")
    if name not in found:
        what = "line 1 is the header" if line == 1 else f"there is no row in line {line}"
        raise DataError(f"{printable(path)}: {what}; the {'rows are' if len(lines) > 1 else 'only row is'} in {which}")
    if isinstance(row := found[name], str):
        raise DataError(f"{name}: {row}")
    its = cells.take(np.array([row]))
    for note in notes_on_cells(question.columns, its, name):
        tell(note)
    values = zip(question.features or (), its.values[0].tolist(), strict=True)
    inputs = encode(question, its)[0]
    return name, inputs, in_words(question, inputs, [column for column, value in values if value != value])


def tell(note: str) -> None:
    """Says a note for the user."""
    click.echo(f"note: {note}", err=True)


def by_size(model: Model, found: Explained, values: Sequence[T]) -> Iterator[tuple[str, T, float]]:
    """Each input's name, value and contribution; the largest contribution first."""
    for index in np.argsort(-np.abs(found.contributions), kind="stable").tolist():
        yield model.question.inputs[index], values[index], float(found.contributions[index])


def rest_name(model: Model) -> str:
    """What is left without the contributions is the bias, if there is one layer."""
    return "bias" if model.network.depth == 1 else "rest"


def as_lines(model: Model, answer: Prediction, found: Explained, words: Sequence[str]) -> Iterator[str]:
    """The answer, a line per input with its value in words, and what the sum of all contributions is."""
    rows = [(short(name), value, each) for name, value, each in by_size(model, found, words)]
    rows += [(rest_name(model), "", found.rest), ("sum", "", found.total)]
    widths = max(len(name) for name, _, _ in rows), max(len(value) for _, value, _ in rows)
    yield as_line(model, answer)
    *lines, last = (f"{name:{widths[0]}}  {value:>{widths[1]}}  {each:+.4g}" for name, value, each in rows)
    yield from lines
    yield f"{last}: {meaning(model, found.asked)}"
    if model.network.depth > 1:
        yield HIDDEN


def meaning(model: Model, asked: int) -> str:
    """What the contributions add up to."""
    question = model.question
    if question.goal == REGRESSION:
        return f"{printable(question.target)}{', before the ReLU' * (model.network.activations[-1] == 'relu')}"
    label = printable(question.classes[asked])
    if question.goal == MULTI_CLASS:
        return f"the logit of {label} minus the mean of all logits, which softmax compares"
    return f"the logit of {label}, whose sigmoid is the probability"


def as_facts(model: Model, answer: Prediction, found: Explained) -> str:
    """The same as one JSON object, with every digit."""
    rows = by_size(model, found, found.values.tolist())
    inputs = [dict(zip(("input", "value", "contribution"), row, strict=True)) for row in rows]
    asked = {} if model.question.goal == REGRESSION else {"class": model.question.classes[found.asked]}
    made_of = {"contributions": inputs, rest_name(model): found.rest, "sum": found.total}
    return json.dumps({**answer_facts(model, answer), **asked, **made_of}, allow_nan=False)
