"""The examples as columns of numbers, made float a block at a time.

Pictures stay uint8 rows in memory, or in a memory map; a block becomes float in a buffer that is used again for
the next, so that no float copy of the whole set ever exists.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.engine.parallel import even_cuts
from catnet.engine.types import Array

BLOCK_BYTES = 6 << 20  # of floats: a block goes forward and backward while it is in the processor's cache


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
    """X of shape (n, m), from rows of shape (m, n) of uint8 or float, scaled.

    A scale that is one number for all features is left out of the blocks: X = factor * block. It is cheaper
    to multiply Z[1] and dZ[1] by the factor than all of X.
    """

    def __init__(self, rows: Array, scaling: Scaling, dtype: type[np.floating]) -> None:
        self.rows = rows
        self.scaling = scaling
        self.m, self.n = rows.shape
        self.dtype = np.dtype(dtype)
        self.block_size = max(1, BLOCK_BYTES // (self.n * self.dtype.itemsize))
        scale = np.asarray(scaling.scale, self.dtype)
        self.factor = scale[()] if scale.ndim == 0 else self.dtype.type(1)
        self._scale = None if scale.ndim == 0 else scale
        # in float64 a column of large, close numbers (years, prices) loses nothing when its mean is taken off
        shift = np.asarray(scaling.shift, np.float64 if rows.dtype == np.float64 else self.dtype)
        self._shift = shift if shift.any() else None

    def blocks(self, order: Array | None = None) -> list[tuple[Any, int]]:
        """The examples of `order` (all, where it is None) cut into blocks: where, for a reader, and how many.

        The blocks are as good as equal, and their number suits the threads.
        """
        m = self.m if order is None else len(order)
        cuts = even_cuts(m, self.block_size)
        return [(cut if order is None else order[cut], cut.stop - cut.start) for cut in cuts]

    def reader(self) -> "Reader":
        """A reader with buffers of its own, for one thread."""
        return Reader(self)

    def floats(self, where: slice) -> Array:
        """Examples as rows of scaled float64, (length of where, n), as exact as can be: a new array."""
        return self.scaling.apply(self.rows[where])


class Reader:
    """Makes blocks of the inputs float, always in the same buffer."""

    def __init__(self, inputs: Inputs) -> None:
        self._inputs = inputs
        self._floats = np.empty((0, inputs.n), inputs.dtype)
        self._gathered = np.empty((0, inputs.n), inputs.rows.dtype)

    def block(self, where: slice | Array) -> Array:
        """X[:, where] / factor as floats, of shape (n, length of where). The next call overwrites it."""
        inputs = self._inputs
        rows = inputs.rows[where] if isinstance(where, slice) else self._gather(where)
        if len(self._floats) < len(rows):
            self._floats = np.empty(rows.shape, inputs.dtype)
        block = self._floats[: len(rows)]
        if inputs._shift is None:
            np.copyto(block, rows, casting="same_kind")
        else:
            np.subtract(rows, inputs._shift, out=block, casting="same_kind")
        if inputs._scale is not None:
            block *= inputs._scale
        return block.T

    def _gather(self, indices: Array) -> Array:
        """The rows at the indices, side by side."""
        if len(self._gathered) < len(indices):
            self._gathered = np.empty((len(indices), self._inputs.n), self._inputs.rows.dtype)
        gathered = self._gathered[: len(indices)]
        return np.take(self._inputs.rows, indices, axis=0, out=gathered, mode="clip")  # clip: no copy in between
