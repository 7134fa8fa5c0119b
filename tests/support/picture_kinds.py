"""Picture files of every kind that a browser may open: modes, depths, formats, transparency, orientations, sizes.

`pictures` draws some by a seed. `LEVELS` has the kinds that Chromium decodes otherwise than catnet, and by how much.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageCms
from png import GREY, GREY_ALPHA, PALETTE, RGB, RGBA, png

from catnet.engine.types import Array

ORIENTATION = 274  # the tag of EXIF


class Picture(NamedTuple):
    """A picture's file: its name, by kind and number, its kind, and its bytes."""

    name: str
    kind: str
    content: bytes


class Canvas(NamedTuple):
    """What a picture is drawn with: random numbers, and its width and height."""

    random: np.random.Generator
    width: int
    height: int

    def samples(self, channels: int, depth: int = 8) -> Array:
        """Random samples (height, width, channels): noise on shades that change slowly, or nothing but noise."""
        top, shape = (1 << depth) - 1, (self.height, self.width, channels)
        y, x = np.mgrid[: self.height, : self.width] / max(self.width, self.height)
        angles, phases = self.random.uniform(0, 2 * np.pi, (2, channels))
        along = x[..., None] * np.cos(angles) + y[..., None] * np.sin(angles)
        shades = 0.5 + 0.5 * np.sin(5 * along + phases)
        share = self.random.choice([0.02, 0.1, 1.0])
        return np.round(top * ((1 - share) * shades + share * self.random.random(shape))).astype(np.int64)

    def image(self, mode: str) -> Image.Image:
        """A picture in a mode of Pillow: 1, L, LA, P, RGB, RGBA or CMYK."""
        if mode == "P":
            return self.image("RGB").quantize(int(self.random.integers(2, 257)))
        if mode == "1":
            return self.image("L").convert("1")
        bands = self.samples(len(mode)).astype(np.uint8)
        return Image.fromarray(bands[..., 0] if mode == "L" else bands, mode)

    def orientation(self) -> bytes:
        """EXIF that says which way the picture is turned."""
        exif = Image.Exif()
        exif[ORIENTATION] = int(self.random.integers(1, 9))
        return exif.tobytes()


