"""One picture file as an array. How a file becomes pixels is in pixels.py."""

from pathlib import Path

import numpy as np

from catnet.data.arrays.files import kind_of
from catnet.data.pixels import BadPicture, read_pixels
from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.text import printable


def read_picture(path: Path, image_size: tuple[int, int], colors: str = RGB) -> Array:
    """The picture as uint8 (height, width, channels): its first frame, upright, over white, resized to `image_size`.

    Raises DataError with the file and what is wrong with it.
    """
    if kind_of(path.name):
        raise DataError(
            f"{printable(path)}: is a file of arrays, not a picture; save the one that is meant as a PNG file"
        )
    try:
        pixels = read_pixels(str(path), image_size, colors=colors)
        return np.frombuffer(pixels, np.uint8).reshape(*image_size, CHANNELS[colors])
    except BadPicture as error:
        raise DataError(f"{printable(path)}: {error}") from error
