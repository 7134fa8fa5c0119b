"""Whitening: the inputs become principal components of equal variance. It is linear, so it folds into the first layer."""

from dataclasses import dataclass

import numpy as np

from catnet.engine.types import Array, Parameters


@dataclass(frozen=True)
class Whitening:
    """z = P x: `matrix` is P (k, n), x are scaled inputs with mean 0, z (k,) are the components."""

    matrix: Array

    def project(self, X: Array) -> Array:
        """P X, (k, m), of scaled inputs X (n, m)."""
        Z: Array = self.matrix.astype(X.dtype) @ X
        return Z

    def fold(self, parameters: Parameters) -> Parameters:
        """The same network on the scaled inputs: W[1] P in place of W[1], because W[1] (P x) = (W[1] P) x."""
        W1 = parameters["W1"]
        folded = W1.astype(np.float64) @ self.matrix
        return {**parameters, "W1": folded.astype(W1.dtype)}
