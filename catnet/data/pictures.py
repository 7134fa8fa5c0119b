"""One picture file as uint8 RGB, whatever its format, mode and size; and the pictures in a folder.

NumPy is imported only where it is needed: the processes that decode (worker.py) start without it.
"""

import logging
import os
import stat
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps, UnidentifiedImageError

from catnet.errors import DataError
from catnet.text import printable

if TYPE_CHECKING:
    from catnet.engine.types import Array

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"})
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # by content, whatever the suffix
PIXELS = 100_000_000  # the most a header may announce
READ_WHOLE = 1 << 24  # bytes: Pillow reads a file by many small steps, which are quicker in memory
BITS_PER_SAMPLE, PHOTOMETRIC_INTERPRETATION = 258, 262  # tags of TIFF
STRIP = 1 << 18  # pixels
SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")

# what Pillow remarks about a file is either an error below or of no consequence
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").addHandler(logging.NullHandler())


class BadPicture(Exception):
    """Why a file is no picture that can be used; `passing` where the reason is not in it, and may be gone next time."""

    def __init__(self, reason: str, passing: bool = False) -> None:
        super().__init__(reason)
        self.passing = passing


def find_pictures(folder: Path, others: Counter[str] | None = None) -> list[Path]:
    """The picture files in a folder and in the folders below it, sorted; hidden ones and links to folders left out.

    `others` counts, by suffix, the files that are no pictures by theirs. Raises DataError where a folder cannot be
    listed.
    """
    found: list[str] = []
    folders = [str(folder)]
    while folders:
        where = folders.pop()
        try:
            with os.scandir(where) as entries:
                for entry in entries:
                    name = entry.name
                    if name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                        continue
                    suffix = os.path.splitext(name)[1].lower()
                    if suffix in SUFFIXES and not _is_folder(entry):
                        found.append(entry.path)
                    elif others is not None and suffix not in SUFFIXES and entry.is_file():
                        others[suffix] += 1
        except OSError as error:
            raise DataError(f"{printable(where)}: cannot be listed: {error.strerror}") from error
    return [Path(path) for path in sorted(found, key=lambda path: path.split(os.sep))]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder or a link to one. A pipe or a link to nothing is none: that reading it says."""
    try:
        return entry.is_dir()
    except OSError:  # such as a link to itself
        return False


def read_picture(path: Path, image_size: tuple[int, int]) -> "Array":
    """The picture as uint8 (height, width, 3): upright, over white, its first frame, resized to `image_size`.

    Raises DataError, with the file and what is wrong with it.
    """
    import numpy as np

    try:
        return np.frombuffer(read_pixels(str(path), image_size), np.uint8).reshape(*image_size, 3)
    except BadPicture as error:
        raise DataError(f"{printable(path)}: {error}") from error


def read_pixels(path: str, image_size: tuple[int, int]) -> bytes:
    """The same as bytes: row by row, each pixel's red, green and blue. Raises BadPicture."""
    try:
        # a pipe or a device is never opened
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            raise BadPicture("is not a regular file")
        source = path if status.st_size > READ_WHOLE else BytesIO(_content(path))
        with Image.open(source, formats=FORMATS) as image:
            if image.width * image.height > PIXELS:
                raise BadPicture(f"is too large: {image.width} x {image.height} pixels")
            return _decode(image, image_size)
    except (BadPicture, MemoryError):
        raise
    except FileNotFoundError as error:
        raise BadPicture("there is no such file", passing=True) from error
    except UnidentifiedImageError as error:
        fault = "is not a picture in PNG, JPEG, BMP, GIF, WebP or TIFF format, or its beginning is damaged"
        raise BadPicture(fault) from error
    except Image.DecompressionBombError as error:
        raise BadPicture(f"is too large: more than {PIXELS} pixels") from error
    except OSError as error:
        if error.strerror:
            raise BadPicture(f"cannot be read: {error.strerror}", passing=True) from error
        raise BadPicture(f"is damaged: {error}") from error
    except Exception as error:  # a damaged file makes Pillow's readers raise almost anything
        raise BadPicture(f"is damaged: {printable(error) or type(error).__name__}") from error


def _content(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read()


def _decode(image: Image.Image, image_size: tuple[int, int]) -> bytes:
    height, width = image_size
    if image.format == "JPEG" and min(image.size) > 4 * max(image_size):
        image.draft(None, (2 * max(image_size),) * 2)  # libjpeg decodes to a half, quarter or eighth, much sooner
    _explain_samples(image)
    image.load()
    if image.format != "JPEG" or "exif" in image.info or "xmp" in image.info:
        ImageOps.exif_transpose(image, in_place=True)
    rgb = to_rgb_in_strips(image, image.format)
    if rgb.size != (width, height):
        rgb = rgb.resize((width, height), Image.Resampling.BICUBIC)
    return rgb.tobytes()


def _explain_samples(image: Image.Image) -> None:
    """Puts into the picture's info what Pillow drops when it has loaded the samples."""
    if image.format == "TIFF":
        tags: Mapping[int, Any] = image.tag_v2  # type: ignore[attr-defined]
        image.info["white is zero"] = tags.get(PHOTOMETRIC_INTERPRETATION) == 0
        image.info["bits"] = tags.get(BITS_PER_SAMPLE, (1,))[0]
    elif image.format == "PNG" and isinstance(image.info.get("transparency"), int):
        # the grey that is transparent is a number of 2 or 4 bits, the samples are spread to 8
        tiles: Sequence[Any] = getattr(image, "tile", ())
        image.info["transparency"] *= {"L;2": 85, "L;4": 17}.get(str(tiles[0][3]), 1) if tiles else 1


def to_rgb_in_strips(image: Image.Image, file_format: str | None) -> Image.Image:
    """`to_rgb`, of a large picture strip after strip, so that no more than it and the result are in memory at once."""
    is_rgb = image.mode == "RGB" and "transparency" not in image.info
    if is_rgb or image.width * image.height <= STRIP:
        return to_rgb(image, file_format)
    rgb, rows = Image.new("RGB", image.size), max(1, STRIP // image.width)
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        rgb.paste(to_rgb(strip, file_format), (0, top))
    return rgb


def to_rgb(image: Image.Image, file_format: str | None) -> Image.Image:
    """The picture in mode RGB; what is transparent over white. Raises BadPicture."""
    if image.mode in SIXTEEN_BITS or (image.mode == "I" and file_format == "PNG"):
        return _from_sixteen_bits(image).convert("RGB")
    if image.mode in ("I", "F"):
        kind = "signed 16-bit" if image.info.get("bits") == 16 else "32-bit"
        raise BadPicture(f"its pixels are {kind} numbers, of which no range is known; save it with 8 or 16 bits")
    if image.mode == "La":
        image = image.convert("LA")
    if image.mode in ("RGBA", "LA", "PA", "RGBa") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")


def _from_sixteen_bits(image: Image.Image) -> Image.Image:
    """Grey of 0 to 65535 as 0 to 255, rounded: Pillow's own conversion would clip at 255."""
    import numpy as np

    grey = np.asarray(image).astype(np.uint32)
    if image.info.get("white is zero"):  # Pillow turns only 8 bits and fewer
        grey = 65535 - grey
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[grey == transparent] = 65535
    return Image.fromarray(((grey + 128) // 257).astype(np.uint8))
