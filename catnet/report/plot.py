"""A pair of axes, and what is drawn in them, as an SVG element of the page.

What is drawn in INK takes the page's colour of text, so that a figure is legible in light and dark. Text stays text, in
the page's font: how wide it is can only be estimated here.
"""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

import numpy as np

from catnet.engine.types import Array
from catnet.text import short

INK = "currentColor"
WIDTH, HEIGHT = 320.0, 218.0  # of a figure, in points of 1/72 inch, as are all lengths
BELOW = 32.0  # the axes: numbers and a label
FONT, TITLE = 9.5, 10.5  # sizes
LINE = 1.6  # the width of a curve
CHARACTER = 0.64  # the width of a digit in a wide font, times its size
LONGEST_LABEL = 48  # characters
STEPS = (1, 2, 2.5, 5, 10)  # between ticks, times a power of ten
WHOLE_STEPS = (1, 2, 5, 10)
MARGIN = 0.05  # of an axis, on both sides of what is drawn
SAME = 1e-13  # of the greatest: values that differ by less are shown as one
TINY, HUGE = 1e-290, 1e300  # beyond which a float has too few digits, or a difference too many


@dataclass(frozen=True)
class Axis:
    """An axis from `low` to `high`, with the ticks (t,) on it."""

    label: str
    low: float
    high: float
    ticks: Array

    def along(self, values: Array) -> Array:
        """How far along it finite values (m,) are, from 0 at `low` to 1 at `high`."""
        return (np.clip(values, -HUGE, HUGE) - self.low) / (self.high - self.low)


def axis(label: str, values: Array, most: int = 8, whole: bool = False) -> Axis:
    """An axis that has room for the finite ones of these values, with ticks at `most` steps, or at `whole` numbers."""
    values = np.clip(values[np.isfinite(values)], -HUGE, HUGE)
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 1.0)
    largest = max(abs(low), abs(high))
    reach = MARGIN * (high - low)
    if high - low <= max(SAME * largest, TINY):
        reach = MARGIN * largest if largest > TINY else 1.0
    low, high = low - reach, high + reach
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(
        each * power for each in (WHOLE_STEPS if whole else STEPS) if each * power * most >= (high - low) * 0.999
    )
    step = max(1.0, step) if whole else step
    return Axis(label, low, high, step * np.arange(math.ceil(low / step), math.floor(high / step) + 1))


def unit_axis(label: str) -> Axis:
    """An axis from 0 to 1."""
    return Axis(label, -0.02, 1.02, np.linspace(0, 1, 6))


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


