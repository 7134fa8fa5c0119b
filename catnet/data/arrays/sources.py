"""Files of arrays as the splits of a path: their examples, labelled by a column `label`."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from catnet.data.arrays.common import Part
from catnet.data.arrays.files import kind_of
from catnet.data.contents import Contents
from catnet.data.csvfile import Table, as_number
from catnet.data.listing import InArray, in_arrays
from catnet.data.omission import Omission
from catnet.data.source import LABEL, Source
from catnet.data.split_names import SPLITS, split_word
from catnet.errors import DataError
from catnet.text import are, counted, listed, printable, short

WHOLE = re.compile(r"\d+")


@dataclass(frozen=True)
class Labels(Table):
    """The labels of pictures in arrays. The lines of the rows are the places of their pictures among `pictures`."""

    pictures: tuple[InArray, ...] = ()
    words: ClassVar[tuple[str, str, str]] = ("picture", "index", "indices")

    @property
    def rows_by_file(self) -> Mapping[str, int]:
        """How many pictures there are in each array."""
        return Counter(str(picture).rpartition(":")[0] for picture in self.pictures)

    def place(self, row: int) -> str:
        """`FILE:INDEX`, or `FILE:ARRAY:INDEX`, of the picture."""
        return str(self.pictures[self.lines[row]])


def read_folder(here: Contents, notes: list[str], learning: bool) -> dict[str, Source]:
    """The splits of the files of arrays in a folder that has no other data."""
    from catnet.data.arrays.cifar import is_list_of_names  # late, because most data is not in arrays

    sources = _read(here.path, here.arrays, notes, learning)
    if loose := len(here.pictures):
        beside = f"{counted(loose, 'picture')} beside the arrays {are(loose)} left out"
        notes.append(Omission(f"{printable(here.path)}: {beside}"))
    odd = [name for name in here.files if "ubyte" in name and not kind_of(name)]  # such as extra-images-idx3-ubyte
    if others := [name for name in dict.fromkeys([*here.tables, *here.unread, *odd]) if not is_list_of_names(name)]:
        left = f"{listed(others)} beside the arrays {are(len(others))} left out"
        notes.append(Omission(f"{printable(here.path)}: {left}"))
    return sources


def read_file(path: Path, notes: list[str], learning: bool) -> dict[str, Source]:
    """The splits in one file of arrays; "all" if it has only one."""
    sources = _read(path, (), notes, learning)
    if learning and "train" not in sources:
        notes.append(
            f"{printable(path)}: is {listed(sources)} data by its name or that of its array, and is learned from"
        )
    if learning:
        with suppress(DataError):  # what cannot be listed can still be read
            notes += _notes_on_files_beside(path, Contents.of(path.parent).arrays, sources)
    return sources if len(sources) > 1 else {"all": next(iter(sources.values()))}


def notes_on_files_left_out(folder: Path, names: Sequence[str]) -> list[str]:
    """A note on files of arrays that are beside the data which is read."""
    if not names:
        return []
    to_learn = f"to learn from {'it' if len(names) == 1 else 'one of them'}, give the file itself"
    return [Omission(f"{printable(folder)}: {listed(names)} {are(len(names))} left out; {to_learn}")]


def _read(path: Path, names: Sequence[str], notes: list[str], learning: bool) -> dict[str, Source]:
    """The examples of the files of these names, in the folder `path`, by split; or of the one file `path`.

    The examples of a split are sorted by their labels, as those in class folders are: so the same pictures are learned
    in the same order. Raises DataError if they cannot be read, or, for learning, if none are for training.
    """
    files = [path / name for name in names] or [path]
    kinds = {kind.what: kind for file in files if (kind := kind_of(file.name))}
    if len(kinds) > 1:
        several = f"{listed(names)} are files of several kinds ({listed(kinds)})"
        raise DataError(f"{printable(path)}: {several}; keep one kind, or give one file")
    (kind,) = kinds.values()
    of_split: dict[str, list[Part]] = {}
    for part in kind.parts_of(files, notes):
        of_split.setdefault(part.split, []).append(part)
    for split, parts in of_split.items():
        if len(parts) > 1 and not kind.in_parts:
            both = listed(part.pixels.file.name for part in parts)
            raise DataError(f"{printable(path)}: {both} both have {split} data; keep one, or give one file")
    if learning and "train" not in of_split and (names or len(of_split) > 1):
        has, wanted = listed(of_split), kind.training
        raise DataError(f"{printable(path)}: has {has} data but no training data to learn from; wanted is {wanted}")
    return {split: _source(path, of_split[split]) for split in SPLITS if split in of_split}


def _source(path: Path, parts: Sequence[Part]) -> Source:
    """The examples of a split. Raises DataError if the pictures of its files differ in size."""
    sizes = {part.pixels.shape[1:]: part.pixels.file.name for part in parts}
    if len(sizes) > 1:
        raise DataError(f"{printable(path)}: the pictures of {listed(sizes.values())} differ in size")
    labels = [label for part in parts for label in part.labels]
    pictures = tuple(
        picture
        for part in parts
        for picture in map(partial(InArray, part.pixels.file, array=part.pixels.array), range(part.pixels.shape[0]))
    )
    order = sorted(range(len(labels)), key=labels.__getitem__)
    labels_in = parts[0].labels_in if len(parts) == 1 else path
    rows = tuple((labels[at],) for at in order)
    table = Labels(labels_in, (LABEL,), rows, tuple(order), pictures=pictures)
    return Source(path, tuple(pictures[at] for at in order), table=table)


def _notes_on_files_beside(path: Path, names: Sequence[str], sources: Mapping[str, Source]) -> list[str]:
    """A note on the files of these names beside the one file that is read which may have its other splits."""
    kind, used = kind_of(path.name), {path}
    for source in sources.values():
        used |= {picture.file for picture in source.pictures or () if isinstance(picture, InArray)}
        used |= {source.table.path} if source.table else set()
    same = [name for name in names if kind_of(name) is kind and path.parent / name not in used]
    others = [name for name in same if kind and (kind.split_by_name or split_word(name.split(".")[0]))]
    if not others or (len(sources) > 1 and kind and not kind.split_by_name):  # which has its own splits
        return []
    give = f"to use {'it' if len(others) == 1 else 'them'}, give {printable(path.parent)}"
    return [Omission(f"{printable(path)}: {listed(others)} beside it {are(len(others))} not used; {give}")]


def demand_classes(source: Source) -> None:
    """Raises DataError if the labels of pictures in arrays are numbers that number no classes."""
    if source.table is None or not in_arrays(source.pictures):
        return
    for label in sorted(set(source.table.column(LABEL))):
        if as_number(label) is not None and not WHOLE.fullmatch(label):
            row = source.table.column(LABEL).index(label)
            kind = "is below 0" if re.fullmatch(r"-\d+", label) else "is not whole"
            fix = "number the classes from 0; to learn the number itself, set goal: regression and data.target: label"
            raise DataError(f"{printable(source.pictures[row])}: its label {short(label)} {kind}; {fix}")
