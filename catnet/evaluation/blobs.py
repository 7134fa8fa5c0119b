"""Whether a network of flattened pictures goes by blobs of colour, measured on its own answers and weights.

A picture is cut into 8 x 8 squares. The mean of each is all that is left of it: blobs, without any detail.
"""

from typing import NamedTuple

import numpy as np

from catnet.engine.pictures import Size
from catnet.engine.subsets import sample
from catnet.engine.types import Array
from catnet.evaluation.kinds import kinds_of
from catnet.evaluation.metrics import decisions
from catnet.goals import REGRESSION
from catnet.model import Model

SQUARES = 8  # a side
SHIFT = 16  # the part of a picture's height and width that it is shifted by
PICTURES = 200  # that are asked about, at most
DIRECTIONS = ((0, 1), (0, -1), (1, 0), (-1, 0))


class Kept(NamedTuple):
    """How much of the answers is left if the pictures are changed: `moved`, and what chance gives, `by_chance`.

    `moved` is the share of those with another answer, in regression how far the answers move, beside the standard
    deviation of the answers; `by_chance` is the same between the answer to one picture and to any other one, changed.
    """

    moved: float
    by_chance: float

    @property
    def share(self) -> float:
        """1 - moved / by_chance: 1 if all is left, 0 if no more than by chance (Cohen's kappa, 1960 and 1968).

        If nearly all pictures get one answer, most keep it however little of them is left: that does not count here.
        """
        return 1 - self.moved / self.by_chance


class Blobs(NamedTuple):
    """What is left of the answers to `pictures` pictures if they are blurred to squares, or shifted by `pixels`; for a
    shift the mean over the four directions.
    """

    pictures: int
    blurred: Kept
    shifted: Kept
    pixels: int


def blobs(model: Model, rows: Array) -> Blobs | None:
    """What blurring and shifting change, of pictures (m, n) of bytes, or PICTURES of them, drawn at random.

    None for a table, for pictures too small to be cut, and if all get the same answer.
    """
    size, decoded_size = model.image_size, model.decoded_size
    if size is None or decoded_size is None or min(size) < 2 * SQUARES:
        return None
    if len(rows) > PICTURES:
        rows = rows[sample(len(rows), PICTURES)]
    before, goal = model.predict(rows), model.question.goal
    given = before if goal == REGRESSION else decisions(goal, before)
    if not np.isfinite(before).all() or (given == given[:, :1]).all():
        return None

    def left(changed: Array) -> Kept:
        after = model.predict(changed.reshape(len(rows), -1))
        apart = distances(before, after) if goal == REGRESSION else differences(given, decisions(goal, after))
        return Kept(float(apart.diagonal().mean()), float(apart.mean()))

    pictures = rows.reshape(len(rows), *decoded_size, -1)
    by = max(1, round(min(size) / SHIFT)) * model.box_average
    shifted = [left(shift(pictures, by * down, by * right)) for down, right in DIRECTIONS]
    blurred = left(np.rint(squares(pictures)).astype(np.uint8))
    return Blobs(len(rows), blurred, Kept(*np.mean(shifted, axis=0).tolist()), by)


def differences(before: Array, after: Array) -> Array:
    """Whether each answer of `before` (k, m) is another one than each of `after` (k, m), (m, m)."""
    _, kinds = kinds_of(np.concatenate([before, after], axis=1))
    m = before.shape[1]
    found: Array = kinds[:m, None] != kinds[m:]
    return found


def distances(before: Array, after: Array) -> Array:
    """How far each number of `before` (1, m) is from each of `after` (1, m), beside the former's deviation; (m, m)."""
    found: Array = np.abs(before[0][:, None] - after[0]) / before.std()
    return found


def share_of_squares(values: Array, size: Size) -> float:
    """How much of weights or pictures (m, n) is alike within each square: the sum of squares of their means over the
    squares beside that of the values.
    """
    V = values.astype(np.float64).reshape(len(values), *size, -1)
    return float((squares(V) ** 2).sum() / ((V**2).sum() or 1))


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
