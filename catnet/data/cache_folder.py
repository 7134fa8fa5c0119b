"""Where the cache is, which files in there are catnet's, and which of these are no longer needed.

A user may let CATNET_CACHE name any folder, even the one that has everything. So catnet works in a folder of its own in
there, and touches no file that it does not recognise: by its name and by its content. No link is followed.
"""

import errno
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from platformdirs import user_cache_path

from catnet.data.cache_file import HEADER, MAGIC, facts_of, is_catnets, part
from catnet.data.litter import CACHE as SUBFOLDER
from catnet.errors import ConfigError, OutputError
from catnet.files import open_regular
from catnet.text import printable

if sys.platform != "win32":
    import fcntl

VARIABLE = "CATNET_CACHE"
ENTRY = re.compile(r"[0-9a-f]{32}\.pictures")
UNFINISHED = re.compile(r"\.[0-9a-f]{32}\.[a-z0-9_]{8}\.tmp")  # in the middle what tempfile draws
UNUSED_SECONDS = 30 * 86400  # an entry that was not used for so long is removed when another is built


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
    """The folder of the cache, which may not exist: in what CATNET_CACHE names, or in the platform's place for caches.

    Raises ConfigError if there is no such place.
    """
    given = os.environ.get(VARIABLE)
    try:
        place = Path(given).expanduser() if given else user_cache_path("catnet", appauthor=False).expanduser()
    except RuntimeError as error:
        if given:
            why = f"{VARIABLE}: {printable(given)} names the home folder of a user who does not exist"
        else:
            why = f"there is no home folder to keep decoded pictures in; {VARIABLE} can name another folder"
        raise ConfigError(why) from error
    return place / SUBFOLDER


def contents() -> tuple[list[Entry], list[str]]:
    """What is in the cache: all entries, and the files of builders that have not finished or never will, the last used
    first; and the names of what else is in its folder, which is not catnet's.

    Earlier versions had their entries beside the folder; these are found too. Raises ConfigError if it is no folder.
    """
    folder = directory()
    try:
        names = names_in(folder)
        found = {folder / name: entry_at(folder / name) for name in names}
        found |= {path: entry for path in earlier_entries(folder) if (entry := entry_at(path)) is not None}
    except OSError as error:
        reason = error.strerror or error
        raise ConfigError(
            f"{printable(folder)}: cannot be read: {reason}; {VARIABLE} can name another folder"
        ) from error
    entries = sorted(filter(None, found.values()), key=lambda entry: -entry.last_use)
    return entries, [path.name for path, entry in found.items() if entry is None]


def clear(unwanted: Iterable[Entry]) -> None:
    """Removes these entries; a training that uses or builds one is not disturbed. Raises OutputError."""
    for entry in unwanted:
        try:
            entry.path.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(f"{printable(entry.path)}: could not be removed: {error.strerror}") from error


def tidy(folder: Path) -> None:
    """Removes entries that were not used for a long time, and files whose builders have ended without removing them."""
    now = time.time()
    with suppress(OSError):
        for path in [*(folder / name for name in names_in(folder)), *earlier_entries(folder)]:
            with suppress(OSError):
                if UNFINISHED.fullmatch(path.name):
                    remove_if_left(path)
                elif now - path.lstat().st_mtime > UNUSED_SECONDS and entry_at(path) is not None:
                    path.unlink()


def names_in(folder: Path) -> list[str]:
    """The sorted names in a folder; none if it does not exist. Raises OSError."""
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


def earlier_entries(folder: Path) -> list[Path]:
    """What is named like an entry beside the folder, as far as that can be read: earlier versions had them there."""
    with suppress(OSError):
        return [folder.parent / name for name in names_in(folder.parent) if ENTRY.fullmatch(name)]
    return []


def entry_at(path: Path) -> Entry | None:
    """The entry, or the file of a builder, at a path; None if it is neither, or cannot be read."""
    is_entry, is_unfinished = ENTRY.fullmatch(path.name), UNFINISHED.fullmatch(path.name)
    if not (is_entry or is_unfinished):
        return None
    with suppress(OSError), open_regular(path, follow_links=False) as file:
        status = os.fstat(file.fileno())
        if is_entry and (found := facts_of(file)) is not None and found[0].name == path.stem:
            facts = found[0]
            return Entry(path, status.st_size, status.st_mtime, facts.folder, facts.pictures, facts.image_size)
        if is_catnets(file) if is_entry else is_begun(file):
            return Entry(path, status.st_size, status.st_mtime)
    return None


def is_begun(file: IO[bytes]) -> bool:
    """Whether a file starts as a builder's does, however early its builder was killed."""
    return HEADER.startswith(part(file, 0, len(MAGIC)))


@contextmanager
def new_file(folder: Path, name: str) -> Iterator[IO[bytes]]:
    """A file to build the entry of this name in, which is removed in the end unless it was renamed. Raises OSError.

    It is locked until then, so that others see that its builder lives.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, "a file, or a link that leads nowhere, has this name") from error
    while True:
        with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{name}.", suffix=".tmp", delete=False) as file:
            if not is_claimed(file.fileno(), file.name):
                continue  # before it was locked, another process removed it as one that nobody builds
            try:
                yield file
            finally:
                Path(file.name).unlink(missing_ok=True)
            return


def is_claimed(descriptor: int, path: str) -> bool:
    """Locks a new file until it is closed; whether it is still there then."""
    with suppress(OSError):  # on a file system without locks, nobody removes another's file
        if not lock(descriptor, exclusive=True):
            return False
    return is_at(descriptor, path)


def remove_if_left(path: Path) -> None:
    """Removes the file of a builder whose process is gone. Raises OSError, also if that cannot be known."""
    with open_regular(path, follow_links=False) as file:
        if is_begun(file) and lock(file.fileno(), exclusive=False) and is_at(file.fileno(), str(path)):
            path.unlink()


def lock(descriptor: int, exclusive: bool) -> bool:
    """Locks a file until it is closed; False if another process has it locked. Raises OSError if there are no locks.

    filelock, which locks a run, would empty the file. Windows needs no lock: there, an open file cannot be removed.
    """
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def is_at(descriptor: int, path: str) -> bool:
    """Whether an open file still has its name."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False
