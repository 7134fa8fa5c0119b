"""What a disk may hold after a power loss: a model of a file system that has not flushed everything.

A file's content lasts once the file was flushed; what was written since may be lost, cut or zeros. A name lasts once
its folder was flushed; of what was done to names since, any part may have happened (each create, rename and removal
on its own, in their order).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path, PurePath

from disk import Operation

DAMAGE = ("lost", "cut", "zeroed", "whole")  # of what was written and not flushed
MOST_PENDING = 6
Files = dict[str, bytes | None]  # by path; None is a folder


@dataclass
class File:
    """A file's content now, and the part of it that lasts."""

    content: bytes = b""
    flushed: bytes = b""

    def after(self, damage: str) -> bytes:
        """The content after a power loss."""
        new = self.content[len(self.flushed) :] if self.content.startswith(self.flushed) else self.content
        kept = self.flushed if self.content.startswith(self.flushed) else b""
        left = {"lost": b"", "cut": new[: len(new) // 2], "zeroed": bytes(len(new)), "whole": new}[damage]
        return kept + left


Change = tuple[str, str, File | None]  # set or remove, the path, and the file or, for a folder, None


@dataclass
class FileSystem:
    """The names that last, the changes of names that may be lost, and the files."""

    names: dict[str, File | None] = field(default_factory=dict)  # now; None is a folder
    lasting: dict[str, File | None] = field(default_factory=dict)
    pending: list[Change] = field(default_factory=list)

    def do(self, operation: Operation) -> None:
        """The operation."""
        name, path = operation.name, operation.path
        if name == "open":
            if path not in self.names:
                self._change(("set", path, File()))
        elif name == "write":
            file = self.names[path]
            assert file is not None
            file.content += operation.data
        elif name == "fsync":
            file = self.names.get(path)
            if file is not None:
                file.flushed = file.content
            else:
                self._flush(path)
        elif name == "replace":
            file = self.names[path]
            self._change(("move", path, file), operation.target)
        elif name == "unlink":
            self._change(("remove", path, None))
        elif name == "mkdir":
            self._change(("set", path, None))

    def _change(self, change: Change, target: str = "") -> None:
        kind, path, file = change
        if kind == "move":  # to a journal, a rename is one change: the old name goes as the new one comes
            change = ("set", target, file)
            self.pending.append(("remove", path, None))
            apply(self.names, ("remove", path, None))
        self.pending.append(change)
        apply(self.names, change)

    def _flush(self, folder: str) -> None:
        for change in [change for change in self.pending if str(PurePath(change[1]).parent) == folder]:
            apply(self.lasting, change)
            self.pending.remove(change)

    def crashes(self) -> Iterator[Files]:
        """Every state that a power loss may leave now."""
        for kept in self._parts():
            names = dict(self.lasting)
            for change in kept:
                apply(names, change)
            for damage in DAMAGE:
                yield {
                    path: None if file is None else file.after(damage)
                    for path, file in names.items()
                    if all(str(parent) in names for parent in list(PurePath(path).parents)[:-1] if inside(parent))
                }

    def _parts(self) -> Iterator[Sequence[Change]]:
        """The changes that may have happened: any of them; if there are many, the first ones, or all but one."""
        if len(self.pending) <= MOST_PENDING:
            for count in range(len(self.pending) + 1):
                yield from combinations(self.pending, count)
            return
        for at in range(len(self.pending) + 1):
            yield self.pending[:at]
            yield self.pending[:at] + self.pending[at + 1 :]


def inside(path: PurePath) -> bool:
    """Whether the path is within the run directory, which is relative to the trial's folder."""
    return str(path) != "."


def apply(names: dict[str, File | None], change: Change) -> None:
    """Sets or removes a name."""
    kind, path, file = change
    if kind == "set":
        names[path] = file
    else:
        names.pop(path, None)


def replay(operations: list[Operation], root: Path) -> Iterator[tuple[int, Files]]:
    """After each prefix of the operations: the last acknowledged epoch, and each state that a power loss may leave."""
    disk, acknowledged = FileSystem(), 0
    for operation in operations:
        if operation.name == "saved":
            acknowledged = int(operation.path)
        else:
            disk.do(operation._replace(path=within(operation.path, root), target=within(operation.target, root)))
        for files in disk.crashes():
            yield acknowledged, files


def within(path: str, root: Path) -> str:
    """The path relative to the root."""
    return str(Path(path).relative_to(root)) if path.startswith(str(root)) else path


def lay_out(files: Files, root: Path) -> None:
    """Makes the files."""
    for path, content in sorted(files.items()):
        if content is None:
            (root / path).mkdir(parents=True, exist_ok=True)
        else:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
