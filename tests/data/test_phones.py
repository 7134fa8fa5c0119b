"""AVIF and HEIC: the same pictures as those in PNG, however they are turned, tiled, transparent or named."""

import builtins
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from phones import FORMATS, HAS_AVIF, avif, heic, needs_avif, needs_heif, of_many_items, smaller_than_it_is, written
from PIL import Image
from scanning import load_dataset

from catnet.data import decoding
from catnet.data.boxes import demand_moderate_boxes
from catnet.data.cache import decoded_pictures
from catnet.data.decoding import worker_processes
from catnet.data.heif import format_of
from catnet.data.pictures import read_picture
from catnet.data.worker import read_block
from catnet.engine.types import Array
from catnet.errors import DataError

SIZE = (32, 48)  # height, width
Command = Callable[..., Any]


def scene() -> Image.Image:
    """Four corners of other colours, which show how a picture is turned; 96 x 64."""
    pixels = np.zeros((64, 96, 3), np.uint8)
    pixels[:32, :48], pixels[:32, 48:], pixels[32:, :48] = (220, 40, 40), (40, 200, 60), (50, 60, 210)
    pixels[32:, 48:] = (230, 220, 120)
    return Image.fromarray(pixels)


def turned_by(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif.tobytes()


def decoded(path: Path, content: bytes, size: tuple[int, int] = SIZE, colors: str = "rgb") -> Array:
    path.write_bytes(content)
    return read_picture(path, size, colors).astype(int)


def as_png(path: Path, image: Image.Image, size: tuple[int, int] = SIZE, colors: str = "rgb", **options: Any) -> Array:
    image.save(path, "PNG", **options)
    return read_picture(path, size, colors).astype(int)


def near(one: Array, other: Array) -> bool:
    """Whether two pictures are the same but for what a good compression loses, most at the edges of colours."""
    difference = np.abs(one - other)
    return bool(np.median(difference) <= 3 and difference.mean() < 6)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_exactly_once(tmp_path: Path, kind: str, orientation: int) -> None:
    expected = as_png(tmp_path / "a.png", scene(), exif=turned_by(orientation))
    content = written(kind, scene(), exif=turned_by(orientation))
    assert (b"irot" in content or b"imir" in content) == (orientation > 1)
    found = decoded(tmp_path / f"a.{kind}", content)
    assert near(found, expected)
    assert orientation == 1 or not near(found, as_png(tmp_path / "b.png", scene()))


@pytest.mark.parametrize("kind", FORMATS)
def test_what_exif_and_xmp_say_turns_nothing_beside_the_container(tmp_path: Path, kind: str) -> None:
    """iPhones write both; the container alone counts. The writers keep no other, so it is put in after them."""
    exif = Image.Exif()
    exif[0x0128] = 2  # becomes an orientation
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:OrientXXXXX="6"/></x:xmpmeta>'
    entries = [struct.pack(">HHIH", tag, 3, 1, value) for tag, value in ((0x0128, 2), (0x0112, 6))]

    def said(content: bytes) -> bytes:
        assert entries[0] in content and b"OrientXXXXX" in content
        return content.replace(entries[0], entries[1]).replace(b"OrientXXXXX", b"Orientation")

    content = said(written(kind, scene(), exif=exif.tobytes(), xmp=xmp))
    assert near(decoded(tmp_path / f"a.{kind}", content), as_png(tmp_path / "a.png", scene()))
    for without in (b"Orientation=", struct.pack(">HHIH", 0x0112, 3, 1, 6)):
        content = content.replace(without, bytes(len(without)))
        assert near(decoded(tmp_path / f"b.{kind}", content), as_png(tmp_path / "a.png", scene()))
    exif[0x0112] = 8
    content = said(written(kind, scene(), exif=exif.tobytes(), xmp=xmp))
    assert near(decoded(tmp_path / f"c.{kind}", content), as_png(tmp_path / "b.png", scene(), exif=turned_by(8)))


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P"])
def test_every_mode_is_that_of_a_png(tmp_path: Path, kind: str, mode: str) -> None:
    image = scene().convert(mode if mode != "LA" else "L").convert(mode)
    if mode in ("LA", "RGBA"):
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    for colors in ("rgb", "grey"):
        expected = as_png(tmp_path / "a.png", image, colors=colors)
        content = written(kind, image.convert("RGBA") if mode == "LA" else image)
        assert near(decoded(tmp_path / f"a.{kind}", content, colors=colors), expected)


@needs_heif
def test_ten_bits_are_scaled_to_eight(tmp_path: Path) -> None:
    import pillow_heif

    pixels = np.asarray(scene()).astype(np.uint16) * 257
    pillow_heif.from_bytes("RGB;16", (96, 64), pixels.tobytes()).save(tmp_path / "a.heic", quality=95)
    assert demand_moderate_boxes((tmp_path / "a.heic").read_bytes()).is_deep
    assert near(read_picture(tmp_path / "a.heic", SIZE).astype(int), as_png(tmp_path / "a.png", scene()))


@needs_heif
def test_a_picture_in_tiles_is_read_whole(tmp_path: Path) -> None:
    large = scene().resize((300, 200), Image.Resampling.NEAREST)
    content = heic(large, tile_size=64, exif=turned_by(6))
    assert b"grid" in content
    assert near(decoded(tmp_path / "a.heic", content), as_png(tmp_path / "a.png", large, exif=turned_by(6)))


@needs_heif
def test_of_several_pictures_the_primary_one_is_read(tmp_path: Path) -> None:
    import pillow_heif

    file = pillow_heif.HeifFile()
    for angle in (90, 0, 180):
        file.add_from_pillow(scene().rotate(angle, expand=True))
    file.save(tmp_path / "a.heic", quality=95, primary_index=1)
    assert near(read_picture(tmp_path / "a.heic", SIZE).astype(int), as_png(tmp_path / "a.png", scene()))


@needs_avif
def test_of_a_sequence_the_first_picture_is_read(tmp_path: Path) -> None:
    others = [scene().rotate(180), scene().rotate(90)]
    content = avif(scene(), save_all=True, append_images=others, duration=100)
    assert content[8:12] == b"avis"
    assert near(decoded(tmp_path / "a.avif", content), as_png(tmp_path / "a.png", scene()))


@pytest.mark.parametrize("kind", FORMATS)
def test_the_content_tells_the_format_in_threads_and_processes(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [str(tmp_path / name) for name in ("a.jpg", f"a.{kind}", "a.png", "b.heif")]
    for path in paths:
        Path(path).write_bytes(written(kind, scene()))
    here = read_block(paths, SIZE, "grey")
    monkeypatch.setattr(decoding, "read_block", list)  # which fails: nothing is decoded here
    with worker_processes(1, SIZE, "grey") as read:
        there = read(paths)
    assert here == there and not here.faults
    assert len(set(here.digests[start : start + 32] for start in range(0, 128, 32))) == 1
    assert read_picture(tmp_path / "a.jpg", SIZE).dtype == np.uint8


def test_without_what_reads_it_the_message_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, load = tmp_path / "a.jpg", builtins.__import__
    path.write_bytes(of_many_items(1, 4))

    def without(name: str, *others: Any) -> Any:
        if name.startswith("pillow_heif"):
            raise ModuleNotFoundError(name)
        return load(name, *others)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DataError) as caught:
        read_picture(path, SIZE)
    needs = 'is a HEIC picture, which needs the extra heif: pip install "catnet[heif]"'
    assert str(caught.value) == f"{path}: {needs}"
    for name in ("cat/0.heic", "cat/1.heic", "dog/2.heic"):  # in many pictures it is said once
        (tmp_path / "all" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "all" / name).write_bytes(path.read_bytes())
    with pytest.raises(DataError) as caught:
        load_dataset(tmp_path / "all", SIZE, goal="3.0")
    assert str(caught.value).splitlines()[1:] == [f"{tmp_path}/all/cat/0.heic and 2 more: {needs}"]
    path.write_bytes(path.read_bytes().replace(b"heic", b"avif"))
    if HAS_AVIF:
        monkeypatch.setattr("PIL.AvifImagePlugin.SUPPORTED", False)
    with pytest.raises(DataError) as caught:
        read_picture(path, SIZE)
    upgrade = 'pip install "pillow>=11.3"'
    assert str(caught.value) == f"{path}: is an AVIF picture, which this version of Pillow does not read: {upgrade}"


@needs_heif
def test_what_is_installed_later_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
    monkeypatch.setattr("catnet.data.cache.TICK", 0)
    monkeypatch.setattr("catnet.data.cache.COARSE_TICK", 0)
    path = tmp_path / "a.heic"
    path.write_bytes(heic(scene()))
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "pillow_heif.as_plugin", None)
        decoded = decoded_pictures([str(path)], SIZE, lambda _: None, [])
        assert [fault.reason[:17] for fault in decoded.faults] == ["is a HEIC picture"]
    assert not decoded_pictures([str(path)], SIZE, lambda _: None, []).faults


