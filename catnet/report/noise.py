"""Why full batch is smooth and small batches are noisy: the costs of the batches in figures and numbers."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from catnet.engine.subsets import spread
from catnet.engine.types import Array
from catnet.report.alike import RunPath
from catnet.report.axes import Axis, axis, log_axis
from catnet.report.figures import Figure
from catnet.report.plot import DOT, WIDTH, Plot, fitted
from catnet.report.side_by_side import Row, Table
from catnet.report.svg import COLOURS, DASHES, thinned
from catnet.text import counted, number

DOTS = 600  # of a figure, about
SIZES = 6  # of batches that are shown, and spoken of
FAR = 30.0  # the highest cost, times the lowest: from here on the axis is logarithmic
REAL = 1e-6  # of the cost: a smaller rise is rounding
LEAST = 1e-6  # of the highest: costs below are drawn there, as are those of batches below the lowest of an epoch


def noise_figures(paths: Sequence[RunPath]) -> list[Figure]:
    """The cost against the examples seen and against the updates, all runs together; and of each run the costs of its
    batches. All have one axis of costs.
    """
    costs = [path.facts.column("train_cost") for path in paths]
    batches = [one.batch_costs for path in paths for one in path.kept]
    up = Heights(np.concatenate(costs), np.concatenate(batches))
    found = []
    for what, per_epoch in (("examples seen", [path.m for path in paths]), ("updates", [p.updates for p in paths])):
        lines = [(np.arange(1, len(J) + 1) * each, J) for J, each in zip(costs, per_epoch, strict=True)]
        across = log_axis(what, np.concatenate([[x[0], x[-1]] for x, _ in lines]))
        plot = Plot(f"Training cost against {what}", across, up.axis)
        for path, (x, J) in zip(paths, lines, strict=True):
            x, J = thinned(np.log10(x), up.of(J))
            colour, dashes = look(path)
            plot.line(x, J, colour, dashes)
        ends = ", ".join(
            f"{p.title} ends at {number(float(J[-1]))} after {x[-1]}" for p, (x, J) in zip(paths, lines, strict=True)
        )
        found.append(Figure(plot.svg(), f"Training cost against {what}: {ends}"))
    every = np.concatenate([[path.batch, path.m * path.facts.run.epochs] for path in paths])
    across = log_axis("examples seen", every)
    return found + [of_batches(path, path.facts.column("train_cost"), across, up) for path in of_each_size(paths)]


def of_each_size(paths: Sequence[RunPath]) -> list[RunPath]:
    """The first run of each size of batches, the largest size first; of many sizes some, both ends among them."""
    found = sorted({path.batch: path for path in reversed(paths)}.values(), key=lambda path: -path.batch)
    return [found[i] for i in spread(len(found), SIZES).tolist()]


def of_batches(path: RunPath, J: Array, across: Axis, up: "Heights") -> Figure:
    """The costs of a run's batches in the epochs that were kept, a dot each, and the line of its epochs."""
    plot = Plot(fitted(f"{batch_in_words(path)}: {path.title}", WIDTH - 60), across, up.axis)
    colour, dashes = look(path)
    x, y, most = [], [], max(3, DOTS // len(path.kept))
    for one in path.kept:
        costs = one.batch_costs
        some = spread(len(costs), most)
        x.append((one.model.epoch - 1) * path.m + np.cumsum(path.sizes_in(one))[some])
        y.append(costs[some])
    plot.dots(np.log10(np.concatenate(x)), up.of(np.concatenate(y)), colour, DOT, 0.45)
    seen, J = thinned(np.log10(np.arange(1, len(J) + 1) * path.m), up.of(J))
    plot.line(seen, J, colour, dashes)
    told = f"their deviation is {number(deviation(path))} in epoch {path.epochs[1]}"
    return Figure(plot.svg(), f"The costs of the batches of {path.title}, a dot each, and their mean: {told}")


class Heights:
    """An axis for costs, logarithmic if they are far apart: then those below `least` are drawn there."""

    def __init__(self, epochs: Array, batches: Array) -> None:
        """`epochs` are the costs of epochs, `batches` those of batches."""
        costs = np.concatenate([epochs, batches])
        costs = costs[np.isfinite(costs)]
        low, high = float(epochs.min(initial=np.inf, where=epochs > 0)), float(costs.max(initial=0.0))
        self._least = max(low, LEAST * high)
        self._is_log = high > FAR * self._least and costs.min() >= 0
        self.axis = log_axis("cost", self._cut(costs)) if self._is_log else axis("cost", costs)

    def _cut(self, costs: Array) -> Array:
        return np.maximum(costs, self._least)

    def of(self, costs: Array) -> Array:
        """Costs as they lie on the axis."""
        return np.log10(self._cut(costs)) if self._is_log else costs


def look(path: RunPath) -> tuple[str, str]:
    """The colour and the dashes of a run, as in the legend of the page."""
    return COLOURS[path.index % len(COLOURS)], DASHES[path.index // len(COLOURS) % len(DASHES)]


def batch_in_words(path: RunPath) -> str:
    """`full batch`, or `batches of 16`"""
    return "full batch" if path.batch == path.m else f"batches of {path.batch}"


def mean(path: RunPath, place: int = 1) -> float:
    """The mean of the costs of the batches in a kept epoch, the first one trained: each as often as it has examples, so
    that it is the cost of the epoch.
    """
    one = path.kept[place]
    return float(np.average(one.batch_costs, weights=path.sizes_in(one)))


def deviation(path: RunPath, place: int = 1) -> float:
    """Their standard deviation from that mean, weighted likewise; 0 of full batch."""
    one = path.kept[place]
    return float(np.sqrt(np.average((one.batch_costs - mean(path, place)) ** 2, weights=path.sizes_in(one))))


def rises(J: Array, by: float = REAL) -> int:
    """In how many epochs the cost (epochs,) rose by more than such a share of itself."""
    return int((np.diff(J) > by * np.abs(J[:-1])).sum())


def table_of_noise(paths: Sequence[RunPath]) -> Table:
    """Each run in numbers: its batches and updates, how the cost fell, how much that of batches deviated, its path."""
    columns = ["batch", "updates an epoch", "updates in all", "first cost", "last cost", "cost rose in"]
    columns += ["deviation of its batches, first kept epoch", "last kept epoch", "path, times the distance"]
    rows = []
    for path in paths:
        J, epochs = path.facts.column("train_cost"), path.facts.run.epochs
        way, distance = way_of(path)
        cells = [
            str(path.batch),
            str(path.updates),
            str(path.updates * epochs),
            number(float(J[0])),
            number(float(J[-1])),
        ]
        cells += [f"{rises(J)} of {counted(len(J) - 1, 'epoch')}"]
        cells += [number(deviation(path)), number(deviation(path, -1)), f"{way / distance:.2f}" if distance else "-"]
        rows.append(Row(path.title, cells))
    return Table("", columns, rows)


def way_of(path: RunPath) -> tuple[float, float]:
    """How long the way of a path is from one kept epoch to the next, and how far its end is from the start."""
    steps = [length(a.model.parameters, b.model.parameters) for a, b in pairwise(path.kept)]
    return sum(steps), length(path.kept[0].model.parameters, path.kept[-1].model.parameters)


def length(one: dict[str, Array], other: dict[str, Array]) -> float:
    """The distance between two points of the space of the parameters."""
    squares = (np.square(P.astype(np.float64) - other[name]).sum() for name, P in one.items())
    return float(np.sqrt(sum(squares)))
