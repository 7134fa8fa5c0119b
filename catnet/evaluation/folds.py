"""Folds: the training examples in parts, each of which is answered by what the others teach."""

import numpy as np

from catnet.data.dataset import DIGEST_BYTES, Split
from catnet.data.splits import strata_of
from catnet.engine.randomness import SPLIT, generator
from catnet.engine.types import Array
from catnet.evaluation.kinds import kinds_of

FOLDS = 5


def folds_of(goal: str, split: Split, count: int = FOLDS, seed: int = 0) -> Array:
    """The fold of each example, (m,), from 0 to `count` - 1, or fewer if there are fewer different examples.

    Equal examples are in one fold. Each stratum (`strata_of`) is shared out evenly, to within one example that stands
    for its equals.
    """
    digests = np.frombuffer(split.digests, np.int64).reshape(-1, DIGEST_BYTES // 8)
    first, group = kinds_of(digests[:, :1].T)
    strata = strata_of(goal, split.labels[:, first])
    shuffled = generator(seed, SPLIT).permutation(len(first))
    fold = np.empty(len(first), np.int64)
    fold[shuffled[np.argsort(strata[shuffled], kind="stable")]] = np.arange(len(first)) % count
    return fold[group]
