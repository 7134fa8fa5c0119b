"""Files of arrays, of any kind: which there are, their splits, and the pictures in them."""

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from catnet.data.arrays.common import Part, Pixels
from catnet.data.listing import InArray
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.text import counted, printable

SAVED_OTHERWISE = {
    ".npy": "is a single array, and pictures need labels",
    ".mat": "is a file of MATLAB, which is not read",
    ".bin": "is not named as CIFAR's binary version has it (data_batch_1.bin, test_batch.bin)",
    **dict.fromkeys((".pkl", ".pickle", ".pck", ".joblib", ".pt", ".pth"), "is pickled, and could run any program"),
    **dict.fromkeys((".tfrecord", ".tfrecords"), "is a file of TensorFlow, which is not read"),
}
_CIFAR_IN_PYTHON = re.compile(r"data_batch_\d+|test_batch|batches\.meta")
SAVE = "save pictures and labels as arrays: np.savez('data.npz', x_train=x, y_train=y), x uint8 (m, height, width, 3)"
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
    """The array in which a picture is. Raises DataError if there is no such array or picture."""
    found, shown = pixels_in(picture.file), printable(picture.file)
    for pixels in found:
        if pixels.array == picture.array:
            if picture.index >= pixels.shape[0]:
                has = f"has {counted(pixels.shape[0], 'picture')}, from 0 to {pixels.shape[0] - 1}"
                raise DataError(f"{shown}: {has}; there is no {printable(picture)}")
            return pixels
    right = replace(picture, array=found[0].array)
    raise DataError(f"{shown}: a picture in it is named as {printable(right)}, not as {printable(picture)}")


def named(path: Path) -> InArray | None:
    """The picture that a path names as `FILE:INDEX` or `FILE:ARRAY:INDEX`; None if there is no such file of arrays."""
    rest, _, index = str(path).rpartition(":")
    if not (index.isascii() and index.isdigit()) or os.path.lexists(path):
        return None
    for file, array in ((rest, ""), rest.rpartition(":")[::2]):
        if kind_of(os.path.basename(file)) and os.path.isfile(file):
            return InArray(Path(file), int(index), array)
    return None


def has_labels_alone(name: str) -> bool:
    """Whether a file of arrays has labels, whose pictures are in another one."""
    from catnet.data.arrays import idx

    return idx.is_named_so(name) and idx.has_labels(name)


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


def other_arrays(name: str) -> str | None:
    """What a file is that may hold arrays, but in a form that is not read, and what to do; None if it is none."""
    if _CIFAR_IN_PYTHON.fullmatch(name):
        what = "is CIFAR's version for Python, which is pickled, and could run any program"
        return f"{what}; take the binary version, or {SAVE}"
    suffix = ".tfrecord" if ".tfrecord-" in name else os.path.splitext(name)[1].lower()
    return f"{SAVED_OTHERWISE[suffix]}; {SAVE}" if suffix in SAVED_OTHERWISE else None
