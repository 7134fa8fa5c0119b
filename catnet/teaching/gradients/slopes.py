"""The numeric side of a gradient check: central differences of the cost, and the kinks where they are no derivative.

(J(theta + h) - J(theta - h)) / 2h differs from dJ/dtheta by h^2 J'''/6, and by what rounding leaves of J, which is
divided by h. So h is neither small nor large: it moves a z of the parameter's own layer by STEP.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeVar

import numpy as np

from catnet.engine.network import ForwardPass, cost, first_layer, forward
from catnet.engine.task import Task
from catnet.engine.types import Array, Masks, Parameters

KINKED = ("relu", "leaky_relu")

Measured = TypeVar("Measured")

STEP = 3e-5  # in units of z, and of y^ - y if that is larger
SMALLEST_INPUT = 1e-3  # of the largest a of an input over the examples: h is at most STEP divided by this
EPSILON = float(np.finfo(np.float64).eps)


class Kink(NamedTuple):
    """What changes its sign between theta - h and theta + h: of which layer, neuron and example, counted from 0 but for
    the layer.
    """

    what: str
    layer: int
    neuron: int
    example: int


class Slope(NamedTuple):
    """A central difference, and what the penalty of weight decay has of it; the error that rounding J to float64 may
    leave in it; and a kink, if there is one.
    """

    value: float
    penalty: float
    rounding: float
    kink: Kink | None


def on_both_sides(
    P: Array, index: tuple[int, ...], h: float, measure: Callable[[], Measured]
) -> tuple[Measured, Measured, float]:
    """What is measured with P[index] + h and with P[index] - h, and the distance 2h as the numbers have it.

    P is as before when it returns.
    """
    middle = P[index]
    P[index] = middle + h
    upper, above = P[index], measure()
    P[index] = middle - h
    lower, below = P[index], measure()
    P[index] = middle
    return above, below, float(upper - lower)


class CentralDifferences:
    """Of the cost of a task's examples at its first parameters, in float64, with these masks of dropout.

    With weight decay lambda, J has the penalty lambda/2 |W|^2, as gradient descent has it.
    """

    def __init__(self, task: Task, masks: Masks) -> None:
        self._task, self._masks = task, masks
        self._theta: Parameters = {name: P.astype(np.float64) for name, P in task.initial.items()}
        self._X = task.inputs.reader().block(slice(None))
        self._Z1 = first_layer(self._theta, self._X)
        self.at_start = forward(task.network, self._theta, self._Z1, masks)
        self.J = self._cost(self.at_start)

    def _cost(self, forward_pass: ForwardPass) -> float:
        task = self._task
        return cost(task.network, forward_pass.Z[task.network.depth], task.labels, task.weights)

    def of(self, name: str, index: tuple[int, ...], times: float = 1.0) -> Slope:
        """dJ/dtheta for the parameter name[index], such as W1[2, 4711]. It is moved by so many times h."""
        layer, is_weight = int(name[1:]), name[0] == "W"
        P, decay = self._theta[name], self._task.optimizer.weight_decay

        def measure() -> tuple[float, float, ForwardPass]:
            Z1 = first_layer(self._theta, self._X) if layer == 1 else self._Z1
            forward_pass = forward(self._task.network, self._theta, Z1, self._masks)
            # of |W|^2 only this weight's own term: the others are the same on both sides
            penalty = decay / 2 * float(P[index]) ** 2 if is_weight else 0.0
            return self._cost(forward_pass), penalty, forward_pass

        above, below, distance = on_both_sides(P, index, times * self._h(layer, index, is_weight), measure)
        of_penalty = (above[1] - below[1]) / distance
        rounding = EPSILON * (abs(above[0]) + abs(below[0])) / distance
        kink = next(self._kinks(above[2], below[2]), None)
        return Slope((above[0] - below[0]) / distance + of_penalty, of_penalty, rounding, kink)

    def sharper(self, name: str, index: tuple[int, ...], slope: Slope) -> Slope:
        """A slope without h^2 J'''/6, of which the difference over 2h has four times as much: (4 n(h) - n(2h)) / 3.

        As it is if there is a kink within 2h.
        """
        wide = self.of(name, index, times=2.0)
        if wide.kink is not None:
            return slope
        return slope._replace(
            value=(4 * slope.value - wide.value) / 3, rounding=(4 * slope.rounding + wide.rounding) / 3
        )

    def _h(self, layer: int, index: tuple[int, ...], is_weight: bool) -> float:
        """How far the parameter is moved: dz = a dW, or dz = db."""
        network, step = self._task.network, STEP
        if layer == network.depth:
            step *= max(1.0, float(np.abs(self._errors(self.at_start)).max()))
        if not is_weight:
            return step
        A = self._X.X() if layer == 1 else self.at_start.A[layer - 1]
        return step / max(float(np.abs(A[index[1]]).max()), SMALLEST_INPUT)

    def _errors(self, forward_pass: ForwardPass) -> Array:
        """y^ - y, (k, m)"""
        network = self._task.network
        return network.output(forward_pass.Z[network.depth]) - self._task.labels

    def _kinks(self, above: ForwardPass, below: ForwardPass) -> Iterator[Kink]:
        """What is on another side of its kink in the one than in the other."""
        for (layer, what, one), (_, _, other) in zip(self._signs(above), self._signs(below), strict=True):
            for neuron, example in np.argwhere(one != other).tolist():
                yield Kink(what, layer, neuron, example)

    def _signs(self, forward_pass: ForwardPass) -> Iterator[tuple[int, str, Array]]:
        """For each kink of the network its layer, what changes its sign there, and on which side each is, (n_l, m).

        Of huber the sign counts too: with large errors h is longer than the way from -delta to delta.
        """
        network = self._task.network
        for layer, activation in enumerate(network.activations, start=1):
            if activation in KINKED:
                yield layer, "z", forward_pass.Z[layer] > 0
        if network.loss == "absolute":
            yield network.depth, "y^ - y", self._errors(forward_pass) > 0
        if network.loss == "huber":
            errors = self._errors(forward_pass)
            yield network.depth, "|y^ - y| - delta", np.sign(errors) * (np.abs(errors) > network.huber_delta)
