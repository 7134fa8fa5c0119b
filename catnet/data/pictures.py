"""The picture files in a folder, and one of them as an array. How a file becomes pixels is in pixels.py."""

import os
from collections import Counter
from pathlib import Path

import numpy as np

from catnet.data.pixels import BadPicture, read_pixels
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.text import printable

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"})


def find_pictures(folder: Path, others: Counter[str] | None = None) -> list[Path]:
    """The picture files in a folder and its subfolders, sorted; without hidden files and links to folders.

    `others` counts the files that have another suffix, by suffix. Raises DataError if a folder cannot be listed.
    """
    found: list[str] = []
    folders = [str(folder)]
    while folders:  # os.scandir and plain strings: there may be a million files
        where = folders.pop()
        try:
            with os.scandir(where) as entries:
                for entry in entries:
                    name = entry.name
                    if name.startswith("."):
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                        continue
                    suffix = os.path.splitext(name)[1].lower()
                    if suffix in SUFFIXES and not _is_folder(entry):
                        found.append(entry.path)
                    elif others is not None and suffix not in SUFFIXES and entry.is_file():
                        others[suffix] += 1
        except OSError as error:
            raise DataError(f"{printable(where)}: cannot be listed: {error.strerror}") from error
    return [Path(path) for path in sorted(found, key=lambda path: path.split(os.sep))]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder or a link to one. A pipe or a dangling link is not: reading it says what is wrong."""
    try:
        return entry.is_dir()
    except OSError:  # such as a link to itself
        return False


def read_picture(path: Path, image_size: tuple[int, int]) -> Array:
    """The picture as uint8 (height, width, 3): its first frame, upright, over white, resized to `image_size`.

    Raises DataError with the file and what is wrong with it.
    """
    try:
        return np.frombuffer(read_pixels(str(path), image_size), np.uint8).reshape(*image_size, 3)
    except BadPicture as error:
        raise DataError(f"{printable(path)}: {error}") from error
