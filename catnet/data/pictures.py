"""One picture file as uint8 RGB, whatever its format, mode and size; and the pictures in a folder."""

import logging
import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from catnet.data.names import printable
from catnet.engine.activations import Array
from catnet.errors import DataError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"})
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # by content, whatever the suffix
PIXELS = 100_000_000  # the most a header may announce
SIXTEEN_BITS = ("I;16", "I;16L", "I;16B", "I;16N")

# what Pillow remarks about a file is either an error below or of no consequence
warnings.filterwarnings("ignore", module=r"PIL\.")
logging.getLogger("PIL").addHandler(logging.NullHandler())


class UnknownRange(ValueError):
    """Pixels of which nobody knows what is black and what is white."""


def find_pictures(folder: Path) -> list[Path]:
    """The picture files in a folder and in the folders below it, sorted; hidden ones and links to folders left out.

    Raises DataError where a folder cannot be listed.
    """

    def stop(error: OSError) -> None:
        raise DataError(f"{printable(error.filename)}: cannot be listed: {error.strerror}") from error

    found: list[Path] = []
    for parent, folders, files in os.walk(folder, onerror=stop):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(parent, name)
            if name.startswith(".") or path.suffix.lower() not in SUFFIXES:
                continue
            if path.is_file() or not path.exists():  # a link to nothing is kept, so that reading it says so
                found.append(path)
    return sorted(found)


def read_picture(path: Path, image_size: tuple[int, int]) -> Array:
    """The picture as uint8 (height, width, 3): upright, over white, its first frame, resized to `image_size`.

    Raises DataError, with the file and what is wrong with it.
    """
    fault = _fault_of_file(path)
    if fault is None:
        try:
            with Image.open(path, formats=FORMATS) as image:
                if image.width * image.height <= PIXELS:
                    return _decode(image, image_size)
                fault = f"is too large: {image.width} x {image.height} pixels"
        except UnidentifiedImageError:
            fault = "is not a picture in PNG, JPEG, BMP, GIF, WebP or TIFF format, or its beginning is damaged"
        except Image.DecompressionBombError:
            fault = f"is too large: more than {PIXELS} pixels"
        except OSError as error:
            fault = f"cannot be read: {error.strerror}" if error.strerror else f"is damaged: {error}"
        except MemoryError:
            raise
        except UnknownRange as error:
            fault = str(error)
        except Exception as error:  # a damaged file makes Pillow's readers raise almost anything
            fault = f"is damaged: {printable(error) or type(error).__name__}"
    raise DataError(f"{printable(path)}: {fault}")


def _fault_of_file(path: Path) -> str | None:
    """Why the path is no file to open, if it is none. A pipe or a device is never opened."""
    try:
        if path.is_file():
            return None
        return "is not a regular file" if path.exists() else "there is no such file"
    except (OSError, ValueError) as error:
        return f"cannot be read: {error}"


def _decode(image: Image.Image, image_size: tuple[int, int]) -> Array:
    height, width = image_size
    if image.format == "JPEG" and min(image.size) > 4 * max(image_size):
        image.draft(None, (2 * max(image_size),) * 2)  # libjpeg decodes to a half, quarter or eighth, much sooner
    image.load()
    rgb = to_rgb(ImageOps.exif_transpose(image), image.format)
    if rgb.size != (width, height):
        rgb = rgb.resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(rgb)


def to_rgb(image: Image.Image, file_format: str | None) -> Image.Image:
    """The picture in mode RGB; what is transparent over white. Raises UnknownRange."""
    if image.mode in SIXTEEN_BITS or (image.mode == "I" and file_format == "PNG"):
        return _from_sixteen_bits(image).convert("RGB")
    if image.mode in ("I", "F"):
        raise UnknownRange("its pixels are 32-bit numbers, of which no range is known; save it with 8 or 16 bits")
    if image.mode == "La":
        image = image.convert("LA")
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")
    return image.convert("RGB")


def _from_sixteen_bits(image: Image.Image) -> Image.Image:
    """Grey of 0 to 65535 as 0 to 255, rounded: Pillow's own conversion would clip at 255."""
    grey = np.asarray(image).astype(np.uint32)
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey[grey == transparent] = 65535
    return Image.fromarray(((grey + 128) // 257).astype(np.uint8))
