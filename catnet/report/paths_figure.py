"""The figure of the paths of descent in their plane, over the cost."""

from collections.abc import Sequence

import numpy as np

from catnet.engine.types import Array
from catnet.report import thumbnails
from catnet.report.alike import RunPath
from catnet.report.axes import Axis, axis
from catnet.report.contours import contour, is_steep, levels
from catnet.report.figures import Figure
from catnet.report.plane import Plane
from catnet.report.plot import INK, Plot
from catnet.report.svg import COLOURS

GRID = 25  # points of the plane, across and up
REACH = 0.15  # of the paths' extent, around it
TINT, TINTED = (111, 125, 140), 0.6  # the colour of a high cost, and how strong it is at most
LABELS = 5  # epochs of a path that are named, at most
NEAR = 0.08  # of the figure: nothing is named so near to another name


def extents(plane: Plane) -> tuple[Axis, Axis]:
    """The axes, with room around the paths."""
    found = []
    for place, name in enumerate(("first", "second")):
        values = np.concatenate([[0.0], *(points[:, place] for points in plane.points)])
        reach = REACH * np.ptp(values)
        around = np.array([values.min() - reach, values.max() + reach])
        found.append(axis(f"along the {name} direction", around, most=6))
    return found[0], found[1]


def figure(paths: Sequence[RunPath], plane: Plane, across: Axis, up: Axis, J: Array | None) -> Figure:
    """The paths, over the cost J (GRID, GRID) if that is known."""
    plot = Plot("Paths of descent", across, up, square=True)
    marks = Marks(across, up, plane)
    if J is not None:
        draw_cost(plot, across, up, J, marks)
    for path, points in zip(paths, plane.points, strict=True):
        colour = COLOURS[path.index % len(COLOURS)]
        a, b = points.T
        plot.line(a, b, colour)
        plot.dots(a, b, colour, 1.7)
        plot.dots(a[-1:], b[-1:], colour, 4.0)
    plot.dots(np.zeros(1), np.zeros(1), INK, 3.5)
    plot.note(0.0, 0.0, "start", above=9, bold=True)
    marks.taken.append(marks.along(np.zeros(2)))
    for path, points in zip(paths, plane.points, strict=True):
        for place in marks.named(points):
            plot.note(points[place, 0], points[place, 1], str(path.epochs[place]), above=8)
    ends = "; ".join(
        f"{path.title} ends after epoch {path.epochs[-1]} at ({points[-1, 0]:.3g}, {points[-1, 1]:.3g})"
        for path, points in zip(paths, plane.points, strict=True)
    )
    return Figure(plot.svg(), f"The paths in the plane of their main directions, from the start at (0, 0): {ends}")


def draw_cost(plot: Plot, across: Axis, up: Axis, J: Array, marks: "Marks") -> None:
    """The cost as a tint, and lines of equal cost with their heights."""
    finite = np.isfinite(J)
    J = np.where(finite, J, J[finite].max(initial=0.0))
    heights = levels(J)
    if len(heights) < 2:
        return
    rank = np.interp(J, [J.min(), *heights, J.max()], np.linspace(0, 1, len(heights) + 2))
    plot.background(thumbnails.tint(TINTED * rank[::-1], TINT), GRID, GRID)
    low = np.array([across.low, up.low])
    step = (np.array([across.high, up.high]) - low) / (GRID - 1)
    scaled, lines = (np.log(J), np.log(heights)) if is_steep(J) else (J, heights)
    for height, line in zip(heights.tolist(), lines.tolist(), strict=True):
        pieces = low + step * contour(scaled, line)
        plot.segments(pieces, INK, 0.8, 0.45)
        if (place := marks.freest(pieces.mean(axis=1))) is not None:
            plot.note(place[0], place[1], f"{height:g}")


class Marks:
    """Where in the figure something is named already, as shares of its axes."""

    def __init__(self, across: Axis, up: Axis, plane: Plane) -> None:
        self._across, self._up = across, up
        self._paths = self.along(np.concatenate(plane.points))
        self.taken: list[Array] = []

    def along(self, points: Array) -> Array:
        """Points (..., 2) as shares of the axes."""
        return np.stack([self._across.along(points[..., 0]), self._up.along(points[..., 1])], axis=-1)

    def freest(self, points: Array) -> Array | None:
        """That of the points which is farthest from the paths and from what is named, and takes it; None if all are
        near to it, or to the edges.
        """
        places = self.along(points)
        others = np.concatenate([self._paths, *(taken[np.newaxis] for taken in self.taken)])
        free = np.linalg.norm(places[:, np.newaxis] - others, axis=2).min(axis=1)
        free = np.minimum(free, 2 * np.minimum(places, 1 - places).min(axis=1))
        if not len(free) or free.max() < NEAR:
            return None
        self.taken.append(places[free.argmax()])
        point: Array = points[free.argmax()]
        return point

    def named(self, points: Array) -> list[int]:
        """Which points of a path to name: from the last on, those that are far enough from all that is named."""
        places, found = self.along(points), list[int]()
        for place in reversed(range(1, len(points))):
            apart = [np.linalg.norm(places[place] - taken) for taken in self.taken]
            if len(found) < LABELS and min(apart, default=1.0) > NEAR:
                found.append(place)
                self.taken.append(places[place])
        return found
