"""A lock on a run directory: one process writes in it, such as one that trains."""

import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from filelock import FileLock, Timeout

from catnet.errors import RunInUse
from catnet.runs.files import writing
from catnet.runs.layout import LOCK
from catnet.text import printable

IN_IT = " in it"
TRAINING, STORING = f"is training{IN_IT}", f"is storing thresholds{IN_IT}"  # what a process does that holds it
SECONDS_TO_WRITE = 0.1  # that one who has just taken the lock surely needs to write its name


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
                who = "another process"
                time.sleep(SECONDS_TO_WRITE)  # the file may still name who held it before
                with suppress(OSError):
                    who = printable(path.read_text(encoding="utf-8", errors="replace")[:200].strip()) or who
                who = who if who.endswith(IN_IT) else f"{who} {TRAINING}"
                raise RunInUse(f"{printable(folder)}: {who}; wait for it, or end it") from error
        self._held.add(self._lock)
        with suppress(OSError):
            name = f"process {os.getpid()} on {socket.gethostname()}"
            path.write_text(f"{name}\n" if doing == TRAINING else f"{name} {doing}\n", encoding="utf-8")

    def release(self) -> None:
        """Releases the lock, so that others can take it."""
        self._held.discard(self._lock)
        self._lock.release()
