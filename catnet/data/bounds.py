"""What a picture may ask of the machine, judged before it is decoded: a small file may ask for much time and memory."""

import math
import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader, BytesIO, FileIO
from threading import Condition
from typing import BinaryIO, Literal

from PIL import Image

from catnet.data import tiff
from catnet.files import regular_descriptor
from catnet.text import byte_size

JPEG = ("JPEG", "MPO")  # the latter is Pillow's name for a JPEG with more pictures behind it
MAX_PIXELS = 100_000_000  # in the file
MAX_SIDE = 1_000_000  # Pillow holds 8 bytes per row, and 32 per column while it resizes
MAX_BYTES_READ_AT_ONCE = 1 << 24  # Pillow reads a file in many small steps, which are faster in memory
FEW_BYTES = 1 << 16  # of a file, which cannot have many parts
MAX_HEADER_READS = 4096  # a read per marker, chunk, tag or block
MAX_READS, MAX_BMP_READS = 500_000, 1_500_000  # a run of a BMP that is compressed takes two reads, which are quick
MAX_RLE_PIXELS = 8_500_000  # of a BMP that is compressed, which Pillow decodes in Python: a screen of 3840 x 2160
# Of some formats Pillow joins the pieces of the header one by one, which takes the square of their number.
MAX_HEADER_BYTES = {b"\xff\xd8": 8 << 20, b"GI": 1 << 20}
# scans * pixels of a JPEG, whose progressive form has about 10 scans; with arithmetic coding each takes twice the time
MAX_SCANNED, MAX_SCANNED_SLOWLY = 2_000_000_000, 1_000_000_000
MAX_STRIPS = 100_000  # of a TIFF, each of which Pillow lists if it is not compressed
MAX_LZMA_PIXELS = 25_000_000  # of a TIFF, which no other compression makes as slow
BYTES_PER_PIXEL, MORE_BYTES = 8, 93 << 20  # that decoding may take
ARITHMETIC_FRAMES = (b"\xff\xc9", b"\xff\xca")  # how the header of a JPEG with arithmetic coding goes on
TYPE_BYTES = dict(enumerate((0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8)))  # of the numbers in a tag
TIFF = {b"II": "<", b"MM": ">"}  # how a file begins, and the order of its bytes
BYTE_ORDERS: dict[str, Literal["little", "big"]] = {"<": "little", ">": "big"}
SAVE_ANEW = "save it as PNG"
WORKING_BYTES = "working bytes"  # the place in the info of a picture whose header says what decoding takes besides


class BadPicture(Exception):
    """Why a picture cannot be used; `passing` if the reason is not in the file and may be gone next time."""

    def __init__(self, reason: str, passing: bool = False) -> None:
        super().__init__(reason)
        self.passing = passing


class Counting:
    """A file that is read no more often than a picture needs: Pillow walks through the pieces of a file in Python."""

    reads, taken, most_reads, most_taken = 0, 0, MAX_HEADER_READS, math.inf

    def read(self, size: int | None = -1, /) -> bytes:
        """Raises BadPicture if there were too many reads, or too many bytes in the header."""
        content: bytes = super().read(size)  # type: ignore[misc]
        self.reads += 1
        self.taken += len(content)
        if self.reads > self.most_reads or self.taken > self.most_taken:
            raise BadPicture(f"holds too many parts, or too much besides its pixels; {SAVE_ANEW}")
        if self.reads == 1:
            self.most_taken = MAX_HEADER_BYTES.get(content[:2], math.inf)
        return content

    def expect_pixels(self, file_format: str | None) -> None:
        """The header is read: from now on there may be more reads."""
        self.most_reads, self.most_taken = MAX_BMP_READS if file_format == "BMP" else MAX_READS, math.inf


class _InMemory(Counting, BytesIO):
    pass


class _OnDisk(Counting, BufferedReader):
    pass


Source = BytesIO | BufferedReader


def open_picture(path: str) -> Source:
    """The file of a picture, in memory if it is not large. Raises OSError as `regular_descriptor`, BadPicture."""
    file = FileIO(regular_descriptor(path))
    size = os.fstat(file.fileno()).st_size
    if size > MAX_BYTES_READ_AT_ONCE:
        on_disk = _OnDisk(file)
        source: Source = on_disk
        start = on_disk.peek(2)[:2]
    else:
        with file:
            content = file.read()
        # a few parts take no time, but counting them would
        source, start = (BytesIO if size <= FEW_BYTES else _InMemory)(content), content[:2]
    if start in TIFF:
        try:
            demand_moderate_tags(source, size)
        except BaseException:
            source.close()
            raise
    return source


