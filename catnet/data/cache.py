"""Decoded pictures, kept outside the user's folder, so that they are decoded once.

An entry is one file (entry.py) for a list of pictures at one size. Its name is a hash of their paths, in order. It is
used only if each picture's file still has the size, times and inode that it had, and if the entry is as it was written.
The time that counts is ctime: it changes with every write, and no program can set it back.
"""

import hashlib
import mmap
import os
import tempfile
import time
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import PIL

from catnet.data import entry
from catnet.data.decoding import decode
from catnet.data.worker import Fault
from catnet.engine.types import Array
from catnet.errors import OutputError
from catnet.text import printable

SUFFIX = ".pictures"
UNFINISHED = ".*.tmp"
UNUSED_DAYS = 30  # an entry that was not used for so long is removed when another is made
# Nanoseconds after a file's last change within which the next one may get the same time: clocks tick, some by seconds.
TICK, COARSE_TICK = 50_000_000, 2_000_000_000
SECOND, HOUR, DAY = 1_000_000_000, 3600, 86400


@dataclass(frozen=True)
class Decoded:
    """The good pictures as rows (m, n), the SHA-256 of each row's SHA-256, and the bad ones by their place."""

    rows: Array
    digest: str
    faults: list[Fault]


@dataclass(frozen=True)
class Entry:
    """A file of the cache, and what it says of itself: the folder its pictures share, None where it is unreadable."""

    path: Path
    bytes: int
    last_use: float  # seconds since 1970
    folder: str | None = None
    pictures: int = 0
    image_size: tuple[int, int] = (0, 0)


class Writable(Protocol):
    """A file, or a map of memory."""

    def write(self, data: bytes, /) -> int: ...


def directory() -> Path:
    """Where the cache is: CATNET_CACHE, or the platform's place for caches."""
    if given := os.environ.get("CATNET_CACHE"):
        return Path(given).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("catnet", appauthor=False)


def decoded_pictures(
    paths: Sequence[str], image_size: tuple[int, int], progress: Callable[[int], None], notes: list[str]
) -> Decoded:
    """The pictures of the paths from the cache, else decoded, and then kept there where that is possible.

    `progress` is told how many pictures are ready. What keeps the cache from being written becomes a note.
    """
    path = directory() / (name_of(paths, image_size) + SUFFIX)
    state = state_of(paths)
    if state is not None and (found := entry.read(path, {"name": path.stem, "state": state})) is not None:
        rows, facts = found
        with suppress(OSError):
            os.utime(path)  # the last use
        progress(len(paths))
        return Decoded(rows, facts["digest"], [Fault(*fault) for fault in facts["faults"]])
    try:
        return _build(path, state, paths, image_size, progress)
    except OSError as error:
        where, reason = printable(path.parent), error.strerror or error
        notes.append(f"{where}: decoded pictures cannot be kept there ({reason}); each run decodes them anew")
    n = image_size[0] * image_size[1] * 3
    memory = mmap.mmap(-1, len(paths) * n)
    digest, faults = _decode(paths, image_size, memory, progress)
    good = len(paths) - len(faults)
    return Decoded(np.frombuffer(memory, np.uint8, good * n).reshape(good, n), digest, faults)


def name_of(paths: Sequence[str], image_size: tuple[int, int]) -> str:
    """A hash of what is decoded, and how."""
    start = "" if os.path.isabs(paths[0]) else os.getcwd()
    text = "\0".join([f"{entry.FORMAT} Pillow {PIL.__version__} {image_size}", start, *paths])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def state_of(paths: Sequence[str]) -> str | None:
    """A hash of each file's size, times and inode.

    None where it would not tell of a change: where a file is not there, or was changed only now, and could be changed
    again within the same tick of the clock.
    """
    now = time.time_ns()
    numbers = array("Q")
    try:
        for path in paths:
            status = os.stat(path)
            changed = status.st_ctime_ns
            if now - changed < (TICK if changed % SECOND else COARSE_TICK):
                return None
            numbers.extend((status.st_size, status.st_mtime_ns & (1 << 64) - 1, changed, status.st_ino))
    except (OSError, ValueError):
        return None
    return hashlib.sha256(numbers.tobytes()).hexdigest()


def _decode(
    paths: Sequence[str], image_size: tuple[int, int], out: Writable, progress: Callable[[int], None]
) -> tuple[str, list[Fault]]:
    """Writes the pixels of the good pictures, in order; returns their digest and the bad ones."""
    digest = hashlib.sha256()
    faults: list[Fault] = []
    done = 0
    for length, block in decode(paths, image_size):
        out.write(block.pixels)
        digest.update(block.digests)
        faults += [fault._replace(place=done + fault.place) for fault in block.faults]
        done += length
        progress(done)
    return digest.hexdigest(), faults


def _build(
    path: Path,
    state: str | None,
    paths: Sequence[str],
    image_size: tuple[int, int],
    progress: Callable[[int], None],
) -> Decoded:
    """Decodes into a new file, and gives it the entry's name when it is whole: two builders do not meet.

    Where the state is not known, or a picture may be readable next time, the file has no name and ends with the
    process. Raises OSError.
    """
    folder = path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in _unused(folder):
        old.unlink(missing_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".tmp", delete=False) as file:
        try:
            digest, faults = _decode(paths, image_size, file, progress)
            good, n = len(paths) - len(faults), image_size[0] * image_size[1] * 3
            if not good:
                return Decoded(np.empty((0, n), np.uint8), digest, faults)
            facts = {
                "name": path.stem,
                "state": state,
                # what the first and the last folder have in common, all have
                "folder": os.path.commonpath([os.path.dirname(min(paths)), os.path.dirname(max(paths))]),
                "image_size": image_size,
                "digest": digest,
                "faults": faults,
            }
            rows = entry.finish(file, good, n, facts)
            if state is not None and not any(fault.passing for fault in faults):
                with suppress(FileNotFoundError):  # `catnet cache --clear` came meanwhile
                    os.replace(file.name, path)
            return Decoded(rows, digest, faults)
        finally:
            Path(file.name).unlink(missing_ok=True)


def entries() -> list[Entry]:
    """All entries, the last used first, and the files of builders that have not come to their end, or never will."""
    found = []
    for path in (*directory().glob(f"*{SUFFIX}"), *directory().glob(UNFINISHED)):
        with suppress(OSError):  # another process has removed it, or may read it alone
            facts, status = entry.read_facts(path), path.stat()
            known = (facts["folder"], facts["shape"][0], tuple(facts["image_size"])) if facts else ()
            found.append(Entry(path, status.st_size, status.st_mtime, *known))
    return sorted(found, key=lambda found: -found.last_use)


def clear(which: Iterable[Entry]) -> None:
    """Removes these entries; a training that uses one, or builds it, goes on. Raises OutputError."""
    for unwanted in which:
        try:
            unwanted.path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{printable(unwanted.path)}: could not be removed: {error.strerror}") from error


def _unused(folder: Path) -> Iterator[Path]:
    """Entries that nobody used for long, and what builders left that did not come to their end."""
    now = time.time()
    for pattern, seconds in ((f"*{SUFFIX}", UNUSED_DAYS * DAY), (UNFINISHED, HOUR)):
        for path in folder.glob(pattern):
            with suppress(FileNotFoundError):
                if now - path.stat().st_mtime > seconds:
                    yield path
