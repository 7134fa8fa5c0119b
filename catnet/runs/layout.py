"""What a run directory and the folders of other results hold, and under which names."""

import re
from pathlib import Path

from catnet.data.litter import CROSS_VALIDATION, TUNE
from catnet.errors import OutputError
from catnet.text import printable

RUNS = Path("runs")  # where runs are made, and the newest one is looked for
CONFIG = "config.yaml"
METRICS = "metrics.csv"
EXAMPLES = "examples.csv"
SKIPPED = "skipped.csv"
SUMMARY = "summary.json"
SUFFIX = ".safetensors"  # of a model
BEST = f"best{SUFFIX}"
REPORT = "report.html"
EXPLAINED = "explained"
EXPORTED = "exported"
TENSORBOARD = "tensorboard"
CHECKPOINTS = "checkpoints"
WEIGHTS = "weights"  # that were kept, by their epochs
LEARNED_BEFORE = "train before"  # the split of what was training data before a training resumed with other data
EXAMPLE_COLUMNS = ("split", "name", "digest")  # of examples.csv
LOCK = ".lock"
ANSWERS = "answers.csv"  # of a cross-validation
TRIALS, BEST_CONFIG = "trials.csv", "best.yaml"  # of a tune
BEGAN = "began.yaml"  # of a tune: what its config.yaml was at first
OF_RUN = "run"
KINDS = {OF_RUN: "a run", TUNE: "a tune", CROSS_VALIDATION: "a cross-validation"}  # of results in a folder, in words
NUMBERED = re.compile(r"epoch-(\d{6,})\.safetensors")


def checkpoint_path(run: Path, epoch: int) -> Path:
    """The path of the checkpoint after so many epochs."""
    return run / CHECKPOINTS / numbered(epoch)


def checkpoint_epochs(run: Path) -> list[int]:
    """The epochs of the numbered checkpoints that are there, the newest first. Raises OutputError."""
    return epochs_in(run / CHECKPOINTS)[::-1]


def weights_path(run: Path, epoch: int) -> Path:
    """The path of the weights that were kept after so many epochs."""
    return run / WEIGHTS / numbered(epoch)


def weights_epochs(run: Path) -> list[int]:
    """The epochs whose weights were kept, ascending. Raises OutputError."""
    return epochs_in(run / WEIGHTS)


def numbered(epoch: int) -> str:
    """The name of a file that holds a model after so many epochs."""
    return f"epoch-{epoch:06d}{SUFFIX}"


def epochs_in(folder: Path) -> list[int]:
    """The epochs of the files with such names in a folder, ascending. Raises OutputError."""
    names = (NUMBERED.fullmatch(entry.name) for entry in entries(folder))
    return sorted(int(name[1]) for name in names if name and name[0] == numbered(int(name[1])))


def damaged_path(checkpoint: Path) -> Path:
    """The path to which a damaged checkpoint is moved."""
    return checkpoint.with_name(f"{checkpoint.name}.damaged")


def entries(folder: Path) -> list[Path]:
    """What is in a folder, sorted; nothing if there is none. Raises OutputError."""
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise OutputError(f"{printable(folder)}: cannot be read: {error.strerror or error}") from error
