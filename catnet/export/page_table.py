"""What the form of a page knows of a table's columns, and rows to fill it in with."""

from typing import Any, NamedTuple

import numpy as np

from catnet.data.encoding import encode
from catnet.data.listing import Cells
from catnet.engine.types import Array
from catnet.export.examples import Example, drawn
from catnet.export.exported import Exported
from catnet.question import MISSING, Column, Question
from catnet.text import isolated


class Row(NamedTuple):
    """A row inside a page: its cells as texts, its inputs (n,) as `Model.predict` takes them, and its label (k,)."""

    name: str
    cells: list[str]
    row: Array
    of_run: bool
    label: Array | None = None

    @property
    def noun(self) -> str:
        """What it is called."""
        return "row" if self.of_run else "made-up row"


def rows_for(exported: Exported) -> list[Row]:
    """Rows of the run, or drawn ones if its data is gone or may not be shown."""
    examples = exported.examples if exported.shows_examples else drawn(exported.model)
    return [as_row(example, exported.model.question) for example in examples]


def as_row(example: Example, question: Question) -> Row:
    """The row as a form shows it. A drawn one gets short numbers, and the texts of its largest inputs."""
    columns = columns_in(question)
    parts = (example.row[inputs] for inputs in question.inputs_of_columns)
    digits = 17 if example.of_run else 4
    cells = [cell_of(column, inputs, digits) for column, inputs in zip(columns, parts, strict=True)]
    return Row(example.name, cells, inputs_of(cells, question), example.of_run, example.label)


def cell_of(column: Column, inputs: Array, digits: int) -> str:
    """The cell that makes these inputs: a number of at most so many digits, a text, or nothing."""
    if column.categories is not None:
        none = another(column) if column.fill is None else ""
        return column.categories[int(inputs.argmax())] if inputs.any() else none
    is_missing = column.has_missing and inputs[1] > 0.5
    return "" if is_missing else repr(float(f"{inputs[0]:.{digits}g}")).removesuffix(".0")


def another(column: Column) -> str:
    """A text that is none of a column's categories."""
    text = "(another)"
    while text in (column.categories or ()):
        text = f"({text})"
    return text


def inputs_of(cells: list[str], question: Question) -> Array:
    """The inputs (n,) of the cells."""
    values, texts = [], {}
    for column, cell in zip(columns_in(question), cells, strict=True):
        if column.categories is not None:
            texts[column.name] = (cell,)
        is_empty = cell in ("", *[MISSING] * (column.categories is not None))
        values.append(np.nan if is_empty else 0.0 if column.categories is not None else float(cell))
    return encode(question, Cells(np.array([values]), texts))[0]


def columns_in(question: Question) -> list[Column]:
    """All columns that are inputs, in order."""
    known = {column.name: column for column in question.encoded}
    return [known.get(name, Column(name)) for name in question.features or ()]


def columns_for(exported: Exported) -> list[dict[str, Any]]:
    """What the form shows of each column; the range of its numbers if the training data is there."""
    ranges = ranges_in(exported)
    columns: list[dict[str, Any]] = []
    for column in columns_in(exported.model.question):
        texts = column.categories
        columns.append(
            {
                "name": column.name,
                "shown": isolated(column.name),
                "categories": texts,
                "shown_categories": None if texts is None else list(map(isolated, texts)),
                "another": another(column),
                "may_be_missing": column.fill is not None,
                "fill": column.fill,
                **ranges.get(column.name, {"range": None, "is_whole": False}),
            }
        )
    return columns


def inputs_for(question: Question) -> list[dict[str, Any]]:
    """The names of the n inputs as they are shown, and which say by 1 or 0 what a cell says."""
    numbers = [column.name for column in columns_in(question) if column.categories is None]
    return [{"name": isolated(name), "is_yes_or_no": name not in numbers} for name in question.inputs]


def ranges_in(exported: Exported) -> dict[str, dict[str, Any]]:
    """The least and the greatest number of each column in the training data, and whether all are whole numbers."""
    train = None if exported.catalog is None else exported.catalog.splits.get("train")
    if train is None or train.cells is None:
        return {}
    found = {}
    for name, values in zip(exported.model.question.features or (), train.cells.values.T, strict=True):
        numbers = values[~np.isnan(values)]
        if name not in train.cells.texts and len(numbers):
            is_whole = bool((numbers == np.rint(numbers)).all())
            found[name] = {"range": [float(numbers.min()), float(numbers.max())], "is_whole": is_whole}
    return found
