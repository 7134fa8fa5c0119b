"""The form of a trace between its numbers and how they are shown: sections of equations, whose numbers are text.

A number is made text in one place, so that the terminal and the page show the same, and a line is made of the numbers
that the lines above it show. A result has six significant digits; the two factors of a term have seven, because the
rounding of both goes into it. The numbers of a sum end at the same decimal, at least the sixth unless they are large,
and what the sum leaves out is what the terms that it shows leave: so it adds up as it is printed.
"""

from collections.abc import Sequence
from decimal import Decimal
from math import floor, log10
from typing import NamedTuple

from catnet.engine.types import Array
from catnet.text import counted

RESULT, FACTOR = 6, 7  # significant digits
NEAR, MOST_DECIMALS = 0.01, 15  # to 1, and the decimals of a number there
DECIMALS, MOST = 6, 10  # of the numbers of a sum: decimals, if they are not small, and significant digits, if large


class Term(NamedTuple):
    """A term of a sum: `0.25 * 0.5`, what that is, and what it belongs to, such as a pixel."""

    product: str
    value: str
    place: str = ""


class Sum(NamedTuple):
    """A number that is a sum of terms, each on a line of its own."""

    name: str
    terms: tuple[Term, ...]
    value: str
    place: str = ""


class Equation(NamedTuple):
    """Sides that are equal: a name, symbols, the same with numbers, and the value; and a remark."""

    sides: tuple[str, ...]
    remark: str = ""


class Table(NamedTuple):
    """Numbers, some rows of a matrix, with the name of each row and column."""

    corner: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Drawing(NamedTuple):
    """Lines of characters that stand below each other."""

    lines: tuple[str, ...]


Line = str | Sum | Equation | Table | Drawing


class Picture(NamedTuple):
    """Numbers (n,) of layer 1 that a page shows as a picture: bytes as they are, other numbers so that grey is 0."""

    values: Array
    caption: str


Pictured = tuple[str | Picture, ...]  # an equation with pictures in it


class Section(NamedTuple):
    """A step of the network: its equation in symbols, the shapes in it, why it is so, and the lines with numbers.
    `pictured` are equations with pictures, which only a page can show; none for a table.
    """

    title: str
    equation: str
    shapes: str
    why: tuple[str, ...]
    lines: tuple[Line, ...]
    pictured: tuple[Pictured, ...] = ()


def equation(*sides: str, remark: str = "") -> Equation:
    """An equation of these sides; two that are written alike are one."""
    return Equation(tuple(dict.fromkeys(sides)), remark)


def digits(value: float, count: int = RESULT) -> str:
    """A number with so many significant digits; 0 if it is exactly 0."""
    return f"{float(value):#.{count}g}".removesuffix(".") if value else "0"


def share(value: float, count: int = RESULT) -> str:
    """A number that is never beyond 1, such as a probability; near 1 with digits enough for what it lacks."""
    lacking = 1 - abs(float(value))
    if not lacking:
        return exact(value)
    if not 0 < lacking < NEAR:
        return digits(value, count)
    return fixed(value, min(decimals_of([lacking]), MOST_DECIMALS))


def factor(value: float) -> str:
    """A factor of a term: a weight, or an input."""
    return digits(value, FACTOR)


def exact(value: float) -> str:
    """A number that is given: a byte, a cell of a table, a learning rate, a label."""
    return f"{float(value):.10g}"


def decimals_of(values: Sequence[float]) -> int:
    """At how many decimals numbers of a sum end: the sixth, a later one if all are small, an earlier one if large."""
    largest = max((abs(float(value)) for value in values), default=0.0)
    if not largest:
        return DECIMALS
    before = floor(log10(largest)) + 1  # digits before the decimal point; 0 or less if there is a zero behind it
    return DECIMALS - before if before < 0 else max(0, min(DECIMALS, MOST - before))


def fixed(value: float, decimals: int) -> str:
    """A number with so many decimals."""
    text = f"{float(value):.{decimals}f}"
    return text.removeprefix("-") if not Decimal(text) else text


def signed(text: str) -> str:
    """A number after an operator: in brackets if it is negative."""
    return f"({text})" if text.startswith("-") else text


def left_of(total: str, shown: Sequence[str]) -> str:
    """What the numbers shown leave of a total, exactly as they are printed, to its last decimal."""
    left = Decimal(total) - sum(map(Decimal, shown), Decimal(0))
    rounded = round(left, -int(Decimal(total).as_tuple().exponent))
    return f"{rounded if rounded else abs(rounded):f}"


def added(
    name: str, shown: Sequence[Term], total: str, left_out: int = 0, place: str = "", last: tuple[Term, ...] = ()
) -> Sum:
    """A sum of the terms shown, of the rest, if terms are left out, and of a last one, such as a bias."""
    if not left_out:
        return Sum(name, (*shown, *last), total, place)
    rest = left_of(total, [term.value for term in (*shown, *last)])
    return Sum(name, (*shown, Term(f"the rest: {counted(left_out, 'term')}", rest), *last), total, place)
