"""Picture files without what they say besides the picture: place, author, camera, time, comments, a thumbnail."""

import re
from collections.abc import Iterator
from io import BytesIO

from PIL import Image, ImageOps

ORIENTATION, UPRIGHT = 274, 1  # the tag of EXIF that says which way a picture is turned, and its usual value
AFTER_A_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # the marker behind the coded pixels of a JPEG
SCAN, END, COMMENT, APPLICATIONS, JFIF = 0xDA, 0xD9, 0xFE, range(0xE0, 0xF0), 0xE0
# how the segments of applications begin that say which colours the numbers of a JPEG are
OF_COLOURS = {JFIF: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
THUMBNAIL = 16  # the byte of a segment in JFIF where the width and the height of a thumbnail are


def bare(file: bytes) -> bytes:
    """A file of the same picture that says nothing else but its colour profile and which way it is turned. A JPEG keeps
    its coded pixels; of others the first frame becomes a PNG. Raises what Pillow raises; ValueError for a damaged JPEG.
    """
    with Image.open(BytesIO(file)) as image:
        if image.format == "JPEG":
            return b"".join(_needed(file, image.getexif().get(ORIENTATION, UPRIGHT)))
        upright = ImageOps.exif_transpose(image)
        content, transparency = BytesIO(), upright.info.get("transparency")
        options = {} if transparency is None else {"transparency": transparency}
        upright.info = {}  # which Pillow may write
        upright.save(content, "PNG", icc_profile=image.info.get("icc_profile"), **options)
    return content.getvalue()


def _needed(file: bytes, orientation: int) -> Iterator[bytes]:
    """The parts of a JPEG that make its pixels, and the orientation as all that EXIF says."""
    yield file[:2]
    if orientation != UPRIGHT:
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        content = exif.tobytes()
        yield b"\xff\xe1" + (len(content) + 2).to_bytes(2) + content
    for marker, segment in _segments(file):
        says_colours = marker in OF_COLOURS and segment[4:].startswith(OF_COLOURS[marker])
        if says_colours and marker == JFIF:
            yield b"\xff\xe0\x00\x10" + segment[4:THUMBNAIL] + bytes(2)
        elif says_colours or (marker not in APPLICATIONS and marker != COMMENT):
            yield segment


def _segments(file: bytes) -> Iterator[tuple[int, bytes]]:
    """The segments of a JPEG with their markers, each scan with its coded pixels; nothing that is behind the end."""
    start = 2
    while start + 4 <= len(file) or file[start + 1 : start + 2] == bytes([END]):
        marker = file[start + 1]
        if file[start] != 0xFF:
            raise ValueError("there is no marker where one must be")
        if marker == 0xFF:  # it fills up
            start += 1
            continue
        if marker == END:
            yield marker, file[start : start + 2]
            return
        end = start + 2 + int.from_bytes(file[start + 2 : start + 4])
        if marker == SCAN:
            found = AFTER_A_SCAN.search(file, end)
            end = len(file) if found is None else found.start()
        yield marker, file[start:end]
        start = end
    raise ValueError("it has no end")
