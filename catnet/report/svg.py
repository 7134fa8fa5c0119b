"""The figures of the page, as SVG elements."""

import math
from collections.abc import Sequence
from itertools import cycle, pairwise, product

import numpy as np

from catnet.engine.network import Network
from catnet.engine.subsets import spread
from catnet.engine.types import Array
from catnet.evaluation.curves import Bin
from catnet.report.axes import Axis, axis, unit_axis
from catnet.report.plot import DOT, INK, Plot, Stroke, circle, estimated_width, svg, text

COLOURS = ("#3d85c6", "#e07b39", "#3a9e6e", "#c9507c", "#8e6bc9", "#a8842c", "#3a9aa6", "#d05a4e", "#7a8b3a", "#6f7d8c")
DASHED, DOTTED = "6 2.5", "1.6 2.4"
DASHES = ("", DASHED, DOTTED)
POINTS = 600  # of a curve
FEW = 60  # points of a curve over the epochs, below which they are marked
MARKED = 12  # points of a curve in the unit square, at most, that are marked
DOTS = 2000  # of a figure, about
NEURONS = 7  # drawn of a layer
LAYER, NEURON = 100.0, 22.0  # from a layer to the next, from a neuron to the next
NARROWEST = 245.0  # a network
NAME = 14  # characters of an output neuron's name


def thinned(*columns: Array) -> list[Array]:
    """At most POINTS points of columns of equal length, the first and the last among them."""
    m = len(columns[0])
    keep = spread(m, POINTS)
    return [column[keep] for column in columns]


def curves(
    title: str,
    lines: Sequence[tuple[str, Array, Array]],
    best: int | None = None,
    named: bool = True,
    across: Axis | None = None,
) -> str:
    """Each line's name, epochs and values, NaN for a missing one; and a mark at the best epoch. `across`: an axis of
    something other than epochs.

    If there are more lines than colours, they are dashed or dotted. With `named` False the legend is left to the page.
    """
    drawn = []
    for (label, epochs, values), (dashes, colour) in zip(lines, cycle(product(DASHES, COLOURS))):
        taken = np.isfinite(values)
        x, y = thinned(epochs[taken], values[taken])
        drawn.append((label, x, y, colour, dashes))
    legend = [Stroke(label, colour, dashes, 0 < len(x) < FEW) for label, x, _, colour, dashes in drawn]
    if best is not None:
        legend.append(Stroke(f"best epoch, {best}", INK, DASHED))
    across = across or axis(
        "epoch", np.concatenate([x for _, x, *_ in drawn] + ([] if best is None else [[best]])), most=7, whole=True
    )
    up = axis("", np.concatenate([y for _, _, y, *_ in drawn]))
    plot = Plot(title, across, up, legend=legend if named and len(legend) > 1 else ())
    for _, x, y, colour, dashes in drawn:
        if len(x):
            plot.line(x, y, colour, dashes)
    for _, x, y, colour, _ in drawn:  # over all lines: one that another covers is still seen by its dots
        if 0 < len(x) < FEW:
            plot.dots(x, y, colour, DOT)
    if best is not None:
        plot.line(np.array([best, best]), np.array([up.low, up.high]), INK, DASHED, 1, 0.6)
    return plot.svg()


def precision_recall(lines: Sequence[tuple[Array, Array]]) -> str:
    """Recalls, rising, and the precision at each; the page names the curves by colour.

    Steps, whose area is the average precision: from one recall to the next it is the precision of the latter.
    """
    plot = Plot("Precision and recall", unit_axis("recall"), unit_axis("precision"))
    for (recall, precision), colour in zip(lines, COLOURS, strict=False):
        x, y = thinned(recall, precision)
        plot.line(np.repeat(np.append(0, x), 2)[:-1], np.repeat(np.append(y[:1], y), 2)[1:], colour)
        if len(x) <= MARKED:
            plot.dots(x, y, colour, 2)
    return plot.svg()


def roc(lines: Sequence[tuple[Array, Array]]) -> str:
    """False-positive and true-positive rates; the page names the curves by colour.

    Straight from threshold to threshold: a segment is what answering equal scores at random would reach.
    """
    plot = in_unit_square("ROC", "false-positive rate", "true-positive rate")
    for points, colour in zip(lines, COLOURS, strict=False):
        x, y = thinned(*points)
        plot.line(x, y, colour)
        if len(x) <= MARKED:
            plot.dots(x, y, colour, 2)
    return plot.svg()


