"""One picture file, of any format, mode and size, as the bytes of its pixels in RGB.

The same file gives the same bytes under every version of Pillow that catnet allows, unless it is AVIF or HEIC: their
decoders may differ by a level. (The one other exception known: a TIFF in YCbCr that is not compressed as a JPEG. Older
versions refuse it if it is not compressed at all, and turn it the wrong way if it is rotated.) Nothing here needs
NumPy: without it, the processes that decode (worker.py) start sooner.
"""

import logging
import math
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO

from PIL import Image

from catnet.data import heif
from catnet.data.bounds import (
    BadPicture,
    Counting,
    Room,
    Source,
    demand_moderate,
    demand_moderate_tags,
    memory_of,
    open_picture,
)
from catnet.data.litter import SOFTWARE
from catnet.data.rgb import FORMATS, as_bytes, bad_picture, keep_sample_facts, shrink_early, turn_upright
from catnet.engine.colors import RGB
from catnet.files import NotRegular

# Increase it with every change that gives some readable picture other pixels: the cache decodes again what an earlier
# revision decoded, and a model file says on which revision it was trained.
#   1  one call of Pillow's resize, whose order of passes depended on Pillow's version
#   2  the order is fixed (`resized`): the pixels that revision 1 had under Pillow 12
DECODING_REVISION = 2

SMALL = 1 << 18  # pixels, up to which the time and the memory of a picture are no matter
LITTLE = 4 << 20  # bytes that each may take without asking
ROOM = Room(1 << 30)  # bytes for all decoding threads together
Take = Callable[[int], AbstractContextManager[None]]

# what Pillow warns about is either an error below or of no consequence
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").addHandler(logging.NullHandler())
# Of larger blocks than its 16 MiB, because the C library keeps freed ones of up to 32 MiB, each thread its own.
Image.core.set_block_size(1 << 26)


def read_pixels(path: str, image_size: tuple[int, int], take: Take = ROOM.taken, colors: str = RGB) -> bytes:
    """The picture's first frame, upright, over white, resized to `image_size` (height, width).

    Returns height * width * 3 bytes: row by row, each pixel's red, green and blue; with `colors` grey one byte per
    pixel. Before a large picture is decoded, it takes the memory that this needs of what all who decode share. Raises
    BadPicture.
    """
    try:
        with open_picture(path) as source, opened(source) as image:
            return _pixels_of(image, source, image_size, take, colors)
    except (BadPicture, MemoryError):
        raise
    except (NotRegular, IsADirectoryError) as error:
        raise BadPicture("is not a regular file") from error
    except Exception as error:  # a damaged file makes Pillow's readers raise almost anything
        raise bad_picture(error) from error


def opened(source: Source) -> Image.Image:
    """The picture in a file of any format, not decoded yet. Raises BadPicture, and whatever Pillow raises."""
    head = source.read(heif.HEAD)
    source.seek(0)
    if (file_format := heif.format_of(head)) is not None:
        return heif.opened(source, file_format)
    return Image.open(source, formats=FORMATS)


def _pixels_of(image: Image.Image, source: Source, image_size: tuple[int, int], take: Take, colors: str) -> bytes:
    """The pixels of an opened picture, as `read_pixels` gives them."""
    full_size, needed = image.size, 0
    if isinstance(source, Counting):
        source.expect_pixels(image.format)
    if image.width * image.height > SMALL:
        demand_moderate(image, source)
    shrink_early(image, image_size)
    keep_sample_facts(image)
    if math.prod(full_size) > SMALL or image.format == "TIFF":
        needed = memory_of(image, full_size)
    with take(needed) if needed > LITTLE else nullcontext():
        return _decoded(image, image_size, colors)


def _decoded(image: Image.Image, image_size: tuple[int, int], colors: str) -> bytes:
    if image.format in ("WEBP", heif.AVIF):
        _free_early(image)
    if image.format == "TIFF":
        from catnet.data.libtiff import damage_told  # late, because few pictures need it

        with damage_told():
            image.load()
    else:
        image.load()
    if image.info.get("Software") == SOFTWARE:
        raise BadPicture("is a picture that explain wrote, not data; remove it")
    if exif := image.info.get("exif"):
        demand_moderate_tags(BytesIO(exif.removeprefix(b"Exif\0\0")), len(exif))
    turn_upright(image)
    return as_bytes(image, image_size, colors)


def _free_early(image: Image.Image) -> None:
    """Frees the decoder of a WebP, with its two canvases, or of an AVIF, as soon as it has given the pixels."""

    def load_prepare() -> None:  # which Pillow calls before it has memory for the picture
        image._decoder = None  # type: ignore[attr-defined]
        del image.load_prepare  # type: ignore[attr-defined]  # so that it and the picture do not hold each other
        image.load_prepare()  # type: ignore[attr-defined]

    image.load_prepare = load_prepare  # type: ignore[attr-defined]
