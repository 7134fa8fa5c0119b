"""The processes that train: one that is killed is replaced, and they end when they should."""

import os
import signal
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from catnet.errors import CatnetError, ConfigError, DataChanged, NotEnoughMemory, OutputError, SaveFailed
from catnet.selection.processes import Workers, of_kind, workers

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


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_one_that_is_killed_is_a_result_and_replaced(animals: Path) -> None:
    config = {
        "goal": "3.0",
        "data": {"path": str(animals), "image_size": [8, 8]},
        "model": {"hidden_layers": [50]},
        "train": {"epochs": 10**6, "batch_size": 1},
    }
    parts: dict[str, object] = {"training": None, "validation": [], "tested": None}
    folder = animals.parent / "run"
    with workers(1) as processes:
        from catnet.config import load_config
        from catnet.selection.pool import pool_of

        names = pool_of(load_config(config)).digest
        long = {"config": config, "folder": str(folder), "names": names, "until": 10**6, **parts}

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


@pytest.mark.parametrize(
    ("name", "kind"),
    [("ConfigError", ConfigError), ("SaveFailed", OutputError), ("DataChanged", CatnetError), ("Other", CatnetError)],
)
def test_errors_of_other_processes(name: str, kind: type[CatnetError]) -> None:
    error = of_kind(name, "what is wrong")
    assert isinstance(error, kind) and str(error) == "what is wrong"
    assert not isinstance(error, SaveFailed | DataChanged)
