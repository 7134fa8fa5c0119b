"""The boxes of HEIF (ISO/IEC 14496-12 and 23008-12), read before its libraries do, which a small file could make take
much memory: facts about a picture that are copied for each of a thousand items, or pixels beyond its size.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from io import BytesIO
from typing import NamedTuple

from PIL import Image

from catnet.data.av1 import largest_frame
from catnet.data.bounds import FEW_BYTES, MAX_HEADER_READS, SAVE_ANEW, BadPicture, demand_moderate_tags

MAX_COPIED = 1 << 26  # bytes of facts, such as a colour profile or EXIF, times the items that may have them
MAX_VIDEO_PIXELS = 50_000_000  # of a picture, since video codecs are slow; the largest of phones have 48.8 million
FREE_PIXELS = 1 << 20  # that a frame may have beyond the picture that it is shown in
TOO_MANY = f"holds too many parts, or too much besides its pixels; {SAVE_ANEW}"
FACTS = (b"Exif", b"mime", b"uri ")  # the types of items that are no pictures
# bytes per pixel, beside those that Pillow keeps, that decoding takes as measured; and how many more it takes if there
# are more than 8 bits, all colours (4:4:4), or transparency
WORKING, FOR_DEPTH, FOR_COLOURS, FOR_ALPHA = 5.5, 2.0, 2.0, 3.0

Box = tuple[bytes, bytes]  # the type, and what is in it
Extent = tuple[bool, int, int]  # whether it is in the box idat, where it begins, and its length, 0 for all that follows


class Facts(NamedTuple):
    """What the boxes say: the bytes of the file, the greatest (width, height) of a frame of AV1 as it is coded, whether
    any picture has more than 8 bits, or all its colours.
    """

    length: int
    frame: tuple[int, int]
    is_deep: bool
    is_full: bool

    def demand_fits(self, size: tuple[int, int]) -> None:
        """Raises BadPicture if the picture, of `size` (width, height), or a frame in it, has too many pixels."""
        if math.prod(size) > MAX_VIDEO_PIXELS:
            raise BadPicture(f"is too large for AVIF or HEIC: {size[0]} x {size[1]} pixels; {SAVE_ANEW}")
        if math.prod(self.frame) > math.prod(size) + FREE_PIXELS:
            (width, height), (wide, high) = size, self.frame
            raise BadPicture(f"holds {wide} x {high} pixels for a picture of {width} x {height}; {SAVE_ANEW}")

    def working_bytes(self, image: Image.Image) -> int:
        """The memory that decoding takes beside the pixels that Pillow keeps."""
        more = FOR_DEPTH * self.is_deep + FOR_COLOURS * self.is_full + FOR_ALPHA * (image.mode in ("RGBA", "RGBa"))
        return 2 * self.length + int((WORKING + more) * image.width * image.height)


def demand_moderate_boxes(content: bytes) -> Facts:
    """The facts about the picture in a file. Raises BadPicture if they would be copied into much more memory."""
    try:
        top = dict(boxes(content))
        if b"meta" not in top:
            raise BadPicture(f"is a film or a sequence without a picture of its own; {SAVE_ANEW}")
        meta = dict(boxes(top[b"meta"][4:]))
        kinds = item_types(meta.get(b"iinf", b""))
        properties = dict_of_all(boxes(dict(boxes(meta.get(b"iprp", b""))).get(b"ipco", b"")))
        places = dict(item_places(meta.get(b"iloc", b"")))
    except (IndexError, ValueError) as error:
        raise BadPicture("is damaged: its boxes end too soon") from error
    length = sum(size or len(content) for extents in places.values() for _, _, size in extents)
    facts = sum(size for item, extents in places.items() if kinds.get(item) in FACTS for _, _, size in extents)
    copied = (facts + len(meta.get(b"iprp", b""))) * len(kinds)
    if length > 2 * len(content) + FEW_BYTES or copied > MAX_COPIED:
        raise BadPicture(TOO_MANY)
    for exif in (b"".join(parts(places[item], content, meta)) for item in places if kinds.get(item) == b"Exif"):
        start = 0 if exif.startswith(b"Exif") else 4
        while exif.startswith(b"Exif", start):
            start += 6
        demand_moderate_tags(BytesIO(exif[start:]), len(exif) - start)
    frames = [
        largest_frame(b"".join(parts(extents, content, meta)))
        for item, extents in places.items()
        if kinds.get(item) == b"av01"
    ]
    codecs = [(box[2] & 64, not box[2] & 12) for box in properties.get(b"av1C", []) if len(box) > 3]
    codecs += [(box[17] & 7, box[16] & 3 > 1) for box in properties.get(b"hvcC", []) if len(box) > 17]
    frame = max(frames, key=math.prod, default=(0, 0))
    return Facts(len(content), frame, any(deep for deep, _ in codecs), any(full for _, full in codecs))


def parts(extents: Sequence[Extent], content: bytes, meta: Mapping[bytes, bytes]) -> Iterator[bytes]:
    """The bytes of an item, extent by extent."""
    for inside, start, length in extents:
        whole = meta.get(b"idat", b"") if inside else content
        yield whole[start : start + length] if length else whole[start:]


def boxes(content: bytes) -> Iterator[Box]:
    """The boxes that follow each other. Raises BadPicture if they are too many, ValueError if one has no end."""
    at = 0
    for _ in range(MAX_HEADER_READS):
        if len(content) - at < 8:
            return
        size, start = int.from_bytes(content[at : at + 4], "big"), at + 8
        if size == 1:
            size, start = int.from_bytes(content[at + 8 : at + 16], "big"), at + 16
        end = at + size if size else len(content)
        if end < start:
            raise ValueError("a box ends before its beginning")
        yield content[at + 4 : at + 8], content[start:end]
        at = end
    raise BadPicture(TOO_MANY)


def dict_of_all(found: Iterator[Box]) -> dict[bytes, list[bytes]]:
    """The boxes by their type."""
    by_type: dict[bytes, list[bytes]] = {}
    for kind, box in found:
        by_type.setdefault(kind, []).append(box)
    return by_type


class Numbers:
    """Whole numbers of so many bytes, one after the other. Raises ValueError behind the end."""

    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def next(self, size: int) -> int:
        """The next number of `size` bytes; 0 if it has none."""
        self.at += size
        if self.at > len(self.content):
            raise ValueError("the box is too short")
        return int.from_bytes(self.content[self.at - size : self.at], "big")


def item_types(iinf: bytes) -> dict[int, bytes]:
    """The type of each item, by its number."""
    found = {}
    for kind, box in boxes(iinf[6 if iinf[:1] == b"\0" else 8 :]):
        if kind == b"infe" and box[:1] in (b"\2", b"\3"):
            size = 2 if box[0] == 2 else 4
            found[int.from_bytes(box[4 : 4 + size], "big")] = box[6 + size : 10 + size]
    return found


def item_places(iloc: bytes) -> Iterator[tuple[int, list[Extent]]]:
    """The number of each item, and where its bytes are. Raises BadPicture if they are in too many places."""
    numbers, count = Numbers(iloc), 0
    version = numbers.next(4) >> 24
    sizes = numbers.next(2)
    of_offset, of_length, of_base, of_index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    of_number = 4 if version == 2 else 2
    for _ in range(numbers.next(of_number) if iloc else 0):
        number, method = numbers.next(of_number), numbers.next(2) & 15 if version else 0
        numbers.next(2)
        base, extents = numbers.next(of_base), []
        of_item = numbers.next(2)
        count += of_item  # an extent may take no bytes
        if count > MAX_HEADER_READS:
            raise BadPicture(TOO_MANY)
        for _ in range(of_item):
            numbers.next(of_index if version else 0)
            extents.append((method == 1, base + numbers.next(of_offset), numbers.next(of_length)))
        yield number, extents
