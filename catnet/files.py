"""Reading files that may be anything, and writing all there is to write.

Only regular files are read, so that no read waits for ever or never ends.
"""

import codecs
import errno
import os
import re
import select
import stat
from collections.abc import Callable
from io import BufferedReader

FILE_NAME = "file_name"  # the first column of a table that names pictures
# how such a table begins, perhaps behind a column without a name that numbers its rows
LIST = re.compile(rb'(?:%b)?(?:(?:"")?[,;\t])? *("?) *%b *\1 *[,;\t\r\n]' % (codecs.BOM_UTF8, FILE_NAME.encode()))
# how one may begin that is written otherwise: in UTF-16, or with the name of a picture in its first row
MAY_BE_LIST = re.compile(
    rb"\xff\xfe|\xfe\xff|[^\r\n]*[\r\n]+[^\r\n]*\.(?:png|jpe?g|bmp|gif|webp|tiff?|avif|hei[cf])\b", re.IGNORECASE
)
BEGINNING = 1 << 16  # bytes that are looked at
# A pipe that is put there at the last moment is opened without waiting, and no terminal becomes that of the process.
FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_BINARY"))
NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0)
KINDS = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
KINDS |= {stat.S_IFLNK: "a link", stat.S_IFDIR: "a folder"}
COPY = "save its content in a file, and give that file"


class NotRegular(OSError):
    """A pipe, a socket, a device, or a file such as those of /proc that says it is empty and is not.

    `strerror` says which, and what to do: `it is a pipe, and only regular files are read; save its content ...`.
    """


class TooLarge(OSError):
    """A file has more bytes than may be read of it."""


def is_list_of_pictures(path: str | os.PathLike[str]) -> bool:
    """Whether the first column of a .csv file is `file_name`."""
    return _begins(path, LIST)


def may_be_list_of_pictures(path: str | os.PathLike[str]) -> bool:
    """Whether a .csv file that is no list of pictures may be meant for one, as far as its beginning tells."""
    return _begins(path, MAY_BE_LIST)


def _begins(path: str | os.PathLike[str], pattern: re.Pattern[bytes]) -> bool:
    try:
        with open_regular(path) as file:
            return bool(pattern.match(file.read(BEGINNING)))
    except (OSError, ValueError):
        return False


def open_regular(path: str | os.PathLike[str], follow_links: bool = True) -> BufferedReader:
    """The file at a path, opened to be read as bytes, without ever waiting.

    Raises OSError: NotRegular, IsADirectoryError, or what the system says; ValueError if a path cannot be so.
    """
    return open(regular_descriptor(path, follow_links), "rb")


def regular_descriptor(path: str | os.PathLike[str], follow_links: bool = True) -> int:
    """As `open_regular`, but the descriptor alone, which is quicker."""
    look = os.stat if follow_links else os.lstat
    demand_regular(look(path), path)  # first, because opening a device may do something
    descriptor = os.open(path, FLAGS if follow_links else FLAGS | NO_FOLLOW)
    try:
        status = os.fstat(descriptor)
        demand_regular(status, path)
        if status.st_size == 0 and has_content(descriptor):
            what = "it is a file of the system that says that it is empty, and is not"
            raise NotRegular(errno.EINVAL, f"{what}; {COPY}", os.fspath(path))
        return descriptor
    except BaseException:
        os.close(descriptor)
        raise


def read_regular(path: str | os.PathLike[str], at_most: int) -> bytes:
    """What a file held when it was opened. Raises as open_regular, and TooLarge for more than `at_most` bytes."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > at_most:
            what = f"it has {size:,} bytes, and at most {at_most:,} are read"
            raise TooLarge(errno.EFBIG, what, os.fspath(path))
        return file.read(size)


def demand_regular(status: os.stat_result, path: str | os.PathLike[str]) -> None:
    """Raises NotRegular or IsADirectoryError."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(status.st_mode):
        kind = KINDS.get(stat.S_IFMT(status.st_mode), "something else")
        raise NotRegular(errno.EINVAL, f"it is {kind}, and only regular files are read; {COPY}", os.fspath(path))


def has_content(descriptor: int) -> bool:
    """Whether a file that says it is empty holds something, or would make its reader wait."""
    try:
        return bool(os.read(descriptor, 1))
    except OSError:  # such as /proc/self/mem, or a log of the kernel that would have to be waited for
        return True


def is_there(path: str | os.PathLike[str], is_kind: Callable[[int], bool] = stat.S_ISREG) -> bool:
    """Whether there is a regular file, or what is of another kind.

    Raises OSError if that cannot be told, as in a folder that may not be searched: from Python 3.14 on, `Path.is_file`
    says no then.
    """
    try:
        return is_kind(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError, ValueError):  # the latter for what can be no path
        return False
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENAMETOOLONG):  # nothing can be there
            return False
        raise


def current_folder() -> str:
    """The path of the current folder. Raises FileNotFoundError, which says so, if it has been removed."""
    try:
        return os.getcwd()
    except FileNotFoundError as error:
        raise FileNotFoundError(error.errno, "the current folder was removed; change to another one", ".") from None


def identity(path: str | os.PathLike[str]) -> tuple[int, int] | None:
    """What tells the file at a path from one that has replaced it; None if there is none, or if that is not known."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns


def write_all(descriptor: int, content: bytes) -> None:
    """Writes every byte: one call may take only some of them, or none while a pipe is full. Raises OSError."""
    rest = memoryview(content)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:
            select.select([], [descriptor], [])
