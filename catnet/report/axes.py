"""The axes of a figure: from where to where, and the ticks on them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from catnet.engine.types import Array

STEPS = (1, 2, 2.5, 5, 10)  # between ticks, times a power of ten
WHOLE_STEPS = (1, 2, 5, 10)
MARGIN = 0.05  # of an axis, on both sides of what is drawn
SAME = 1e-13  # of the greatest: values that differ by less are shown as one
TINY, HUGE = 1e-290, 1e308  # beyond which a float has too few digits, or the ends of an axis overflow
MOST_TICKS = 6  # of a logarithmic axis


@dataclass(frozen=True)
class Axis:
    """An axis from `low` to `high`, with the ticks (t,) on it, and what is written beside them if it is not their
    values: `named` if these are names, of which none tells where its neighbours are.
    """

    label: str
    low: float
    high: float
    ticks: Array
    texts: tuple[str, ...] = ()
    named: bool = False

    @property
    def tick_texts(self) -> list[str]:
        """What is written beside the ticks."""
        return list(self.texts) or tick_texts(self.ticks.tolist())

    def along(self, values: Array) -> Array:
        """How far along it finite values (m,) are, from 0 at `low` to 1 at `high`."""
        low, high = self.low / 4, self.high / 4  # their difference does not overflow
        return (np.clip(values, -HUGE, HUGE) / 4 - low) / (high - low)


def axis(label: str, values: Array, most: int = 8, whole: bool = False) -> Axis:
    """An axis that has room for the finite ones of these values, with ticks at `most` steps, or at `whole` numbers."""
    values = np.clip(values[np.isfinite(values)], -HUGE, HUGE)
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    largest = max(abs(low), abs(high))
    reach = MARGIN * high - MARGIN * low
    if high - low <= max(SAME * largest, TINY):
        reach = MARGIN * largest if largest > TINY else 1.0
    low, high = low - reach, high + reach
    least = high / most - low / most
    power = 10.0 ** math.floor(math.log10(least))
    step = next(each * power for each in (WHOLE_STEPS if whole else STEPS) if each * power >= least * 0.999)
    step = max(1.0, step) if whole else step
    return Axis(label, low, high, step * np.arange(math.ceil(low / step), math.floor(high / step) + 1))


def unit_axis(label: str) -> Axis:
    """An axis from 0 to 1."""
    return Axis(label, -0.02, 1.02, np.linspace(0, 1, 6))


def doubling_axis(label: str, counts: Array) -> Axis:
    """An axis of log2, on which each doubling is as long, with a tick at each of these ascending counts (t,)."""
    places = np.log2(counts)
    reach = MARGIN * float(places[-1] - places[0]) or 1.0
    return Axis(label, float(places[0]) - reach, float(places[-1]) + reach, places, tuple(map(str, counts.tolist())))


def log_axis(label: str, values: Array) -> Axis:
    """An axis of log10 that has room for these finite values above 0, with ticks at 1, 2 and 5 times a power of ten."""
    found = axis(label, np.log10(values))
    powers = np.arange(math.floor(found.low), math.ceil(found.high) + 1)
    for steps in ([1, 2, 5], [1, 3], [1]):
        numbers = np.sort(np.outer(10.0**powers, steps).ravel())
        ticks = numbers[(np.log10(numbers) >= found.low) & (np.log10(numbers) <= found.high)]
        if len(ticks) <= MOST_TICKS:
            break
    if len(ticks) < 2:  # between two such numbers
        ticks = axis(label, values).ticks
        ticks = ticks[(ticks >= 10**found.low) & (ticks <= 10**found.high)]  # whose margins are others
    return Axis(label, found.low, found.high, np.log10(ticks), tuple(f"{tick:g}" for tick in ticks))


def tick_texts(values: Sequence[float]) -> list[str]:
    """The ticks of an axis, each as its whole number with the digits that tell it from the next: 0.25, 250000, 1.5e12.

    There is no offset, and no factor at the end of the axis.
    """
    largest = max(map(abs, values), default=0)
    step = min((abs(b - a) for a, b in pairwise(values)), default=largest)
    exponent = 0 if 1e-3 <= largest < 1e7 or not largest else math.floor(math.log10(largest))
    power = f"e{exponent}" if exponent else ""
    for digits in range(16):
        texts = [f"{v / 10.0**exponent:.{digits}f}{power}" for v in values]
        if all(abs(float(text) - v) <= step / 1000 for text, v in zip(texts, values, strict=True)):
            break
    return [text if float(text) else text.removesuffix(power).lstrip("-") for text in texts]
