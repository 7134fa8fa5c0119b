"""Changes of pictures: a sliding average, one affine gather per picture, brightness and contrast, cutout."""

from typing import NamedTuple

import numpy as np

from catnet.engine.augmentation import Augmentation
from catnet.engine.pictures import Size
from catnet.engine.randomness import AUGMENT, generator
from catnet.engine.types import Array

WHITE = 255
AVERAGED_TOGETHER = 16  # pictures: the sums stay in the processor's cache


class Draws(NamedTuple):
    """What is drawn for each example, each of shape (m,), uniform in [0, 1): all of it, whatever is switched on."""

    flip: Array
    shift_x: Array
    shift_y: Array
    zoom: Array
    stretch: Array
    rotate: Array
    brightness: Array
    contrast: Array
    cutout_x: Array
    cutout_y: Array

    @classmethod
    def of_epoch(cls, seed: int, epoch: int, m: int) -> "Draws":
        """Those of the m examples of an epoch."""
        return cls(*generator(seed, AUGMENT, epoch).random((m, len(cls._fields))).T)

    def at(self, examples: Array) -> "Draws":
        """Those of some examples."""
        return Draws(*(drawn[examples] for drawn in self))


class Affine(NamedTuple):
    """Where each pixel of each of m pictures comes from: x = A[column] + B[row], y = C[column] + D[row].

    A and C are (m, width), B and D are (m, height), in pixels of the source.
    """

    A: Array
    B: Array
    C: Array
    D: Array


def sliding_average(pictures: Array, factor: int) -> Array:
    """The average of the factor x factor pixels from each pixel on, right and down, rounded to bytes, a half up.

    `pictures` are uint8 (m, height, width, channels), and so are the averages. Pixels beyond an edge are as the edge
    is.
    """
    if factor == 1:
        return pictures
    averaged = np.empty(pictures.shape, np.uint8)
    _, height, width, _ = pictures.shape
    beyond = (0, factor - 1)
    for start in range(0, len(pictures), AVERAGED_TOGETHER):
        part = slice(start, start + AVERAGED_TOGETHER)
        padded = np.pad(pictures[part], ((0, 0), beyond, beyond, (0, 0)), mode="edge").astype(np.uint16)
        columns = padded[:, :height].copy()
        for down in range(1, factor):
            columns += padded[:, down : down + height]
        sums = columns[:, :, :width].copy()
        for right in range(1, factor):
            sums += columns[:, :, right : right + width]
        sums += factor**2 // 2
        np.floor_divide(sums, factor**2, out=averaged[part], casting="unsafe")
    return averaged


def affine(draws: Draws, bounds: Augmentation, size: Size, factor: int) -> Affine:
    """The gather of pictures of `size` from sliding averages `factor` times as high and wide.

    With (u, v) the place of a pixel's box from the middle of the picture, the place of its source is
    R (s a f u, s v / a) from the middle, and moved by the shift: R rotates, s zooms, a stretches, and f is -1 for a
    mirrored picture, else 1. Without changes the gather is the average over boxes; with f = -1, exactly its mirror
    image.
    """
    (height, width), single = size, np.float32
    mirror = np.where(draws.flip < 0.5, -1.0, 1.0) if bounds.flip else np.ones(len(draws.flip))
    least, most = bounds.zoom
    zoom = least + (most - least) * draws.zoom
    stretch = np.exp(signed(draws.stretch) * bounds.stretch)
    angle = np.deg2rad(signed(draws.rotate) * bounds.rotate)
    across, down = zoom * stretch * mirror, zoom / stretch
    u, v = (((np.arange(side) - (side - 1) / 2) * factor).astype(single) for side in (width, height))

    def scaled(factors: Array, places: Array) -> Array:
        return np.multiply.outer(factors.astype(single), places)

    def middle(side: int, drawn: Array) -> Array:
        """The first pixel of the box in the middle, moved by the shift, (m, 1)."""
        return ((side - 1) * factor / 2 + signed(drawn) * bounds.shift * side * factor).astype(single)[:, None]

    return Affine(
        A=scaled(across * np.cos(angle), u),
        B=scaled(-down * np.sin(angle), v) + middle(width, draws.shift_x),
        C=scaled(across * np.sin(angle), u),
        D=scaled(down * np.cos(angle), v) + middle(height, draws.shift_y),
    )


def signed(drawn: Array) -> Array:
    """From -1 to 1."""
    return 2 * drawn - 1


def gather(source: Array, examples: Array, places: Affine) -> Array:
    """Pictures as rows, (m, h * w * c), from the nearest pixels of source[examples], (M, height, width, c) of bytes."""
    _, height, width, _ = source.shape
    x = nearest(places.A, places.B, width)
    pixels = nearest(places.C, places.D, height)
    pixels *= width
    pixels += x
    pixels += (examples * (height * width))[:, None, None]
    flat = source.reshape(-1, source.shape[-1])
    return np.take(flat, pixels.reshape(-1), axis=0, mode="clip").reshape(len(examples), -1)  # clip: none is outside


def nearest(of_column: Array, of_row: Array, side: int) -> Array:
    """The pixel that of_column + of_row is nearest to, within 0, ..., side - 1: (m, h, w)."""
    places = of_column[:, None, :] + (of_row + np.float32(0.5))[:, :, None]
    np.clip(places, 0, side - 1, out=places)
    return places.astype(np.intp)


def recolored(rows: Array, draws: Draws, bounds: Augmentation) -> Array:
    """c (p - mean) + mean + b, as bytes: c is the contrast, b the brightness, mean that of all bytes of a picture."""
    means = rows.mean(axis=1, dtype=np.float32, keepdims=True)
    values = rows - means
    values *= (1 + signed(draws.contrast) * bounds.contrast).astype(np.float32)[:, None]
    values += means
    values += (signed(draws.brightness) * bounds.brightness * WHITE).astype(np.float32)[:, None]
    np.rint(values, out=values)
    return np.clip(values, 0, WHITE, out=values).astype(np.uint8)


def cut_out(rows: Array, draws: Draws, bounds: Augmentation, size: Size) -> None:
    """Fills a square of each picture with its mean colour, in place: its side is a share of the shorter side."""
    height, width = size
    side = round(bounds.cutout * min(size))
    pictures = rows.reshape(len(rows), height, width, -1)
    colors = np.rint(pictures.mean(axis=(1, 2), dtype=np.float32)).astype(np.uint8)
    top = (draws.cutout_y * (height - side + 1)).astype(np.intp)[:, None]
    left = (draws.cutout_x * (width - side + 1)).astype(np.intp)[:, None]
    rows_inside = (np.arange(height) >= top) & (np.arange(height) < top + side)
    columns_inside = (np.arange(width) >= left) & (np.arange(width) < left + side)
    inside = rows_inside[:, :, None] & columns_inside[:, None, :]
    np.copyto(pictures, colors[:, None, None, :], where=inside[..., None])
