"""Optimizers: how the parameters theta move along their gradient g.

A formula gets theta, g and the optimizer's moments, arrays of one shape. It changes theta and the moments in place, and
uses g up: a temporary array of its size would take as long as the formula. The formulas are those of torch.optim.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from catnet.engine.parameters import CHUNK, Vector, in_chunks
from catnet.engine.types import Array, Parameters, State

ADAM_BETA1, ADAM_BETA2, ADAM_EPSILON = 0.9, 0.999, 1e-8


class Step(NamedTuple):
    """The learning rate alpha, the momentum mu, the number t of the update, from 1, and what g is divided by first."""

    alpha: float
    mu: float
    t: int
    divisor: float = 1


def gradient_descent(step: Step, theta: Array, g: Array) -> None:
    """theta <- theta - alpha g"""
    g *= step.alpha
    theta -= g


def momentum(step: Step, theta: Array, g: Array, v: Array) -> None:
    """v <- mu v + g,  theta <- theta - alpha v (Polyak, 1964)"""
    v *= step.mu
    v += g
    np.multiply(v, step.alpha, out=g)
    theta -= g


def nesterov(step: Step, theta: Array, g: Array, v: Array) -> None:
    """v <- mu v + g,  theta <- theta - alpha (g + mu v) (Nesterov, 1983, in the form of Sutskever et al., 2013)"""
    v *= step.mu
    v += g
    g += step.mu * v
    g *= step.alpha
    theta -= g


def adam(step: Step, theta: Array, g: Array, m: Array, v: Array) -> None:
    """m <- beta1 m + (1-beta1) g,  v <- beta2 v + (1-beta2) g^2,
    theta <- theta - alpha m^ / (sqrt(v^) + epsilon),  m^ = m / (1-beta1^t),  v^ = v / (1-beta2^t)
    (Kingma and Ba, 2015)

    g comes times 1-beta1. The time goes into the passes over memory: these are as few as NumPy allows.
    """
    m *= ADAM_BETA1
    m += g
    v *= ADAM_BETA2
    g *= g
    g *= (1 - ADAM_BETA2) / (1 - ADAM_BETA1) ** 2
    v += g
    # m^ / (sqrt(v^) + epsilon), numerator and denominator times sqrt(1 - beta2^t)
    root = math.sqrt(1 - ADAM_BETA2**step.t)
    np.sqrt(v, out=g)
    g += root * ADAM_EPSILON
    np.divide(m, g, out=g)
    g *= step.alpha * root / (1 - ADAM_BETA1**step.t)
    theta -= g


class Rule(NamedTuple):
    """A formula, and the names that checkpoints have for its moments, in the order of its arguments.

    It is linear if theta moves by the learning rate times a linear function of all gradients so far. Its weight decay
    may be decoupled. The formula wants g times `scale`.
    """

    formula: Callable[..., None]
    moments: tuple[str, ...] = ()
    linear: bool = True
    decoupled: bool = False
    scale: float = 1.0

    @property
    def uses_momentum(self) -> bool:
        """Whether the momentum mu is in the formula."""
        return "velocity" in self.moments


OPTIMIZERS = {
    "gradient_descent": Rule(gradient_descent),
    "momentum": Rule(momentum, ("velocity",)),
    "nesterov": Rule(nesterov, ("velocity",)),
    "adam": Rule(adam, ("mean", "square"), linear=False, scale=1 - ADAM_BETA1),
    "adamw": Rule(adam, ("mean", "square"), linear=False, decoupled=True, scale=1 - ADAM_BETA1),
}

# Moments of what no longer has a gradient, such as the weights of a dead neuron, shrink until they are subnormal, and a
# processor takes a hundred times as long for such numbers. So they become 0 before: if they are below this multiple of
# the smallest normal number, after so many updates.
NEGLIGIBLE, UPDATES_BETWEEN_CUTS = 1e5, 100


def cut(moment: Array) -> None:
    """Sets what is negligible to 0."""
    moment[np.abs(moment) < NEGLIGIBLE * np.finfo(moment.dtype).tiny] = 0


UPDATES = "step"  # the name in a state of the number of updates so far


def state_name(moment: str, parameter: str) -> str:
    """The name of a parameter's moment in a state and in checkpoints: velocity.W1"""
    return f"{moment}.{parameter}"


