"""train.keep_weights: at which epochs they are kept, what is in the files, and what becomes of them on resume."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from catnet.config import TrainConfig, load_config
from catnet.engine.network import cost, logits
from catnet.errors import CheckpointError, ConfigError, OutputError
from catnet.runs.checkpoints import load
from catnet.runs.directory import RunDirectory
from catnet.runs.find import run_of
from catnet.runs.kept import read_kept
from catnet.runs.layout import weights_epochs, weights_path
from catnet.runs.thresholds import store_thresholds
from catnet.training.kept import bytes_to_keep, kept_epochs
from catnet.training.loop import finish, train
from catnet.training.resume import resume
from catnet.training.session import Session, prepare

Write = Callable[..., Path]

CONFIG = """\
goal: 1.0
data: {path: animals, classes: [cat], image_size: [4, 4]}
model: {hidden_layers: [5]}
train: {epochs: 20, learning_rate: 0.1, batch_size: 7, checkpoint_every: 5, keep_weights: 6}
"""


@pytest.fixture
def config(animals: Path, write_config: Write) -> Path:
    return write_config(CONFIG)


def begun(config: Path, *overrides: str, run: str = "run") -> Session:
    return prepare(load_config(config, overrides), lambda: RunDirectory.create(config.parent / run))


def trained(config: Path, *overrides: str, run: str = "run") -> Session:
    session = begun(config, *overrides, run=run)
    for _ in train(session):
        pass
    session.run.close()
    return session


def kept_of(epochs: int, count: int) -> tuple[int, ...]:
    return kept_epochs(TrainConfig.model_validate({"epochs": epochs, "keep_weights": count}))


@pytest.mark.parametrize(
    ("epochs", "count", "expected"),
    [
        (100, 2, (0, 100)),
        (1, 2, (0, 1)),
        (1000, 5, (0, 1, 10, 100, 1000)),
        (20, 6, (0, 1, 2, 4, 9, 20)),
        (4, 12, (0, 1, 2, 3, 4)),  # there are no more
    ],
)
def test_early_epochs_are_denser(epochs: int, count: int, expected: tuple[int, ...]) -> None:
    assert kept_of(epochs, count) == expected


@pytest.mark.parametrize("count", [3, 12, 57, 100])
@pytest.mark.parametrize("epochs", [2, 13, 58, 99, 100, 1000, 10**9])
def test_as_many_epochs_as_are_asked_for(epochs: int, count: int) -> None:
    kept = kept_of(epochs, count)
    assert len(set(kept)) == len(kept) == min(count, epochs + 1)
    assert (kept[0], kept[1], kept[-1]) == (0, 1, epochs)
    assert list(kept) == sorted(kept)


def test_quick_epochs_that_are_trained_together_are_kept_too(config: Path, animals: Path) -> None:
    (animals / "val").rename(animals / "test")
    session = trained(config, "train.epochs=300", "train.keep_weights=40", "train.batch_size=full")
    assert weights_epochs(session.run.path) == list(kept_of(300, 40))


def test_nothing_is_kept_without_the_key(config: Path) -> None:
    assert kept_epochs(TrainConfig.model_validate({})) == ()
    session = trained(config, "train.keep_weights=null")
    assert not (session.run.path / "weights").exists()


@pytest.mark.parametrize(
    "settings",
    [
        ["train.solver=direct"],
        ["train.solver=gram", "train.class_weights=balanced", "model.dropout=0.2"],
        ["train.solver=sharded"],
        ["train.augment={flip: true, mixup: 0.4}", "train.label_smoothing=0.1", "train.class_weights={cat: 3}"],
        ["train.batch_size=full"],
        ["train.batch_size=1", "data.scaling=whiten"],
    ],
)
def test_the_costs_of_the_batches_are_those_of_their_forward_passes(config: Path, settings: list[str]) -> None:
    session = trained(config, *settings)
    task, run = session.setup.task, session.run.path
    start, *others = read_kept(run, weights_epochs(run))
    assert [one.model.epoch for one in (start, *others)] == [0, 1, 2, 4, 9, 20]
    assert start.batch_costs.shape == (0,)
    m = task.inputs.m
    sizes = np.diff([*range(0, m, task.examples_per_update), m])
    for one in others:
        assert one.batch_costs.shape == (task.updates_per_epoch,)
        mean = one.batch_costs @ sizes / m
        assert mean == pytest.approx(session.history[one.model.epoch - 1]["train_cost"], rel=1e-5)


def test_the_first_batch_of_an_epoch_has_the_cost_of_the_weights_before_it(config: Path) -> None:
    session = trained(config)
    task, run = session.setup.task, session.run.path
    first, second, third = read_kept(run, [0, 1, 2])
    for before, after in ((first, second), (second, third)):
        batch = task.order(after.model.epoch)[:7]
        Z = logits(task.network, before.model.parameters, task.inputs)[:, batch]
        assert after.batch_costs[0] == pytest.approx(cost(task.network, Z, task.labels[:, batch]), rel=1e-5)


def test_the_start_and_the_end_are_those_of_the_training(config: Path) -> None:
    session = begun(config, "data.scaling=whiten")
    at_first = session.setup.model.parameters
    for _ in train(session):
        pass
    session.run.close()
    start, end = read_kept(session.run.path, [0, 20])
    assert all(np.array_equal(P, at_first[name]) for name, P in start.model.parameters.items())
    last = session.current_model().parameters
    assert all(np.array_equal(P, last[name]) for name, P in end.model.parameters.items())
    assert end.model.parameters["W1"].shape == (5, 48)  # folded


def test_early_stopping_keeps_the_last_epoch_and_an_interruption_does_not(config: Path) -> None:
    patient = "train.early_stopping={metric: validation_accuracy, patience: 5}"
    session = trained(config, patient)
    assert 5 < session.epoch < 20
    kept = [epoch for epoch in (0, 1, 2, 4, 9) if epoch < session.epoch]
    assert weights_epochs(session.run.path) == [*kept, session.epoch]
    stopped = begun(config, run="stopped")
    for _ in train(stopped, stop=lambda: stopped.epoch >= 5):
        pass
    stopped.run.close()
    assert weights_epochs(stopped.run.path) == [0, 1, 2, 4]


def test_what_was_kept_after_the_checkpoint_is_written_again(config: Path) -> None:
    whole = trained(config, run="whole").run.path
    expected = {path.name: path.read_bytes() for path in (whole / "weights").iterdir()}
    run = trained(config).run.path
    (run / "checkpoints" / "epoch-000020.safetensors").unlink()  # as if it was killed before that save
    weights_path(run, 9).write_bytes(weights_path(run, 20).read_bytes())  # before it: left as it is
    weights_path(run, 19).write_bytes(b"of other epochs")
    os.rename(weights_path(run, 4), run / "weights" / "mine")
    session = resume(run)
    assert session.epoch == 15
    assert weights_epochs(run) == [0, 1, 2, 9]
    for _ in train(session):
        pass
    finish(session)
    session.run.close()
    found = {path.name: path.read_bytes() for path in (run / "weights").iterdir()}
    assert found == {
        **{name: expected[name] for name in ("epoch-000000.safetensors", "epoch-000001.safetensors")},
        **{name: expected[name] for name in ("epoch-000002.safetensors", "epoch-000020.safetensors")},
        "epoch-000009.safetensors": expected["epoch-000020.safetensors"],
        "mine": expected["epoch-000004.safetensors"],
    }


def test_another_number_on_resume_holds_from_then_on(config: Path) -> None:
    stopped = begun(config)
    for _ in train(stopped, stop=lambda: stopped.epoch >= 5):
        pass
    stopped.run.close()
    session = resume(stopped.run.path, ["train.keep_weights=11"])  # no change that has to be allowed
    for _ in train(session):
        pass
    session.run.close()
    assert [epoch for epoch in weights_epochs(stopped.run.path) if epoch <= 5] == [0, 1, 2, 4]
    of_eleven = kept_of(20, 11)
    assert weights_epochs(stopped.run.path) == [0, 1, 2, 4, *(epoch for epoch in of_eleven if epoch > 5)]


def test_what_was_kept_on_a_way_that_was_left_is_forgotten(config: Path) -> None:
    stopped = begun(config, "train.keep_weights=null")
    for _ in train(stopped, stop=lambda: stopped.epoch >= 5):
        pass
    stopped.run.close()
    killed = resume(stopped.run.path, ["train.keep_weights=20", "train.checkpoint_every=20"])
    for row in train(killed):
        if row["epoch"] == 9:
            break  # before its first checkpoint
    killed.run.close()
    run = stopped.run.path
    (run / "weights" / "mine").touch()
    assert weights_epochs(run)[-1] > 5
    resume(run, ["train.learning_rate=0.02", "train.keep_weights=3"], allow_changes=True).run.close()
    assert [epoch for epoch in weights_epochs(run) if epoch > 5] == [] and (run / "weights" / "mine").exists()


def test_a_stray_file_is_no_epoch(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    for name in ("epoch-000007", "epoch-0000008", "epoch-000999999999", "epoch-1234567"):
        (tmp_path / "weights" / f"{name}.safetensors").touch()
    assert weights_epochs(tmp_path) == [7, 1234567]


def test_a_kept_file_is_a_model_of_its_run_that_never_changes(config: Path) -> None:
    run = trained(config).run.path
    path = weights_path(run, 4)
    assert run_of(path) == run
    model = load(path).model
    assert (model.epoch, model.created) == (4, None)
    with pytest.raises(ConfigError, match="never changes"):
        store_thresholds(path, model, [0.3])


def test_a_file_of_another_epoch_is_refused(config: Path) -> None:
    run = trained(config).run.path
    shutil.copy(weights_path(run, 4), weights_path(run, 5))
    with pytest.raises(CheckpointError, match="does not hold the weights that were kept after epoch 5"):
        list(read_kept(run, [5]))
    shutil.copy(run / "best.safetensors", weights_path(run, load(run / "best.safetensors").model.epoch))
    with pytest.raises(CheckpointError, match="does not hold the weights that were kept"):
        list(read_kept(run, [load(run / "best.safetensors").model.epoch]))


def test_a_disk_without_room_for_what_is_kept_is_refused_at_the_start(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = begun(config)
    parameters = sum(P.nbytes for P in session.setup.model.parameters.values())
    assert bytes_to_keep(session) == 6 * (parameters + 8 * session.setup.task.updates_per_epoch)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(total=10**9, free=5 * parameters))
    with pytest.raises(OutputError, match="the disk has"):
        next(train(session))
    session.run.close()
    assert not (session.run.path / "weights").exists()
