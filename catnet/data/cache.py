"""Decoded pictures, kept outside the user's folder, so that they are decoded only once.

An entry is one file (cache_file.py, in the folder of cache_folder.py) for a list of pictures at one size. Its name is a
hash of their paths, in order. It is used only if every picture still has the size, times, inode and device that it had,
and if the entry is undamaged.
On POSIX systems ctime changes with every write, and no program can set it back; but of the writes through a memory map
it shows only the first to each page, until the page is on the disk. On Windows, where none of this has been tested,
ctime is the time of creation, so that a change that keeps the size and sets mtime back would be missed; and a mapped
file cannot be renamed, so that the cache would stay empty, with a note.
"""

import errno
import hashlib
import mmap
import os
import stat
import time
from array import array
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import PIL

from catnet.data import cache_file
from catnet.data.cache_file import Facts
from catnet.data.cache_folder import directory, new_file, tidy
from catnet.data.decoding import decode_blocks
from catnet.data.listing import Picture, in_arrays
from catnet.data.mapped import Mapped
from catnet.data.worker import Fault
from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.types import Array
from catnet.errors import ConfigError
from catnet.text import printable

# Nanoseconds within which two changes of a file may get the same time; some file systems have only whole seconds.
TICK, COARSE_TICK = 50_000_000, 2_000_000_000
NANOSECONDS_PER_SECOND = 1_000_000_000
LOW_64_BITS = (1 << 64) - 1

Progress = Callable[[int], None]  # is told how many pictures are ready


@dataclass(frozen=True)
class Decoded:
    """The good pictures as rows (m, n), uint8; the SHA-256 of each, 32 bytes; the bad ones with their place.

    `mapped` is the file that the rows are a memory map of; None if they are in memory.
    """

    rows: Array
    digests: bytes
    faults: list[Fault]
    mapped: Mapped | None = None


def decoded_pictures(
    pictures: Sequence[Picture],
    image_size: tuple[int, int],
    progress: Progress,
    notes: list[str],
    colors: str = RGB,
) -> Decoded:
    """The pictures at the size (height, width), rgb or grey: from the cache, or else decoded, and then kept there if
    possible.

    `progress` is told how many pictures are ready. What prevents the cache from being written becomes a note.
    Raises CatnetError if a signal ends a process that decodes; DataError for a file of arrays that cannot be read.
    """
    paths = list(map(str, pictures))
    state = state_of(files_of(pictures))
    try:
        path = directory() / f"{name_of(paths, image_size, colors)}.pictures"
        found = None if state is None else _read_entry(path, state, len(paths), image_size, CHANNELS[colors])
        if found is not None:
            progress(len(paths))
            return found
        return _build_entry(path, state, pictures, image_size, progress, colors)
    except ConfigError as error:
        notes.append(f"decoded pictures cannot be kept, each run decodes them again: {error}")
    except OSError as error:
        folder, reason = printable(path.parent), error.strerror or error
        notes.append(f"{folder}: decoded pictures cannot be kept there ({reason}); each run decodes them again")
    n = image_size[0] * image_size[1] * CHANNELS[colors]
    memory = mmap.mmap(-1, len(paths) * n)
    digests, faults = _write_pixels(pictures, image_size, memory.write, progress, colors)
    good = len(paths) - len(faults)
    return Decoded(np.frombuffer(memory, np.uint8, good * n).reshape(good, n), digests, faults)


def name_of(paths: Sequence[str], image_size: tuple[int, int], colors: str) -> str:
    """A hash of what is decoded, and how.

    The pixels are the same under every Pillow, but which pictures it refuses, and with which words, is not: an entry
    keeps that too. So the version of Pillow is part of the hash, and after an upgrade the pictures are decoded again.
    """
    start = "" if os.path.isabs(paths[0]) else os.getcwd()
    text = "\0".join([f"{cache_file.VERSION} Pillow {PIL.__version__} {image_size} {colors}", start, *paths])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


