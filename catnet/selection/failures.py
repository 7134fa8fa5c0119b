"""Trials that fail: by their settings, or by what may pass, such as a process that is killed."""

from typing import Any

from catnet.config import Config
from catnet.errors import (
    CatnetError,
    CheckpointError,
    ConfigError,
    DataError,
    Diverged,
    HasChanged,
    NoSuchData,
    NotEnoughMemory,
)
from catnet.selection.points import without_place
from catnet.selection.processes import Crashed
from catnet.selection.trial import DIVERGED
from catnet.selection.trials_file import Finished

# the errors that end a trial, not the tune
OF_A_TRIAL = (Diverged, NotEnoughMemory, Crashed, ConfigError, DataError, CheckpointError)


def demand_of_a_trial(result: Any, config: Config) -> None:
    """Raises the error of a trial that is none of its settings: HasChanged, or NoSuchData if the data is away."""
    if isinstance(result, HasChanged | NoSuchData):
        raise result
    if isinstance(result, DataError) and not config.data.path.exists():
        raise NoSuchData(str(result))


def may_pass(row: Finished) -> bool:
    """Whether a trial has failed, but perhaps not by its settings: it did not diverge."""
    return bool(row.failed) and not row.failed.startswith(DIVERGED)


def reason_of(result: Any) -> str:
    """Why a training failed; "" if it did not."""
    if isinstance(result, CheckpointError):  # of one of several files of weights
        return str(result).splitlines()[0]
    return without_place(result) if isinstance(result, CatnetError) else str(result.get("failed", ""))
