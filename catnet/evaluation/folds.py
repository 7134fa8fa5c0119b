"""Folds: the examples in parts, each of which is answered about by what the others teach."""

import numpy as np

from catnet.data.dataset import DIGEST_BYTES, Split
from catnet.data.splits import strata_of
from catnet.engine.randomness import SPLIT, generator
from catnet.engine.types import Array
from catnet.evaluation.kinds import kinds_of

FOLDS = 5


def folds_of(goal: str, split: Split, count: int = FOLDS, seed: int = 0) -> Array:
    """The folds of a split, in which equal examples are in one: as `folds_of_groups`."""
    return folds_of_groups(goal, split.labels, equal_in(split), count, seed)


def equal_in(split: Split) -> Array:
    """For each example of a split a number, (m,): the same for those that are equal, unless they are rows that are
    equal by chance, so that no fold needs to keep them together, as no drawn split does.
    """
    groups = np.frombuffer(split.digests, np.int64).reshape(-1, DIGEST_BYTES // 8)[:, 0]
    return np.arange(len(groups)) if split.by_chance else groups


def folds_of_groups(goal: str, labels: Array, groups: Array, count: int = FOLDS, seed: int = 0) -> Array:
    """The fold of each example, (m,), from 0 to `count` - 1, or fewer if there are fewer groups; labels Y (k, m).

    Examples with the same number in `groups` (m,) are in one fold. Each stratum (`strata_of`) is shared out evenly, to
    within one example that stands for its group; of each stratum the large groups first, so that they are spread.
    """
    first, group = kinds_of(groups[np.newaxis])
    strata, sizes = strata_of(goal, labels[:, first]), np.bincount(group)
    shuffled = generator(seed, SPLIT).permutation(len(first))
    fold = np.empty(len(first), np.int64)
    fold[shuffled[np.lexsort((-sizes[shuffled], strata[shuffled]))]] = np.arange(len(first)) % count
    return fold[group]


def first_of_groups(groups: Array) -> Array:
    """The indices of the first example of each group, ascending."""
    first, _ = kinds_of(groups[np.newaxis])
    return np.sort(first)
