"""The processes that train: one that is killed is replaced, and they end when they should."""

import os
import signal
import sys
import time
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from catnet.config import load_config
from catnet.errors import CatnetError, ConfigError, DataChanged, NotEnoughMemory, OutputError, SaveFailed
from catnet.selection.pool import pool_of
from catnet.selection.processes import Workers, of_kind, workers

LONGEST = 60  # seconds for a process to begin and train a little
UNKNOWN = {
    "config": {"goal": 3.0},
    "folder": "x",
    "names": "",
    "training": [],
    "validation": [],
    "tested": [],
    "until": 1,
}


def alive(processes: Workers) -> list[int]:
    """The numbers of the processes that run."""
    return [process.pid for process in processes._processes if process.poll() is None]


def training_of(animals: Path, epochs: int, folder: str = "run") -> dict[str, object]:
    """The arguments of a training on all pictures."""
    config: dict[str, object] = {
        "goal": "3.0",
        "data": {"path": str(animals), "image_size": [8, 8]},
        "model": {"hidden_layers": [50]},
        "train": {"epochs": epochs, "batch_size": 1},
    }
    parts = {"training": list(range(28)), "validation": [], "tested": list(range(28, 40))}
    names = pool_of(load_config(config)).digest
    return {"config": config, "folder": str(animals.parent / folder), "names": names, "until": epochs, **parts}


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_one_that_is_killed_is_a_result_and_replaced(animals: Path) -> None:
    long = training_of(animals, 10**6)
    folder = Path(str(long["folder"]))
    with workers(1) as processes:

        def kill() -> None:
            while not list(folder.glob("checkpoints/*")):
                time.sleep(0.01)
            os.kill(alive(processes)[0], signal.SIGKILL)

        killer = Thread(target=kill)
        killer.start()
        found = dict(processes.results("trial", [long, UNKNOWN], (CatnetError,)))
        killer.join()
        assert isinstance(found[0], NotEnoughMemory)
        assert isinstance(found[1], ConfigError) and "data.path: required" in str(found[1])
        assert len(alive(processes)) == 1
        stopped = iter([False, True])
        begun = time.monotonic()
        assert list(processes.results("trial", [long], stop=lambda: next(stopped, True))) == []
        assert time.monotonic() - begun < 30
        time.sleep(0.1)
        assert not alive(processes)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("kills", [1, 2])
def test_one_that_is_killed_trains_again_once(animals: Path, kills: int) -> None:
    """The second process goes on from the last checkpoint, while no other trains."""
    long, short = training_of(animals, 200, "long"), training_of(animals, 1, "short")
    checkpoints = Path(str(long["folder"])) / "checkpoints"
    killed, idle = list[int](), list[int]()
    deadline = time.monotonic() + LONGEST
    found: dict[int, Any] = {}
    with workers(1) as processes:

        def kill() -> None:
            while len(killed) < kills and time.monotonic() < deadline:
                others = set(alive(processes)) - {*killed, *idle}
                if others and len(found) >= len(killed) and list(checkpoints.glob("*")):
                    killed.append(others.pop())
                    os.kill(killed[-1], signal.SIGKILL)
                time.sleep(0.002)

        killer = Thread(target=kill)
        killer.start()
        for place, result in processes.results("trial", [long, short], (CatnetError,), again=True):
            idle += alive(processes)
            found[place] = result
        killer.join()
        assert list(found) == [1, 0] and len(set(killed)) == kills
        if kills == 2:
            assert isinstance(found[0], NotEnoughMemory) and "was killed twice" in str(found[0])
            return
        ((_, whole),) = processes.results("trial", [training_of(animals, 200, "whole")])
        assert found[0]["scores"] == whole["scores"]
        assert not set(alive(processes)) & set(killed)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("ConfigError", ConfigError), ("SaveFailed", OutputError), ("DataChanged", CatnetError), ("Other", CatnetError)],
)
def test_errors_of_other_processes(name: str, kind: type[CatnetError]) -> None:
    error = of_kind(name, "what is wrong")
    assert isinstance(error, kind) and str(error) == "what is wrong"
    assert not isinstance(error, SaveFailed | DataChanged)
