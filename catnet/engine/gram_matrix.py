"""K, the products of all pairs of examples, without what they have in common: their mean mu (n, 1).

    K = [(X - mu)' (X - mu),  (X - mu)' mu],  of shape (m, m + 1)

Pictures have much in common, above all that they are not black: it would make all elements of X'X nearly equal and
large. It is in the last column alone.

The products of bytes are exact. Minus 128, bytes are integers from -128 to 127. A product of two of them is at most
2^14, and a sum of 1024 such products at most 2^24, which float32 holds exactly. So X'X is summed over chunks of 1024
features, the sums of the chunks are added in float64, and only then is it scaled and mu subtracted. It is symmetric:
only the upper half is computed, tile by tile.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np

from catnet.engine.inputs import Inputs
from catnet.engine.parallel import in_threads, shares, slices
from catnet.engine.types import Array

MIDDLE = 128  # of the bytes
FEATURES_PER_CHUNK = 1024  # float32 sums that many products of two bytes exactly: 128^2 * 1024 = 2^24
EXAMPLES_PER_TILE = 512
EXAMPLES_PER_SUM = 16  # their floats stay in the processor's cache


def mean_of(rows: Array) -> Array:
    """The mean of the rows, (n,), in float64."""
    sums: Array = np.add.reduce(rows, axis=0, dtype=np.uint32 if rows.dtype == np.uint8 else np.float64)
    return sums / len(rows)


def gram(training: Inputs, *others: Inputs, mean: Array, order: Literal["C", "F"] = "C") -> Array:
    """[(X - mu)' (X_training - mu), (X - mu)' mu], (m_all, m_training + 1), with X of the training and of the others
    below it, all of the same scaling.

    `mean` (n,) is that of the rows of the training examples, in float64. In the order "F" K lies column by column.
    """
    inputs = (training, *others)
    kind: Any = Bytes if all(each.rows.dtype == np.uint8 for each in inputs) else Floats
    K = np.empty((sum(each.m for each in inputs), training.m + 1), training.dtype, order)
    end = 0
    with np.errstate(over="ignore", invalid="ignore"):  # the training finds that it diverged
        columns = kind.of(training, mean)
        for each in inputs:
            rows = columns if each is training else kind.of(each, mean)
            start, end = end, end + each.m
            K[start:end, -1] = rows.with_mean
            set_products_of_pairs(rows, columns, K[start:end, :-1])
    return K


def set_products_of_pairs(left: Any, right: Any, K: Array) -> None:
    """Into K (m_left, m_right): (X_left - mu)' (X_right - mu), both as Bytes or Floats."""
    symmetric, (m, m_right) = left is right, K.shape
    tiles = [
        (rows, columns)
        for rows in slices(m, EXAMPLES_PER_TILE)
        for columns in slices(m_right, EXAMPLES_PER_TILE)
        if not symmetric or columns.start >= rows.start
    ]

    def work(bounds: tuple[slice, slice]) -> None:
        rows, columns = bounds
        K[rows, columns] = left.products(rows, right, columns)
        if symmetric and columns != rows:
            K[columns, rows] = K[rows, columns].T

    in_threads(work, tiles)


class Floats(NamedTuple):
    """Examples X - mu as rows, in float64, and (X - mu)' mu."""

    rows: Array
    with_mean: Array

    @classmethod
    def of(cls, inputs: Inputs, mean: Array) -> "Floats":
        """The examples of the inputs."""
        scaling = inputs.scaling
        rows = (inputs.rows - mean) * scaling.scale
        return cls(rows, rows @ scaling.apply(mean))

    def products(self, rows: slice, other: "Floats", columns: slice) -> Array:
        """(X - mu)' (X_other - mu) of two slices."""
        products: Array = self.rows[rows] @ other.rows[columns].T
        return products


class Bytes(NamedTuple):
    """Examples x = g (r - s) as bytes, and what (x_i - mu)' (x_j - mu) is besides the sum of g^2 r_i r_j.

    With 128 subtracted from the bytes r, s and the mean, it is sum of g^2 r_i r_j - own_i - own_j over the features,
    own being sum of g^2 (r - mean / 2) mean.
    """

    rows: Array
    scale: Array
    own: Array
    with_mean: Array

    @classmethod
    def of(cls, inputs: Inputs, mean: Array) -> "Bytes":
        """The examples of the inputs."""
        scale = np.broadcast_to(inputs.scaling.scale, inputs.n)
        middle = mean - MIDDLE
        vectors = np.stack([scale**2 * middle, scale * inputs.scaling.apply(mean)])
        sums = np.empty((2, inputs.m))

        def work(parts: Sequence[slice]) -> None:
            floats = np.empty((EXAMPLES_PER_SUM, inputs.n))
            for part in parts:
                rows = floats[: part.stop - part.start]
                np.copyto(rows, inputs.rows[part])
                sums[:, part] = np.dot(vectors, rows.T)

        in_threads(work, shares(slices(inputs.m, EXAMPLES_PER_SUM)))
        own = sums[0] - vectors[0] @ (MIDDLE + middle / 2)
        return cls(inputs.rows, scale, own, sums[1] - vectors[1] @ mean)

    def products(self, rows: slice, other: "Bytes", columns: slice) -> Array:
        """(X - mu)' (X_other - mu) of two slices, in float64.

        For all features with the same scale g, the products are summed as integers, which is exact.
        """
        same = self is other and rows == columns
        R, Q = self.rows[rows], other.rows[columns]

        def integers(chunks: Sequence[slice | Array]) -> Array:
            """The sum of r_i r_j over the features of these chunks."""
            R_floats, Q_floats = (np.empty(len(part) * FEATURES_PER_CHUNK, np.float32) for part in (R, Q))
            of_chunk, summed = np.empty((len(R), len(Q)), np.float32), np.zeros((len(R), len(Q)))
            for chunk in chunks:
                r = centred(R[:, chunk], R_floats)
                q = r if same else centred(Q[:, chunk], Q_floats)
                summed += np.dot(r, q.T, out=of_chunk)
            return summed

        total = -self.own[rows, None] - other.own[columns]
        for g, chunks in features_by_scale(self.scale):
            summed = integers(chunks)
            summed *= g * g
            total += summed
        return total


def features_by_scale(scale: Array) -> Iterator[tuple[float, list[slice | Array]]]:
    """Each different scale, and the features that have it, in chunks."""
    starts = range(0, len(scale), FEATURES_PER_CHUNK)
    if (scale == scale[0]).all():
        yield scale[0], [slice(start, start + FEATURES_PER_CHUNK) for start in starts]
        return
    for g in np.unique(scale):
        features = np.flatnonzero(scale == g)
        yield g, [features[start : start + FEATURES_PER_CHUNK] for start in starts if start < len(features)]


def centred(rows: Array, buffer: Array) -> Array:
    """The bytes minus 128 as float32, in the buffer."""
    return np.subtract(rows, np.float32(MIDDLE), out=buffer[: rows.size].reshape(rows.shape))
