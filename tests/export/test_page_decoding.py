"""The page decodes picture files to the pixels that catnet has, in Chromium; of the kinds that differ, how far."""

import os
import struct
from base64 import b64encode
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_scripts import BASE64, SCRIPTS, as_bytes
from picture_kinds import KINDS, LEVELS, ORIENTATION, REFUSED, Picture, pictures
from PIL import Image, ImageOps

from catnet.data.pixels import read_pixels
from catnet.data.rgb import resized
from catnet.engine.types import Array

SOAK = bool(os.environ.get("CATNET_SOAK"))
COUNT, LARGEST = (1000, 4000) if SOAK else (len(KINDS), 120)
SHOOTS = 3  # times so far from the truth is a pixel that is interpolated between such as differ
SIZES = ((64, 64), (16, 24), (7, 90))  # height, width
SCALED_GREY = 1  # levels of a grey JPEG that is made smaller as it is decoded
SCALED = 16  # of a coloured one of noise; photographs differ by 4 at most


@pytest.fixture(scope="module")
def page(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The browser on a page of the scripts, from a file."""
    path = tmp_path_factory.mktemp("page") / "page.html"
    path.write_text(f"<!doctype html><meta charset=utf-8><title>t</title><script>{SCRIPTS}{BASE64}</script>", "utf-8")
    browser.set_script_timeout(100)
    browser.get(path.as_uri())
    return browser


def pixels_on(page: Any, content: bytes, size: tuple[int, int], colors: str = "rgb") -> Array | str:
    """The pixels that the page makes of a file, or why it makes none."""
    made = page.execute_async_script(
        """const [content, image_size, colors, done] = arguments;
        pixelsOf(new Blob([fromBase64(content)]), { image_size, colors, box_average: 1 })
          .then((pixels) => done(["", asBase64(pixels)]), (error) => done([error.message, ""]))""",
        b64encode(content).decode(),
        size,
        colors,
    )
    return made[0] or as_bytes(made[1])


def pixels_of(folder: Path, content: bytes, size: tuple[int, int], colors: str = "rgb") -> Array:
    path = folder / "picture"
    path.write_bytes(content)
    return np.frombuffer(read_pixels(str(path), size, colors=colors), np.uint8)


def levels_apart(one: Array | str, other: Array) -> int:
    assert isinstance(one, np.ndarray), one
    return int(np.abs(one.astype(int) - other).max())


def is_made_smaller(picture: Picture, size: tuple[int, int]) -> bool:
    """Whether libjpeg decodes the picture to a part of its size."""
    if not picture.kind.startswith("jpeg"):
        return False
    with Image.open(BytesIO(picture.content)) as image:
        return min(image.size) > 4 * max(size)


def test_pixels_are_those_of_catnet(page: Any, tmp_path: Path) -> None:
    seen = set()
    for number, picture in enumerate(pictures(1, COUNT, (1, LARGEST))):
        size, colors = SIZES[number % len(SIZES)], "grey" if number % 4 == 0 else "rgb"
        found = pixels_on(page, picture.content, size, colors)
        if picture.kind in REFUSED:
            assert found == "is not a picture that this browser opens"
            continue
        apart = levels_apart(found, pixels_of(tmp_path, picture.content, size, colors))
        assert apart <= SHOOTS * LEVELS.get(picture.kind, 0) + SCALED * is_made_smaller(picture, size), picture.name
        seen.add(picture.kind)
    assert seen == set(KINDS) - set(REFUSED)


@pytest.mark.parametrize("orientation", [1, 3, 6])
@pytest.mark.parametrize("times", [2, 4, 8])
def test_a_large_jpeg_is_nearly_as_libjpeg_makes_it_smaller(
    times: int, orientation: int, page: Any, tmp_path: Path
) -> None:
    exif, file = Image.Exif(), BytesIO()
    exif[ORIENTATION] = orientation
    noise = np.random.default_rng(times).integers(0, 256, (67 * times + 1, 65 * times + 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, "JPEG", quality=90, exif=exif)
    found, wanted = pixels_on(page, file.getvalue(), (32, 20)), pixels_of(tmp_path, file.getvalue(), (32, 20))
    with Image.open(file) as image:
        whole = ImageOps.exif_transpose(image).convert("RGB")
    assert levels_apart(found, wanted) <= SCALED_GREY
    assert levels_apart(np.asarray(resized(whole, 20, 32)).ravel(), wanted) > SCALED_GREY


@pytest.mark.parametrize("file_format", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize("orientation", range(10))
def test_pictures_are_upright(file_format: str, orientation: int, page: Any, tmp_path: Path) -> None:
    pixels = np.random.default_rng(orientation).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    exif, file = Image.Exif(), BytesIO()
    exif[ORIENTATION] = orientation
    Image.fromarray(pixels).save(file, file_format, exif=exif, lossless=True)
    found = pixels_on(page, file.getvalue(), (10, 11))
    assert levels_apart(found, pixels_of(tmp_path, file.getvalue(), (10, 11))) == 0


def jpeg_with(exif: bytes, folder: Path) -> bytes:
    """A JPEG of noise with this EXIF."""
    pixels = np.random.default_rng(0).integers(0, 256, (9, 12, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "with.jpg", quality=95, exif=b"Exif\0\0" + exif)
    return (folder / "with.jpg").read_bytes()


@pytest.mark.parametrize("kind", [1, 2, 3, 4, 7])  # BYTE, ASCII, SHORT, LONG, UNDEFINED
@pytest.mark.parametrize("magic", [b"\0\x2a", b"\x2a\0", b"\x2b\0", b"\0\1"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_orientations_of_odd_exif_are_those_of_catnet(
    order: str, magic: bytes, kind: int, page: Any, tmp_path: Path
) -> None:
    value = struct.pack(f"{order}{'I' if kind == 4 else 'H' if kind == 3 else 'B'}", 6).ljust(4, b"\0")
    entries = struct.pack(f"{order}IHHHI", 8, 1, ORIENTATION, kind, 1) + value + bytes(4)
    content = jpeg_with({"<": b"II", ">": b"MM"}[order] + magic + entries, tmp_path)
    found = pixels_on(page, content, (10, 11))
    assert levels_apart(found, pixels_of(tmp_path, content, (10, 11))) == 0


def test_an_icon_is_refused_as_catnet_refuses_it(page: Any) -> None:
    icon = BytesIO()
    Image.new("RGB", (32, 32)).save(icon, "ICO")
    assert pixels_on(page, icon.getvalue(), (8, 8)) == "is an icon, which catnet does not read"


@pytest.mark.parametrize("size", [(1024, 1023), (1025, 2050), (3000, 1100)])
def test_a_picture_of_several_tiles(size: tuple[int, int], page: Any, tmp_path: Path) -> None:
    coarse = np.random.default_rng(0).integers(0, 256, (8, 8, 4), dtype=np.uint8)
    image, file, jpeg = Image.fromarray(coarse).resize(size, Image.Resampling.NEAREST), BytesIO(), BytesIO()
    image.save(file, "PNG")
    assert levels_apart(pixels_on(page, file.getvalue(), (64, 64)), pixels_of(tmp_path, file.getvalue(), (64, 64))) == 0
    image.convert("L").save(jpeg, "JPEG")
    found = pixels_on(page, jpeg.getvalue(), (16, 16))
    assert levels_apart(found, pixels_of(tmp_path, jpeg.getvalue(), (16, 16))) <= SCALED_GREY


def test_what_is_no_picture_is_refused(page: Any) -> None:
    whole = BytesIO()
    Image.new("RGB", (30, 30)).save(whole, "JPEG")
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    for content in (
        b"",
        b"hello",
        svg,
        whole.getvalue()[:-200],
        b"\xff\xd8\xff\xe1\0\x04",
        b"RIFF\0\0\0\0WEBPEXIF\xff\0\0\0",
    ):
        assert pixels_on(page, content, (8, 8)) == "is not a picture that this browser opens"


def test_a_picture_of_too_many_pixels_is_refused(page: Any) -> None:
    said = page.execute_async_script(
        """const done = arguments[0], real = createImageBitmap;
        window.createImageBitmap = async () => ({ width: 10001, height: 10000, close() {} });
        pixelsOf(new Blob(["GIF"]), { image_size: [8, 8], box_average: 1 }).catch((error) => done(error.message))
          .finally(() => { window.createImageBitmap = real; });"""
    )
    assert said == "is too large: 10001 x 10000 pixels, more than 100000000"


@pytest.mark.parametrize("shape", [(70_000, 2, 3), (2, 70_000, 3)])
def test_a_picture_larger_than_any_canvas(shape: tuple[int, int, int], page: Any, tmp_path: Path) -> None:
    file = BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)).save(file, "PNG")
    assert levels_apart(pixels_on(page, file.getvalue(), (8, 8)), pixels_of(tmp_path, file.getvalue(), (8, 8))) == 0


def test_the_page_says_nothing_on_the_console(page: Any) -> None:
    assert page.get_log("browser") == []
