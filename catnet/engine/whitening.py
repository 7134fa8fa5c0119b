"""Whitening: the inputs become principal components of nearly equal variance, all at once by one matrix.

x are scaled inputs (n,), and S = V diag(L) V' is the mean of x x' over the examples that it is fitted to, the largest
eigenvalues first. Of the first k components

    z = P x,   P = diag(L + floor * mean L)^-1/2 V' / r,   r^2 = mean of L / (L + floor * mean L),

so that the mean square of z is 1. Without the floor each component would have the same variance, however little of the
pictures it is. Whitening is linear, so it folds into the first layer: W[1] (P x) = (W[1] P) x.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.parallel import one_thread, slices
from catnet.engine.pictures import Size, mirrored
from catnet.engine.randomness import WHITENING, generator
from catnet.engine.types import Array, Parameters, State

LARGEST_DECOMPOSED = 3072  # rows of a matrix whose eigenvectors are found in seconds
PART_BYTES = 32 << 20  # of the examples that are float64 at once
MATRICES = 6  # of the size of the one that is decomposed: itself, its eigenvectors, and what LAPACK works in
TRAINED_W1, MATRIX = "trained.W1", "whitening.matrix"  # the names in a state
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Whitening:
    """z = P x: `matrix` is P (k, n) in float64, x are scaled inputs with mean 0, z (k,) are the components."""

    matrix: Array

    def fold(self, parameters: Parameters) -> Parameters:
        """The same network on the scaled inputs: W[1] P in place of W[1], computed in float64; inf if too large."""
        W1 = parameters["W1"]
        with np.errstate(over="ignore", invalid="ignore"):
            return {**parameters, "W1": (W1.astype(np.float64) @ self.matrix).astype(W1.dtype)}

    def state(self, parameters: Parameters) -> State:
        """What the folded parameters do not tell, and resuming needs: W[1] as it is trained, and P."""
        return {TRAINED_W1: parameters["W1"], MATRIX: self.matrix}

    def bytes_of_folding(self, W1: Array) -> int:
        """The memory for W[1] P: in float64; twice, of this epoch and the best, and both as bytes; and P as bytes."""
        n_1, (_, n) = len(W1), self.matrix.shape
        return n_1 * n * (8 + 4 * W1.itemsize) + self.matrix.nbytes


def fit_whitening(
    inputs: Inputs, components: int, floor: float, mirror: Size | None = None, seed: int = 0
) -> Whitening:
    """The whitening of training examples whose scaled inputs have mean 0; if it is `mirror`, the pictures' size, is
    given, of their mirror images too.

    It has the `most_components`, or as many as have any variance: none if all examples are equal. S is
    decomposed by `eigh`, or K = X X' (m, m), which has the same eigenvalues, if that is smaller; if both are large,
    then for some examples alone, drawn by the seed (`fitted_examples`).
    """
    rows, count = inputs.rows, fitted_examples(inputs.m, inputs.n, mirror is not None)
    if count < inputs.m:
        rows = rows[np.sort(generator(seed, WHITENING).choice(inputs.m, count, replace=False))]
    by_features = inputs.n <= count * (1 if mirror is None else 2)
    if by_features:
        S = mean_of_products(rows, inputs.scaling)
        if mirror is not None:  # J S J is that of the mirror images, J x
            S = (S + mirrored(mirrored(S, mirror).T, mirror)) / 2
    else:
        if mirror is not None:
            rows = np.concatenate([rows, mirrored(rows, mirror)])
        S = np.zeros((len(rows), len(rows)))  # K / m
        for _, X in by_columns(rows, inputs.scaling):
            S += X @ X.T / len(rows)
    with one_thread():  # several threads take longer
        L, V = np.linalg.eigh(S)
    L, V = L[::-1], V[:, ::-1]
    k = min(most_components(components, inputs.n, inputs.m), int((least_variance(L[0], inputs) < L).sum()))
    if k == 0:
        return Whitening(np.zeros((0, inputs.n)))
    L, V = L[:k], V[:, :k]
    scales = (L + floor * L.mean()) ** -0.5
    scales /= np.sqrt((L * scales**2).mean())
    if by_features:
        return Whitening(np.ascontiguousarray((V * scales).T))
    U = (V * (scales / np.sqrt(len(rows) * L))).T  # V of the features is X' U (m L)^-1/2, U that of K
    matrix = np.empty((k, inputs.n))
    for columns, X in by_columns(rows, inputs.scaling):
        matrix[:, columns] = U @ X
    return Whitening(matrix)


def most_components(components: int, n: int, m: int | None = None) -> int:
    """The most components of m examples (None: not known) of n inputs, whose mean is 0; the data may have fewer."""
    return min(components, n) if m is None else min(components, n, m - 1)


def fitted_examples(m: int, n: int, mirror: bool) -> int:
    """How many of m examples whitening is fitted to: all, unless both S (n, n) and K, with mirror images, are large."""
    most = LARGEST_DECOMPOSED // 2 if mirror else LARGEST_DECOMPOSED
    return m if n <= LARGEST_DECOMPOSED else min(m, most)


def bytes_of_fit(m: int, n: int, components: int, mirror: bool) -> int:
    """About the memory that fitting takes: the matrices of the decomposition, some examples, and P."""
    examples = fitted_examples(m, n, mirror) * (2 if mirror else 1)
    part = min(PART_BYTES, 8 * examples * n)
    return 8 * (MATRICES * min(n, examples) ** 2 + most_components(components, n, m) * n) + 3 * part


def mean_of_products(rows: Array, scaling: Scaling) -> Array:
    """S = X' X / m in float64, (n, n), from rows (m, n), of which only some are float at once."""
    m, n = rows.shape
    S = np.zeros((n, n))
    for examples in slices(m, max(1, PART_BYTES // (8 * n))):
        X = scaling.apply(rows[examples])
        S += X.T @ X
    return S / m


def by_columns(rows: Array, scaling: Scaling) -> Iterator[tuple[slice, Array]]:
    """The features in parts, and X of each in float64, (m, their number)."""
    m, n = rows.shape
    shift, scale = (np.broadcast_to(values, n) for values in (scaling.shift, scaling.scale))
    for columns in slices(n, max(1, PART_BYTES // (8 * m))):
        yield columns, Scaling(shift[columns], scale[columns]).apply(rows[:, columns])


def least_variance(largest: float, inputs: Inputs) -> float:
    """What rounding alone can make of a component without any variance, in the matrix or in the shifted inputs."""
    rounding = np.broadcast_to(10 * EPSILON * np.multiply(inputs.scaling.shift, inputs.scaling.scale), inputs.n)
    return max(largest * EPSILON * max(inputs.n, inputs.m), float((rounding**2).sum()))