def demand_moderate_tags(source: BinaryIO, size: int) -> None:
    """Raises BadPicture if a TIFF, or what EXIF has in its form, of so many bytes has too many strips or tiles, or tags
    that share their bytes, of which Pillow copies those of each.
    """
    head = source.read(16)
    order, version = TIFF.get(head[:2], ""), head[2:4].strip(b"\0")
    if order and len(head) == 16 and version in (b"*", b"+"):  # 42, or 43 of BigTIFF
        is_big = version == b"+"
        entry = struct.Struct(order + ("HHQQ" if is_big else "HHII"))
        source.seek(int.from_bytes(head[8:16] if is_big else head[4:8], BYTE_ORDERS[order]) % (1 << 63))
        count = int.from_bytes(source.read(8 if is_big else 2), BYTE_ORDERS[order])
        entries = source.read(min(count, 1 << 16) * entry.size)
        copied = 0
        for tag, kind, number, offset in entry.iter_unpack(entries[: len(entries) // entry.size * entry.size]):
            if tag in tiff.BYTE_COUNTS and number > MAX_STRIPS:
                raise BadPicture(f"has {number} strips or tiles, more than {MAX_STRIPS}; {SAVE_ANEW}")
            length = number * TYPE_BYTES.get(kind, 0)
            copied += length if 4 < length <= size - offset else 0  # no others are copied
        if copied > size + FEW_BYTES:
            raise BadPicture(f"holds too many parts, or too much besides its pixels; {SAVE_ANEW}")
    source.seek(0)


def demand_moderate(image: Image.Image, source: Source) -> None:
    """Raises BadPicture if the picture that is opened would take too much time to decode."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise BadPicture(f"is too large: {width} x {height} pixels")
    if max(width, height) > MAX_SIDE:
        raise BadPicture(f"is too large: {width} x {height} pixels, with a side of more than {MAX_SIDE}")
    if image.format == "TIFF" and image.info.get("compression") == "lzma" and width * height > MAX_LZMA_PIXELS:
        raise BadPicture(f"is too large for LZMA compression: {width} x {height} pixels; save it with another one")
    if image.format == "BMP" and image.tile[0][0] == "bmp_rle" and width * height > MAX_RLE_PIXELS:  # type: ignore[attr-defined]
        raise BadPicture(f"is too large for a compressed BMP: {width} x {height} pixels; {SAVE_ANEW}")
    if has_many_scans(image, source):
        raise BadPicture(f"has too many scans for {width} x {height} pixels; {SAVE_ANEW}")


def has_many_scans(image: Image.Image, source: Source) -> bool:
    """Whether decoding a JPEG, or those in a TIFF, would go over its pixels more often than any picture needs."""
    position = source.tell()
    if image.format == "TIFF" and image.info.get("compression") == "jpeg":
        scanned = tiff.scanned(image, source)
        source.seek(position)
        return scanned > MAX_SCANNED_SLOWLY
    if image.format not in JPEG:
        return False
    source.seek(0)
    header = source.read(position)
    scan_header = header[-8 - 2 * image.layers :]  # type: ignore[attr-defined]
    if not is_progressive(image) and scan_header[:2] == tiff.START_OF_SCAN and scan_header[4] == image.layers:  # type: ignore[attr-defined]
        return False  # all components are in the first scan, and no other is decoded
    is_slow = any(frame in header for frame in ARITHMETIC_FRAMES)
    most = (MAX_SCANNED_SLOWLY if is_slow else MAX_SCANNED) // (image.width * image.height)
    scans, last = 1, b""
    while scans <= most and (block := source.read(1 << 20)):
        # in what is compressed, no other 0xff is followed by 0xda
        scans += block.count(tiff.START_OF_SCAN) + (last + block[:1] == tiff.START_OF_SCAN)
        last = block[-1:]
    source.seek(position)
    return scans > most


def memory_of(image: Image.Image, full_size: tuple[int, int]) -> int:
    """As `memory`. Raises BadPicture if it is more than a picture of that size may take."""
    needed = memory(image, full_size)
    if needed > BYTES_PER_PIXEL * math.prod(full_size) + MORE_BYTES:
        width, height = full_size
        kind = "WebP" if image.format == "WEBP" else image.format
        reason = f"decoding {width} x {height} pixels of this kind of {kind} takes {byte_size(needed)} of memory"
        raise BadPicture(f"is too large: {reason}; {SAVE_ANEW}")
    return needed


def is_progressive(image: Image.Image) -> bool:
    """Whether a JPEG comes in scans of growing detail."""
    return bool(image.info.get("progressive"))


def memory(image: Image.Image, full_size: tuple[int, int]) -> int:
    """The most bytes that decoding an opened picture takes, as its header says, and making it RGB.

    `full_size` is its width and height in the file, from which JPEG may be decoded to a smaller `image.size`.
    """
    pixels = image.width * image.height
    sample_bytes = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16L": 2, "I;16B": 2}.get(image.mode, 4)
    decoded, working = sample_bytes * pixels, 0
    if image.format == "WEBP":
        working = 8 * pixels  # two canvases of the decoder for animations, which is used for all
    elif WORKING_BYTES in image.info:
        working = image.info[WORKING_BYTES]
    elif image.format in JPEG and is_progressive(image):
        layers = image.layer  # type: ignore[attr-defined]
        widest, highest = (max(layer[place] for layer in layers) for place in (1, 2))
        # two bytes for each coefficient
        working = sum(2 * math.prod(full_size) * layer[1] * layer[2] // (widest * highest) for layer in layers)
    elif image.format == "TIFF" and image.info.get("compression") != "raw":
        working = tiff.strip_bytes(image)
    is_rgb = image.mode == "RGB" and "transparency" not in image.info
    return decoded + max(working, 0 if is_rgb else 4 * pixels)


class Room:
    """The memory that all who decode at the same time share."""

    def __init__(self, size: int) -> None:
        self.size = self._left = size
        self._given_back = Condition()

    @contextmanager
    def taken(self, size: int) -> Iterator[None]:
        """Waits until there is so much room, or for all of it if that is less, and holds it."""
        size = min(size, self.size)
        with self._given_back:
            self._given_back.wait_for(lambda: self._left >= size)
            self._left -= size
        try:
            yield
        finally:
            with self._given_back:
                self._left += size
                self._given_back.notify_all()
