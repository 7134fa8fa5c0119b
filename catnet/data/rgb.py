"""What an opened picture becomes, decoded by Pillow: RGB or grey, over white, resized, as bytes.

Nothing here needs more than Pillow: `export` writes these functions into a file for others, which then has the same
pixels.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from catnet.data.bounds import MAX_PIXELS, BadPicture
from catnet.data.tiff import BITS_PER_SAMPLE
from catnet.engine.colors import GREY
from catnet.text import printable

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF")  # by content, not by suffix; and those of heif.py
SHOWN_FORMATS = "PNG, JPEG, BMP, GIF, WebP, TIFF, AVIF or HEIC"
MAX_STRIP_PIXELS = 30_000  # below 128 KiB, so that the C library reuses the memory of a strip for the next one
PHOTOMETRIC_INTERPRETATION = 262  # a tag of TIFF
SIXTEEN_BITS = ("I;16", "I;16L", "I;16B")


def bad_picture(error: Exception) -> BadPicture:
    """What is said of a picture that could not be read."""
    if isinstance(error, FileNotFoundError):
        return BadPicture("there is no such file", passing=True)
    if isinstance(error, UnidentifiedImageError):
        return BadPicture(f"is not a picture in {SHOWN_FORMATS} format, or its beginning is damaged")
    if isinstance(error, Image.DecompressionBombError):
        return BadPicture(f"is too large: more than {MAX_PIXELS} pixels")
    if isinstance(error, OSError):
        if error.strerror:
            return BadPicture(f"cannot be read: {error.strerror}", passing=True)
        return BadPicture(f"is damaged: {error}")
    return BadPicture(f"is damaged: {printable(str(error).strip()) or type(error).__name__}")


def shrink_early(image: Image.Image, image_size: tuple[int, int]) -> None:
    """Has a JPEG that is much larger than `image_size` (height, width) decoded to a half, a quarter or an eighth of its
    size, which libjpeg does 2 to 4 times faster.
    """
    if image.format == "JPEG" and min(image.size) > 4 * max(image_size):
        image.draft(None, (2 * max(image_size),) * 2)


def keep_sample_facts(image: Image.Image) -> None:
    """Adds to the picture's info the facts about its samples that Pillow drops when it loads them."""
    if image.format == "TIFF":
        tags: Mapping[int, Any] = image.tag_v2  # type: ignore[attr-defined]
        image.info["white is zero"] = tags.get(PHOTOMETRIC_INTERPRETATION) == 0
        image.info["bits"] = tags.get(BITS_PER_SAMPLE, (1,))[0]
    elif image.format == "PNG" and isinstance(image.info.get("transparency"), int):
        # the transparent grey has the file's 2 or 4 bits, the samples are stretched to 8
        tiles: Sequence[Any] = getattr(image, "tile", ())
        image.info["transparency"] *= {"L;2": 85, "L;4": 17}.get(str(tiles[0][3]), 1) if tiles else 1


def turn_upright(image: Image.Image) -> None:
    """Turns a decoded picture as its EXIF says."""
    if image.format != "JPEG" or "exif" in image.info or "xmp" in image.info:
        ImageOps.exif_transpose(image, in_place=True)


def as_bytes(image: Image.Image, image_size: tuple[int, int], colors: str) -> bytes:
    """The pixels of a decoded picture, resized to `image_size` (height, width): row by row, each pixel's red, green and
    blue; with `colors` grey one byte per pixel. Closes the picture. Raises BadPicture.
    """
    height, width = image_size
    rgb = to_rgb_in_strips(image, image.format)
    if rgb is not image:
        image.close()  # its pixels go before those of another size come
    return resized(rgb.convert("L") if colors == GREY else rgb, width, height).tobytes()


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
