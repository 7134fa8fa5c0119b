"""The figures, drawn by matplotlib as SVG elements of the page.

What is drawn in INK takes the page's colour of text, so that a figure is legible in light and dark. Text stays text, in
the page's font. No name that the user gave is read as mathematics.
"""

import io
import math
import re
import warnings
from collections.abc import Callable, Sequence
from itertools import cycle, pairwise, product
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import Formatter, MaxNLocator

from catnet.engine.network import Network
from catnet.engine.types import Array
from catnet.evaluation.curves import Bin

INK = "#010203"
COLOURS = ("#3d85c6", "#e07b39", "#3a9e6e", "#c9507c", "#8e6bc9", "#a8842c", "#3a9aa6", "#d05a4e", "#7a8b3a", "#6f7d8c")
DASHES = ("-", "--", ":")
SIZE = (4.4, 3.0)  # inches
SQUARE = (4.4, 4.0)
POINTS = 600  # of a curve
MARKED = 12  # points of a curve in the unit square, at most, that are marked
NEURONS = 7  # drawn of a layer
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "catnet",
    "text.parse_math": False,
    "font.family": "sans-serif",
    "font.size": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.formatter.use_mathtext": False,
    "axes.formatter.useoffset": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "grid.color": INK,
    "grid.alpha": 0.12,
    "axes.grid": True,
    "lines.linewidth": 1.6,
    "legend.frameon": False,
}
QUIET = {"Creator": None, "Date": None, "Format": None, "Type": None}


def drawn(draw: Callable[[Axes], None], size: tuple[float, float] = SIZE) -> str:
    """The SVG of what `draw` puts on an axes."""
    with matplotlib.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # the page's fonts may have it
        figure = Figure(figsize=size, layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.add_subplot()
        axes.patch.set_alpha(0)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(WholeNumbers())
        draw(axes)
        out = io.StringIO()
        figure.savefig(out, format="svg", metadata=QUIET)
    return for_the_page(out.getvalue())


class WholeNumbers(Formatter):
    """Each tick shows its whole number, with the digits that tell it from the next: no offset, no factor at the end."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The number by itself, as matplotlib asks for it."""
        return f"{x:.6g}"

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """The ticks of an axis: 0.25, 250000, 1.5e12."""
        largest = max(map(abs, values), default=0)
        step = min((abs(b - a) for a, b in pairwise(values)), default=largest)
        exponent = 0 if 1e-3 <= largest < 1e7 or not largest else math.floor(math.log10(largest))
        power = f"e{exponent}" if exponent else ""
        for digits in range(16):
            texts = [f"{v / 10.0**exponent:.{digits}f}{power}" for v in values]
            if all(abs(float(text) - v) <= step / 1000 for text, v in zip(texts, values, strict=True)):
                break
        return [text if float(text) else text.removesuffix(power).lstrip("-") for text in texts]


def for_the_page(svg: str) -> str:
    """An SVG file as an element of the page: without prolog, fonts, style sheet, and names that others would have too.

    In text "<" is written "&lt;", so that these patterns find tags only.
    """
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor")
    svg = re.sub(r"<style[^>]*>[^<]*</style>", "", svg)
    svg = re.sub(r'<g id="[^"<>]*">', "<g>", svg)
    svg = re.sub(r'(<text style="[^"<>]*?) font-family: [^;"<>]*;', r"\1", svg)
    return svg.replace("<svg ", '<svg aria-hidden="true" ', 1)


def thinned(*columns: Array) -> list[Array]:
    """At most POINTS points of columns of equal length, the first and the last among them."""
    m = len(columns[0])
    keep = np.unique(np.linspace(0, m - 1, min(m, POINTS)).astype(int)) if m else np.zeros(0, int)
    return [column[keep] for column in columns]


def curves(title: str, lines: Sequence[tuple[str, Array, Array]], best: int | None = None, named: bool = True) -> str:
    """Each line's name, epochs and values, NaN for a missing one; and a mark at the best epoch.

    If there are more lines than colours, they are dashed or dotted. With `named` False the legend is left to the page.
    """

    def draw(axes: Axes) -> None:
        for (label, epochs, values), (style, colour) in zip(lines, cycle(product(DASHES, COLOURS))):
            taken = np.isfinite(values)
            x, y = thinned(epochs[taken], values[taken]) if len(values) else (values, values)
            marker = "o" if len(x) < 60 else ""
            axes.plot(x, y, label=label, color=colour, linestyle=style, marker=marker, markersize=3)
        if best is not None:
            axes.axvline(best, color=INK, alpha=0.6, linestyle="--", linewidth=1, label=f"best epoch, {best}")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
        axes.set(xlabel="epoch", title=title)
        if named and (len(lines) > 1 or best is not None):
            axes.legend()

    return drawn(draw)


def precision_recall(lines: Sequence[tuple[Array, Array]]) -> str:
    """Recalls, rising, and the precision at each; the page names the curves by colour.

    Steps, whose area is the average precision: from one recall to the next it is the precision of the latter.
    """

    def draw(axes: Axes) -> None:
        for (recall, precision), colour in zip(lines, COLOURS, strict=False):
            x, y = thinned(recall, precision)
            axes.step(np.append(0, x), np.append(y[:1], y), where="pre", color=colour)
            if len(x) <= MARKED:
                axes.plot(x, y, "o", color=colour, markersize=4)
        unit_square(axes, diagonal=False)
        axes.set(xlabel="recall", ylabel="precision", title="Precision and recall")

    return drawn(draw)


def roc(lines: Sequence[tuple[Array, Array]]) -> str:
    """False-positive and true-positive rates; the page names the curves by colour.

    Straight from threshold to threshold: a segment is what answering equal scores at random would reach.
    """

    def draw(axes: Axes) -> None:
        for (x, y), colour in zip(lines, COLOURS, strict=False):
            axes.plot(*thinned(x, y), color=colour, marker="o" if len(x) <= MARKED else "", markersize=4)
        unit_square(axes, diagonal=True)
        axes.set(xlabel="false-positive rate", ylabel="true-positive rate", title="ROC")

    return drawn(draw)


def unit_square(axes: Axes, diagonal: bool) -> None:
    """Both axes from 0 to 1, and the diagonal if wanted."""
    if diagonal:
        axes.plot([0, 1], [0, 1], color=INK, alpha=0.5, linestyle=":", linewidth=1)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))


