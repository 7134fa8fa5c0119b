"""The format of a file of the cache. It is used as a memory map, written once, and never changed.

    the rows (m, n), uint8, padded with zeros to whole pages
    facts about them, as JSON
    the SHA-256 of the facts (32 bytes), and their length (8 bytes, little-endian)

The facts come last because some are known only when everything is decoded; a file that is cut off has none.
"""

import hashlib
import json
import mmap
import os
from pathlib import Path
from typing import IO, Any

import numpy as np

from catnet.data.pixels import DECODING_REVISION
from catnet.engine.types import Array

# What a file must say of itself to be used. The format changes with the layout of the file and with its facts.
VERSION = {"format": 4, "decoding revision": DECODING_REVISION}
PAGE_BYTES = 4096
FOOTER_BYTES = 32 + 8

Facts = dict[str, Any]


def finish(file: IO[bytes], m: int, n: int, facts: Facts) -> Array:
    """Writes what comes after the rows, which are already in the file; returns them (m, n), read-only, not copied."""
    file.write(bytes(padded(m * n) - m * n))
    file.flush()
    rows, words = views(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), m, n)
    text = json.dumps({**facts, **VERSION, "shape": [m, n], "check": check(words)}).encode()
    file.write(text + hashlib.sha256(text).digest() + len(text).to_bytes(8, "little"))
    file.flush()
    return rows


def read(path: Path, expected: Facts) -> tuple[Array, Facts] | None:
    """The rows and the facts; None if there is no file, if it is damaged, or if a fact is not as expected."""
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError):  # an empty file cannot be mapped
        return None
    facts = facts_of(mapped)
    if facts is None or any(facts.get(name) != value for name, value in expected.items()):
        return None
    rows, words = views(mapped, *facts["shape"])
    return (rows, facts) if check(words) == facts["check"] else None


def read_facts(path: Path) -> Facts | None:
    """The facts alone, without a look at the rows; None if they are damaged or of another version. Raises OSError."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return facts_of(mapped)


def facts_of(mapped: mmap.mmap) -> Facts | None:
    """The facts after the rows; None if they are damaged or of another version."""
    end = len(mapped) - FOOTER_BYTES
    start = end - int.from_bytes(mapped[-8:], "little")
    if start < 0 or hashlib.sha256(mapped[start:end]).digest() != mapped[end:-8]:
        return None
    facts: Facts = json.loads(mapped[start:end])
    if any(facts.get(name) != value for name, value in VERSION.items()):
        return None
    m, n = facts["shape"]
    return facts if start == padded(m * n) else None


def padded(length: int) -> int:
    """The length in bytes, rounded up to whole pages."""
    return -(-length // PAGE_BYTES) * PAGE_BYTES


def views(mapped: mmap.mmap, m: int, n: int) -> tuple[Array, Array]:
    """The rows (m, n), and the same memory as 64-bit words (pages, words per page); neither is a copy."""
    words = np.frombuffer(mapped, np.uint64, padded(m * n) // 8).reshape(-1, PAGE_BYTES // 8)
    return np.frombuffer(mapped, np.uint8, m * n).reshape(m, n), words


def check(words: Array) -> str:
    """The SHA-256 of the sum of each page's words: as fast as memory is, and no change of a single word is missed."""
    return hashlib.sha256(words.sum(axis=1, dtype=np.uint64).tobytes()).hexdigest()
