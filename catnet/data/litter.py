"""What is no data though it lies in the data folder: catnet's own files, Python environments, what archives and systems
leave behind.
"""

import os
from collections.abc import Sequence

RUNS = "runs"
RUN, RUNS_OF_CATNET = "a run of catnet", "runs of catnet"
ENVIRONMENT, SYSTEM = "a Python environment", "of an archive or a system"
NAMES = {
    "venv": ENVIRONMENT,
    **dict.fromkeys(("__macosx", "@eadir", "#recycle", "@recycle", "lost+found", "system volume information"), SYSTEM),
    **dict.fromkeys(("$recycle.bin", "recycler", "__pycache__", "node_modules"), SYSTEM),
}
EXPLANATION = "-explained.png"  # what `explain` puts behind the name of a picture
SOFTWARE = "catnet explain"  # what a PNG that `explain` wrote says of itself, in a chunk directly after its header
BEGINNING = 128  # bytes in which that stands


def named_as_litter(name: str) -> str | None:
    """What a folder of that name is, if it is no data."""
    return NAMES.get(name.casefold())


def holds_litter(folders: Sequence[str], files: Sequence[str]) -> str | None:
    """What a folder that holds these folders and files is, if it is no data. The names are those of runs/layout.py."""
    if "pyvenv.cfg" in files:
        return ENVIRONMENT
    if "config.yaml" in files and ("checkpoints" in folders or "metrics.csv" in files):
        return RUN
    return None


def is_explanation(path: str, stems: set[str]) -> bool:
    """Whether a file that is named so is what `explain` wrote: it says so itself, or lies beside the picture that it
    explains. `stems` are the names of the pictures beside it, without their suffixes.
    """
    if os.path.basename(path)[: -len(EXPLANATION)] in stems:
        return True
    try:
        return os.path.isfile(path) and is_ours(path)  # a pipe is never opened
    except OSError:
        return False


def is_ours(path: str | os.PathLike[str]) -> bool:
    """Whether a file says that `explain` wrote it. Raises OSError."""
    with open(path, "rb") as file:
        return f"tEXtSoftware\0{SOFTWARE}".encode() in file.read(BEGINNING)
