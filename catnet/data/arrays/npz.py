"""NumPy's .npz: arrays x_train, y_train, x_test, y_test, x_val, y_val, and classes. Nothing of it is unpickled.

np.load would take the memory that a header asks for before it reads; here the header is first compared with the
length of its member, and that with what so many bytes can unpack to.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import prod
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np

from catnet.data.arrays.common import (
    PIECE_BYTES,
    Part,
    Pixels,
    demand_content,
    demand_labels,
    demand_names,
    demand_shape,
    filled,
    reading,
)
from catnet.data.arrays.named import Names, parts_in, place
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.files import open_regular
from catnet.text import first_names, printable

WHAT = "a .npz file"
SUFFIXES = (".npz",)
NAMES = Names("classes", lambda pictures: (pictures[2:], f"y_{pictures[2:]}"))
WANTED = "x_train and y_train, and perhaps x_val, y_val, x_test, y_test and classes"
MOST_AT_ONCE = 2 * PIECE_BYTES
LONGEST_HEADER = 10_000  # characters, as NumPy has it
PICKLED = "an array of Python objects, which is pickled: it could run any program, and is not read"
_PICTURES = re.compile(r"x_(train|val|valid|validation|test)")


def is_named_so(name: str) -> bool:
    """Whether a file is one of these by its name."""
    return name.lower().endswith(SUFFIXES)


@dataclass(frozen=True)
class Header:
    """What an array says of itself, and at which byte of its member its content begins."""

    dtype: Any
    shape: tuple[int, ...]
    fortran_order: bool
    start: int


def pixels_in(path: Path) -> list[Pixels]:
    """The pictures of a file, an array for each split. Raises DataError."""
    with _opened(path) as archive:
        names = _names_in(archive, path)
        found = [_pixels(archive, path, name) for name in names if _PICTURES.fullmatch(name)]
    if not found:
        raise DataError(f"{printable(path)}: has no pictures; wanted are {WANTED}; there are {first_names(names)}")
    return found


def parts_of(files: Sequence[Path], notes: list[str]) -> list[Part]:
    """The examples of the files. Raises DataError."""
    parts: list[Part] = []
    for path in files:
        pictures = pixels_in(path)
        with _opened(path) as archive:
            found, unread = parts_in(path, pictures, _names_in(archive, path), NAMES, partial(_values, archive, path))
        parts += found
        notes += unread
    return parts


class _Sips(io.BufferedIOBase):
    """A file of which only a little is read at once, whatever the lengths in it: zipfile reads its whole directory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell  # type: ignore[method-assign]

    def seekable(self) -> bool:
        """Always"""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """So many bytes, or all. Raises BadZipFile if they are more than MOST_AT_ONCE."""
        most = MOST_AT_ONCE + 1 if size is None or size < 0 else min(size, MOST_AT_ONCE + 1)
        if len(content := self._file.read(most)) > MOST_AT_ONCE:
            raise zipfile.BadZipFile("its directory is too long")
        return content


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    with reading(path, WHAT), open_regular(path) as file, zipfile.ZipFile(_Sips(file)) as archive:
        yield archive


def _names_in(archive: zipfile.ZipFile, path: Path) -> list[str]:
    names = [name.removesuffix(".npy") for name in archive.namelist()]
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise DataError(f"{printable(path)}: has an array twice: {first_names(twice)}; save it anew")
    return names


@contextmanager
def _member(archive: zipfile.ZipFile, path: Path, name: str) -> Iterator[IO[bytes]]:
    """The bytes of an array with its header. Raises DataError if they are packed otherwise than NumPy packs them."""
    info = archive.getinfo(name if name in archive.namelist() else f"{name}.npy")
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{place(path, name)}: is packed in a way that is not read; save it by np.savez_compressed")
    is_deflated = info.compress_type == zipfile.ZIP_DEFLATED
    demand_content(place(path, name), info.file_size, min(info.compress_size, path.stat().st_size), is_deflated)
    with archive.open(info) as member:
        yield member


def _header(archive: zipfile.ZipFile, path: Path, name: str) -> Header:
    """Raises DataError if it is not that of an array, or does not fit the length of the member."""
    where = place(path, name)
    with _member(archive, path, name) as member:
        beginning = io.BytesIO(member.read(LONGEST_HEADER + 100))
    version = np.lib.format.read_magic(beginning)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
    if read is None:
        raise DataError(f"{where}: is in version {version} of NumPy's format, which is not read; save it by np.savez")
    try:
        shape, fortran_order, dtype = read(beginning, max_header_size=LONGEST_HEADER)
    except (ValueError, SyntaxError) as error:
        raise DataError(f"{where}: its header is damaged") from error
    if dtype.hasobject:
        raise DataError(f"{where}: is {PICKLED}; save it as numbers, or names as np.array(names, str)")
    header, start = Header(dtype, shape, fortran_order, beginning.tell()), beginning.tell()
    length = archive.getinfo(name if name in archive.namelist() else f"{name}.npy").file_size
    if min(shape, default=1) < 0:
        raise DataError(f"{where}: says that its shape is {printable(shape)}, which none has; it is damaged")
    if prod(shape) * dtype.itemsize != length - start:
        said = f"{printable(dtype)} of the shape {printable(shape)}"
        raise DataError(f"{where}: says that it is {said}, but has {length - start:,} bytes; is it cut off?")
    return header


def _content(archive: zipfile.ZipFile, path: Path, name: str, header: Header) -> Array:
    with _member(archive, path, name) as member:
        member.read(header.start)
        order = "F" if header.fortran_order else "C"
        return filled(place(path, name), member, header.shape, header.dtype, order)


def _pixels(archive: zipfile.ZipFile, path: Path, name: str) -> Pixels:
    header = _header(archive, path, name)
    shape = demand_shape(place(path, name), header.dtype, header.shape)
    return Pixels(path, name, shape, partial(_read, path, name, header))


def _read(path: Path, name: str, header: Header) -> Array:
    with _opened(path) as archive:
        content = _content(archive, path, name, header)
    return content[..., None] if content.ndim == 3 else content


def _values(archive: zipfile.ZipFile, path: Path, name: str, m: int | None = None) -> Array:
    """The labels of m pictures; without m the names of classes. Raises DataError."""
    header, where = _header(archive, path, name), place(path, name)
    if m is None:
        demand_names(where, header.dtype, header.shape)
    else:
        demand_labels(where, header.dtype, header.shape, m)
    return _content(archive, path, name, header)
