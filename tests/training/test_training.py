"""Training as a Python program uses it: the run directory, the best model, early stopping, divergence."""

import csv
import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from catnet.config import load_config
from catnet.errors import CheckpointError, ConfigError, Diverged
from catnet.runs.checkpoints import load
from catnet.runs.directory import RunDirectory
from catnet.runs.layout import checkpoint_path
from catnet.training import loop
from catnet.training.loop import finish, train
from catnet.training.save import save
from catnet.training.session import Session, prepare

Write = Callable[..., Path]


def session_of(config: Path, *overrides: str, run: str = "run") -> Session:
    return prepare(load_config(config, overrides), lambda: RunDirectory.create(config.parent / run))


def trained(config: Path, *overrides: str, run: str = "run") -> tuple[Session, dict[str, Any]]:
    session = session_of(config, *overrides, run=run)
    for _ in train(session):
        pass
    return session, finish(session)


def rows_of(session: Session) -> list[dict[str, str]]:
    with (session.run.path / "metrics.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.fixture
def config(animals: Path, write_config: Write) -> Path:
    return write_config(
        "goal: 3.0\ndata: {path: animals, image_size: [8, 8]}\n"
        "model: {hidden_layers: [6]}\ntrain: {epochs: 30, learning_rate: 0.1}\n"
    )


def test_the_files_of_a_run_directory(config: Path) -> None:
    session, summary = trained(config)
    run = session.run.path
    assert sorted(path.name for path in run.iterdir()) == [
        ".lock", "best.safetensors", "checkpoints", "config.yaml", "examples.csv", "metrics.csv", "summary.json",
    ]  # fmt: skip
    assert [int(row["epoch"]) for row in rows_of(session)] == list(range(1, 31))
    assert list(rows_of(session)[0]) == [
        "epoch", "train_cost", "learning_rate", "seconds",
        "validation_cost", "validation_accuracy", "validation_f1", "validation_auc", "train_accuracy",
    ]  # fmt: skip
    assert json.loads((run / "summary.json").read_text()) == summary
    assert summary["metrics"]["validation"]["accuracy"] > summary["metrics"]["validation"]["trivial"]["accuracy"]
    assert summary["parameters"] == (192 + 1) * 6 + (6 + 1) * 3
    assert summary["metrics"]["train"]["examples"] == 28


def test_the_two_newest_checkpoints_and_the_best_are_kept(config: Path) -> None:
    session, _ = trained(config, "train.checkpoint_every=4")
    kept = sorted(path.name for path in session.run.checkpoints.iterdir())
    costs = {int(row["epoch"]): float(row["validation_cost"]) for row in rows_of(session)}
    best = min([4, 8, 12, 16, 20, 24, 28, 30], key=lambda epoch: costs[epoch])
    assert kept == [f"epoch-{epoch:06d}.safetensors" for epoch in sorted({28, 30, best})]


def test_the_bits_of_the_best_model_do_not_depend_on_when_it_is_saved(config: Path) -> None:
    settings = ("train.learning_rate=0.6", "train.optimizer=momentum", "train.solver=gram")
    first, summary = trained(config, *settings, "train.checkpoint_every=1", run="first")
    second, _ = trained(config, *settings, "train.checkpoint_every=30", run="second")
    assert 1 < summary["best_epoch"] < 30
    ours, theirs = ((session.run.path / "best.safetensors").read_bytes() for session in (first, second))
    assert ours == theirs


def test_saves_that_take_long_are_left_out_but_for_the_first_and_the_last(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[int] = []

    def slow(session: Session) -> None:
        saved.append(session.epoch)
        save(session)
        time.sleep(0.3)  # the training takes much less

    monkeypatch.setattr(loop, "save", slow)
    trained(config)
    assert saved == [1, 30]


def test_the_resolved_configuration_repeats_the_run(config: Path) -> None:
    first, _ = trained(config, "train.batch_size=5", "model.dropout=0.3", "train.optimizer=adam", run="first")
    second, _ = trained(first.run.path / "config.yaml", run="second")
    again = [row["train_cost"] for row in rows_of(second)]
    assert again == [row["train_cost"] for row in rows_of(first)]
    ours, theirs = (load(run.path / "best.safetensors").model.parameters for run in (first.run, second.run))
    assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_early_stopping_restores_the_weights_of_the_best_epoch(config: Path) -> None:
    harmful = ("train.learning_rate=0.6", "train.early_stopping={metric: validation_cost, patience: 3}")
    session, summary = trained(config, *harmful, "train.epochs=400")
    costs = [float(row["validation_cost"]) for row in rows_of(session)]
    best = int(np.argmin(costs)) + 1
    assert summary["best_epoch"] == best
    assert len(costs) == best + 3 < 400
    assert summary["stopped_early"]
    assert summary["metrics"]["validation"]["cost"] == pytest.approx(costs[best - 1], rel=1e-5)
    assert load(session.run.path / "best.safetensors").model.epoch == best


def test_early_stopping_can_watch_a_metric_of_which_more_is_better(config: Path) -> None:
    session, summary = trained(config, "train.early_stopping={metric: validation_accuracy, patience: 5}")
    accuracies = [float(row["validation_accuracy"]) for row in rows_of(session)]
    assert summary["best_epoch"] == int(np.argmax(accuracies)) + 1


def test_early_stopping_without_validation_data_is_an_error(config: Path, animals: Path) -> None:
    (animals / "val").rename(animals / "test")
    with pytest.raises(ConfigError) as caught:
        session_of(config, "train.early_stopping={patience: 3}")
    assert str(caught.value) == (
        f"{animals}: there is no validation data, which train.early_stopping needs; "
        "set data.validation_fraction: 0.2, add a val split, or take early_stopping out"
    )
    assert not (config.parent / "run").exists()


def test_a_training_that_diverges_stops_and_keeps_the_last_good_checkpoint(animals: Path, write_config: Write) -> None:
    (animals / "metadata").mkdir()
    rows = "".join(f"{i},{1e4 * i}\n" for i in range(20))
    (animals / "sizes.csv").write_text("x,y\n" + rows)
    config = write_config(
        "goal: regression\ndata: {path: animals/sizes.csv, target: y, validation_fraction: 0, scaling: none}\n"
        "train: {epochs: 500, learning_rate: 0.5}\n"
    )
    session = session_of(config)
    with pytest.raises(Diverged) as caught:
        list(train(session))
    epoch = session.epoch + 1
    assert str(caught.value) == (
        f"{session.run.path}: training diverged in epoch {epoch}: the cost or a weight is not a finite number; "
        "lower train.learning_rate (it is 0.5), or set data.target_scaling: standard, or set data.scaling. "
        f"The last good checkpoint is {checkpoint_path(session.run.path, 1)}."
    )
    assert caught.value.exit_code == 7
    assert all(np.isfinite(float(row["train_cost"])) for row in rows_of(session))
    good = load(checkpoint_path(session.run.path, 1)).model
    assert all(np.isfinite(P).all() for P in good.parameters.values())


@pytest.mark.parametrize(("activation", "rate"), [("linear", 1e4), ("leaky_relu", 1e5)])
@pytest.mark.filterwarnings("error")
def test_a_training_that_diverges_in_its_last_epoch(
    tmp_path: Path, write_config: Write, activation: str, rate: float
) -> None:
    x = np.random.default_rng(0).normal(size=300)
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{value},{value}\n" for value in x))
    config = write_config(
        "goal: regression\ndata: {path: t.csv, target: y, validation_fraction: 0}\n"
        f"model: {{hidden_layers: [5, 5], activation: {activation}}}\ntrain: {{epochs: 2, learning_rate: {rate}}}\n"
    )
    session = session_of(config)
    with pytest.raises(Diverged) as caught:
        list(train(session))
    assert str(caught.value) == (
        f"{session.run.path}: training diverged in epoch 2: the cost or a weight is not a finite number; "
        f"lower train.learning_rate (it is {rate:g}), or set data.target_scaling: standard. "
        f"The last good checkpoint is {checkpoint_path(session.run.path, 1)}."
    )
    assert [float(row["train_cost"]) < math.inf for row in rows_of(session)] == [True, True]
    assert load(session.run.path / "best.safetensors").model.epoch == 1
    assert not checkpoint_path(session.run.path, 2).exists()


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("train.weight_decay=1e30", "lower train.weight_decay (it is 1e+30) or train.learning_rate (it is "),
        ("train.class_weights={cat: 1e30}", "lower train.class_weights (they go up to 1e+30) or train.learning_rate ("),
    ],
)
def test_what_made_it_diverge_is_named(config: Path, override: str, named: str) -> None:
    session = session_of(config, override, "train.epochs=20")
    with pytest.raises(Diverged) as caught:
        list(train(session))
    assert named in str(caught.value)


