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
EXPLAINED = "-explained.png"  # what `explain` puts behind the name of a picture
SIGNATURE, BEGINNING = b"catnet explain", 128  # what stands in the first bytes of a file that `explain` wrote


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
    if os.path.basename(path)[: -len(EXPLAINED)] in stems:
        return True
    try:
        if not os.path.isfile(path):  # a pipe is never opened
            return False
        with open(path, "rb") as file:
            return SIGNATURE in file.read(BEGINNING)
    except OSError:
        return False
