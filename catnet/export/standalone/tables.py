"""Tables: the inputs that the cells of each row make.

    python predict.py table.csv
    python predict.py table.csv --json

    from predict import predict, predict_rows
    predict('table.csv')[0].answer

It needs Python 3.11 and NumPy 2.0, or later ones. It reads rows, computes and says what `catnet predict` does, by the
same functions. What is no simple table it refuses in fewer words.

To read it, start at `y_hat`: the network comes first, then how cells become inputs, then the words of an
answer, then CSV files and the command. The numbers are at the end.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from catnet.data.column_inputs import inputs_of, note_on_words, notes_on_cells
from catnet.errors import DataError
from catnet.evaluation.prediction import Prediction
from catnet.export.standalone.cells import cells_of, columns_with_words, input_columns
from catnet.export.standalone.command import run
from catnet.export.standalone.csv_rows import read_table
from catnet.export.standalone.stored import FACTS
from catnet.export.standalone.words import Found, Tell, predictions
from catnet.text import printable


def predict(paths: str | Path | Iterable[str | Path]) -> list[Prediction]:
    """The answers about the rows of a CSV file, or of several. Raises DataError that names all that cannot be read."""
    return predictions(read, [Path(paths)] if isinstance(paths, str | Path) else map(Path, paths))


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
    cells, odd = cells_of(columns)
    lines = list(table.rows)
    faults = table.faults | {lines[place]: fault for place, fault in odd.items()}
    good = [place for place, line in enumerate(lines) if line not in faults]
    cells = cells.take(np.array(good, np.intp))
    if table.note:
        tell(f"{shown}: {table.note}")
    if words := columns_with_words(columns):
        tell(note_on_words(shown, words))
    for note in notes_on_cells(input_columns(), cells, shown):
        tell(note)
    rows = dict(zip((lines[place] for place in good), inputs_of(input_columns(), cells), strict=True))
    found: Found = []
    for line in sorted(rows.keys() | faults):
        name = printable(f"{path}:{line}")
        found.append((name, rows[line] if line in rows else DataError(f"{name}: {faults[line]}")))
    return found


def main() -> int:
    """The command `python predict.py TABLE.csv`."""
    return run(read, "a table: a CSV file")
