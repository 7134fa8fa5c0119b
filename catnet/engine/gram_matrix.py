"""K = X'X, exact where the examples are bytes.

Less 128, bytes are integers from -128 to 127; the products of two are at most 2^14, and 1024 of them sum to at most
2^24: exactly, in float32. So K is summed over chunks of 1024 features, the chunks' sums in float64, and only then
scaled. It is symmetric: the upper half is computed, a tile at a time.
"""

from collections.abc import Iterator

import numpy as np

from catnet.engine.activations import Array
from catnet.engine.inputs import Inputs

MIDDLE = 128
CHUNK = 1024  # features whose products of bytes float32 sums exactly: 128^2 * 1024 = 2^24
TILE = 1024  # examples


def gram(left: Inputs, right: Inputs, dtype: np.dtype) -> Array:
    """X_left' X_right, of shape (m_left, m_right), for inputs of the same scaling."""
    K = np.empty((left.m, right.m), dtype)
    symmetric = left is right
    tile = tile_of_bytes if left.rows.dtype == right.rows.dtype == np.uint8 else tile_of_floats
    for i in range(0, left.m, TILE):
        rows = slice(i, min(i + TILE, left.m))
        for j in range(i if symmetric else 0, right.m, TILE):
            columns = slice(j, min(j + TILE, right.m))
            K[rows, columns] = tile(left, rows, right, columns)
            if symmetric and j > i:
                K[columns, rows] = K[rows, columns].T
    return K


def tile_of_floats(left: Inputs, rows: slice, right: Inputs, columns: slice) -> Array:
    """The products of two blocks of examples, in float64."""
    return left.floats(rows) @ right.floats(columns).T


def tile_of_bytes(left: Inputs, rows: slice, right: Inputs, columns: slice) -> Array:
    """The same, exact up to the scaling x = (r - s) g of the bytes r.

    With r and q less 128, and s too, it is sum_f g_f^2 (r_f q_f - r_f s_f - q_f s_f + s_f^2) over the features f: for
    all features of one scale g the products r_f q_f are summed as integers, and the rest is a sum for each example.
    """
    R, Q = left.rows[rows], right.rows[columns]
    same = left is right and rows == columns
    scale, shift = (np.broadcast_to(values, left.n) for values in (left.scaling.scale, left.scaling.shift))
    shift = shift - MIDDLE
    total = np.zeros((len(R), len(Q)))
    for g, features in by_scale(scale):
        products = np.zeros_like(total)
        for start in range(0, left.n if isinstance(features, slice) else len(features), CHUNK):
            chunk = slice(start, start + CHUNK) if isinstance(features, slice) else features[start : start + CHUNK]
            r = centred(R, chunk)
            q = r if same else centred(Q, chunk)
            products += r @ q.T
            rs = weighted_sums(r, shift[chunk])
            qs = rs if same else weighted_sums(q, shift[chunk])
            products -= rs[:, None] + qs - (shift[chunk] ** 2).sum()
        total += g * g * products
    return total


def by_scale(scale: Array) -> Iterator[tuple[float, slice | Array]]:
    """Each scale, and the features that have it."""
    if (scale == scale[0]).all():
        yield scale[0], slice(None)
        return
    for g in np.unique(scale):
        yield g, np.flatnonzero(scale == g)


def centred(rows: Array, features: slice | Array) -> Array:
    """These features of the bytes, less 128, as float32."""
    floats = rows[:, features].astype(np.float32)
    floats -= MIDDLE
    return floats


def weighted_sums(r: Array, s: Array) -> Array:
    """sum_f r_f s_f of each row; where all s are one number, from a sum that is exact."""
    if (s == s[0]).all():
        return s[0] * (r @ np.ones(r.shape[1], np.float32)).astype(np.float64)
    return r @ s
