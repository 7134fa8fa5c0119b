"""Data that was read: a Catalog of examples and labels, then a Dataset with the rows; and what has changed since."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from catnet.data.listing import Listing, Picture
from catnet.data.mapped import Mapped
from catnet.data.reading import Reading, reading
from catnet.data.splits import Draw
from catnet.engine.colors import RGB
from catnet.engine.randomness import SPLIT, generator
from catnet.engine.types import Array
from catnet.question import Question

DIGEST_BYTES = 32
SHORT_DIGEST = 16  # hexadecimal digits in examples.csv: enough to tell millions of examples apart
OVERLAP_NAMES = 20  # pairs that summary.json names
DISTINCT = 0.5  # of the rows of a table: if fewer are different, those that are equal may be so by chance


@dataclass(frozen=True)
class Skipped:
    """A bad example that was left out, and why: the reason in full, and its kind, which others may share."""

    name: str
    reason: str
    kind: str


@dataclass(frozen=True)
class Catalog:
    """All splits, by name in the order train, validation, test; or only "all". `question` says what Y means.

    `notes` are what the user should know. `draw` says how splits were drawn that the data does not have of its own.
    `duplicates` is what to do about equal pictures with different labels: fail, allow or merge. `learns` says whether
    what the columns of a table are as inputs is learned from its training data; if not, a model has learned it.
    """

    splits: dict[str, Listing]
    question: Question
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    draw: Draw | None = None
    duplicates: str = "allow"
    learns: bool = False


@dataclass(frozen=True)
class Split:
    """m examples: rows (m, n) of uint8 (pictures, flattened by row, column, channel) or float64; labels Y (k, m).

    The rows of pictures may be a memory map of a file, which is `mapped`, larger than the memory. `known_digests` are
    their `digests`, if they are known. `seen` names, by the index of an example that is also in the training data, the
    equal one there. `by_chance` says whether equal rows of the data are so by chance (`are_equal_by_chance`).
    `pictures` are where the rows were decoded from.
    """

    rows: Array
    labels: Array
    names: tuple[str, ...]
    known_digests: bytes | None = None
    seen: Mapping[int, str] = field(default_factory=dict)
    mapped: Mapped | None = None
    by_chance: bool = False
    pictures: tuple[Picture, ...] | None = None

    @cached_property
    def digests(self) -> bytes:
        """The SHA-256 of each row, 32 bytes each: equal for equal rows."""
        return digests_of(self.rows) if self.known_digests is None else self.known_digests

    @cached_property
    def without_seen(self) -> "Split":
        """The split without the examples that are also in the training data; all of it if there would be none left."""
        if not self.seen or len(self.seen) == len(self.names):
            return self
        keep = np.delete(np.arange(len(self.names)), list(self.seen))
        names = tuple(self.names[i] for i in keep)
        return Split(self.rows[keep], self.labels[:, keep], names, by_chance=self.by_chance)

    def digest(self, index: int) -> bytes:
        """The SHA-256 of a row."""
        return self.digests[index * DIGEST_BYTES : (index + 1) * DIGEST_BYTES]


@dataclass(frozen=True)
class Dataset:
    """A catalog with the rows of every split. `image_size` is (height, width) of its pictures, None for a table;
    `colors` what a pixel has.
    """

    splits: dict[str, Split]
    question: Question
    image_size: tuple[int, int] | None = None
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    colors: str = RGB
    filled: Mapping[str, int] = field(default_factory=dict)

    @property
    def read(self) -> Reading:
        """What was read. Of the notes it has those on what was left out."""
        labels = {name: split.labels for name, split in self.splits.items()}
        skipped = dict(Counter(bad.kind for bad in self.skipped).most_common())
        facts = {"size": self.image_size, "colors": self.colors, "filled": dict(self.filled), "skipped": skipped}
        return reading(self.question, labels, self.notes, **facts)

    def verify(self) -> None:
        """Raises DataError if a file that rows are a memory map of is no longer what it was."""
        for split in self.splits.values():
            if split.mapped is not None:
                split.mapped.verify()

    @property
    def m(self) -> int:
        """How many examples all splits have."""
        return sum(len(split.names) for split in self.splits.values())

    @property
    def by_chance(self) -> bool:
        """Whether rows that are equal are so by chance: of all splits or of none."""
        return any(split.by_chance for split in self.splits.values())

    @property
    def overlap(self) -> dict[str, dict[str, Any]]:
        """For each split with examples of the training data how many these are, and the names of some with their twins.

        Plain values, for summary.json.
        """
        return {
            name: {
                "examples": len(split.seen),
                "names": [[split.names[i], twin] for i, twin in list(split.seen.items())[:OVERLAP_NAMES]],
            }
            for name, split in self.splits.items()
            if split.seen
        }

    def examples(self) -> Iterator[tuple[str, str, str]]:
        """Each example's split, name and short digest, for examples.csv."""
        for name, split in self.splits.items():
            digests = self.short_digests(name)
            yield from ((name, example, digest) for example, digest in zip(split.names, digests, strict=True))

    def short_digests(self, name: str) -> Iterator[str]:
        """By these the examples of a split are recognised: a picture by its pixels, a row by its inputs and labels."""
        split = self.splits[name]
        if self.image_size is not None:
            digits = split.digests.hex()
            return (digits[start : start + SHORT_DIGEST] for start in range(0, len(digits), 2 * DIGEST_BYTES))
        labelled = (split.digest(index) + labels.tobytes() for index, labels in enumerate(split.labels.T))
        return (hashlib.sha256(each).hexdigest()[:SHORT_DIGEST] for each in labelled)

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
    rows = hashlib.sha256(split.digests).hexdigest()
    sha = hashlib.sha256(f"{split.rows.dtype} {split.rows.shape} {rows}\n".encode())
    sha.update(f"{split.labels.dtype} {split.labels.shape}\n".encode())
    sha.update(np.ascontiguousarray(split.labels).data)
    sha.update("\0".join(split.names).encode("utf-8", "surrogateescape"))
    return sha.hexdigest()


def digests_of(rows: Array) -> bytes:
    """The SHA-256 of each row; of pictures they are computed while they are decoded."""
    return b"".join(hashlib.sha256(np.ascontiguousarray(row).data).digest() for row in rows)


def are_equal_by_chance(rows: Array) -> bool:
    """Whether rows (m, n) of a table, its cells, are equal because its columns have few values: fewer than half differ,
    and would also if each column were shuffled on its own, which parts copies.

    They are no copies then, and a split or folds that kept equal ones together would be none.
    """
    return few_differ(rows) and few_differ(generator(0, SPLIT).permuted(rows, axis=0))


def few_differ(rows: Array) -> bool:
    """Whether so few of the rows (m, n) differ that they may be equal by chance."""
    digests = digests_of(rows)
    different = {digests[start : start + DIGEST_BYTES] for start in range(0, len(digests), DIGEST_BYTES)}
    return is_few(len(different), len(rows))


def is_few(different: int, rows: int) -> bool:
    """Whether fewer than half of the rows differ."""
    return different < DISTINCT * rows
