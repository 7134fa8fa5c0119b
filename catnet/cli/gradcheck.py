"""catnet gradcheck"""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click

from catnet.cli import options
from catnet.cli.progress import decoding_bar
from catnet.cli.streams import can_show
from catnet.config import load_config
from catnet.errors import WrongGradient
from catnet.evaluation.alignment import aligned, wrapped
from catnet.teaching.gradcheck import FINE, GRADES, PERHAPS, SAMPLES, Checked, GradientCheck, check_gradients
from catnet.teaching.gradients.curve import Curves
from catnet.teaching.gradients.slopes import Kink
from catnet.text import counted, number

MOST_KINKS = 3  # that are named
EPOCHS_SHOWN = (1, 2, 4, 8, 16, 32, 48)
HEIGHTS, ASCII_HEIGHTS = "▁▂▃▄▅▆▇█", "_.:-=+*#"


@click.command()
@options.config
@options.overrides
@click.option("--samples", type=click.IntRange(1), default=SAMPLES, show_default=True, help="Of each W[l] and b[l].")
@click.option("--break", "mistake", metavar="MISTAKE", help="Plant relu, softmax, bias, loss or mean.")
@options.as_json
def gradcheck(config: Path, overrides: tuple[str, ...], samples: int, mistake: str | None, as_json: bool) -> None:
    """Checks the gradients of the network that CONFIG describes. No file is written.

    Backpropagation gives the analytic gradient a. Moving one parameter up and down by h, and asking for the cost J,
    gives the numeric one: n = (J(theta + h) - J(theta - h)) / 2h. The relative error |a - n| / max(|a|, |n|) is fine
    up to 1e-7, perhaps right up to 1e-5, doubtful up to 1e-3, and wrong above.

    --break plants a classic mistake in the backpropagation, so that one sees what catches it, and its training curve.
    Ends with 10 if a gradient is doubtful or wrong, planted or not.

    \b
    Examples:
      catnet gradcheck configs/cat_deep.yaml
      catnet gradcheck configs/cat_deep.yaml --break relu
      catnet gradcheck configs/animal.yaml --set model.activation=tanh --samples 200
    """
    settings = load_config(config, overrides, options.SET)
    with decoding_bar() as progress:
        check = check_gradients(settings, samples, mistake, progress)
    click.echo(json.dumps(check.to_json()) if as_json else "\n".join(lines_of(check)))
    if check.wrong:
        raise click.exceptions.Exit(WrongGradient.exit_code)


def lines_of(check: GradientCheck) -> Iterator[str]:
    """The network, the table, what was not graded, the result; with a mistake, what it is and its curve."""
    network = check.network
    yield f"network: {' -> '.join(map(str, network.sizes))}, {network.parameter_count} parameters, in float64"
    for note in check.notes:
        yield from wrapped(note, "- ")
    if check.mistake is not None:
        yield ""
        yield from wrapped(f"planted: {check.mistake.what}")
        yield from wrapped(f"in one's own code: {check.mistake.where}")
    yield ""
    yield table(check)
    yield ""
    yield from left_out(check.rows)
    yield from wrapped(result(check))
    if check.curves is not None:
        yield ""
        yield from curve_lines(check.curves)


def table(check: GradientCheck) -> str:
    """A row for each W[l] and b[l]."""
    head = ("layer", "", "checked", "zero", "small", "kink", "worst", "median", "a / n", "grade")
    return aligned([head, *(cells(row, check) for row in check.rows)], right=(2, 3, 4, 5, 6, 7, 8))


def cells(row: Checked, check: GradientCheck) -> Sequence[str]:
    """A row of the table."""
    layer = f"{row.layer} {check.network.activations[row.layer - 1]}" if row.name[0] == "W" else ""
    ratio = row.ratio
    return (
        layer,
        shown(row.name),
        f"{row.samples} of {row.size}",
        str(row.zeros),
        str(row.small),
        str(len(row.kinks)),
        "-" if row.worst is None else f"{row.worst:.1e}",
        "-" if row.median is None else f"{row.median:.1e}",
        "-" if ratio is None else f"{round(ratio, 4) + 0:.4g}",  # never -0
        row.grade or "-",
    )


def shown(name: str, index: Sequence[int] = ()) -> str:
    """`W[1]`, or one of its elements, counted from 1 as in a textbook: `W[1]_3,4712`; of b[1] only the row."""
    rows = index[:1] if name[0] == "b" else index
    place = f"_{','.join(str(i + 1) for i in rows)}" if index else ""
    return f"{name[0]}[{name[1:]}]{place}"


