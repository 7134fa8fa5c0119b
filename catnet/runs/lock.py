"""A lock on a run directory: one process writes in it, such as one that trains."""

import os
import re
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from filelock import FileLock, Timeout

from catnet.errors import RunInUse, RunTaken
from catnet.runs.files import writing
from catnet.runs.layout import LOCK
from catnet.text import printable

IN_IT = " in it"
TRAINING, STORING = f"is training{IN_IT}", f"is storing thresholds{IN_IT}"  # what a process does that holds it
SECONDS_TO_WRITE = 1.0  # that one who has just taken the lock may need to write its name
NAME = re.compile(rf"process (\d+) on (.*?)(?: {STORING})?")
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
        self._lock = FileLock(path)
        with writing(path):
            try:
                self._lock.acquire(blocking=False)
            except Timeout as error:
                who = holder(path)
                who = who if who.endswith(IN_IT) else f"{who} {TRAINING}"
                raise RunInUse(f"{printable(folder)}: {who}; wait for it, or end it") from error
            self._held.add(self._lock)
            self._path, self._file = path, path.stat()  # no other file can get this inode while the lock is held
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
                f"{folder}: it, or its {LOCK}, was removed, renamed or replaced while this process was training in it, "
                "so nothing more is written there; if it has another name now, resume the training under that name"
            )

    def release(self) -> None:
        """Releases the lock, so that others can take it."""
        with suppress(OSError, RunTaken):  # the folder may have been removed or replaced
            self.require()
            os.truncate(self._path, 0)
        self._held.discard(self._lock)
        self._lock.release()


def holder(path: Path) -> str:
    """Who holds the lock, as its file says; `another process` if it does not say so within a second."""
    deadline = time.monotonic() + SECONDS_TO_WRITE
    while time.monotonic() < deadline:
        with suppress(OSError):
            name = path.read_text(encoding="utf-8", errors="replace")[:200].strip()
            if name and not has_ended(name):
                return printable(name)
        time.sleep(SECONDS_TO_WRITE / 20)
    return "another process"


def has_ended(name: str) -> bool:
    """Whether the file still names a process of this machine that was killed, not the one that has the lock now.

    False if that cannot be told.
    """
    match = NAME.fullmatch(name)
    if match is None or match[2] != socket.gethostname() or not (PROCESSES / "self").exists():
        return False
    return not (PROCESSES / match[1]).exists()
