"""What goes wrong during a search on a cluster: it goes on, or one message names the worker and the fix."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest
from dask_processes import scheduler, until, with_other_dask, worker
from searches import left, new, noted, of_table, resumed, searched, trainers, write_table
from soak import long_trial

import catnet
from catnet.cluster.connect import Cluster, connected
from catnet.cluster.trainings import RemoteTrainings
from catnet.engine.parallel import blas
from catnet.errors import ClusterError
from catnet.selection.processes import workers
from catnet.selection.same_data import first_difference

# a worker that sees another folder at the path of the data, as if another disk were mounted there
OTHER_DISK = """
from pathlib import Path
from typing import Any
from catnet.data.scan import scan
import catnet.selection.pool as pool

def scan_there(config):
    data = config.data.model_copy(update={"path": Path(THERE)})
    return scan(config.model_copy(update={"data": data}))

pool.scan = scan_there
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a table, and a search of it."""
    return write_table(tmp_path_factory.mktemp("place"))


@pytest.fixture(scope="module")
def whole(place: Path) -> dict[str, Any]:
    """What the search finds in processes of this machine."""
    with workers(2) as processes:
        return searched(of_table(place, "whole"), processes)


@long_trial
def test_a_worker_that_reads_other_data(animals: Path) -> None:
    there, patch = animals.parent / "there", animals.parent / "patch"
    shutil.copytree(animals, there)
    changed = there / "train/cat/3.png"
    shutil.copy(there / "train/cat/4.png", changed)
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(OTHER_DISK.replace("THERE", repr(str(there))))

    def demand(said: str) -> None:
        with RemoteTrainings(cluster) as trainings, pytest.raises(ClusterError, match=said) as caught:
            searched(new(animals.parent / f"remote {said[:4]}"), trainings)
        assert str(caught.value).startswith("worker far at tcp://127.0.0.1:")
        until(lambda: not left(cluster.client))

    with ExitStack() as stack:
        file, _ = stack.enter_context(scheduler(animals.parent))
        stack.enter_context(worker(file, "--name", "far", FIRST=str(patch)))
        cluster = stack.enter_context(connected(str(file)))
        demand(r"train/cat/3\.png of the training data is another there")
        changed.unlink()
        demand(r"^.*animals: train/cat/3\.png of the training data is missing there")
        shutil.rmtree(there)
        demand("mount it there, or end that worker")


def test_the_first_difference() -> None:
    here = [("train", "a", "1"), ("train", "b", "2"), ("validation", "c", "3")]
    assert first_difference(here, [here[1], here[2]]) == "a of the training data is missing there"
    assert first_difference(here[1:], here) == "a of the training data is there, and is missing here"
    other = [here[0], ("train", "b", "4"), here[2]]
    assert first_difference(here, other).startswith("b of the training data is another there")
    assert first_difference(here, here).startswith("its labels, or the order")


def test_killed_processes_train_again(place: Path, whole: dict[str, Any], cluster: Cluster) -> None:
    killed = list[int]()

    def kill(*row: object) -> None:
        if len(killed) < 2:
            killed.append(trainers()[0])
            os.kill(killed[-1], signal.SIGKILL)

    with RemoteTrainings(cluster, seconds=0.0) as trainings:
        assert searched(of_table(place, "killed"), trainings, tell=kill) == whole
    assert len(set(killed)) == 2


@long_trial
def test_a_worker_that_hangs_and_one_that_comes(
    place: Path, whole: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catnet.cluster.members.SECONDS_SILENT", 2.0)
    told, came_back = list[object](), noted(monkeypatch)
    with ExitStack() as stack:
        file, _ = stack.enter_context(scheduler(tmp_path))
        hangs = stack.enter_context(worker(file, "--name", "hangs"))
        cluster = stack.enter_context(connected(str(file)))

        def go_on(*row: object) -> None:
            if not told:
                hangs.send_signal(signal.SIGSTOP)
                stack.enter_context(worker(file, "--name", "comes", OPENBLAS_CORETYPE="Nehalem"))
            told.append(row)

        warnings = list[str]()
        with RemoteTrainings(cluster, warn=warnings.append) as trainings:
            assert searched(of_table(place, "hung"), trainings, tell=go_on) == whole
            hangs.send_signal(signal.SIGCONT)
        assert len(warnings) == 1 and warnings[0].startswith("worker hangs at tcp://")
        assert "does not answer; is its machine suspended" in warnings[0]
        facts = [checkpoint.training for checkpoints in came_back.values() for checkpoint in checkpoints]
        assert {each.environment["BLAS kernel"] for each in facts if each} == {str(blas()["kernel"])}
        until(lambda: not left(cluster.client))


@long_trial
def test_one_that_comes_later_has_to_have_the_same_versions(place: Path, tmp_path: Path) -> None:
    said = r"has other versions than this machine; .*\n  worker late at tcp://\S+: dask 1\.0$"
    patch = tmp_path / "patch"
    patch.mkdir()
    with ExitStack() as stack:
        file, _ = stack.enter_context(scheduler(tmp_path))
        stack.enter_context(worker(file))
        cluster = stack.enter_context(connected(str(file)))

        def another_comes(*row: object) -> None:
            if len(cluster.client.nthreads()) < 2:
                stack.enter_context(worker(file, "--name", "late", **with_other_dask(patch)))
                until(lambda: len(cluster.client.nthreads()) == 2)

        with RemoteTrainings(cluster) as trainings, pytest.raises(ClusterError, match=said):
            searched(of_table(place, "other", train__epochs=4000), trainings, tell=another_comes)


def test_a_command_that_is_killed_leaves_no_training(place: Path, tmp_path: Path) -> None:
    """Not even a fold, which has no legs."""
    with scheduler(tmp_path) as (file, _), worker(file):
        endless = ["--set", "train.epochs=10000000", "--cluster", str(file), "--output", str(tmp_path / "folds")]
        command = [sys.executable, "-m", "catnet", "cross-validate", str(place / "config.yaml"), *endless]
        environment = {**os.environ, "PYTHONPATH": str(Path(catnet.__file__).parents[1])}
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
            until(lambda: any(psutil.Process(each).cpu_times().user > 2 for each in trainers()))  # so that it trains
            process.kill()
        until(lambda: not trainers())


def test_without_a_worker_or_a_scheduler_it_can_be_resumed(
    place: Path, whole: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catnet.cluster.members.SECONDS_WITHOUT_WORKER", 1.5)
    monkeypatch.setattr("catnet.cluster.members.SECONDS_WITHOUT_SCHEDULER", 1.0)
    with ExitStack() as stack:
        file, runs = stack.enter_context(scheduler(tmp_path))
        only = stack.enter_context(worker(file))
        cluster = stack.enter_context(connected(str(file)))
        with RemoteTrainings(cluster) as trainings, pytest.raises(ClusterError, match="has had no worker that"):
            searched(of_table(place, "left"), trainings, tell=lambda *row: only.kill())
        stack.enter_context(worker(file))
        until(cluster.client.nthreads)
        trainings = stack.enter_context(RemoteTrainings(cluster))
        with pytest.raises(ClusterError, match=r"the scheduler at tcp://.* has not answered"):
            searched(resumed(place / "left"), trainings, tell=lambda *row: runs.kill())
    with workers(2) as processes:
        assert searched(resumed(place / "left"), processes) == whole
