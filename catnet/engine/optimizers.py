"""Optimizers: how the parameters move along their gradients.

An update is given the parameters theta, their gradients g, the optimizer's state and the learning rate, and
changes parameters and state in place. The weight decay lambda is the coupled one, g + lambda theta
(the gradient of lambda/2 |theta|^2), and leaves the biases alone. The formulas are those of torch.optim.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from catnet.engine.activations import Array

Parameters = dict[str, Array]  # W1 (n_1, n_0), b1 (n_1, 1), W2, b2, ...
State = dict[str, Array]

ADAM_BETA1, ADAM_BETA2, ADAM_EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True)
class Optimizer:
    """An optimizer's name and its constants."""

    name: str
    momentum: float = 0.9
    weight_decay: float = 0.0

    def state(self, parameters: Parameters) -> State:
        """The state before the first update: zeros of the parameters' shapes, and Adam's step count."""
        kind = OPTIMIZERS[self.name]
        state = {f"{moment}.{name}": np.zeros_like(P) for moment in kind.moments for name, P in parameters.items()}
        if kind.counts_steps:
            state["step"] = np.zeros((), dtype=np.int64)
        return state

    def update(self, parameters: Parameters, gradients: Parameters, state: State, learning_rate: float) -> None:
        """One step. Overwrites parameters, gradients and state."""
        if self.weight_decay:
            for name, P in parameters.items():
                if name.startswith("W"):
                    gradients[name] += self.weight_decay * P
        OPTIMIZERS[self.name].update(self, parameters, gradients, state, learning_rate)


def gradient_descent(
    optimizer: Optimizer, parameters: Parameters, gradients: Parameters, state: State, learning_rate: float
) -> None:
    """theta <- theta - alpha g"""
    for name, P in parameters.items():
        P -= learning_rate * gradients[name]


def momentum(
    optimizer: Optimizer, parameters: Parameters, gradients: Parameters, state: State, learning_rate: float
) -> None:
    """v <- mu v + g,  theta <- theta - alpha v (Polyak, 1964)"""
    for name, P in parameters.items():
        v = state[f"velocity.{name}"]
        v *= optimizer.momentum
        v += gradients[name]
        P -= learning_rate * v


def nesterov(
    optimizer: Optimizer, parameters: Parameters, gradients: Parameters, state: State, learning_rate: float
) -> None:
    """v <- mu v + g,  theta <- theta - alpha (g + mu v) (Nesterov, 1983, as Sutskever et al., 2013, wrote it)"""
    for name, P in parameters.items():
        v, g = state[f"velocity.{name}"], gradients[name]
        v *= optimizer.momentum
        v += g
        P -= learning_rate * (g + optimizer.momentum * v)


def adam(
    optimizer: Optimizer, parameters: Parameters, gradients: Parameters, state: State, learning_rate: float
) -> None:
    """u <- b1 u + (1-b1) g,  s <- b2 s + (1-b2) g^2,
    theta <- theta - alpha (u / (1-b1^t)) / (sqrt(s / (1-b2^t)) + epsilon)  (Kingma and Ba, 2015)
    """
    state["step"] += 1
    t = int(state["step"])
    correction1, correction2 = 1 - ADAM_BETA1**t, 1 - ADAM_BETA2**t
    for name, P in parameters.items():
        u, s, g = state[f"mean.{name}"], state[f"square.{name}"], gradients[name]
        u *= ADAM_BETA1
        u += (1 - ADAM_BETA1) * g
        s *= ADAM_BETA2
        s += (1 - ADAM_BETA2) * g * g
        P -= (learning_rate / correction1) * u / (np.sqrt(s / correction2) + ADAM_EPSILON)


class Kind(NamedTuple):
    """An update and the moments it keeps. `linear`: theta moves by a linear function of all gradients so far."""

    update: Callable[[Optimizer, Parameters, Parameters, State, float], None]
    moments: tuple[str, ...] = ()
    counts_steps: bool = False
    linear: bool = True


OPTIMIZERS = {
    "gradient_descent": Kind(gradient_descent),
    "momentum": Kind(momentum, ("velocity",)),
    "nesterov": Kind(nesterov, ("velocity",)),
    "adam": Kind(adam, ("mean", "square"), counts_steps=True, linear=False),
}
