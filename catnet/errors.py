"""The errors a user can cause, each kind with the exit code that the commands end in.

A message says what is wrong, where (the file, the line, the row), and how to fix it. It may have several lines: all
that is wrong is said at once. It names no command and no flag; those are added by the command line, by kind of error.
"""

from collections.abc import Sequence
from pathlib import Path


class CatnetError(Exception):
    """Something that a user can fix. `str(error)` is the whole message."""

    exit_code = 1


class ConfigError(CatnetError):
    """The configuration, or the command line, asks for something impossible."""

    exit_code = 2


class HasChanged(ConfigError):
    """A training would resume with other settings, data or machine than it had."""


class RunHasChanged(HasChanged):
    """A run would resume with changes, which it may if they are allowed."""


class NotInARun(ConfigError):
    """A model file is not in a run directory, so that no configuration says where its data is."""


class NoConfiguration(ConfigError):
    """The path of a configuration is that of a folder or of a table: perhaps of data to learn from."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path


class Undecided(ConfigError):
    """What is to be learned is not said, and is not guessed. `ways` are examples of what could be: a goal, or None for
    that of the names, and the names.
    """

    def __init__(self, message: str, *ways: tuple[str | None, Sequence[str]]) -> None:
        super().__init__(message)
        self.ways = ways


class DataError(CatnetError):
    """A picture, a row, a label or a folder cannot be used."""

    exit_code = 3


class UnknownClass(DataError):
    """Data to measure on has a class that the training data lacks. `known` are those of the training data."""

    def __init__(self, message: str, known: Sequence[str]) -> None:
        super().__init__(message)
        self.known = tuple(known)


class Unlabelled(DataError):
    """Data to measure on has no labels: a trained model can only answer about it."""


class IsAModel(DataError):
    """A model was given as what it should answer about."""


class NoSuchData(DataError):
    """There is nothing at the path of the data."""


class DataChanged(DataError):
    """The data of a training has changed under it. `run` is the directory to resume it from; None if there is none."""

    def __init__(self, message: str, run: Path | None) -> None:
        super().__init__(message)
        self.run = run


class CheckpointError(CatnetError):
    """A file is not a catnet model, or is damaged, or does not fit the architecture."""

    exit_code = 4


class Unreadable(CheckpointError):
    """The system does not let a file be read: it may be good."""


class NoModel(CheckpointError):
    """There is no trained model in a folder of runs."""


class OtherResults(CheckpointError):
    """A folder holds the results of another command than is asked about. `kind` is that of the folder: see
    `runs/layout.py`.
    """

    def __init__(self, message: str, folder: Path, kind: str) -> None:
        super().__init__(message)
        self.folder = folder
        self.kind = kind


class NothingToResume(CheckpointError):
    """A run has no checkpoint that can be read. `config` is its configuration, to start again with."""

    def __init__(self, message: str, config: Path) -> None:
        super().__init__(message)
        self.config = config


class WrongShape(CheckpointError):
    """The parameters in a file do not have the shapes of the network that would start from them."""


class OutputError(CatnetError):
    """A file could not be written."""

    exit_code = 5


class SaveFailed(OutputError):
    """A training could not be saved. `run` is the directory to resume it from; None if it has no checkpoint."""

    def __init__(self, message: str, run: Path | None) -> None:
        super().__init__(message)
        self.run = run


class RunTaken(OutputError):
    """The run directory is no longer the one that this process has locked, so that nothing more is written to it."""


class RunInUse(CatnetError):
    """Another process writes in the run directory, or has replaced what was read from it."""

    exit_code = 6


class RunExists(RunInUse):
    """The run directory exists already, and is not overwritten."""


class FolderExists(RunExists):
    """A folder for other results exists already, and is not overwritten."""


class Diverged(CatnetError):
    """The cost or a weight is no longer a finite number."""

    exit_code = 7


class ClusterError(CatnetError):
    """Something is wrong with a cluster, or with one of its workers, which the message names."""

    exit_code = 8


class NotEnoughMemory(CatnetError):
    """What the training needs does not fit into memory."""

    exit_code = 9


class WrongGradient(CatnetError):
    """A gradient check has found that a gradient is wrong, planted or not."""

    exit_code = 10
