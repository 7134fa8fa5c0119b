"""Paths of descent: how runs that started alike went through the space of the parameters, and what that cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from catnet.engine.inputs import Inputs
from catnet.engine.network import cost, logits
from catnet.engine.types import Array
from catnet.report import thumbnails
from catnet.report.alike import RunPath, started_alike
from catnet.report.axes import Axis, axis
from catnet.report.contours import contour, is_steep, levels
from catnet.report.facts import Facts
from catnet.report.figures import Figure, legend_of
from catnet.report.noise import noise_figures, reasons, table_of_noise
from catnet.report.plane import CostOverPlane, Plane, main_plane
from catnet.report.plot import INK, Plot
from catnet.report.side_by_side import Table
from catnet.report.svg import COLOURS
from catnet.text import in_a_row, number

GRID = 25  # points of the plane, across and up
SAMPLE = 1000  # training examples, at most, whose cost is measured there
REACH = 0.15  # of the paths' extent, around it
TINT, TINTED = (111, 125, 140), 0.6  # the colour of a high cost, and how strong it is at most
LABELS = 5  # epochs of a path that are named, at most
NEAR = 0.08  # of the figure: nothing is named so near to another name


@dataclass(frozen=True)
class Descent:
    """What the page says of the paths: of the runs that are left out; of the plane, its figure, and what it does not
    show; and why batches are noisy, with figures and a table. `legend` has colour, style and title of each run.
    """

    left_out: list[str]
    about: list[str]
    plane: list[Figure]
    legend: list[tuple[str, str, str]]
    reasons: list[str]
    figures: list[Figure]
    tables: list[Table]


@dataclass(frozen=True)
class Measured:
    """The training examples that the cost is measured on, as a network takes them: Y is (k, m)."""

    inputs: Inputs
    labels: Array
    of: int  # how many there are in all


def descent(runs: Sequence[Facts], titles: Sequence[str]) -> Descent | None:
    """The paths of the runs that started alike and kept their weights; None if none has kept any."""
    paths, left_out = started_alike(runs, titles)
    if len(paths) < 2:
        why = [f"{paths[0].title} is the only one that started as it did, so no paths are drawn."] if paths else []
        return Descent([*left_out, *why], [], [], [], [], [], []) if left_out or why else None
    legend = legend_of(titles)
    about, figures = plane_of(paths)
    return Descent(
        left_out,
        about,
        figures,
        [legend[path.index] for path in paths],
        reasons(paths),
        noise_figures(paths),
        [table_of_noise(paths)],
    )


def plane_of(paths: Sequence[RunPath]) -> tuple[list[str], list[Figure]]:
    """What is said of the plane of the paths, and its figure; none if the paths do not span one."""
    start = paths[0].kept[0].model
    names = in_a_row([path.title for path in paths], "and")
    told = [f"{names} started from the same weights and learned from the same {paths[0].m} training examples."]
    plane = main_plane(start.parameters, [[one.model.parameters for one in path.kept] for path in paths])
    if plane is None:
        return [*told, "Their weights hardly moved, or all along one line: there is no plane to draw."], []
    one, other = plane.shares
    told.append(
        "The picture is the plane through the start in the two main directions of their paths, of the "
        f"{start.network.parameter_count} that there are. They hold {one:.0%} and {other:.0%} of the squared distances "
        f"of all kept weights from the start: {one + other:.0%} of the paths' variation lies in the plane, and what is "
        "drawn is how they look from above it. A dot is an epoch whose weights were kept; the large one is the last."
    )
    told += [
        f"Of the {len(path.all_kept)} epochs that {path.title} has kept, {len(path.kept)} are drawn, as it is large."
        for path in paths
        if len(path.kept) < len(path.all_kept)
    ]
    measured = measured_on(paths)
    across, up = extents(plane)
    if measured is None:
        told.append("The training data cannot be read, or has changed, so the cost is not drawn beneath.")
        return told, [figure(paths, plane, across, up, None)]
    a, b = np.linspace(across.low, across.high, GRID), np.linspace(up.low, up.high, GRID)
    J = CostOverPlane(start.network, plane, measured.inputs, measured.labels)
    m = measured.inputs.m
    sample = f"all {m}" if m == measured.of else f"{m} of the {measured.of}, drawn at random,"
    told.append(
        f"Beneath is the cost J of {sample} training examples as they are, without dropout or augmentation, at {GRID} "
        f"x {GRID} points of the plane: lines of equal cost, and the stronger the tint the higher. "
        + at_the_ends(paths, plane, measured, J)
    )
    return told, [figure(paths, plane, across, up, J.grid(a, b))]


def measured_on(paths: Sequence[RunPath]) -> Measured | None:
    """The training data, or a sample of it; None if no run has it as it was."""
    for path in paths:
        train = path.facts.all_of("train")
        dataset, model = path.facts.dataset, path.kept[0].model
        if train is None or dataset is None or "train" in dataset.changes_since(path.facts.run.fingerprints):
            continue
        m = len(train.names)
        drawn = np.arange(m)
        if m > SAMPLE:
            drawn = np.sort(np.random.default_rng(0).choice(m, SAMPLE, replace=False))
        return Measured(model.inputs(train.rows[drawn]), model.labels(train.labels)[:, drawn], m)
    return None


def at_the_ends(paths: Sequence[RunPath], plane: Plane, measured: Measured, in_plane: CostOverPlane) -> str:
    """How the cost at the end of each path differs from that beneath it in the plane."""
    network, found = paths[0].kept[0].model.network, []
    for path, points in zip(paths, plane.points, strict=True):
        last = path.kept[-1].model
        with np.errstate(over="ignore", invalid="ignore"):
            J = cost(network, logits(network, last.parameters, measured.inputs), measured.labels)
        beneath = in_plane.at(*points[-1].tolist())
        found.append(f"{number(J)} at the end of {path.title} (epoch {last.epoch}), {number(beneath)} beneath it")
    return f"The paths leave the plane, so the cost on them is not that beneath: {'; '.join(found)}."


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
        """Which points of a path to name: the last, and before it those that are far enough from all that is named."""
        places, found = self.along(points), list[int]()
        for place in reversed(range(1, len(points))):
            apart = [np.linalg.norm(places[place] - taken) for taken in self.taken]
            if len(found) < LABELS and (not found or min(apart, default=1.0) > NEAR):
                found.append(place)
                self.taken.append(places[place])
        return found
