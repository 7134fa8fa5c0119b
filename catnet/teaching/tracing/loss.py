"""The loss of a trace: L with the logarithm, or the error, that counts, and J."""

from collections.abc import Iterator
from math import log, log1p
from typing import NamedTuple

import numpy as np

from catnet.engine.types import Array
from catnet.teaching.tracing.answer import Answer
from catnet.teaching.tracing.form import (
    Equation,
    Line,
    Section,
    Sum,
    Term,
    added,
    equation,
)
from catnet.teaching.tracing.numbers import NEAR, ONE, Rounded, at, decimals_of, exact, read, signed
from catnet.text import listed


def loss_section(answer: Answer, said: str, label: Array) -> Section:
    """L and J; `label` (k,) is y as the data has it, and `said` is that in words."""
    loss, softmax = answer.traced.network.loss, answer.activation == "softmax"
    symbols = {
        "squared": "(A[L] - y)^2",
        "absolute": "|A[L] - y|",
        "huber": "error^2 / 2 if |error| <= d, else d (|error| - d / 2)",
        "cross_entropy": "-(the sum of all y log y^)" if softmax else "-(y log y^ + (1 - y) log(1 - y^))",
    }
    why = [said]
    if not answer.is_regression and answer.traced.network.sizes[-1] > 1:
        names, Y = answer.traced.model.question.classes, answer.traced.Y
        assert Y is not None
        if len(names) <= 2 * len(answer.shown) + 4:
            why.append(f"y = ({', '.join(answer.y(i) for i in range(len(Y)))}) for {listed(names)}, in this order.")
    if answer.smoothing:
        why.append(f"The training moved 0 and 1 by {answer.smoothing:g} towards all classes (train.label_smoothing).")
    if loss == "huber":
        why.append(f"d = {answer.traced.network.huber_delta:g}, and the error is A[{answer.chosen.depth}] - y.")
    if loss == "cross_entropy":
        why.append("log is the natural logarithm: a sure answer that is right costs nothing, one that is wrong a lot.")
    return Section(
        "L, the loss, and J, the cost",
        f"L = {symbols[loss]}".replace("[L]", f"[{answer.chosen.depth}]"),
        "(1, 1)",
        tuple(why),
        (*label_lines(answer, label), *loss_lines(answer)),
    )


def loss_lines(answer: Answer, total: str = "J") -> Iterator[Line]:
    """The loss of each output, and the `total`: the cost J of one example, or its L in a batch."""
    L, J = answer.outputs.L, answer.outputs.J
    assert L is not None and J is not None
    if answer.is_regression:
        lines: list[Equation | Sum] = list(error_lines(answer))
    elif answer.is_softmax:
        lines = list(softmax_loss_lines(answer))
    else:
        lines = [sigmoid_loss_line(answer, i) for i in answer.shown]
    yield from lines
    last = lines[-1]
    if len(L) == 1:
        value = last.value if isinstance(last, Sum) else last.sides[-1]
        if total == "J":
            yield equation(f"J{answer.mark}", f"L{answer.mark}", value, remark="of one example")
        return
    off = max(read(line.sides[-1]).off for line in lines if isinstance(line, Equation))
    decimals = decimals_of([*L[:, 0].tolist(), J], off)
    terms = [Term(answer.named(i, "L"), at(L[i, 0], decimals)) for i in answer.shown]
    remark = "the sum over the labels, of this one example"
    yield added(f"{total}{answer.mark}", terms, at(J, decimals), len(L) - len(terms), remark)


class Log(NamedTuple):
    """A logarithm with its number, and what that makes; none of what is too small for a number."""

    text: str
    made: Rounded | None


def log_of(share: str, other: str = "") -> Log:
    """The logarithm of a share, by what it lacks, the `other` share, if that is small: it has more digits then."""
    p, lacking = read(share), read(other or "1")
    if lacking.value < NEAR and other != "0":
        return Log(f"log(1 - {other})", Rounded(log1p(-lacking.value), lacking.off / (1 - lacking.value)))
    if not p.value:
        return Log("log of what is too small for a number, by Z[L]", None)
    return Log(f"log({share})", Rounded(log(p.value), p.off / p.value))


def weighted(answer: Answer, i: int) -> tuple[str, str, Rounded, str]:
    """What stands before a logarithm: in numbers, in symbols, as a number, and the remark about it."""
    weight = answer.weight(i)
    if not weight:
        return "-", "-", ONE, ""
    return f"-{weight} * ", "-w ", read(weight), "w, the class weight"


def sigmoid_loss_line(answer: Answer, i: int) -> Equation:
    """L of a sigmoid: the logarithm that counts, or both if the label is smoothed."""
    assert answer.traced.Y is not None and answer.outputs.L is not None
    y, value, z = float(answer.traced.Y[i, 0]), float(answer.outputs.L[i, 0]), float(answer.outputs.Z[i, 0])
    name, y_hat = answer.named(i, "L"), answer.named(i)
    start, symbol, weight, remark = weighted(answer, i)
    yes, no = answer.y_hat(i), answer.not_y_hat(i)
    logs = log_of(yes, no), log_of(no, yes)
    if y in (0, 1):
        log = logs[0] if y else logs[1]
        sides = (f"{symbol}log {y_hat}" if y else f"{symbol}log(1 - {y_hat})", f"{start}{log.text}")
        sides = sides if log.made else ("", f"{symbol}{log.text}")
        made = log.made and log.made * weight
    else:
        sides = ("", f"{start}({answer.y(i)} * {logs[0].text} + (1 - {answer.y(i)}) * {logs[1].text})")
        part, made = answer.label(i), None
        if logs[0].made and logs[1].made:
            # the rounding of y counts in both terms, with opposite signs
            made = (logs[0].made * Rounded(y) + logs[1].made * Rounded(1 - y)) * weight
            made += Rounded(0, weight.value * part.off * abs(logs[0].made.value - logs[1].made.value))
            made += Rounded(0, weight.value * answer.chosen.spacing(z))  # the engine's, which begins with z - y z
    text = answer.chosen.result(value, made or Rounded(value))
    return equation(name, *filter(None, sides), text, remark=remark or (f"because y = {y:g}" if y in (0, 1) else ""))


