"""The output of a trace: y^ of Z[L], before the update and after it."""

from collections.abc import Iterator

import numpy as np

from catnet.teaching.tracing.chosen import SAME, Chosen
from catnet.teaching.tracing.form import (
    Line,
    Section,
    Term,
    added,
    digits,
    equation,
    exact,
    factor,
    fixed,
    share,
    signed,
)
from catnet.teaching.tracing.forward import with_number
from catnet.teaching.tracing.traced import Outputs
from catnet.text import listed, printable

LARGE = 50.0  # a logit, beyond which softmax is shown by differences: its exponentials have no number


class Answer:
    """The outputs of the first example, before the update or after it, as they are written."""

    def __init__(self, chosen: Chosen, outputs: Outputs, mark: str = "") -> None:
        """`mark` is put behind each name: nothing before the update."""
        self.chosen, self.traced, self.outputs, self.mark = chosen, chosen.traced, outputs, mark
        self.shown, self.activation = chosen.neurons[chosen.depth], chosen.traced.network.activations[-1]

    @property
    def is_regression(self) -> bool:
        """Whether the output is a number."""
        return not self.traced.model.question.classes

    @property
    def smoothing(self) -> float:
        """The share by which the labels are smoothed; 0 for none."""
        return self.traced.smoothing

    def named(self, i: int, symbol: str = "y^") -> str:
        """`y^_2`"""
        return self.chosen.output(i, symbol) + self.mark

    def z(self, i: int) -> str:
        """An element of Z[L]."""
        return fixed(self.outputs.Z[i, 0], self.chosen.decimals[self.chosen.depth])

    @property
    def error_decimals(self) -> int:
        """At which decimal a regression's error ends."""
        return self.chosen.decimals[self.chosen.depth]

    def a(self) -> str:
        """A[L] of a regression: its only output, in the unit in which it is trained."""
        value = float(self.traced.network.output(self.outputs.Z)[0, 0])
        return self.z(0) if self.activation in SAME and value else digits(value)

    def y_hat(self, i: int) -> str:
        """y^ of a class."""
        return share(self.outputs.y_hat[i, 0])

    def not_y_hat(self, i: int) -> str:
        """1 - y^ of a sigmoid, which is that of -z."""
        with np.errstate(over="ignore"):
            return share(float(self.traced.network.output(-self.outputs.Z[i, :1].astype(np.float64))[0]))

    def as_trained(self, i: int) -> str:
        """y^ of a class in the precision of the training, as y is subtracted from it."""
        return share(float(self.traced.network.output(self.outputs.Z)[i, 0]))

    def y(self, i: int) -> str:
        """The label, as it is trained on."""
        assert self.traced.Y is not None
        if self.is_regression:
            return fixed(self.traced.Y[i, 0], self.error_decimals)
        return digits(self.traced.Y[i, 0]) if self.traced.Y[i, 0] not in (0, 1) else exact(self.traced.Y[i, 0])

    def weight(self, i: int) -> str:
        """The class weight of an output's loss; nothing if it is 1."""
        weights = self.traced.weights
        if weights is None:
            return ""
        value = float(weights[min(i, len(weights) - 1), 0])
        return "" if value == 1 else factor(value)


def output_section(answer: Answer) -> Section:
    """y^ = g(Z[L])"""
    chosen, k = answer.chosen, answer.traced.network.sizes[-1]
    symbol = {
        "sigmoid": "1 / (1 + e^-Z[L])",
        "softmax": "e^Z[L] / (the sum of all e^Z[L])",
        "linear": "Z[L]",
        "relu": "max(0, Z[L])",
    }[answer.activation]
    names = answer.traced.model.question.classes
    why = {
        "sigmoid": "A sigmoid makes of each number one between 0 and 1: the probability of its class, whatever the "
        "others say.",
        "softmax": "Softmax makes probabilities of all outputs together: they add up to 1, because there is one class.",
        "linear": "The output is the number itself.",
        "relu": "The output is the number itself, never below 0.",
    }[answer.activation]
    order = f" The outputs stand for {listed(names)}, in this order." * (len(names) > 1)
    return Section(
        "y^, the answer",
        f"y^ = {symbol}".replace("[L]", f"[{chosen.depth}]"),
        chosen.shapes((k, 1), "=", "g", (k, 1)),
        (why + order,),
        tuple(output_lines(answer)),
    )


def output_lines(answer: Answer) -> Iterator[Line]:
    """Each output shown, from its element of Z[L]."""
    if answer.activation == "softmax":
        yield from softmax_lines(answer)
    elif answer.is_regression:
        yield from target_lines(answer)
    else:
        negative = printable(answer.traced.model.question.negative or "")
        for i in answer.shown:
            z = answer.z(i)
            meaning = answer.chosen.meaning(answer.chosen.depth, i)
            yield equation(answer.named(i), with_number("sigmoid", z), answer.y_hat(i), remark=meaning)
            opposite = f"1 / (1 + e^{signed(z)})"
            yield equation(f"1 - {answer.named(i)}", opposite, answer.not_y_hat(i), remark=negative or f"not {meaning}")


def softmax_lines(answer: Answer) -> Iterator[Line]:
    """The exponentials, their sum, and the quotients."""
    Z, depth = answer.outputs.Z[:, 0].astype(np.float64), answer.chosen.depth
    base, minus = 0.0, ""
    if np.abs(Z).max() > LARGE:
        top = int(Z.argmax())
        base, minus = float(Z[top]), fixed(Z[top], answer.chosen.decimals[depth])
        yield f"The largest, {minus}, is subtracted from all. That changes no quotient, and no e^Z is too large."
    E = np.exp(Z - base)
    terms = []
    for i in answer.shown:
        power = f"e^({answer.z(i)} - {signed(minus)})" if minus else f"e^{signed(answer.z(i))}"
        terms.append(Term(power, factor(E[i]), answer.chosen.meaning(depth, i)))
    total = factor(E.sum())
    yield added(f"S{answer.mark}", terms, total, len(E) - len(terms), "the sum of the exponentials")
    for i, term in zip(answer.shown, terms, strict=True):
        yield equation(answer.named(i), f"{term.value} / {total}", answer.y_hat(i), remark=term.place)


def target_lines(answer: Answer) -> Iterator[Line]:
    """A regression's output, and the answer in the target's own unit."""
    depth, scaling = answer.chosen.depth, answer.traced.model.target_scaling
    name = answer.chosen.name("A", depth, 0) + answer.mark
    symbol = [answer.chosen.name("Z", depth, 0) + answer.mark] if answer.activation == "linear" else []
    yield equation(name, *symbol, with_number(answer.activation, answer.z(0)), answer.a())
    mean, deviation = float(scaling.shift), 1 / float(scaling.scale)
    numbers = [answer.a()]
    if deviation != 1:
        numbers = [f"{numbers[0]} * {factor(deviation)}"]
    if mean:
        numbers = [f"{numbers[0]} + {signed(factor(mean))}"]
    if numbers[0] != answer.a():
        yield "For the training the target was scaled (data.target_scaling). Back in its own unit:"
    target = printable(answer.traced.model.question.target)
    yield equation(answer.named(0), *numbers, digits(answer.outputs.y_hat[0, 0]), remark=target)
