"""The loss of a trace: L with the logarithm, or the error, that counts, and J."""

from collections.abc import Iterator

import numpy as np

from catnet.engine.types import Array
from catnet.teaching.tracing.form import (
    Equation,
    Line,
    Section,
    Term,
    added,
    decimals_of,
    digits,
    equation,
    exact,
    factor,
    fixed,
    signed,
)
from catnet.teaching.tracing.outputs import Answer
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


def loss_lines(answer: Answer) -> Iterator[Line]:
    """The loss of each output, and the cost of one example."""
    L = answer.outputs.L
    assert L is not None and answer.outputs.J is not None
    if answer.is_regression:
        yield from error_lines(answer)
    elif answer.activation == "softmax":
        yield from softmax_loss_lines(answer)
    else:
        for i in answer.shown:
            yield sigmoid_loss_line(answer, i)
    k = len(L)
    if k > 1:
        decimals = decimals_of(L[:, 0].tolist())
        terms = [Term(answer.named(i, "L"), fixed(L[i, 0], decimals)) for i in answer.shown]
        total = fixed(answer.outputs.J, decimals)
        yield added(f"J{answer.mark}", terms, total, k - len(terms), "the sum over the labels, of this one example")
    else:
        yield equation(f"J{answer.mark}", f"L{answer.mark}", digits(answer.outputs.J), remark="of one example")


def sigmoid_loss_line(answer: Answer, i: int) -> Equation:
    """L of a sigmoid: the logarithm that counts, or both if the label is smoothed."""
    assert answer.traced.Y is not None and answer.outputs.L is not None
    y, value, weight = float(answer.traced.Y[i, 0]), digits(answer.outputs.L[i, 0]), answer.weight(i)
    name, y_hat = answer.named(i, "L"), answer.named(i)
    start = f"-{weight} * " if weight else "-"
    symbol = "-w " if weight else "-"
    log, other = f"log({answer.y_hat(i)})", f"log({answer.not_y_hat(i)})"
    remark = "w, the class weight" if weight else ""
    if "log(0)" in (log, other):
        return equation(name, f"{symbol}log of what is too small for a number, by Z[L]", value, remark=remark)
    if y == 1:
        return equation(name, f"{symbol}log {y_hat}", f"{start}{log}", value, remark=remark or "because y = 1")
    if y == 0:
        return equation(name, f"{symbol}log(1 - {y_hat})", f"{start}{other}", value, remark=remark or "because y = 0")
    both = f"{start}({answer.y(i)} * {log} + (1 - {answer.y(i)}) * {other})"
    return equation(name, both, value, remark=remark)


def softmax_loss_lines(answer: Answer) -> Iterator[Line]:
    """L of softmax: minus the logarithm of the true class's probability, or of all if the labels are smoothed."""
    assert answer.traced.Y is not None and answer.outputs.L is not None
    Y, L, weight = answer.traced.Y[:, 0].astype(np.float64), float(answer.outputs.L[0, 0]), answer.weight(0)
    name, start, symbol = f"L{answer.mark}", f"-{weight} * " if weight else "-", "-w " if weight else "-"
    remark = "w, the class weight" if weight else ""
    if set(Y.tolist()) == {0.0, 1.0}:
        c = int(Y.argmax())
        log = f"log({answer.y_hat(c)})"
        by_z = f"{symbol}log of what is too small for a number, by Z[L]"
        sides = (by_z,) if log == "log(0)" else (f"{symbol}log {answer.named(c)}", f"{start}{log}")
        yield equation(name, *sides, digits(L), remark=remark or f"y_{c + 1} = 1")
        return
    scale = float(weight or 1)
    with np.errstate(divide="ignore"):
        logs = np.log(answer.outputs.y_hat[:, 0])
    values = [-scale * Y[i] * logs[i] for i in answer.shown]
    decimals = decimals_of([*values, L])
    terms = [
        Term(f"{start}{answer.y(i)} * log({answer.y_hat(i)})", fixed(value, decimals))
        for i, value in zip(answer.shown, values, strict=True)
    ]
    yield added(name, terms, fixed(L, decimals), len(Y) - len(terms), remark)


def error_lines(answer: Answer) -> Iterator[Line]:
    """L of a regression, from its error A[L] - y."""
    assert answer.outputs.L is not None
    traced, depth = answer.traced, answer.chosen.depth
    name = answer.chosen.name("A", depth, 0) + answer.mark
    e = error(answer)
    yield equation(f"error{answer.mark}", f"{name} - y", f"{answer.a()} - {signed(answer.y(0))}", e)
    d, value, size = exact(traced.network.huber_delta), digits(answer.outputs.L[0, 0]), e.removeprefix("-")
    numbers = {
        "squared": ("error^2", f"{signed(e)}^2"),
        "absolute": ("|error|", size),
        "huber": ("error^2 / 2", f"{signed(e)}^2 / 2")
        if abs(float(e)) <= float(d)
        else ("d (|error| - d / 2)", f"{d} * ({size} - {d} / 2)"),
    }
    symbol, number = numbers[traced.network.loss]
    yield equation(f"L{answer.mark}", symbol, number, value)


def error(answer: Answer) -> str:
    """The error A[L] - y of a regression, as it is written."""
    assert answer.traced.Y is not None
    output: Array = answer.traced.network.output(answer.outputs.Z)
    return fixed(float(output[0, 0]) - float(answer.traced.Y[0, 0]), answer.error_decimals)


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
    moved = f"({exact(target)} - {signed(factor(mean))})" if mean else exact(target)
    symbol = "(target - mean) / deviation" if mean else "target / deviation"
    return equation(name, symbol, f"{moved} / {factor(deviation)}", answer.y(0))
