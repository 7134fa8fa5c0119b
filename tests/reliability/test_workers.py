"""The processes that decode pictures: they, or the command that started them, are killed or stopped; nothing hangs."""

import os
import signal
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from children import LONGEST, Child, demand_gone, workers_of
from PIL import Image
from trials import SOAK, TALLY, number

from catnet.data.decoding import PROCESSES_FROM, available_cores

pytestmark = pytest.mark.skipif(
    available_cores() == 1 or not Path("/proc/self/stat").exists(), reason="needs two processors, and /proc to see them"
)
CONFIG = """\
goal: 1.0
data: {path: data, image_size: [16, 16], classes: [a], duplicates: allow}
train: {epochs: 1, learning_rate: 0.001}
"""
SIZES = count(8)


@pytest.fixture(scope="module")
def pictures(disk: Path) -> Path:
    """A second's worth of pictures or more: two, under many names."""
    folder = disk / "decoding"
    for name in ("a", "b"):
        (folder / "data" / name).mkdir(parents=True)
        pixels = np.random.default_rng(ord(name)).integers(0, 256, (400, 400, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{name}.png", compress_level=1)
        for place in range(PROCESSES_FROM // 2 + 50):
            os.link(folder / f"{name}.png", folder / "data" / name / f"{place}.png")
    (folder / "config.yaml").write_text(CONFIG)
    return folder


def decoding(pictures: Path, run: str) -> tuple[Child, list[int]]:
    """A training that decodes, and the processes that do so."""
    size = f"data.image_size=[16,{next(SIZES)}]"  # one that is not in the cache
    child = Child(pictures, "train", "config.yaml", "--run-dir", run, "--no-report", "--set", size).started()
    deadline = time.monotonic() + LONGEST
    while len(workers := workers_of(child)) < available_cores() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert len(workers) == available_cores(), child.text()
    return child, workers


def a_worker_dies(what: signal.Signals) -> Callable[[Child, list[int]], int]:
    def act(child: Child, workers: list[int]) -> int:
        os.kill(workers[-1], what)
        return 9 if what == signal.SIGKILL else 1  # the system kills if there is not enough memory

    return act


def the_command_dies(child: Child, workers: list[int]) -> int:
    child.send(signal.SIGKILL)
    return -signal.SIGKILL


def all_die(child: Child, workers: list[int]) -> int:
    """As by kill -9 of the process group."""
    for process in (child.process.pid, *workers):
        os.kill(process or 0, signal.SIGKILL)
    return -signal.SIGKILL


def interrupted(child: Child, workers: list[int]) -> int:
    """Ctrl-C goes to the whole group."""
    for process in (*workers, child.process.pid):
        os.kill(process or 0, signal.SIGINT)
    return 130


def interrupted_with_one_stopped(child: Child, workers: list[int]) -> int:
    """As one that waits for a disk for ever."""
    os.kill(workers[0], signal.SIGSTOP)
    return interrupted(child, workers)


EVENTS: dict[str, Callable[[Child, list[int]], int]] = {
    "a worker, KILL": a_worker_dies(signal.SIGKILL),
    "a worker, PIPE": a_worker_dies(signal.SIGPIPE),
    "a worker, SEGV": a_worker_dies(signal.SIGSEGV),
    "a worker, TERM": a_worker_dies(signal.SIGTERM),
    "the command, KILL": the_command_dies,
    "all, KILL": all_die,
    "all, INT": interrupted,
    "all, INT, one stopped": interrupted_with_one_stopped,
}


QUICK = ("a worker, KILL", "the command, KILL", "all, INT, one stopped")  # in the short form


@pytest.mark.parametrize("name", EVENTS if SOAK else QUICK)
def test_processes_that_end_in_the_middle(pictures: Path, name: str) -> None:
    trials, random = number(1, 25), np.random.default_rng(len(name))
    for trial in range(trials):
        child, workers = decoding(pictures, f"{name} {trial}")
        time.sleep(random.uniform(0, 0.3))
        expected = EVENTS[name](child, workers)
        code, said = child.wait(), child.text()
        demand_gone(workers)
        if "PIPE" in name and code == 0:  # it came before the worker had started, when Python ignores it
            continue
        assert code == expected, said
        assert "Traceback" not in said and "Error" not in said, said
        if "worker" in name:
            assert said.startswith("a process that decodes pictures was ended by signal "), said
            assert said.count("\n") == 1
        assert not (pictures / f"{name} {trial}").exists()
    TALLY.append(f"decoding, {name}: {trials} trials; no process is left, no traceback")
