"""The errors a user can cause, each kind with the exit code that the commands end in.

A message says what is wrong, where (the file, the line, the row), and how to mend it. It may have
several lines: all that is wrong is said at once.
"""


class CatnetError(Exception):
    """Something that a user can mend. `str(error)` is the whole message."""

    exit_code = 1


class ConfigError(CatnetError):
    """The configuration, or the command line, asks for what cannot be."""

    exit_code = 2


class DataError(CatnetError):
    """A picture, a row, a label or a folder is not as it must be."""

    exit_code = 3


class CheckpointError(CatnetError):
    """A file is not a catnet model, or is damaged, or does not fit the architecture."""

    exit_code = 4


class OutputError(CatnetError):
    """A file could not be written."""

    exit_code = 5


class RunInUse(CatnetError):
    """The run directory exists already, or another process trains in it."""

    exit_code = 6


class Diverged(CatnetError):
    """The cost or a weight is no longer a finite number."""

    exit_code = 7


class NotEnoughMemory(CatnetError):
    """What the training needs does not fit into memory."""

    exit_code = 9
