"""Class weights w of the cost J = (1/m) sum of w L: with them a class of few examples counts for more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from catnet.engine.types import Array
from catnet.goals import MULTI_CLASS


@dataclass(frozen=True)
class ClassWeights:
    """The weight of each label if it is 1 and if it is 0, each of shape (k, 1).

    Softmax counts only the one label that is 1, so it never uses `zero`.
    """

    goal: str
    one: Array
    zero: Array

    def of(self, labels: Array) -> Array:
        """w for the labels Y (k, m): (1, m) for softmax, whose k outputs share one loss, else (k, m)."""
        if self.goal == MULTI_CLASS:
            return (labels * self.one).sum(axis=0, keepdims=True)
        return np.where(labels == 1, self.one, self.zero)


def balanced(goal: str, labels: Array) -> ClassWeights:
    """Weights that give every class the same sum over the training labels Y (k, m), with a mean weight of 1.

    Softmax: m / (k m_c) for class c. Sigmoids, for each label: m / (2 m_1) if it is 1, m / (2 m_0) if it is 0.
    """
    k, m = labels.shape
    ones = np.maximum(labels.sum(axis=1, keepdims=True), 1)
    zeros = np.maximum(m - ones, 1)
    if goal == MULTI_CLASS:
        return ClassWeights(goal, m / (k * ones), np.zeros((k, 1)))
    return ClassWeights(goal, m / (2 * ones), m / (2 * zeros))


def given(goal: str, classes: Sequence[str], negative: str | None, weights: Mapping[str, float]) -> ClassWeights:
    """The given weights by class name, 1 for a class that they do not name. Goal 1.0 may also name the negative."""
    one = np.array([[weights.get(name, 1.0)] for name in classes])
    zero = np.full_like(one, weights.get(negative, 1.0) if negative is not None else 1.0)
    return ClassWeights(goal, one, zero)
