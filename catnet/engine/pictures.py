"""Pictures as rows of bytes, (m, height * width * channels): averaged over boxes, and mirrored.

The number of channels, 3 or 1, follows from the width of a row.
"""

from collections.abc import Iterable

import numpy as np

from catnet.engine.types import Array

AVERAGED_TOGETHER = 1 << 20  # bytes of pictures: their sums stay in the processor's cache

Size = tuple[int, int]  # height, width


def box_average(rows: Array, size: Size, factor: int) -> Array:
    """The pictures with each box of factor x factor pixels averaged, rounded to bytes: rows of `size` pixels.

    `rows` are uint8, of pictures `factor` times as high and wide. A half is rounded up.
    """
    if factor == 1:
        return rows
    channels = channels_of(rows, (size[0] * factor, size[1] * factor))
    averaged = np.empty((len(rows), size[0] * size[1] * channels), np.uint8)
    together = max(1, AVERAGED_TOGETHER // rows.shape[1])
    for start in range(0, len(rows), together):
        lines = rows[start : start + together].reshape(-1, factor, size[1] * factor * channels)
        sums = _sum(lines[:, i] for i in range(factor))  # over the height of the boxes
        # each column and channel of the boxes in one piece, which is added several times faster
        columns = np.ascontiguousarray(sums.reshape(-1, factor * channels).T).reshape(factor, channels, -1)
        means = (_sum(columns) + np.uint16(factor**2 // 2)) // np.uint16(factor**2)
        averaged[start : start + together] = means.T.reshape(-1, averaged.shape[1])
    return averaged


def channels_of(rows: Array, size: Size) -> int:
    """The numbers per pixel of pictures of that size, as rows (..., height * width * channels)."""
    return rows.shape[-1] // (size[0] * size[1])


def _sum(parts: Iterable[Array]) -> Array:
    """The sum of bytes, or of their sums, of at most 16 of them: it fits into 16 bits."""
    first, *others = parts
    sums: Array = first.astype(np.uint16)
    for part in others:
        sums += part
    return sums


def mirrored(values: Array, size: Size) -> Array:
    """Left against right: each row of `values`, (..., height * width * channels), is a picture, or the weights of
    a neuron.
    """
    height, width = size
    pictures = values.reshape(*values.shape[:-1], height, width, channels_of(values, size))
    return np.ascontiguousarray(pictures[..., ::-1, :]).reshape(values.shape)
