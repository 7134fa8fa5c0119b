"""Small files that ask for much time or memory: pictures that must be refused by what their beginning says."""

import io
import struct
import zlib
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from phones import HAS_AVIF, HAS_HEIF, avif, heic, of_many_items, of_many_places, smaller_than_it_is
from PIL import Image

SIDE = 9999  # of the largest pictures that are allowed


def saved(image: Image.Image, name: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def segment(marker: int, body: bytes) -> bytes:
    """A segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg_of_scans(scans: int, side: int = SIDE, components: int = 1) -> bytes:
    """A progressive JPEG of one colour, whose scans hold nothing but runs of blocks that end at once."""
    blocks = ((side + 7) // 8) ** 2
    # "0" is the only code, for runs of 2^14 blocks and as many more as the 14 bits behind it say
    bits = ("0" + "1" * 14) * -(-blocks // 32767)
    bits += "1" * (-len(bits) % 8)
    nothing = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    identities = range(1, components + 1)
    frame = struct.pack(">BHHB", 8, side, side, components) + b"".join(bytes([i, 0x11, 0]) for i in identities)
    table = bytes([1] + [0] * 15)
    first = bytes([components]) + b"".join(bytes([i, 0]) for i in identities) + bytes(3)
    parts = [b"\xff\xd8", segment(0xDB, b"\0" + bytes([1] * 64)), segment(0xC2, frame)]
    parts += [segment(0xC4, b"\x00" + table + b"\0"), segment(0xC4, b"\x10" + table + b"\xe0")]
    parts += [segment(0xDA, first), bytes((blocks * components + 7) // 8)]
    parts += [segment(0xDA, bytes([1, 1 + i % components, 0, 1, 63, 0])) + nothing for i in range(scans)]
    return b"".join([*parts, b"\xff\xd9"])


def jpeg_behind(beginning: bytes) -> bytes:
    return b"\xff\xd8" + beginning + saved(Image.new("L", (8, 8)), "JPEG")[2:]


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, before: bytes = b"", after: bytes = b"", pixels: bytes | None = None) -> bytes:
    """A PNG in RGB, with chunks before and after its pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    content = chunk(b"IDAT", zlib.compress(bytes((3 * width + 1) * height))) if pixels is None else pixels
    return b"\x89PNG\r\n\x1a\n" + header + before + content + after + chunk(b"IEND")


def png_in_bytes() -> bytes:
    """A PNG whose pixels come a byte at a time."""
    random = np.random.default_rng(0)
    rows = b"".join(b"\0" + random.bytes(3 * 300) for _ in range(300))
    return png(300, 300, pixels=b"".join(chunk(b"IDAT", bytes([byte])) for byte in zlib.compress(rows)))


def gif(before: bytes) -> bytes:
    start = b"GIF89a" + struct.pack("<HH", 1, 1) + b"\x80\0\0" + bytes(6)
    return start + before + b"\x2c" + struct.pack("<HHHH", 0, 0, 1, 1) + b"\0\x02\x02\x44\x01\0;"


def tiff(tags: dict[int, tuple[int, int, int]], content: bytes) -> bytes:
    """A TIFF of tags: type, count, and value or offset. The content is where all offsets up to its length point."""
    entries = b"".join(struct.pack("<HHII", tag, *entry) for tag, entry in sorted(tags.items()))
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + bytes(4) + content


def grey(width: int, height: int, compression: int = 1) -> dict[int, tuple[int, int, int]]:
    return {
        256: (4, 1, width), 257: (4, 1, height), 258: (3, 1, 8), 259: (3, 1, compression), 262: (3, 1, 1),
        277: (3, 1, 1),
    }  # fmt: skip


def tiff_of_strips() -> bytes:
    """A strip per row, whose offsets take a byte each."""
    many = 4_000_000
    return tiff(grey(1, many) | {278: (4, 1, 1), 273: (1, many, 200), 279: (1, many, 200)}, b"\x08" * (many + 400))


def tiff_of_a_tile() -> bytes:
    """A pixel in a tile of 3.6 GB."""
    tile = {322: (4, 1, 60_000), 323: (4, 1, 60_000), 324: (4, 1, 200), 325: (4, 1, 1000)}
    return tiff(grey(1, 1, 8) | tile, bytes(2000))


def tiff_of_a_strip() -> bytes:
    """Pixels of 16 bits in a single strip of 800 MB."""
    tags = grey(SIDE, SIDE, 8) | {
        258: (3, 4, 300), 262: (3, 1, 2), 277: (3, 1, 4), 278: (4, 1, SIDE), 273: (4, 1, 308), 279: (4, 1, 1000),
        338: (3, 1, 2),
    }  # fmt: skip
    begun = tiff(tags, b"")
    return begun + bytes(300 - len(begun)) + struct.pack("<4H", 16, 16, 16, 16) + bytes(1000)


def tiff_of_tags(tags: int, size: int) -> bytes:
    """Many tags that all have the same bytes."""
    return tiff(grey(1, 1) | {1000 + i: (7, size, 8) for i in range(tags)}, bytes(1000))


def webp(side: int = SIDE) -> bytes:
    """A large canvas with a small picture on it."""
    picture = saved(Image.new("RGB", (16, 16)), "WEBP")[12:]

    def part(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    size = struct.pack("<I", side - 1)[:3]
    frame = part(b"ANMF", bytes(6) + b"\x0f\0\0" * 2 + bytes(4) + picture)
    body = b"WEBP" + part(b"VP8X", bytes([2, 0, 0, 0]) + size * 2) + part(b"ANIM", bytes(6)) + frame
    return b"RIFF" + struct.pack("<I", len(body)) + body


def tiff_of_jpegs(scans: int) -> bytes:
    """Four tiles that are one JPEG."""
    side, jpeg = 4992, jpeg_of_scans(scans, side=4992)
    tile = {322: (4, 1, side), 323: (4, 1, side), 324: (4, 4, 300), 325: (4, 4, 320)}
    begun = tiff(grey(2 * side, 2 * side, 7) | tile, b"")
    return begun + bytes(300 - len(begun)) + struct.pack("<8I", *[340] * 4, *[len(jpeg)] * 4) + bytes(8) + jpeg


def tiff_of_fax(width: int, height: int, content: bytes) -> bytes:
    """One strip in the compression of group 3."""
    strip = {258: (3, 1, 1), 278: (4, 1, height), 273: (4, 1, 200), 279: (4, 1, len(content))}
    begun = tiff(grey(width, height, 3) | strip, b"")
    return begun + bytes(200 - len(begun)) + content


def bmp_of_runs(side: int, row: bytes) -> bytes:
    """A compressed BMP, whose runs Pillow reads in Python."""
    header = struct.pack("<IiiHHIIiiII", 40, side, side, 1, 8, 1, 0, 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024) + header + bytes(1024) + row * side + b"\0\1"


ICC = chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(1_000_000), 9))


