"""Pictures as rows of bytes, (m, height * width * 3): averaged over boxes, and mirrored."""

import numpy as np

from catnet.engine.types import Array

CHANNELS = 3
PICTURES_TOGETHER = 256  # that are averaged at once: the sums are kept small

Size = tuple[int, int]  # height, width


def box_average(rows: Array, size: Size, factor: int) -> Array:
    """The pictures with each box of factor x factor pixels averaged, rounded to bytes: rows of `size` pixels.

    `rows` are uint8, of pictures `factor` times as high and wide. A half is rounded up.
    """
    if factor == 1:
        return rows
    height, width = size
    averaged = np.empty((len(rows), height * width * CHANNELS), np.uint8)
    for start in range(0, len(rows), PICTURES_TOGETHER):
        part = rows[start : start + PICTURES_TOGETHER]
        boxes = part.reshape(len(part), height, factor, width, factor * CHANNELS)
        sums = boxes.sum(axis=2, dtype=np.uint16).reshape(len(part), height, width, factor, CHANNELS)
        means = (sums.sum(axis=3, dtype=np.uint16) + factor**2 // 2) // factor**2
        averaged[start : start + len(part)] = means.reshape(len(part), -1)
    return averaged


def mirrored(values: Array, size: Size) -> Array:
    """Left against right: each row of `values`, (..., height * width * 3), is a picture, or the weights of a neuron."""
    height, width = size
    pictures = values.reshape(*values.shape[:-1], height, width, CHANNELS)
    return np.ascontiguousarray(pictures[..., ::-1, :]).reshape(values.shape)
