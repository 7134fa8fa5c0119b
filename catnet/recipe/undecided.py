"""The errors about a question that must be asked for: which column, or which goal, and how to say so."""

from collections.abc import Sequence

from catnet.data.answers import ANSWERS, FEW, likeliest_column
from catnet.data.source import Source
from catnet.errors import CatnetError, DataError, Undecided
from catnet.goals import BINARY, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.recipe.columns import Columns
from catnet.text import are, first_names, folded, listed, printable

Way = tuple[str | None, Sequence[str]]


def are_codes(columns: Columns, name: str) -> bool:
    """Whether a column has so few numbers, from 0 or 1, that they are as likely to be classes."""
    few = columns.few_numbers(name)
    return len(few) <= FEW and few[:1] in (("0",), ("1",)) and int(few[-1]) - int(few[0]) == len(few) - 1


def class_or_number(source: Source, columns: Columns, name: str) -> Undecided:
    """The error about a column of few numbers, each of which may be a class."""
    holds = f"column {printable(name)} holds only {listed(columns.few_numbers(name))}"
    which = f"{holds}; is each a class, or is the number to be predicted?"
    return Undecided(f"{printable(source.path)}: {which}", *_ways_of_numbers(columns, (name,)))


def which_target(source: Source, columns: Columns) -> CatnetError:
    """The error about a regression whose target is not named."""
    path = printable(source.path)
    if source.table is None:
        return DataError(f"{path}: has no metadata.csv with a column of numbers to predict")
    numbers = columns.numbers or columns.binary
    if not numbers:
        return DataError(f"{path}: has no column of numbers to predict; {there_are(source.columns)}")
    best = likeliest_column(columns.likely(numbers) or numbers)
    return Undecided(f"{path}: which column is to be predicted? {there_are(numbers)}", (REGRESSION, [best]))


def which_column(source: Source, goal: str | None, columns: Columns) -> CatnetError:
    """The error about columns of which none says that it is the answer. Those that are called as answers are come
    first.
    """
    path, there = printable(source.path), there_are(source.columns)
    classes = columns.likely((goal == MULTI_LABEL and columns.lists) or columns.classes)
    binary = columns.binary
    numbers = columns.likely(columns.numbers) or (() if binary or classes else columns.numbers)
    ways: list[Way] = _ways_of_numbers(columns, numbers) if numbers and goal is None else []
    if classes:
        ways.append((goal, [likeliest_column(classes)]))
    if binary and goal in (BINARY, None):
        ways.append((goal, [likeliest_column(binary)]))
    elif binary:
        ways.append((goal, binary))
    if goal == MULTI_CLASS and not ways and numbers:
        ways.append((goal, [likeliest_column(numbers)]))
    ways.sort(key=lambda way: folded(way[1][0]) not in ANSWERS)
    if not ways and not numbers:
        return DataError(f"{path}: has the same value in every row of each column: there is nothing to learn; {there}")
    if not ways:
        best = likeliest_column(numbers)
        return Undecided(f"{path}: has no column of 0 and 1; {there}", (REGRESSION, [best]))
    if goal is None:
        which = "which column is" if classes else "has only numbers; which is"
        return Undecided(f"{path}: {which} to be predicted? {there}", *ways)
    if not classes and binary:
        which = f"which columns of 0 and 1 are to be learned for goal {goal}? {there_are(binary)}"
        return Undecided(f"{path}: {which}", *ways)
    return Undecided(f"{path}: which column is to be learned for goal {goal}? {there}", *ways)


def _ways_of_numbers(columns: Columns, numbers: Sequence[str]) -> list[Way]:
    """How to ask for the column of numbers that is the likeliest to be the answer."""
    best = likeliest_column(numbers)
    codes: list[Way] = [(MULTI_CLASS, [best])] if are_codes(columns, best) else []
    return [*codes, (REGRESSION, [best])]


def there_are(names: Sequence[str]) -> str:
    """there is a; there are a, b"""
    return f"there {are(len(names))} {first_names(names)}"
