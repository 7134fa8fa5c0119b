"""Many updates of an optimizer that is linear, as one.

An update maps a weight and its moments, w = (theta, moments), to M w + u g, with g, the weight's gradient. So T updates
map it to

    M^T w + sum over t = 1, ..., T of M^(T-t) u g_t.
"""

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
    columns = np.eye(2 + len(optimizer.rule.moments))  # theta, the moments, and g, as functions of what they were
    theta, *moments, g = columns
    optimizer.move(Step(learning_rate, optimizer.momentum, t=1), len(theta), theta, g, *moments)
    M, u = columns[:-1, :-1], columns[:-1, -1]
    power, responses, remaining = M, [u], [1.0]
    for _ in range(count - 1):
        remaining.append(float(power[0, 0]))
        power = np.dot(M, power)
        responses.append(np.dot(M, responses[-1]))
    return LinearUpdates(power - np.eye(len(M)), np.array(responses[::-1]), remaining)
