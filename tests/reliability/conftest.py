"""The training that nothing stops, once; and what was tried how often, at the end of the report."""

import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trials
from trials import Reference


@pytest.fixture(scope="session")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for trials: in memory for the short form, which waits for no disk; on the disk for the long one."""
    if trials.SOAK or not os.access("/dev/shm", os.W_OK):
        yield tmp_path_factory.mktemp("trials")
        return
    with tempfile.TemporaryDirectory(prefix="catnet-", dir="/dev/shm") as name:
        yield Path(name)


@pytest.fixture
def place(disk: Path) -> Iterator[Path]:
    """A folder of the test's own."""
    with tempfile.TemporaryDirectory(prefix="trial-", dir=disk) as name:
        yield Path(name)


@pytest.fixture(scope="session")
def reference(disk: Path) -> Reference:
    trials.whole(disk / "warm")
    started = time.monotonic()
    outcome = trials.whole(disk / "reference")
    return Reference(outcome, time.monotonic() - started)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if trials.TALLY:
        terminalreporter.section("reliability: what was tried")
        for line in trials.TALLY:
            terminalreporter.write_line(line)