class Plot:
    """A pair of axes with a title; lines and dots are added to it. `square`: both axes are equally long.

    `legend` has, for each line that it explains, the name, the colour and the dashes.
    """

    def __init__(
        self, title: str, x: Axis, y: Axis, square: bool = False, legend: Sequence[tuple[str, str, str]] = ()
    ) -> None:
        self._x, self._y = x, y
        beside_y, below_x = tick_texts(y.ticks.tolist()), tick_texts(x.ticks.tolist())
        self._left = (22 if y.label else 8) + max(map(estimated_width, beside_y), default=0)
        self._right = WIDTH - 10
        self._top = 36.0 if legend else 24.0
        self._bottom = self._top + self._right - self._left if square else HEIGHT - BELOW
        self._elements = [
            text(self._left, 12, title, size=TITLE, bold=True),
            *legend_of(legend, self._left, 26),
            self._grid(),
            path([self._left, self._left, self._right], [self._top, self._bottom, self._bottom], INK, 0.8),
            *self._tick_labels(beside_y, below_x),
            text((self._left + self._right) / 2, self._bottom + 28, short(x.label, LONGEST_LABEL), anchor="middle"),
            text(10, (self._top + self._bottom) / 2, short(y.label, LONGEST_LABEL), anchor="middle", is_vertical=True),
        ]

    def line(
        self, x: Array, y: Array, colour: str, dashes: str = "", width: float = LINE, opacity: float = 1.0
    ) -> None:
        """Adds a line through the points (x, y), (m,) each and finite."""
        self._elements.append(path(*self._places(x, y), colour, width, dashes, opacity))

    def dots(self, x: Array, y: Array, colour: str, radius: Array | float, opacity: float = 1.0) -> None:
        """Adds a dot at each of the points (x, y), (m,) each and finite."""
        of_dots = np.broadcast_to(radius, len(x)).tolist()
        found = "".join(circle(*place) for place in zip(*self._places(x, y), of_dots, strict=True))
        self._elements.append(f'<g fill="{colour}" fill-opacity="{opacity:.2g}">{found}</g>')

    def svg(self) -> str:
        """The figure."""
        return svg(self._elements, WIDTH, self._bottom + BELOW)

    def _places(self, x: Array, y: Array) -> tuple[list[float], list[float]]:
        across, down = self._right - self._left, self._bottom - self._top
        return (
            (self._left + across * self._x.along(np.asarray(x))).tolist(),
            (self._bottom - down * self._y.along(np.asarray(y))).tolist(),
        )

    def _tick_places(self) -> tuple[list[float], list[float]]:
        """Where the ticks are: from the left, and from the top."""
        across, _ = self._places(self._x.ticks, np.full(len(self._x.ticks), self._y.low))
        _, down = self._places(np.full(len(self._y.ticks), self._x.low), self._y.ticks)
        return across, down

    def _grid(self) -> str:
        """A line across the axes at each tick."""
        across, down = self._tick_places()
        lines = [f"M{at:.2f} {self._bottom:.2f}V{self._top:.2f}" for at in across]
        lines += [f"M{self._left:.2f} {at:.2f}H{self._right:.2f}" for at in down]
        return f'<path d="{"".join(lines)}" stroke="{INK}" stroke-width="0.8" opacity="0.12"/>'

    def _tick_labels(self, beside_y: list[str], below_x: list[str]) -> list[str]:
        """The numbers at the ticks; below the axis not all of them, if they are too wide."""
        across, down = self._tick_places()
        wanted = sum(estimated_width(each) + FONT for each in below_x)
        every = max(1, math.ceil(wanted / (self._right - self._left)))
        below = list(zip(across, below_x, strict=True))[::every]
        return [
            *(text(at, self._bottom + 13, each, anchor="middle") for at, each in below),
            *(text(self._left - 5, at + 3.3, each, anchor="end") for at, each in zip(down, beside_y, strict=True)),
        ]


def svg(elements: Iterable[str], width: float, height: float) -> str:
    """An SVG element of the page, with these elements in it."""
    size = f'width="{width:.1f}pt" height="{height:.1f}pt" viewBox="0 0 {width:.1f} {height:.1f}"'
    return f'<svg aria-hidden="true" {size} font-size="{FONT}" fill="{INK}">{"".join(elements)}</svg>'


def path(
    x: Iterable[float], y: Iterable[float], colour: str, width: float, dashes: str = "", opacity: float = 1.0
) -> str:
    """A line through the points."""
    through = "L".join(f"{a:.2f} {b:.2f}" for a, b in zip(x, y, strict=True))
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    faint = f' opacity="{opacity:.2g}"' if opacity < 1 else ""
    return f'<path d="M{through}" fill="none" stroke="{colour}" stroke-width="{width:g}"{dashed}{faint}/>'


def circle(x: float, y: float, radius: float) -> str:
    """A circle, in the colour of what it is part of."""
    return f'<circle cx="{x:.2f}" cy="{y:.2f}" r="{radius:.2f}"/>'


def text(
    x: float, y: float, content: str, anchor: str = "start", size: float = FONT, bold: bool = False,
    is_vertical: bool = False,
) -> str:  # fmt: skip
    """A text whose start, middle or end is there, upwards if it `is_vertical`. Markup in names is escaped."""
    attributes = "" if size == FONT else f' font-size="{size}"'
    attributes += ' font-weight="bold"' if bold else ""
    attributes += "" if anchor == "start" else f' text-anchor="{anchor}"'
    attributes += f' transform="rotate(-90 {x:.1f} {y:.1f})"' if is_vertical else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{attributes}>{escape(content)}</text>'


def legend_of(entries: Iterable[tuple[str, str, str]], x: float, y: float) -> list[str]:
    """A row from (x, y) on: for each line a stroke like it, and its name."""
    found = []
    for name, colour, dashes in entries:
        found += [path([x, x + 14], [y - 3.3, y - 3.3], colour, LINE, dashes), text(x + 18, y, name)]
        x += 30 + estimated_width(name)
    return found


def estimated_width(content: str) -> float:
    """About how wide a text is; rather too wide."""
    return sum(FONT if unicodedata.east_asian_width(c) in "WF" else CHARACTER * FONT for c in content)
