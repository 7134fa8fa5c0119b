"""MNIST's idx files: a magic number that says what follows, the sizes (big-endian), and the bytes; plain or gzipped."""

import gzip
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from math import prod
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from catnet.data.arrays.common import (
    Part,
    Pixels,
    demand_content,
    demand_labels,
    demand_shape,
    filled,
    labels_as_text,
    reading,
)
from catnet.data.omission import Omission
from catnet.data.split_names import split_of
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.files import open_regular
from catnet.text import listed, printable

WHAT = "an idx file"
UNSIGNED_BYTE = 8  # the third byte of the magic number; the fourth is the number of dimensions
IMAGES, LABELS = "images", "labels"
DIMENSIONS = {IMAGES: 3, LABELS: 1}
_NAME = re.compile(
    r"((?P<prefix>.+)[-_.])?(?P<split>train|t10k|test|val|valid|validation)[-_.](?P<what>images|labels)"
    r"[-_.]idx[0-9][-_.]ubyte(?P<gz>\.gz)?",
    re.IGNORECASE | re.DOTALL,
)


def is_named_so(name: str) -> bool:
    """Whether a file is one of these by its name, such as `train-images-idx3-ubyte.gz`."""
    return bool(_NAME.fullmatch(name))


def has_labels(name: str) -> bool:
    """Whether one of these files has labels, and not the pictures."""
    return _what(name) == LABELS


def pixels_in(path: Path) -> list[Pixels]:
    """The pictures of a file. Raises DataError."""
    if has_labels(path.name):
        raise DataError(f"{printable(path)}: has labels; give the file of the pictures")
    shape = demand_shape(printable(path), np.uint8, _shape(path, IMAGES))
    return [Pixels(path, "", shape, partial(_read, path, shape, 16))]


def parts_of(files: Sequence[Path], notes: list[str]) -> list[Part]:
    """The examples of the files; a file whose labels, or pictures, are not among them has them beside it.

    Raises DataError.
    """
    found: dict[tuple[str, str], Path] = {}
    prefixes = {_match(path.name)["prefix"] or "" for path in files}
    if len(prefixes) > 1:
        names = listed(sorted(path.name for path in files))
        folder = printable(files[0].parent)
        raise DataError(f"{folder}: has files of several sets: {names}; keep those of one, or give one file")
    for path in sorted(files, key=lambda path: path.name.lower().endswith(".gz")):
        key = _split(path.name), _what(path.name)
        if key in found:
            notes.append(Omission(f"{printable(path)}: is not used, for there is {printable(found[key].name)}"))
        found.setdefault(key, path)
    return [_part(split, found) for split in dict.fromkeys(split for split, _ in found)]


def _part(split: str, found: dict[tuple[str, str], Path]) -> Part:
    images, labels = (found.get((split, what)) for what in (IMAGES, LABELS))
    pictures = images or _partner(cast(Path, labels), IMAGES)
    beside = labels or _partner(pictures, LABELS)
    (pixels,) = pixels_in(pictures)
    shape = _shape(beside, LABELS)
    demand_labels(printable(beside), np.uint8, shape, pixels.shape[0])
    return Part(split, pixels, labels_as_text(printable(beside), _read(beside, shape, 8)), beside)


def _partner(path: Path, what: str) -> Path:
    """The file of the labels of a file of pictures, or the other way round. Raises DataError if there is none."""
    old, dimensions = _match(path.name)["what"], {IMAGES: "idx3", LABELS: "idx1"}[what]
    at = _match(path.name).start("what")
    name = path.name[:at] + what + re.sub(r"idx\d", dimensions, path.name[at + len(old) :], flags=re.IGNORECASE)
    plain = name.removesuffix(".gz")
    for each in (name, plain, f"{plain}.gz"):
        if (path.parent / each).exists():
            return path.parent / each
    needs = {IMAGES: "its pictures", LABELS: "its labels"}[what]
    raise DataError(f"{printable(path)}: {needs} are not beside it: there is no {printable(plain)}, plain or .gz")


def _match(name: str) -> re.Match[str]:
    match = _NAME.fullmatch(name)
    assert match is not None
    return match


def _split(name: str) -> str:
    return split_of(_match(name)["split"]) or "test"


def _what(name: str) -> str:
    return _match(name)["what"].lower()


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, unpacked."""
    with reading(path, WHAT), open_regular(path) as file:
        if path.name.lower().endswith(".gz"):
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield file


def _shape(path: Path, what: str) -> tuple[int, ...]:
    """The sizes in the header. Raises DataError if the magic number is another, or the file too short for them."""
    shown, dimensions = printable(path), DIMENSIONS[what]
    wanted = bytes([0, 0, UNSIGNED_BYTE, dimensions])
    with _opened(path) as file:
        magic, sizes = file.read(4), file.read(4 * dimensions)
    if magic != wanted or len(sizes) < 4 * dimensions:
        begins = f"it must begin with {wanted.hex(' ')}, not with {magic.hex(' ')}"
        raise DataError(f"{shown}: is no idx file of {what} in unsigned bytes: {begins}")
    shape = tuple(int.from_bytes(sizes[at : at + 4], "big") for at in range(0, len(sizes), 4))
    if not all(shape):
        raise DataError(f"{shown}: has the shape {shape}, which is no {what[:-1]}")
    is_packed, header = path.name.lower().endswith(".gz"), 4 + 4 * dimensions
    demand_content(shown, prod(shape), os.stat(path).st_size - (0 if is_packed else header), is_packed)
    return shape


def _read(path: Path, shape: Sequence[int], start: int) -> Array:
    """The bytes after the header. Raises DataError if they are not as many as it says."""
    with _opened(path) as file:
        file.read(start)
        return filled(printable(path), file, shape)
