"""Which of the many numbers of a step are shown, and how each is written wherever it stands.

The outputs are followed back: of a hidden layer those neurons are shown whose terms are the largest in what the next
layer shows, and of the inputs those with the largest terms. So each number of a line stands in a line above it.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from catnet.engine.types import Array
from catnet.teaching.tracing.form import Term
from catnet.teaching.tracing.numbers import (
    FACTOR,
    RESULT,
    Rounded,
    at,
    decimals_of,
    exact,
    parameter,
    read,
    result,
    signed,
    spacing,
)
from catnet.teaching.tracing.traced import Traced
from catnet.text import printable, short

NEURONS = 3  # of a layer
COLUMNS = 4  # examples of a batch
INPUTS = 4  # of a neuron; two more if these are then all
COLOURS = ("red", "green", "blue")
SAME = ("relu", "linear")  # activations that change no digit


@dataclass(frozen=True)
class Chosen:
    """The first example of a step, and what is shown of it."""

    traced: Traced
    like: "Chosen | None" = None  # whose neurons and decimals are taken, if they are given
    _decimals: dict[tuple[int, int], int] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """L, the number of layers."""
        return self.traced.network.depth

    @cached_property
    def neurons(self) -> dict[int, list[int]]:
        """Those shown of each layer 1, ..., L."""
        if self.like is not None:
            return self.like.neurons
        found = {self.depth: self._outputs()}
        for layer in range(self.depth, 1, -1):
            terms = self.traced.W(layer)[found[layer]] * self.traced.A[layer - 1][:, 0]
            found[layer - 1] = largest(np.abs(terms).sum(axis=0), NEURONS)
        return found

    def _outputs(self) -> list[int]:
        """The outputs: those of the own labels first, of a batch's softmax of all examples shown, then those with the
        largest answers.
        """
        y_hat, Y = self.traced.before.y_hat[:, 0], self.traced.Y
        if len(y_hat) == 1:
            return [0]
        if Y is None:
            return largest(y_hat, NEURONS)
        count = COLUMNS if self.traced.network.activations[-1] == "softmax" else 1
        own = (Y[:, :count] > 1 / 2).any(axis=1)
        return largest(y_hat + own * len(y_hat), NEURONS if count == 1 else max(NEURONS, int(own.sum())))

    @cached_property
    def inputs(self) -> dict[int, list[int]]:
        """Of each neuron shown of layer 1 the inputs with the largest terms, the largest first."""
        terms = np.abs(self.traced.W(1) * self.traced.X[:, 0])
        most = INPUTS if terms.shape[1] > INPUTS + 2 else INPUTS + 2
        return {i: np.argsort(-terms[i], kind="stable")[:most].tolist() for i in self.neurons[1]}

    @cached_property
    def largest_input(self) -> int:
        """The largest one: with it a row of dW[1] has its largest number."""
        return int(np.abs(self.traced.X[:, 0]).argmax())

    def before(self, layer: int, neuron: int) -> list[int]:
        """What is shown of the layer before: the inputs j of W_ij."""
        return self.inputs[neuron] if layer == 1 else self.neurons[layer - 1]

    def left_out(self, layer: int, neuron: int) -> int:
        """How many terms of a neuron are not shown."""
        return int(self.traced.network.sizes[layer - 1]) - len(self.before(layer, neuron))

    def decimals(self, layer: int, neuron: int) -> int:
        """At which decimal the numbers of an element of Z[l] end."""
        if self.like is not None:
            return self.like.decimals(layer, neuron)
        if (layer, neuron) not in self._decimals:
            values, shown = self._in_sum(layer, neuron), self.before(layer, neuron)
            W = self.traced.W(layer)[neuron]
            off = max((read(parameter(W[j])) * read(self.a(layer - 1, j))).off for j in shown)
            if not self.left_out(layer, neuron):  # else the rest has what the engine rounds
                off += self.spacing(max(map(abs, values)))
            self._decimals[layer, neuron] = decimals_of(values, off)
        return self._decimals[layer, neuron]

    def _in_sum(self, layer: int, i: int) -> list[float]:
        """The numbers that are written with the decimals of this element of Z[l]."""
        traced, shown = self.traced, self.before(layer, i)
        b, A, Z = float(traced.b(layer)[i, 0]), traced.A[layer - 1], traced.Z[layer][i, :COLUMNS].tolist()
        terms = (traced.W(layer)[i, shown] * A[shown, 0]).tolist()
        of_error = [traced.Y[0, 0]] if layer == self.depth and self.is_regression and traced.Y is not None else []
        return [*of_error, *terms, *Z, *(z - b for z in Z), b, Z[0] - b - sum(terms)]

    @property
    def is_regression(self) -> bool:
        """Whether the output is a number."""
        return not self.traced.model.question.classes

    # numbers as they are written

    def spacing(self, value: float) -> float:
        """How far a number of the engine is from the next one."""
        return spacing(value, self.traced.X.dtype)

    def result(self, value: float, made: Rounded, count: int = RESULT, share: bool = False) -> str:
        """The engine's result of what its line is `made` of."""
        if not made.off and not share and float(value).is_integer():
            return exact(value)
        return result(value, made.off + self.spacing(float(value)), count, share)

    def z(self, layer: int, neuron: int, example: int = 0) -> str:
        """An element of Z[l]."""
        return at(self.traced.Z[layer][neuron, example], self.decimals(layer, neuron))

    def a(self, layer: int, neuron: int, example: int = 0) -> str:
        """An element of A[l]; of A[0], an input."""
        if layer == 0:
            x = float(self.traced.X[neuron, example])
            return exact(x) if x.is_integer() else self.result(x, Rounded(x, self._off_scaled(neuron, x)), FACTOR)
        value, z = float(self.traced.A[layer][neuron, example]), self.z(layer, neuron, example)
        activation = self.traced.network.activations[layer - 1]
        if activation in SAME or (activation == "leaky_relu" and value > 0):
            return z if value else "0"
        slope = {"tanh": 1 - value**2, "sigmoid": value * (1 - value), "leaky_relu": 0.01}[activation]
        made = read(z) * Rounded(slope)
        return self.result(value, made, FACTOR, share=activation != "leaky_relu")

    def _off_scaled(self, j: int, x: float) -> float:
        """By how much an input may be off, much if it is near its mean: the mean and the deviation are rounded, and the
        engine, in its precision, subtracts what are two large numbers then.
        """
        scaling, n = self.traced.model.scaling, self.traced.network.sizes[0]
        shift, scale = (float(np.broadcast_to(each, n)[j]) for each in (scaling.shift, scaling.scale))
        engine = self.spacing(shift * scale) if shift else 0.0
        return engine + abs((float(exact(shift)) - shift) * scale) + abs(x * (float(exact(1 / scale)) * scale - 1))

    def term(self, layer: int, neuron: int, j: int, W: Array) -> Term:
        """W_ij a_j."""
        value = float(W[neuron, j]) * float(self.traced.A[layer - 1][j, 0])
        product = f"{parameter(W[neuron, j])} * {signed(self.a(layer - 1, j))}"
        place = f"{x_name(j)} {self.place(j)}" if layer == 1 else self.name("A", layer - 1, j)
        return Term(product, at(value, self.decimals(layer, neuron)), place)

    # names

    def name(self, symbol: str, layer: int, neuron: int) -> str:
        """`Z[1]_3`, the third element; `Z[1]` if it is the only one."""
        return f"{symbol}[{layer}]" + (f"_{neuron + 1}" if self.traced.network.sizes[layer] > 1 else "")

    def output(self, neuron: int, symbol: str = "y^") -> str:
        """`y^_2`, or `y^` if there is one output."""
        return symbol + (f"_{neuron + 1}" if self.traced.network.sizes[-1] > 1 else "")

    def meaning(self, layer: int, neuron: int) -> str:
        """What an output neuron stands for; nothing of a hidden one."""
        question = self.traced.model.question
        if layer < self.depth:
            return ""
        return printable(question.classes[neuron] if question.classes else question.target)

    def place(self, j: int) -> str:
        """Where an input is: `row 12, column 3, red`, counted from 1; or its column of a table."""
        model = self.traced.model
        if model.image_size is None:
            return short(model.question.inputs[j], 30)
        height, width = model.image_size
        channels = self.traced.network.sizes[0] // (height * width)
        pixel, channel = divmod(j, channels)
        colour = f", {COLOURS[channel]}" if channels == len(COLOURS) else ""
        return f"row {pixel // width + 1}, column {pixel % width + 1}{colour}"

    def shapes(self, *shapes: tuple[int, ...] | str) -> str:
        """`(20, 1) = (20, 12288) (12288, 1) + (20, 1)`"""
        return " ".join(shape if isinstance(shape, str) else f"({shape[0]}, {shape[1]})" for shape in shapes)


def x_name(j: int) -> str:
    """`x_12`, counted from 1"""
    return f"x_{j + 1}"


def w_name(symbol: str, layer: int, neuron: int, j: int) -> str:
    """`W[1]_3,12`, counted from 1"""
    return f"{symbol}[{layer}]_{neuron + 1},{j + 1}"


def largest(values: Array, count: int) -> list[int]:
    """The places of the largest values, in order."""
    return sorted(np.argsort(-values, kind="stable")[:count].tolist())
