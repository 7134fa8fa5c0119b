"""The examples of a split, labelled, before any picture is decoded."""

from dataclasses import dataclass
from pathlib import Path

from catnet.engine.types import Array


@dataclass(frozen=True, slots=True)
class InArray:
    """A picture in a file of arrays: its index in the array of that name; "" if the file has only one."""

    file: Path
    index: int
    array: str = ""

    def __str__(self) -> str:
        """`FILE:INDEX`, or `FILE:ARRAY:INDEX`, from 0"""
        return f"{self.file}:{self.array}:{self.index}" if self.array else f"{self.file}:{self.index}"


Picture = Path | InArray


@dataclass(frozen=True)
class Listing:
    """The examples of a split, labelled; pictures are not decoded yet.

    `labels` is Y (k, m): zeros and ones, or, in regression, the target (1, m). `paths` are the m pictures, all of them
    files or all of them in arrays; a table has `rows` (m, n) instead.
    """

    names: tuple[str, ...]
    labels: Array
    paths: tuple[Picture, ...] | None = None
    rows: Array | None = None

    def take(self, keep: Array) -> "Listing":
        """The examples at these indices."""
        return Listing(
            tuple(self.names[i] for i in keep),
            self.labels[:, keep],
            None if self.paths is None else tuple(self.paths[i] for i in keep),
            None if self.rows is None else self.rows[keep],
        )