def in_unit_square(title: str, x: str, y: str) -> Plot:
    """Both axes from 0 to 1, with the diagonal."""
    plot = Plot(title, unit_axis(x), unit_axis(y))
    plot.line(np.array([0, 1]), np.array([0, 1]), INK, DOTTED, 1, 0.5)
    return plot


def reliability(title: str, bins: Sequence[Sequence[Bin]]) -> str:
    """Share that is true against probability, for each label; a larger dot has more examples."""
    plot = in_unit_square(title, "predicted probability", "share that is true")
    for of_label, colour in zip(bins, COLOURS, strict=False):
        if of_label:
            x, y, counts = np.array(of_label).T
            plot.line(x, y, colour, width=1, opacity=0.8)
            plot.dots(x, y, colour, np.sqrt(10 + 110 * counts / counts.sum()) / 2, 0.8)
    return plot.svg()


def dots(title: str, x_label: str, y_label: str, x: Array, y: Array, diagonal: bool) -> str:
    """A dot per example, x and y (m,), and the line of no error: the diagonal, on equal axes, or y = 0."""
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if diagonal:
        both = axis(x_label, np.concatenate([x, y]), most=5)
        across, up = both, Axis(y_label, both.low, both.high, both.ticks)
        no_error = (both.low, both.high)
    else:
        across, up, no_error = axis(x_label, x, most=5), axis(y_label, np.append(y, 0)), (0.0, 0.0)
    plot = Plot(title, across, up, square=diagonal)
    keep = slice(None, None, max(1, len(x) // DOTS))
    opacity = max(0.3, min(0.7, 60 / max(1, len(x))))  # the more transparent the more there are
    plot.dots(x[keep], y[keep], COLOURS[0], DOT, opacity)
    plot.line(np.array([across.low, across.high]), np.array(no_error), INK, DOTTED, 1, 0.6)
    return plot.svg()


def network(net: Network, inputs: str, outputs: Sequence[str]) -> str:
    """The network as in a textbook: a column of circles per layer, each joined with all of the layer before.

    Of a large layer some neurons are drawn, with dots between. `outputs` name the output neurons.
    """
    names = [name if len(name) <= NAME else f"{name[: NAME - 1]}…" for name in outputs]
    if net.sizes[-1] > NEURONS:
        names = []
    first, middle = max(34, estimated_width(inputs) / 2), 76.0
    beside = max([12 + estimated_width(name) for name in names] + [estimated_width(net.activations[-1]) / 2, 34])
    apart = max(LAYER, (NARROWEST - first - beside) / net.depth)
    columns = [
        [(first + apart * layer, middle - NEURON * height) for height in neuron_places(size)]
        for layer, size in enumerate(net.sizes)
    ]
    edges = "".join(
        f"M{x:.1f} {y:.1f}L{to_x:.1f} {to_y:.1f}"
        for below, above in pairwise(columns)
        for (x, y), (to_x, to_y) in product(below, above)
    )
    elements = [f'<path d="{edges}" stroke="{INK}" stroke-width="0.6" opacity="0.18"/>']
    for layer, (neurons, size) in enumerate(zip(columns, net.sizes, strict=True)):
        colour = COLOURS[0] if layer == 0 else COLOURS[1] if layer == net.depth else COLOURS[2]
        circles = "".join(circle(x, y, 5.7) for x, y in neurons)
        elements.append(f'<g fill="{colour}" stroke="{INK}" stroke-width="0.6">{circles}</g>')
        x = first + apart * layer
        if len(neurons) < size:
            elements += [circle(x, middle + offset, 1.2) for offset in (-6.6, 0, 6.6)]
        kind = inputs if layer == 0 else net.activations[layer - 1]
        for line, words in enumerate(("X" if layer == 0 else f"A[{layer}]", str(size), kind)):
            elements.append(text(x, middle + 96 + 13 * line, words, anchor="middle"))
    elements += [text(x + 12, y + 3.3, name) for (x, y), name in zip(columns[-1], names, strict=False)]
    return svg(elements, math.ceil(first + apart * net.depth + beside), middle + 130)


def neuron_places(size: int) -> list[float]:
    """The heights, around 0, of the neurons that are drawn of a layer of so many; a gap in the middle if not all."""
    if size <= NEURONS:
        return [float(size - 1) / 2 - i for i in range(size)]
    return [3.0, 2.0, 1.0, -1.0, -2.0, -3.0]
