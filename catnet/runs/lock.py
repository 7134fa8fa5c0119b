"""A lock on a run directory: one process trains in it."""

import fcntl
import os
import socket
from pathlib import Path

from catnet.errors import RunInUse
from catnet.runs.files import cannot_write, write_all
from catnet.text import printable

NAME = ".lock"


class Lock:
    """Held from when it is made until `release`, or until the process ends, however it ends.

    The file stays: to remove it would let two processes hold a lock each, on two files of one name.
    """

    def __init__(self, folder: Path) -> None:
        """Takes the lock at once. Raises RunInUse, with the process that holds it; OutputError."""
        path = folder / NAME
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except OSError as error:
            raise cannot_write(path, error) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._descriptor, 0)
            write_all(self._descriptor, f"process {os.getpid()} on {socket.gethostname()}\n".encode())
        except BlockingIOError as error:
            holder = os.pread(self._descriptor, 200, 0).decode("utf-8", "replace").strip()
            self.release()
            who = printable(holder) or "another process"
            raise RunInUse(f"{printable(folder)}: {who} trains in it; wait for it, or end it") from error
        except OSError as error:
            self.release()
            raise cannot_write(path, error) from error

    def release(self) -> None:
        """Lets others take it."""
        os.close(self._descriptor)