def test_brands_tell_the_format() -> None:
    def head(major: bytes, *others: bytes) -> bytes:
        return struct.pack(">I", 16 + 4 * len(others)) + b"ftyp" + major + bytes(4) + b"".join(others) + b"meta" * 9

    heif = [head(b"heic"), head(b"heix", b"mif1"), head(b"hevc"), head(b"mif1", b"heic"), head(b"msf1"), head(b"mif1")]
    avifs = [head(b"avif"), head(b"avis", b"msf1"), head(b"mif1", b"miaf", b"avif")]
    others = [head(b"isom"), head(b"qt  "), b"\x89PNG" + bytes(60), b"", b"ftypheic", head(b"jp2 ")]
    assert [format_of(each[:64]) for each in (*heif, *avifs, *others)] == ["HEIF"] * 6 + ["AVIF"] * 3 + [None] * 6


@needs_avif
def test_a_frame_beyond_the_picture_is_refused(tmp_path: Path) -> None:
    large = avif(Image.new("RGB", (2000, 1500), (200, 30, 40)))
    facts = demand_moderate_boxes(large)
    assert (facts.frame, facts.is_deep, facts.is_full) == ((2000, 1500), False, True)
    (tmp_path / "a.avif").write_bytes(smaller_than_it_is(large, (2000, 1500), (64, 48)))
    with pytest.raises(DataError, match="holds 2000 x 1500 pixels for a picture of 64 x 48; save it as PNG"):
        read_picture(tmp_path / "a.avif", SIZE)


