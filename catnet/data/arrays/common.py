"""What all files of arrays have in common: their pictures and labels, checked before memory is taken for them."""

import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import isqrt, prod
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from catnet.engine.types import Array
from catnet.errors import CatnetError, DataError
from catnet.text import counted, first_names, listed, printable

PIECE_BYTES = 1 << 20  # that are read at once
MOST_DEFLATED = 1032  # a stream that is deflated cannot unpack to so many times its bytes
LITTLE = 64 << 10  # bytes that a small file may unpack to in any case
# An example takes some 500 bytes besides its pixels: fewer than these, unless it is smaller than any real one.
SMALL_BYTES, MOST_SMALL = 768, 100_000
LONGEST_TEXT = 4096  # bytes of a label
SHAPES = "(m, height, width, 3), or (m, height, width) for grey"

Shape = tuple[int, int, int, int]  # m pictures, their height, width and channels: 1 or 3


@dataclass(frozen=True)
class Pixels:
    """The pictures of an array, as the file declares them. `read` gives them as uint8 of the shape, all at once."""

    file: Path
    array: str
    shape: Shape
    read: Callable[[], Array]


@dataclass(frozen=True)
class Part:
    """The examples of a split in a file: the pictures, not read yet, and the label of each as text."""

    split: str
    pixels: Pixels
    labels: tuple[str, ...]
    labels_in: Path


