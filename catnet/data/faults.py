"""What is wrong with which examples: all of it is gathered, then either named in one error or left out."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from catnet.data.csvfile import Table
from catnet.data.dataset import Skipped
from catnet.errors import DataError
from catnet.text import counted, printable

SHOWN = 20
ONE_BY_ONE = 3  # so many rows of a table with the same kind of fault are named each by its line


class Kind(NamedTuple):
    """A kind of fault that many rows of a table may have: `column cat has yes and no` and `write 1 and 0`.

    One of a column is told once for it, even if few rows have it; so is what no file is to blame for.
    """

    what: str
    fix: str = ""
    of_column: bool = False

    @property
    def in_brief(self) -> str:
        """What is wrong, without what differs from picture to picture: `is damaged`, `column age is empty`."""
        return self.what if self.what.startswith("column ") else self.what.partition(": ")[0]


class Faults:
    """What is wrong with which of the `total` examples: pictures, or rows of tables. An example may have several."""

    def __init__(self, total: int = 0, noun: str = "row") -> None:
        self._reasons: defaultdict[str, list[tuple[str, Kind]]] = defaultdict(list)
        self._rows_of: Counter[str] = Counter()
        self._words: dict[str, tuple[str, str, str]] = {}
        self._total, self._noun = total, noun

    def add(self, place: object, reason: str, kind: Kind | None = None) -> None:
        """Adds what is wrong with an example, by its file or `FILE:LINE`. Rows of one kind may be told together."""
        self._reasons[printable(place)].append((reason, kind or Kind(reason)))

    def add_rows(self, table: Table) -> None:
        """Adds the bad rows of a table, all of whose rows count."""
        for place, reason in table.bad:
            what, _, fix = reason.partition("; ")
            self.add(place, reason, Kind(what, fix))
        self._noun = table.words[0]
        for file, rows in table.rows_by_file.items():
            self._rows_of[printable(file)] += rows
            self._words[printable(file)] = table.words
            self._total += rows

    @property
    def found(self) -> tuple[Skipped, ...]:
        """The bad examples, each once. The files keep their order; the rows of a file are in its order, whatever was
        found wrong with them first.
        """
        first: dict[str, int] = {}
        for name in self._reasons:
            first.setdefault(file_and_line(name)[0], len(first))
        names = sorted(self._reasons, key=lambda name: (first[file_and_line(name)[0]], file_and_line(name)[1]))
        return tuple(
            Skipped(name, "; ".join(reason for reason, _ in self._reasons[name]), self._reasons[name][0][1].in_brief)
            for name in names
        )

    def settle(self, path: Path, bad: str) -> None:
        """Raises DataError that lists the faults, unless there are none or `bad` is skip."""
        if not self._reasons or bad == "skip":
            return
        faults = counted(sum(map(len, self._reasons.values())), "fault")
        count = f"{faults} in {len(self._reasons)} of {counted(self._total, self._noun)}"
        fix = "fix or remove what is named, or set data.bad_images: skip"
        raise DataError("\n".join([f"{printable(path)}: {count}; {fix}", *first_of(self._lines())]))

    def _lines(self) -> list[str]:
        """A line for each fault, or for all faults of a kind in the rows of a file."""
        of_kind: defaultdict[tuple[str, Kind], list[int]] = defaultdict(list)
        alone: defaultdict[str, list[str]] = defaultdict(list)  # the files with a fault, by what it is
        for bad in self.found:
            file, line = file_and_line(bad.name)
            for _, kind in self._reasons[bad.name]:
                of_kind[file, kind].append(line)
                if not line:
                    alone[kind.what].append(file)
        said: dict[str, None] = {}
        for bad in self.found:
            file, line = file_and_line(bad.name)
            for reason, kind in self._reasons[bad.name]:
                lines = of_kind[file, kind]
                if line and (kind.of_column or len(lines) > ONE_BY_ONE):
                    said[self._summary(file, kind, lines)] = None
                elif not line and kind.of_column and len(files := alone[kind.what]) > 1:
                    said[f"{files[0]} and {len(files) - 1} more: {reason}"] = None
                else:
                    said[f"{bad.name}: {reason}"] = None
        return list(said)

    def _summary(self, file: str, kind: Kind, lines: list[int]) -> str:
        """`t.csv: column age is empty in 177 of 891 rows (lines 7, 19, 21, ...); fill them in`"""
        where = in_rows(lines, self._rows_of[file], self._words.get(file, Table.words))
        return f"{file}: {kind.what} {where}" + (f"; {kind.fix}" if kind.fix else "")


def in_rows(lines: Sequence[int], rows: int, words: tuple[str, str, str] = Table.words) -> str:
    """`in 177 of 891 rows (lines 7, 19, 21, ...)`, of a file with so many rows; 0 if that is not known"""
    row, line, more = words
    where = f"in {len(lines)} of {counted(rows, row)}" if rows else f"in {counted(len(lines), row)}"
    if len(lines) >= rows:
        return where
    first = ", ".join(map(str, lines[:ONE_BY_ONE])) + (", ..." if len(lines) > ONE_BY_ONE else "")
    return f"{where} ({line if len(lines) == 1 else more} {first})"


def first_of(lines: list[str]) -> list[str]:
    """The first lines, and how many more there are."""
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], f"... and {more} more"] if more > 0 else lines


def file_and_line(place: str) -> tuple[str, int]:
    """The two parts of `FILE:LINE`; line 0 if it is a file alone."""
    file, _, line = place.rpartition(":")
    return (file, int(line)) if file and line.isascii() and line.isdigit() else (place, 0)
