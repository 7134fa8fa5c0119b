"""The slopes of a trace's way back as they are written: dA[l] and dZ[l], each from what is written above it."""

import numpy as np

from catnet.teaching.tracing.answer import Answer
from catnet.teaching.tracing.chosen import w_name
from catnet.teaching.tracing.form import Term
from catnet.teaching.tracing.loss import error, is_quadratic
from catnet.teaching.tracing.numbers import (
    FACTOR,
    ONE,
    RESULT,
    Rounded,
    at,
    decimals_of,
    exact,
    like,
    parameter,
    read,
    signed,
)


class Slopes:
    """dZ[l] and dA[l] of the neurons shown, and g'(Z[l])."""

    def __init__(self, answer: Answer) -> None:
        self.answer, self.chosen, self.traced = answer, answer.chosen, answer.traced
        self._dz: dict[tuple[int, int], str] = {}

    def dz(self, layer: int, i: int) -> str:
        """An element of dZ[l]."""
        if (layer, i) not in self._dz:
            self._dz[layer, i] = self._last(i) if layer == self.chosen.depth else self._hidden(layer, i)
        return self._dz[layer, i]

    def _last(self, i: int) -> str:
        """An element of dZ[L]."""
        assert self.traced.dZ is not None
        value = float(self.traced.dZ[self.chosen.depth][i, 0])
        if self.answer.is_regression:
            return self._of_error(value)
        y_hat, y, weight = self.answer.y_hat(i), self.answer.y(i), self.answer.weight(i)
        if y == "0" and not weight:
            return like(value, y_hat)
        made = read(y_hat) - self.answer.label(i)
        return self.chosen.result(value, made * read(weight) if weight else made, FACTOR)

    def _of_error(self, value: float) -> str:
        """dZ[L] of a regression."""
        e, loss = error(self.answer), self.traced.network.loss
        if loss == "squared":
            return self.chosen.result(value, read(e) * Rounded(2.0), FACTOR)
        is_error = loss == "huber" and is_quadratic(self.answer)
        return e if is_error and value else exact(value)

    def _hidden(self, layer: int, j: int) -> str:
        """An element of dZ[l] = dA[l] * g'(Z[l]) of a hidden layer."""
        assert self.traced.dZ is not None
        value = float(self.traced.dZ[layer][j, 0])
        dA, (text, slope) = self.da(layer, j)[1], self.slope(layer, j)
        if text in ("0", "1"):
            return like(value, dA if text == "1" else "0")
        return self.chosen.result(value, read(dA) * slope, FACTOR)

    def da(self, layer: int, j: int) -> tuple[list[Term], str]:
        """The terms of an element of dA[l] = W[l+1]' dZ[l+1], one for each neuron shown above, and what it is."""
        assert self.traced.dZ is not None
        above, W, dZ = layer + 1, self.traced.W(layer + 1), self.traced.dZ[layer + 1]
        total = float(np.dot(W.T, dZ)[j, 0])
        shown = self.chosen.neurons[above]
        products = {i: read(parameter(W[i, j])) * read(self.dz(above, i)) for i in shown}
        values = {i: float(W[i, j]) * float(dZ[i, 0]) for i in shown}
        off = max(product.off for product in products.values())
        decimals = decimals_of([*values.values(), total], off)
        terms = [
            Term(
                f"{parameter(W[i, j])} * {signed(self.dz(above, i))}", at(values[i], decimals), w_name("W", above, i, j)
            )
            for i in shown
        ]
        if len(terms) == 1:
            return terms, self.chosen.result(total, products[shown[0]], FACTOR)
        return terms, at(total, decimals)

    def slope(self, layer: int, j: int) -> tuple[str, Rounded]:
        """g'(Z) of a neuron with numbers, and what they make."""
        activation, text = self.traced.network.activations[layer - 1], self.chosen.a(layer, j)
        a = read(text)
        if activation == "tanh":
            return f"(1 - {signed(text)}^2)", ONE - a * a
        if activation == "sigmoid":
            return f"{text} * (1 - {text})", Rounded(a.value * (1 - a.value), a.off * abs(1 - 2 * a.value))
        flat = {"relu": 0.0, "leaky_relu": 0.01, "linear": 1.0}[activation]
        slope = 1.0 if self.traced.Z[layer][j, 0] > 0 else flat
        return exact(slope), Rounded(slope)

    def db(self, layer: int, i: int) -> str:
        """An element of db[l]."""
        assert self.traced.gradient is not None
        return like(self.traced.gradient[f"b{layer}"][i, 0], self.dz(layer, i))

    def dw(self, layer: int, i: int, j: int) -> str:
        """An element of dW[l]."""
        assert self.traced.gradient is not None
        made = read(self.dz(layer, i)) * read(self.chosen.a(layer - 1, j))
        return self.chosen.result(self.traced.gradient[f"W{layer}"][i, j], made, RESULT)
