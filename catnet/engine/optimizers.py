"""Optimizers: how the parameters move along their gradients.

An update is given the vector theta of all parameters, the vector g of their gradients, the optimizer's moments
(vectors too) and the learning rate alpha, and changes theta and the moments in place. The weight decay lambda is the
coupled one, g + lambda theta (the gradient of lambda/2 |theta|^2), and leaves the biases alone. The formulas are those
of torch.optim.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from catnet.engine.parallel import in_threads, shares
from catnet.engine.parameters import Vector
from catnet.engine.types import Array, State

ADAM_BETA1, ADAM_BETA2, ADAM_EPSILON = 0.9, 0.999, 1e-8


@dataclass
class Moments:
    """What an optimizer remembers: a vector a moment, and how many updates there were."""

    vectors: dict[str, Vector] = field(default_factory=dict)
    updates: int = 0

    def state(self) -> State:
        """A copy, by the parameters' names."""
        named = {f"{moment}.{name}": P.copy() for moment, vector in self.vectors.items() for name, P in vector.items()}
        return named | {"step": np.array(self.updates)}

    def restore(self, state: State) -> None:
        """Takes over a copy. What the state does not have stays as it is."""
        for moment, vector in self.vectors.items():
            for name, P in vector.items():
                P[...] = state.get(f"{moment}.{name}", P)
        self.updates = int(state.get("step", self.updates))


@dataclass(frozen=True)
class Optimizer:
    """An optimizer's name and its constants."""

    name: str
    momentum: float = 0.9
    weight_decay: float = 0.0

    @property
    def is_linear(self) -> bool:
        """Whether theta moves by a linear function of all gradients so far."""
        return OPTIMIZERS[self.name].linear

    @property
    def moment_names(self) -> tuple[str, ...]:
        """The moments that it keeps, in the order of its update's arguments."""
        return OPTIMIZERS[self.name].moments

    def moments(self, theta: Vector) -> Moments:
        """The moments before the first update: zeros."""
        return Moments({moment: theta.like() for moment in self.moment_names})

    def update(self, theta: Vector, g: Vector, moments: Moments, learning_rate: float) -> None:
        """One step. Overwrites all but the learning rate."""
        moments.updates += 1
        step = Step(learning_rate, self.momentum, moments.updates)
        move = OPTIMIZERS[self.name].update
        if self.weight_decay:
            for of_g, of_theta in zip(g.weight_chunks, theta.weight_chunks, strict=True):
                of_g += self.weight_decay * of_theta
        vectors = [theta, g, *moments.vectors.values()]
        if len(theta.chunks) == 1:
            move(step, *[vector.vector for vector in vectors])
            return

        def work(share: Sequence[tuple[Array, ...]]) -> None:
            for chunks in share:
                move(step, *chunks)

        in_threads(work, shares(list(zip(*[vector.chunks for vector in vectors], strict=True))))


class Step(NamedTuple):
    """The learning rate alpha, the momentum mu, and the number t of the update, counted from 1."""

    alpha: float
    mu: float
    t: int


def gradient_descent(step: Step, theta: Array, g: Array) -> None:
    """theta <- theta - alpha g"""
    g *= step.alpha
    theta -= g


def momentum(step: Step, theta: Array, g: Array, v: Array) -> None:
    """v <- mu v + g,  theta <- theta - alpha v (Polyak, 1964)"""
    v *= step.mu
    v += g
    theta -= step.alpha * v


def nesterov(step: Step, theta: Array, g: Array, v: Array) -> None:
    """v <- mu v + g,  theta <- theta - alpha (g + mu v) (Nesterov, 1983, as Sutskever et al., 2013, wrote it)"""
    v *= step.mu
    v += g
    theta -= step.alpha * (g + step.mu * v)


def adam(step: Step, theta: Array, g: Array, u: Array, s: Array) -> None:
    """u <- b1 u + (1-b1) g,  s <- b2 s + (1-b2) g^2,
    theta <- theta - alpha (u / (1-b1^t)) / (sqrt(s / (1-b2^t)) + epsilon)  (Kingma and Ba, 2015)
    """
    u *= ADAM_BETA1
    u += (1 - ADAM_BETA1) * g
    s *= ADAM_BETA2
    g *= g
    g *= 1 - ADAM_BETA2
    s += g
    # numerator and denominator times sqrt(1 - b2^t), and all in the place of g
    root = math.sqrt(1 - ADAM_BETA2**step.t)
    np.sqrt(s, out=g)
    g += root * ADAM_EPSILON
    np.divide(u, g, out=g)
    g *= step.alpha * root / (1 - ADAM_BETA1**step.t)
    theta -= g


class Kind(NamedTuple):
    """An update and the moments it keeps. `linear`: theta moves by a linear function of all gradients so far."""

    update: Callable[..., None]
    moments: tuple[str, ...] = ()
    linear: bool = True


OPTIMIZERS = {
    "gradient_descent": Kind(gradient_descent),
    "momentum": Kind(momentum, ("velocity",)),
    "nesterov": Kind(nesterov, ("velocity",)),
    "adam": Kind(adam, ("mean", "square"), linear=False),
}
