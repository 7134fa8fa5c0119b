"""Which model file is meant by a path: that of a run, or of the newest run."""

import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from catnet import files
from catnet.data.litter import CROSS_VALIDATION, TUNE
from catnet.errors import CatnetError, CheckpointError, NoModel, OtherResults, OutputError
from catnet.runs.checkpoints import created_in
from catnet.runs.layout import (
    ANSWERS,
    BEGAN,
    BEST,
    CHECKPOINTS,
    CONFIG,
    KINDS,
    OF_RUN,
    WEIGHTS,
    checkpoint_epochs,
    checkpoint_path,
    entries,
)
from catnet.text import printable

SECONDS_APART = 0.001  # at least, of the starts of two runs


def is_there(path: Path, is_kind: Callable[[int], bool] = stat.S_ISREG) -> bool:
    """Whether it is a regular file, or of another kind. Raises CheckpointError if that cannot be told, as in a folder
    that may not be searched.
    """
    try:
        return files.is_there(path, is_kind)
    except OSError as error:
        raise CheckpointError(f"{printable(path)}: cannot be read: {error.strerror or error}") from error


def find_model(run_or_file: Path) -> Path:
    """The best model of a run directory, or the file itself. Raises CheckpointError if there is none."""
    if not is_there(run_or_file, stat.S_ISDIR):
        return run_or_file
    if is_there(run_or_file / BEST):
        return run_or_file / BEST
    refuse_what_is_no_run(run_or_file)
    fix = "give a run directory, or a model file"
    if is_there(run_or_file / CONFIG):
        fix = "resuming its training writes it" + (" again" if checkpoint_epochs(run_or_file) else "")
    raise CheckpointError(f"{printable(run_or_file)}: holds no {BEST}; {fix}")


def refuse_what_is_no_run(path: Path) -> None:
    """Raises CheckpointError for a file, or a folder of runs, which names the run that is probably meant; OtherResults
    for the folder of a tune or of a cross-validation.
    """
    refuse_other_results(path, OF_RUN)
    if is_there(path):
        run = run_of(path)
        raise CheckpointError(
            f"{printable(path)}: is a file, not a run directory" + (f"; give {printable(run)}" if run else "")
        )
    if not is_there(path / CONFIG):
        with suppress(NoModel):
            newest = printable(newest_model(path).parent)
            raise CheckpointError(f"{printable(path)}: is a folder of runs; give one of them, such as {newest}")


def refuse_other_results(path: Path, wanted: str) -> None:
    """Raises OtherResults if a path is that of a folder with results of another kind than the one wanted."""
    kind = kind_of_results(path)
    if kind not in (None, wanted):
        raise OtherResults(
            f"{printable(path)}: is not the folder of {KINDS[wanted]}, but of {KINDS[kind]}"
            + (", which keeps no network to ask, to measure or to compare" if wanted == OF_RUN else ""),
            path,
            kind,
        )


def kind_of_results(folder: Path) -> str | None:
    """Which of `KINDS` a folder holds, as its files tell; None if it is none that can be recognised."""
    if is_there(folder / BEST) or is_there(folder / CHECKPOINTS, stat.S_ISDIR):
        return OF_RUN
    if is_there(folder / BEGAN):
        return TUNE
    return CROSS_VALIDATION if is_there(folder / CONFIG) and is_there(folder / ANSWERS) else None


def is_run(path: Path) -> bool:
    """Whether a path is the directory of a run that has a model."""
    return os.path.isfile(path / BEST) and os.path.isfile(path / CONFIG)


def run_of(model: Path) -> Path | None:
    """The run directory that a model file is in: the best model, a checkpoint, or weights that were kept; else None."""
    folder = model.parent
    places = [folder, folder.parent] if folder.name in (CHECKPOINTS, WEIGHTS) else [folder]
    return next((place for place in places if is_there(place / CONFIG)), None)


def newest_model(root: Path) -> Path:
    """The best model of the run in a folder of runs whose training was started last. Raises NoModel.

    It may be damaged, which reading it will say: an older model does not answer in its place. Of a run and its copies
    it is the first by name.
    """
    models = [run / BEST for run in entries(root) if is_there(run / BEST)]
    if not models:
        raise NoModel(f"{printable(root)}: holds no trained model")
    return max(models, key=created)


def started_later(root: Path, model: Path) -> Path | None:
    """The last run in a folder of runs that was started after a model's and has none itself: its training diverged, or
    has not come so far. None if there is none.
    """
    without = [run for run in entries(root) if is_there(run / CONFIG) and not is_there(run / BEST)]
    last = max(without, key=lambda run: created(run / BEST), default=None)
    return last if last is not None and created(last / BEST) > created(model) else None


def created(model: Path) -> float:
    """When the training of a run's best model was started, in seconds since 1970 (UTC): as its newest checkpoint says,
    or, in a run of an earlier version, the model; else the time of the run's configuration, else that of the file.
    Saving a threshold or copying the run does not change it.
    """
    run = model.parent
    with suppress(CheckpointError, OutputError):  # such as a model that is damaged
        for path in (model, *(checkpoint_path(run, epoch) for epoch in checkpoint_epochs(run))):
            if (known := created_in(path)) is not None:
                return known
    times = (path.stat().st_mtime for path in (run / CONFIG, model) if is_there(path))
    return next(times, 0.0)


def time_to_start(root: Path) -> float:
    """When a new run says that it was started: now, in seconds since 1970 (UTC), but later than each run in a folder of
    runs, also if the clock was set back since.
    """
    latest = time.time()
    with suppress(OutputError):  # what cannot be read does not stop a new run
        for run in entries(root):
            with suppress(CatnetError, OSError):
                latest = max(latest, created(run / BEST) + SECONDS_APART)
    return latest
