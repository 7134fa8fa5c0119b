"""Decoded pictures, kept outside the user's folder, so that they are decoded only once.

An entry is one file (cache_file.py) for a list of pictures at one size. Its name is a hash of their paths, in order. It
is used only if every picture still has the size, times and inode that it had, and if the entry is undamaged.
On POSIX systems ctime changes with every write, and no program can set it back. On Windows, where none of this has
been tested, ctime is the time of creation, so that a change that keeps the size and sets mtime back would be missed;
and a mapped file cannot be renamed, so that the cache would stay empty, with a note.
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

import numpy as np
import PIL
from platformdirs import user_cache_path

from catnet.data import cache_file
from catnet.data.decoding import decode_blocks
from catnet.data.worker import Fault
from catnet.engine.types import Array
from catnet.errors import OutputError
from catnet.text import printable

SUFFIX = ".pictures"
UNFINISHED = ".*.tmp"
UNUSED_DAYS = 30  # an entry that was not used for so long is removed when another is built
# Nanoseconds within which two changes of a file may get the same time; some file systems have only whole seconds.
TICK, COARSE_TICK = 50_000_000, 2_000_000_000
NANOSECONDS_PER_SECOND = 1_000_000_000
LOW_64_BITS = (1 << 64) - 1
HOUR, DAY = 3600, 86400  # seconds

Progress = Callable[[int], None]  # is told how many pictures are ready


@dataclass(frozen=True)
class Decoded:
    """The good pictures as rows (m, n), uint8; the SHA-256 of each, 32 bytes; the bad ones with their place."""

    rows: Array
    digests: bytes
    faults: list[Fault]


@dataclass(frozen=True)
class Entry:
    """A file of the cache, and its facts. `folder` is the one that has all its pictures; None if it is unusable."""

    path: Path
    bytes: int
    last_use: float  # seconds since 1970
    folder: str | None = None
    pictures: int = 0
    image_size: tuple[int, int] = (0, 0)


def directory() -> Path:
    """The folder of the cache: what CATNET_CACHE says, or the platform's place for caches."""
    if given := os.environ.get("CATNET_CACHE"):
        return Path(given).expanduser()
    return user_cache_path("catnet", appauthor=False)


def decoded_pictures(
    paths: Sequence[str], image_size: tuple[int, int], progress: Progress, notes: list[str]
) -> Decoded:
    """The pictures at the size (height, width): from the cache, or else decoded, and then kept there if possible.

    `progress` is told how many pictures are ready. What prevents the cache from being written becomes a note.
    Raises CatnetError if a process that decodes ends.
    """
    path = directory() / (name_of(paths, image_size) + SUFFIX)
    state = state_of(paths)
    if state is not None and (found := cache_file.read(path, {"name": path.stem, "state": state})) is not None:
        rows, facts = found
        with suppress(OSError):
            os.utime(path)  # the last use
        progress(len(paths))
        return Decoded(rows, bytes.fromhex(facts["digests"]), [Fault(*fault) for fault in facts["faults"]])
    try:
        return _build_entry(path, state, paths, image_size, progress)
    except OSError as error:
        folder, reason = printable(path.parent), error.strerror or error
        notes.append(f"{folder}: decoded pictures cannot be kept there ({reason}); each run decodes them again")
    n = image_size[0] * image_size[1] * 3
    memory = mmap.mmap(-1, len(paths) * n)
    digests, faults = _write_pixels(paths, image_size, memory.write, progress)
    good = len(paths) - len(faults)
    return Decoded(np.frombuffer(memory, np.uint8, good * n).reshape(good, n), digests, faults)


