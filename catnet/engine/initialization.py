"""The parameters before the first epoch."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from catnet.engine.memory import require
from catnet.engine.randomness import INITIALIZATION, generator
from catnet.engine.types import Parameters
from catnet.text import first_names


def he(fan_in: int, fan_out: int) -> float:
    """Standard deviation sqrt(2 / n_in): ReLU layers keep the variance (He et al., 2015)"""
    return float(np.sqrt(2 / fan_in))


def xavier(fan_in: int, fan_out: int) -> float:
    """Standard deviation sqrt(2 / (n_in + n_out)), for tanh and sigmoid (Glorot and Bengio, 2010)"""
    return float(np.sqrt(2 / (fan_in + fan_out)))


def zeros(fan_in: int, fan_out: int) -> float:
    """All weights zero: for a network without hidden layers, whose cost is convex; others cannot learn from there"""
    return 0.0


INITIALIZATIONS: dict[str, Callable[[int, int], float]] = {"he": he, "xavier": xavier, "zeros": zeros}


def initial_parameters(layers: Sequence[int], name: str, seed: int, dtype: type[np.floating]) -> Parameters:
    """W[l] (n_l, n_{l-1}), normally distributed with the standard deviation of the named initialization; b[l] = 0.

    `layers` are the sizes n_0, ..., n_L. The weights are drawn in float64 and then rounded, so that float32 and float64
    start at the same point. Raises NotEnoughMemory.
    """
    counts = [fan_in * fan_out for fan_in, fan_out in pairwise(layers)]
    needed = sum(counts) * np.dtype(dtype).itemsize + 8 * max(counts)
    require(needed, f"a network of layers of {first_names(layers)} neurons", "make it smaller")
    random = generator(seed, INITIALIZATION)
    parameters: Parameters = {}
    for layer, (fan_in, fan_out) in enumerate(pairwise(layers), start=1):
        deviation = INITIALIZATIONS[name](fan_in, fan_out)
        W = random.standard_normal((fan_out, fan_in))
        W *= deviation
        parameters[f"W{layer}"] = W.astype(dtype)
        parameters[f"b{layer}"] = np.zeros((fan_out, 1), dtype)
    return parameters
