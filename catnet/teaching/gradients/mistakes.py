"""The analytic side of a gradient check, by the engine's own backpropagation; and the mistakes of beginners in it.

A mistake replaces one step of `Backpropagation`. All others stay the engine's.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from catnet.engine import network as engine
from catnet.engine.activations import sigmoid_derivative
from catnet.engine.inputs import Block
from catnet.engine.network import Network, backward, first_layer, forward, sums_of_first_layer, sums_of_other_layers
from catnet.engine.optimizers import Optimizer
from catnet.engine.parallel import one_thread
from catnet.engine.parameters import Vector
from catnet.engine.task import Task
from catnet.engine.types import Array, Masks, Parameters
from catnet.errors import ConfigError
from catnet.teaching.gradients.slopes import KINKED
from catnet.text import alternatives, did_you_mean, joined, printable


@dataclass(frozen=True)
class Backpropagation:
    """Its steps that a mistake may replace.

    `dZ_last` makes dZ[L] of Z[L], Y and the class weights. `activations` are those whose derivatives are used. `db`
    makes b's sums of dZ[l], (n_l, 1), in place of the engine's. `divisor` is what the sums over m examples are divided
    by.
    """

    dZ_last: Callable[[Network, Array, Array, Array | None], Array] = engine.loss_derivative
    activations: Callable[[tuple[str, ...]], tuple[str, ...]] = tuple
    db: Callable[[Array], Array] | None = None
    divisor: Callable[[int], int] = int


RIGHT = Backpropagation()


def sums(task: Task, theta: Vector, X: Block, masks: Masks, by: Backpropagation) -> tuple[Vector, Array]:
    """dZ[l] A[l-1]' and the row sums of dZ[l] over the examples, for all layers; and Z[L]."""
    network, of_all = task.network, theta.like()
    forward_pass = forward(network, theta, first_layer(theta, X), masks)
    Z_last = forward_pass.Z[network.depth]
    believed = replace(network, activations=by.activations(network.activations))
    dZ = backward(believed, theta, forward_pass, by.dZ_last(network, Z_last, task.labels, task.weights), masks)
    sums_of_first_layer(dZ[1], X, of_all)
    sums_of_other_layers(dZ, forward_pass.A, of_all)
    if by.db is not None:
        for layer in dZ:
            of_all[f"b{layer}"][...] = by.db(dZ[layer])
    return of_all, Z_last


class Descent:
    """Gradient descent from a task's first parameters, in float64, by right or wrong backpropagation.

    With weight decay, as the optimizer couples it; what is decoupled is no part of the gradient.
    """

    def __init__(self, task: Task, masks: Masks, by: Backpropagation = RIGHT) -> None:
        self._task, self._masks, self._by = task, masks, by
        self.theta = Vector.of(task.initial, np.dtype(np.float64))
        self._X = task.inputs.reader().block(slice(None))
        self._optimizer = Optimizer("gradient_descent", weight_decay=task.optimizer.weight_decay)
        self._moments = self._optimizer.moments(self.theta)

    @np.errstate(over="ignore", invalid="ignore")
    def step(self, learning_rate: float) -> float:
        """An update by all examples. Returns J before it."""
        task, m = self._task, self._task.inputs.m
        of_all, Z_last = sums(task, self.theta, self._X, self._masks, self._by)
        self._optimizer.update(self.theta, of_all, self._moments, learning_rate, self._by.divisor(m))
        return engine.cost(task.network, Z_last, task.labels, task.weights)


def gradients(task: Task, masks: Masks, by: Backpropagation = RIGHT) -> Parameters:
    """dJ/dtheta at the start: what an update with learning rate 1 subtracts."""
    descent = Descent(task, masks, by)
    before = descent.theta.copies()
    descent.step(1.0)
    return {name: P - descent.theta[name] for name, P in before.items()}


# the mistakes


def slope_one(activations: tuple[str, ...]) -> tuple[str, ...]:
    """The derivative of a hidden ReLU taken for 1 everywhere, as that of a linear layer."""
    *hidden, output = activations
    return *("linear" if name in KINKED else name for name in hidden), output


def derivative_twice(network: Network, Z: Array, Y: Array, weights: Array | None) -> Array:
    """dZ = (y^ - y) y^ (1 - y^): y^ - y is the derivative of loss and softmax together already"""
    return engine.loss_derivative(network, Z, Y, weights) * sigmoid_derivative(Z, network.output(Z))