def test_a_training_that_diverges_in_its_first_epoch(config: Path) -> None:
    session = session_of(config, "train.learning_rate=1e38", "train.batch_size=2", "model.hidden_layers=[4]")
    with pytest.raises(Diverged, match=r"training diverged in epoch 1: .*There is no checkpoint yet\."):
        list(train(session))


def test_answers_that_are_not_finite_are_no_metrics(config: Path, animals: Path) -> None:
    session = session_of(config, "train.epochs=1")
    list(train(session))
    session.setup.dataset.splits["validation"].labels[:] = np.inf
    with pytest.raises(Diverged, match="training diverged in epoch 1: "):
        finish(session)
    assert not (session.run.path / "summary.json").exists()


def test_early_stopping_by_a_metric_that_does_not_exist(animals: Path, write_config: Write) -> None:
    config = write_config(
        "goal: 1.0\ndata: {path: animals, classes: [cat], image_size: [8, 8]}\n"
        "train: {epochs: 3, early_stopping: {metric: validation_auc, patience: 2}}\n"
    )
    for picture in (animals / "val" / "cat").iterdir():
        picture.rename(animals / "val" / "lion" / f"cat{picture.name}")
    (animals / "val" / "cat").rmdir()
    with pytest.raises(ConfigError) as caught:
        session_of(config)
    assert caught.value.exit_code == 2
    assert str(caught.value) == (
        f"{animals}: validation_auc, which train.early_stopping watches, does not exist: "
        "the validation data has no example of cat; add others, or watch validation_cost"
    )
    assert not (config.parent / "run").exists()
    assert trained(config, "train.early_stopping.metric=validation_recall")[1]["best_epoch"] == 1
    (animals / "ages.csv").write_text("x,y\n" + "".join(f"{i},5\n" for i in range(20)))
    config = write_config(
        "goal: regression\ndata: {path: animals/ages.csv, target: y}\n"
        "train: {epochs: 3, early_stopping: {metric: validation_r2, patience: 2}}\n"
    )
    with pytest.raises(ConfigError, match="does not exist: the validation data has only one label; add others"):
        session_of(config, run="other")


