"""The columns of a table by what they hold: which may be answers, and which can be no inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from catnet.data.answers import ANSWERS, MOST_CLASSES
from catnet.data.cells import is_missing, yes_and_no
from catnet.data.columns import numbering
from catnet.data.csvfile import Table, as_number
from catnet.data.faults import Kind
from catnet.data.input_columns import MOST_TEXTS, why_no_input
from catnet.data.label_lists import lists_of, parts_of, separators_in
from catnet.data.tables import column_of_numbers
from catnet.engine.types import Array
from catnet.text import folded, short


@dataclass(frozen=True)
class Columns:
    """The columns of a table by what they hold: 0 and 1 (or yes and no), other numbers, one number only (such as 0),
    words, or lists of words. `classes` are the columns of words, and of lists, of which each may be an answer.
    `complete` are those with a number in every row, float64 (m,).
    """

    binary: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    constant: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    table: Table | None = None
    complete: Mapping[str, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table | None) -> "Columns":
        """The columns; of no table there are none."""
        found: dict[str, list[str]] = {"binary": [], "numbers": [], "constant": [], "words": [], "lists": []}
        if table is None:
            return cls()
        complete = {}
        for name in table.columns:
            values = column_of_numbers(table, name)
            if not np.isnan(values).any():
                complete[name] = values
            found[_kind(table, name, complete.get(name))].append(name)
        classes = [name for name in found["words"] if 1 < len(values_of(table, name)) <= MOST_TEXTS]
        classes = [name for name in table.columns if name in {*classes, *found["lists"]}]
        kinds = {kind: tuple(names) for kind, names in found.items()}
        return cls(**kinds, table=table, classes=tuple(classes), complete=complete)

    @property
    def answer(self) -> tuple[str, str] | None:
        """The column that is taken for the answer, and why; None if there is none, or if several may be it.

        That is the only one of words or lists that is called as answers are, or else the only one that there is.
        """
        named = [name for name in (*self.classes, *self.binary, *self.numbers) if folded(name) in ANSWERS]
        if len(named) == 1 and named[0] in self.classes:
            return named[0], "is called as answers often are"
        if not named and len(self.words) + len(self.lists) == 1 == len(self.classes):
            return self.classes[0], "is the only column of words"
        return None

    def likely(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the columns that may well be answers: no dates, no numbers with units, no numbers of the rows."""
        table, complete = self.table, self.complete
        others = (name for name in names if table is not None and name not in complete and why_no_input(table, name))
        odd = {*others, *filter(self.why_a_counter, names)}
        return tuple(name for name in names if name not in odd)

    def few_numbers(self, name: str) -> tuple[str, ...]:
        """The different numbers of a column, ascending, if they may well be classes: whole, at most MOST_CLASSES, and
        each twice on average; else none.
        """
        values = np.unique(self.complete.get(name, np.array([])))
        few = 1 < len(values) <= min(MOST_CLASSES, len(self.complete[name]) // 2)
        return tuple(f"{value:.0f}" for value in values) if few and not (values % 1).any() else ()

    def why_a_counter(self, name: str) -> Kind | None:
        """Why a column says nothing about other rows, because it numbers them; None if it does not."""
        does = numbering(name, self.complete[name]) if name in self.complete else None
        return None if does is None else Kind(f"column {short(name)} {does}")

    def values_of(self, name: str) -> list[str]:
        """The different texts of a column, sorted; of a column of lists, the labels in them. Missing cells are none.

        Raises DataError as `lists_of`.
        """
        assert self.table is not None
        return values_of(self.table, name)


def _kind(table: Table, name: str, complete: Array | None) -> str:
    """The kind of a column: the name of a field of `Columns`. `complete` is as there."""
    if complete is None:
        cells = {cell.strip() for cell in set(table.column(name)) if not is_missing(cell)}
        if yes_and_no(cells) is not None:
            return "binary"
        values = {as_number(cell) for cell in cells}
        if None in values or not values:
            return "lists" if _holds_lists(table, name) else "words"
    else:
        values = set(complete.tolist())
    if values == {0, 1}:
        return "binary"
    return "numbers" if len(values) > 1 else "constant"


def _holds_lists(table: Table, name: str) -> bool:
    """Whether a column of words has lists of few labels, such as cat;lion, that come again in other rows; also if some
    are separated in another way, which `lists_of` refuses.
    """
    cells = table.column(name)
    if not separators_in(set(cells)):
        return False
    labels = [label for cell in cells for label in map(str.strip, parts_of(cell)) if label]
    return 2 * len(set(labels)) <= len(labels) and len(set(labels)) <= MOST_TEXTS


def values_of(table: Table, name: str) -> list[str]:
    """As `Columns.values_of`."""
    if _holds_lists(table, name):
        return sorted({label for of_row in lists_of(table, name) for label in of_row})
    return sorted({cell.strip() for cell in set(table.column(name)) if not is_missing(cell)})
