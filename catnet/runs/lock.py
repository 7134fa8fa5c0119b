"""A lock on a run directory: one process writes in it, such as one that trains."""

import errno
import os
import re
import socket
import stat
import time
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from filelock import FileLock, Timeout

from catnet.errors import OutputError, RunInUse, RunTaken
from catnet.files import KINDS, read_regular
from catnet.runs.layout import LOCK
from catnet.text import printable

IN_IT = " in it"
# what a process does that holds it
TRAINING, STORING, TUNING = f"is training{IN_IT}", f"is storing thresholds{IN_IT}", f"is tuning{IN_IT}"
SECONDS_TO_WRITE = 1.0  # that one who has just taken the lock may need to write its name
NAME = re.compile(rf"process (\d+) on (.*?)(?: (?:{STORING}|{TUNING}))?")
LONGEST = 1000  # bytes of a name
WITHOUT_LOCKS = {getattr(errno, name, None) for name in ("ENOSYS", "ENOLCK", "EOPNOTSUPP", "ENOTSUP")}
PROCESSES = Path("/proc")  # of Linux: a folder per process


class Lock:
    """Held from when it is made until `release`, or until the process ends, however it ends.

    The file stays: if it were removed, two processes could hold a lock each, on two files of one name. The holder's
    name, and what it does unless it trains, is written into it, except on a system that lets nobody read or write a
    locked file.
    """

    _held: ClassVar[set[FileLock]] = set()  # a FileLock to which nothing refers any more would be released

    def __init__(self, folder: Path, doing: str = TRAINING) -> None:
        """Takes the lock at once. Raises RunInUse, with the process that holds it and what that does; OutputError."""
        path = folder / LOCK
        self._lock = FileLock(path, fallback_to_soft=False)  # a soft lock would outlive its process
        try:
            demand_lockable(path)
            self._lock.acquire(blocking=False)
            self._held.add(self._lock)
            self._path, self._file = path, path.stat()  # no other file can get this inode while the lock is held
        except Timeout as error:
            raise RunInUse(f"{printable(folder)}: {holder(path)}; wait for it, or end it") from error
        except OSError as error:
            raise OutputError(f"{printable(path)}: could not be written: {reason(error, path)}") from error
        self._doing = doing.removeprefix("is ").removesuffix(IN_IT)
        self._is_named = names_a_holder(path)
        if self._is_named:
            with suppress(OSError):
                name = f"process {os.getpid()} on {socket.gethostname()}"
                path.write_text(f"{name}\n" if doing == TRAINING else f"{name} {doing}\n", encoding="utf-8")

    def require(self) -> None:
        """Raises RunTaken if the folder, or the locked file, has been removed, renamed or replaced."""
        folder = printable(self._path.parent)
        try:
            same = os.path.samestat(self._path.stat(), self._file)
        except (FileNotFoundError, NotADirectoryError):
            same = False
        except OSError:  # what is to be written will say why it cannot be
            return
        if not same:
            raise RunTaken(
                f"{folder}: it, or its {LOCK}, was removed, renamed or replaced while this process was {self._doing} "
                "in it, so nothing more is written there; if it has another name now, resume the "
                f"{self._doing} under that name"
            )

    def release(self) -> None:
        """Releases the lock, so that others can take it."""
        with suppress(OSError, RunTaken):  # the folder may have been removed or replaced
            self.require()
            if self._is_named:
                os.truncate(self._path, 0)
        self._held.discard(self._lock)
        self._lock.release()


def demand_lockable(path: Path) -> None:
    """Raises OutputError if what is there is no regular file. Raises OSError if that cannot be known."""
    with suppress(FileNotFoundError):
        kind = stat.S_IFMT(path.lstat().st_mode)
        if kind != stat.S_IFREG:
            what = KINDS.get(kind, "something else")
            raise OutputError(f"{printable(path)}: is {what}, not the file that is locked; remove it")


def reason(error: OSError, path: Path) -> str:
    """Why a file could not be locked, and what to do."""
    why = error.strerror or str(error)
    if error.errno in WITHOUT_LOCKS:
        return f"{why}; its file system has no locks: take a run directory on another one"
    return f"{why}; remove it, if no other process uses the run" if os.path.lexists(path) else why


def names_a_holder(path: Path) -> bool:
    """Whether the locked file may be written: it has no other name, and holds a process's name or nothing."""
    with suppress(OSError):
        text = read_regular(path, LONGEST).decode("utf-8", "replace").strip()
        return path.lstat().st_nlink == 1 and (not text or NAME.fullmatch(text) is not None)
    return False


def holder(path: Path) -> str:
    """Who holds the lock, and what for, as its file says; if it does not within a second, `another process uses it`."""
    deadline = time.monotonic() + SECONDS_TO_WRITE
    while time.monotonic() < deadline:
        with suppress(OSError):
            name = read_regular(path, LONGEST).decode("utf-8", "replace").strip()
            if NAME.fullmatch(name) and not has_ended(name):
                return printable(name if name.endswith(IN_IT) else f"{name} {TRAINING}")
        time.sleep(SECONDS_TO_WRITE / 20)
    return "another process uses it"


def has_ended(name: str) -> bool:
    """Whether the file still names a process of this machine that was killed, not the one that has the lock now.

    False if that cannot be told.
    """
    match = NAME.fullmatch(name)
    if match is None or match[2] != socket.gethostname() or not (PROCESSES / "self").exists():
        return False
    return not (PROCESSES / match[1]).exists()
