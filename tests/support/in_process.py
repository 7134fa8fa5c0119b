"""The command line in this process, which is quicker by what the imports of a new one take."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from catnet.cli.main import run
from catnet.runs.directory import RunDirectory


class Done(NamedTuple):
    """What a command left: its exit code, and what it printed."""

    code: int
    out: str
    err: str


@contextmanager
def locks_released() -> Iterator[None]:
    """A command keeps the lock of its run until its process ends; here it is released."""
    opened: list[RunDirectory] = []
    take = RunDirectory.__init__

    def remember(run: RunDirectory, path: Path) -> None:
        take(run, path)
        opened.append(run)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunDirectory, "__init__", remember)
        yield
    while opened:
        opened.pop().close()


def run_here(folder: Path, *arguments: object) -> Done:
    """Runs `catnet ARGUMENTS` in a folder, for fixtures of whole modules."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, locks_released():
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["catnet", *map(str, arguments)])
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", err)
        code = run()
    for stream in (out, err):
        stream.seek(0)
    return Done(code, out.read(), err.read())
