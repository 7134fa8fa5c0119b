"""A pair of axes, and what is drawn in them, as an SVG element of the page.

What is drawn in INK takes the page's colour of text, so that a figure is legible in light and dark. Text stays text, in
the page's font: how wide it is can only be estimated here.
"""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from catnet.engine.types import Array
from catnet.report.axes import Axis
from catnet.text import short

INK = "currentColor"
WIDTH, HEIGHT = 320.0, 218.0  # of a figure, in points of 1/72 inch, as are all lengths
BELOW = 32.0  # the axes: numbers and a label
FONT, TITLE = 9.5, 10.5  # sizes
LINE = 1.6  # the width of a curve
DOT = 1.9  # the radius of a dot on a curve
ROW = 14.0  # from a row of the legend to the next
LOWEST = 130.0  # the axes: with more rows in the legend the figure grows
NARROW, WIDE = frozenset(" !'(),-./:;I[]fijlrt|"), frozenset("%@MWmw…")
SLANT = math.radians(40)  # of names below the axis that are too wide
LONGEST_LABEL = 48  # characters


@dataclass(frozen=True)
class Stroke:
    """A line as the legend explains it: its name, its look, and whether it has dots."""

    name: str
    colour: str
    dashes: str
    has_dots: bool = False


class Plot:
    """A pair of axes with a title; lines and dots are added to it. `square`: both axes are equally long."""

    def __init__(self, title: str, x: Axis, y: Axis, square: bool = False, legend: Sequence[Stroke] = ()) -> None:
        self._x, self._y = x, y
        beside_y, below_x = y.tick_texts, x.tick_texts
        self._left = (22 if y.label else 8) + max(map(estimated_width, beside_y), default=0)
        self._right = WIDTH - 10
        self._is_slanted = x.named and too_wide(below_x, self._right - self._left)
        widths = list(map(estimated_width, below_x)) if self._is_slanted else [0.0]
        self._left = max(self._left, widths[0] * math.cos(SLANT))
        self._below = BELOW + max(widths) * math.sin(SLANT)
        explained, rows = legend_of(legend, self._left, 26)
        self._top = 22.0 + ROW * rows if rows else 24.0
        across = self._right - self._left
        down = across if square else max(HEIGHT - BELOW - self._top, LOWEST)
        self._bottom = self._top + down
        self._elements = [
            text(self._left, 12, title, size=TITLE, bold=True),
            *explained,
            self._grid(),
            path([self._left, self._left, self._right], [self._top, self._bottom, self._bottom], INK, 0.8),
            *self._tick_labels(beside_y, below_x),
            text(
                (self._left + self._right) / 2, self._bottom + self._below - 4, fitted(x.label, across), anchor="middle"
            ),
            text(10, (self._top + self._bottom) / 2, fitted(y.label, down), anchor="middle", turned=90),
        ]

    def line(
        self, x: Array, y: Array, colour: str, dashes: str = "", width: float = LINE, opacity: float = 1.0
    ) -> None:
        """Adds a line through the points (x, y), (m,) each and finite."""
        self._elements.append(path(self._across(x), self._down(y), colour, width, dashes, opacity))

    def dots(self, x: Array, y: Array, colour: str, radius: Array | float, opacity: float = 1.0) -> None:
        """Adds a dot at each of the points (x, y), (m,) each and finite."""
        dots = zip(self._across(x), self._down(y), np.broadcast_to(radius, len(x)).tolist(), strict=True)
        found = "".join(circle(*dot) for dot in dots)
        self._elements.append(f'<g fill="{colour}" fill-opacity="{opacity:.2g}">{found}</g>')

    def segments(self, ends: Array, colour: str, width: float, opacity: float) -> None:
        """Adds pieces of lines, (pieces, 2, 2): of both ends of each x and y."""
        x, y = self._across(ends[..., 0].ravel()), self._down(ends[..., 1].ravel())
        through = "".join(f"M{x[i]:.1f} {y[i]:.1f}L{x[i + 1]:.1f} {y[i + 1]:.1f}" for i in range(0, len(x), 2))
        drawn = f'stroke="{colour}" stroke-width="{width:g}" opacity="{opacity:.2g}"'
        self._elements.append(f'<path d="{through}" {drawn}/>')

    def background(self, uri: str, rows: int, columns: int) -> None:
        """Adds a picture of so many pixels within the axes: the middles of its outer pixels lie on their ends."""
        place = f'x="{self._left:.1f}" y="{self._top:.1f}" width="{self._right - self._left:.1f}"'
        place += f' height="{self._bottom - self._top:.1f}" viewBox="0.5 0.5 {columns - 1} {rows - 1}"'
        picture = f'<image href="{uri}" width="{columns}" height="{rows}" preserveAspectRatio="none"/>'
        self._elements.append(f'<svg {place} preserveAspectRatio="none">{picture}</svg>')

    def note(self, x: float, y: float, content: str, above: float = 0.0, bold: bool = False) -> None:
        """Adds a text whose middle is at a point, or so far above it, legible over what is drawn there."""
        (across,), (down,) = self._across(np.array([x])), self._down(np.array([y]))
        half = estimated_width(content) / 2
        across = min(max(across, self._left + half), self._right - half)
        written = text(across, down + 3 - above, content, anchor="middle", bold=bold)
        halo = "paint-order:stroke;stroke:var(--paper);stroke-width:2.5px"
        self._elements.append(f'<g style="{halo}">{written}</g>')

    def svg(self) -> str:
        """The figure."""
        return svg(self._elements, WIDTH, self._bottom + self._below)

    def _across(self, x: Array) -> list[float]:
        """How far from the left these values of x are."""
        places: list[float] = (self._left + (self._right - self._left) * self._x.along(np.asarray(x))).tolist()
        return places

    def _down(self, y: Array) -> list[float]:
        """How far from the top these values of y are."""
        places: list[float] = (self._bottom - (self._bottom - self._top) * self._y.along(np.asarray(y))).tolist()
        return places

    def _grid(self) -> str:
        """A line across the axes at each tick."""
        lines = [f"M{at:.2f} {self._bottom:.2f}V{self._top:.2f}" for at in self._across(self._x.ticks)]
        lines += [f"M{self._left:.2f} {at:.2f}H{self._right:.2f}" for at in self._down(self._y.ticks)]
        return f'<path d="{"".join(lines)}" stroke="{INK}" stroke-width="0.8" opacity="0.12"/>'

    def _tick_labels(self, beside_y: list[str], below_x: list[str]) -> list[str]:
        """The texts at the ticks; below the axis not all of them, if they are too wide, or too many names."""
        wide = FONT / math.sin(SLANT) * len(below_x) if self._is_slanted else width_of(below_x)
        every = max(1, math.ceil(wide / (self._right - self._left)))
        below = list(zip(self._across(self._x.ticks), below_x, strict=True))[::every]
        beside = zip(self._down(self._y.ticks), beside_y, strict=True)
        return [
            *(self._text_below(at, each) for at, each in below),
            *(text(self._left - 5, at + 3.3, each, anchor="end") for at, each in beside),
        ]

    def _text_below(self, at: float, content: str) -> str:
        """A text at a tick of the axis below: it ends there if it is slanted, else it has its middle there."""
        if self._is_slanted:
            return text(at + 3, self._bottom + 10, content, anchor="end", turned=round(math.degrees(SLANT)))
        return text(min(at, WIDTH - estimated_width(content) / 2), self._bottom + 13, content, anchor="middle")


