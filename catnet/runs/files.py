"""Writing files so that, whatever happens meanwhile, either the whole old file or the whole new one is there."""

import errno
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from catnet.errors import OutputError
from catnet.files import KINDS, NO_FOLLOW, current_folder, write_all
from catnet.runs.layout import entries
from catnet.text import byte_size, printable

TEMPORARY = re.compile(r"\..+\.(\d+|[0-9a-f]{16})\.tmp")  # what write_atomically leaves behind if it is killed
CHARACTERS_OF_NAME = 50  # of the file's name in that of its temporary file: no file system has room for 256 bytes
O_BINARY = getattr(os, "O_BINARY", 0)  # for Windows, which would otherwise write a line break as two bytes
APPENDING = os.O_WRONLY | os.O_APPEND | O_BINARY | NO_FOLLOW | getattr(os, "O_NONBLOCK", 0)  # no pipe is waited for


def write_atomically(
    path: Path,
    content: bytes,
    confirm: Callable[[], None] = lambda: None,
    is_own: Callable[[Path], bool] = lambda path: True,
    durable: bool = True,
) -> None:
    """Writes to a temporary file beside the path, flushes it to the disk, and renames it.

    If it is `durable` the folder is flushed then. If not, the old file may be there again after a power failure, whole.
    `confirm` is called just before the file gets its name, and may raise an error to prevent it. `is_own` as in
    `demand_own`. Raises OutputError; the temporary file is then gone, and what was at the path is still there. The
    temporary name is a new one each time: in another container another process may have the number of this one.
    """
    with writing(path):
        demand_own(path, is_own)
        temporary = path.with_name(f".{path.name[:CHARACTERS_OF_NAME]}.{os.urandom(8).hex()}.tmp")
        require_room(path, len(content))
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | O_BINARY, 0o666)
        try:
            try:
                write_all(descriptor, content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            confirm()
            demand_own(path, is_own)
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        if durable:
            sync_folder(path.parent)


def demand_own(path: Path, is_own: Callable[[Path], bool] = lambda path: True, fix: str = "move it away") -> None:
    """Raises OutputError, which says the fix, unless the path is free, or that of a regular file that catnet wrote.

    Whether catnet wrote it, `is_own` tells. Raises OSError if it cannot be known what is there.
    """
    try:
        kind = stat.S_IFMT(os.lstat(path).st_mode)
    except FileNotFoundError:
        return
    if kind != stat.S_IFREG:
        what = KINDS.get(kind, "something else")
        raise OutputError(f"{printable(path)}: is {what}, not a regular file, and is not overwritten; {fix}")
    if not is_own(path):
        raise OutputError(f"{printable(path)}: exists already and is not overwritten; {fix}")


def append(path: Path, text: bytes, size: int, confirm: Callable[[], None] = lambda: None) -> bool:
    """Adds to the end of a regular file of so many bytes; False if there is no such file, so that it was changed.

    `confirm` is called once the file is open, and may raise an error to prevent the write. Raises OutputError.
    """
    with writing(path):
        demand_own(path)  # first, because opening a device may do something
        try:
            descriptor = os.open(path, APPENDING)
        except FileNotFoundError:
            return False
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size != size:
                return False
            confirm()
            write_all(descriptor, text)
        finally:
            os.close(descriptor)
    return True


def remove_leftovers(folder: Path) -> None:
    """Removes what killed writers have left in a folder; nothing if there is no folder. Raises OutputError."""
    for path in entries(folder):
        if TEMPORARY.fullmatch(path.name):
            with writing(folder):
                path.unlink(missing_ok=True)


def make_folders(path: Path) -> None:
    """Makes the folder and those above it that are missing, and flushes their names to the disk. Raises OSError."""
    if not path.is_absolute():
        current_folder()  # if it was removed, it says so
    if not path.is_dir():
        make_folders(path.parent)
        if path.is_symlink():
            raise FileExistsError(errno.EEXIST, f"{printable(path)} is a link that leads nowhere; remove it")
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flushes the names in the folder to the disk, on a system that can open a folder to do so."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows, whose file systems keep the names by themselves
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def require_room(path: Path, size: int) -> None:
    """Raises OutputError if the disk has no room for so many bytes more at the path."""
    with writing(path):
        disk = shutil.disk_usage(path.parent)
    if disk.total and disk.free < size:  # a file system that knows no sizes says 0 for all
        raise OutputError(
            f"{printable(path)}: could not be written: it needs {byte_size(size)}, the disk has {byte_size(disk.free)}"
        )


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turns the OSError of a write that fails into an OutputError: the one message for all of them."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{printable(path)}: could not be written: {error.strerror or error}") from error