def left_out(rows: Sequence[Checked]) -> Iterator[str]:
    """Why some of the samples are not graded."""
    if zeros := sum(row.zeros for row in rows):
        yield from wrapped(
            f"zero: {counted(zeros, 'gradient')} of 0 on both sides: nothing that the cost depends on reaches the "
            "parameter, as behind weights of zero, a silent neuron, or an input that is always 0. Neither right nor "
            "wrong can be seen there."
        )
    if small := sum(row.small for row in rows):
        yield from wrapped(
            f"small: {counted(small, 'gradient')} too small to grade: a and n differ by more than 1e-7 of their size, "
            "but by no more than rounding J to 16 digits may leave in n."
        )
    kinks = [(row.name, index, kink) for row in rows for index, kink in row.kinks.items()]
    if kinks:
        some = "; ".join(f"{shown(name, index)}: {said(kink)}" for name, index, kink in kinks[:MOST_KINKS])
        more = f"; and {len(kinks) - MOST_KINKS} more" if len(kinks) > MOST_KINKS else ""
        yield from wrapped(
            f"kink: {some}{more}. The sign differs between theta - h and theta + h, and with it the slope: the "
            "difference is a mean of both slopes, and no derivative, however right the gradient is."
        )


def said(kink: Kink) -> str:
    """`z of layer 2, neuron 1, example 5`, counted from 1"""
    return f"{kink.what} of layer {kink.layer}, neuron {kink.neuron + 1}, example {kink.example + 1}"


def result(check: GradientCheck) -> str:
    """The final sentences."""
    worst = check.worst
    if worst is None:
        return (
            "Nothing could be graded: all gradients are zero, too small, or at a kink. Take another "
            f"model.initialization.{uncaught(check)}"
        )
    error = f"The worst relative error is {worst.worst:.1e}, in {shown(worst.name)}"
    ungraded = names(row for row in check.rows if row.grade is None)
    if check.wrong:
        caught = "" if check.mistake is None else f"The check catches the mistake {check.mistake.name}. "
        others = (("right", names(rows_right(check))), ("not graded", ungraded))
        more = "".join(f"; {what}: {which}" for what, which in others if which)
        return f"{caught}Wrong: {names(check.wrong)}{more}. {error}.{hint(check)}"
    grade, limit = {"fine": ("right", FINE), "perhaps": ("perhaps right", PERHAPS)}[str(worst.grade)]
    sentence = f"The gradients are {grade}."
    if ungraded:
        sentence = f"Of {ungraded} nothing could be graded. {grade.capitalize()}: {names(rows_right(check))}."
    return f"{sentence} {error}: at most {f'{limit:.0e}'.replace('e-0', 'e-')}.{uncaught(check)}"


def names(rows: Iterable[Checked]) -> str:
    """`W[1], b[1]`"""
    return ", ".join(shown(row.name) for row in rows)


def rows_right(check: GradientCheck) -> list[Checked]:
    """Those that are fine, or perhaps right."""
    return [row for row in check.rows if row.grade in GRADES[:2]]


def uncaught(check: GradientCheck) -> str:
    """Why a planted mistake is not caught; empty if none is planted."""
    if check.mistake is None:
        return ""
    why = "with these weights and examples it changes nothing"
    if check.changed:
        changed = ", ".join(map(shown, check.changed))
        why = f"it does change the gradient of {changed}, but none that could be graded, or by too little"
    return f" The mistake {check.mistake.name} is not caught: {why}."


def hint(check: GradientCheck) -> str:
    """What a factor says that is the same for all that is wrong; empty if there is too little to say so."""
    factor = check.factor
    if factor is None:
        several = sum(len(row.ratios) for row in check.wrong) > 1
        return " No single factor a / n explains it." if several else ""
    said = f" The analytic gradient is {factor:.4g} times the numeric one"
    if check.is_m(factor):
        return f"{said}: m is {check.m}, so it was not divided by m."
    return f"{said} {'there' if rows_right(check) else 'everywhere'}: a factor is missing or too many."


def curve_lines(curves: Curves) -> Iterator[str]:
    """Both costs at some epochs, both curves on one scale, and what there is to see."""
    yield f"training these examples by gradient descent, learning rate {curves.learning_rate:.2g}:"
    rows = [("epoch", *map(str, EPOCHS_SHOWN))]
    for name, costs in (("right", curves.right), ("wrong", curves.wrong)):
        rows.append((name, *(as_cost(costs[epoch - 1]) for epoch in EPOCHS_SHOWN)))
    yield aligned(rows, right=range(1, len(EPOCHS_SHOWN) + 1))
    finite = [J for J in curves.right if math.isfinite(J)]
    top, bottom = max(finite), min(finite)
    yield f"right  {sparkline(curves.right, bottom, top)}"
    yield f"wrong  {sparkline(curves.wrong, bottom, top)}"
    yield from wrapped(f"What to see: {curves.seen}.")


def as_cost(J: float) -> str:
    """Four digits; `-` for what is no longer finite."""
    return number(J) if abs(J) < 1000 else f"{J:.1e}" if math.isfinite(J) else "-"


def sparkline(costs: Sequence[float], bottom: float, top: float) -> str:
    """A character for each cost, as high as it is between bottom and top; `^` above, and `!` if it is not finite."""
    heights = HEIGHTS if can_show(HEIGHTS) else ASCII_HEIGHTS
    steps = (len(heights) - 1) / (top - bottom or 1.0)

    def character(J: float) -> str:
        if not math.isfinite(J):
            return "!"
        return "^" if 1.01 * top < J else heights[round(max(0.0, min(J, top) - bottom) * steps)]

    return "".join(map(character, costs))
