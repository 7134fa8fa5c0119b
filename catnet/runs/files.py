"""Files that are either the old one or the new one, whole, whatever happens while they are written."""

import os
from pathlib import Path

from catnet.errors import OutputError


def write_atomically(path: Path, content: bytes) -> None:
    """Writes to a temporary file beside the path, flushes it to the disk, and renames it; then flushes the folder.

    Raises OutputError; the temporary file is then gone, and what was at the path is still there.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            with open(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
            sync_folder(path.parent)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise cannot_write(path, error) from error


def sync_folder(folder: Path) -> None:
    """Makes the names in the folder as lasting as the files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def cannot_write(path: Path, error: OSError) -> OutputError:
    """The one message for every write that fails."""
    return OutputError(f"{path}: could not be written: {error.strerror or error}")
