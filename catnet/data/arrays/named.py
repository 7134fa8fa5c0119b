"""Files that hold several arrays, each with a name: which of them are the pictures and the labels of a split."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from catnet.data.arrays.common import Part, Pixels, labels_as_text, names_as_text
from catnet.data.omission import Omission
from catnet.data.split_names import split_of
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.text import are, first_names, printable


@dataclass(frozen=True)
class Names:
    """What the arrays of a kind of file are called: that of the names of classes, and, by the array of the pictures of
    a split, the split and the array of its labels.
    """

    classes: str
    of_split: Callable[[str], tuple[str, str]]


def place(path: Path, name: str) -> str:
    """An array of a file, as a message names it."""
    return f"{printable(path)}: {printable(name)}"


def parts_in(
    path: Path, pictures: Sequence[Pixels], there: Sequence[str], names: Names, values: Callable[..., Array]
) -> tuple[list[Part], list[str]]:
    """The examples of a file, and a note on the arrays that are not read, if there are any.

    `there` are the names of all its arrays; `values(name)` gives the content of one, `values(name, m)` that of m
    labels. Raises DataError if pictures have no labels.
    """
    classes: tuple[str, ...] = ()
    if names.classes in there:
        classes = names_as_text(place(path, names.classes), values(names.classes))
    parts, used = [], {names.classes}
    for pixels in pictures:
        split, key = names.of_split(pixels.array)
        if key not in there:
            has = f"has {pixels.array} but no {key}; there are {first_names(there)}"
            raise DataError(f"{printable(path)}: {has}")
        labels = labels_as_text(place(path, key), values(key, pixels.shape[0]), classes, names.classes)
        parts.append(Part(split_of(split) or split, pixels, labels, path))
        used |= {pixels.array, key}
    unused = [name for name in there if name not in used]
    notes = [Omission(f"{printable(path)}: {first_names(unused)} {are(len(unused))} not used")] if unused else []
    return parts, [*notes]
