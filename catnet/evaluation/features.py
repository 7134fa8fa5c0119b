"""What a linear answer is given of an example: all that it has, its pixels averaged over boxes, or its colours."""

from collections.abc import Iterator, Sequence

import numpy as np

from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.pictures import Size, box_average
from catnet.engine.types import Array
from catnet.evaluation.ridge import operations

TOGETHER = 1 << 24  # bytes of pictures whose boxes are averaged at once: they may be a map of a file beyond memory
COUNTED_TOGETHER = 1 << 18  # bytes of pictures: their colours stay in the processor's cache
BOXES = (1, 2, 4, 8, 16)  # pixels a side
LEVELS = {CHANNELS[RGB]: 4, 1: 16}  # of each channel: 4 x 4 x 4 colours, or 16 of brightness
PARTS = 4  # quarters of a picture


def box_for(Y: Array, size: Size, channels: int, most: float) -> int:
    """The pixels a side of the boxes on whose means a ridge regression of Y (k, m) takes at most so many operations;
    the largest if none does.
    """
    k, m = Y.shape
    smaller = (box for box in BOXES if box <= min(size))
    sides = [(box, size[0] // box * (size[1] // box)) for box in smaller]
    return next((box for box, pixels in sides if operations(m, pixels * channels, k) <= most), sides[-1][0])


def averaged(rows: Array, size: Size, *boxes: int) -> Array:
    """Pictures (m, n) of bytes with each box of box x box pixels averaged, for one of `boxes` after the other; what no
    whole box covers is left out.
    """
    if max(boxes) == 1:
        return rows
    return np.concatenate(
        [averaged_together(some.reshape(len(some), *size, -1), boxes) for some in parts(rows, TOGETHER)]
    )


def averaged_together(pictures: Array, boxes: Sequence[int]) -> Array:
    """As `averaged`, of pictures (m, height, width, channels)."""
    for box in boxes:
        m, height, width, channels = pictures.shape
        height, width = height // box, width // box
        whole = np.ascontiguousarray(pictures[:, : height * box, : width * box]).reshape(m, -1)
        pictures = box_average(whole, (height, width), box).reshape(m, height, width, channels)
    return pictures.reshape(len(pictures), -1)


def histograms(rows: Array, size: Size) -> Array:
    """How often each colour occurs in a picture of bytes and in its quarters: roots of shares, (m, bins), in float32.

    The colours are in 4 x 4 x 4 bins, those of grey pictures in 16. The root makes the distance of two histograms
    Hellinger's, to which a frequent colour is not all that counts.
    """
    some_at_a_time = parts(rows, COUNTED_TOGETHER)
    return np.concatenate([histograms_of(some.reshape(len(some), *size, -1)) for some in some_at_a_time])


def histograms_of(pictures: Array) -> Array:
    """As `histograms`, of pictures (m, height, width, channels)."""
    m, height, width, channels = pictures.shape
    levels = LEVELS[channels]
    bins, level = levels**channels, pictures // np.uint8(256 // levels)
    colour = level[..., 0]
    for channel in range(1, channels):
        colour = colour * np.uint8(levels) + level[..., channel]
    quarter = 2 * (np.arange(height) >= height // 2)[:, None] + (np.arange(width) >= width // 2)
    place = colour + bins * (quarter + PARTS * np.arange(m)[:, None, None])
    counts = np.bincount(place.ravel(), minlength=m * PARTS * bins).reshape(m, PARTS, bins)
    counts = np.concatenate([counts.sum(axis=1, keepdims=True), counts], axis=1)
    shares = counts / np.maximum(1, counts.sum(axis=2, keepdims=True))
    roots: Array = np.sqrt(shares).astype(np.float32).reshape(m, -1)
    return roots


def parts(rows: Array, size: int) -> Iterator[Array]:
    """The rows, about so many bytes of them at a time; at least one part."""
    together = max(1, size // max(1, rows.shape[1]))
    for start in range(0, len(rows) or 1, together):
        yield rows[start : start + together]
