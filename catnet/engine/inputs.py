"""The examples as columns of numbers, made float a block at a time.

Pictures stay uint8 rows in memory, or in a memory map; a block becomes float in a buffer that is used again for
the next, so that no float copy of the whole set ever exists.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.engine.activations import Array

BLOCK_BYTES = 4 << 20  # of floats: a block goes forward and backward while it is in the processor's cache


@dataclass(frozen=True)
class Scaling:
    """x = (row - shift) * scale; each a number, or one number a feature, of shape (n,)."""

    shift: float | Array
    scale: float | Array

    def apply(self, rows: Array) -> Array:
        """Rows of float64, scaled."""
        return (rows.astype(np.float64) - self.shift) * self.scale

    def invert(self, scaled: Array) -> Array:
        """The rows that give these scaled ones."""
        return scaled / self.scale + self.shift


class Inputs:
    """X of shape (n, m), from rows of shape (m, n) of uint8 or float, scaled."""

    def __init__(self, rows: Array, scaling: Scaling, dtype: type[np.floating]) -> None:
        self.rows = rows
        self.scaling = scaling
        self.m, self.n = rows.shape
        self.dtype = np.dtype(dtype)
        self.block_size = max(1, BLOCK_BYTES // (self.n * self.dtype.itemsize))
        self._scale = np.asarray(scaling.scale, self.dtype)
        # in float64 a column of large, close numbers (years, prices) loses nothing when its mean is taken off
        self._shift = np.asarray(scaling.shift, np.float64 if rows.dtype == np.float64 else self.dtype)
        self._shifts = bool(self._shift.any())
        self._buffer: Array | None = None

    def block(self, where: slice | Array) -> Array:
        """X[:, where] as floats, of shape (n, length of where). The next call overwrites it."""
        rows = self.rows[where]
        if self._buffer is None or len(self._buffer) < len(rows):
            self._buffer = np.empty((len(rows), self.n), self.dtype)
        buffer = self._buffer[: len(rows)]
        if self._shifts:
            np.subtract(rows, self._shift, out=buffer, casting="same_kind")
            buffer *= self._scale
        else:
            np.multiply(rows, self._scale, out=buffer, casting="same_kind")
        return buffer.T

    def floats(self, where: slice) -> Array:
        """Examples as rows of scaled float64, (length of where, n), as exact as can be: a new array."""
        return self.scaling.apply(self.rows[where])

    def blocks(self, order: Array | None = None) -> Iterator[Any]:
        """The examples of `order` (all of them, where it is None) in blocks for `block`."""
        m = self.m if order is None else len(order)
        for start in range(0, m, self.block_size):
            where = slice(start, min(start + self.block_size, m))
            yield where if order is None else order[where]
