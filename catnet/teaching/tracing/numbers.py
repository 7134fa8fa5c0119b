"""Numbers as a trace writes them: with as many digits as the numbers that they are made of leave right.

What is computed of printed numbers carries their rounding. So a result ends at the last digit that this rounding, and
that of the engine, may change by little more than one: whoever computes it again finds what is printed, but for one or
two units of its last digit. The engine's result itself is never changed, only rounded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10

import numpy as np

from catnet.engine.types import Array

RESULT, FACTOR = 6, 7  # significant digits, at most, of a result, and of what is a factor later
NEAR, MOST_DECIMALS = 0.01, 15  # to 1, and the decimals of a number there
PLAIN = 12  # decimals up to which a number of a sum is written without an exponent
ROOM = 1.25  # units of its last digit by which the numbers that a result is made of may be off
NONE_LEFT = 99  # decimals that no number has


@dataclass(frozen=True)
class Rounded:
    """A number, and by how much it may be off because it, or what it is computed of, was rounded."""

    value: float
    off: float = 0.0

    def __add__(self, other: "Rounded") -> "Rounded":
        return Rounded(self.value + other.value, self.off + other.off)

    def __sub__(self, other: "Rounded") -> "Rounded":
        return Rounded(self.value - other.value, self.off + other.off)

    def __mul__(self, other: "Rounded") -> "Rounded":
        return Rounded(self.value * other.value, abs(self.value) * other.off + abs(other.value) * self.off)

    def __truediv__(self, other: "Rounded") -> "Rounded":
        value = self.value / other.value
        return Rounded(value, (self.off + abs(value) * other.off) / abs(other.value))


ONE = Rounded(1.0)


def read(text: str) -> Rounded:
    """A printed number: off by half a unit of its last digit, or exact if it is whole."""
    mantissa, _, exponent = text.partition("e")
    if "." not in mantissa and not exponent:
        return Rounded(float(text))
    return Rounded(float(text), 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2])))


def places(off: float) -> int:
    """The last decimal of a result that may be off by so much."""
    return floor(log10(ROOM / off)) if off else NONE_LEFT


def spacing(value: float, dtype: np.dtype) -> float:
    """How far a number of the engine is from the next one that its precision has."""
    return float(np.spacing(np.asarray(abs(value), dtype)))


def result(value: float, off: float, count: int = RESULT, share: bool = False) -> str:
    """A result that may be off by so much, with so many significant digits at most. A `share`, such as a probability,
    is never beyond 1, and near 1 it has digits for what it lacks.
    """
    value = float(value)
    if not value:
        return "0"
    if share and abs(value) == 1:
        return digits(value, max(1, min(FACTOR, 1 + places(off))))
    lacking = 1 - abs(value)
    size = lacking if share and 0 < lacking < NEAR else abs(value)
    decimals = min(places(off), last_digit(size, count))
    decimals = min(decimals, MOST_DECIMALS) if size == lacking else decimals
    left = last_digit(abs(value), 0)
    return digits(value, decimals - left) if decimals > left else at(value, decimals)


def like(value: float, text: str) -> str:
    """A number that is the same as another, with the digits of that."""
    found = result(value, read(text).off, FACTOR)
    return text if float(found) == float(text) else found


def last_digit(size: float, count: int) -> int:
    """The decimal at which a number of this size has so many significant digits."""
    return count - 1 - floor(log10(size))


def digits(value: float, count: int = RESULT) -> str:
    """A number with so many significant digits; 0 if it is exactly 0."""
    if not value:
        return "0"
    text = f"{float(value):#.{count}g}".replace(".e", "e")
    return f"{float(value):.{count - 1}e}" if text.endswith(".") and abs(value) >= 10 else text.removesuffix(".")


def parameter(value: float) -> str:
    """A weight: it is given, and has a digit more than what it is multiplied by."""
    return digits(value, FACTOR + 1)


def factor(value: float) -> str:
    """A factor of a term, such as an input."""
    return digits(value, FACTOR)


def exact(value: float) -> str:
    """A number that is given: a byte, a cell of a table, a learning rate, a label."""
    return f"{float(value):.10g}"


def decimals_of(values: Iterable[float], off: float = 0.0) -> int:
    """At how many decimals numbers of a sum end: at the last significant digit of the largest, or, if one of them may
    be `off` by so much, earlier.
    """
    largest = max((abs(float(value)) for value in values), default=0.0)
    return min(places(off), last_digit(largest, FACTOR) if largest else FACTOR - 1)


def at(value: float, decimals: int) -> str:
    """A number that ends at this decimal: with an exponent if that is before the point, or far behind it."""
    number = round(Decimal(float(value)), decimals)
    if 0 < decimals <= PLAIN:
        return f"{number if number else abs(number):f}"
    if not number:
        return "0"
    mantissa, _, exponent = f"{number:e}".partition("e")
    return f"{mantissa}e{int(exponent):+03d}"


def signed(text: str) -> str:
    """A number after an operator: in brackets if it is negative."""
    return f"({text})" if text.startswith("-") else text


def left_of(total: str, shown: Sequence[str]) -> str:
    """What the numbers shown leave of a total, exactly as they are printed, to its last decimal."""
    left = Decimal(total) - sum(map(Decimal, shown), Decimal(0))
    return at(float(left), -int(Decimal(total).as_tuple().exponent))


def sum_of_squares(values: Array) -> float:
    """The sum of the squares, in float64."""
    return float(np.sum(values.astype(np.float64) ** 2))
