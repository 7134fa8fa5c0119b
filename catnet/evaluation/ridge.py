"""Ridge regression with a bias, whose penalty is chosen by folds (Hoerl and Kennard, Technometrics 12, 1970).

    minimise  sum ||Y - W (X - mu) - b||^2 + penalty ||W||^2   over W (k, n), b (k, 1); b is not penalised

It is the best linear answer to labels Y (k, m) of zeros and ones, or to a target, in closed form. What each fold would
be answered by the others comes without training again, exactly: from K = (X - mu)'(X - mu) (m, m) if there are more
features than examples, else from the sums of products of the features (n, n) of each fold.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from typing import NamedTuple, Protocol

import numpy as np

from catnet.engine.gram_matrix import EXAMPLES_PER_TILE, gram, mean_of
from catnet.engine.inputs import BLOCK_BYTES, Block, Inputs, Scaling
from catnet.engine.inverse import inverse
from catnet.engine.parallel import in_threads, one_thread, thread_count
from catnet.engine.types import Array

DECADES = (-6, 4)  # the least and the greatest penalty, as powers of ten of the mean of the squares ||x - mu||^2
GAIN = 1e-3  # a penalty whose squared error out of fold is not smaller by such a share is no better


def operations(m: int, n: int, k: int = 1) -> float:
    """About how many operations the regression of k labels on n features of m examples takes."""
    if n >= m:
        return n * m**2 + 10 * m**3 + 10 * k * m**2
    return m * n**2 + 20 * n**3 + 10 * k * n * m


class Ridge(NamedTuple):
    """The linear answer W (x - mu) + b: W (k, n), b (k, 1), and the scaling that subtracts mu (n,).

    `out_of_fold` (k, m) is what was answered about each training example by the other folds.
    """

    weights: Array
    bias: Array
    scaling: Scaling
    penalty: float
    out_of_fold: Array

    def answer(self, rows: Array) -> Array:
        """The answers (k, m) about rows (m, n)."""
        inputs, W, b = Inputs(rows, self.scaling, np.float64), self.weights, self.bias
        if rows.dtype == np.uint8:  # in float32, which holds them exactly: W mu is subtracted from the answers
            inputs, W = Inputs(rows, Scaling(0.0, self.scaling.scale), np.float32), W.astype(np.float32)
            b = b + self.weights @ self.scaling.apply(np.zeros((1, rows.shape[1]))).T
        parts = [block.product(W) for _, block in blocks(inputs)]
        return np.concatenate([np.empty((len(b), 0)), *parts], axis=1) + b


class Folded(Protocol):
    """The examples by their products, of which one inverse or solution for a penalty tells all folds' answers."""

    unit: float

    def out_of_fold(self, penalty: float) -> Array:
        """The answer (k, m) about each example that the other folds teach."""

    def weights(self, penalty: float) -> tuple[Array, Array]:
        """W (k, n) and b (k, 1) that all the examples teach."""


def ridge(rows: Array, scale: float | Array, Y: Array, folds: Array) -> Ridge:
    """The ridge regression of Y (k, m) on rows (m, n), times `scale`, minus their mean; by folds (m,) of at least two.

    It takes about the time of so many `operations`, and of memory `bytes_needed`.
    """
    mean = mean_of(rows)
    inputs = Inputs(rows, Scaling(mean, scale), np.float64)
    by: Folded = ByFeatures(inputs, mean, Y, folds) if inputs.n < inputs.m else ByExamples(inputs, mean, Y, folds)
    penalty, answers = search(by, Y)
    with one_thread():
        W, b = by.weights(penalty)
    return Ridge(W, b, inputs.scaling, penalty, answers)


def bytes_needed(m: int, n: int, k: int = 1) -> int:
    """About the memory that the regression of k labels on n features of m examples takes."""
    at_once = thread_count()
    products = (1 + 4 * at_once) * m**2 if n >= m else (6 + 2 * at_once) * n**2
    return 8 * products + 8 * 10 * k * m + at_once * BLOCK_BYTES


def search(by: "Folded | ByPairs", Y: Array) -> tuple[float, Array]:
    """The penalty with the least squared error out of fold, and the answers with it. Classes count alike, however
    rare one is: else the best answer to a rare class may be never to give it.

    From the mean of the squares it goes down- or uphill by powers of ten; at last it tries the vertex of the parabola
    through the least error and those beside it, over the logarithm of the penalty. Matrices so small, and products so
    many, are quicker in one thread each.
    """
    unit, counts = by.unit or 1.0, alike(Y)

    def answers_with(power: float) -> Array:
        return by.out_of_fold(unit * 10.0**power)

    powers: list[float] = [-1, 0, 1]
    tried = dict(zip(powers, in_threads(answers_with, powers), strict=True))

    def error(power: float) -> float:
        if power not in tried:
            tried[power] = answers_with(power)
        return float((counts * np.square(tried[power] - Y)).sum())

    best: float = 0
    with one_thread():
        for step in (1, -1):
            while DECADES[0] < best + step < DECADES[1] and error(best + step) < (1 - GAIN) * error(best):
                best += step
        left, middle, right = error(best - 1), error(best), error(best + 1)
        if left + right > 2 * middle:
            vertex = (left - right) / (2 * (left + right - 2 * middle))
            error(best + round(min(1, max(-1, vertex)), 2))  # rounded, so that rounding errors do not show
    best = min(tried, key=error)
    return unit * 10.0**best, tried[best]


