"""Random numbers, derived from (seed, stream, position) each time, never carried along.

So the shuffling, the dropout and the augmentation of an epoch are the same whether or not the training was
interrupted before it.
"""

import numpy as np

INITIALIZATION, SHUFFLE, DROPOUT, SPLIT, AUGMENT, MIXUP, WHITENING, TUNE = range(8)  # the streams


def generator(seed: int, stream: int, *position: int) -> "np.random.Generator":
    """The generator of a stream at a position, such as an epoch."""
    return np.random.default_rng([seed, stream, *position])