class Readable(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


@contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Raises DataError for whatever is raised by a library that reads the file, which is or holds `what`."""
    try:
        yield
    except (CatnetError, MemoryError):
        raise
    except Exception as error:  # damage makes readers raise almost anything
        if isinstance(error, OSError) and error.strerror:
            raise DataError(f"{printable(path)}: cannot be read: {error.strerror}") from error
        reason = printable(error) or type(error).__name__
        raise DataError(f"{printable(path)}: is damaged, or not {what}: {reason}") from error


def demand_shape(where: str, dtype: Any, shape: Sequence[int]) -> Shape:
    """The shape of pictures, with the channels. Raises DataError for others than uint8, another shape, or too many."""
    if dtype != np.uint8:
        kind = np.dtype(dtype).kind
        fix = {
            "f": "if they are from 0 to 1, multiply by 255, and save them as uint8",
            "O": "save them as one array of uint8",
        }.get(kind, "save them as uint8")
        raise DataError(f"{where}: has {printable(dtype)} numbers; pictures are uint8, from 0 to 255: {fix}")
    match [*shape]:
        case [m, height, width, (1 | 3) as channels]:
            found = (m, height, width, channels)
        case [m, height, width]:
            found = (m, height, width, 1)
        case _:
            raise DataError(f"{where}: has the shape {_text(shape)}; pictures are {SHAPES}{_fix_of_shape(shape)}")
    if min(found) < 1:
        raise DataError(f"{where}: has the shape {_text(shape)}, which is no picture")
    if found[0] > MOST_SMALL and prod(found[1:]) < SMALL_BYTES:
        most = f"at most {MOST_SMALL:,} pictures of fewer than {SMALL_BYTES} bytes each are read"
        raise DataError(f"{where}: has the shape {_text(shape)}; {most}")
    return found


def _text(shape: Sequence[int]) -> str:
    return printable(tuple(map(int, shape)))


def _fix_of_shape(shape: Sequence[int]) -> str:
    if len(shape) == 4 and shape[1] in (1, 3):
        return "; move the channels to the end: x.transpose(0, 2, 3, 1)"
    if len(shape) == 4 and shape[3] == 4:
        return "; leave out the fourth channel, or save them as PNG files"
    if len(shape) == 2:
        ways = []
        for channels, wanted in ((1, "height, width"), (3, "height, width, 3")):
            side = isqrt(shape[1] // channels)
            if shape[1] and channels * side**2 == shape[1]:
                ways.append(f"x.reshape(m, {wanted.replace('height, width', f'{side}, {side}')})")
        return f"; reshape them: {' or '.join(ways) or 'x.reshape(m, height, width) or x.reshape(m, height, width, 3)'}"
    return ""


def demand_content(where: str, declared: int, stored: int, deflated: bool) -> None:
    """Raises DataError if the `declared` bytes cannot be in so many `stored` ones."""
    most = max(LITTLE, MOST_DEFLATED * stored) if deflated else stored
    if declared > most:
        raise DataError(f"{where}: says that it holds {declared:,} bytes, but has only {stored:,}; is it cut off?")


def filled(where: str, file: Readable, shape: Sequence[int], dtype: Any = np.uint8, order: Any = "C") -> Array:
    """The array of the bytes of a file from here to its end. Raises DataError if they are more or fewer."""
    content = np.empty(prod(shape) * np.dtype(dtype).itemsize, np.uint8)  # which takes memory only as it is filled
    done = 0
    while piece := file.read(PIECE_BYTES):
        if done + len(piece) > len(content):
            raise DataError(f"{where}: has more bytes than the {len(content):,} that it says")
        content[done : done + len(piece)] = np.frombuffer(piece, np.uint8)
        done += len(piece)
    if done < len(content):
        raise DataError(f"{where}: says that it holds {len(content):,} bytes, but has only {done:,}; is it cut off?")
    return content.view(dtype).reshape(shape, order=order)


def inflated(where: str, content: bytes, size: int) -> bytes:
    """So many bytes from a deflated stream. Raises DataError if they are more or fewer."""
    stream = zlib.decompressobj()
    found = stream.decompress(content, size + 1)
    if len(found) != size:
        raise DataError(f"{where}: a part of it unpacks to another size than it says")
    return found


def demand_labels(where: str, dtype: Any, shape: Sequence[int], m: int) -> None:
    """Raises DataError if an array cannot hold the labels of m pictures."""
    dtype = np.dtype(dtype)
    if dtype.kind not in "iubfUS" or (dtype.kind in "US" and dtype.itemsize > LONGEST_TEXT):
        raise DataError(f"{where}: has {printable(dtype)}; labels are whole numbers, or the names of the classes")
    if len(shape) == 2 and m > 1 and shape[0] == m and shape[1] > 1:
        raise DataError(
            f"{where}: has the shape {_text(shape)}; a label is one number per picture, (m,): if the rows are one-hot, "
            "write y.argmax(axis=1)"
        )
    if prod(shape) != max(shape, default=1):
        raise DataError(f"{where}: has the shape {_text(shape)}; labels have the shape (m,)")
    if prod(shape) != m:
        raise DataError(f"{where}: has {counted(prod(shape), 'label')} for {counted(m, 'picture')}")


def labels_as_text(where: str, values: Array, names: Sequence[str] = (), names_in: str = "") -> tuple[str, ...]:
    """The label of each picture: the name that it numbers in `names`, if there are any, its number, or its text.

    A label that is not a number (NaN) is empty, a missing one. Raises DataError if a number has no name.
    """
    values = values.ravel()
    if values.dtype.kind == "S":
        return tuple(text.decode("utf-8", "replace").strip() for text in values.tolist())
    if values.dtype.kind == "U":
        return tuple(text.strip() for text in values.tolist())
    there = ~np.isnan(values) if values.dtype.kind == "f" else np.full(len(values), True)
    finite = values[there]
    whole = bool(np.isfinite(finite).all() and (finite == np.trunc(finite)).all())
    numbers = [int(value) if whole and known else value for value, known in zip(values.tolist(), there, strict=True)]
    if not names:
        return tuple(str(number) if known else "" for number, known in zip(numbers, there, strict=True))
    for index, number in enumerate(numbers):
        if there[index] and not (whole and 0 <= number < len(names)):
            has = f"{names_in} has {counted(len(names), 'name')}: {first_names(names)}"
            raise DataError(f"{where}: the label at index {index} is {number}, but {has}")
    return tuple(names[number] if known else "" for number, known in zip(numbers, there, strict=True))


def demand_names(where: str, dtype: Any, shape: Sequence[int]) -> None:
    """Raises DataError if an array cannot hold the names of classes."""
    dtype = np.dtype(dtype)
    if dtype.kind not in "US" or dtype.itemsize > LONGEST_TEXT or len(shape) != 1 or not shape[0]:
        raise DataError(f"{where}: is no list of names of classes; write np.array(['cat', 'dog'])")


def names_as_text(where: str, values: Array) -> tuple[str, ...]:
    """The names of classes. Raises DataError if one is empty, or there twice."""
    names = labels_as_text(where, values)
    if wrong := sorted(name for name, count in Counter(names).items() if not name or count > 1):
        raise DataError(f"{where}: names must differ and not be empty: {listed(name or 'empty' for name in wrong)}")
    return names
