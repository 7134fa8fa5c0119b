"""One picture file as an array. How a file becomes pixels is in pixels.py."""

from pathlib import Path

import numpy as np

from catnet.data.arrays.files import Arrays, kind_of, named, pixels_in
from catnet.data.listing import InArray
from catnet.data.pixels import BadPicture, read_pixels
from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.text import printable


def read_picture(path: Path, image_size: tuple[int, int], colors: str = RGB) -> Array:
    """The picture as uint8 (height, width, channels): its first frame, upright, over white, resized to `image_size`.

    A path may also name a picture in a file of arrays: `FILE:INDEX` or `FILE:ARRAY:INDEX`. Raises DataError with the
    file and what is wrong with it.
    """
    if (picture := named(path)) is not None:
        from catnet.data.decoding import array_block  # late, because picture files do not need it

        block = array_block(Arrays([picture]), [picture], image_size, colors)
        return np.frombuffer(block.pixels, np.uint8).reshape(*image_size, CHANNELS[colors])
    if kind_of(path.name):
        raise DataError(
            f"{printable(path)}: is a file of arrays; give one picture in it, as predict names it: "
            f"{printable(InArray(path, 0, pixels_in(path)[0].array))}"
        )
    try:
        pixels = read_pixels(str(path), image_size, colors=colors)
        return np.frombuffer(pixels, np.uint8).reshape(*image_size, CHANNELS[colors])
    except BadPicture as error:
        raise DataError(f"{printable(path)}: {error}") from error
