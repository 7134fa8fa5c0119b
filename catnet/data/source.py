"""A split as found: its examples, and what there is to make labels of."""

from dataclasses import dataclass
from pathlib import Path

from catnet.data.csvfile import Table


@dataclass(frozen=True)
class Source:
    """The examples of a split before they are labelled.

    `classes` is the class name of each example, where they lie in class folders; else `table` has the label columns
    (metadata.csv, or the table itself). `places` name the examples in messages. `paths` are the pictures.
    """

    where: Path
    places: tuple[str, ...]
    paths: tuple[Path, ...] | None = None
    classes: tuple[str, ...] | None = None
    table: Table | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table that may be labels."""
        return () if self.table is None else tuple(name for name in self.table.header if name != "file_name")

    def names_of_classes(self) -> tuple[str, ...] | None:
        """Each example's class by name: its folder, or its cell in the column `label`; None where there is neither."""
        if self.classes is None and self.table is not None and "label" in self.table.header:
            return tuple(cell.strip() for cell in self.table.column("label"))
        return self.classes
