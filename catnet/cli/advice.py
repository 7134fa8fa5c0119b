"""What to type next, by kind of error: the library knows no commands and no flags."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager

from catnet.errors import (
    CatnetError,
    HasChanged,
    IsAModel,
    NoModel,
    NoSuchData,
    NothingToResume,
    NotInARun,
    RunExists,
    SaveFailed,
    Unlabelled,
    WrongShape,
)


@contextmanager
def if_moved(fix: str) -> Iterator[None]:
    """Adds to the error of data that is not where a run had it, what to type if it has moved."""
    try:
        yield
    except NoSuchData as error:
        raise NoSuchData(f"{error}\nif the data has moved, {fix}") from error


def advice(error: CatnetError) -> str:
    """What is put behind the message of an error."""
    match error:
        case HasChanged():
            return "\n--allow-changes resumes with these changes"
        case NotInARun():
            return "; give --data"
        case IsAModel():
            return "; give it as --model, beside what it should answer about"
        case NoModel():
            return "; run `catnet train` first, or name one with --model"
        case NothingToResume():
            return f"\nstart again with: catnet train {shlex.quote(str(error.config))}"
        case Unlabelled():
            return "; see `catnet predict`"
        case WrongShape():
            return "; see `catnet count-params` for the shapes"
        case RunExists():
            return "; give another --run-dir"
        case SaveFailed() if error.run is not None:
            return f" Fix that, then resume with: catnet train --resume {shlex.quote(str(error.run))}"
    return ""
