"""Trainings whose workers, scheduler or files are lost in the middle: the same bits, or one message."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

import numpy as np
import pytest
from dask_processes import scheduler, until, worker
from equal_bits import Outcome, config_of, draw, outcome, trained
from in_process import run_here
from searches import left
from soak import long_trial

from catnet.cluster import members, rounds, sent
from catnet.cluster.asked import SUMS, Answer
from catnet.cluster.connect import Cluster, connected
from catnet.cluster.round import Round
from catnet.cluster.rounds import RoundsOnWorkers, on_workers
from catnet.config import Config
from catnet.errors import ClusterError
from catnet.runs.checkpoints import load
from catnet.runs.directory import RunDirectory
from catnet.runs.layout import checkpoint_path
from catnet.training.loop import train
from catnet.training.session import prepare

KILLS, LONG = (50, 3) if os.environ.get("CATNET_SOAK") else (2, 1)
SETTINGS: list[dict[str, object]] = [
    {"train.epochs": 50 * LONG},
    {"train.epochs": 20 * LONG, "train.batch_size": 200, "train.optimizer": "adam", "model.dropout": 0.2},
    {"train.epochs": 20 * LONG, "train.augment": {"mixup": 0.4, "flip": True}, "data.validation_fraction": 0.2},
]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lost")
    draw(folder / "pictures")
    return folder


def config(place: Path, settings: dict[str, object]) -> Config:
    always = {"data.image_size": [8, 8], "data.bad_images": "skip", "model.hidden_layers": [6]}
    return config_of({**always, **settings, "data.path": str(place / "pictures")})


def whole(place: Path, settings: dict[str, object]) -> Outcome:
    """A training that nothing stops, here."""
    return trained(config(place, {**settings, "train.solver": "sharded"}), place)


def test_kill_workers_at_random_moments(place: Path, tmp_path: Path) -> None:
    """One of three is killed, and another one started in its place, until so many were killed in random trainings."""
    random, expected = np.random.default_rng(KILLS), [whole(place, settings) for settings in SETTINGS]
    with ExitStack() as stack:
        file, _ = stack.enter_context(scheduler(tmp_path))
        alive = [stack.enter_context(worker(file)) for _ in range(3)]
        cluster = stack.enter_context(connected(str(file)))
        until(lambda: len(cluster.client.nthreads()) == 3)
        killed, ended = 0, Event()

        def kill() -> None:
            """Kills until it is told to end, never the last worker."""
            nonlocal killed
            while not ended.wait(random.uniform(0.2, 1.0)):
                if killed < KILLS and len(cluster.client.nthreads()) > 1:
                    alive.pop(int(random.integers(len(alive)))).kill()
                    killed += 1
                    alive.append(stack.enter_context(worker(file)))

        killer = Thread(target=kill)
        killer.start()
        trainings = 0
        try:
            while killed < KILLS:
                which = int(random.integers(len(SETTINGS)))
                assert trained(config(place, SETTINGS[which]), place, on_workers(cluster)) == expected[which]
                trainings += 1
        finally:
            ended.set()
            killer.join()
    print(f"{killed} kills in {trainings} trainings")
    assert killed == KILLS


def test_a_worker_that_hangs_is_helped(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catnet.cluster.round.SECONDS_TO_WAIT", 0.5)
    monkeypatch.setattr("catnet.cluster.round.SECONDS_TO_READ", 1.0)
    monkeypatch.setattr(members, "SECONDS_SILENT", 2.0)
    settings: dict[str, object] = {"train.epochs": 30}
    expected, session = whole(place, settings), None
    with scheduler(tmp_path) as (file, _), worker(file) as hangs, worker(file), connected(str(file)) as cluster:
        until(lambda: len(cluster.client.nthreads()) == 2)
        run = place / "hangs"
        session = prepare(config(place, settings), lambda: RunDirectory.create(run), adapted=on_workers(cluster))
        for row in train(session):
            if row["epoch"] == 10:
                hangs.send_signal(signal.SIGSTOP)
            if row["epoch"] == 20:
                hangs.send_signal(signal.SIGCONT)
        session.run.close()
        assert outcome(session) == expected
        assert session.setup.task.rounds is not None
        assert any("others" in warning for warning in session.setup.task.rounds.warnings)


@long_trial
def test_a_worker_that_hangs_with_its_answer(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is asked of another one, and the training goes on."""
    monkeypatch.setattr("catnet.cluster.round.SECONDS_TO_WAIT", 0.5)
    settings: dict[str, object] = {"train.epochs": 20}
    expected, gathered = whole(place, settings), RoundsOnWorkers._gathered
    with scheduler(tmp_path) as (file, _), worker(file) as hangs, worker(file), connected(str(file)) as cluster:
        until(lambda: len(cluster.client.nthreads()) == 2)
        times = count()

        def gathered_then(training: RoundsOnWorkers, done: Round, *given: Any) -> list[Answer]:
            if done.question.asked == SUMS and next(times) == 5:
                hangs.send_signal(signal.SIGSTOP)
            return gathered(training, done, *given)

        monkeypatch.setattr(RoundsOnWorkers, "_gathered", gathered_then)
        assert trained(config(place, settings), place, on_workers(cluster)) == expected
        assert next(times) == 20 + 1  # one round is asked again
        hangs.send_signal(signal.SIGCONT)


