"""The threshold of a label: above it, the answer is that the label is there."""

from collections.abc import Sequence

import numpy as np

from catnet.engine.types import Array
from catnet.errors import ConfigError
from catnet.evaluation.curves import counts
from catnet.text import printable


def at_precision(scores: Array, truth: Array, wanted: float) -> tuple[float | None, float]:
    """The threshold with the greatest recall whose precision is at least `wanted`, None if there is none.

    And the greatest precision of any threshold. scores (m,), truth (m,) of bool.
    """
    thresholds, tp, fp = counts(scores, truth)
    precision = tp / (tp + fp)
    enough = np.flatnonzero(precision >= wanted)
    return (between(thresholds, enough[-1]) if len(enough) else None), float(precision.max())


def at_recall(scores: Array, truth: Array, wanted: float) -> tuple[float | None, float]:
    """The threshold with the greatest precision whose recall is at least `wanted`, None if no example has the label.

    And the greatest recall of any threshold.
    """
    thresholds, tp, fp = counts(scores, truth)
    if not truth.any():
        return None, 0.0
    enough = np.flatnonzero(tp / truth.sum() >= wanted)
    best = enough[np.argmax((tp / (tp + fp))[enough])]
    return between(thresholds, best), 1.0


def between(thresholds: Array, place: int) -> float:
    """A number below this score and not below the next: half-way, so that rounding changes no answer."""
    score = float(thresholds[place])
    following = float(thresholds[place + 1]) if place + 1 < len(thresholds) else 0.0
    half = (score + following) / 2
    return half if following <= half < score else following


RULES = {"precision": at_precision, "recall": at_recall}


def choose(rule: str, wanted: float, answer: Array, labels: Array, classes: Sequence[str]) -> list[float]:
    """A threshold for each label, by a rule of RULES, from answers and labels (k, m).

    Raises ConfigError if no threshold fulfils the rule for a label.
    """
    chosen = []
    for name, scores, truth in zip(classes, answer, labels == 1, strict=True):
        threshold, most = RULES[rule](scores, truth, wanted)
        if threshold is None:
            raise ConfigError(
                f"no threshold gives {printable(name)} a {rule} of {wanted:g}; {most:.4g} is the most there is"
            )
        chosen.append(threshold)
    return chosen
