"""A picture of any format and mode becomes upright uint8 RGB; what is not a picture is an error that names it."""

import io
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from catnet.data.picture_files import SUFFIXES, find_pictures
from catnet.data.pictures import read_picture
from catnet.engine.types import Array
from catnet.errors import DataError

RANDOM = np.random.default_rng(1)
RGB = RANDOM.integers(0, 256, (6, 4, 3), dtype=np.uint8)
WIDE = np.array([[0, 1, 127, 128, 129, 255], [256, 257, 385, 386, 65406, 65535]], np.uint16)
WIDE_AS_BYTES = np.array([[0, 0, 0, 0, 1, 1], [1, 1, 1, 2, 254, 255]], np.uint8)


def saved(path: Path, image: Image.Image, **options: Any) -> Path:
    image.save(path, **options)
    return path


def read_own_size(path: Path) -> Array:
    """The picture at the size it has."""
    with Image.open(path) as image:
        width, height = image.size
    return read_picture(path, (height, width))


def refusal(path: Path) -> str:
    """What is said of a bad picture, after its path."""
    with pytest.raises(DataError) as caught:
        read_picture(path, (4, 4))
    assert caught.value.exit_code == 3
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value).removeprefix(f"{path}: ")


def chunk(name: bytes, content: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def grey(values: Array) -> Array:
    return np.repeat(values[..., None], 3, axis=2)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "tiff", "webp"])
def test_rgb_is_read_to_the_byte(tmp_path: Path, suffix: str) -> None:
    options = {"lossless": True} if suffix == "webp" else {}
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(RGB), **options)
    pixels = read_picture(path, (6, 4))
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, RGB)


@pytest.mark.parametrize("suffix", ["jpg", "jpeg"])
def test_a_jpeg_of_the_right_size_is_as_pillow_decodes_it(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(RGB))
    np.testing.assert_array_equal(read_picture(path, (6, 4)), np.asarray(Image.open(path)))


def test_an_mpo_is_a_jpeg_with_more_pictures(tmp_path: Path) -> None:
    first, second = Image.fromarray(RGB), Image.fromarray(255 - RGB)
    path = saved(tmp_path / "a.jpg", first, format="MPO", save_all=True, append_images=[second])
    with Image.open(path) as image:
        assert image.format == "MPO"
        expected = np.asarray(image)
    np.testing.assert_array_equal(read_picture(path, (6, 4)), expected)


def test_the_content_counts_not_the_suffix(tmp_path: Path) -> None:
    for number, kind in enumerate(("PNG", "BMP", "TIFF", "GIF")):
        path = saved(tmp_path / f"{number}.jpg", Image.new("RGB", (2, 2), (255, 0, 0)), format=kind)
        np.testing.assert_array_equal(read_picture(path, (2, 2)), np.full((2, 2, 3), (255, 0, 0), np.uint8))


def test_grey(tmp_path: Path) -> None:
    np.testing.assert_array_equal(
        read_own_size(saved(tmp_path / "a.png", Image.fromarray(RGB[:, :, 0]))), grey(RGB[:, :, 0])
    )


@pytest.mark.parametrize("suffix", ["png", "tif", "bmp"])
def test_one_bit(tmp_path: Path, suffix: str) -> None:
    bits = RGB[:, :, 0] > 127
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(bits))
    np.testing.assert_array_equal(read_own_size(path), grey(bits * np.uint8(255)))


def test_palette(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.fromarray(RGB).quantize(24))
    with Image.open(path) as image:
        assert image.mode == "P"
    np.testing.assert_array_equal(read_own_size(path), RGB)


def over_white(colour: Array, alpha: Array) -> Array:
    a = alpha[..., None] / 255
    return np.asarray(colour * a + 255 * (1 - a))


def test_rgba_over_white(tmp_path: Path) -> None:
    rgba = RANDOM.integers(0, 256, (6, 4, 4), dtype=np.uint8)
    rgba[0, :, 3], rgba[1, :, 3] = 0, 255
    pixels = read_own_size(saved(tmp_path / "a.png", Image.fromarray(rgba)))
    np.testing.assert_allclose(pixels, over_white(rgba[..., :3], rgba[..., 3]), atol=1)
    assert (pixels[0] == 255).all()
    np.testing.assert_array_equal(pixels[1], rgba[1, :, :3])


def test_grey_with_alpha_over_white(tmp_path: Path) -> None:
    la = RANDOM.integers(0, 256, (6, 4, 2), dtype=np.uint8)
    pixels = read_own_size(saved(tmp_path / "a.png", Image.fromarray(la)))
    np.testing.assert_allclose(pixels, over_white(grey(la[..., 0]), la[..., 1]), atol=1)