def _saved(image: Image.Image, file_format: str, **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


def _png(depth: int, colour_type: int, channels: int, *chunks: tuple[bytes, bytes]) -> Callable[[Canvas], bytes]:
    return lambda canvas: png(
        canvas.samples(channels, depth), depth, colour_type, chunks, bool(canvas.random.integers(2))
    )


def _palette(depth: int, transparent: bool) -> Callable[[Canvas], bytes]:
    def draw(canvas: Canvas) -> bytes:
        palette, alpha = canvas.random.bytes(3 << depth), canvas.random.bytes(1 << depth)
        chunks = ((b"PLTE", palette), *(((b"tRNS", alpha),) if transparent else ()))
        return png(canvas.samples(1, depth), depth, PALETTE, chunks, bool(canvas.random.integers(2)))

    return draw


def _of_mode(mode: str, file_format: str, exif: bool = False, **options: Any) -> Callable[[Canvas], bytes]:
    def draw(canvas: Canvas) -> bytes:
        more = {"exif": canvas.orientation()} if exif else {}
        return _saved(canvas.image(mode), file_format, **more, **options)

    return draw


def _animated(mode: str, file_format: str, **options: Any) -> Callable[[Canvas], bytes]:
    def draw(canvas: Canvas) -> bytes:
        first, second = canvas.image(mode), canvas.image(mode)
        return _saved(first, file_format, save_all=True, append_images=[second], duration=100, **options)

    return draw


def _jpeg(mode: str = "RGB", exif: bool = False, **options: Any) -> Callable[[Canvas], bytes]:
    def draw(canvas: Canvas) -> bytes:
        more = {"exif": canvas.orientation()} if exif else {}
        return _saved(canvas.image(mode), "JPEG", quality=int(canvas.random.integers(30, 101)), **more, **options)

    return draw


def _bmp(canvas: Canvas, bits: int, compression: int, palette: bytes, content: bytes) -> bytes:
    """A BMP: the header of the file, that of the picture, and what follows."""
    start = 54 + len(palette)
    header = struct.pack("<2sIHHI", b"BM", start + len(content), 0, 0, start)
    sizes = (40, canvas.width, canvas.height, 1, bits, compression, len(content), 2835, 2835, len(palette) // 4, 0)
    return header + struct.pack("<IiiHHIIiiII", *sizes) + palette + content


def _bmp_of_16_bits(canvas: Canvas) -> bytes:
    """Five bits for each colour; a row ends at a multiple of four bytes."""
    return _bmp(canvas, 16, 0, b"", canvas.random.bytes((canvas.width + 1) // 2 * 4 * canvas.height))


def _bmp_of_runs(canvas: Canvas) -> bytes:
    """Runs of equal pixels: how many, and which; 0 and 0 at the end of a row, 0 and 1 at that of the picture."""
    rows = []
    for _ in range(canvas.height):
        left, row = canvas.width, b""
        while left:
            length = int(canvas.random.integers(1, min(left, 255) + 1))
            row += bytes((length, int(canvas.random.integers(256))))
            left -= length
        rows.append(row)
    return _bmp(canvas, 8, 1, canvas.random.bytes(1024), b"\0\0".join(rows) + b"\0\1")


def _odd_profile() -> bytes:
    """A colour profile in which red is green and green is red: a picture that is converted by it is another one."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return srgb.replace(b"rXYZ", b"tXYZ").replace(b"gXYZ", b"rXYZ").replace(b"tXYZ", b"gXYZ")


PROFILE = _odd_profile()
GAMMA = (b"gAMA", (100_000).to_bytes(4, "big"))
SRGB = (b"sRGB", b"\0")
BT_2020 = (b"cICP", bytes((9, 16, 0, 1)))
WHITE_IS_CLEAR = (b"tRNS", b"\0\xc8")

KINDS: dict[str, Callable[[Canvas], bytes]] = {
    **{f"png grey {depth}": _png(depth, GREY, 1) for depth in (1, 2, 4, 8, 16)},
    "png grey clear": _png(8, GREY, 1, WHITE_IS_CLEAR),
    "png grey 2 clear": _png(2, GREY, 1, (b"tRNS", b"\0\2")),
    "png grey 16 clear": _png(16, GREY, 1, (b"tRNS", b"\xc8\xc8")),
    "png grey alpha": _png(8, GREY_ALPHA, 2),
    "png grey alpha 16": _png(16, GREY_ALPHA, 2),
    "png rgb": _png(8, RGB, 3),
    "png rgb clear": _png(8, RGB, 3, (b"tRNS", b"\0\x80\0\x80\0\x80")),
    "png rgb 16": _png(16, RGB, 3),
    "png rgba": _png(8, RGBA, 4),
    "png rgba 16": _png(16, RGBA, 4),
    **{f"png palette {depth}": _palette(depth, False) for depth in (1, 2, 4, 8)},
    "png palette clear": _palette(8, True),
    "png palette 4 clear": _palette(4, True),
    "png gamma": _png(8, RGB, 3, GAMMA),
    "png srgb": _png(8, RGB, 3, SRGB),
    "png bt.2020": _png(8, RGB, 3, BT_2020),
    "png profile": _of_mode("RGB", "PNG", icc_profile=PROFILE),
    "png turned": _of_mode("RGB", "PNG", exif=True),
    "png animated": _animated("RGB", "PNG"),
    "jpeg grey": _jpeg("L"),
    "jpeg 4:4:4": _jpeg(subsampling=0),
    "jpeg 4:2:2": _jpeg(subsampling=1),
    "jpeg 4:2:0": _jpeg(subsampling=2),
    "jpeg progressive": _jpeg(progressive=True),
    "jpeg rgb": _jpeg(keep_rgb=True),
    "jpeg restart": _jpeg(restart_marker_blocks=3),
    "jpeg profile": _jpeg(icc_profile=PROFILE),
    "jpeg turned": _jpeg(exif=True),
    "jpeg cmyk": _jpeg("CMYK"),
    "jpeg and another": _animated("RGB", "MPO"),
    "webp lossless": _of_mode("RGB", "WEBP", lossless=True),
    "webp lossless alpha": _of_mode("RGBA", "WEBP", lossless=True, exact=True),
    "webp": _of_mode("RGB", "WEBP"),
    "webp alpha": _of_mode("RGBA", "WEBP"),
    "webp turned": _of_mode("RGB", "WEBP", exif=True, lossless=True),
    "webp profile": _of_mode("RGB", "WEBP", icc_profile=PROFILE, lossless=True),
    "webp animated": _animated("RGBA", "WEBP", lossless=True),
    "gif": _of_mode("P", "GIF"),
    "gif grey": _of_mode("L", "GIF"),
    "gif clear": _of_mode("P", "GIF", transparency=1),
    "gif animated": _animated("P", "GIF"),
    "bmp 1": _of_mode("1", "BMP"),
    "bmp grey": _of_mode("L", "BMP"),
    "bmp palette": _of_mode("P", "BMP"),
    "bmp": _of_mode("RGB", "BMP"),
    "bmp alpha": _of_mode("RGBA", "BMP"),
    "bmp 16": _bmp_of_16_bits,
    "bmp runs": _bmp_of_runs,
    "avif": _of_mode("RGB", "AVIF"),
    "avif 4:4:4": _of_mode("RGB", "AVIF", subsampling="4:4:4"),
    "avif alpha": _of_mode("RGBA", "AVIF"),
    "avif turned": _of_mode("RGB", "AVIF", exif=True),
    "tiff": _of_mode("RGB", "TIFF"),
}


if "AVIF" not in Image.registered_extensions().values():  # before Pillow 11.3
    KINDS = {kind: draw for kind, draw in KINDS.items() if not kind.startswith("avif")}
REFUSED = ("tiff",)  # by browsers
# the largest difference of a decoded pixel, of 255
LEVELS = {"png grey 16": 1, "png grey 16 clear": 1, "jpeg cmyk": 1, "bmp 16": 1, "avif alpha": 20}


def pictures(
    seed: int, count: int, sides: tuple[int, int] = (1, 4000), kinds: Sequence[str] = tuple(KINDS)
) -> Iterator[Picture]:
    """So many pictures, of each kind as often as of any other; their sides are from one length to another, of which 1
    to 10 are as frequent as 100 to 1000.
    """
    random = np.random.default_rng(seed)
    order: list[str] = []
    for number in range(count):
        order = order or random.permutation(kinds).tolist()
        kind = order.pop()
        logarithms = random.uniform(np.log(sides[0]), np.log(sides[1] + 1), 2)
        width, height = np.exp(logarithms).astype(int).tolist()
        yield Picture(f"{number:04d} {kind}", kind, KINDS[kind](Canvas(random, width, height)))
