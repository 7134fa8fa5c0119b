"""The picture files in a folder. Nothing here decodes them, so a command that does not either starts without Pillow."""

import os
from collections import Counter
from pathlib import Path

from catnet.errors import DataError
from catnet.text import printable

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"})


def find_pictures(folder: Path, others: Counter[str] | None = None) -> list[Path]:
    """The picture files in a folder and its subfolders, sorted; without hidden files and links to folders.

    `others` counts the files that have another suffix, by suffix. Raises DataError if a folder cannot be listed.
    """
    found: list[str] = []
    for parent, folders, files in os.walk(folder, onerror=_refuse):  # plain strings: there may be a million files
        folders[:] = [name for name in folders if not name.startswith(".")]
        start = os.path.join(parent, "")
        for name in files:
            if name.startswith("."):
                continue
            suffix = os.path.splitext(name)[1].lower()
            if suffix in SUFFIXES:
                found.append(start + name)
            elif others is not None and os.path.isfile(start + name):
                others[suffix] += 1
    return [Path(path) for path in sorted(found, key=lambda path: path.split(os.sep))]


def _refuse(error: OSError) -> None:
    raise DataError(f"{printable(error.filename)}: cannot be listed: {error.strerror}") from error
