"""The Gram matrix K = X'X, exact if the examples are bytes.

Minus 128, bytes are integers from -128 to 127. A product of two of them is at most 2^14, and a sum of 1024 such
products at most 2^24, which float32 holds exactly. So K is summed over chunks of 1024 features, the sums of the chunks
are added in float64, and only the result is scaled. K is symmetric: only the upper half is computed, tile by tile.
"""

from collections.abc import Iterator

import numpy as np

from catnet.engine.inputs import Inputs
from catnet.engine.parallel import in_threads, slices
from catnet.engine.types import Array

MIDDLE = 128  # of the bytes
FEATURES_PER_CHUNK = 1024  # float32 sums that many products of two bytes exactly: 128^2 * 1024 = 2^24
EXAMPLES_PER_TILE = 1024


def gram(left: Inputs, right: Inputs, K: Array) -> None:
    """Into K: X_left' X_right, of shape (m_left, m_right), for inputs with the same scaling."""
    symmetric = left is right
    tile = tile_of_bytes if left.rows.dtype == right.rows.dtype == np.uint8 else tile_of_floats
    tiles = [
        (rows, columns)
        for rows in slices(left.m, EXAMPLES_PER_TILE)
        for columns in slices(right.m, EXAMPLES_PER_TILE)
        if not symmetric or columns.start >= rows.start
    ]

    def work(bounds: tuple[slice, slice]) -> None:
        rows, columns = bounds
        with np.errstate(over="ignore", invalid="ignore"):  # the training finds that it diverged
            K[rows, columns] = tile(left, rows, right, columns)
        if symmetric and columns != rows:
            K[columns, rows] = K[rows, columns].T

    in_threads(work, tiles)


def tile_of_floats(left: Inputs, rows: slice, right: Inputs, columns: slice) -> Array:
    """The products of two slices of examples, in float64."""
    return left.scaling.apply(left.rows[rows]) @ right.scaling.apply(right.rows[columns]).T


def tile_of_bytes(left: Inputs, rows: slice, right: Inputs, columns: slice) -> Array:
    """The same for bytes, exact up to their scaling x = (r - s) g.

    With 128 subtracted from r, q and s, an element is sum_f g_f^2 (r_f q_f - r_f s_f - q_f s_f + s_f^2) over the
    features f. For all features with the same scale g, the products r_f q_f are summed as integers; the other terms are
    one sum per example.
    """
    same = left is right and rows == columns
    R, Q = left.rows[rows], right.rows[columns]
    R_floats, Q_floats = (np.empty(len(part) * FEATURES_PER_CHUNK, np.float32) for part in (R, Q))
    sums = np.empty((len(R), len(Q)), np.float32)
    scale, shift = (np.broadcast_to(values, left.n) for values in (left.scaling.scale, left.scaling.shift))
    shift = shift - MIDDLE
    total = np.full(sums.shape, (scale**2 * shift**2).sum())
    for g, chunks in features_by_scale(scale):
        products, rs, qs = np.zeros(sums.shape), np.zeros(len(R)), np.zeros(len(Q))
        for chunk in chunks:
            r = centred(R[:, chunk], R_floats)
            q = r if same else centred(Q[:, chunk], Q_floats)
            products += np.dot(r, q.T, out=sums)
            rs_of_chunk = weighted_sums(r, shift[chunk])
            rs += rs_of_chunk
            qs += rs_of_chunk if same else weighted_sums(q, shift[chunk])
        products -= rs[:, None]
        products -= qs
        products *= g * g
        total += products
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


def weighted_sums(r: Array, s: Array) -> Array:
    """sum_f r_f s_f of each row; if all s are the same number, from the sum of the r, which is exact."""
    return r.sum(axis=1) * s[0] if (s == s[0]).all() else r @ s
