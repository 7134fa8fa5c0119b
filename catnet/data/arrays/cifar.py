"""CIFAR's binary version: records of one or two bytes of labels and 32 x 32 pixels, all red, all green, all blue."""

import os
import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from catnet.data.arrays.common import Part, Pixels, labels_as_text, reading
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.files import open_regular, read_regular
from catnet.text import are, listed, printable

WHAT = "a file of CIFAR's binary version"
SIDE = 32
PLANES = 3 * SIDE * SIDE  # bytes of a picture
# by the name: the split, and the bytes of labels before each picture
CIFAR_10 = re.compile(r"(?P<train>data_batch_\d+)\.bin|test_batch\.bin", re.IGNORECASE)
CIFAR_100 = re.compile(r"(?P<train>train)\.bin|test\.bin", re.IGNORECASE)
COARSE_AND_FINE = 2
NAMES_10, NAMES_100 = "batches.meta.txt", "fine_label_names.txt"
LONGEST_NAMES = 64 << 10  # bytes of their file
RECORDS = 256  # that are read at once


def is_named_so(name: str) -> bool:
    """Whether a file is one of these by its name, such as `data_batch_1.bin`."""
    return bool(CIFAR_10.fullmatch(name) or CIFAR_100.fullmatch(name))


def is_list_of_names(name: str) -> bool:
    """Whether a file beside them has the names of classes."""
    return name.lower() in (NAMES_10, NAMES_100, "coarse_label_names.txt")


def pixels_in(path: Path) -> list[Pixels]:
    """The pictures of a file. Raises DataError."""
    with reading(path, WHAT), open_regular(path) as file:
        size, record = os.fstat(file.fileno()).st_size, _labels_per_record(path) + PLANES
    m, rest = divmod(size, record)
    if rest or not m:
        raise DataError(f"{printable(path)}: has {size:,} bytes, which are not {WHAT}: records of {record} bytes")
    return [Pixels(path, "", (m, SIDE, SIDE, 3), partial(_read, path, m))]


def parts_of(files: Sequence[Path], notes: list[str]) -> list[Part]:
    """The examples of the files, with the names of their classes, if these are beside them. Raises DataError."""
    hundred = {_labels_per_record(path) == COARSE_AND_FINE for path in files}
    if len(hundred) > 1:
        both = listed(path.name for path in files)
        raise DataError(f"{printable(files[0].parent)}: has files of CIFAR-10 and of CIFAR-100: {both}; keep one set")
    batches = {_number(path)[0] for path in files if CIFAR_10.fullmatch(path.name) and _match(path.name)["train"]}
    if gaps := sorted(set(range(1, max(batches, default=0))) - batches) if len(batches) > 1 else []:
        missing = listed(f"data_batch_{number}.bin" for number in gaps)
        notes.append(f"{printable(files[0].parent)}: {missing} {are(len(gaps))} not there")
    parts = []
    for path in sorted(files, key=_number):
        (pixels,) = pixels_in(path)
        values = _labels(path, pixels.shape[0])
        meta = path.parent / (NAMES_100 if hundred == {True} else NAMES_10)
        names = _names(meta)
        labels = labels_as_text(printable(path), values, names, printable(meta.name))
        parts.append(Part("train" if _match(path.name)["train"] else "test", pixels, labels, path))
    return parts


def _match(name: str) -> re.Match[str]:
    match = CIFAR_10.fullmatch(name) or CIFAR_100.fullmatch(name)
    assert match is not None
    return match


def _number(path: Path) -> tuple[int, str]:
    """Batches in the order of their numbers."""
    return int("0" + re.sub(r"\D", "", path.name)), path.name


def _labels_per_record(path: Path) -> int:
    return COARSE_AND_FINE if CIFAR_100.fullmatch(path.name) else 1


def _names(path: Path) -> tuple[str, ...]:
    """The names of the classes, a line each; none without the file. Raises DataError."""
    if not path.exists():
        return ()
    with reading(path, "a list of names"):
        lines = read_regular(path, LONGEST_NAMES).decode("utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def _records(path: Path, m: int) -> Iterator[Array]:
    """The m records (some, bytes), in order. Raises DataError if the file has become another."""
    size, done = _labels_per_record(path) + PLANES, 0
    with reading(path, WHAT), open_regular(path) as file:
        while content := file.read(RECORDS * size):
            records = np.frombuffer(content, np.uint8).reshape(-1, size)  # ValueError if the last is cut off
            done += len(records)
            yield records
        if done != m:
            raise DataError(f"{printable(path)}: has {done} pictures, and had {m} a moment ago")


def _labels(path: Path, m: int) -> Array:
    """The labels, of which CIFAR-100 has two: the second is the finer."""
    return np.concatenate([records[:, _labels_per_record(path) - 1] for records in _records(path, m)])


def _read(path: Path, m: int) -> Array:
    """The pictures, uint8 (m, 32, 32, 3)."""
    pictures, done = np.empty((m, SIDE, SIDE, 3), np.uint8), 0
    for records in _records(path, m):
        planes = records[: m - done, _labels_per_record(path) :].reshape(-1, 3, SIDE, SIDE)
        pictures[done : done + len(planes)] = planes.transpose(0, 2, 3, 1)
        done += len(planes)
    return pictures