def width_of(texts: Iterable[str]) -> float:
    """About how wide texts in a row are, with a gap after each."""
    return sum(estimated_width(each) + FONT for each in texts)


def too_wide(texts: Sequence[str], width: float) -> bool:
    """Whether texts overlap that stand below so wide an axis, equally far apart."""
    return any(estimated_width(each) + FONT > width / len(texts) for each in texts)


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
    turned: int = 0,
) -> str:  # fmt: skip
    """A text whose start, middle or end is there, `turned` upwards by so many degrees. Markup in it is escaped."""
    attributes = "" if size == FONT else f' font-size="{size}"'
    attributes += ' font-weight="bold"' if bold else ""
    attributes += "" if anchor == "start" else f' text-anchor="{anchor}"'
    attributes += f' transform="rotate(-{turned} {x:.1f} {y:.1f})"' if turned else ""
    return f'<text x="{x:.1f}" y="{y:.1f}"{attributes}>{escape(content)}</text>'


def legend_of(entries: Iterable[Stroke], left: float, y: float) -> tuple[list[str], int]:
    """For each line a stroke like it, and its name, in rows from (left, y) on; and how many rows."""
    found, x, rows = [], WIDTH, 0
    for each in entries:
        name = fitted(each.name, WIDTH - left - 18)
        if x + 18 + estimated_width(name) > WIDTH:
            x, rows = left, rows + 1
        at = y + ROW * (rows - 1)
        found.append(path([x, x + 14], [at - 3.3, at - 3.3], each.colour, LINE, each.dashes))
        if each.has_dots:
            found.append(f'<g fill="{each.colour}">{circle(x + 7, at - 3.3, DOT)}</g>')
        found.append(text(x + 18, at, name))
        x += 30 + estimated_width(name)
    return found, rows


def fitted(content: str, width: float) -> str:
    """The text, cut off if it is wider, or too long."""
    content = short(content, LONGEST_LABEL)
    while estimated_width(content) > width:
        content = f"{content[:-2]}…"
    return content


def estimated_width(content: str) -> float:
    """About how wide a text is in a wide font; rather too wide."""
    return FONT * sum(map(character_width, content))


def character_width(character: str) -> float:
    """About how wide it is, times the size of the font."""
    if character in NARROW:
        return 0.42
    if character in WIDE or unicodedata.east_asian_width(character) in "WF":
        return 1.0
    return 0.64 if character.islower() or character.isdigit() else 0.8
