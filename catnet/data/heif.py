"""AVIF and HEIC, the formats of phones: one container, HEIF (ISO/IEC 23008-12), for pictures of two video codecs.

Pillow reads AVIF from 11.3 on, the package pillow-heif HEIC. Both turn a picture as the container says (irot, imir).
That is all that turns it: the standard gives no meaning to what EXIF and XMP say of it.
"""

from io import BytesIO
from typing import BinaryIO

from PIL import Image

from catnet.data.bounds import SAVE_ANEW, WORKING_BYTES, BadPicture

AVIF, HEIF = "AVIF", "HEIF"
HEAD = 64  # bytes of a file that tell its format
# The brands of HEIC begin with he: heic, heix, hevc, hevx, heim, ...; mif1 and msf1 are those of the container.
AVIF_BRANDS, CONTAINER_BRANDS = {b"avif", b"avis"}, {b"mif1", b"mif2", b"msf1"}
MAX_BYTES = 1 << 28  # of a file, all of which is held in memory
EXTRA = 'the extra heif: pip install "catnet[heif]"'
NEWER_PILLOW = 'pip install "pillow>=11.3"'


def format_of(head: bytes) -> str | None:
    """AVIF or HEIF if a file that begins so says that it is one, else None."""
    if head[4:8] != b"ftyp":
        return None
    end = min(int.from_bytes(head[:4], "big"), len(head))
    major, *compatible = (head[start : start + 4] for start in (8, *range(16, end - 3, 4)))
    if AVIF_BRANDS & {major, *compatible}:
        return AVIF
    return HEIF if major[:2] == b"he" or major in CONTAINER_BRANDS else None


def opened(source: BinaryIO, file_format: str) -> Image.Image:
    """The picture in a file of the format, not decoded yet. Raises BadPicture if nothing installed reads it."""
    from catnet.data.boxes import demand_moderate_boxes  # late, because few pictures need it

    content = source.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise BadPicture(f"is too large: more than {MAX_BYTES >> 20} MiB; {SAVE_ANEW}")
    facts = demand_moderate_boxes(content)
    image = opened_avif(content) if file_format == AVIF else opened_heif(content)
    facts.demand_fits(image.size)
    image.info[WORKING_BYTES] = facts.working_bytes(image)
    return image


def opened_avif(content: bytes) -> Image.Image:
    """The picture in an AVIF file, not decoded yet. Raises BadPicture if this Pillow does not read it."""
    try:
        from PIL import AvifImagePlugin
    except ImportError:
        is_supported = False
    else:
        is_supported = AvifImagePlugin.SUPPORTED
    if not is_supported:
        raise BadPicture(
            f"is an AVIF picture, which this version of Pillow does not read: {NEWER_PILLOW}", passing=True
        )
    # of a sequence its picture is read, not its first frame, which is the same, for `boxes` knows it
    image = AvifImagePlugin.AvifImageFile(BytesIO(content[:8] + b"avif" + content[12:]))
    image.info.pop("xmp", None)  # Pillow has put what irot and imir say into EXIF
    return image


def opened_heif(content: bytes, needs: str = EXTRA) -> Image.Image:
    """The picture in a HEIC file, not decoded yet. Raises BadPicture with what it `needs` if that is not installed."""
    try:
        from pillow_heif.as_plugin import HeifImageFile  # late, because few pictures need it
    except ImportError as error:
        raise BadPicture(f"is a HEIC picture, which needs {needs}", passing=True) from error
    image: Image.Image = HeifImageFile(BytesIO(content))  # type: ignore[no-untyped-call]
    image.info = {}  # which is large, and would turn the picture again
    return image
