"""Folders that are made for results, and never overwritten."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from catnet.errors import FolderExists, RunExists
from catnet.runs.files import make_folders, writing
from catnet.runs.layout import entries
from catnet.text import printable

Made = TypeVar("Made")


def next_free(root: Path, name: str, create: Callable[[Path], Made]) -> Made:
    """What `create` makes of ROOT/NAME-001, or of the first number after the highest there is. It raises RunExists if
    the path exists.
    """
    pattern = re.compile(re.escape(name) + r"-(\d+)")
    taken = [int(match[1]) for entry in entries(root) if (match := pattern.fullmatch(entry.name))]
    number = max(taken, default=0) + 1
    while True:
        try:
            return create(root / f"{name}-{number:03d}")
        except RunExists:  # another process was quicker
            number += 1


def new_folder(path: Path) -> Path:
    """Makes a folder. Raises RunExists, OutputError."""
    with writing(path.parent):
        make_folders(path.parent)
    with writing(path):
        try:
            path.mkdir()
        except FileExistsError as error:
            raise already_exists(path) from error
    return path


def folder_of_results(root: Path, name: str, folder: Path | None) -> Path:
    """Makes a folder for other results than a run's: this one, or the next free ROOT/NAME-001.

    Raises FolderExists, OutputError.
    """
    try:
        return next_free(root, name, new_folder) if folder is None else new_folder(folder)
    except RunExists as error:
        raise FolderExists(str(error)) from error


def already_exists(path: Path) -> RunExists:
    """The error for a folder that is not made, because it exists and is not overwritten."""
    return RunExists(f"{printable(path)}: exists already and is not overwritten")
