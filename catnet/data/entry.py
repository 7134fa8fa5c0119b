"""An entry of the cache: one file, used as a memory map. It is written once, and never changed.

    the rows (m, n), uint8, padded with zeros to whole pages
    facts about them, as JSON
    the SHA-256 of the facts (32 bytes), and their length (8 bytes, little-endian)

The facts come last because some are known only when all is decoded; so a file that is cut off has none.
"""

import hashlib
import json
import mmap
import os
from pathlib import Path
from typing import IO, Any

import numpy as np

from catnet.engine.types import Array

FORMAT = 2  # changes with what stands in the file, and with how a picture becomes pixels
PAGE = 4096
FOOTER = 32 + 8

Facts = dict[str, Any]


def finish(file: IO[bytes], m: int, n: int, facts: Facts) -> Array:
    """Writes what comes after the rows, which are in the file already, and returns these: read-only, no copy."""
    file.write(bytes(padded(m * n) - m * n))
    file.flush()
    rows, words = views(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), m, n)
    text = json.dumps({**facts, "format": FORMAT, "shape": [m, n], "check": check(words)}).encode()
    file.write(text + hashlib.sha256(text).digest() + len(text).to_bytes(8, "little"))
    file.flush()
    return rows


def read(path: Path, expected: Facts) -> tuple[Array, Facts] | None:
    """The rows and the facts; None where there is no file, where it is damaged, or where a fact is not as expected."""
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
    """The facts alone, None where they are damaged; the rows are not looked at. Raises OSError."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return None
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return facts_of(mapped)


def facts_of(mapped: mmap.mmap) -> Facts | None:
    """What stands behind the rows, where it is as this version of catnet writes it."""
    end = len(mapped) - FOOTER
    start = end - int.from_bytes(mapped[-8:], "little")
    if start < 0 or hashlib.sha256(mapped[start:end]).digest() != mapped[end:-8]:
        return None
    facts: Facts = json.loads(mapped[start:end])
    if facts.get("format") != FORMAT:
        return None
    m, n = facts["shape"]
    return facts if start == padded(m * n) else None


def padded(length: int) -> int:
    """The length in whole pages."""
    return -(-length // PAGE) * PAGE


def views(mapped: mmap.mmap, m: int, n: int) -> tuple[Array, Array]:
    """The rows (m, n), and the same memory as the 64-bit words of each page; neither is a copy."""
    words = np.frombuffer(mapped, np.uint64, padded(m * n) // 8).reshape(-1, PAGE // 8)
    return np.frombuffer(mapped, np.uint8, m * n).reshape(m, n), words


def check(words: Array) -> str:
    """SHA-256 of the sum of each page's words: as quick as memory is, and no single word can change unseen."""
    return hashlib.sha256(words.sum(axis=1, dtype=np.uint64).tobytes()).hexdigest()
