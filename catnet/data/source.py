"""A split as found: its examples, and what there is to make labels of."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from catnet.data.cells import is_missing
from catnet.data.csvfile import Table, as_number
from catnet.data.listing import Picture, in_arrays
from catnet.text import counted

LABEL = "label"  # the column of class names, unless data.target names it


@dataclass(frozen=True)
class Source:
    """The examples of a split before they are labelled: pictures, or the rows of a table.

    `path` is the folder, the table or the file of arrays. `pictures` are files, or in arrays; None for a table.
    `classes` are the names of the pictures' class folders; if there are none, `table` has the label columns: those of
    metadata.csv, the labels of arrays, or the table itself.
    """

    path: Path
    pictures: tuple[Picture, ...] | None = None
    classes: tuple[str, ...] | None = None
    table: Table | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """The paths of the pictures, all of which are files of their own."""
        return tuple(picture for picture in self.pictures or () if isinstance(picture, str))

    @property
    def places(self) -> Sequence[Picture]:
        """Where each example is: its file, `FILE:INDEX` in an array, or `FILE:LINE`."""
        if self.pictures is None and self.table is not None:
            return [self.table.place(row) for row in range(len(self.table.rows))]
        return self.pictures or ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that may be labels."""
        return () if self.table is None else self.table.columns

    def names_of_classes(self, column: str = LABEL, numbered: Sequence[str] | None = None) -> tuple[str, ...] | None:
        """Each example's class by name: its folder, or its cell in a column; None if there is neither.

        A name that is a whole number is the one at that place of `numbered`, if that is given and has so many.
        """
        names = self.classes
        if names is None and self.table is not None and column in self.table.header:
            names = tuple(cell.strip() for cell in self.table.column(column))
        return names if names is None or not numbered else with_names(names, numbered)

    def is_class(self, name: str, known: Sequence[str]) -> bool:
        """Whether an example's name is that of a class: not empty, and no word for a missing value (NaN, null, ?) in a
        table, unless it is a known class. Arrays have no such words.
        """
        without_words = in_arrays(self.pictures) or self.classes is not None
        return bool(name) and (without_words or name in known or not is_missing(name))


def with_names(labels: Sequence[str], numbered: Sequence[str]) -> tuple[str, ...]:
    """The labels, with the name at place i in place of each that is the whole number i."""
    places = {label: as_number(label) for label in set(labels)}
    names = {
        label: numbered[int(place)]
        for label, place in places.items()
        if place is not None and place.is_integer() and 0 <= place < len(numbered)
    }
    return tuple(names.get(label, label) for label in labels)


def nameless_because(label: str, numbered: Sequence[str]) -> str:
    """What a label is for which `with_names` has found no name."""
    place = as_number(label)
    if place is None or not place.is_integer():
        return "no whole number and no name in data.class_names"
    return f"beyond data.class_names, which has {counted(len(numbered), 'name')}, for 0 to {len(numbered) - 1}"
