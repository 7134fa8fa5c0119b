"""Pictures that ask for much: refused by their beginning, or decoded in bounded time and memory, all together."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bombs import BOMBS, SIDE, bmp_of_runs, jpeg_of_scans, saved
from fuzz import accepted, forget_the_peak, peak, within_bounds
from phones import HAS_AVIF, HAS_HEIF, avif, heic
from PIL import Image
from test_mutations import declared_size
from trials import SOAK, TALLY, number

from catnet.data import decoding
from catnet.data.bounds import Room
from catnet.data.pictures import read_picture
from catnet.data.pixels import read_pixels
from catnet.errors import DataError

SLOW = {"bytes.png", "chunks-behind.png", "profiles.png", "large.avif"}  # a second each

pytestmark = pytest.mark.filterwarnings("ignore")  # of Pillow, which catnet ignores too


def test_they_are_refused_soon(tmp_path: Path) -> None:
    names = [name for name in BOMBS if SOAK or name not in SLOW]
    for name in names:
        make, reason = BOMBS[name]
        path = tmp_path / name
        path.write_bytes(make())
        with within_bounds(path.stat().st_size), pytest.raises(DataError, match=reason):
            read_picture(path, (2600, 2600))
        path.unlink()
    TALLY.append(f"pictures that ask for too much: {len(names)}, all refused within the bounds")


def test_nothing_is_said_of_a_bad_fax(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(BOMBS["fax.tif"][0]())
    with pytest.raises(DataError, match="bad fax data"):
        read_picture(path, (8, 8))
    assert capfd.readouterr().err == ""


def test_usual_pictures_of_the_same_kinds_are_read(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    noise = Image.fromarray(random.integers(0, 255, (900, 900, 3), dtype=np.uint8))
    files = {
        "a.jpg": saved(noise, "JPEG", progressive=True, quality=95, comment=b"x" * 60_000),
        "b.png": saved(noise, "PNG"),
        "c.gif": saved(noise, "GIF", comment=b"x" * 100_000),
        "d.tif": saved(noise, "TIFF", compression="tiff_lzw"),
        "e.tif": saved(noise, "TIFF"),
        "f.webp": saved(noise, "WEBP", lossless=True),
        "g.bmp": saved(noise.convert("P"), "BMP"),
        "h.jpg": jpeg_of_scans(1000, side=500, components=3),
        "i.bmp": bmp_of_runs(1000, b"\4\1" * 250 + b"\0\0"),
        "j.tif": saved(noise, "TIFF", compression="jpeg"),
        "k.tif": saved(noise.convert("1"), "TIFF", compression="group3"),
        "l.tif": saved(Image.new("L", (50, 20_000)), "TIFF", compression="tiff_lzw", tiffinfo={278: 1}),
    }
    if HAS_AVIF:
        files |= {"m.avif": avif(noise), "n.avif": avif(noise.convert("RGBA"), icc_profile=bytes(5000))}
    if HAS_HEIF:
        files |= {"o.heic": heic(noise, tile_size=256, icc_profile=bytes(5000)), "p.heic": heic(noise.convert("RGBA"))}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        assert read_picture(tmp_path / name, (300, 300)).shape == (300, 300, 3)


@pytest.mark.skipif(not SOAK, reason="takes a minute")
def test_the_largest_pictures(tmp_path: Path) -> None:
    size, tried = (SIDE, SIDE), 0
    kinds: list[tuple[str, str, dict[str, Any]]] = [
        *[(mode, "PNG", {}) for mode in ("RGB", "RGBA", "LA", "P", "L", "1")],
        *[(mode, "JPEG", {"progressive": progressive}) for mode in ("L", "RGB", "CMYK") for progressive in (0, 1)],
        *[("RGB", "TIFF", {"compression": kind}) for kind in ("raw", "tiff_lzw", "tiff_deflate", "jpeg", "lzma")],
        ("1", "TIFF", {"compression": "group4"}), ("P", "GIF", {}), ("RGB", "BMP", {}), ("RGB", "WEBP", {}),
        *[("RGB", "AVIF", {"speed": 10})] * HAS_AVIF,
    ]  # fmt: skip
    for mode, kind, options in kinds:
        path = tmp_path / f"a.{kind.lower()}"
        path.write_bytes(saved(Image.new(mode, size), kind, **options))
        for image_size in ((8, 8), (2600, 2600)):
            accepted(partial(read_picture, path, image_size), declared_size(path) + path.stat().st_size)
            tried += 1
    TALLY.append(f"pictures of 100 megapixels: {tried}, read or refused within the bounds")


class Watched(Room):
    """Room that knows what was asked for, and the most that was held at once."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.asked: list[int] = []
        self.held = self.most = 0

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        self.asked.append(size)
        with super().taken(size):
            self.held += min(size, self.size)
            self.most = max(self.most, self.held)
            yield
            self.held -= min(size, self.size)


def test_threads_share_the_memory(tmp_path: Path) -> None:
    side, threads = number(1000, SIDE), number(6, 4)
    needed = 8 * side**2
    room = Watched(number(2 * needed, 1 << 30))
    path = tmp_path / "a.png"
    path.write_bytes(saved(Image.new("RGBA", (side, side), (1, 2, 3, 4)), "PNG"))
    before = forget_the_peak()
    with ThreadPoolExecutor(threads) as pool:
        found = set(pool.map(lambda _: read_pixels(str(path), (8, 8), room.taken), range(2 * threads)))
    assert len(found) == 1
    assert room.asked == [needed] * 2 * threads
    assert needed <= room.most <= room.size
    assert peak() - before <= room.size + (threads << 26)  # of which each thread may keep 64 MiB for the next picture
    TALLY.append(f"{threads} threads that decode {side} x {side} pixels: {(peak() - before) >> 20} MiB together")


def test_processes_ask_for_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = Watched(20_000_000)
    monkeypatch.setattr(decoding, "ROOM", room)
    monkeypatch.setattr(decoding, "PROCESSES_FROM", 1)
    monkeypatch.setattr(decoding, "available_cores", lambda: 3)
    files = [tmp_path / f"{i}.png" for i in range(12)]
    for place, path in enumerate(files):
        side = 1500 if place % 2 else 30
        path.write_bytes(saved(Image.new("RGBA", (side, side), (place, 2, 3, 255)), "PNG"))
    blocks = [block for _, block in decoding.decode_blocks(list(map(str, files)), (4, 4))]
    assert b"".join(block.pixels for block in blocks) == b"".join(read_pixels(str(path), (4, 4)) for path in files)
    assert room.asked == [8 * 1500**2] * 6
    assert room.most <= room.size
