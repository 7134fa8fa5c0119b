"""One K for several trainings on examples of the same data: folds, seeds, parts of a learning curve.

A training on some of the examples needs K of these, centred by their own mean (`gram_matrix.py`). With mu_0 and K_0 of
all examples, and d = mu - mu_0 (n, 1), it is K_0 without rows and columns, centred once more:

    (x_i - mu)'(x_j - mu) = (x_i - mu_0)'(x_j - mu_0) - d'(x_i - mu_0) - d'(x_j - mu_0) + d'd,

in which d'(x_i - mu_0) is the mean of row i of K_0 over the examples that are trained on, and d'd the mean of these
over the same examples. So it is exact, and takes no product with X.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from catnet.engine.gram_matrix import gram, mean_of
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.types import Array


class SharedGram:
    """K_0 of rows (m, n) times a scale, in a precision: (m, m + 1), as `gram` has it."""

    def __init__(self, rows: Array, scale: float, dtype: type[np.floating]) -> None:
        self._K = gram(Inputs(rows, Scaling(0.0, scale), dtype), mean=mean_of(rows))

    def of(self, training: Array, others: Array, is_centred: bool, order: Literal["C", "F"] = "C") -> Array:
        """K of the examples at the indices `training` (m,) and, below it, `others`, as `gram` has it: (m_all, m + 1).

        `is_centred` says whether the scaling subtracts the mean of the training, so that mu is 0.
        """
        known, m = np.concatenate([training, others]), len(training)
        K = np.empty((len(known), m + 1), self._K.dtype, order)
        K[:, :m] = self._K[np.ix_(known, training)]
        d_x = K[:, :m].mean(axis=1, dtype=np.float64)  # d'(x_i - mu_0)
        d_d = d_x[:m].mean()
        K[:, :m] -= (d_x - d_d)[:, np.newaxis].astype(K.dtype)
        K[:, :m] -= d_x[:m].astype(K.dtype)
        if is_centred:
            K[:, m] = 0
        else:  # (x_i - mu)' (mu_0 + d)
            with_mean = self._K[known, -1].astype(np.float64)
            K[:, m] = with_mean - with_mean[:m].mean() + d_x - d_d
        return K


@dataclass(frozen=True)
class PartOfGram:
    """K of a training on some of the examples of a shared one: at these indices, in the order of the training's inputs;
    `validation` are those of its validation data.
    """

    shared: SharedGram
    training: Array
    validation: Array
    is_centred: bool

    def gram(self, order: Literal["C", "F"]) -> Array:
        """As `gram` of the training's inputs, and of its validation data, if it has some."""
        return self.shared.of(self.training, self.validation, self.is_centred, order)