@pytest.mark.parametrize(
    ("mode", "colours", "transparent"),
    [
        ("L", (0, 100), 0),
        ("RGB", ((0, 0, 0), (9, 8, 7)), (0, 0, 0)),
        ("1", (0, 1), 0),
        ("P", (0, 1), 0),
        ("P", (0, 1), b"\0"),
    ],
)
def test_a_transparent_colour_is_white(tmp_path: Path, mode: str, colours: Any, transparent: object) -> None:
    image = Image.new(mode, (2, 1), colours[0])
    if mode == "P":
        image.putpalette([0, 0, 0, 9, 8, 7])
    image.putpixel((1, 0), colours[1])
    pixels = read_own_size(saved(tmp_path / "a.png", image, transparency=transparent))
    kept = {"L": (100, 100, 100), "1": (255, 255, 255)}.get(mode, (9, 8, 7))
    assert pixels.tolist() == [[[255, 255, 255], list(kept)]]


def test_cmyk(tmp_path: Path) -> None:
    image = Image.new("CMYK", (3, 2), (0, 255, 255, 0))
    assert read_own_size(saved(tmp_path / "a.tif", image)).tolist() == [[[255, 0, 0]] * 3] * 2
    jpeg = read_own_size(saved(tmp_path / "a.jpg", image, quality=100))
    np.testing.assert_allclose(jpeg, np.full((2, 3, 3), (255, 0, 0)), atol=3)


def test_lab_and_ycbcr(tmp_path: Path) -> None:
    white = saved(tmp_path / "a.tif", Image.new("LAB", (2, 2), (255, 128, 128)))
    np.testing.assert_allclose(read_own_size(white), 255, atol=2)
    grey_ = saved(tmp_path / "b.tif", Image.new("YCbCr", (2, 2), (77, 128, 128)), compression="tiff_lzw")
    np.testing.assert_allclose(read_own_size(grey_), 77, atol=1)
    uncompressed = saved(tmp_path / "c.tif", Image.new("YCbCr", (2, 2), (77, 128, 128)))
    with Image.open(uncompressed) as image:
        mode = image.mode
    if mode == "YCbCr":
        np.testing.assert_allclose(read_own_size(uncompressed), 77, atol=1)
    else:  # Pillow before 13 takes it for compressed
        assert refusal(uncompressed).startswith("is damaged: image file is truncated")


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_sixteen_bits_are_scaled_not_clipped(tmp_path: Path, suffix: str) -> None:
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(WIDE))
    np.testing.assert_array_equal(read_own_size(path), grey(WIDE_AS_BYTES))


def test_sixteen_bits_of_the_other_byte_order(tmp_path: Path) -> None:
    image = Image.frombytes("I;16B", (6, 2), WIDE.astype(">u2").tobytes())
    np.testing.assert_array_equal(read_own_size(saved(tmp_path / "a.tif", image)), grey(WIDE_AS_BYTES))


def test_sixteen_bits_with_a_transparent_grey(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.png", Image.fromarray(WIDE))
    header, rest = path.read_bytes()[:33], path.read_bytes()[33:]
    path.write_bytes(header + chunk(b"tRNS", struct.pack(">H", 257)) + rest)  # older versions of Pillow write none
    expected = WIDE_AS_BYTES.copy()
    expected[1, 1] = 255
    np.testing.assert_array_equal(read_own_size(path), grey(expected))


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_thirty_two_bits_are_refused(tmp_path: Path, dtype: type) -> None:
    path = saved(tmp_path / "a.tif", Image.fromarray(WIDE.astype(dtype)))
    assert refusal(path) == "its pixels are 32-bit numbers, whose range is not known; save it with 8 or 16 bits"


# what a reader must do with the stored pixels, by the EXIF standard
UPRIGHT = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: lambda p: np.rot90(p, -1),
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p),
}


