"""PNG files of every depth and colour type, interlaced or not, which Pillow cannot write all."""

import struct
import zlib
from collections.abc import Iterator

import numpy as np

from catnet.engine.types import Array

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6  # the colour types
# first row, first column, and the steps of the seven passes of Adam7
PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))


def png(
    samples: Array, depth: int, colour_type: int, chunks: tuple[tuple[bytes, bytes], ...] = (), interlaced: bool = False
) -> bytes:
    """The file of samples (height, width, channels), of 0 to 2^depth - 1; `chunks` come before the pixels."""
    height, width, _ = samples.shape
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, interlaced)
    parts = [samples[top::down, left::right] for top, left, down, right in PASSES] if interlaced else [samples]
    lines = b"".join(line for part in parts if part.size for line in _lines(part, depth))
    every = ((b"IHDR", header), *chunks, (b"IDAT", zlib.compress(lines, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in every
    )


def _lines(samples: Array, depth: int) -> Iterator[bytes]:
    """The rows of a part, each behind the 0 that says that it is not filtered."""
    for row in samples.reshape(len(samples), -1):
        if depth < 8:
            bits = (row[:, None] >> np.arange(depth - 1, -1, -1)) & 1
            yield b"\0" + np.packbits(bits.astype(np.uint8)).tobytes()
        else:
            yield b"\0" + row.astype(">u2" if depth == 16 else np.uint8).tobytes()