@dataclass
class Moments:
    """The state of an optimizer: a vector for each moment, by its name, and the number of updates so far."""

    vectors: dict[str, Vector]
    updates: int = 0

    @cached_property
    def arrays(self) -> list[Array]:
        """The vectors as arrays."""
        return [vector.vector for vector in self.vectors.values()]

    def state(self) -> State:
        """A copy."""
        return to_state({moment: vector.copies() for moment, vector in self.vectors.items()}, self.updates)

    def restore(self, state: State) -> None:
        """Copies a state into the moments. What it does not hold stays as it is."""
        for moment, vector in self.vectors.items():
            for name, P in from_state(state, moment, vector).items():
                vector[name][...] = P
        self.updates = int(state.get(UPDATES, self.updates))


def to_state(moments: Mapping[str, Parameters], updates: int) -> State:
    """The state that consists of these moments, each by parameter, and of the number of updates."""
    named = {state_name(moment, name): P for moment, of_moment in moments.items() for name, P in of_moment.items()}
    return named | {UPDATES: np.array(updates)}


def from_state(state: State, moment: str, parameters: Iterable[str]) -> Parameters:
    """One moment, by parameter: of those parameters for which the state holds it."""
    return {name: state[key] for name in parameters if (key := state_name(moment, name)) in state}


@dataclass(frozen=True)
class Optimizer:
    """An optimizer's name and its constants: the momentum mu and the weight decay lambda."""

    name: str
    momentum: float = 0.9
    weight_decay: float = 0.0

    @cached_property
    def rule(self) -> Rule:
        """Its formula, its moments, and whether it is linear."""
        return OPTIMIZERS[self.name]

    def state_names(self, parameters: Iterable[str]) -> set[str]:
        """What a state must hold to resume a training of these parameters: velocity.W1, ..., step."""
        return {state_name(moment, name) for name in parameters for moment in self.rule.moments} | {UPDATES}

    def moments(self, theta: Vector) -> Moments:
        """The moments before the first update: zeros."""
        return Moments({moment: theta.like() for moment in self.rule.moments})

    @cached_property
    def scale(self) -> float:
        """What `move` wants the gradient times: a number that costs nothing if it is multiplied into dZ[L]."""
        return 1.0 if self.weight_decay and not self.rule.decoupled else self.rule.scale

    def next_step(self, moments: Moments, learning_rate: float, divisor: float = 1) -> Step:
        """The step of the next update, which it counts."""
        moments.updates += 1
        return Step(learning_rate, self.momentum, moments.updates, divisor)

    def update(
        self, theta: Vector, gradient: Vector, moments: Moments, learning_rate: float, examples: int = 1
    ) -> None:
        """One step along g = gradient / examples: `gradient` is the sum over so many examples, or, with 1, their mean.

        Changes theta and the moments in place, and uses the gradient up.
        """
        step = self.next_step(moments, learning_rate, examples / self.scale)
        if theta.vector.size <= CHUNK:  # in as few calls as possible: these are the shortest steps
            self.move(step, theta.weights, theta.vector, gradient.vector, *moments.arrays)
        else:
            in_chunks(partial(self.move, step), [theta, gradient, *moments.vectors.values()])

    def move(self, step: Step, weights: int, theta: Array, g: Array, *moments: Array) -> None:
        """Moves a chunk of theta, of which the first numbers are weights, along g: that is `scale` times the gradient,
        once it is divided by the step's divisor.

        The weight decay is coupled: lambda W, the gradient of lambda/2 |W|^2, is added to g. Or it is decoupled:
        W <- W - alpha lambda W (Loshchilov and Hutter, 2019), before the formula. Biases have none.
        """
        if step.divisor != 1:
            g /= step.divisor
        if self.weight_decay and weights:
            W = theta[:weights]
            if self.rule.decoupled:
                W *= 1 - step.alpha * self.weight_decay
            else:
                g[:weights] += self.weight_decay * W
        if step.t % UPDATES_BETWEEN_CUTS == 0:
            for moment in moments:
                cut(moment)
        if self.scale != self.rule.scale:
            g *= self.rule.scale
        self.rule.formula(step, theta, g, *moments)
