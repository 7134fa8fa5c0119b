"""The processes of a worker in which trainings run: they stay, so that each reads the data once.

They end with the worker's process, as their input does. They are ended when their client says so; if it was killed
and cannot, once they have been idle for long.
"""

import shutil
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Timer

from catnet.selection.processes import Ended, started

LONGEST_IDLE = 120.0  # seconds, after which it is taken that the client is gone
Process = subprocess.Popen[bytes]


class Children:
    """The processes of this worker, by the token of the client's search; and the folder of each search."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._idle: defaultdict[str, list[tuple[Process, float]]] = defaultdict(list)
        self._busy: defaultdict[str, list[Process]] = defaultdict(list)
        self._folders: dict[str, Path] = {}
        self._ended: set[str] = set()  # searches that have ended, one of whose trainings may still be on its way
        self._looking = False

    @contextmanager
    def lent(self, token: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Process]:
        """A process of this search, which has its files in the folder; a new one if all are busy.

        Raises Ended if the search has ended, OSError if the system starts no process.
        """
        with self._lock:
            if token in self._ended:
                shutil.rmtree(folder, ignore_errors=True)
                raise Ended(0)
            self._folders[token] = folder
            alive = (child for child, _ in self._idle.pop(token, []) if child.poll() is None)
            child, *others = [*alive] or [started(environment)]
            self._idle[token] += ((other, time.monotonic()) for other in others)
            self._busy[token].append(child)
        try:
            yield child
        finally:
            with self._lock:
                self._busy[token].remove(child)
                if not self._busy[token]:
                    del self._busy[token]
                if token in self._ended or child.poll() is not None:
                    end(child)
                    if token in self._ended:
                        shutil.rmtree(folder, ignore_errors=True)
                else:
                    self._idle[token].insert(0, (child, time.monotonic()))
                self._look_later()

    def end(self, token: str) -> None:
        """Ends all that a search has here, and removes its files."""
        with self._lock:
            self._ended.add(token)
            for child in self._busy.get(token, ()):
                child.kill()  # who uses it waits for its end
            self._forget(token)

    def _forget(self, token: str) -> None:
        for child, _ in self._idle.pop(token, []):
            end(child)
        if folder := self._folders.pop(token, None):
            shutil.rmtree(folder, ignore_errors=True)

    def _look_later(self) -> None:
        if not self._looking and any(self._idle.values()):
            self._looking = True
            timer = Timer(LONGEST_IDLE / 4, self._end_idle)
            timer.daemon = True
            timer.start()

    def _end_idle(self) -> None:
        """Ends the processes of searches that have asked for nothing for long."""
        with self._lock:
            self._looking = False
            for token, idle in list(self._idle.items()):
                last = max((since for _, since in idle), default=0.0)
                if token not in self._busy and time.monotonic() - last > LONGEST_IDLE:
                    self._forget(token)
            self._look_later()


def end(child: Process) -> None:
    """Ends a process and waits for that."""
    child.kill()
    child.communicate()


CHILDREN = Children()  # of this process