def last_example(dZ: Array) -> Array:
    """b's sum over the examples is only the last one's dZ."""
    return dZ[:, -1:]


def without_m(m: int) -> int:
    """The sums over the examples are taken for their mean."""
    return 1


def of_another_loss(network: Network, Z: Array, Y: Array, weights: Array | None) -> Array:
    """dZ[L] of the loss in OTHER_LOSSES."""
    loss, output = OTHER_LOSSES[network.loss, network.activations[-1]]
    other = replace(network, loss=loss, activations=(*network.activations[:-1], output))
    return engine.loss_derivative(other, Z, Y, weights)


# By the loss and the output activation: which is differentiated instead.
OTHER_LOSSES = {
    ("cross_entropy", "sigmoid"): ("squared", "sigmoid"),
    ("cross_entropy", "softmax"): ("cross_entropy", "sigmoid"),
} | {
    (loss, output): ("absolute" if loss == "squared" else "squared", output)
    for loss in ("squared", "absolute", "huber")
    for output in ("linear", "relu")
}


@dataclass(frozen=True)
class Mistake:
    """A classic one: what it is, where one makes it in one's own code, and which networks can make it.

    `needs` says in words what `suits` asks of a network.
    """

    name: str
    what: str
    where: str
    by: Backpropagation
    suits: Callable[[Network], bool] = field(default=lambda network: True)
    needs: str = ""


MISTAKES = {
    mistake.name: mistake
    for mistake in (
        Mistake(
            "relu",
            "the derivative of ReLU is taken for 1 everywhere, also where z is negative and its neuron says nothing.",
            "dA = W.T @ dZ is passed on as dZ: the factor (Z > 0) is missing.",
            Backpropagation(activations=slope_one),
            lambda network: any(name in KINKED for name in network.activations[:-1]),
            "a hidden layer with relu or leaky_relu",
        ),
        Mistake(
            "softmax",
            "dZ[L] = y^ - y is multiplied by y^ (1 - y^) once more: it is the derivative of loss and softmax together.",
            "dZ = (A - Y) * A * (1 - A) in the output layer, as one writes it for a hidden sigmoid layer.",
            Backpropagation(dZ_last=derivative_twice),
            lambda network: network.activations[-1] == "softmax",
            "a softmax output",
        ),
        Mistake(
            "bias",
            "db is that of the last example alone: dZ is not summed over the batch.",
            "db = dz in a loop over the examples, in place of db += dz.",
            Backpropagation(db=last_example),
        ),
        Mistake(
            "loss",
            "dZ[L] is the derivative of another loss than the one that J is the mean of.",
            "the loss was changed, and its derivative was not; or a formula was copied from another network.",
            Backpropagation(dZ_last=of_another_loss),
        ),
        Mistake(
            "mean",
            "dW and db are sums over the m examples: J is their mean, and the division by m is missing.",
            "dW = dZ @ A.T without 1 / m in front. The larger the batch, the longer the steps.",
            Backpropagation(divisor=without_m),
        ),
    )
}


@one_thread()  # the products are small
def changed_by(mistake: Mistake, task: Task, masks: Masks) -> list[str]:
    """The names of the W[l] and b[l] whose gradient at the start is another one with a mistake."""
    right, wrong = gradients(task, masks), gradients(task, masks, mistake.by)
    return [name for name, gradient in right.items() if not np.array_equal(gradient, wrong[name])]


def mistakes_of(network: Network) -> list[str]:
    """The names of the mistakes that this network can make."""
    return [name for name, mistake in MISTAKES.items() if mistake.suits(network)]


def mistake_called(name: str, network: Network) -> Mistake:
    """The mistake of this name. Raises ConfigError if there is none, or if the network cannot make it."""
    can = mistakes_of(network)
    if name not in MISTAKES:
        raise ConfigError(
            f"there is no mistake called {printable(name)}{did_you_mean(name, MISTAKES)}; this network can make "
            f"{alternatives(can)}"
        )
    mistake = MISTAKES[name]
    if name not in can:
        raise ConfigError(
            f"the mistake {name} needs {mistake.needs}, which this network does not have: its layers are "
            f"{joined(network.activations)}; it can make {alternatives(can)}"
        )
    return mistake
