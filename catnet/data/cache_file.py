"""The format of a file of the cache. It is used as a memory map, written once, and never changed.

    a header of a page: HEADER
    the rows (m, n), uint8
    the SHA-256 of each row (32 bytes each)
    facts about them, as JSON, with the XXH3 (128 bits) of all that is before the facts
    the SHA-256 of the facts (32 bytes), and their length (8 bytes, little-endian)

The facts come last because some are known only when everything is decoded; a file that is cut off has none. A file is
read as if a stranger had written it.
"""

import hashlib
import json
import mmap
import os
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from xxhash import xxh3_128

from catnet.data.dataset import DIGEST_BYTES
from catnet.data.mapped import Mapped, hash_of
from catnet.data.pixels import DECODING_REVISION
from catnet.data.worker import Fault
from catnet.engine.types import Array
from catnet.files import open_regular

# What a file must say of itself to be used. The format changes with the layout of the file and with its facts.
VERSION = {"format": 6, "decoding revision": DECODING_REVISION}
PAGE_BYTES = 4096
MAGIC = b"catnet: decoded pictures\n"
HEADER = MAGIC.ljust(PAGE_BYTES, b"\0")
FOOTER_BYTES = 32 + 8
FACTS_BYTES = 4 << 20  # enough to name 50,000 bad pictures
EARLIER_FACTS_BYTES = 256 << 20  # the formats 1 to 4 had the SHA-256 of each row in the facts too


@dataclass(frozen=True)
class Facts:
    """`name` and `state` are those of cache.py, `folder` has all the pictures, `pictures` counts the good ones."""

    name: str
    state: str
    folder: str
    image_size: tuple[int, int]
    channels: int
    pictures: int
    faults: list[Fault]

    @property
    def row_bytes(self) -> int:
        """The bytes of a picture."""
        height, width = self.image_size
        return height * width * self.channels


class Writer:
    """Writes a file from its start, which says at once that it is catnet's. Raises OSError."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._hash = file, xxh3_128()
        self.write(HEADER)
        file.flush()

    def write(self, content: bytes) -> None:
        """Writes the next bytes of the rows."""
        self._file.write(content)
        self._hash.update(content)

    def rows(self, m: int, n: int, digests: bytes) -> tuple[Array, Mapped]:
        """Writes the digests after the rows; returns the rows (m, n), read-only, not copied."""
        self.write(digests)
        self._file.flush()
        return view(self._file, Path(self._file.name), m, n, self._hash.hexdigest())

    def finish(self, facts: Facts) -> bool:
        """Writes the facts, and makes the file read-only; False, and nothing is done, if they are too long."""
        text = json.dumps({**VERSION, **asdict(facts), "hash": self._hash.hexdigest()}).encode()
        if len(text) > FACTS_BYTES:
            return False
        self._file.write(text + hashlib.sha256(text).digest() + len(text).to_bytes(8, "little"))
        self._file.flush()
        os.chmod(self._file.name, stat.S_IRUSR)
        return True


def read(path: Path, is_expected: Callable[[Facts], bool]) -> tuple[Array, Mapped, bytes, list[Fault]] | None:
    """The rows (m, n), their file, the digests and the bad pictures.

    None if there is no file, if it is damaged, or if its facts are not as expected.
    """
    try:
        with open_regular(path, follow_links=False) as file:
            found = facts_of(file)
            if found is None or not is_expected(found[0]):
                return None
            facts, expected = found
            rows, mapped = view(file, path, facts.pictures, facts.row_bytes, expected)
    except (OSError, ValueError):  # a file that was cut off meanwhile cannot be mapped
        return None
    if hash_of(mapped.content) != expected:
        return None
    return rows, mapped, bytes(mapped.content[PAGE_BYTES + rows.size :]), facts.faults


def view(file: IO[bytes], path: Path, m: int, n: int, expected: str) -> tuple[Array, Mapped]:
    """The rows (m, n) in an open file, read-only, not copied; and the file with the hash that it should have."""
    length = PAGE_BYTES + m * n + m * DIGEST_BYTES
    content = memoryview(mmap.mmap(file.fileno(), length, access=mmap.ACCESS_READ))
    rows = np.frombuffer(content, np.uint8, m * n, offset=PAGE_BYTES).reshape(m, n)
    return rows, Mapped(path, content, expected)


def is_catnets(file: IO[bytes]) -> bool:
    """Whether catnet made the file, in this or an earlier format, though it may be damaged: by its start or its end."""
    return part(file, 0, len(MAGIC)) == MAGIC or footer(file, EARLIER_FACTS_BYTES) is not None


def facts_of(file: IO[bytes]) -> tuple[Facts, str] | None:
    """The facts, and the hash of all before them; None if they are damaged or of another version. Raises OSError."""
    text = footer(file, FACTS_BYTES)
    try:
        found = None if text is None else validated(json.loads(text))
    except (ValueError, RecursionError):
        return None
    if text is None or found is None:
        return None
    facts, length = found[0], os.fstat(file.fileno()).st_size - FOOTER_BYTES - len(text)
    return found if length == PAGE_BYTES + facts.pictures * (facts.row_bytes + DIGEST_BYTES) else None


def footer(file: IO[bytes], most: int) -> bytes | None:
    """The text of the facts; None if its hash is another, or if it is longer than so many bytes."""
    end = os.fstat(file.fileno()).st_size - FOOTER_BYTES
    if end < 0:
        return None
    ending = part(file, end, FOOTER_BYTES)
    length = int.from_bytes(ending[32:], "little")
    if not 0 < length <= min(end, most):
        return None
    text = part(file, end - length, length)
    return text if hashlib.sha256(text).digest() == ending[:32] else None


def part(file: IO[bytes], start: int, length: int) -> bytes:
    """So many bytes from a place of the file on; fewer if it ends before."""
    file.seek(start)
    return file.read(length)


def validated(found: Any) -> tuple[Facts, str] | None:
    """The facts, and the hash of all before them, from their JSON; None if a fact is not of its kind."""
    if type(found) is not dict or any(found.get(name) != value for name, value in VERSION.items()):
        return None
    match found:
        case {
            "name": str(name),
            "state": str(state),
            "folder": str(folder),
            "image_size": [height, width],
            "channels": channels,
            "pictures": pictures,
            "faults": list(faults),
            "hash": str(expected),
        } if all(type(count) is int and count > 0 for count in (height, width, channels, pictures)) and all(
            map(is_fault, faults)
        ):
            size, of_faults = (height, width), [Fault(*fault) for fault in faults]
            return Facts(name, state, folder, size, channels, pictures, of_faults), expected
    return None


def is_fault(found: Any) -> bool:
    """Whether it is a Fault of the kind that is kept, as JSON has it."""
    return type(found) is list and [*map(type, found)] == [int, str, bool] and found[0] >= 0 and not found[2]
