"""Pictures that a program has in memory, as rows (m, n) for a network.

`export` writes these functions into a file for others, which then takes what `Run.predict` takes.
"""

from typing import Any

import numpy as np
from PIL import Image

from catnet.data.rgb import resized
from catnet.engine.colors import CHANNELS, GREY, RGB
from catnet.engine.types import Array

PICTURES = (
    "pictures must be paths, or arrays (height, width, 3) or (m, height, width, 3) of bytes (uint8) in RGB, "
    "or (height, width) or (m, height, width) in grey"
)


def rows_of_pictures(examples: Any, image_size: tuple[int, int], colors: str) -> tuple[Array, bool]:
    """The rows (m, n) of bytes of pictures, resized to (height, width), and whether they are a single one.

    Each is an array of bytes, (height, width, 3) in RGB, (height, width) or (height, width, 1) in grey; several are a
    list of such, or an array with an axis more. An array of three axes whose last has the length 1 or 3 is one picture.
    Raises TypeError for anything else.
    """
    one = isinstance(examples, np.ndarray) and (examples.ndim == 2 or (examples.ndim == 3 and _has_channels(examples)))
    pictures = [examples] if one else examples
    is_array = isinstance(pictures, np.ndarray) and pictures.ndim in (3, 4) and pictures.dtype == np.uint8
    if not (is_array or isinstance(pictures, list)):
        raise TypeError(f"{PICTURES}, not {_shape_of(pictures)}")
    height, width = image_size
    rows = np.empty((len(pictures), height * width * CHANNELS[colors]), np.uint8)
    for row, picture in zip(rows, pictures, strict=True):
        row[...] = _row(picture, image_size, colors)
    return rows, one


def _row(picture: Any, image_size: tuple[int, int], colors: str) -> Array:
    """The picture in those colours, resized as those in files are; (n,)."""
    is_array = isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.size > 0
    if not is_array or not (picture.ndim == 2 or (picture.ndim == 3 and _has_channels(picture))):
        raise TypeError(f"{PICTURES}, not {_shape_of(picture)}")
    if picture.shape[2:] == (CHANNELS[GREY],):
        picture = picture[..., 0]
    if picture.shape[:2] == image_size and picture.shape[2:] == (() if colors == GREY else (CHANNELS[RGB],)):
        return np.asarray(picture).ravel()
    height, width = image_size
    image = Image.fromarray(picture).convert("L" if colors == GREY else "RGB")
    row: Array = np.asarray(resized(image, width, height)).ravel()
    return row


def _has_channels(picture: Array) -> bool:
    """Whether the last axis of an array is that of the colours."""
    channels: int = picture.shape[-1]
    return channels in CHANNELS.values()


def _shape_of(value: object) -> str:
    return f"an array {value.shape} of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
