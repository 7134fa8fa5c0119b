"""A pen that draws polygons, ellipses and curves in an animal's own coordinates, and the colours it draws with.

An animal is drawn in the square from -1 to 1 (x to the right, y down), whatever its place and size in the
picture. The sheet is several times as large as the picture and is reduced at the end, which smooths all edges.
"""

import colorsys
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Point = tuple[float, float]

OVERSAMPLING = 4
CIRCLE = [(math.cos(2 * math.pi * i / 24), math.sin(2 * math.pi * i / 24)) for i in range(24)]


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """The colour of a hue (0 to 1, round the circle), a saturation and a value (cut to 0 to 1)."""
    r, g, b = colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0), 1), min(max(value, 0), 1))
    return round(255 * r), round(255 * g), round(255 * b)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """The colour that lies a share (0 to 1) of the way from a to b."""
    r, g, blue = (round(p + (q - p) * share) for p, q in zip(a, b, strict=True))
    return r, g, blue


def darker(colour: Colour, share: float = 0.35) -> Colour:
    return mix(colour, (0, 0, 0), share)


def lighter(colour: Colour, share: float = 0.35) -> Colour:
    return mix(colour, (255, 255, 255), share)


def curve(points: Sequence[Point], steps: int = 18) -> list[Point]:
    """Points on the Bezier curve of the control points, ends included."""
    degree = len(points) - 1
    t = np.linspace(0, 1, steps)[:, None]
    bernstein = np.hstack([math.comb(degree, i) * t**i * (1 - t) ** (degree - i) for i in range(degree + 1)])
    return [(x, y) for x, y in (bernstein @ np.array(points)).tolist()]


def normals(points: Sequence[Point]) -> list[Point]:
    """The unit vector to the left of the way at each point (upwards, y being down, where the way goes right)."""
    found = []
    for (x0, y0), (x1, y1) in zip([points[0], *points[:-1]], [*points[1:], points[-1]], strict=True):
        length = math.hypot(x1 - x0, y1 - y0)
        found.append(((y1 - y0) / length, (x0 - x1) / length))
    return found


class Pen:
    """Draws on a sheet about a place (in its pixels), in a size (pixels a unit), turned by an angle (radians)."""

    def __init__(
        self, sheet: Image.Image, place: Point, size: float, turn: float = 0.0, mirrored: bool = False
    ) -> None:
        self.draw = ImageDraw.Draw(sheet)
        self.place = place
        self.size = size
        self.cos, self.sin = math.cos(turn), math.sin(turn)
        self.side = -1 if mirrored else 1
        self.edge = max(1, round(0.03 * size))

    def on_sheet(self, point: Point) -> Point:
        x, y = self.side * point[0] * self.size, point[1] * self.size
        return self.place[0] + self.cos * x - self.sin * y, self.place[1] + self.sin * x + self.cos * y

    def polygon(self, points: Sequence[Point], fill: Colour, edge: Colour | None = None) -> None:
        placed = [self.on_sheet(point) for point in points]
        self.draw.polygon(placed, fill=fill, outline=edge, width=self.edge)

    def ellipse(
        self, x: float, y: float, rx: float, ry: float, fill: Colour, edge: Colour | None = None, turn: float = 0.0
    ) -> None:
        c, s = math.cos(turn), math.sin(turn)
        self.polygon([(x + c * rx * u - s * ry * v, y + s * rx * u + c * ry * v) for u, v in CIRCLE], fill, edge)

    def line(self, points: Sequence[Point], colour: Colour, width: float = 0.03) -> None:
        placed = [self.on_sheet(point) for point in points]
        self.draw.line(placed, fill=colour, width=max(1, round(width * self.size)), joint="curve")

    def limb(
        self, controls: Sequence[Point], widths: Sequence[float], fill: Colour, edge: Colour | None = None
    ) -> list[Point]:
        """A thick curve with round ends, its widths spread evenly along it; returns the points of its middle line."""
        middle = curve(controls)
        half = (np.interp(np.linspace(0, 1, len(middle)), np.linspace(0, 1, len(widths)), widths) / 2).tolist()
        left, right = [], []
        for (x, y), (u, v), h in zip(middle, normals(middle), half, strict=True):
            left.append((x + h * u, y + h * v))
            right.append((x - h * u, y - h * v))
        ends = ((*middle[0], half[0]), (*middle[-1], half[-1]))
        for x, y, h in ends:
            self.ellipse(x, y, h, h, fill, edge)
        self.polygon(left + right[::-1], fill, edge)
        for x, y, h in ends:  # over the edges that cross the limb
            self.ellipse(x, y, 0.8 * h, 0.8 * h, fill)
        return middle
