"""`--cluster` of tune and cross-validate."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
from dask_processes import scheduler, worker
from in_process import Done
from searches import write_table

from catnet.cluster.dispatch import Dispatch
from catnet.errors import ClusterError

Command = Callable[..., Done]


@pytest.mark.parametrize("name", ["tune", "cross-validate"])
def test_jobs_are_not_for_a_cluster(command: Command, tmp_path: Path, name: str) -> None:
    write_table(tmp_path)
    done = command(name, "config.yaml", "--cluster", "local:2", "--jobs", "2")
    assert done.code == 2 and done.out == ""
    assert done.err.endswith("--jobs does not go with --cluster: there each thread of each worker trains.\n")


@pytest.mark.parametrize("name", ["train", "tune", "cross-validate"])
def test_a_signal_before_it_begins(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    ended = list[str]()

    @contextmanager
    def connected(address: str) -> Iterator[None]:
        try:
            signal.raise_signal(signal.SIGTERM)
            yield
        finally:
            ended.append(address)

    write_table(tmp_path)
    monkeypatch.setattr("catnet.cluster.connect.connected", connected)
    assert command(name, "config.yaml", "--cluster", "local:2").code == 128 + signal.SIGTERM
    assert ended == ["local:2"]


def test_the_same_as_without(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def results_of(name: str, *options: object) -> Any:
        done = command(name, "config.yaml", "--set", "train.epochs=3", "--json", *options)
        assert done.code == 0, done.err
        assert ("worker far on " in done.err) == ("--cluster" in options)
        return without_seconds(json.loads(done.out))

    def gone(*arguments: object) -> NoReturn:
        raise ClusterError("the scheduler is gone")

    write_table(tmp_path)
    folds = ["--folds", "2"]
    here = results_of("tune"), results_of("cross-validate", "--jobs", "2", *folds)
    with scheduler(tmp_path) as (file, _), worker(file, "--name", "far"):
        there = results_of("tune", "--cluster", file), results_of("cross-validate", "--cluster", file, *folds)
        monkeypatch.setattr(Dispatch, "results", gone)
        failed = command("tune", "config.yaml", "--set", "train.epochs=3", "--output", "left", "--cluster", file)
    assert here == there
    assert failed.code == 8 and failed.err.endswith(
        "the scheduler is gone\nFix that, then go on with: catnet tune --resume left, on a cluster or without one\n"
    )
    assert without_seconds(json.loads(command("tune", "--resume", "left", "--json").out)) == here[0]


def without_seconds(found: Any) -> Any:
    """The same without what differs from time to time."""
    if isinstance(found, dict):
        return {key: without_seconds(value) for key, value in found.items() if key not in ("seconds", "folder")}
    return [without_seconds(value) for value in found] if isinstance(found, list) else found
