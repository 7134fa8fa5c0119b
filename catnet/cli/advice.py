"""What to type next, by kind of error: the library knows no commands and no flags."""

import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import starmap
from pathlib import Path

import click

from catnet.data.litter import CROSS_VALIDATION
from catnet.errors import (
    CatnetError,
    DataChanged,
    FolderExists,
    IsAModel,
    NoConfiguration,
    NoModel,
    NoSuchData,
    NothingToResume,
    NotInARun,
    OtherResults,
    RunExists,
    RunHasChanged,
    SaveFailed,
    Undecided,
    Unlabelled,
    WrongShape,
)
from catnet.runs.layout import ANSWERS, BEST_CONFIG, CONFIG, OF_RUN, REPORT
from catnet.text import joined, printable


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
        case RunHasChanged():
            return "\n--allow-changes resumes with these changes"
        case NoConfiguration() if holds_data(error.path):
            return f"\nto write one for the data that is there: catnet init {as_argument(error.path)}"
        case Undecided():
            return f"\nask for it by name, such as: {', or '.join(starmap(as_options, error.ways))}"
        case NotInARun():
            return "; give --data"
        case IsAModel():
            return "; give it as --model, beside what it should answer about"
        case NoModel():
            return "; run `catnet train` first, or name a run or a model file"
        case OtherResults():
            return "".join(f"\n{line}" for line in about_results(error.folder, error.kind))
        case NothingToResume():
            return f"\nstart again with: catnet train {shlex.quote(str(error.config))}"
        case Unlabelled():
            return "; see `catnet predict`"
        case WrongShape():
            return "; see `catnet count-params` for the shapes"
        case FolderExists():
            return "; give another --output"
        case RunExists():
            return "; give another --run-dir"
        case DataChanged() if error.run is not None:
            return f". Resume with: catnet train --resume {shlex.quote(str(error.run))}"
        case SaveFailed() if error.run is not None:
            return f" Fix that, then resume with: catnet train --resume {shlex.quote(str(error.run))}"
    return ""


def about_results(folder: Path, kind: str) -> Iterator[str]:
    """What can be done with the folder of a run, a tune or a cross-validation, given in place of another."""
    if kind == OF_RUN:
        yield f"to resume its training: catnet train --resume {as_argument(folder)}"
    elif kind == CROSS_VALIDATION:
        there = [printable(folder / name) for name in (REPORT, ANSWERS) if (folder / name).is_file()]
        yield f"what it found is in {joined(there)}"
        yield f"to train one network with its settings: catnet train {as_argument(folder / CONFIG)}"
    elif (folder / BEST_CONFIG).is_file():
        yield f"to train with the best settings that it found: catnet train {as_argument(folder / BEST_CONFIG)}"
    else:
        yield f"it has not come to its end; to go on with it: catnet tune --resume {as_argument(folder)}"


def as_argument(path: str | Path) -> str:
    """The path as it is typed behind a command."""
    text = str(path)
    return printable(shlex.quote(f".{os.sep}{text}" if text.startswith("-") else text))


def holds_data(path: str) -> bool:
    """Whether there is data to learn from at a path."""
    from catnet.data.scan import find  # late, because few commands need it

    try:
        return bool(find(Path(path)).sources)
    except (CatnetError, OSError):
        return False


def as_options(goal: str | None, names: Sequence[str]) -> str:
    """The options of `catnet init` that ask for a goal and for names."""
    of_goal = [f"--goal {goal}"] if goal else []
    return " ".join([*of_goal, *(f"--target {printable(shlex.quote(name))}" for name in names)])


def setting(error: click.NoSuchOption) -> str:
    """How the key of a configuration is set that was given as an option: `--set train.epochs=...` for --epochs."""
    from catnet.config.validate import meant_by  # late, because few commands need it

    can_set = error.ctx is not None and any("--set" in option.opts for option in error.ctx.command.params)
    keys = meant_by((error.option_name.lstrip("-").replace("-", "_"),)) if can_set else []
    return "".join(f"; settings are given by --set {'.'.join(map(str, key))}=..." for key in keys[:1] if len(key) > 1)
