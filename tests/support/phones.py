"""Pictures as phones store them: AVIF by Pillow, HEIC by pillow-heif, if they are there."""

import struct
from importlib.util import find_spec
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, features

HAS_AVIF = bool(features.check("avif")) if "avif" in features.modules else False
HAS_HEIF = find_spec("pillow_heif") is not None
needs_avif = pytest.mark.skipif(not HAS_AVIF, reason="this version of Pillow does not write AVIF")
needs_heif = pytest.mark.skipif(not HAS_HEIF, reason="pillow-heif is not installed")
FORMATS = [pytest.param("avif", marks=needs_avif), pytest.param("heic", marks=needs_heif)]


def avif(image: Image.Image, **options: Any) -> bytes:
    """The picture as AVIF, nearly without loss."""
    content = BytesIO()
    image.save(content, "AVIF", **{"quality": 95, "subsampling": "4:4:4", "speed": 10, **options})
    return content.getvalue()


def heic(image: Image.Image, **options: Any) -> bytes:
    """The picture as HEIC, nearly without loss; its colours at half the resolution, as libheif reads no others."""
    import pillow_heif

    content = BytesIO()
    pillow_heif.from_pillow(image).save(content, **{"quality": 95, "enc_params": {"preset": "ultrafast"}, **options})
    return content.getvalue()


def written(kind: str, image: Image.Image, **options: Any) -> bytes:
    """The picture in the format avif or heic."""
    return avif(image, **options) if kind == "avif" else heic(image, **options)


def smaller_than_it_is(content: bytes, size: tuple[int, int], said: tuple[int, int]) -> bytes:
    """The file of a picture of `size` (width, height) that says it is another."""
    box = b"ispe" + bytes(4)
    return content.replace(box + struct.pack(">II", *size), box + struct.pack(">II", *said))


def box(name: bytes, body: bytes) -> bytes:
    """A box of HEIF."""
    return struct.pack(">I", 8 + len(body)) + name + body


def of_many_places(count: int) -> bytes:
    """A HEIC with so many items, each of which is in 65,535 places that take no bytes to name."""
    places = struct.pack(">IBBH", 0, 0, 0, count) + b"".join(struct.pack(">HHH", i, 0, 0xFFFF) for i in range(count))
    return box(b"ftyp", b"heic" + bytes(4) + b"mif1heic") + box(b"meta", bytes(4) + box(b"iloc", places))


def of_many_items(count: int, length: int, kind: bytes = b"Exif", content: bytes | None = None) -> bytes:
    """A HEIC with so many items whose contents are the same bytes."""
    ftyp = box(b"ftyp", b"heic" + bytes(4) + b"mif1heic")
    items = b"".join(box(b"infe", struct.pack(">IHH", 2 << 24, i + 1, 0) + kind + b"\0") for i in range(count))
    iinf = box(b"iinf", struct.pack(">IH", 0, count) + items)
    iloc_size = 8 + 8 + 14 * count
    start = len(ftyp) + 8 + 4 + len(iinf) + iloc_size + 8
    places = b"".join(struct.pack(">HHHII", i + 1, 0, 1, start, length) for i in range(count))
    iloc = box(b"iloc", struct.pack(">IBBH", 0, 0x44, 0, count) + places)
    return ftyp + box(b"meta", bytes(4) + iinf + iloc) + box(b"mdat", bytes(length) if content is None else content)