def softmax_loss_lines(answer: Answer) -> Iterator[Equation | Sum]:
    """L of softmax: minus the logarithm of the true class's probability, or of all if the labels are smoothed."""
    assert answer.traced.Y is not None and answer.outputs.L is not None
    Y, L, Z = answer.traced.Y[:, 0], float(answer.outputs.L[0, 0]), answer.outputs.Z[:, 0]
    name, (start, symbol, weight, remark) = f"L{answer.mark}", weighted(answer, 0)
    engine = Rounded(0, answer.chosen.spacing(max(1.0, float(np.ptp(Z)))))  # it adds a logarithm and a difference of Z
    if set(Y.tolist()) == {0.0, 1.0}:
        c = int(Y.argmax())
        log = log_of(answer.y_hat(c))
        value = answer.chosen.result(L, (log.made + engine if log.made else engine) * weight)
        sides = (f"{symbol}log {answer.named(c)}", f"{start}{log.text}") if log.made else (f"{symbol}{log.text}",)
        yield equation(name, *sides, value, remark=remark or f"y_{c + 1} = 1")
        return
    logs = Z - Z.max() - np.log(np.exp(Z.astype(np.float64) - Z.max()).sum())
    values, offs, products = [], [engine.off], []
    for i in answer.shown:
        log, y = log_of(answer.y_hat(i)), answer.label(i)
        values.append(-weight.value * float(Y[i]) * float(logs[i]))
        offs.append(((log.made or Rounded(float(logs[i]))) * y * weight).off)
        products.append(f"{start}{answer.y(i)} * {log.text}")
    decimals = decimals_of([*values, L], max(offs))
    terms = [Term(product, at(value, decimals)) for product, value in zip(products, values, strict=True)]
    yield added(name, terms, at(L, decimals), len(Y) - len(terms), remark)


def error_lines(answer: Answer) -> Iterator[Equation]:
    """L of a regression, from its error A[L] - y."""
    assert answer.outputs.L is not None
    traced, depth = answer.traced, answer.chosen.depth
    name = answer.chosen.name("A", depth, 0) + answer.mark
    e = error(answer)
    yield equation(f"error{answer.mark}", f"{name} - y", f"{answer.a()} - {signed(answer.y(0))}", e)
    d, size, is_inside = exact(traced.network.huber_delta), e.removeprefix("-"), is_quadratic(answer)
    numbers = {
        "squared": ("error^2", f"{signed(e)}^2"),
        "absolute": ("|error|", size),
        "huber": ("error^2 / 2", f"{signed(e)}^2 / 2")
        if is_inside
        else ("d (|error| - d / 2)", f"{d} * ({size} - {d} / 2)"),
    }
    symbol, number = numbers[traced.network.loss]
    steepness = {"squared": 2.0 * float(size), "absolute": 1.0, "huber": float(size) if is_inside else float(d)}
    made = read(e) * Rounded(steepness[traced.network.loss])
    value = size if number == size else answer.chosen.result(answer.outputs.L[0, 0], made)
    yield equation(f"L{answer.mark}", symbol, number, value)


def is_quadratic(answer: Answer) -> bool:
    """Whether the error of a regression is so small that the Huber loss is a parabola."""
    return abs(float(error(answer))) <= answer.traced.network.huber_delta


def error(answer: Answer) -> str:
    """The error A[L] - y of a regression, as it is written."""
    assert answer.traced.Y is not None
    output: Array = answer.traced.network.output(answer.outputs.Z)
    return at(float(output[0, 0]) - float(answer.traced.Y[0, 0]), answer.error_decimals)


def label_lines(answer: Answer, label: Array) -> Iterator[Line]:
    """y as it is trained on, from the `label` (k,) of the data, if that is something else: a target that is scaled, or
    zeros and ones that are smoothed.
    """
    if answer.is_regression:
        yield scaled_target(answer, float(label[0]))
    elif share := answer.smoothing:
        count = len(label) if answer.activation == "softmax" else 2
        for i in answer.shown:
            numbers = f"{exact(label[i])} * (1 - {exact(share)}) + {exact(share)} / {count}"
            yield equation(answer.named(i, "y"), numbers, answer.y(i))


def scaled_target(answer: Answer, target: float) -> Equation:
    """y of a regression as it is trained on, from the target in its own unit."""
    scaling = answer.traced.model.target_scaling
    mean, deviation, name = float(scaling.shift), 1 / float(scaling.scale), f"y{answer.mark}"
    if not mean and deviation == 1:
        return equation(name, exact(target), answer.y(0))
    moved = f"({exact(target)} - {signed(exact(mean))})" if mean else exact(target)
    symbol = "(target - mean) / deviation" if mean else "target / deviation"
    return equation(name, symbol, f"{moved} / {exact(deviation)}", answer.y(0))
