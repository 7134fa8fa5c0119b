"""The examples as columns of X, converted to floats one block at a time.

Pictures stay uint8 rows in memory or in a memory map. A block becomes float in a buffer that the next block reuses, so
no float copy of the whole set ever exists, unless they are projected and read often.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.engine.parallel import in_single_threads, shares, slices, slices_for_threads
from catnet.engine.shards import shards_of
from catnet.engine.types import Array

BLOCK_BYTES = 6 << 20  # of floats: a block goes forward and backward while it is in the processor's cache


@dataclass(frozen=True)
class Scaling:
    """x = (row - shift) * scale; shift and scale are each one number, or one number per feature, of shape (n,)."""

    shift: float | Array
    scale: float | Array

    def apply(self, rows: Array) -> Array:
        """The scaled rows, in float64."""
        return (rows.astype(np.float64) - self.shift) * self.scale

    def invert(self, scaled: Array) -> Array:
        """The rows from the scaled rows."""
        return scaled / self.scale + self.shift


class Inputs:
    """X of shape (n, m): rows of shape (m, n), uint8 or float, scaled, in the precision `dtype`.

    With a `projection` P (k, n), X is P times that, of shape (k, m): each block is projected whenever it is read.
    """

    def __init__(
        self, rows: Array, scaling: Scaling, dtype: type[np.floating], projection: Array | None = None
    ) -> None:
        self.rows = rows
        self.scaling = scaling
        self.dtype = np.dtype(dtype)
        self.projection = None if projection is None else projection.astype(self.dtype)
        self.m, width = rows.shape
        self.n = width if projection is None else len(projection)
        self.block_size = max(1, BLOCK_BYTES // (width * self.dtype.itemsize))

    def blocks(self, order: Array | None = None) -> list[tuple[Any, int]]:
        """The examples of `order`, or all, cut into blocks: which examples, as `Reader.block` takes them; how many.

        The blocks are of nearly equal size, and their number suits the threads.
        """
        m = self.m if order is None else len(order)
        parts = slices_for_threads(m, self.block_size)
        return [(part if order is None else order[part], part.stop - part.start) for part in parts]

    def reader(self, rows: Array | None = None) -> "Reader":
        """A reader with buffers of its own, for one thread; of other rows, if they are given, as of these."""
        return Reader(self.rows if rows is None else rows, self.scaling, self.dtype, self.projection)

    def projected(self, cuts: Sequence[slice] | None = None) -> "Inputs":
        """The same, projected now and once: rows (m, k) of floats that need no scaling.

        It is done by cuts, those of all shards if others are not given, so that a part of the shards gives the same
        bits.
        """
        rows = np.empty((self.m, self.n), self.dtype)

        def work(shards: Sequence[slice]) -> None:
            reader = self.reader()
            for shard in shards:
                for part in slices(shard.stop - shard.start, self.block_size):
                    examples = slice(shard.start + part.start, shard.start + part.stop)
                    rows[examples] = reader.block(examples).X().T

        in_single_threads(work, shares(shards_of(self.m) if cuts is None else cuts))
        return Inputs(rows, Scaling(0.0, 1.0), self.dtype.type)


class Block:
    """X of some examples, of shape (n, length).

    A scale that is one number for all features is not multiplied into the floats: it is cheaper to multiply the
    products with W[1] and dZ[1] by it, which are smaller.
    """

    __slots__ = ("_scale", "_unscaled")

    def __init__(self, unscaled: Array, scale: Any) -> None:
        self._unscaled = unscaled
        self._scale = scale

    def X(self) -> Array:
        """X itself: a new array."""
        X: Array = self._unscaled * self._scale
        return X

    def product(self, W: Array) -> Array:
        """W X, for W (rows, n)"""
        Z: Array = np.dot(W, self._unscaled)
        Z *= self._scale
        return Z

    def product_with_transpose(self, dZ: Array, out: Array | None = None) -> Array:
        """dZ X', for dZ (rows, length); into `out` (rows, n) if it is given"""
        sums: Array = np.dot(dZ * self._scale, self._unscaled.T, out=out)
        return sums


class Conversion:
    """Rows become floats, scaled except for a scale that is one number for all features: `common_scale`."""

    def __init__(self, rows: np.dtype, scaling: Scaling, dtype: np.dtype) -> None:
        # in float64 a column of large numbers close together (years, prices) loses nothing when its mean is subtracted
        shift = np.asarray(scaling.shift, np.float64 if rows == np.float64 else dtype)
        self._shift = shift if shift.any() else None
        scale = np.asarray(scaling.scale, dtype)
        self.common_scale = scale[()] if scale.ndim == 0 else dtype.type(1)
        self._feature_scales = None if scale.ndim == 0 else scale

    def convert(self, rows: Array, floats: Array, features: slice = slice(None)) -> None:
        """Into `floats`: the rows, which have only these features."""
        if self._shift is None:
            np.copyto(floats, rows, casting="same_kind")
        else:
            shift = self._shift[features] if self._shift.ndim else self._shift
            np.subtract(rows, shift, out=floats, casting="same_kind")
        if self._feature_scales is not None:
            floats *= self._feature_scales[features]


class Reader:
    """Converts blocks of examples to floats, always in the same buffer, and projects them."""

    def __init__(self, rows: Array, scaling: Scaling, dtype: np.dtype, projection: Array | None = None) -> None:
        self._rows = rows
        self._projection = projection
        self._floats = np.empty((0, rows.shape[1]), dtype)
        self._gathered = np.empty((0, rows.shape[1]), rows.dtype)
        self._conversion = Conversion(rows.dtype, scaling, dtype)

    def block(self, examples: slice | Array) -> Block:
        """The block of these examples, a slice or an array of indices. It is valid until the next call."""
        return self.block_of(self._rows[examples] if isinstance(examples, slice) else self._gather(examples))

    def block_of(self, rows: Array) -> Block:
        """The block of other rows, which are as its own. It is valid until the next call."""
        if len(self._floats) < len(rows):
            self._floats = np.empty(rows.shape, self._floats.dtype)
        floats = self._floats[: len(rows)]
        self._conversion.convert(rows, floats)
        X = floats.T if self._projection is None else np.dot(self._projection, floats.T)
        return Block(X, self._conversion.common_scale)

    def _gather(self, indices: Array) -> Array:
        """The rows at the indices, in a buffer."""
        if len(self._gathered) < len(indices):
            self._gathered = np.empty((len(indices), self._rows.shape[1]), self._rows.dtype)
        gathered = self._gathered[: len(indices)]
        return np.take(self._rows, indices, axis=0, out=gathered, mode="clip")  # clip: no copy in between
