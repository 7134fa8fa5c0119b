"""K = X'X, exact where the examples are bytes.

Products of bytes are integers below 2^16, and 256 of them sum to less than 2^24: exactly, in float32. So K is summed
over chunks of 256 features, the chunks' sums in float64, and only then scaled. It is symmetric: the upper half is
computed, a tile at a time.
"""

import numpy as np

from catnet.engine.activations import Array
from catnet.engine.inputs import Inputs

CHUNK = 256  # features whose products of bytes float32 sums exactly: 255^2 * 256 < 2^24
TILE = 1024  # examples: a tile of float64 sums stays in the cache


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

    sum_f g_f^2 (r_f - s_f)(q_f - s_f), over the features f, is taken apart: the products r_f q_f, summed as integers
    for all features of one scale g, and what the shifts s subtract.
    """
    R, Q = left.rows[rows], right.rows[columns]
    scale, shift = (np.broadcast_to(values, left.n) for values in (left.scaling.scale, left.scaling.shift))
    total = np.zeros((len(R), len(Q)))
    for g in np.unique(scale):
        total += g * g * integer_products(R, Q, np.flatnonzero(scale == g))
    if shift.any():
        weighted = shift * scale**2
        total -= products_with(R, weighted)[:, None]
        total -= products_with(Q, weighted)[None, :]
        total += shift @ weighted
    return total


def integer_products(R: Array, Q: Array, features: Array) -> Array:
    """R Q' over the features, of bytes: every integer exact."""
    total = np.zeros((len(R), len(Q)))
    for start in range(0, len(features), CHUNK):
        chunk: slice | Array = features[start : start + CHUNK]
        if len(features) == R.shape[1]:
            chunk = slice(start, start + CHUNK)
        left = R[:, chunk].astype(np.float32)
        right = left if R is Q else Q[:, chunk].astype(np.float32)
        total += left @ right.T
    return total


def products_with(R: Array, vector: Array) -> Array:
    """R v, in float64, without a float copy of R."""
    return np.concatenate([R[start : start + 64] @ vector for start in range(0, len(R), 64)])