def alike(Y: Array) -> Array:
    """How much each element of Y counts, (k, m). If they are zeros and ones, all examples of a class count as much as
    those of another or, if a class does not exclude another, all that have a label as much as all that do not.
    """
    if not ((Y == 0) | (Y == 1)).all():
        return np.full(Y.shape, 1 / Y.size)
    ones, zeros = (np.maximum(1, each.sum(axis=1, keepdims=True)) for each in (Y, 1 - Y))
    if len(Y) > 1 and (Y.sum(axis=0) == 1).all():
        return np.broadcast_to((Y / ones).sum(axis=0) / Y.size, Y.shape)
    return (Y / ones + (1 - Y) / zeros) / (2 * len(Y))


def members(folds: Array) -> list[Array]:
    """The examples of each fold that has some."""
    return [np.flatnonzero(folds == fold) for fold in range(folds.max() + 1) if (folds == fold).any()]


def blocks(inputs: Inputs, order: Array | None = None) -> Iterator[tuple[slice | Array, Block]]:
    """Which examples, and the block of them, of all or of those in the order."""
    reader = inputs.reader()
    for examples, _ in inputs.blocks(order):
        yield examples, reader.block(examples)


class ByPairs:
    """By K (m, m), whose rows sum to 0. With G = (K + penalty I)^-1, the answers to Y are Y H with

        I - H = penalty G - 1/m,

    and those out of a fold f miss Y by (Y - Y H)_f (I - H)_ff^-1: the examples of a fold, answered as they are there,
    would not change what the others teach (Allen's PRESS, Technometrics 16, 1974, for whole folds).
    """

    def __init__(self, K: Array, Y: Array, folds: Array) -> None:
        self.K, self.Y = K, Y
        self.unit = float(np.trace(K)) / len(K)
        self.folds = members(folds)

    def penalised(self, penalty: float) -> Array:
        """K + penalty I, (m, m)."""
        penalised = self.K.copy()
        penalised.flat[:: len(penalised) + 1] += penalty
        return penalised

    def out_of_fold(self, penalty: float) -> Array:
        """As `Folded.out_of_fold`."""
        left = inverse(self.penalised(penalty))  # becomes I - H
        left *= penalty
        left -= 1 / len(left)
        missed, answers = self.Y @ left, np.empty(self.Y.shape)
        for fold in self.folds:
            answers[:, fold] = self.Y[:, fold] - np.linalg.solve(left[np.ix_(fold, fold)].T, missed[:, fold].T).T
        return answers


class ByExamples(ByPairs):
    """By the K of examples with many features, whose combination W = (Y - b) G X' is."""

    def __init__(self, inputs: Inputs, mean: Array, Y: Array, folds: Array) -> None:
        self.inputs = inputs
        with one_thread() if inputs.m <= EXAMPLES_PER_TILE else nullcontext():  # of several tiles each is a thread's
            K = gram(inputs, mean=mean)
        super().__init__(np.ascontiguousarray(K[:, :-1]), Y, folds)

    def weights(self, penalty: float) -> tuple[Array, Array]:
        """As `Folded.weights`."""
        b = self.Y.mean(axis=1, keepdims=True)
        C = np.linalg.solve(self.penalised(penalty), (self.Y - b).T).T
        W = np.zeros((len(b), self.inputs.n))
        for examples, block in blocks(self.inputs):
            W += block.product_with_transpose(C[:, examples])
        return W, b


def solution(products: Array, n: int, penalty: float) -> tuple[Array, Array]:
    """W (k, n) and b (k, 1) for some examples, whose own means are subtracted, by the sums of their products v v'
    (n + k + 1, n + k + 1): v is an example's x, its y and 1, one below the other.
    """
    m, means = products[-1, -1], products[:-1, -1] / products[-1, -1]
    S = products[:n, :n] - m * np.outer(means[:n], means[:n])
    S.flat[:: n + 1] += penalty
    W = np.linalg.solve(S, products[:n, n:-1] - m * np.outer(means[:n], means[n:])).T
    return W, (means[n:] - W @ means[:n])[:, None]


class ByFeatures:
    """By the sums of products of few features, of all examples and of each fold, which is subtracted for its answer."""

    def __init__(self, inputs: Inputs, mean: Array, Y: Array, folds: Array) -> None:
        self.inputs, self.Y = inputs, Y
        self.folds = members(folds)
        self.of_folds = in_threads(self.products_of, self.folds)
        self.all: Array = np.sum(self.of_folds, axis=0)
        self.unit = float(np.trace(self.all[: inputs.n, : inputs.n])) / inputs.m

    def products_of(self, examples: Array) -> Array:
        """The sums of products over the examples, as `solution` takes them."""
        n, k = self.inputs.n, len(self.Y)
        total = np.zeros((n + k + 1, n + k + 1))
        for some, block in blocks(self.inputs, examples):
            X = block.X()
            V = np.concatenate([X, self.Y[:, some], np.ones((1, X.shape[1]))])
            total += V @ V.T
        return total

    def out_of_fold(self, penalty: float) -> Array:
        """As `Folded.out_of_fold`."""
        answers = np.empty(self.Y.shape)
        for fold, products in zip(self.folds, self.of_folds, strict=True):
            W, b = solution(self.all - products, self.inputs.n, penalty)
            for some, block in blocks(self.inputs, fold):
                answers[:, some] = block.product(W) + b
        return answers

    def weights(self, penalty: float) -> tuple[Array, Array]:
        """As `Folded.weights`."""
        return solution(self.all, self.inputs.n, penalty)
