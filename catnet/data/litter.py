"""What is no data though it lies in the data folder: catnet's own files, Python environments, what archives and systems
leave behind.
"""

import os
import re
from collections.abc import Sequence

CACHE = "catnet-pictures"  # the folder of the cache, which CATNET_CACHE may have put there
RUN = "a run of catnet"
CROSS_VALIDATION, TUNE = "cross-validation", "tune"  # the folders of what these commands find
# folders without pictures
MADE = {"runs": "runs of catnet", CROSS_VALIDATION: "cross-validations of catnet", TUNE: "searches of catnet"}
ENVIRONMENT, SYSTEM = "a Python environment", "of an archive or a system"
NAMES = {
    **dict.fromkeys(("__macosx", "@eadir", "#recycle", "@recycle", "lost+found", "system volume information"), SYSTEM),
    **dict.fromkeys(("$recycle.bin", "recycler", "__pycache__", "node_modules"), SYSTEM),
    CACHE: "decoded pictures that catnet keeps",
}
EXPLAINED = "-explained"  # what `explain` puts behind the name of a picture
_EXPLANATION = re.compile(rf".*{EXPLAINED}(-\d+)?\.png", re.IGNORECASE | re.DOTALL)
SOFTWARE = "catnet explain"  # what a PNG that `explain` wrote says of itself
_MARK, _BEGINNING = f"tEXtSoftware\0{SOFTWARE}".encode(), 128  # it stands in the first bytes of the file


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


def named_as_explanation(name: str) -> bool:
    """Whether a file is named as `explain` names what it writes; whether it did write it, the file itself says."""
    return EXPLAINED in name.lower() and bool(_EXPLANATION.fullmatch(name))


def is_explanation(path: str | os.PathLike[str]) -> bool:
    """Whether `explain` wrote the file, which it says itself; False if it cannot be read."""
    try:
        if not os.path.isfile(path):  # a pipe is never opened
            return False
        with open(path, "rb") as file:
            return _MARK in file.read(_BEGINNING)
    except OSError:
        return False
