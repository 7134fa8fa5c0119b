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


def average_precision(scores: Array, truth: Array) -> float | None:
    """AP = sum over the thresholds of (R_n - R_{n-1}) P_n, with recall R_0 = 0; None if no example is true.

    It is the area under the steps of the precision-recall curve, each as high as the precision at its right end,
    without interpolation: the definition of scikit-learn's `average_precision_score`.
    """
    if not truth.any():
        return None
    recall, precision = precision_recall(scores, truth)
    return float((np.diff(recall, prepend=0.0) * precision).sum())


class Bin(NamedTuple):
    """The examples whose probability is in one of equal parts of 0..1: mean probability, share of true ones, number."""

    probability: float
    share: float
    examples: int


def reliability(scores: Array, truth: Array, bins: int = 10) -> list[Bin]:
    """The bins that have examples. Calibrated probabilities have share = probability (DeGroot and Fienberg, 1983).

    Scores that are not finite are in no bin.
    """
    known = np.isfinite(scores)
    scores, truth = scores[known], truth[known]
    place = np.minimum((scores * bins).astype(int), bins - 1)
    return [
        Bin(float(scores[inside].mean()), float(truth[inside].mean()), int(inside.sum()))
        for number in range(bins)
        if (inside := place == number).any()
    ]
