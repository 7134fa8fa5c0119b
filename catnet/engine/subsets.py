"""Some of many examples, epochs or points, where not all need to be looked at; the same ones each time."""

import numpy as np

from catnet.engine.types import Array


def sample(m: int, most: int) -> Array:
    """The indices, in order, of all m, or of `most` that are drawn at random."""
    return np.arange(m) if m <= most else np.sort(np.random.default_rng(0).choice(m, most, replace=False))


def spread(m: int, most: int) -> Array:
    """The indices of all m, or of `most` that are equally far from each other, the first and the last among them."""
    return np.linspace(0, m - 1, min(m, most)).astype(np.intp)
