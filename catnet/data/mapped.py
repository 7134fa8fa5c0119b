"""Rows that are a memory map of a file, and whether that file is still what it was."""

from dataclasses import dataclass
from pathlib import Path

from catnet.errors import DataError
from catnet.text import printable

PIECE_BYTES = 16 << 20  # that are hashed between two looks at signals such as Ctrl-C


@dataclass(frozen=True)
class Mapped:
    """The mapped content of a file, and its hash. Another program, or the disk, may change it while it is in use."""

    path: Path
    content: memoryview
    hash: str

    def verify(self) -> None:
        """Raises DataError if the content is no longer what it was."""
        if hash_of(self.content) != self.hash:
            raise DataError(
                f"{printable(self.path)}: these decoded pictures were changed while they were in use, "
                "by another program or by the disk"
            )


def hash_of(content: memoryview) -> str:
    """XXH3 of 128 bits: it sees the order of what it hashes, and is faster than a disk."""
    from xxhash import xxh3_128  # late, because tables do not need it

    found = xxh3_128()
    for start in range(0, len(content), PIECE_BYTES):
        found.update(content[start : start + PIECE_BYTES])
    return found.hexdigest()
