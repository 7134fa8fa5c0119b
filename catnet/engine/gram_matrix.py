"""K = X'X, exact where the examples are bytes.

Less 128, bytes are integers from -128 to 127; the products of two are at most 2^14, and 1024 of them sum to at most
2^24: exactly, in float32. So K is summed over chunks of 1024 features, the chunks' sums in float64, and only then
scaled. It is symmetric: the upper half is computed, a tile at a time.
"""

from collections.abc import Iterator

import numpy as np

from catnet.engine.inputs import Inputs
from catnet.engine.parallel import cuts, in_threads
from catnet.engine.types import Array

MIDDLE = 128
CHUNK = 1024  # features whose products of bytes float32 sums exactly: 128^2 * 1024 = 2^24
TILE = 1024  # examples


def gram(left: Inputs, right: Inputs, K: Array) -> None:
    """Into K: X_left' X_right, of shape (m_left, m_right), for inputs of the same scaling."""
    symmetric = left is right
    tile = tile_of_bytes if left.rows.dtype == right.rows.dtype == np.uint8 else tile_of_floats
    tiles = [
        (rows, columns)
        for rows in cuts(left.m, TILE)
        for columns in cuts(right.m, TILE)
        if not symmetric or columns.start >= rows.start
    ]

    def work(bounds: tuple[slice, slice]) -> None:
        rows, columns = bounds
        K[rows, columns] = tile(left, rows, right, columns)
        if symmetric and columns != rows:
            K[columns, rows] = K[rows, columns].T

    in_threads(work, tiles)


def tile_of_floats(left: Inputs, rows: slice, right: Inputs, columns: slice) -> Array:
    """The products of two blocks of examples, in float64."""
    return left.floats(rows) @ right.floats(columns).T


def tile_of_bytes(left: Inputs, rows: slice, right: Inputs, columns: slice) -> Array:
    """The same, exact up to the scaling x = (r - s) g of the bytes r.

    With r and q less 128, and s too, it is sum_f g_f^2 (r_f q_f - r_f s_f - q_f s_f + s_f^2) over the features f: for
    all features of one scale g the products r_f q_f are summed as integers, and the rest is a sum for each example.
    """
    same = left is right and rows == columns
    R, Q = left.rows[rows], right.rows[columns]
    R_floats, Q_floats = (np.empty(len(rows) * CHUNK, np.float32) for rows in (R, Q))
    sums = np.empty((len(R), len(Q)), np.float32)
    scale, shift = (np.broadcast_to(values, left.n) for values in (left.scaling.scale, left.scaling.shift))
    shift = shift - MIDDLE
    total = np.full(sums.shape, (scale**2 * shift**2).sum())
    for g, chunks in by_scale(scale):
        products, rs, qs = np.zeros(sums.shape), np.zeros(len(R)), np.zeros(len(Q))
        for chunk in chunks:
            r = centred(R[:, chunk], R_floats)
            q = r if same else centred(Q[:, chunk], Q_floats)
            products += np.dot(r, q.T, out=sums)
            more = weighted_sums(r, shift[chunk])
            rs += more
            qs += more if same else weighted_sums(q, shift[chunk])
        products -= rs[:, None]
        products -= qs
        products *= g * g
        total += products
    return total


def by_scale(scale: Array) -> Iterator[tuple[float, list[slice | Array]]]:
    """Each scale, and the features that have it, in chunks."""
    starts = range(0, len(scale), CHUNK)
    if (scale == scale[0]).all():
        yield scale[0], [slice(start, start + CHUNK) for start in starts]
        return
    for g in np.unique(scale):
        features = np.flatnonzero(scale == g)
        yield g, [features[start : start + CHUNK] for start in starts if start < len(features)]


def centred(rows: Array, buffer: Array) -> Array:
    """The bytes less 128 as float32, in the buffer."""
    return np.subtract(rows, np.float32(MIDDLE), out=buffer[: rows.size].reshape(rows.shape))


def weighted_sums(r: Array, s: Array) -> Array:
    """sum_f r_f s_f of each row; where all s are one number, from the sum of the r, which is exact."""
    return r.sum(axis=1) * s[0] if (s == s[0]).all() else r @ s