@pytest.mark.parametrize("suffix", ["png", "tif", "webp"])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_orientation(tmp_path: Path, orientation: int, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if suffix == "webp" else {}
    path = saved(tmp_path / f"a.{suffix}", Image.fromarray(RGB), exif=exif, **options)
    expected = UPRIGHT[orientation](RGB)
    np.testing.assert_array_equal(read_picture(path, expected.shape[:2]), expected)


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_orientation_of_a_jpeg_and_of_sixteen_bits(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    plain = np.asarray(Image.open(saved(tmp_path / "plain.jpg", Image.fromarray(RGB))))
    expected = UPRIGHT[orientation](plain)
    path = saved(tmp_path / "a.jpg", Image.fromarray(RGB), exif=exif)
    np.testing.assert_array_equal(read_picture(path, expected.shape[:2]), expected)
    expected = UPRIGHT[orientation](grey(WIDE_AS_BYTES))
    path = saved(tmp_path / "a.png", Image.fromarray(WIDE), exif=exif)
    np.testing.assert_array_equal(read_picture(path, expected.shape[:2]), expected)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tif"])
def test_the_first_frame_of_an_animation(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ((255, 0, 0), (0, 255, 0), (0, 0, 255))]
    options = {"lossless": True} if suffix == "webp" else {}
    path = saved(tmp_path / f"a.{suffix}", frames[0], save_all=True, append_images=frames[1:], **options)
    with Image.open(path) as image:
        assert getattr(image, "n_frames", 1) == 3
    assert read_own_size(path).tolist() == [[[255, 0, 0]] * 4] * 4


def test_a_transparent_gif(tmp_path: Path) -> None:
    image = Image.new("P", (2, 1), 0)
    image.putpalette([1, 2, 3, 9, 8, 7])
    image.putpixel((1, 0), 1)
    path = saved(tmp_path / "a.gif", image, transparency=0)
    assert read_own_size(path).tolist() == [[[255, 255, 255], [9, 8, 7]]]


def test_another_size_is_stretched(tmp_path: Path) -> None:
    image = Image.fromarray(RANDOM.integers(0, 256, (30, 20, 3), dtype=np.uint8))
    pixels = read_picture(saved(tmp_path / "a.png", image), (5, 7))
    np.testing.assert_array_equal(pixels, np.asarray(image.resize((7, 5), Image.Resampling.BICUBIC)))
    assert (
        read_picture(saved(tmp_path / "b.png", Image.new("RGB", (1, 1), "red")), (3, 2)).tolist()
        == [[[255, 0, 0]] * 2] * 3
    )


def test_a_large_jpeg_keeps_its_look(tmp_path: Path) -> None:
    row, column = np.mgrid[0:600, 0:400]
    smooth = np.stack([row * 255 // 599, column * 255 // 399, (row + column) * 255 // 998], axis=2).astype(np.uint8)
    image = Image.fromarray(smooth)
    pixels = read_picture(saved(tmp_path / "a.jpg", image, quality=95), (9, 6))
    np.testing.assert_allclose(pixels, np.asarray(image.resize((6, 9), Image.Resampling.BICUBIC)), atol=5)


def test_what_is_not_a_picture(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("these are words")
    expected = "is not a picture in PNG, JPEG, BMP, GIF, WebP, TIFF, AVIF or HEIC format, or its beginning is damaged"
    assert refusal(path) == expected
    path.write_bytes(b"")
    assert refusal(path) == expected
    path = saved(tmp_path / "b.png", Image.fromarray(RGB), format="ICO")  # Pillow reads it, we do not
    assert refusal(path) == expected
    assert refusal(tmp_path / "none.png") == "there is no such file"
    assert refusal(tmp_path) == "is not a regular file"


@pytest.mark.parametrize("suffix", ["png", "jpg", "bmp", "gif", "webp", "tif"])
def test_a_truncated_picture_is_refused(tmp_path: Path, suffix: str) -> None:
    noise = Image.fromarray(RANDOM.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    path = saved(tmp_path / f"a.{suffix}", noise)
    whole = path.read_bytes()
    for share in (0.1, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        assert refusal(path).startswith(("is damaged: ", "is not a picture in "))


def test_damaged_bytes_never_end_in_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for suffix in ("png", "jpg", "gif", "webp", "tif", "bmp"):
        buffer = io.BytesIO()
        Image.fromarray(RGB).save(buffer, {"jpg": "JPEG", "tif": "TIFF"}.get(suffix, suffix.upper()))
        whole = bytearray(buffer.getvalue())
        for _ in range(60):
            damaged = whole.copy()
            for place in RANDOM.integers(0, len(whole), 4):
                damaged[place] = RANDOM.integers(0, 256)
            path.write_bytes(damaged)
            try:
                assert read_picture(path, (3, 3)).shape == (3, 3, 3)
            except DataError as error:
                assert str(error).startswith(f"{path}: ")


def png_announcing(width: int, height: int) -> bytes:
    """A PNG's header alone."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I", 13)
        + body
        + struct.pack(">I", zlib.crc32(body))
        + b"\0\0\0\4IDAT"
        + b"\0" * 8
    )


def test_a_header_that_announces_too_much(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_announcing(60_000, 60_000))
    assert refusal(path) == "is too large: more than 100000000 pixels"


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_header_that_announces_a_little_too_much(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_announcing(10_001, 10_000))
    assert refusal(path) == "is too large: 10001 x 10000 pixels"


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.png")
    assert refusal(tmp_path / "a.png") == "is not a regular file"
    assert find_pictures(tmp_path) == [tmp_path / "a.png"]


def test_an_odd_name_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"a\nb\xff\xe2\x80\xae.png")
    path.write_bytes(b"x")
    with pytest.raises(DataError) as caught:
        read_picture(path, (4, 4))
    assert str(caught.value).startswith(f"{tmp_path}/a\\nb\\udcff\\u202e.png: is not a picture")
    str(caught.value).encode()


def test_find_pictures(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpg", "sub/deep/c.TiFf", "notes.txt", ".hidden.png", ".git/d.png", "sub/e.webp"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    (tmp_path / "linked.png").symlink_to(tmp_path / "a.jpg")
    (tmp_path / "nowhere.png").symlink_to(tmp_path / "none.png")
    found = [path.relative_to(tmp_path).as_posix() for path in find_pictures(tmp_path)]
    assert found == ["a.jpg", "b.PNG", "linked.png", "nowhere.png", "sub/deep/c.TiFf", "sub/e.webp"]
    assert refusal(tmp_path / "nowhere.png") == "there is no such file"
    known = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".avif", ".heic", ".heif"}
    assert known == SUFFIXES


def test_pictures_are_sorted_by_the_parts_of_their_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["a/z.png", "a-b/c.png", "a.png", "a b.png", "a/b/c.png", "a/b.png", "ä/a.png", "B.png"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    ordered = sorted(map(Path, names), key=lambda path: path.parts)
    assert find_pictures(tmp_path) == [tmp_path / path for path in ordered]
    monkeypatch.chdir(tmp_path)
    assert list(map(str, find_pictures(Path()))) == list(map(str, ordered))
    assert find_pictures(Path("a")) == [Path("a/b/c.png"), Path("a/b.png"), Path("a/z.png")]


def test_sixteen_bit_grey_of_which_zero_is_white(tmp_path: Path) -> None:
    pixels = np.array([[0, 257, 65535]], np.uint16)
    Image.fromarray(pixels).save(tmp_path / "a.tif", tiffinfo={262: 0})
    assert read_picture(tmp_path / "a.tif", (1, 3))[0, :, 0].tolist() == [255, 254, 0]


def test_signed_numbers_are_called_signed(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    Image.fromarray(np.zeros((1, 2), np.int32)).save(path)
    said = "its pixels are {} numbers, whose range is not known; save it with 8 or 16 bits"
    assert refusal(path) == said.format("32-bit")
    Image.fromarray(np.zeros((1, 2), np.uint16)).save(path, tiffinfo={339: 2})
    assert refusal(path) == said.format("signed 16-bit")


@pytest.mark.parametrize(("bits", "grey"), [(1, 1), (2, 2), (4, 13), (8, 200)])
def test_the_transparent_grey_of_few_bits(tmp_path: Path, bits: int, grey: int) -> None:
    header = struct.pack(">IIBBBBB", 1, 1, bits, 0, 0, 0, 0)
    for sample, expected in ((grey, 255), (0, 0)):
        row = bytes([0, sample << (8 - bits)])
        chunks = [(b"IHDR", header), (b"tRNS", struct.pack(">H", grey)), (b"IDAT", zlib.compress(row)), (b"IEND", b"")]
        (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*each) for each in chunks))
        assert read_picture(tmp_path / "a.png", (1, 1)).tolist() == [[[expected] * 3]]


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P", "I;16", "L"])
def test_strips_give_the_same_picture(tmp_path: Path, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(0)
    if mode == "I;16":
        picture = Image.fromarray(random.integers(0, 65535, (40, 30), dtype=np.uint16))
    else:
        picture = Image.fromarray(random.integers(0, 255, (40, 30, 4), dtype=np.uint8)).convert(mode)
    path = tmp_path / "a.png"
    saved(path, picture, **({"transparency": 7} if mode == "P" else {}))
    whole = read_picture(path, (40, 30))
    for strip in (1, 30, 100, 1199):
        monkeypatch.setattr("catnet.data.rgb.MAX_STRIP_PIXELS", strip)
        assert np.array_equal(read_picture(path, (40, 30)), whole)