def profiles_of_tiles() -> bytes:
    """A profile of 1 MB, which is copied for each of 81 tiles."""
    return heic(Image.new("RGB", (570, 570)), tile_size=64, icc_profile=bytes(1_000_000))


EXIFS = b"Exif\0\0" * 500_000

# of phones: pictures of more pixels than they say, of facts that many items share, of many profiles
PHONES: dict[str, tuple[Callable[[], bytes], str]] = {
    "items.heic": (lambda: of_many_items(900, 1_000_000), "too many parts"),
    "few-items.heic": (lambda: of_many_items(90, 1_000_000, b"mime"), "too many parts"),
    "boxes.heic": (lambda: of_many_items(1, 4) + struct.pack(">I4s", 8, b"free") * 300_000, "too many parts"),
    "places.heic": (lambda: of_many_places(1000), "too many parts"),
    "exif.heic": (lambda: of_many_items(1, len(EXIFS), content=EXIFS), "."),
    "film.heic": (lambda: of_many_items(1, 4).replace(b"meta", b"moov"), "is a film"),
}
if HAS_AVIF:
    flat = {side: partial(avif, Image.new("RGB", (side, side), (90, 200, 30))) for side in (2000, 5500)}
    small = partial(smaller_than_it_is, size=(2000, 2000), said=(64, 64))
    PHONES["frame.avif"] = (lambda: small(flat[2000]()), "holds 2000 x 2000 pixels for a picture of 64 x 64")
    PHONES["large.avif"] = (flat[5500], "of memory")
