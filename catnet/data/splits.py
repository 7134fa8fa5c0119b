"""Stratified splits of data that has none of its own: every class is shared out in the same proportions."""

from dataclasses import dataclass

import numpy as np

from catnet.data.listing import Listing
from catnet.engine.randomness import SPLIT, generator
from catnet.engine.types import Array
from catnet.goals import BINARY, REGRESSION

BIN = 10  # so many examples whose targets follow each other are a stratum of a regression
WORDS = {"train": "training", "validation": "validation", "test": "test"}  # the splits in order, in words

Listings = dict[str, Listing]


@dataclass(frozen=True)
class Draw:
    """How splits are drawn that data does not have of its own: of each of `fractions` so large a part of `whole`.

    The rest is the training data. `kept` are the splits that the data has.
    """

    goal: str
    whole: Listing
    fractions: dict[str, float]
    seed: int
    kept: Listings

    def splits(self, groups: Array | None = None) -> Listings:
        """The splits, drawn by the seed. Examples of `whole` with the same number in `groups` (m,) stay together."""
        if groups is None:
            groups = np.arange(len(self.whole.names))
        _, first, group = np.unique(groups, return_index=True, return_inverse=True)
        order = np.sort(first)  # so that without groups each example stands for itself, in its place
        shares = stratify(self.goal, self.whole.labels[:, order], self.fractions, self.seed)
        drawn = {
            name: self.whole.take(np.flatnonzero(np.isin(group, group[order[share]]))) for name, share in shares.items()
        }
        found = {**self.kept, **drawn}
        return {name: found[name] for name in WORDS if name in found}

    def missing(self, splits: Listings) -> dict[str, float]:
        """The fractions that were too small to become a split."""
        return {name: fraction for name, fraction in self.fractions.items() if name not in splits}


def stratify(goal: str, labels: Array, fractions: dict[str, float], seed: int) -> dict[str, Array]:
    """The indices, ascending, of "train" and of each split of `fractions`, drawn by the seed from labels Y (k, m).

    The strata are the classes, the combinations of labels, or neighbours in the target. The examples are laid out
    stratum after stratum, each shuffled, and taken at equal distances: so every split has its fraction of each stratum
    to within one example, and of the whole. A class always keeps an example for training.
    """
    strata = strata_of(goal, labels)
    # one row per class: which examples have it; for goal 1.0 also which do not
    if goal == REGRESSION:
        present = np.ones((1, len(strata)), bool)
    else:
        present = np.concatenate([labels == 1, labels == 0] if goal == BINARY else [labels == 1])
    shuffled = generator(seed, SPLIT).permutation(len(strata))
    rest, left = shuffled[np.argsort(strata[shuffled], kind="stable")], 1.0
    chosen = {}
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
        ranks = np.argsort(np.argsort(labels[0], kind="stable"))
        return ranks // BIN
    return np.unique(labels, axis=1, return_inverse=True)[1].reshape(-1)
