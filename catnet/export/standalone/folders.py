"""The pictures in a folder: their files, without what is no data."""

import os
from collections import Counter
from pathlib import Path

from catnet.data.litter import holds_litter, is_explanation, named_as_explanation, named_as_litter
from catnet.data.picture_files import has_picture_suffix
from catnet.errors import DataError
from catnet.export.standalone.words import Tell
from catnet.text import printable


def pictures_in(folder: Path, tell: Tell) -> list[str]:
    """The paths of the picture files in a folder and its subfolders, sorted by their parts; what is left out is told.

    Links to folders are not followed. Raises DataError if there is none, or a folder cannot be listed.
    """
    found: list[str] = []
    left: Counter[str] = Counter()
    for parent, folders, files in os.walk(folder, onerror=refuse):
        if holds_litter(folders, files):
            left["folders that are no data"] += 1
            folders.clear()
            continue
        start = "" if parent == os.curdir else os.path.join(parent, "").removeprefix(os.path.join(os.curdir, ""))
        for name in list(folders):
            if reason := why_not_searched(start + name, name):
                folders.remove(name)
                left[reason] += not name.startswith(".")
        for name in files:
            if reason := why_no_picture(start + name, name):
                left[reason] += not name.startswith(".") or has_picture_suffix(name)
            else:
                found.append(start + name)
    if left := +left:
        tell(f"{printable(folder)}: left out: {', '.join(f'{reason}: {count}' for reason, count in left.items())}")
    if not found:
        raise DataError(f"{printable(folder)}: there are no pictures in this folder")
    return sorted(found, key=lambda path: path.replace(os.sep, "\0"))


def why_not_searched(path: str, name: str) -> str | None:
    """Why a folder in a folder is left out."""
    if name.startswith("."):
        return "hidden folders"
    if named_as_litter(name):
        return "folders that are no data"
    return "links to folders" if os.path.islink(path) else None


def why_no_picture(path: str, name: str) -> str | None:
    """Why a file in a folder is left out."""
    if name.startswith("."):
        return "hidden files"
    if not has_picture_suffix(name):
        return "files that are no pictures by their suffix"
    return "pictures that explain wrote" if named_as_explanation(name) and is_explanation(path) else None


def refuse(error: OSError) -> None:
    """Raises DataError for a folder that cannot be listed."""
    raise DataError(f"{printable(error.filename)}: cannot be listed: {error.strerror}") from error
