"""Many updates of an optimizer that is linear, as one.

An update maps a weight and its moments, w = (theta, moments), to M w + u g, with g, the weight's gradient. So T updates
map it to

    M^T w + sum over t = 1, ..., T of M^(T-t) u g_t.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from catnet.engine.optimizers import Optimizer, Step
from catnet.engine.types import Array


class LinearUpdates(NamedTuple):
    """T updates of weights and their k - 1 moments, in float64: M^T - I, (k, k); M^(T-t) u of each t, (T, k); and how
    much of theta remains before each update, the corner of M^(t-1).

    The identity is left out, because the rest may be so small that float32 would lose it beside 1.
    """

    change: Array
    responses: Array
    remaining: list[float]


def linear_updates(optimizer: Optimizer, learning_rate: float, count: int) -> LinearUpdates:
    """So many updates at one learning rate."""
    at_0, slope, identity = as_functions_of_learning_rate(optimizer)
    columns = at_0 + learning_rate * slope
    M, u = columns[:, :-1], columns[:, -1:]
    powers, power = np.concatenate((u, identity), axis=1)[np.newaxis], M  # M^t [u I], of t = 0, 1, ...
    while len(powers) < count:
        powers, power = np.concatenate((powers, power @ powers)), power @ power
    powers = powers[:count]
    return LinearUpdates(M @ powers[-1, :, 1:] - identity, powers[::-1, :, 0], powers[:, 0, 1].tolist())


@cache
def as_functions_of_learning_rate(optimizer: Optimizer) -> tuple[Array, Array, Array]:
    """[M u], (k, k + 1), at the learning rate 0, and what it grows by per learning rate; and the identity (k, k)."""
    found = []
    for learning_rate in (0.0, 1.0):
        columns = np.eye(2 + len(optimizer.rule.moments))  # theta, the moments, and g, as functions of what they were
        theta, *moments, g = columns
        optimizer.move(Step(learning_rate, optimizer.momentum, t=1), len(theta), theta, g, *moments)
        found.append(columns[:-1])
    at_0, at_1 = found
    return at_0, at_1 - at_0, np.eye(len(at_0))
