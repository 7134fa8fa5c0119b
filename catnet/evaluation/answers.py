"""Answers as a CSV file, beside all columns of the table, or the names of the pictures, that were asked about."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from catnet.data.csvfile import Raw, Table, read_raw, table_in
from catnet.data.separators import BAR, COMMA, SEMICOLON
from catnet.errors import DataError
from catnet.evaluation.predict import Answered
from catnet.files import FILE_NAME
from catnet.model import Model
from catnet.runs.directory import inert
from catnet.text import printable

ERROR = "error"  # the last column, if there is something to say in it
PICTURES = Raw((FILE_NAME,), [], [], COMMA, "\n", has_mark=False)


@dataclass(frozen=True)
class Sheet:
    """The columns that the answers are written beside, in the way of the file that they come from, and its `table`, if
    it is one.
    """

    raw: Raw
    table: Table | None = None

    @classmethod
    def of_table(cls, path: Path) -> "Sheet":
        """All columns of a table, or of a list of pictures, in its way. Raises DataError if it cannot be read."""
        raw = read_raw(path)
        return cls(raw, table_in(path, raw))

    @property
    def decimal_commas(self) -> bool:
        """Whether numbers are written with decimal commas."""
        return self.table is not None and bool(self.table.decimal_commas)

    @classmethod
    def of_pictures(cls, answers: Iterable[Answered] = ()) -> "Sheet":
        """The column `file_name`."""
        return cls(replace(PICTURES, rows=[(str(inert(name)),) for name, _ in answers]))

    def headers(self, model: Model) -> tuple[bytes, bytes]:
        """The first line of a file of the model's answers: without, and with a column for errors."""
        header = self._header(model)
        return self._written([header[:-1]]), self._written([header])

    def with_answers(self, model: Model, answers: Sequence[Answered]) -> bytes:
        """The file: a row for each answer, which stand in the order of the rows.

        Answers are a prediction, and for classes the probability of each. If a row has none, its cells are empty, and
        the last column says why. Cells beyond the header are left out.
        """
        header = self._header(model)
        wide, answered = len(self.raw.header), len(header) - len(self.raw.header) - 1
        failed = any(isinstance(answer, DataError) for _, answer in answers)
        rows = [header]
        for cells, (name, answer) in zip(self.raw.rows, answers, strict=True):
            padded = [*cells[:wide], *[""] * (wide - len(cells))]
            if isinstance(answer, DataError):
                reason = str(answer).removeprefix(f"{printable(name)}: ")
                rows.append([*padded, *[""] * answered, str(inert(reason))])
                continue
            said = [answer.answer, *(answer.probabilities[label] for label in model.question.classes)]
            rows.append([*padded, *map(self._cell, said), ""])
        return self._written(rows if failed else [row[:-1] for row in rows])

    def _header(self, model: Model) -> list[str]:
        """The names of all columns; those of the answers are others than those that are there."""
        question, header = model.question, list(self.raw.header)
        classes = [f"probability {label}" for label in question.classes]
        for name in ("prediction" if classes else f"predicted {question.target}", *classes, ERROR):
            free, number = name, 1
            while free in header:
                number += 1
                free = f"{name} {number}"
            header.append(free)
        return header

    def _cell(self, value: str | list[str] | float) -> str:
        """A class; several of them, separated by another mark than the cells; or a number with all its digits. A text
        is none that a spreadsheet would take for a formula.
        """
        if isinstance(value, float):
            return repr(value).replace(".", ",") if self.decimal_commas else repr(value)
        mark = BAR if self.raw.separator == SEMICOLON else SEMICOLON
        return str(inert(value if isinstance(value, str) else mark.join(value)))

    def _written(self, rows: Iterable[Sequence[str]]) -> bytes:
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=self.raw.separator, lineterminator=self.raw.newline).writerows(rows)
        return file.getvalue().encode("utf-8-sig" if self.raw.has_mark else "utf-8", "backslashreplace")
