"""The strips or tiles of a TIFF, as its tags tell them."""

import math
import os
from collections import Counter
from io import BufferedReader, BytesIO
from itertools import zip_longest
from typing import Any

from PIL import Image

STRIP_OFFSETS, TILE_OFFSETS, BITS_PER_SAMPLE = 273, 324, 258  # tags
TILE_WIDTH, TILE_HEIGHT, ROWS_PER_STRIP, PLANAR = 322, 323, 278, 284
BYTE_COUNTS = {STRIP_OFFSETS: 279, TILE_OFFSETS: 325}
START_OF_SCAN = b"\xff\xda"  # in a JPEG


def part_pixels(image: Image.Image) -> int:
    """The pixels of a strip or tile."""
    tags: Any = image.tag_v2  # type: ignore[attr-defined]
    width, height = tags.get(TILE_WIDTH, image.width), tags.get(TILE_HEIGHT)
    if height is None:
        height = min(tags.get(ROWS_PER_STRIP, image.height), image.height)
    return int(width) * int(height)


def strip_bytes(image: Image.Image) -> int:
    """The bytes of a strip or tile, which is held at once."""
    tags: Any = image.tag_v2  # type: ignore[attr-defined]
    bits = tags.get(BITS_PER_SAMPLE, (1,))
    return part_pixels(image) * (max(bits) if tags.get(PLANAR) == 2 else sum(bits)) // 8


def scanned(image: Image.Image, source: BytesIO | BufferedReader) -> float:
    """scans * pixels of the JPEGs that are the strips or tiles; infinite if different ones share their bytes."""
    tags: Any = image.tag_v2  # type: ignore[attr-defined]
    size, offsets = source.seek(0, os.SEEK_END), TILE_OFFSETS if TILE_OFFSETS in tags else STRIP_OFFSETS
    counts = (count or size for count in tags.get(BYTE_COUNTS[offsets], ()))  # without a count, all that follows
    left, scans = 2 * size, 0
    for (start, count), times in Counter(zip_longest(tags.get(offsets, ()), counts, fillvalue=size)).items():
        source.seek(start)
        part = source.read(min(count, size))
        left -= len(part)
        if left < 0:
            return math.inf
        scans += times * part.count(START_OF_SCAN)
    return scans * part_pixels(image)
