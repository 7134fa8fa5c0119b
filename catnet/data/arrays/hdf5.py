"""HDF5 files as a well-known course has them: train_set_x, train_set_y, test_set_x, ..., and list_classes.

h5py (the extra h5) reads the structure. Nothing but what is in the file itself is read: no link, no external storage,
no plugin. What is compressed is unpacked here, chunk by chunk: the library would take whatever memory a chunk asks for.
"""

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from catnet.data.arrays.common import (
    PIECE_BYTES,
    Part,
    Pixels,
    demand_content,
    demand_labels,
    demand_names,
    demand_shape,
    inflated,
    reading,
)
from catnet.data.arrays.named import Names, parts_in, place
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.files import open_regular
from catnet.text import first_names, printable

WHAT = "an HDF5 file"
SUFFIXES = (".h5", ".hdf5")
NAMES = Names("list_classes", lambda pictures: (pictures.partition("_")[0], pictures[:-1] + "y"))
WANTED = "train_set_x and train_set_y, or test_set_x and test_set_y, and perhaps list_classes"
DEFLATE, SHUFFLE, FLETCHER32 = 1, 2, 3  # the filters that are read, by their numbers in the format
CHECKSUM_BYTES = 4
_PICTURES = re.compile(r"(train|val|valid|validation|test)_set_x")

File = Any  # h5py.File and h5py.Dataset, which have no types
Dataset = Any


def is_named_so(name: str) -> bool:
    """Whether a file is one of these by its name."""
    return name.lower().endswith(SUFFIXES)


def pixels_in(path: Path) -> list[Pixels]:
    """The pictures of a file, a dataset for each split. Raises DataError."""
    with _opened(path) as file:
        found = [_pixels(file, path, name) for name in file if _PICTURES.fullmatch(name)]
        if not found:
            raise DataError(f"{printable(path)}: has no pictures; wanted are {WANTED}; there are {first_names(file)}")
    return found


def parts_of(files: Sequence[Path], notes: list[str]) -> list[Part]:
    """The examples of the files. Raises DataError."""
    parts: list[Part] = []
    without: dict[bool, Path] = {}  # a file by whether it lacks the names of classes
    for path in files:
        pictures = pixels_in(path)
        with _opened(path) as file:
            found, unread = parts_in(path, pictures, list(file), NAMES, partial(_values, file, path))
            without[NAMES.classes not in file] = path
        parts += found
        notes += unread
    if len(without) > 1:
        lacks = f"has no {NAMES.classes}, which {printable(without[False].name)} has"
        raise DataError(f"{printable(without[True])}: {lacks}; save it with the names of the classes too")
    return parts


@contextmanager
def _opened(path: Path) -> Iterator[File]:
    with reading(path, WHAT):
        with open_regular(path):  # which refuses pipes and devices
            pass
        try:
            import h5py  # late, because only these files need it
        except ImportError as error:
            said = 'reading HDF5 needs h5py; install it: pip install "catnet[h5]"'
            raise DataError(f"{printable(path)}: {said}") from error
        with h5py.File(path, "r", locking=False) as file:
            yield file


def _dataset(file: File, path: Path, name: str) -> Dataset:
    """A dataset that is in the file itself, and is as large as it says. Raises DataError."""
    import h5py

    where = place(path, name)
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        raise DataError(f"{where}: is a link, and links are not followed; save the data itself under this name")
    dataset = file[name]
    if not isinstance(dataset, h5py.Dataset) or dataset.shape is None:
        raise DataError(f"{where}: is no array")
    if dataset.dtype.hasobject:
        raise DataError(f"{where}: is an array of objects; save it as numbers, or names as np.array(names, 'S')")
    if dataset.is_virtual or dataset.external:
        raise DataError(f"{where}: lies in other files, which are not read; save the data itself")
    _demand_stored(where, dataset, os.stat(path).st_size)
    return dataset


