"""Curves over all thresholds, and calibration.

scores (m,) are the probabilities of a label, truth (m,) of bool says whether it is there. A threshold answers yes to
every score that is not below it.
"""

from typing import NamedTuple

import numpy as np

from catnet.engine.types import Array


def counts(scores: Array, truth: Array) -> tuple[Array, Array, Array]:
    """The distinct scores as thresholds, falling; the true and the false positives at each; all (t,)."""
    order = np.argsort(-scores, kind="stable")
    scores, truth = scores[order], truth[order]
    last = np.flatnonzero(np.append(np.diff(scores) != 0, True))  # of each run of equal scores
    true_positives = np.cumsum(truth)[last]
    return scores[last], true_positives, last + 1 - true_positives


def roc(scores: Array, truth: Array) -> tuple[Array, Array]:
    """False-positive rate fp/(fp + tn) and true-positive rate tp/(tp + fn), both from 0 to 1."""
    _, tp, fp = counts(scores, truth)
    return np.append(0.0, fp / max(1, (~truth).sum())), np.append(0.0, tp / max(1, truth.sum()))


def precision_recall(scores: Array, truth: Array) -> tuple[Array, Array]:
    """Recall tp/(tp + fn), rising, and precision tp/(tp + fp) at each."""
    _, tp, fp = counts(scores, truth)
    return tp / max(1, truth.sum()), tp / (tp + fp)


class Bin(NamedTuple):
    """The examples whose probability is in a tenth of 0..1: their mean probability, share of true ones, and number."""

    probability: float
    share: float
    examples: int


def reliability(scores: Array, truth: Array, bins: int = 10) -> list[Bin]:
    """The bins that have examples. Calibrated probabilities have share = probability (DeGroot and Fienberg, 1983)."""
    place = np.minimum((scores * bins).astype(int), bins - 1)
    return [
        Bin(float(scores[inside].mean()), float(truth[inside].mean()), int(inside.sum()))
        for number in range(bins)
        if (inside := place == number).any()
    ]
