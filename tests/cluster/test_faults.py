"""What goes wrong while a cluster works is one message, and what is no fault of it stays what it is."""

import logging
import os
import time
from concurrent.futures import CancelledError
from pathlib import Path
from warnings import warn_explicit

import pytest
from dask_processes import scheduler, until, worker

from catnet.cluster import faults, survey
from catnet.cluster.connect import Cluster, connected
from catnet.cluster.faults import naming_the_cluster
from catnet.errors import ClusterError, DataError


def end_here(number: int) -> None:
    os._exit(number)


def test_the_scheduler_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(faults, "SECONDS_TO_ANSWER", 0.3)
    monkeypatch.setattr(survey, "SECONDS_TO_SETTLE", 0.0)
    with scheduler(tmp_path) as (file, process), worker(file), connected(str(file), timeout=3) as cluster:
        said = f"the scheduler at {cluster.address} is gone; start it and its workers again"
        task = cluster.client.submit(time.sleep, 60)  # a function that the scheduler can import
        until(lambda: any(cluster.client.processing().values()))
        process.kill()
        with pytest.raises(ClusterError) as caught, naming_the_cluster(cluster):
            task.result()
        assert str(caught.value) == said


def complain() -> None:
    logging.getLogger("distributed.worker.memory").warning("Unmanaged memory use is high.")


def test_a_task_that_ends_its_workers(capfd: pytest.CaptureFixture[str]) -> None:
    environment = dict(os.environ)
    with connected("local:1") as cluster, pytest.raises(ClusterError) as caught, naming_the_cluster(cluster):
        cluster.client.run(complain)
        complain()
        warn_explicit("Sending large graph of size 12 MiB.", UserWarning, "client.py", 1, "distributed.client")
        cluster.client.submit(end_here, 1).result()
    said = str(caught.value)
    assert said.startswith(
        "a task was given to 4 workers, and each has died of it, at last the one at tcp://127.0.0.1:"
    )
    assert "enough memory, with its limit of" in said
    assert os.environ == environment
    assert capfd.readouterr() == ("", "")  # of all that Dask has logged and warned of


def test_a_task_that_is_cancelled(cluster: Cluster) -> None:
    with pytest.raises(ClusterError, match=r"is there, but a worker or a connection was lost: a task$"):
        lost(cluster)


def lost(cluster: Cluster) -> None:
    with naming_the_cluster(cluster):
        raise CancelledError("a task")


@pytest.mark.parametrize("error", [FileNotFoundError(2, "none"), DataError("no picture"), ValueError("x")])
def test_other_errors_stay_what_they_are(cluster: Cluster, error: Exception) -> None:
    with pytest.raises(type(error)) as caught, naming_the_cluster(cluster):
        raise error
    assert caught.value is error
