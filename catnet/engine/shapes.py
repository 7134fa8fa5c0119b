"""How many parameters a network of given sizes has: without NumPy."""

from collections.abc import Sequence
from itertools import pairwise


def parameter_count(sizes: Sequence[int]) -> int:
    """The sum over the layers of (n_{l-1} + 1) n_l, for the sizes n_0, ..., n_L."""
    return sum((inputs + 1) * neurons for inputs, neurons in pairwise(sizes))
