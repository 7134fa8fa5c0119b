"""Data that was read: a Catalog of examples and labels, then a Dataset with the rows; and what has changed since."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from catnet.engine.types import Array
from catnet.question import Question


@dataclass(frozen=True)
class Skipped:
    """A bad example that was left out, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Listing:
    """The examples of a split, labelled; pictures are not decoded yet.

    `labels` is Y (k, m): zeros and ones, or, in regression, the target (1, m). `paths` are the m pictures; a table
    has `rows` (m, n) instead.
    """

    names: tuple[str, ...]
    labels: Array
    paths: tuple[Path, ...] | None = None
    rows: Array | None = None

    def take(self, keep: Array) -> "Listing":
        """The examples at these indices."""
        return Listing(
            tuple(self.names[i] for i in keep),
            self.labels[:, keep],
            None if self.paths is None else tuple(self.paths[i] for i in keep),
            None if self.rows is None else self.rows[keep],
        )


@dataclass(frozen=True)
class Catalog:
    """All splits, by name in the order train, validation, test; or only "all". `question` says what Y means.

    `notes` are what the user should know.
    """

    splits: dict[str, Listing]
    question: Question
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Split:
    """m examples: rows (m, n) of uint8 (pictures, flattened by row, column, channel) or float64; labels Y (k, m).

    The rows of pictures may be a memory map, larger than the memory. `digest` is their `rows_digest`, if it is known.
    """

    rows: Array
    labels: Array
    names: tuple[str, ...]
    digest: str | None = None


@dataclass(frozen=True)
class Dataset:
    """A catalog with the rows of every split. `image_size` is (height, width), None for a table."""

    splits: dict[str, Split]
    question: Question
    image_size: tuple[int, int] | None = None
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()

    @cached_property
    def fingerprints(self) -> dict[str, str]:
        """The fingerprint of each split."""
        return {name: fingerprint(split) for name, split in self.splits.items()}

    def changes_since(self, fingerprints: Mapping[str, str]) -> list[str]:
        """The splits that have changed since they had these fingerprints, or are new, or are gone; none if no
        fingerprints are known.
        """
        now = self.fingerprints if fingerprints else {}
        return [name for name in {**now, **fingerprints} if now.get(name) != fingerprints.get(name)]


def fingerprint(split: Split) -> str:
    """SHA-256 of the rows, the labels and the names."""
    rows = split.digest or rows_digest(split.rows)
    sha = hashlib.sha256(f"{split.rows.dtype} {split.rows.shape} {rows}\n".encode())
    sha.update(f"{split.labels.dtype} {split.labels.shape}\n".encode())
    sha.update(np.ascontiguousarray(split.labels).data)
    sha.update("\0".join(split.names).encode("utf-8", "surrogateescape"))
    return sha.hexdigest()


def rows_digest(rows: Array) -> str:
    """SHA-256 of the SHA-256 of each row: it can be computed picture by picture, while they are decoded."""
    sha = hashlib.sha256()
    for row in rows:
        sha.update(hashlib.sha256(np.ascontiguousarray(row).data).digest())
    return sha.hexdigest()
