"""The picture files in a folder. Nothing here decodes them, so a command that does not either starts without Pillow."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from catnet.data import litter
from catnet.data.omission import Omission
from catnet.errors import DataError
from catnet.text import are, listed, printable

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".avif", ".heic", ".heif"})
SHOWN = 3  # names in a note
SHADOW = "._"  # begins the names of the files in which macOS keeps what it knows of others


def has_picture_suffix(name: str) -> bool:
    """Whether a file is a picture by its name."""
    return os.path.splitext(name)[1].lower() in SUFFIXES


@dataclass
class LeftOut:
    """What a search has left out: files by their suffix; folders that are no data, each with what it is; linked folders
    that leave the data folder, that lead to pictures found anyway, or nowhere; pictures that `explain` wrote; hidden
    pictures.
    """

    suffixes: Counter[str] = field(default_factory=Counter)
    litter: dict[str, str] = field(default_factory=dict)
    leaving: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    explained: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    def notes(self, folder: Path) -> list[str]:
        """What to say about it, for the folder that was searched."""
        suffixes = listed(sorted(suffix or "none" for suffix in self.suffixes))
        total = self.suffixes.total()
        no_pictures = (
            "1 file is no picture by its suffix" if total == 1 else f"{total} files are no pictures by their suffix"
        )
        kinds = [f"{path} ({kind})" for path, kind in self.litter.items()]
        notes = [
            *[f"{no_pictures} ({suffixes}) and {are(total)} left out"] * bool(total),
            *_named(kinds, "folder is no data and is left out", "folders are no data and are left out", folder),
            *_named(
                self.explained,
                "picture that explain wrote is left out",
                "pictures that explain wrote are left out",
                folder,
            ),
            *_named(self.hidden, "hidden picture is left out", "hidden pictures are left out", folder),
            *self.notes_on_leaving(folder),
            *_named(self.broken, "link is left out: it leads nowhere", "links are left out: they lead nowhere", folder),
        ]
        one, many = "linked folder is not followed: its pictures", "linked folders are not followed: their pictures"
        twice = _named(self.twice, f"{one} are read anyway", f"{many} are read anyway", folder)
        shown = printable(folder)
        return [*(Omission(f"{shown}: {note}") for note in notes), *(f"{shown}: {note}" for note in twice)]

    def notes_on_leaving(self, folder: Path) -> list[str]:
        """What to say about the links that leave the folder; nothing if there are none."""
        one, many = "linked folder leaves it and is not followed", "linked folders leave it and are not followed"
        return _named(self.leaving, one, many, folder)


def _named(paths: Sequence[str], one: str, many: str, folder: Path) -> list[str]:
    """How many there are, and the names of the first."""
    names = [os.path.relpath(path, folder) for path in sorted(paths)[:SHOWN]]
    more = [f"and {len(paths) - SHOWN} more"] if len(paths) > SHOWN else []
    return [f"{len(paths)} {one if len(paths) == 1 else many}: {listed([*names, *more])}"] if paths else []


class Search:
    """The search for pictures in the folders of a data folder, which links do not leave, and which finds none twice.

    `folders` are those whose pictures are all asked for, each in its turn. If the search is for `everything`, it also
    finds what is no data.
    """

    def __init__(self, root: Path, folders: Sequence[Path] = (), everything: bool = False) -> None:
        self.root, self.folders, self.everything = root, folders or (root,), everything
        self.followed: set[str] = set()  # the real paths of the folders that links led to

    def pictures(self, folder: Path, left: LeftOut) -> list[str]:
        """The paths of the picture files in a folder and its subfolders, sorted by their parts; without hidden ones.
        Adds to what is left out.

        Raises DataError if a folder cannot be listed.
        """
        found: list[str] = []
        queue = [str(folder)]
        for number, top in enumerate(queue):  # which grows by the links
            if number and not self._follows(top, left):
                continue
            for parent, folders, files in os.walk(top, onerror=self._refuse):  # strings: there may be a million
                if number and self._known(parent):
                    folders.clear()
                    continue
                if not self.everything and (kind := litter.holds_litter(folders, files)):
                    left.litter[parent] = kind
                    folders.clear()
                    continue
                start = os.path.join(parent, "")
                folders[:] = [name for name in folders if self._enters(start, name, queue, left)]
                found += self._files(start, files, left)
        if str(folder) == os.curdir:
            found = [path.removeprefix(os.path.join(os.curdir, "")) for path in found]  # as a Path has it
        return sorted(found, key=lambda path: path.replace(os.sep, "\0"))

    def _enters(self, start: str, name: str, queue: list[str], left: LeftOut) -> bool:
        """Whether the walk goes into a folder. A link waits in the queue."""
        if name.startswith("."):
            return False
        if not self.everything and (kind := litter.named_as_litter(name)):
            left.litter[start + name] = kind
            return False
        if os.path.islink(start + name):
            queue.append(start + name)
            return False
        return True

    def _files(self, start: str, files: list[str], left: LeftOut) -> list[str]:
        """The paths of the pictures among the files of a folder."""
        found: list[str] = []
        for name in files:
            if name.startswith("."):
                if has_picture_suffix(name) and not name.startswith(SHADOW):
                    left.hidden.append(start + name)
                continue
            _, dot, end = name.rpartition(".")  # which is quicker than splitext, and the same: no dot is the first
            suffix = (dot and dot + end).lower()
            if suffix in SUFFIXES:
                if (
                    suffix == ".png"
                    and litter.named_as_explanation(name)
                    and not self.everything
                    and litter.is_explanation(start + name)
                ):
                    left.explained.append(start + name)
                else:
                    found.append(start + name)
            elif os.path.islink(start + name) and not os.path.exists(start + name):
                left.broken.append(start + name)
            else:
                left.suffixes[suffix] += 1
        return found

    def _refuse(self, error: OSError) -> None:
        root, folder = str(self.root), str(error.filename)
        searched = "" if folder == root else f"; it is in {printable(root)}, which is searched for pictures"
        raise DataError(f"{printable(folder)}: cannot be listed: {error.strerror}{searched}") from error

    def _known(self, folder: str) -> bool:
        """Whether a link has led to the folder before."""
        real = os.path.realpath(folder)
        known = real in self.followed
        self.followed.add(real)
        return known

    def _follows(self, link: str, left: LeftOut) -> bool:
        """Whether a linked folder is searched: it stays in the data folder, and is not searched anyway."""
        real = os.path.realpath(link)
        if not any(_is_within(real, base) for base in (os.path.realpath(self.root), *self._searched)):
            left.leaving.append(link)
        elif real in self.followed or any(_reaches(base, real) for base in self._searched):
            left.twice.append(link)
        else:
            return True
        return False

    @cached_property
    def _searched(self) -> list[str]:
        """The real paths of the folders."""
        return [os.path.realpath(folder) for folder in self.folders]


def find_pictures(folder: Path, left: LeftOut | None = None) -> list[Path]:
    """The picture files in a folder and its subfolders, sorted; without hidden ones, and those that links lead to
    outside the folder. Adds to what is left out. Raises DataError if a folder cannot be listed.
    """
    found = Search(folder, everything=True).pictures(folder, LeftOut() if left is None else left)
    return [Path(path) for path in found]


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(os.path.join(folder, ""))


def _reaches(folder: str, path: str) -> bool:
    """Whether a search of the folder finds what is in the path, or the path holds the whole folder."""
    if _is_within(folder, path):
        return True
    parts = path[len(folder) :].split(os.sep) if _is_within(path, folder) else ["."]
    return not any(part.startswith(".") or litter.named_as_litter(part) for part in parts)
