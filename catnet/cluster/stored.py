"""Decoded pictures on a worker: those that the client keeps, if they are on this machine, or else its own."""

import hashlib
import mmap
from contextlib import suppress

import numpy as np

from catnet.cluster.sent import Pictures, starts_of
from catnet.data.cache import decoded_pictures
from catnet.data.dataset import digests_of
from catnet.engine.colors import CHANNELS
from catnet.engine.parallel import slices
from catnet.engine.pictures import Size
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.files import open_regular
from catnet.text import printable

DIGESTED_TOGETHER = 256  # pictures

FIX = "let this worker have the same files at the same paths, or end it"


class Stored:
    """Decoded pictures, of which copies are taken: the map itself would fill the memory that the worker is allowed."""

    def __init__(self, rows: Array, memory: mmap.mmap | None) -> None:
        self._rows, self._memory = rows, memory

    def take(self, examples: Array | slice) -> Array:
        """The rows of some, or of all."""
        taken: Array = np.array(self._rows[examples])
        if self._memory is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._memory.madvise(mmap.MADV_DONTNEED)
        return taken


def stored(pictures: Pictures, size: Size, colors: str) -> Stored:
    """The decoded pictures. Raises DataError if one is not what the client has, and what decoding raises."""
    return of_client(pictures, size[0] * size[1] * CHANNELS[colors]) or decoded_here(pictures, size, colors)


def of_client(pictures: Pictures, n: int) -> Stored | None:
    """Those that the client keeps; None if they are not there, or are others."""
    if pictures.kept is None:
        return None
    path, start = pictures.kept
    with suppress(OSError, ValueError), open_regular(path) as file:
        first = start - start % mmap.ALLOCATIONGRANULARITY
        length = pictures.count * n
        memory = mmap.mmap(file.fileno(), start - first + length, access=mmap.ACCESS_READ, offset=first)
        found = Stored(np.frombuffer(memory, np.uint8, length, start - first).reshape(-1, n), memory)
        digests = hashlib.sha256()
        for part in slices(pictures.count, DIGESTED_TOGETHER):
            digests.update(digests_of(found.take(part)))
        if digests.digest() == pictures.digest:
            return found
    return None


def decoded_here(pictures: Pictures, size: Size, colors: str) -> Stored:
    """Those that are decoded here, from the files that the client names, and kept in the cache of this machine."""
    paths = pictures.pictures
    decoded = decoded_pictures(paths, size, lambda done: None, [], colors)
    if decoded.faults:
        fault = decoded.faults[0]
        raise DataError(
            f"{printable(paths[fault.place])}: {fault.reason}; where the training began it is not so; {FIX}"
        )
    if hashlib.sha256(decoded.digests).digest() != pictures.digest:
        starts = zip(starts_of(decoded.digests), pictures.starts, strict=True)
        differs = next(place for place, (own, wanted) in enumerate(starts) if own != wanted)
        raise DataError(f"{printable(paths[differs])}: is another picture than where the training began; {FIX}")
    memory = None if decoded.mapped is None else decoded.mapped.content.obj
    return Stored(decoded.rows, memory if isinstance(memory, mmap.mmap) else None)