def files_of(pictures: Sequence[Picture]) -> list[str]:
    """The files that the pictures are, or in which they are: each once, if it is one of arrays."""
    if in_arrays(pictures):
        return list(dict.fromkeys(str(picture.file) for picture in pictures))
    return list(map(str, pictures))


def folder_of(pictures: Sequence[Picture]) -> str:
    """The folder that has all the pictures, or the one file of arrays."""
    files = files_of(pictures)
    if not in_arrays(pictures):
        files = [os.path.dirname(min(files)), os.path.dirname(max(files))]  # all share what these two share
    return os.path.commonpath(files)


def state_of(paths: Sequence[str]) -> str | None:
    """A hash of every file's size, times, inode and device.

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
            numbers.extend((status.st_size, mtime, changed & LOW_64_BITS, inode, status.st_dev))
    except (OSError, ValueError):
        return None
    return hashlib.sha256(numbers.tobytes()).hexdigest()


def _write_pixels(
    pictures: Sequence[Picture],
    image_size: tuple[int, int],
    write: Callable[[bytes], object],
    progress: Progress,
    colors: str,
) -> tuple[bytes, list[Fault]]:
    """Decodes the pictures and writes the pixels of the good ones, in order; returns their digests and the bad ones."""
    digests = bytearray()
    faults: list[Fault] = []
    done = 0
    for length, block in decode_blocks(pictures, image_size, colors):
        write(block.pixels)
        digests += block.digests
        faults += [fault._replace(place=done + fault.place) for fault in block.faults]
        done += length
        progress(done)
    return bytes(digests), faults


def _read_entry(path: Path, state: str, count: int, image_size: tuple[int, int], channels: int) -> Decoded | None:
    """What is kept of so many pictures; None if nothing is, or if the file is damaged or of another state of them."""

    def is_expected(facts: Facts) -> bool:
        places = [fault.place for fault in facts.faults]
        return (
            (facts.name, facts.state) == (path.stem, state)
            and (facts.image_size, facts.channels) == (image_size, channels)
            and facts.pictures + len(places) == count
            and places == sorted({*places})
            and all(place < count for place in places[-1:])
        )

    found = cache_file.read(path, is_expected)
    if found is None:
        return None
    with suppress(OSError):
        os.utime(path)  # the last use
    rows, mapped, digests, faults = found
    return Decoded(rows, digests, faults, mapped)


def _build_entry(
    path: Path,
    state: str | None,
    pictures: Sequence[Picture],
    image_size: tuple[int, int],
    progress: Progress,
    colors: str,
) -> Decoded:
    """Decodes into a new file, and gives it the entry's name when it is complete: two builders do not meet.

    If the state is not known, or if a bad picture may be readable next time, the file gets no name, and is removed when
    the rows are no longer used. What has the entry's name is replaced, a damaged entry for example, but nothing that is
    no regular file, or another user's. Raises OSError.
    """
    with suppress(FileNotFoundError):
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EEXIST, f"{path.name} is not a regular file")
        if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
            raise OSError(errno.EEXIST, f"{path.name} is another user's")
    tidy(path.parent)
    with new_file(path.parent, path.stem) as file:
        writer = cache_file.Writer(file)
        digests, faults = _write_pixels(pictures, image_size, writer.write, progress, colors)
        good, n = len(pictures) - len(faults), image_size[0] * image_size[1] * CHANNELS[colors]
        if not good:
            return Decoded(np.empty((0, n), np.uint8), digests, faults)
        rows, mapped = writer.rows(good, n, digests)
        if state is not None and not any(fault.passing for fault in faults):
            folder = folder_of(pictures)
            with suppress(FileNotFoundError):  # another process has cleared the cache meanwhile
                if writer.finish(Facts(path.stem, state, folder, image_size, CHANNELS[colors], good, faults)):
                    os.replace(file.name, path)
                    mapped = replace(mapped, path=path)
        return Decoded(rows, digests, faults, mapped)
