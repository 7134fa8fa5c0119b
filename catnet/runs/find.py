"""Which model file is meant by a path: that of a run, or of the newest run."""

from pathlib import Path

from catnet.errors import CheckpointError, NoModel
from catnet.runs.layout import BEST, entries
from catnet.text import printable


def find_model(run_or_file: Path) -> Path:
    """The best model of a run directory, or the file itself. Raises CheckpointError if there is none."""
    if not run_or_file.is_dir():
        return run_or_file
    if (run_or_file / BEST).is_file():
        return run_or_file / BEST
    raise CheckpointError(f"{printable(run_or_file)}: holds no {BEST}; give a run directory, or a model file")


def newest_model(root: Path) -> Path:
    """The best model of the newest run in a folder of runs. Raises NoModel."""
    models = [run / BEST for run in entries(root) if (run / BEST).is_file()]
    if not models:
        raise NoModel(f"{printable(root)}: holds no trained model")
    return max(models, key=lambda model: (model.stat().st_mtime_ns, model))
