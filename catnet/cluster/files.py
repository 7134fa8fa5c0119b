"""The files of a training, which travel between the client's folder and the disk of a worker."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from catnet.errors import ClusterError
from catnet.runs.files import make_folders, write_atomically, writing
from catnet.runs.layout import CHECKPOINTS, CONFIG, EXAMPLES, NUMBERED, SKIPPED, entries
from catnet.text import printable

TRAVEL = (CONFIG, EXAMPLES, SKIPPED)  # besides checkpoints; what else there is, these hold too


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file that travels, by its name in the folder. Raises OutputError."""
    with writing(folder):
        return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names_in(folder)}


def names_in(folder: Path) -> Iterator[str]:
    """The names of the files that travel."""
    yield from (name for name in TRAVEL if (folder / name).is_file())
    for path in entries(folder / CHECKPOINTS):
        if NUMBERED.fullmatch(path.name):
            yield f"{CHECKPOINTS}/{path.name}"


def travels(name: str) -> bool:
    """Whether a file of this name is one of those that travel."""
    folder, _, file = name.rpartition("/")
    return name in TRAVEL or (folder == CHECKPOINTS and NUMBERED.fullmatch(file) is not None)


def contents(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """What is in the files of these names. Raises OutputError."""
    with writing(folder):
        return {name: (folder / name).read_bytes() for name in names}


def write(folder: Path, content: Mapping[str, bytes], names: Iterable[str]) -> None:
    """Writes files into a folder, each atomically, then removes those that are not among the `names`. So the folder
    always has a checkpoint to go on from. Raises OutputError; ClusterError for a name that no training writes.
    """
    if strangers := [name for name in content if not travels(name)]:
        raise ClusterError(f"a worker has sent a file that is none of a training: {printable(strangers[0])}")
    with writing(folder):
        make_folders(folder / CHECKPOINTS)
    for name, of in content.items():
        write_atomically(folder / name, of)
    with writing(folder):
        for name in set(names_in(folder)) - set(names):
            (folder / name).unlink(missing_ok=True)