def name_of(paths: Sequence[str], image_size: tuple[int, int]) -> str:
    """A hash of what is decoded, and how.

    The pixels are the same under every Pillow, but which pictures it refuses, and with which words, is not: an entry
    keeps that too. So the version of Pillow is part of the hash, and after an upgrade the pictures are decoded again.
    """
    start = "" if os.path.isabs(paths[0]) else os.getcwd()
    text = "\0".join([f"{cache_file.VERSION} Pillow {PIL.__version__} {image_size}", start, *paths])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def state_of(paths: Sequence[str]) -> str | None:
    """A hash of every file's size, times and inode.

    None if the hash could miss a change: if a file does not exist, or was changed so recently that it could be changed
    again within the same tick of the clock.
    """
    now = time.time_ns()
    numbers = array("Q")
    try:
        for path in paths:
            status = os.stat(path)
            changed = status.st_ctime_ns
            if now - changed < (TICK if changed % NANOSECONDS_PER_SECOND else COARSE_TICK):
                return None
            # a time may be negative, and an inode may have 128 bits
            mtime, inode = status.st_mtime_ns & LOW_64_BITS, status.st_ino & LOW_64_BITS
            numbers.extend((status.st_size, mtime, changed & LOW_64_BITS, inode))
    except (OSError, ValueError):
        return None
    return hashlib.sha256(numbers.tobytes()).hexdigest()


def _write_pixels(
    paths: Sequence[str], image_size: tuple[int, int], write: Callable[[bytes], object], progress: Progress
) -> tuple[bytes, list[Fault]]:
    """Decodes the pictures and writes the pixels of the good ones, in order; returns their digests and the bad ones."""
    digests = bytearray()
    faults: list[Fault] = []
    done = 0
    for length, block in decode_blocks(paths, image_size):
        write(block.pixels)
        digests += block.digests
        faults += [fault._replace(place=done + fault.place) for fault in block.faults]
        done += length
        progress(done)
    return bytes(digests), faults


def _build_entry(
    path: Path, state: str | None, paths: Sequence[str], image_size: tuple[int, int], progress: Progress
) -> Decoded:
    """Decodes into a new file, and gives it the entry's name when it is complete: two builders do not meet.

    If the state is not known, or if a bad picture may be readable next time, the file gets no name, and is removed when
    the rows are no longer used. Raises OSError.
    """
    folder = path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for old in _unused(folder):
        old.unlink(missing_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".tmp", delete=False) as file:
        try:
            digests, faults = _write_pixels(paths, image_size, file.write, progress)
            good, n = len(paths) - len(faults), image_size[0] * image_size[1] * 3
            if not good:
                return Decoded(np.empty((0, n), np.uint8), digests, faults)
            facts = {
                "name": path.stem,
                "state": state,
                # all folders share what the first and the last of them share
                "folder": os.path.commonpath([os.path.dirname(min(paths)), os.path.dirname(max(paths))]),
                "image_size": image_size,
                "digests": digests.hex(),
                "faults": faults,
            }
            rows = cache_file.finish(file, good, n, facts)
            if state is not None and not any(fault.passing for fault in faults):
                with suppress(FileNotFoundError):  # another process has cleared the cache meanwhile
                    os.replace(file.name, path)
            return Decoded(rows, digests, faults)
        finally:
            Path(file.name).unlink(missing_ok=True)


def entries() -> list[Entry]:
    """All entries, and the files of builders that have not finished or never will; the last used first."""
    found = []
    for path in (*directory().glob(f"*{SUFFIX}"), *directory().glob(UNFINISHED)):
        with suppress(OSError):  # another process has removed it, or only another user may read it
            facts, status = cache_file.read_facts(path), path.stat()
            known = (facts["folder"], facts["shape"][0], tuple(facts["image_size"])) if facts else ()
            found.append(Entry(path, status.st_size, status.st_mtime, *known))
    return sorted(found, key=lambda entry: -entry.last_use)


def clear(unwanted: Iterable[Entry]) -> None:
    """Removes these entries; a training that uses or builds one is not disturbed. Raises OutputError."""
    for entry in unwanted:
        try:
            entry.path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{printable(entry.path)}: could not be removed: {error.strerror}") from error


def _unused(folder: Path) -> Iterator[Path]:
    """Entries that were not used for a long time, and files that unfinished builders have left."""
    now = time.time()
    for pattern, seconds in ((f"*{SUFFIX}", UNUSED_DAYS * DAY), (UNFINISHED, HOUR)):
        for path in folder.glob(pattern):
            with suppress(FileNotFoundError):
                if now - path.stat().st_mtime > seconds:
                    yield path
