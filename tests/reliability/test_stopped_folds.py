"""Trainings on folds that are stopped: no process and no empty folder is left behind."""

import os
import signal
import time
from pathlib import Path

import pytest
from children import LONGEST, Child, demand_gone, workers_of

from catnet.selection.folder import ROOT

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see the processes")
SECONDS_TO_BEGIN = 0.5
CONFIG = """\
goal: regression
data: {path: table.csv, target: price}
train: {epochs: 1000000, batch_size: 1}
"""


@pytest.fixture
def training(place: Path) -> tuple[Child, list[int]]:
    """A cross-validation that would take hours, and its processes."""
    (place / "table.csv").write_text("\n".join(["size,price", *(f"{i},{2 * i + i % 3}" for i in range(40))]))
    (place / "config.yaml").write_text(CONFIG)
    child = Child(place, "cross-validate", "config.yaml", "--folds", "3", "--jobs", "2").started()
    deadline = time.monotonic() + LONGEST
    while len(workers := workers_of(child)) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert len(workers) == 2, child.text()
    return child, workers


@pytest.mark.parametrize(("what", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_nothing_behind(
    place: Path, training: tuple[Child, list[int]], what: signal.Signals, code: int
) -> None:
    child, workers = training
    child.send(what)
    assert child.wait() == code, child.text()
    demand_gone(workers)
    assert list((place / ROOT).iterdir()) == [] and "Traceback" not in child.text()


def test_the_processes_of_a_killed_command_end(place: Path, training: tuple[Child, list[int]]) -> None:
    child, workers = training
    child.send(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    demand_gone(workers)
    assert list((place / ROOT).iterdir()) == []


def test_a_killed_process_is_told(place: Path, training: tuple[Child, list[int]]) -> None:
    child, workers = training
    time.sleep(SECONDS_TO_BEGIN)  # one that is killed before it is asked to train is replaced
    os.kill(workers[0], signal.SIGKILL)
    assert child.wait() == 9
    assert child.text().endswith("a process that trains was killed; is there enough memory?\n")
    demand_gone(workers)
    assert list((place / ROOT).iterdir()) == []
