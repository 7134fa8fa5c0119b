"""Lines of equal height over a grid of points, and the heights to draw them at."""

import numpy as np

from catnet.engine.types import Array

LEVELS = 9  # steps from the lowest to the highest
MOST_DIGITS = 6  # of a height
APART = 10.0  # times the lowest: from here on, equal steps would leave out the low ones


def levels(values: Array) -> Array:
    """Heights between the least and the greatest of these finite values, evenly spread, or, if the greatest is many
    times the least, in the logarithm: of as few digits as tell them apart, two at least.
    """
    low, high = float(values.min()), float(values.max())
    spread = np.geomspace if is_steep(values) else np.linspace
    for digits in range(2, MOST_DIGITS + 1):
        rounded = np.unique([float(f"{level:.{digits}g}") for level in spread(low, high, LEVELS + 1)])
        found = rounded[(rounded > low) & (rounded < high)]
        if len(found) >= LEVELS - 1:
            break
    return found


def is_steep(values: Array) -> bool:
    """Whether values are better compared by their logarithms."""
    low, high = float(values.min()), float(values.max())
    return low > 0 and high > APART * low


def contour(values: Array, level: float) -> Array:
    """The line at which values (rows, columns) on a grid reach a level, as pieces (pieces, 2, 2): of both ends of each
    the column and the row, between those of the grid.

    Each cell is two triangles, in which the values are taken for linear. So a triangle has one piece or none.
    """
    rows, columns = values.shape
    at = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).astype(np.float64)
    pieces = []
    for corners in (((0, 0), (0, 1), (1, 0)), ((1, 1), (1, 0), (0, 1))):
        cells = [(slice(i, rows - 1 + i), slice(j, columns - 1 + j)) for i, j in corners]
        v = np.stack([values[cell].ravel() - level for cell in cells], axis=1)  # (triangles, 3)
        places = np.stack([at[cell].reshape(-1, 2) for cell in cells], axis=1)
        following, ends = np.roll(v, -1, axis=1), np.roll(places, -1, axis=1)
        crossed = (v > 0) != (following > 0)  # of the three sides: none, or two
        share = np.divide(v, v - following, out=np.zeros_like(v), where=crossed)
        pieces.append((places + share[..., np.newaxis] * (ends - places))[crossed].reshape(-1, 2, 2))
    return np.concatenate(pieces)
