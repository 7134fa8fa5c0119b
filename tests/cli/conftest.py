"""The command line within the tests' own process, which starts sooner than one of its own."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from catnet.cli.main import run


class Done(NamedTuple):
    """What a command left: its exit code, and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Done]:
    """Runs `catnet ARGUMENTS` in the test's own folder; without report.html, which has its own tests."""

    def command(*arguments: object) -> Done:
        quick = ["--no-report"] if arguments[0] == "train" else []
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["catnet", *map(str, arguments), *quick])
        capsys.readouterr()
        code = run()
        return Done(code, *capsys.readouterr())

    return command
