"""Random numbers derived from (seed, stream, position), never carried along.

So an epoch's shuffling and dropout are the same whether or not the training was stopped before it.
"""

import numpy as np

INITIALIZATION, SHUFFLE, DROPOUT, SPLIT = range(4)  # the streams


def generator(seed: int, stream: int, *position: int) -> "np.random.Generator":
    """The generator of a stream at a position, such as an epoch."""
    return np.random.default_rng([seed, stream, *position])
