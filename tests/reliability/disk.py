"""Stands between a process and the files of a folder: numbers what is done to them, and at a number does something.

The functions of `os` are replaced, in the process that is tried, not in catnet: nothing in catnet knows of it.
"""

import os
import pickle
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

PHASES = ("before", "half", "after")  # of an operation; only a write has a half
WRITING = os.O_WRONLY | os.O_RDWR


class Operation(NamedTuple):
    """What was done: open (to write), write, fsync, replace, unlink, mkdir; or `saved`, when a save has returned."""

    name: str
    path: str
    data: bytes = b""
    target: str = ""


@dataclass
class Disk:
    """Counts the operations in `folder`, from 0. At number `at`: kills the process in the phase, or raises `error`, or
    has `happens` do something to the folder, as another process might. Each operation takes `pause` seconds more.

    With `record`, the operations are written to that file after each save, and at the end.
    """

    folder: Path
    at: int = -1
    phase: str = "before"
    error: int = 0
    record: Path | None = None
    happens: Callable[[Path], None] | None = None
    pause: float = 0.0
    operations: list[Operation] = field(default_factory=list)
    open_files: dict[int, str] = field(default_factory=dict)

    def install(self) -> None:
        """Replaces the functions of `os`."""
        self.real: dict[str, Callable[..., Any]] = {
            name: getattr(os, name) for name in ("open", "write", "fsync", "close", "replace", "unlink", "mkdir")
        }
        self._replace_functions()

    def _replace_functions(self) -> None:
        for name in self.real:
            setattr(os, name, getattr(self, name))

    def saved(self, epoch: int) -> None:
        """Notes that a save has returned. It is no operation, and has no number."""
        self.operations.append(Operation("saved", str(epoch)))
        self.dump()

    def dump(self) -> None:
        """Writes what was recorded."""
        if self.record is not None:
            self.record.write_bytes(pickle.dumps(self.operations))

    def open(self, path: Any, flags: int, *rest: Any, **named: Any) -> int:
        inside = self._inside(path)
        operation = Operation("open", str(path)) if inside and flags & WRITING else None
        descriptor: int = self._do(operation, lambda: self.real["open"](path, flags, *rest, **named))
        if inside:
            self.open_files[descriptor] = str(path)
        return descriptor

    def close(self, descriptor: int) -> None:
        self.open_files.pop(descriptor, None)
        self.real["close"](descriptor)

    def write(self, descriptor: int, data: Any) -> int:
        path = self.open_files.get(descriptor)
        operation = None if path is None else Operation("write", path, bytes(data))
        written: int = self._do(
            operation,
            lambda: self.real["write"](descriptor, data),
            lambda: self.real["write"](descriptor, bytes(data)[: len(data) // 2]),
        )
        return written

    def fsync(self, descriptor: int) -> None:
        path = self.open_files.get(descriptor)
        self._do(None if path is None else Operation("fsync", path), lambda: self.real["fsync"](descriptor))

    def replace(self, source: Any, target: Any, **named: Any) -> None:
        operation = Operation("replace", str(source), target=str(target)) if self._inside(target) else None
        self._do(operation, lambda: self.real["replace"](source, target, **named))

    def unlink(self, path: Any, **named: Any) -> None:
        operation = Operation("unlink", str(path)) if self._inside(path) and Path(path).exists() else None
        self._do(operation, lambda: self.real["unlink"](path, **named))

    def mkdir(self, path: Any, *rest: Any, **named: Any) -> None:
        operation = Operation("mkdir", str(path)) if self._inside(path) and not Path(path).exists() else None
        self._do(operation, lambda: self.real["mkdir"](path, *rest, **named))

    def _inside(self, path: Any) -> bool:
        return isinstance(path, str | Path) and Path(path).absolute().is_relative_to(self.folder)

    def _do(self, operation: Operation | None, act: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:
        if operation is None:
            return act()
        number = sum(done.name != "saved" for done in self.operations)
        self.operations.append(operation)
        time.sleep(self.pause)
        if number != self.at:
            return act()
        if self.happens is not None:
            for name, function in self.real.items():
                setattr(os, name, function)
            self.happens(self.folder)
            self._replace_functions()
            return act()
        if half is not None and (self.phase == "half" or self.error):
            half()
        if self.error:
            raise OSError(self.error, os.strerror(self.error), operation.path)
        if self.phase == "after":
            act()
        os.kill(os.getpid(), signal.SIGKILL)
