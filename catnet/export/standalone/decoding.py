"""The pixels of a picture in a file, or in an array."""

from collections.abc import Iterable
from io import BytesIO

import numpy as np
from PIL import Image

from catnet.data.bounds import MAX_PIXELS, BadPicture
from catnet.data.heif import AVIF, HEAD, format_of, opened_avif, opened_heif
from catnet.data.litter import SOFTWARE
from catnet.data.rgb import FORMATS, as_bytes, bad_picture, keep_sample_facts, shrink_early, turn_upright
from catnet.engine.types import Array
from catnet.evaluation.picture_rows import rows_of_pictures
from catnet.export.standalone.network import y_hat
from catnet.export.standalone.stored import FACTS

NEEDS = "the package pillow-heif: pip install pillow-heif"


def predict_arrays(pictures: Array | Iterable[Array]) -> Array:
    """y^ (k, m) about m pictures: the probabilities of FACTS["classes"], or the target in its unit.

    Each is an array of bytes (uint8), of any size: (height, width, 3) in RGB, (height, width) or (height, width, 1) in
    grey. One such array is one picture; several are a list, or an array with an axis more. Raises TypeError for
    anything else.
    """
    is_array = isinstance(pictures, np.ndarray) or not isinstance(pictures, Iterable)
    rows, _ = rows_of_pictures(pictures if is_array else list(pictures), decoded_size(), FACTS["colors"])
    return y_hat(rows)


def decoded_size() -> tuple[int, int]:
    """(height, width) to which pictures are resized: `box_average` times that of the network's input."""
    height, width = FACTS["image_size"]
    return height * FACTS["box_average"], width * FACTS["box_average"]


def decoded(content: bytes) -> Array:
    """The pixels (n,) of the picture in a file: its first frame, upright, over white where it is transparent, resized.
    Row by row, each pixel's red, green and blue, or its brightness. Raises BadPicture.
    """
    try:
        with opened(content) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadPicture(f"is too large: {image.width} x {image.height} pixels")
            shrink_early(image, decoded_size())
            keep_sample_facts(image)
            image.load()
            if image.info.get("Software") == SOFTWARE:
                raise BadPicture("is a picture that explain wrote, not data; remove it")
            turn_upright(image)
            return np.frombuffer(as_bytes(image, decoded_size(), FACTS["colors"]), np.uint8)
    except (BadPicture, MemoryError):
        raise
    except Exception as error:  # a damaged file makes Pillow's readers raise almost anything
        raise bad_picture(error) from error


def opened(content: bytes) -> Image.Image:
    """The picture in a file of any format, not decoded yet. Raises BadPicture, and whatever Pillow raises."""
    file_format = format_of(content[:HEAD])
    if file_format is None:
        return Image.open(BytesIO(content), formats=FORMATS)
    return opened_avif(content) if file_format == AVIF else opened_heif(content, NEEDS)