def test_a_training_starts_from_a_file_of_weights(config: Path, tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    shapes = {"W1": (6, 192), "b1": (6, 1), "W2": (3, 6), "b2": (3, 1)}
    start = {name: random.normal(size=shape) * 0.01 for name, shape in shapes.items()}
    save_file(start, tmp_path / "start.safetensors")
    session = session_of(config, f"model.initialization={tmp_path / 'start.safetensors'}", "train.precision=float64")
    assert all(np.array_equal(session.setup.model.parameters[name], start[name]) for name in start)
    save_file({**start, "W2": np.full((3, 6), np.nan)}, tmp_path / "nan.safetensors")
    with pytest.raises(CheckpointError) as caught:
        session_of(config, f"model.initialization={tmp_path / 'nan.safetensors'}", run="nan")
    assert str(caught.value) == (
        f"{tmp_path / 'nan.safetensors'}: W2 holds what is not a finite number; training cannot start from it"
    )
    del start["b2"]
    save_file(start, tmp_path / "start.safetensors")
    with pytest.raises(CheckpointError) as caught:
        session_of(config, f"model.initialization={tmp_path / 'start.safetensors'}", run="other")
    assert str(caught.value) == (f"{tmp_path / 'start.safetensors'}: there is no b2")


def test_balanced_class_weights_teach_a_class_with_few_examples(tmp_path: Path, write_config: Write) -> None:
    random = np.random.default_rng(0)
    positive = np.arange(400) % 20 == 0
    x = random.normal(size=400) + 1.5 * positive
    rows = "".join(f"{value},{int(label)}\n" for value, label in zip(x, positive, strict=True))
    (tmp_path / "rare.csv").write_text("x,ill\n" + rows)
    config = write_config(
        "goal: 1.0\ndata: {path: rare.csv, classes: [ill], validation_fraction: 0}\n"
        "train: {epochs: 300, learning_rate: 0.5}\n"
    )
    _, plain = trained(config, run="plain")
    _, balanced = trained(config, "train.class_weights=balanced", run="balanced")
    assert plain["metrics"]["train"]["recall"] < 0.3
    assert balanced["metrics"]["train"]["recall"] > 0.6


def test_class_weights_of_an_unknown_class_are_an_error(animals: Path, write_config: Write) -> None:
    config = write_config(
        "goal: 1.0\ndata: {path: animals, classes: [cat], image_size: [8, 8]}\n"
        "train: {epochs: 1, class_weights: {cat: 2, dog: 3}}\n"
    )
    with pytest.raises(ConfigError) as caught:
        session_of(config)
    assert str(caught.value) == (
        f"{animals}: has no class dog, which train.class_weights names; there are not cat, cat"
    )
    with pytest.raises(ConfigError, match=r"no class cta, .*; there are not cat, cat; did you mean cat\?$"):
        session_of(config, "train.class_weights={cta: 2}")


def test_a_regression_starts_at_the_mean_of_its_target(tmp_path: Path, write_config: Write) -> None:
    (tmp_path / "t.csv").write_text("x,y\n1,10\n2,20\n3,60\n")
    for output, loss in (("linear", "huber"), ("relu", "absolute")):
        config = write_config(
            "goal: regression\ndata: {path: t.csv, target: y, validation_fraction: 0}\n"
            f"model: {{hidden_layers: [2], output_activation: {output}, loss: {loss}}}\ntrain: {{epochs: 2}}\n"
        )
        session = session_of(config, run=output)
        assert session.setup.model.parameters["b2"] == pytest.approx(30)
        assert len(list(train(session))) == 2


def test_stopping_saves_the_epoch_that_was_finished(config: Path) -> None:
    session = session_of(config)
    rows = []
    for row in train(session, stop=lambda: session.epoch == 7):
        rows.append(row)
    assert len(rows) == 7
    checkpoint = load(checkpoint_path(session.run.path, 7))
    assert checkpoint.history["train_cost"].tolist() == [row["train_cost"] for row in rows]
    assert checkpoint.state["step"] == 7


def test_a_checkpoint_holds_the_state(config: Path) -> None:
    session, _ = trained(config, "train.optimizer=adam", "train.epochs=3")
    state = load(checkpoint_path(session.run.path, 3)).state
    assert state["step"] == 3
    assert state["mean.W1"].shape == state["square.W1"].shape == (6, 192)
    assert np.abs(state["mean.W1"]).max() > 0
    assert "W1" in load_file(session.run.path / "best.safetensors")