def test_without_a_worker_it_ends(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, seconds in {"SECONDS_TO_WAIT": 0.5, "SECONDS_TO_READ": 1.0}.items():
        monkeypatch.setattr(f"catnet.cluster.round.{name}", seconds)
    monkeypatch.setattr(members, "SECONDS_WITHOUT_WORKER", 1.5)
    with scheduler(tmp_path) as (file, _), worker(file) as only, connected(str(file)) as cluster:
        session = prepare(
            config(place, {"train.epochs": 1000}),
            lambda: RunDirectory.create(place / "without"),
            adapted=on_workers(cluster),
        )
        with pytest.raises(ClusterError, match="has had no worker"):
            for row in train(session):
                if row["epoch"] == 3:
                    only.kill()
        session.run.close()


def test_a_scheduler_that_is_killed(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command ends with 8 and says how to go on: without a cluster, and with another number of workers."""
    monkeypatch.setattr(rounds, "SECONDS_TO_ANSWER", 1.0)
    settings = ["train.epochs=60", "train.checkpoint_every=5", "data.image_size=[8,8]", "data.bad_images=skip"]
    (place / "config.yaml").write_text(f"goal: 3.0\ndata: {{path: {place}/pictures}}\nmodel: {{hidden_layers: [6]}}\n")
    train_it = ["train", "config.yaml", *(f"--set={each}" for each in settings), "--no-report"]
    whole = run_here(place, *train_it, "--set=train.solver=sharded", "--run-dir=whole")
    with scheduler(tmp_path) as (file, process), worker(file), worker(file):
        there = [*train_it, f"--cluster={file}", "--even-if-slower"]
        with connected(str(file)) as cluster:
            until(lambda: len(cluster.client.nthreads()) == 2)
        with started(place, *there, "--run-dir=stopped") as command:
            until(checkpoint_path(place / "stopped", 10).exists)
            command.send_signal(signal.SIGINT)
            assert command.wait(30) == 130
        with killed_after(checkpoint_path(place / "lost", 10), process):
            lost = run_here(place, *there, "--run-dir=lost")
    assert "Traceback" not in lost.err
    assert lost.code == 8 and "the scheduler at tcp://" in lost.err and "catnet train --resume lost" in lost.err
    alone = run_here(place, "train", "--resume", "lost", "--no-report")
    on_one = run_here(place, "train", "--resume", "stopped", "--no-report", "--cluster=local:1", "--even-if-slower")
    assert whole.code == alone.code == on_one.code == 0, (whole, alone, on_one)
    models = [load(checkpoint_path(place / name, 60)).model.parameters for name in ("whole", "lost", "stopped")]
    for resumed in models[1:]:
        assert all(np.array_equal(models[0][name], values) for name, values in resumed.items())


@contextmanager
def killed_after(path: Path, process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Within it, a process is killed as soon as a file is there."""

    def kill() -> None:
        until(path.exists)
        process.kill()

    killer = Thread(target=kill)
    killer.start()
    yield
    killer.join()


def started(place: Path, *arguments: str) -> "subprocess.Popen[str]":
    """The command in a folder."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "catnet", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=place, env=environment, stdout=pipe, stderr=pipe, text=True)


def lost_in_between(place: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, change: str) -> str:
    """What is said if a picture changes, or goes, before the workers read it in their own cache."""
    monkeypatch.setattr(sent.Pictures, "of", classmethod(without_kept(sent.Pictures.of)))
    session = prepare(
        config(place, {"train.epochs": 2}),
        lambda: RunDirectory.create(place / change),
        adapted=on_workers(cluster),
    )
    path = place / "pictures" / "a" / "0003.png"
    before = path.read_bytes()
    try:
        path.unlink()
        if change == "differs":
            path.write_bytes((place / "pictures" / "b" / "0004.png").read_bytes())
        with pytest.raises(ClusterError) as caught:
            list(train(session))
    finally:
        path.write_bytes(before)
        session.run.close()
    return str(caught.value)


def without_kept(of):
    """Pictures as if the client kept them on another machine."""
    from dataclasses import replace

    return lambda cls, *given, **named: replace(of(*given, **named), kept=None)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("differs", "is another picture than where the training"),
        ("is gone", "; let this worker have the same files"),
    ],
)
def test_a_picture_that_a_worker_reads_otherwise(
    place: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, change: str, said: str
) -> None:
    found = lost_in_between(place, cluster, monkeypatch, change)
    assert said in found and "0003.png" in found and found.startswith("worker ")
    gc.collect()  # what `pytest.raises` has caught knows of itself
    until(lambda: not left(cluster.client))


@long_trial
def test_a_worker_that_comes_later(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It gets shards, also if it comes in the middle of a long round; one that has another kernel is told of."""
    settings: dict[str, object] = {"train.epochs": 20}
    with scheduler(tmp_path) as (file, _), worker(file), connected(str(file)) as cluster, ExitStack() as stack:
        wait, times = Round.wait, count()

        def wait_longer(current: Round, seconds: float) -> bool:
            if next(times) == 10:
                stack.enter_context(worker(file, OPENBLAS_CORETYPE="Nehalem"))
                until(lambda: is_seen_by(current))
            return wait(current, seconds)

        def is_seen_by(current: Round) -> bool:
            current._crew.look()
            return len(current._crew.running) == 2

        monkeypatch.setattr(Round, "wait", wait_longer)
        session = prepare(
            config(place, settings), lambda: RunDirectory.create(place / "later"), adapted=on_workers(cluster)
        )
        for _ in train(session):
            pass
        session.run.close()
        assert session.setup.task.rounds is not None
        (warning,) = session.setup.task.rounds.warnings
        assert "Nehalem" in warning and "rounding" in warning


def test_long_rounds_leave_nothing(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not until Python looks for what refers to itself: a round keeps its answers, of the size of the parameters."""
    monkeypatch.setattr(rounds, "SECONDS_BETWEEN_LOOKS", 0.001)
    monkeypatch.setattr("catnet.cluster.round.SECONDS_TO_WAIT", 60.0)
    waited, wait = list[bool](), Round.wait

    def wait_and_tell(current: Round, seconds: float) -> bool:
        waited.append(wait(current, seconds))
        return waited[-1]

    monkeypatch.setattr(Round, "wait", wait_and_tell)
    with scheduler(tmp_path) as (file, _), worker(file), connected(str(file)) as cluster:
        run = place / "long"
        session = prepare(
            config(place, {"train.epochs": 20}), lambda: RunDirectory.create(run), adapted=on_workers(cluster)
        )
        gc.collect()
        gc.disable()
        try:
            for _ in train(session):
                pass
            left_over = sum(type(each) is Round for each in gc.get_objects())
        finally:
            gc.enable()
        session.run.close()
    assert waited.count(False) >= 20
    assert left_over <= 1
