"""Searches and folds on the workers of a cluster end as on this machine, and leave nothing there."""

import os
from pathlib import Path

import pytest
from dask_processes import until
from searches import left, new, of_table, resumed, searched, write_table
from soak import long_trial

from catnet.cluster.connect import Cluster, connected
from catnet.cluster.trainings import RemoteTrainings
from catnet.config import load_config
from catnet.errors import Diverged
from catnet.selection.cross_validation import cross_validate
from catnet.selection.learning_curve import learning_curve
from catnet.selection.pool import Pool, pool_of
from catnet.selection.processes import workers
from catnet.selection.tuning import Stopped


def pool(animals: Path, **train: object) -> Pool:
    data, model = {"path": str(animals), "image_size": [8, 8]}, {"hidden_layers": [6, 5]}
    settings = {"epochs": 5, "batch_size": 8, **train}
    return pool_of(load_config({"goal": "3.0", "data": data, "model": model, "train": settings}))


@long_trial
def test_other_numbers_of_workers(tmp_path: Path) -> None:
    place = write_table(tmp_path)
    with workers(2) as processes:
        whole = searched(of_table(place, "whole"), processes)
    for count in (1, 3) if os.environ.get("CATNET_SOAK") else (3,):
        with connected(f"local:{count}") as cluster, RemoteTrainings(cluster) as trainings:
            assert trainings.count == count
            assert searched(of_table(place, str(count)), trainings) == whole


def test_two_workers_in_legs(animals: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths are relative to another folder than that of the workers. One that is stopped goes on here."""
    monkeypatch.chdir(animals.parent)
    long = {"train.epochs": 500, "tune.trials": 2, "tune.folds": 2}
    with workers(2) as processes:
        whole = searched(new(Path("whole"), long), processes)
    with RemoteTrainings(cluster, seconds=0.0) as trainings:
        assert searched(new(Path("remote"), long), trainings) == whole
        assert trainings._sender._count > 2 + 2 * 2 + 1  # legs: more than the comparisons and the trainings
    until(lambda: not left(cluster.client))
    told = list[object]()
    with RemoteTrainings(cluster) as trainings, pytest.raises(Stopped):
        searched(new(Path("stopped"), long), trainings, lambda: bool(told), lambda *row: told.append(row))
    until(lambda: not left(cluster.client))
    with workers(2) as processes:
        assert searched(resumed(Path("stopped")), processes) == whole


def test_folds_and_a_learning_curve(animals: Path, cluster: Cluster) -> None:
    examples = pool(animals)
    here = cross_validate(examples, 2, jobs=2)
    with workers(2) as processes:  # of one thread each too
        curve = learning_curve(examples, trainings=processes)
    seen = list[tuple[int, int]]()
    with RemoteTrainings(cluster) as trainings:
        there = cross_validate(examples, 2, progress=lambda *done: seen.append(done), trainings=trainings)
        assert there.way == "on the workers of a cluster, each in one thread"
        assert learning_curve(examples, trainings=trainings).to_json() == curve.to_json()
    assert (there.answers == here.answers).all() and there.to_json() == here.to_json()
    assert seen == [(1, 2), (2, 2)]
    until(lambda: not left(cluster.client))


def test_a_training_that_diverges_is_not_the_fault_of_a_worker(animals: Path, cluster: Cluster) -> None:
    examples = pool(animals, learning_rate=1e30)
    with RemoteTrainings(cluster) as trainings, pytest.raises(Diverged, match="lower train"):
        cross_validate(examples, 3, trainings=trainings)
    until(lambda: not left(cluster.client))
