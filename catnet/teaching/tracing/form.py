"""The form of a trace between its numbers and how they are shown: sections of equations, whose numbers are text.

A number is made text in one place, so that the terminal and the page show the same, and a line is made of the numbers
that the lines above it show. The numbers of a sum end at the same decimal, and what the sum leaves out is what the
terms that it shows leave: so it adds up as it is printed.
"""

from collections.abc import Sequence
from typing import NamedTuple

from catnet.engine.types import Array
from catnet.teaching.tracing.numbers import left_of
from catnet.text import counted


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


def added(
    name: str, shown: Sequence[Term], total: str, left_out: int = 0, place: str = "", last: tuple[Term, ...] = ()
) -> Sum:
    """A sum of the terms shown, of the rest, if terms are left out, and of a last one, such as a bias."""
    if not left_out:
        return Sum(name, (*shown, *last), total, place)
    rest = left_of(total, [term.value for term in (*shown, *last)])
    return Sum(name, (*shown, Term(f"the rest: {counted(left_out, 'term')}", rest), *last), total, place)
