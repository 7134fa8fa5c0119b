"""What libtiff says of a TIFF that it decodes anyway: kept from stderr, where it would write it, line by line.

Pillow has nothing for it. So the handler is set in the library itself, if it can be found behind Pillow's extension:
if it is part of that, as under Windows, all stays as it is.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import local

from PIL import Image

FAX = b"Fax"  # begins the names of the functions that decode it; libtiff makes up what it cannot read
_here = local()  # a thread's own: several decode at the same time


def _note(function: bytes | None, message: bytes | None, values: int | None) -> None:
    if function is not None and function.startswith(FAX):
        _here.damaged = True


_handler = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)(_note)
with suppress(OSError, AttributeError):
    ctypes.CDLL(Image.core.__file__).TIFFSetErrorHandler(_handler)


@contextmanager
def damage_told() -> Iterator[None]:
    """Raises OSError after the block if libtiff made up pixels of the TIFF that it decodes."""
    _here.damaged = False
    yield
    if _here.damaged:
        raise OSError("bad fax data")
