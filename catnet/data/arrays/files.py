"""Files of arrays, of any kind: which there are, their splits, and the pictures in them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from catnet.data.arrays.common import Part, Pixels
from catnet.data.listing import InArray
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.text import printable

_MAY_BE_ONE = re.compile(r"\.(h5|hdf5|npz|bin)$|ubyte", re.IGNORECASE)


@dataclass(frozen=True)
class Kind:
    """A kind of file: by which names it is known, its pictures, and the examples of several such files.

    `training` is what has the training data. If `split_by_name`, its name says in which split a file is.
    """

    what: str
    training: str
    is_named_so: Callable[[str], bool]
    pixels_in: Callable[[Path], list[Pixels]]
    parts_of: Callable[[Sequence[Path], list[str]], list[Part]]
    split_by_name: bool = True
    in_parts: bool = False  # whether several files may be one split


@cache
def kinds() -> tuple[Kind, ...]:
    """All kinds."""
    from catnet.data.arrays import cifar, hdf5, idx, npz  # late, because most data is not in arrays

    return (
        Kind("HDF5", "train_set_x", hdf5.is_named_so, hdf5.pixels_in, hdf5.parts_of, split_by_name=False),
        Kind(".npz", "x_train", npz.is_named_so, npz.pixels_in, npz.parts_of, split_by_name=False),
        Kind("idx", "train-images-idx3-ubyte", idx.is_named_so, idx.pixels_in, idx.parts_of),
        Kind(
            "CIFAR", "data_batch_1.bin or train.bin", cifar.is_named_so, cifar.pixels_in, cifar.parts_of, in_parts=True
        ),
    )


def kind_of(name: str) -> Kind | None:
    """The kind of a file by its name; None if it is none of arrays."""
    if not _MAY_BE_ONE.search(name):
        return None
    return next((kind for kind in kinds() if kind.is_named_so(name)), None)


def pixels_in(path: Path) -> list[Pixels]:
    """The pictures in a file of arrays, whether they have labels or not. Raises DataError."""
    kind = kind_of(path.name)
    assert kind is not None
    return kind.pixels_in(path)


def pixels_of(picture: InArray) -> Pixels:
    """The array in which a picture is. Raises DataError."""
    for pixels in pixels_in(picture.file):
        if pixels.array == picture.array:
            return pixels
    raise DataError(f"{printable(picture.file)}: has no array {printable(picture.array)} any more")


class Arrays:
    """The content of the arrays in which pictures are, each read once. Raises DataError."""

    def __init__(self, pictures: Sequence[InArray]) -> None:
        firsts = {(picture.file, picture.array): picture for picture in reversed(pictures)}
        self._content = {key: pixels_of(picture).read() for key, picture in firsts.items()}

    def take(self, pictures: Sequence[InArray]) -> Array:
        """These pictures, uint8 (m, height, width, channels). Raises DataError if one is no longer there."""
        try:
            return np.stack([self._content[picture.file, picture.array][picture.index] for picture in pictures])
        except (IndexError, ValueError) as error:
            raise DataError(f"{printable(pictures[0].file)}: was changed while it was read") from error
