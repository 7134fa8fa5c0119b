"""One picture file, of any format, mode and size, as the bytes of its pixels in RGB.

The same file gives the same bytes under every version of Pillow that catnet allows, unless it is AVIF or HEIC: their
decoders may differ by a level. (The one other exception known: a TIFF in YCbCr that is not compressed as a JPEG. Older
versions refuse it if it is not compressed at all, and turn it the wrong way if it is rotated.) Nothing here needs
NumPy: without it, the processes that decode (worker.py) start sooner.
"""

import logging
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from catnet.data import heif
from catnet.data.bounds import (
    MAX_PIXELS,
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
from catnet.data.tiff import BITS_PER_SAMPLE
from catnet.engine.colors import GREY, RGB
from catnet.files import NotRegular
from catnet.text import printable

# Increase it with every change that gives some readable picture other pixels: the cache decodes again what an earlier
# revision decoded, and a model file says on which revision it was trained.
#   1  one call of Pillow's resize, whose order of passes depended on Pillow's version
#   2  the order is fixed (`resized`): the pixels that revision 1 had under Pillow 12
DECODING_REVISION = 2

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # by content, not by suffix; and those of heif.py
SHOWN_FORMATS = "PNG, JPEG, BMP, GIF, WebP, TIFF, AVIF or HEIC"
MAX_STRIP_PIXELS = 30_000  # below 128 KiB, so that the C library reuses the memory of a strip for the next one
SMALL = 1 << 18  # pixels, up to which the time and the memory of a picture are no matter
LITTLE = 4 << 20  # bytes that each may take without asking
ROOM = Room(1 << 30)  # bytes for all decoding threads together
Take = Callable[[int], AbstractContextManager[None]]
PHOTOMETRIC_INTERPRETATION = 262  # a tag of TIFF
SIXTEEN_BITS = ("I;16", "I;16L", "I;16B")

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
    except FileNotFoundError as error:
        raise BadPicture("there is no such file", passing=True) from error
    except UnidentifiedImageError as error:
        reason = f"is not a picture in {SHOWN_FORMATS} format, or its beginning is damaged"
        raise BadPicture(reason) from error
    except Image.DecompressionBombError as error:
        raise BadPicture(f"is too large: more than {MAX_PIXELS} pixels") from error
    except OSError as error:
        if error.strerror:
            raise BadPicture(f"cannot be read: {error.strerror}", passing=True) from error
        raise BadPicture(f"is damaged: {error}") from error
    except Exception as error:  # a damaged file makes Pillow's readers raise almost anything
        raise BadPicture(f"is damaged: {printable(str(error).strip()) or type(error).__name__}") from error


def opened(source: Source) -> Image.Image:
    """The picture in a file of any format, not decoded yet. Raises BadPicture, and whatever Pillow raises."""
    head = source.read(heif.HEAD)
    source.seek(0)
    if (file_format := heif.format_of(head)) is not None:
        return heif.opened(source, file_format)
    return Image.open(source, formats=FORMATS)


def _pixels_of(image: Image.Image, source: Source, image_size: tuple[int, int], take: Take, colors: str) -> bytes:
    """The pixels of an opened picture, as `read_pixels` gives them."""
    height, width = image_size
    full_size, needed = image.size, 0
    if isinstance(source, Counting):
        source.expect_pixels(image.format)
    if image.width * image.height > SMALL:
        demand_moderate(image, source)
    if image.format == "JPEG" and min(image.size) > 4 * max(image_size):
        # libjpeg decodes to a half, a quarter or an eighth of the size, 2 to 4 times faster
        image.draft(None, (2 * max(image_size),) * 2)
    _keep_sample_facts(image)
    if math.prod(full_size) > SMALL or image.format == "TIFF":
        needed = memory_of(image, full_size)
    with take(needed) if needed > LITTLE else nullcontext():
        return _decoded(image, width, height, colors)


def _decoded(image: Image.Image, width: int, height: int, colors: str) -> bytes:
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
    if image.format != "JPEG" or "exif" in image.info or "xmp" in image.info:
        ImageOps.exif_transpose(image, in_place=True)
    rgb = to_rgb_in_strips(image, image.format)
    if rgb is not image:
        image.close()  # its pixels go before those of another size come
    return resized(rgb.convert("L") if colors == GREY else rgb, width, height).tobytes()


def _free_early(image: Image.Image) -> None:
    """Frees the decoder of a WebP, with its two canvases, or of an AVIF, as soon as it has given the pixels."""

    def load_prepare() -> None:  # which Pillow calls before it has memory for the picture
        image._decoder = None  # type: ignore[attr-defined]
        del image.load_prepare  # type: ignore[attr-defined]  # so that it and the picture do not hold each other
        image.load_prepare()  # type: ignore[attr-defined]

    image.load_prepare = load_prepare  # type: ignore[attr-defined]


def _keep_sample_facts(image: Image.Image) -> None:
    """Adds to the picture's info the facts about its samples that Pillow drops when it loads them."""
    if image.format == "TIFF":
        tags: Mapping[int, Any] = image.tag_v2  # type: ignore[attr-defined]
        image.info["white is zero"] = tags.get(PHOTOMETRIC_INTERPRETATION) == 0
        image.info["bits"] = tags.get(BITS_PER_SAMPLE, (1,))[0]
    elif image.format == "PNG" and isinstance(image.info.get("transparency"), int):
        # the transparent grey has the file's 2 or 4 bits, the samples are stretched to 8
        tiles: Sequence[Any] = getattr(image, "tile", ())
        image.info["transparency"] *= {"L;2": 85, "L;4": 17}.get(str(tiles[0][3]), 1) if tiles else 1


def to_rgb_in_strips(image: Image.Image, file_format: str | None) -> Image.Image:
    """`to_rgb`, strip by strip if the picture is large: only it and the result are in memory at once."""
    is_rgb = image.mode == "RGB" and "transparency" not in image.info
    if is_rgb or image.width * image.height <= MAX_STRIP_PIXELS:
        return to_rgb(image, file_format)
    rgb, rows = Image.new("RGB", image.size), max(1, MAX_STRIP_PIXELS // image.width)
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        rgb.paste(to_rgb(strip, file_format), (0, top))
    return rgb


def to_rgb(image: Image.Image, file_format: str | None) -> Image.Image:
    """The picture in mode RGB, over white where it is transparent. Raises BadPicture."""
    if image.mode in SIXTEEN_BITS or (image.mode == "I" and file_format == "PNG"):
        return _from_sixteen_bits(image).convert("RGB")
    if image.mode in ("I", "F"):
        kind = "signed 16-bit" if image.info.get("bits") == 16 else "32-bit"
        raise BadPicture(f"its pixels are {kind} numbers, whose range is not known; save it with 8 or 16 bits")
    if image.mode == "La":
        image = image.convert("LA")
    if image.mode in ("RGBA", "LA", "PA", "RGBa") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _from_sixteen_bits(image: Image.Image) -> Image.Image:
    """Grey v of 0 to 65535 as round(v / 257), mode L; Pillow's own conversion clips at 255."""
    wide = image.convert("I")
    if image.info.get("white is zero"):  # Pillow inverts only 8 bits and fewer
        return wide.point(lambda v: v * (-1 / 257) + 255.5).convert("L")  # `point` rounds down
    grey = wide.point(lambda v: v * (1 / 257) + 0.5).convert("L")
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey.paste(255, mask=wide.point([255 * (v == transparent) for v in range(1 << 16)], "L"))
    return grey


def resized(image: Image.Image, width: int, height: int) -> Image.Image:
    """The picture in bicubic interpolation, first to the width and then to the height.

    Each pass rounds to bytes, so the order shows in the pixels, and the order of a single `resize` depends on Pillow's
    version. A picture more than 100 times as high as wide is shrunk in height first, as Pillow 12 does: otherwise the
    picture between the passes could take many times the memory of the one in the file.
    """
    height_first = image.height > 100 * image.width and image.height > height
    for size in ((image.width, height) if height_first else (width, image.height), (width, height)):
        if size != image.size:
            image = image.resize(size, Image.Resampling.BICUBIC)
    return image