def _demand_stored(where: str, dataset: Dataset, file_size: int) -> None:
    """Raises DataError if the file does not have all of the dataset, or has it packed in another way than by gzip."""
    declared, stored = prod(dataset.shape) * dataset.dtype.itemsize, dataset.id.get_storage_size()
    filters = _filters(dataset)
    if set(filters) - {DEFLATE, SHUFFLE, FLETCHER32} or len(set(filters)) < len(filters):
        raise DataError(f"{where}: is packed in a way that is not read; save it with compression='gzip', or without")
    demand_content(where, declared, min(stored, file_size), DEFLATE in filters)
    if dataset.chunks is not None:
        chunks = prod(-(-size // of_chunk) for size, of_chunk in zip(dataset.shape, dataset.chunks, strict=True))
        if (written := dataset.id.get_num_chunks()) != chunks:
            raise DataError(f"{where}: only {written} of its {chunks} chunks were ever written")
        demand_content(where, _chunk_bytes(dataset), file_size, DEFLATE in filters)


def _filters(dataset: Dataset) -> list[int]:
    """The numbers of the filters of a dataset, in the order in which they were applied."""
    properties = dataset.id.get_create_plist()
    return [properties.get_filter(at)[0] for at in range(properties.get_nfilters())]


def _chunk_bytes(dataset: Dataset) -> int:
    return prod(dataset.chunks) * dataset.dtype.itemsize


def _content(dataset: Dataset, where: str) -> Array:
    """All of a dataset."""
    content = np.empty(dataset.shape, dataset.dtype)
    filters = _filters(dataset)
    if not filters:
        if content.size:
            dataset.read_direct(content)
        return content
    steps = (range(0, size, of_chunk) for size, of_chunk in zip(dataset.shape, dataset.chunks, strict=True))
    for start in product(*steps):  # all are there
        skipped, packed = dataset.id.read_direct_chunk(start)
        chunk = _unpacked(where, bytes(packed), skipped, filters, dataset)
        area = tuple(slice(first, first + size) for first, size in zip(start, dataset.chunks, strict=True))
        place = content[area]
        place[...] = chunk[tuple(map(slice, place.shape))]
    return content


def _unpacked(where: str, packed: bytes, skipped: int, filters: Sequence[int], dataset: Dataset) -> Array:
    """A chunk, from which its filters are taken, the last one first; the bits of `skipped` are those not applied."""
    size, item = _chunk_bytes(dataset), dataset.dtype.itemsize
    for at in reversed(range(len(filters))):
        if skipped >> at & 1:
            continue
        if filters[at] == FLETCHER32:
            packed, said = packed[:-CHECKSUM_BYTES], int.from_bytes(packed[-CHECKSUM_BYTES:], "little")
            if _fletcher32(packed) != (said % 2**16 % 65535, (said >> 16) % 65535):
                raise DataError(f"{where}: is damaged: a checksum in it is another")
        elif filters[at] == DEFLATE:
            packed = inflated(where, packed, size + CHECKSUM_BYTES * (FLETCHER32 in filters[:at]))
        else:
            packed = np.frombuffer(packed, np.uint8).reshape(item, -1).T.tobytes()
    return np.frombuffer(packed, dataset.dtype).reshape(dataset.chunks)


def _fletcher32(content: bytes) -> tuple[int, int]:
    """The two sums of Fletcher's checksum over numbers of 16 bits, big-endian, modulo 65535, as HDF5 has it."""
    first = second = 0
    for start in range(0, len(content), PIECE_BYTES):
        piece = content[start : start + PIECE_BYTES]
        numbers = np.frombuffer(piece + bytes(len(piece) % 2), ">u2").astype(np.int64)
        second += len(numbers) * first + int(np.arange(len(numbers), 0, -1) @ numbers)
        first += int(numbers.sum())
    return first % 65535, second % 65535


def _pixels(file: File, path: Path, name: str) -> Pixels:
    dataset = _dataset(file, path, name)
    shape = demand_shape(place(path, name), dataset.dtype, dataset.shape)
    return Pixels(path, name, shape, partial(_read, path, name, shape))


def _read(path: Path, name: str, shape: Sequence[int]) -> Array:
    with _opened(path) as file:
        return _content(_dataset(file, path, name), place(path, name)).reshape(shape)


def _values(file: File, path: Path, name: str, m: int | None = None) -> Array:
    """The labels of m pictures; without m the names of classes. Raises DataError."""
    dataset, where = _dataset(file, path, name), place(path, name)
    if m is None:
        demand_names(where, dataset.dtype, dataset.shape)
    else:
        demand_labels(where, dataset.dtype, dataset.shape, m)
    return _content(dataset, where)
