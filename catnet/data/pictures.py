"""One picture file as an array. How a file becomes pixels is in pixels.py."""

from pathlib import Path

import numpy as np

from catnet.data.pixels import BadPicture, read_pixels
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.text import printable


def read_picture(path: Path, image_size: tuple[int, int]) -> Array:
    """The picture as uint8 (height, width, 3): its first frame, upright, over white, resized to `image_size`.

    Raises DataError with the file and what is wrong with it.
    """
    try:
        return np.frombuffer(read_pixels(str(path), image_size), np.uint8).reshape(*image_size, 3)
    except BadPicture as error:
        raise DataError(f"{printable(path)}: {error}") from error
