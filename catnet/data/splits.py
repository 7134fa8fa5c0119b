"""Stratified splits of data that has none of its own: every class is shared out in the same proportions."""

from dataclasses import dataclass

import numpy as np

from catnet.data.listing import Listing
from catnet.data.split_names import SPLITS
from catnet.engine.randomness import SPLIT, generator
from catnet.engine.types import Array
from catnet.goals import BINARY, REGRESSION
from catnet.text import counted

LARGEST_GROUP = 0.25  # of a split: so large may a group of equal examples be that is drawn for it
BIN = 10  # so many examples whose targets follow each other are a stratum of a regression

Listings = dict[str, Listing]


@dataclass(frozen=True)
class Draw:
    """How splits are drawn that data does not have of its own: of each of `fractions` so large a part of `whole`.

    The rest is the training data. `kept` are the splits that the data has. Examples with the same number in `groups`
    (m,) stay together; without groups each is on its own.
    """

    goal: str
    whole: Listing
    fractions: dict[str, float]
    seed: int
    kept: Listings
    groups: Array | None = None

    def splits(self) -> Listings:
        """The splits, drawn by the seed."""
        groups = np.arange(len(self.whole.names)) if self.groups is None else self.groups
        first = self.representatives(groups)
        shares = stratify(self.goal, self.whole.labels[:, first], self.fractions, self.seed)
        drawn = {name: np.isin(groups, groups[first[share]]) for name, share in shares.items() if name != "train"}
        drawn["train"] = ~np.any([np.zeros(len(groups), bool), *drawn.values()], axis=0)
        found = {**self.kept, **{name: self.whole.take(np.flatnonzero(mask)) for name, mask in drawn.items()}}
        return {name: found[name] for name in SPLITS if name in found}

    def representatives(self, groups: Array) -> Array:
        """The indices, ascending, of the first example of each group, which stands for the others.

        A group so large that it would upset the fractions is not among them: it is for training.
        """
        _, first, sizes = np.unique(groups, return_index=True, return_counts=True)
        largest = max(2.0, LARGEST_GROUP * min(self.fractions.values(), default=0.0) * len(groups))
        return np.sort(first[sizes <= largest])

    def missing(self, splits: Listings) -> dict[str, str]:
        """The splits to draw that have become none, and why."""
        labels = self.whole.labels if self.groups is None else self.whole.labels[:, self.representatives(self.groups)]
        return {
            name: why_none(labels, f"data.{name}_fraction", fraction)
            for name, fraction in self.fractions.items()
            if name not in splits
        }


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


def why_none(labels: Array, key: str, fraction: float) -> str:
    """Why a split has no example of data with the labels Y (k, m), although its fraction, set by a key, is above 0."""
    count = labels.shape[1]
    if count * fraction + 1e-9 < 1:
        return f"{counted(count, 'example')} {'is' if count == 1 else 'are'} too few for {key} {fraction:g}"
    if (labels.sum(axis=1) == 1).all():
        return f"each of the {len(labels)} classes has a single example, which stays in training"
    return f"the examples that {key} {fraction:g} would take are the only ones of their classes, and stay in training"


def strata_of(goal: str, labels: Array) -> Array:
    """The number of each example's stratum, (m,)."""
    if goal == REGRESSION:
        ranks = np.argsort(np.argsort(labels[0], kind="stable"))
        return ranks // BIN
    packed = np.packbits(labels == 1, axis=0)  # in the same order, and with many classes ten times as quick to sort
    if len(packed) == 1:  # as np.unique would sort them, whose first call takes 20 ms
        return (np.cumsum(np.bincount(packed[0], minlength=256) > 0) - 1)[packed[0]]
    return np.unique(packed, axis=1, return_inverse=True)[1].reshape(-1)
