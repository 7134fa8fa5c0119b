"""A lock on a run directory: one process trains in it."""

import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from filelock import FileLock, Timeout

from catnet.errors import OutputError, RunInUse, RunTaken
from catnet.runs.files import writing
from catnet.runs.layout import LOCK
from catnet.text import printable

SECONDS_TO_WRITE = 0.1  # that one who has just taken the lock surely needs to write its name


class Lock:
    """Held from when it is made until `release`, or until the process ends, however it ends.

    The file stays: if it were removed, two processes could hold a lock each, on two files of one name. The holder's
    name is written into it, except on a system that lets nobody read or write a locked file.
    """

    _held: ClassVar[set[FileLock]] = set()  # a FileLock to which nothing refers any more would be released

    def __init__(self, folder: Path) -> None:
        """Takes the lock at once. Raises RunInUse, with the process that holds it; OutputError."""
        path = folder / LOCK
        self._lock = FileLock(path)
        with writing(path):
            try:
                self._lock.acquire(blocking=False)
            except Timeout as error:
                who = "another process"
                time.sleep(SECONDS_TO_WRITE)  # the file may still name who held it before
                with suppress(OSError):
                    who = printable(path.read_text(encoding="utf-8", errors="replace")[:200].strip()) or who
                raise RunInUse(f"{printable(folder)}: {who} is training in it; wait for it, or end it") from error
            self._held.add(self._lock)
            self._path, self._file = path, path.stat()  # no other file can get this inode while the lock is held
        with suppress(OSError):
            path.write_text(f"process {os.getpid()} on {socket.gethostname()}\n", encoding="utf-8")

    def require(self) -> None:
        """Raises RunTaken if the folder, or the locked file, has been removed, renamed or replaced."""
        folder = printable(self._path.parent)
        try:
            same = os.path.samestat(self._path.stat(), self._file)
        except (FileNotFoundError, NotADirectoryError):
            same = False
        except OSError as error:
            raise OutputError(f"{printable(self._path)}: cannot be read: {error.strerror or error}") from error
        if not same:
            raise RunTaken(
                f"{folder}: it, or its {LOCK}, was removed, renamed or replaced while this process was training in it, "
                "so nothing more is written there; if it has another name now, resume the training under that name"
            )

    def release(self) -> None:
        """Releases the lock, so that others can take it."""
        self._held.discard(self._lock)
        self._lock.release()