def reliability(title: str, bins: Sequence[Sequence[Bin]]) -> str:
    """Share that is true against probability, for each label; a larger dot has more examples."""

    def draw(axes: Axes) -> None:
        for of_label, colour in zip(bins, COLOURS, strict=False):
            x, y, counts = np.array(of_label).T
            axes.plot(x, y, color=colour, linewidth=1, alpha=0.8)
            axes.scatter(x, y, 10 + 110 * counts / counts.sum(), color=colour, alpha=0.8, linewidths=0, clip_on=False)
        unit_square(axes, diagonal=True)
        axes.set(xlabel="predicted probability", ylabel="share that is true", title=title)

    return drawn(draw)


def dots(title: str, x_label: str, y_label: str, x: Array, y: Array, diagonal: bool) -> str:
    """A dot per example, x and y (m,), and the line of no error: the diagonal, on equal axes, or y = 0."""

    def draw(axes: Axes) -> None:
        keep = slice(None, None, max(1, len(x) // 2000))
        alpha = max(0.3, min(0.7, 60 / len(x)))  # the more transparent the more there are
        axes.scatter(x[keep], y[keep], 14, color=COLOURS[0], alpha=alpha, linewidths=0)
        line: Any = {"color": INK, "alpha": 0.6, "linestyle": ":", "linewidth": 1}
        if diagonal:
            low, high = min(x.min(), y.min()), max(x.max(), y.max())
            margin = 0.05 * (high - low) or 0.05 * abs(high) or 1
            axes.plot([low, high], [low, high], **line)
            axes.set(xlim=(low - margin, high + margin), ylim=(low - margin, high + margin), aspect="equal")
            axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
        else:
            axes.axhline(0, **line)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
        axes.set(xlabel=x_label, ylabel=y_label, title=title)

    return drawn(draw, SQUARE if diagonal else SIZE)


def network(net: Network, inputs: str, outputs: Sequence[str]) -> str:
    """The network as in a textbook: a column of circles per layer, each joined with all of the layer before.

    Of a large layer some neurons are drawn, with dots between. `outputs` name the output neurons.
    """
    places = [neuron_places(size) for size in net.sizes]

    def draw(axes: Axes) -> None:
        for layer in range(1, len(places)):
            for y, below in product(places[layer], places[layer - 1]):
                axes.plot([layer - 1, layer], [below, y], color=INK, alpha=0.18, linewidth=0.6, zorder=1)
        for layer, (ys, size) in enumerate(zip(places, net.sizes, strict=True)):
            colour = COLOURS[0] if layer == 0 else COLOURS[1] if layer == net.depth else COLOURS[2]
            axes.scatter([layer] * len(ys), ys, 130, color=colour, edgecolors=INK, linewidths=0.6, zorder=2)
            if len(ys) < size:
                for offset in (-0.3, 0, 0.3):
                    axes.plot([layer], [offset], marker=".", color=INK, markersize=3, zorder=3)
            name = "X" if layer == 0 else f"A[{layer}]"
            kind = inputs if layer == 0 else net.activations[layer - 1]
            axes.text(layer, -4.0, f"{name}\n{size}\n{kind}", ha="center", va="top", linespacing=1.35)
        if len(places[-1]) == len(outputs):
            for y, name in zip(places[-1], outputs, strict=True):
                axes.text(net.depth + 0.16, y, name if len(name) <= 14 else name[:13] + "…", va="center")
        axes.set(xlim=(-0.45, net.depth + 0.75), ylim=(-6.4, 3.6))
        axes.axis("off")

    return drawn(draw, (max(3.4, 1.25 * len(places) + 0.9), 3.4))


def neuron_places(size: int) -> list[float]:
    """The heights, around 0, of the neurons that are drawn of a layer of so many; a gap in the middle if not all."""
    if size <= NEURONS:
        return [float(size - 1) / 2 - i for i in range(size)]
    return [3.0, 2.0, 1.0, -1.0, -2.0, -3.0]
