"""The training that nothing stops, once; and what was tried how often, at the end of the report."""

import os
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import trials

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before the server of the children starts


class Reference(NamedTuple):
    """The outcome of the training that nothing stops, and how long it takes in a child."""

    outcome: dict[str, bytes]
    seconds: float


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    trials.whole(tmp_path_factory.mktemp("warm"))
    started = time.monotonic()
    outcome = trials.whole(tmp_path_factory.mktemp("reference"))
    return Reference(outcome, time.monotonic() - started)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the table and the configuration."""
    return trials.prepare(tmp_path / "trial")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if trials.TALLY:
        terminalreporter.section("reliability: what was tried")
        for line in trials.TALLY:
            terminalreporter.write_line(line)
