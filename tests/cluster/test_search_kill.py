"""kill -9 of workers at random moments: the search ends as one that nothing stops."""

import os
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from dask_processes import scheduler, until, worker
from searches import left, noted, of_table, searched, write_table

from catnet.cluster.connect import connected
from catnet.cluster.trainings import RemoteTrainings
from catnet.selection.processes import workers

KILLS = 25 if os.environ.get("CATNET_SOAK") else 2


@pytest.mark.parametrize("seed", range(2 if KILLS > 2 else 1))
def test_kill_workers_at_random_moments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """One of two is killed, and another one started in its place."""
    place, random = write_table(tmp_path), np.random.default_rng(seed)
    long, came_back = {"train__epochs": 360 * KILLS, "tune__trials": 2}, noted(monkeypatch)
    with workers(2) as processes:
        whole = searched(of_table(place, "whole", **long), processes)
    with ExitStack() as stack:
        file, _ = stack.enter_context(scheduler(place))
        alive = [stack.enter_context(worker(file, "--name", str(name))) for name in range(2)]
        cluster = stack.enter_context(connected(str(file)))
        until(lambda: len(cluster.client.nthreads()) == 2)
        killed, known, due = 0, 0, 0.0

        def kill() -> bool:
            """Asked at each look whether to stop, it kills instead: a while after the next checkpoint has come back."""
            nonlocal killed, known, due
            if (now := sum(map(len, came_back.values()))) > known and killed < KILLS:
                known, due = now, due or time.monotonic() + random.uniform(0, 0.5)
            if due and time.monotonic() > due:
                alive.pop(int(random.integers(2))).kill()
                killed, due = killed + 1, 0.0
                alive.append(stack.enter_context(worker(file, "--name", str(killed + 1))))
            return False

        warnings = list[str]()
        with RemoteTrainings(cluster, 0.0, warnings.append) as trainings:
            assert searched(of_table(place, "killed", **long), trainings, kill) == whole
        assert killed == KILLS
        assert warnings and all("has ended, or is cut off; its training goes on" in warning for warning in warnings)
        assert any(len(checkpoints) > 2 for checkpoints in came_back.values())
        for checkpoints in came_back.values():  # no training is begun again, so that none takes other seconds
            assert len({float(checkpoint.history["seconds"][0]) for checkpoint in checkpoints}) == 1
        until(lambda: not left(cluster.client))