@pytest.mark.parametrize("kind", FORMATS)
def test_more_pixels_than_a_phone_has_are_refused(tmp_path: Path, kind: str) -> None:
    content = smaller_than_it_is(written(kind, scene()), (96, 64), (9000, 9000))
    with pytest.raises(DataError, match=r"a: is too large for AVIF or HEIC: 9000 x 9000 pixels; save it as PNG$"):
        decoded(tmp_path / "a", content)


@pytest.mark.parametrize("kind", FORMATS)
def test_damage_is_told(tmp_path: Path, kind: str) -> None:
    content = written(kind, scene())
    for number, end in enumerate((20, 40, 200, len(content) // 2, len(content) - 100)):
        with pytest.raises(DataError, match=rf"{number}\.jpg: (is damaged: [^\\]+|is a film or a sequence .*)$"):
            decoded(tmp_path / f"{number}.jpg", content[:end])


@pytest.mark.parametrize("kind", FORMATS)
def test_a_folder_of_phone_pictures_is_trained_on_and_asked(
    tmp_path: Path, kind: str, command: Command, write_config: Callable[..., Path]
) -> None:
    random = np.random.default_rng(0)
    for name, place in (("cat", 0), ("dog", 2)):
        (tmp_path / "pets" / name).mkdir(parents=True)
        for i in range(5):
            pixels = random.integers(0, 90, (8, 8, 3), dtype=np.uint8)
            pixels[:, :, place] += 150
            picture = Image.fromarray(pixels).resize((64, 64), Image.Resampling.NEAREST)
            (tmp_path / "pets" / name / f"IMG_{i}.{kind.upper()}").write_bytes(written(kind, picture))
    config = write_config("goal: 3.0\ndata: {path: pets, image_size: [4, 4]}\ntrain: {epochs: 30}\n")
    done = command("train", config)
    assert done.code == 0 and "left out" not in done.err, done.err
    said = command("predict", "pets").out
    assert said.count("pets/cat/IMG_") == said.count("pets/dog/IMG_") == 5
    assert command("explain", f"pets/cat/IMG_0.{kind.upper()}").code == 0
    done = command("init", "pets", "--output", "other.yaml")
    assert done.code == 0, done.err
