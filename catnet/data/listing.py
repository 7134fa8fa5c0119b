"""The examples of a split, labelled, before any picture is decoded."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import numpy as np

from catnet.engine.types import Array
from catnet.text import printable


@dataclass(frozen=True, slots=True)
class InArray:
    """A picture in a file of arrays: its index in the array of that name; "" if the file has only one."""

    file: Path
    index: int
    array: str = ""

    def __str__(self) -> str:
        """`FILE:INDEX`, or `FILE:ARRAY:INDEX`, from 0"""
        return f"{self.file}:{self.array}:{self.index}" if self.array else f"{self.file}:{self.index}"


Picture = str | InArray  # a string is the path of a file: there may be a million, and a Path for each takes long


def in_arrays(pictures: Sequence[Picture] | None) -> TypeGuard[Sequence[InArray]]:
    """Whether pictures, all of one kind, are in files of arrays."""
    return isinstance(next(iter(pictures or ()), None), InArray)


@dataclass(frozen=True)
class Cells:
    """The columns of a table that are inputs, as they were read: `values`, float64 (m, c).

    A value is a number, or, in a column that `texts` has by its name, the index of the text among these; NaN for a
    missing cell.
    """

    values: Array
    texts: Mapping[str, tuple[str, ...]]

    def take(self, keep: Array) -> "Cells":
        """The cells of these rows."""
        return Cells(self.values[keep], self.texts)


@dataclass(frozen=True)
class Listing:
    """The examples of a split, labelled; pictures are not decoded yet.

    `labels` is Y (k, m): zeros and ones, or, in regression, the target (1, m). `paths` are the m pictures, all of them
    files or all of them in arrays; a table has `cells` instead, and `rows` (m, n), the inputs that are made of them.
    """

    names: tuple[str, ...]
    labels: Array
    paths: tuple[Picture, ...] | None = None
    rows: Array | None = None
    cells: Cells | None = None

    def take(self, keep: Array) -> "Listing":
        """The examples at these indices."""
        indices = keep.tolist()  # Python's integers index a tuple faster than NumPy's
        return Listing(
            tuple(self.names[i] for i in indices),
            self.labels[:, keep],
            None if self.paths is None else tuple(self.paths[i] for i in indices),
            None if self.rows is None else self.rows[keep],
            None if self.cells is None else self.cells.take(keep),
        )


def joined(parts: Sequence[Listing], features: Sequence[str]) -> Listing:
    """The examples of several splits of a table, whose cells are of these columns, one after the other."""
    names = tuple(name for part in parts for name in part.names)
    cells = [part.cells for part in parts if part.cells is not None]
    values, texts = np.concatenate([each.values for each in cells]), {}
    for position, feature in enumerate(features):
        if feature in cells[0].texts:
            texts[feature] = tuple(dict.fromkeys(text for each in cells for text in each.texts[feature]))
            place = {text: index for index, text in enumerate(texts[feature])}
            of_parts = (_numbered(each.values[:, position], each.texts[feature], place) for each in cells)
            values[:, position] = np.concatenate(list(of_parts))
    labels = np.concatenate([part.labels for part in parts], axis=1)
    return Listing(names, labels, cells=Cells(values, texts))


def _numbered(values: Array, texts: Sequence[str], place: Mapping[str, int]) -> Array:
    """The values of a column of texts, as indices of the same texts at other places."""
    others = np.array([*(place[text] for text in texts), np.nan])
    return others[np.where(np.isnan(values), len(texts), values).astype(np.intp)]


def start_within(folder: Path) -> str:
    """What the path of each picture that is found in a folder begins with."""
    return "" if folder == Path() else os.path.join(folder, "")


def parts_within(folder: Path, pictures: Iterable[str]) -> Iterator[list[str]]:
    """The parts of each picture's path within a folder: strings, for a Path for each takes long."""
    start = len(start_within(folder))
    return (picture[start:].split(os.sep) for picture in pictures)


def names_within(path: Path, places: Iterable[str]) -> tuple[str, ...]:
    """Each example's file, or `FILE:LINE`, within the data's path: the same name wherever the data is."""
    root = str(path.parent if path.is_file() else path)
    prefix = root + os.sep
    return tuple(
        printable(place.removeprefix(prefix) if place.startswith(prefix) else os.path.relpath(place, root))
        for place in places
    )
