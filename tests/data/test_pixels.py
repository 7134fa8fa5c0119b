"""The same file gives the same pixels under every Pillow: hashes of the pixels of revision 2 of the decoding.

A hash that changes means that the decoding has a new revision (DECODING_REVISION), or that a new Pillow needs a look.
The files in files/ are compressed with loss. They are stored because the result of an encoder depends on its version.
The others are made here, by arithmetic alone.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from catnet.data.pixels import DECODING_REVISION, read_pixels
from catnet.data.rgb import resized
from catnet.engine.types import Array

FILES = Path(__file__).parent / "files"


def pattern(height: int, width: int, channels: int, levels: int = 256) -> Array:
    """Numbers (height, width, channels) from 0 to levels - 1: gradients with edges and grain."""
    row, column, channel = np.mgrid[:height, :width, :channels].astype(np.int64)
    numbers = (row * 7 + column * 13 + channel * 29 + row * column // 5 + (row * row + 3 * column * column) % 17) * 257
    return numbers % levels


def rgb(height: int, width: int) -> Image.Image:
    return of_bytes("RGB", height, width, 3)


def of_bytes(mode: str, height: int, width: int, channels: int) -> Image.Image:
    return Image.frombytes(mode, (width, height), pattern(height, width, channels).astype(np.uint8).tobytes())


def sixteen_bits(mode: str, dtype: str) -> Image.Image:
    return Image.frombytes(mode, (40, 70), pattern(70, 40, 1, 1 << 16).astype(dtype).tobytes())


def palette() -> Image.Image:
    image = Image.fromarray(pattern(50, 30, 1, 16)[..., 0].astype(np.uint8))
    image.putpalette([(number * 37) % 256 for number in range(48)])
    return image


def orientation(number: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = number
    return exif


def save(image: Image.Image, name: str, **options: Any) -> Callable[[Path], Path]:
    """What writes the picture into a folder."""

    def write(folder: Path) -> Path:
        image.save(folder / name, **options)
        return folder / name

    return write


def stored(name: str) -> Callable[[Path], Path]:
    return lambda folder: FILES / name


PICTURES: dict[str, tuple[Callable[[Path], Path], tuple[int, int]]] = {
    "of the right size": (save(rgb(64, 64), "a.png"), (64, 64)),
    "tall": (save(rgb(500, 40), "a.png"), (64, 64)),
    "wide": (save(rgb(40, 500), "a.png"), (64, 64)),
    "tall, made wide": (save(rgb(400, 50), "a.png"), (20, 200)),
    "100 times as high as wide": (save(rgb(900, 9), "a.png"), (32, 32)),
    "over 100 times as high as wide": (save(rgb(900, 8), "a.png"), (32, 32)),
    "tiny": (save(rgb(3, 2), "a.bmp"), (64, 64)),
    "enlarged": (save(rgb(30, 50), "a.png"), (210, 300)),
    "one bit": (save(Image.fromarray(pattern(60, 50, 1, 2)[..., 0] > 0), "a.png"), (16, 16)),
    "grey": (save(of_bytes("L", 90, 70, 1), "a.gif"), (32, 32)),
    "palette": (save(palette(), "a.png"), (20, 20)),
    "palette with a transparent colour": (save(palette(), "a.png", transparency=3), (20, 20)),
    "transparent": (save(of_bytes("RGBA", 100, 80, 4), "a.png"), (32, 32)),
    "transparent WebP": (save(of_bytes("RGBA", 100, 80, 4), "a.webp", lossless=True, exact=True), (32, 32)),
    "transparent grey": (save(of_bytes("LA", 100, 80, 2), "a.png"), (32, 32)),
    "16 bits": (save(sixteen_bits("I;16", "<u2"), "a.png"), (32, 32)),
    "16 bits, the other byte order": (save(sixteen_bits("I;16B", ">u2"), "a.tif"), (32, 32)),
    "16 bits, zero is white": (save(sixteen_bits("I;16", "<u2"), "a.tif", tiffinfo={262: 0}), (32, 32)),
    "CMYK": (save(of_bytes("CMYK", 60, 80, 4), "a.tif"), (32, 32)),
    "LAB": (save(of_bytes("LAB", 60, 80, 3), "a.tif"), (32, 32)),
    "rotated": (save(rgb(90, 60), "a.png", exif=orientation(6)), (32, 32)),
    "mirrored": (save(rgb(90, 60), "a.tif", exif=orientation(7)), (32, 32)),
    "JPEG": (stored("large.jpg"), (450, 600)),
    "JPEG at half its size": (stored("large.jpg"), (224, 224)),
    "JPEG at a quarter": (stored("large.jpg"), (100, 100)),
    "JPEG at an eighth": (stored("large.jpg"), (50, 50)),
    "progressive JPEG": (stored("progressive.jpg"), (200, 200)),
    "progressive JPEG at an eighth": (stored("progressive.jpg"), (30, 40)),
    "grey JPEG": (stored("grey.jpg"), (64, 64)),
    "CMYK JPEG": (stored("cmyk.jpg"), (64, 64)),
    "rotated JPEG": (stored("rotated.jpg"), (64, 64)),
    "WebP": (stored("lossy.webp"), (64, 64)),
    "transparent WebP with loss": (stored("lossy_alpha.webp"), (64, 64)),
    "TIFF compressed as a JPEG": (stored("jpeg.tif"), (64, 64)),
}
DIGESTS = {
    "of the right size": "8afe2132be4477636aa47452382781f4e46532694b98d0eb606c5f7266922c17",
    "tall": "84a12592dd4b78bd4aaaf349b78d24142aaedbda18c9d4abde21c390b2a3a654",
    "wide": "97dfe9ccc8757f2db7935f8948bb4ba1aa2460aaaede40292fb55bc79b11ca2b",
    "tall, made wide": "ad8450825af1cc943ac11bc4f8f8dd145a064e2a8e7255629d84904e678f6bc8",
    "100 times as high as wide": "817e45cebd5eca7b1885109e48155fa2851dc9933303e07817c12ff3e23e20a9",
    "over 100 times as high as wide": "aae54e9a3eb7d02ebe25c687ea4841be9b6d1af66b250447658cf2b5de1b46e1",
    "tiny": "3184032aaa695ec5b9728787b7e32a811aa8d332c273de9fa0e999fdc9567adf",
    "enlarged": "ff4b375c1a4cb44388193392c17503e5b8fa22efdbd11ae1873b957a9468981b",
    "one bit": "13df0fff2d388a029d38d75bff6bb43656973520cbc8c9506c15fa82b1a3c537",
    "grey": "95dbd8692f3767ff73ade2150e79df6b869824baeb9ddaf90221ca5a59ee62dd",
    "palette": "cdac32cbdace9061094e5aef643786b64884f405a1f80eb9ad790cb13e2a9aac",
    "palette with a transparent colour": "7744816cfe17ebea46152db7aa4a3fc74c0889cefcc58b0e583b1da1d8a7fdb2",
    "transparent": "3af081dd0c8867592f2a1c66757c9b95868023eabed60eecada39dfff2663c57",
    "transparent WebP": "3af081dd0c8867592f2a1c66757c9b95868023eabed60eecada39dfff2663c57",
    "transparent grey": "73009139aa00f4c51043d3291bd7072ef96ffefca6bac10d63c3166f7df1c454",
    "16 bits": "e1475dba3d989ce30f59d349080c45de7dd27a01ffa39d0d4bf8d222acf5a574",
    "16 bits, the other byte order": "e1475dba3d989ce30f59d349080c45de7dd27a01ffa39d0d4bf8d222acf5a574",
    "16 bits, zero is white": "15bc6a8674dc3f958415f4372ffd4051cde8b080047363bc76b9de5fb08b8c2e",
    "CMYK": "fb9aa93779c0baf83118010d377c857dd7d63ba7bed15564f3f91c6d60e2ac84",
    "LAB": "ee28b1f40d677791e32356ed6260502506e9bc43140fba7229650bd2e7b958b2",
    "rotated": "33568f7a3d306a63c164ec241c2b95b155ea44766f9dbb5441cf5be0500eb769",
    "mirrored": "7618ff207cc47aebeb68d38d968788a0bb50c3711c05af12eef0e896e995fa13",
    "JPEG": "40e467897938e6d792fccb8e47c3e8a6933de2a69d9a49fdd84f586455f4323a",
    "JPEG at half its size": "33c31fdc24573b6eaa84101680330319e39afe2e9380a06fff803157a9ef06c6",
    "JPEG at a quarter": "98ac740c33685e864fa870997b82d658813e74ebd08ff35417c16b63565f9cff",
    "JPEG at an eighth": "08218bff2c2970c5f7e3ff32375ca9baf99eedcf4cad0602e9cc80be2745da4c",
    "progressive JPEG": "535ccbb13ef3f16a2c0f17574194bda8151a653a32cd326e794145b2a2a980b4",
    "progressive JPEG at an eighth": "f76b1ac5a354be3203231b5a7c3cf64a2abcd7db7a824f50e5e7be94b418df19",
    "grey JPEG": "71a35d958c916681fa0130d37cb35513e8ba926c122f643afd6bc4e59e0e2413",
    "CMYK JPEG": "6cc631e436e74bc6183ce8e9219a1d1f3498aa47ac86af17692fe90ae326df3a",
    "rotated JPEG": "cd2cb0a0e68e0f5f42505ad5718a6865b6bf477bbe89b8e767d971d923bf6ed3",
    "WebP": "293eabadf394ebc18b1c0cdb2f9545867a19a4992a7ad041e0915488909f42c0",
    "transparent WebP with loss": "58617e05345a7d5a8e73f717d59440bac6e60194e781976a2deac57dd14df480",
    "TIFF compressed as a JPEG": "ebec2ce2b2034fd0df612fa4cf75c084658dccdfb291082def4d64ac446147e8",
}


@pytest.mark.parametrize("name", PICTURES)
def test_the_pixels_of_this_revision(tmp_path: Path, name: str) -> None:
    assert DECODING_REVISION == 2
    write, image_size = PICTURES[name]
    pixels = read_pixels(str(write(tmp_path)), image_size)
    assert len(pixels) == image_size[0] * image_size[1] * 3
    assert hashlib.sha256(pixels).hexdigest() == DIGESTS[name]


def test_the_width_comes_before_the_height() -> None:
    random = np.random.default_rng(0)
    for _ in range(200):
        width, height, new_width, new_height = (int(side) for side in random.integers(4, 300, 4))
        image = Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8))
        by_rows = resized(resized(image, new_width, height), new_width, new_height)
        assert resized(image, new_width, new_height).tobytes() == by_rows.tobytes()


def test_a_very_tall_picture_never_becomes_large() -> None:
    image = rgb(50_000, 2)
    by_columns = resized(resized(image, 2, 30), 4000, 30)
    assert resized(image, 4000, 30).tobytes() == by_columns.tobytes()