if HAS_HEIF:
    flat_heic = partial(heic, Image.new("RGB", (2000, 2000), (90, 200, 30)))
    PHONES["frame.heic"] = (lambda: smaller_than_it_is(flat_heic(), (2000, 2000), (64, 64)), "Security limit exceeded")
    PHONES["tags.heic"] = (lambda: heic(Image.new("RGB", (8, 8)), exif=tiff_of_tags(3000, 30_000)), "too many parts")
    PHONES["profile.heic"] = (profiles_of_tiles, "too many parts")

# What must be refused, and why.
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "scans.jpg": (lambda: jpeg_of_scans(4000), "too many scans"),
    "scans-in-colour.jpg": (lambda: jpeg_of_scans(100, components=3), "too many scans"),
    "coefficients.jpg": (lambda: jpeg_of_scans(8, components=4), "of memory"),
    "markers.jpg": (lambda: jpeg_behind(b"\xff\xfe\0\2" * 1_000_000), "too many parts"),
    "padding.jpg": (lambda: jpeg_behind(b"\xff" * 4_000_000), "too many parts"),
    "exif.jpg": (lambda: jpeg_behind(segment(0xE1, b"Exif\0\0" + bytes(65_000)) * 300), "too much besides"),
    "chunks.png": (lambda: png(8, 8, before=chunk(b"gAMA", b"\0\0\xb1\x8f") * 300_000), "too many parts"),
    "chunks-behind.png": (lambda: png(8, 8, after=chunk(b"abCd") * 500_000), "too many parts"),
    "profiles.png": (lambda: png(8, 8, before=ICC * 5000), "too many parts"),
    "bytes.png": (png_in_bytes, "too many parts"),
    "high.png": (lambda: png(1, 99_999_999, pixels=b""), "a side of more than"),
    "wide.png": (lambda: png(99_999_999, 1, pixels=b""), "a side of more than"),
    "comment.gif": (lambda: gif(b"\x21\xfe" + (b"\xff" + bytes(255)) * 30_000 + b"\0"), "too m"),
    "comments.gif": (lambda: gif(b"\x21\xfe\1x\0" * 300_000), "too many parts"),
    "junk.gif": (lambda: gif(bytes(4_000_000)), "too many parts"),
    "strips.tif": (tiff_of_strips, "strips or tiles"),
    "tile.tif": (tiff_of_a_tile, "."),
    "strip.tif": (tiff_of_a_strip, "of memory"),
    "tags.tif": (lambda: tiff_of_tags(30_000, 200_000), "too many parts"),
    "few-tags.tif": (lambda: tiff_of_tags(3000, 30_000), "too many parts"),
    "exif.png": (lambda: png(8, 8, before=chunk(b"eXIf", tiff_of_tags(3000, 30_000))), "too many parts"),
    "canvas.webp": (webp, "of memory"),
    "runs.bmp": (lambda: bmp_of_runs(1200, b"\1\1" * 1200 + b"\0\0"), "too many parts"),
    "ends.bmp": (lambda: bmp_of_runs(SIDE, b"\1\1\0\0"), "too large for a compressed BMP"),
    "scans.tif": (lambda: tiff_of_jpegs(98), "too many scans"),
    "arithmetic.jpg": (lambda: jpeg_of_scans(15).replace(b"\xff\xc2", b"\xff\xca", 1), "too many scans"),
    "fax.tif": (lambda: tiff_of_fax(9000, 9000, np.random.default_rng(0).bytes(100_000)), "bad fax data"),
    **PHONES,
}
