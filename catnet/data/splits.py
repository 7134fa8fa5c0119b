"""Stratified splits of data that has none of its own: every class is shared out in the same proportions."""

import numpy as np

from catnet.engine.randomness import SPLIT, generator
from catnet.engine.types import Array
from catnet.goals import BINARY, REGRESSION

BIN = 10  # examples that follow each other in a regression's target count as alike


def stratify(goal: str, labels: Array, fractions: dict[str, float], seed: int) -> dict[str, Array]:
    """The indices, ascending, of "train" and of each split of `fractions`, drawn by the seed from labels Y (k, m).

    The strata are the classes, the combinations of labels, or neighbours in the target. The examples are laid out
    stratum after stratum, each shuffled, and taken at equal distances: so every split has its fraction of each stratum
    to within one example, and of the whole. A class always keeps an example for training.
    """
    strata = strata_of(goal, labels)
    # a row a class: which examples show it; for goal 1.0 also which do not
    present = np.concatenate([labels == 1, labels == 0] if goal == BINARY else [labels == 1])
    if goal == REGRESSION:
        present = np.ones((1, labels.shape[1]), bool)
    random = generator(seed, SPLIT)
    shuffled = random.permutation(labels.shape[1])
    order = shuffled[np.argsort(strata[shuffled], kind="stable")]
    chosen = {}
    rest, left = order, 1.0
    for name, fraction in fractions.items():
        share = fraction / left
        steps = np.floor(np.arange(1, len(rest) + 1) * share + 1e-9)
        taken = np.diff(steps, prepend=0) > 0
        for members in present[:, rest]:
            if taken[members].all() and members.any():
                taken[np.flatnonzero(members)[0]] = False
        if taken.any():
            chosen[name] = np.sort(rest[taken])
        rest, left = rest[~taken], left - fraction
    return {"train": np.sort(rest), **chosen}


def strata_of(goal: str, labels: Array) -> Array:
    """The number of each example's stratum, (m,)."""
    if goal == REGRESSION:
        ranks = np.empty(labels.shape[1], dtype=np.intp)
        ranks[np.argsort(labels[0], kind="stable")] = np.arange(labels.shape[1])
        return ranks // BIN
    return np.unique(labels, axis=1, return_inverse=True)[1].reshape(-1)
