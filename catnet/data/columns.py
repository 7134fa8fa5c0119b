"""What is remarkable about a table's columns, as notes for the user."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from catnet.data.column_inputs import note_on_words
from catnet.data.csvfile import Table, as_number
from catnet.data.label_lists import SEPARATORS, joined_by_commas
from catnet.data.labelling import Labelling
from catnet.data.listing import Cells, Listing
from catnet.data.omission import Omission
from catnet.data.source import Source
from catnet.data.source_splits import COLUMN, EXPECTED, is_like_split
from catnet.data.tables import words_in
from catnet.engine.types import Array
from catnet.goals import BINARY, REGRESSION
from catnet.text import SPELLING, alike, first_names, folded, joined, listed, printable, told_apart

# The name, in small letters and with blanks between its words, of a column that may number the rows.
IDENTIFIER = re.compile(
    r"(.* )?(id|idx|index|nr|no|num|number|key|uuid|uid|guid|record|order|obs|observation|case|subject|sample|entry|#)"
    r"|i|ix|sno|row ?(id|nr|no|num|number)?|unnamed: .*"
)
LEAVE_OUT = "name it in data.ignore"
LONG_COUNT = 10  # rows, from which a column that counts them does so by no chance
FEWEST_NUMBERS = 6  # so many classes that are numbers may be the target of a regression
FEW_SINGLE = 2  # so many classes at most may be something else, such as a total
DOZENS = 24  # if the other classes have so many examples on average
MANY_NUMBERS = 20  # so many classes that are not whole numbers are one
# What a row that sums up the others is called in English, German, French and Spanish.
TOTALS = (
    "total", "totals", "grand total", "subtotal", "sum", "mean", "average", "median",
    "summe", "gesamt", "gesamtsumme", "zwischensumme", "insgesamt", "mittelwert", "durchschnitt",
    "somme", "moyenne", "suma", "promedio",
)  # fmt: skip
_TOTALS = {f"{case(word)}{end}" for word in TOTALS for case in (str, str.capitalize, str.upper) for end in ("", ":")}


def notes_on_table(
    sources: Mapping[str, Source], labelling: Labelling, listings: Mapping[str, Listing]
) -> Iterator[str]:
    """What the user should know about the columns of the tables that are learned from."""
    yield from notes_on_unused(sources, labelling)
    source, cells = next(iter(sources.values())), next(iter(listings.values())).cells
    if source.table is None:
        return
    path = printable(source.table.path)
    if source.table.is_headless:
        yield f"{path}: the first line, taken as the names of the columns, holds numbers; is the header missing?"
    for group in alike(source.table.header):
        yield f"{path}: the columns {told_apart(group)} have nearly the same name"
    if cells is not None:
        names = labelling.question.features or ()
        yield from (f"{path}: {note}" for note in _notes_on_cells(names, cells))
        yield from (f"{path}: {note}" for note in _notes_on_parts(names, cells))
        yield from (f"{path}: {note}" for note in _notes_on_texts(cells))
        seen: set[str] = set()
        for other, listing in zip(sources.values(), listings.values(), strict=True):
            assert other.table is not None and listing.cells is not None
            if words := [name for name in words_in(other.table, names, listing.cells) if name not in seen]:
                yield note_on_words(printable(other.table.path), words)
            seen.update(words)
    yield from (f"{path}: {note}" for note in _notes_on_classes(source, labelling))


def _notes_on_classes(source: Source, labelling: Labelling) -> Iterator[str]:
    """Which inputs are called as labels are, and which classes may be none."""
    inputs = [name for name in labelling.question.features or () if name in labelling.question.classes]
    if labelling.lists and len(inputs) == 1:
        yield f"column {inputs[0]} is an input, called as a label is; {LEAVE_OUT} if it says the answer"
    elif labelling.lists and inputs:
        called = f"columns {first_names(inputs)} are inputs, called as labels are"
        yield f"{called}; name them in data.ignore if they say the answer"
    if not labelling.columns and (together := joined_by_commas(labelling.question.known)):
        separators = f"{' or '.join(SEPARATORS)}, for goal 2.0"
        yield f"{listed(together)} counts as one class; if it is a list of several, separate them by {separators}"
    by_name = labelling.question.goal != REGRESSION and not labelling.columns
    if by_name and (single := _single(labelling.names(source) or ())):
        has = f"class {printable(single[0])} has" if len(single) == 1 else f"classes {joined(single)} have each"
        yield f"{has} a single row; is it one of the data, and not a total or a heading?"
    if by_name and are_measured(labelling.names(source) or ()):
        chosen = labelling.question.goal == BINARY or not labelling.derived
        without = ", without data.classes" if chosen else ""
        yield (
            f"column {printable(labelling.column)} holds mostly different numbers, and each is a class; "
            f"is regression meant? then {labelling.as_regression}{without}"
        )


def notes_on_totals(table: Table, classes: str | None) -> Iterator[str]:
    """Which rows seem to sum up the others: a cell says so, and no other cell of its column does. `classes` is the
    column of class names, of which `notes_on_table` tells more.
    """
    found = [row for row, cells in enumerate(table.rows) if not _TOTALS.isdisjoint(cells)]
    for place, name in enumerate(table.header):
        rows = [row for row in found if table.rows[row][place] in _TOTALS]
        if len(rows) == 1 and name != classes:
            is_total = f"column {printable(name)} is {table.rows[rows[0]][place]}, as in no other row"
            way = "is this row one of the data? if it sums up the others, remove it"
            yield f"{printable(table.place(rows[0]))}: {is_total}; {way}"


def notes_on_unused(sources: Mapping[str, Source], labelling: Labelling) -> Iterator[str]:
    """Which columns of the tables are neither labels nor inputs."""
    for table, pictures in ((source.table, source.pictures) for source in sources.values()):
        if table is not None and table.numbering:
            yield Omission(f"{printable(table.path)}: {_called(table.numbering)} left out")
        if table is not None and pictures is None and (unused := _unused(table, labelling)):
            yield Omission(f"{printable(table.path)}: {unused}")


def _called(numbering: Sequence[str]) -> str:
    names = joined(name or "without a name" for name in numbering)
    if len(numbering) == 1:
        return f"the first column ({names}) numbers the rows and is"
    return f"the first columns ({names}) number the rows and are"


def _unused(table: Table, labelling: Labelling) -> str | None:
    """Which columns of a table of numbers are neither labels nor features."""
    used = {*(labelling.columns or (labelling.column,)), *(labelling.question.features or ())}
    unused = [name for name in table.columns if name not in used]
    if not unused:
        return None
    return f"column {listed(unused)} is not used" if len(unused) == 1 else f"columns {first_names(unused)} are not used"


def _notes_on_cells(names: Sequence[str], cells: Cells) -> Iterator[str]:
    """Which inputs number the rows, and which have one value only."""
    rows = cells.values
    if len(rows) < 2:
        return
    for name, column in zip(names, rows.T, strict=True):
        if name not in cells.texts and (does := numbering(name, column)):
            yield f"column {printable(name)} {does} and is an input; {LEAVE_OUT} if it says nothing about them"
    constant = (rows == rows[0]).all(axis=0)
    if which := [name for name, is_constant in zip(names, constant, strict=True) if is_constant]:
        has = f"column {listed(which)} has" if len(which) == 1 else f"columns {first_names(which)} have"
        yield f"{has} the same value in every row: nothing can be learned from {'it' if len(which) == 1 else 'them'}"


def _notes_on_parts(names: Sequence[str], cells: Cells) -> Iterator[str]:
    """Which inputs are named as if they said in which split a row is, and have few values."""
    for name, column in zip(names, cells.values.T, strict=True):
        if is_like_split(name) and len(set(column.tolist())) <= MANY_NUMBERS and not (column % 1).any():
            yield (
                f"column {printable(name)} is an input; if it says to which split a row belongs, name it {COLUMN} and "
                f"write {EXPECTED}, or {LEAVE_OUT}"
            )


def _notes_on_texts(cells: Cells) -> Iterator[str]:
    """Which texts of a column are so much alike that they may be meant for one."""
    for name, texts in cells.texts.items():
        for group in alike(texts):
            yield (
                f"the texts {told_apart(group)} of column {printable(name)} differ only in {SPELLING}, and each is a "
                "category; if they are meant for one, write one of them"
            )


def numbering(name: str, column: Array) -> str | None:
    """How a column (m,) seems to number the rows, NaN aside; None if it does not."""
    missing = np.isnan(column)
    from_0 = missing | (column == np.arange(len(column)))
    from_1 = missing | (column == np.arange(1, len(column) + 1))
    column = column[~missing]
    counts = len(column) >= LONG_COUNT and bool(from_0.all() or from_1.all())
    words = folded(re.sub(r"(?<=[a-z])(?=[A-Z])|[_.-]", " ", name))
    if not counts and (not IDENTIFIER.fullmatch(words) or (column % 1).any()):
        return None
    if len(column) < 2:
        return None
    steps = np.diff(column)
    if counts or (steps > 0).all() or (steps < 0).all():
        return "numbers the rows"
    if len(set(column.tolist())) < len(column):
        return "has no name of its own, as one that numbers the rows," if words.startswith("unnamed: ") else None
    return "numbers the rows" if np.ptp(column) == len(column) - 1 else "has another number in every row"


def _single(names: Sequence[str]) -> list[str]:
    """The classes with a single example among others of dozens."""
    counts = Counter(filter(None, names))
    single = sorted(name for name, count in counts.items() if count == 1)
    others = len(counts) - len(single)
    return single if others and len(single) <= FEW_SINGLE and counts.total() >= DOZENS * others else []


def are_measured(names: Sequence[str]) -> bool:
    """Whether the examples' classes are mostly different numbers."""
    values = [as_number(name) for name in dict.fromkeys(names) if name]
    if len(values) < FEWEST_NUMBERS or None in values:
        return False
    whole = all(value is not None and value.is_integer() for value in values)
    return 2 * len(values) > len(names) or (len(values) > MANY_NUMBERS and not whole)
