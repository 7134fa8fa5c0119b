"""Tables: the inputs that the cells of each row make.

    python predict.py table.csv
    python predict.py table.csv --json

    from predict import predict, predict_rows
    predict('table.csv')[0].answer

It needs Python 3.11 and NumPy 2.0, or later ones. It reads rows, computes and says what `catnet predict` does, by the
same functions. What is no simple table it refuses in fewer words.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from catnet.data.cells import as_words, is_missing, zero_or_one
from catnet.data.csvfile import as_number
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.evaluation.prediction import Prediction
from catnet.export.standalone.command import Found, Tell, predictions, run
from catnet.export.standalone.csv_rows import read_table
from catnet.export.standalone.network import y_hat
from catnet.export.standalone.stored import FACTS
from catnet.question import MISSING
from catnet.text import first_names, listed, printable, short

# A column that is a number alone; FACTS["encoded"] has those that are more, and may have missing cells.
NUMBER = {"categories": None, "fill": None, "has_missing": False}


def predict(paths: str | Path | Iterable[str | Path]) -> list[Prediction]:
    """The answers about the rows of a CSV file, or of several. Raises DataError that names all that cannot be read."""
    return predictions(read, [Path(paths)] if isinstance(paths, str | Path) else map(Path, paths))


def predict_rows(rows: Sequence[Mapping[str, Any]]) -> Array:
    """y^ (k, m) about m rows: the probabilities of FACTS["classes"], or the target in its unit.

    Each is a mapping of the columns FACTS["features"] to numbers or texts; None is a missing cell. Raises KeyError if a
    column is missing, DataError for a cell that cannot be read.
    """
    columns = {name: ["" if row[name] is None else str(row[name]) for row in rows] for name in FACTS["features"]}
    inputs, faults = inputs_of(columns)
    if faults:
        raise DataError("\n".join(f"row {row}: {fault}" for row, fault in sorted(faults.items())))
    return y_hat(inputs)


def read(paths: Iterable[Path], tell: Tell) -> Iterator[Found]:
    """The rows of each table, as inputs; one error for a file that cannot be read."""
    for path in paths:
        try:
            yield rows_at(path, tell)
        except DataError as error:
            yield [(str(path), error)]


def rows_at(path: Path, tell: Tell) -> Found:
    """The inputs (n,) of each row of a CSV file, or what is wrong with it, by `FILE:LINE`. Raises DataError."""
    shown, table = printable(path), read_table(path)
    try:
        columns = table.columns(FACTS["features"])
    except DataError as error:
        raise DataError(f"{shown}: {error}") from error
    inputs, odd = inputs_of(columns)
    lines = list(table.rows)
    faults = table.faults | {lines[place]: fault for place, fault in odd.items()}
    good = [place for place, line in enumerate(lines) if line not in faults]
    for note in filter(None, (table.note, *notes_on({name: [columns[name][i] for i in good] for name in columns}))):
        tell(f"{shown}: {note}")
    rows = {lines[place]: inputs[place] for place in good}
    found: Found = []
    for line in sorted(rows.keys() | faults):
        name = printable(f"{path}:{line}")
        found.append((name, rows[line] if line in rows else DataError(f"{name}: {faults[line]}")))
    return found


def inputs_of(columns: Mapping[str, Sequence[str]]) -> tuple[Array, dict[int, str]]:
    """The inputs, float64 (m, n), of the cells of all columns, and what is wrong with which rows."""
    encoded = {column["name"]: column for column in FACTS.get("encoded", ())}
    inputs: list[list[list[float]]] = []
    faults: defaultdict[int, list[str]] = defaultdict(list)
    for name, cells in columns.items():
        column = encoded.get(name, NUMBER)
        is_number = column["categories"] is None
        values = numbers_of(cells) if is_number else texts_of(cells)
        for row, (cell, value) in enumerate(zip(cells, values, strict=True)):
            if column["fill"] is None if is_missing(cell) else value is None:
                faults[row].append(f"column {short(name)} {'must be a number, ' * is_number}is {as_words(cell)}")
        inputs.append([inputs_of_cell(column, value) for value in values])
    rows = [list(chain.from_iterable(row)) for row in zip(*inputs, strict=True)]
    return np.array(rows, np.float64), {row: "; ".join(found) for row, found in faults.items()}


def inputs_of_cell(column: Mapping[str, Any], value: str | float | None) -> list[float]:
    """The inputs of a cell: of a text 1 for its category, 0 for all others; of a number itself; None is missing."""
    if column["categories"] is not None:
        return [float(value == text) for text in column["categories"]]
    filled = (column["fill"] or 0.0) if value is None else float(value)
    return [filled, float(value is None)] if column["has_missing"] else [filled]


def texts_of(cells: Sequence[str]) -> list[str | float | None]:
    """The texts of a column; a missing cell is a category of its own."""
    return [MISSING if is_missing(cell) else cell.strip() for cell in cells]


def numbers_of(cells: Sequence[str]) -> list[str | float | None]:
    """The numbers of a column; None for another cell. In a column without numbers, yes and no are 1 and 0."""
    numbers = list(map(as_number, cells))
    words = all(value is None for value in numbers)
    return [*map(zero_or_one, cells)] if words else [*numbers]


def notes_on(columns: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """What a user should know of how the good rows are read."""
    words = [name for name, cells in columns.items() if any(zero_or_one(cell) is not None for cell in cells)]
    texts = {column["name"]: column["categories"] for column in FACTS.get("encoded", ())}
    if read_as_numbers := [name for name in words if texts.get(name) is None]:
        yield f"yes and no, or true and false, are read as 1 and 0 in {listed(read_as_numbers)}"
    for name, categories in texts.items():
        found = dict.fromkeys(texts_of(columns[name]))
        if categories is None and MISSING in found:
            yield f"the missing cells of column {short(name)} are filled in with the mean"
        if categories is not None and (unknown := [text for text in found if text not in categories]):
            yield f"column {short(name)} has texts that training did not have: {first_names(map(short, unknown))}"


def main() -> int:
    """The command `python predict.py TABLE.csv`."""
    return run(read, "a table: a CSV file")
