"""Whether a network of flattened pictures goes by blobs of colour, measured on its own answers and weights.

A picture is cut into 8 x 8 squares. The mean of each is all that is left of it: blobs, without an edge or an ear.
"""

from typing import NamedTuple

import numpy as np

from catnet.engine.pictures import Size
from catnet.engine.types import Array
from catnet.evaluation.metrics import decisions
from catnet.goals import REGRESSION
from catnet.model import Model

SQUARES = 8  # a side
SHIFT = 16  # the part of a picture's height and width that it is shifted by
PICTURES = 200  # that are asked about, at most
DIRECTIONS = ((0, 1), (0, -1), (1, 0), (-1, 0))


class Blobs(NamedTuple):
    """What changes in the answers to `pictures` pictures if they are blurred to squares, or shifted by `pixels`.

    The share of those with another answer, for a shift the mean over the four directions; in regression how far the
    answers move, beside the standard deviation of the answers.
    """

    pictures: int
    blurred: float
    shifted: float
    pixels: int


def blobs(model: Model, rows: Array) -> Blobs | None:
    """What blurring and shifting change, of pictures (m, n) of bytes, or PICTURES of them, drawn at random.

    None for a table, for pictures too small to be cut, and if all get the same answer.
    """
    size, decoded_size = model.image_size, model.decoded_size
    if size is None or decoded_size is None or min(size) < 2 * SQUARES:
        return None
    if len(rows) > PICTURES:
        rows = rows[np.sort(np.random.default_rng(0).choice(len(rows), PICTURES, replace=False))]
    before, regression = model.predict(rows), model.question.goal == REGRESSION
    deviation = float(before.std())
    given = decisions(model.question.goal, before)
    if not np.isfinite(before).all() or (deviation == 0 if regression else (given == given[:, :1]).all()):
        return None

    def moved(changed: Array) -> float:
        after = model.predict(changed.reshape(len(rows), -1))
        if regression:
            return float(np.abs(after - before).mean() / deviation)
        return float((decisions(model.question.goal, after) != given).any(axis=0).mean())

    pictures = rows.reshape(len(rows), *decoded_size, -1)
    by = max(1, round(min(size) / SHIFT)) * model.box_average
    shifted = [moved(shift(pictures, by * down, by * right)) for down, right in DIRECTIONS]
    return Blobs(len(rows), moved(np.rint(squares(pictures)).astype(np.uint8)), float(np.mean(shifted)), by)


def share_of_squares(weights: Array, size: Size) -> tuple[float, float]:
    """How much of weights (n_1, n) is alike within each square: the sum of squares of their means over the squares
    beside that of the weights; and how much it would be of noise.
    """
    W = weights.astype(np.float64).reshape(len(weights), *size, -1)
    by_chance = min(SQUARES, size[0]) * min(SQUARES, size[1]) / (size[0] * size[1])
    return float((squares(W) ** 2).sum() / ((W**2).sum() or 1)), by_chance


def squares(values: Array) -> Array:
    """Pictures, or weights, (m, height, width, channels), each number replaced by the mean of its square."""
    for axis in (1, 2):
        length = values.shape[axis]
        edges = np.linspace(0, length, min(SQUARES, length) + 1).astype(int)
        lengths = np.diff(edges)
        means = np.add.reduceat(values, edges[:-1], axis=axis, dtype=np.float64)
        means /= lengths.reshape([-1 if i == axis else 1 for i in range(4)])
        values = np.repeat(means, lengths, axis=axis)
    return values


def shift(pictures: Array, down: int, right: int) -> Array:
    """Pictures (m, height, width, channels) shifted by so many pixels; what comes in repeats the edge."""
    height, width = pictures.shape[1:3]
    lines, columns = np.arange(height) - down, np.arange(width) - right
    return pictures[:, np.clip(lines, 0, height - 1)[:, None], np.clip(columns, 0, width - 1)]
