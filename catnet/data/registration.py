"""Whether one picture is another after a crop, a change of brightness, a recompression: registration, then correlation.

A copy q of a picture p satisfies p(x, y) = gain * q(a x + b, c y + d) + offset, but for what its file has lost; x and y
are -1 and 1 at the edges. The six numbers are found by Gauss-Newton steps (Lucas and Kanade, An Iterative Image
Registration Technique, 1981). What is compared then are the pixels, and their details: two drawings on a similar
background are alike in the large, a copy also in the small.
"""

from typing import NamedTuple

import numpy as np

from catnet.engine.types import Array

LONGEST = 0.1  # a step of a, b, c and d at most
CLIPPED = 0.15  # of a pixel: with more of it at white, its brightness says nothing
COVERED = 0.08  # of the pixels must be there to compare


class Pixels(NamedTuple):
    """n pictures: their brightness (n, side, side), and how much of each pixel is clipped to white, from 0 to 1."""

    values: Array
    clipped: Array

    def take(self, index: Array) -> "Pixels":
        """Some of them."""
        return Pixels(self.values[index], self.clipped[index])


class Likeness(NamedTuple):
    """Of n pairs the correlation of their pixels (n,), that of their details (n,), and the maps a, b, c, d (n, 4)."""

    whole: Array
    details: Array
    maps: Array


def registered(one: Pixels, other: Pixels, maps: Array, steps: int) -> Likeness:
    """How alike the pictures of each pair are after some steps from these maps (n, 4).

    A pair of which little can be compared, because it does not overlap or is white, has the correlations 0.
    """
    side = one.values.shape[1]
    edge = (side - 1) / 2
    away = np.linspace(-1, 1, side, dtype=np.float32)
    maps = maps.astype(np.float32)
    for step in range(steps + 1):
        columns, lines = (edge * (1 + maps[:, i, None] * away + maps[:, i + 1, None]) for i in (0, 2))
        shown, clipped = (resampled(part, lines, columns) for part in other)
        there = inside(lines, side)[:, :, None] & inside(columns, side)[:, None, :]
        weights = (there & (one.clipped < CLIPPED) & (clipped < CLIPPED)).astype(np.float32)
        if step < steps:
            maps = moved(maps, one.values, shown, weights, away)
    details = correlation(detailed(one.values), detailed(shown), weights)
    return Likeness(correlation(one.values, shown, weights), details, maps)


def resampled(pictures: Array, lines: Array, columns: Array) -> Array:
    """The pictures (n, side, side) at these places (n, side) of their lines and columns, by cubic convolution."""
    down, across = (cubic(places, pictures.shape[1]) for places in (lines, columns))
    found: Array = down @ pictures @ across.transpose(0, 2, 1)
    return found


def cubic(places: Array, side: int) -> Array:
    """The weights (n, places, side) of the pixels at these places (n, places), the outermost beyond the edges.

    Keys, Cubic Convolution Interpolation for Digital Image Processing (1981), a = -1/2. Linear interpolation would blur
    the details, which then are no longer those of the picture.
    """
    d = np.abs(places.clip(0, side - 1)[:, :, None] - np.arange(side, dtype=np.float32))
    near, far = (1.5 * d - 2.5) * d**2 + 1, ((2.5 - 0.5 * d) * d - 4) * d + 2
    weights = np.where(d < 1, near, np.where(d < 2, far, 0))
    found: Array = weights / weights.sum(axis=2, keepdims=True)
    return found


def inside(places: Array, side: int) -> Array:
    """Which of the places are within a picture."""
    found: Array = (places >= 0) & (places <= side - 1)
    return found


def moved(maps: Array, values: Array, shown: Array, weights: Array, away: Array) -> Array:
    """The maps (n, 4) after a step: values ~ offset + gain * (shown + its change by a, b, c, d), by least squares."""
    n, side = shown.shape[:2]
    by_line, by_column = np.gradient(shown, 2 / (side - 1), axis=(1, 2))
    terms = [np.ones_like(shown), shown, by_column * away, by_column, by_line * away[:, None], by_line]
    design = np.stack(terms, axis=3, dtype=np.float32).reshape(n, -1, len(terms))
    weighted = (design * weights.reshape(n, -1, 1)).transpose(0, 2, 1)
    # the ridge keeps still what a picture without edges leaves open
    normal = (weighted @ design).astype(np.float64) + np.diag([1e-3, 1e-3, *[float(side**2)] * 4])
    solved = np.linalg.solve(normal, (weighted @ values.reshape(n, -1, 1)).astype(np.float64))[:, :, 0]
    gain = np.where(np.abs(solved[:, 1:2]) < 1e-3, 1e-3, solved[:, 1:2])
    step = np.clip(solved[:, 2:] / gain, -LONGEST, LONGEST)
    scale = maps[:, [0, 0, 2, 2]]  # the gradients are those of the picture as shown
    found: Array = (maps + scale * step).astype(np.float32)
    return found


def detailed(pictures: Array) -> Array:
    """The pictures (n, side, side) minus the mean of the 3 x 3 pixels around each."""
    height, width = pictures.shape[1:]
    framed = np.pad(pictures, ((0, 0), (1, 1), (1, 1)), mode="edge")
    lines = framed[:, :height] + framed[:, 1:-1] + framed[:, 2:]
    sums = lines[:, :, :width] + lines[:, :, 1:-1] + lines[:, :, 2:]
    found: Array = pictures - sums / np.float32(9)
    return found


def correlation(one: Array, other: Array, weights: Array) -> Array:
    """The weighted correlation of each pair of pictures, (n,)."""
    one, other, weights = (part.reshape(len(part), -1) for part in (one, other, weights))
    total = np.maximum(weights.sum(axis=1, keepdims=True), 1)
    one, other = (part - (weights * part).sum(axis=1, keepdims=True) / total for part in (one, other))
    scale = (weights * one**2).sum(axis=1) * (weights * other**2).sum(axis=1)
    found: Array = (weights * one * other).sum(axis=1) / np.sqrt(np.maximum(scale, 1e-6))
    return np.where(weights.mean(axis=1) < COVERED, 0, found)
