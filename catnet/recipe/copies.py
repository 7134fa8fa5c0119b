"""The same picture with different labels, found without decoding: files of equal bytes."""

import os
import time
from collections import defaultdict
from contextlib import suppress
from filecmp import cmp
from stat import S_ISREG

from catnet.data.dataset import Catalog
from catnet.data.listing import InArray

SECONDS = 2.0  # after which it is enough: a training finds all of them
LAST = 256  # bytes of a file, which tell most files of equal size apart


def contrary_copies(catalog: Catalog) -> tuple[str, str] | None:
    """Two pictures at which a training would stop, because they are equal and have different labels; None if there
    are none, or if such may differ.
    """
    if catalog.duplicates != "fail":
        return None
    end = time.perf_counter() + SECONDS
    by_size: defaultdict[int, list[tuple[str, bytes]]] = defaultdict(list)
    for listing in catalog.splits.values():
        for path, labels in zip(listing.paths or (), listing.labels.T, strict=False):
            if isinstance(path, InArray):  # which only a training compares
                return None
            with suppress(OSError):  # what reads the pictures says so
                status = os.stat(path)
                if S_ISREG(status.st_mode):
                    by_size[status.st_size].append((path, labels.tobytes()))
    for alike in by_size.values():
        by_end: defaultdict[bytes, list[tuple[str, bytes]]] = defaultdict(list)
        for path, labels in alike if len({labels for _, labels in alike}) > 1 else ():
            if time.perf_counter() > end:
                return None
            with suppress(OSError):
                others = by_end[last_bytes(path)]
                for other, of_other in others:
                    if of_other != labels and cmp(path, other, shallow=False):
                        return other, path
                others.append((path, labels))
    return None


def last_bytes(path: str) -> bytes:
    """The end of a file."""
    with open(path, "rb") as file:
        file.seek(max(0, os.stat(path).st_size - LAST))
        return file.read()
