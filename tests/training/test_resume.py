"""Resuming a training: bit for bit, with every solver; changes are named; damaged checkpoints are passed over."""

import csv
import errno
import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

from catnet.config import load_config
from catnet.errors import (
    CheckpointError,
    ConfigError,
    DataError,
    NothingToResume,
    OutputError,
    RunInUse,
    Unreadable,
)
from catnet.files import open_regular
from catnet.runs.checkpoints import load, save
from catnet.runs.directory import RunDirectory
from catnet.runs.environment import environment
from catnet.training.loop import finish, train
from catnet.training.resume import resume
from catnet.training.session import Session, prepare

Write = Callable[..., Path]

CONFIG = """\
goal: 3.0
data: {path: animals, image_size: [8, 8]}
model: {hidden_layers: [6]}
train: {epochs: 30, learning_rate: 0.1, checkpoint_every: 10, keep_weights: 8}
"""
TRAININGS = {
    "mini-batches with momentum and dropout": "train.batch_size=5 train.optimizer=momentum model.dropout=0.3",
    "adam in float64": "train.optimizer=adam train.precision=float64 train.learning_rate=0.01",
    "gram with nesterov and a schedule": "train.solver=gram train.optimizer=nesterov train.schedule=cosine",
    "gram with momentum, dropout and weight decay": "train.solver=gram train.optimizer=momentum model.dropout=0.2 "
    "train.weight_decay=0.01",
    "direct, full batch, class weights": "train.solver=direct train.class_weights=balanced data.scaling=standard",
    "auto": "data.scaling=center",
    "whitening of box averages, adam": "data.scaling=whiten data.box_average=2 data.image_size=[4,4] "
    "train.optimizer=adam train.batch_size=5",
    "everything that augmented training has": "data.scaling=whiten data.box_average=2 data.image_size=[4,4] "
    "data.components=20 model.dropout=0.2 model.views=flip train.augment=standard train.label_smoothing=0.2 "
    "train.optimizer=adamw train.weight_decay=0.01 train.learning_rate=0.01 train.batch_size=5 train.keep=last "
    "train.schedule.name=cosine train.schedule.warm_up=0.1",
    "whitening, gram with momentum": "data.scaling=whiten data.components=9 train.solver=gram train.optimizer=momentum",
}


@pytest.fixture
def config(animals: Path, write_config: Write) -> Path:
    return write_config(CONFIG)


def start(config: Path, *overrides: str, run: str = "run") -> Session:
    return prepare(load_config(config, overrides), lambda: RunDirectory.create(config.parent / run))


def stopped(config: Path, *overrides: str, after: int = 17, run: str = "run") -> Path:
    """The run of a training that was stopped; its lock is released, as at the end of its process."""
    session = start(config, *overrides, run=run)
    for _ in train(session, stop=lambda: session.epoch >= after):
        pass
    session.run.close()
    return session.run.path


def resumed_to_the_end(run: Path, *overrides: str, allow_changes: bool = False) -> Session:
    session = resume(run, overrides, allow_changes)
    for _ in train(session):
        pass
    finish(session)
    session.run.close()
    return session


def whole(config: Path, *overrides: str) -> Path:
    session = start(config, *overrides, run="whole")
    for _ in train(session):
        pass
    finish(session)
    session.run.close()
    return session.run.path


def ending(run: Path) -> dict[str, Any]:
    """The tensors of the last checkpoint and of the best model, and the metrics without the time."""
    newest = max((run / "checkpoints").glob("*.safetensors"))
    files = {"last": load_file(newest), "best": load_file(run / "best.safetensors")}
    tensors = {f"{kind} {name}": P.tobytes() for kind, file in files.items() for name, P in file.items()}
    del tensors["last history.seconds"]
    with (run / "metrics.csv").open() as file:
        rows = [{**row, "seconds": ""} for row in csv.DictReader(file)]
    kept = {path.name: path.read_bytes() for path in (run / "weights").iterdir()}
    metrics = json.loads((run / "summary.json").read_text())["metrics"]
    return {**tensors, "rows": rows, "kept": kept, "metrics": metrics}


@pytest.mark.parametrize("overrides", TRAININGS.values(), ids=TRAININGS)
@pytest.mark.parametrize("validation", [True, False])
def test_the_end_is_the_same_bit_for_bit(config: Path, animals: Path, overrides: str, validation: bool) -> None:
    if not validation:
        (animals / "val").rename(animals / "test")
    expected = ending(whole(config, *overrides.split()))
    run = stopped(config, *overrides.split())
    resume(run).run.close()  # which changes nothing
    assert resumed_to_the_end(run).epoch == 30
    found = ending(run)
    assert [name for name in expected if found[name] != expected[name]] == []
    assert found.keys() == expected.keys()


def test_the_end_is_the_same_wherever_the_training_was_stopped(config: Path) -> None:
    overrides = ("train.solver=gram", "train.optimizer=momentum")
    expected = ending(whole(config, *overrides))
    run = stopped(config, *overrides, after=3)
    for after in (4, 11, 12, 25):
        session = resume(run)
        for _ in train(session, stop=lambda after=after, session=session: session.epoch >= after):  # type: ignore[misc]
            pass
        session.run.close()
    resumed_to_the_end(run)
    assert ending(run) == expected


def test_early_stopping_remembers_the_best_epoch(config: Path) -> None:
    harmful = ("train.learning_rate=0.6", "train.early_stopping={patience: 5}", "train.epochs=400")
    expected = ending(whole(config, *harmful))
    best = min(expected["rows"], key=lambda row: float(row["validation_cost"]))["epoch"]
    run = stopped(config, *harmful, after=int(best) + 2)
    session = resumed_to_the_end(run)
    assert session.best.epoch == int(best) == session.epoch - 5
    assert ending(run) == expected


def test_a_training_that_is_over_is_only_measured_again(config: Path) -> None:
    run = whole(config)
    expected = ending(run)
    (run / "summary.json").unlink()
    (run / "metrics.csv").write_text("epoch,tra")
    assert resumed_to_the_end(run).epoch == 30
    assert ending(run) == expected


def test_thresholds_that_were_stored_stay(config: Path) -> None:
    run = whole(config)
    best = load(run / "best.safetensors")
    chosen = replace(best, model=replace(best.model, thresholds=(0.2, 0.3, 0.4)))
    save(run / "best.safetensors", chosen)
    resumed_to_the_end(run)
    assert load(run / "best.safetensors").model.thresholds == (0.2, 0.3, 0.4)


def test_thresholds_that_were_stored_stay_while_no_epoch_is_better(config: Path) -> None:
    harmful = ("train.learning_rate=0.6", "train.early_stopping={patience: 9}", "train.epochs=400")
    expected = ending(whole(config, *harmful))
    best_epoch = int(min(expected["rows"], key=lambda row: float(row["validation_cost"]))["epoch"])
    run = stopped(config, *harmful, after=best_epoch + 2)
    best = load(run / "best.safetensors")
    save(run / "best.safetensors", replace(best, model=replace(best.model, thresholds=(0.2, 0.3, 0.4))))
    assert resumed_to_the_end(run).best.epoch == best_epoch
    assert load(run / "best.safetensors").model.thresholds == (0.2, 0.3, 0.4)
    assert ending(run) == expected


def test_facts_of_another_form_leave_a_model_that_cannot_be_resumed(config: Path) -> None:
    run = stopped(config)
    path = run / "checkpoints" / "epoch-000017.safetensors"
    checkpoint = load(path)
    assert checkpoint.training is not None
    save(path, replace(checkpoint, training=replace(checkpoint.training, config={"goal": 3.0, "train": 5})))
    again = load(path)
    assert again.training is None
    assert all(np.array_equal(again.model.parameters[name], P) for name, P in checkpoint.model.parameters.items())
    session = resume(run)
    assert session.epoch == 10
    assert session.warnings[0] == f"{path}: is no checkpoint of a training after epoch 17"


def test_data_of_which_nothing_is_known_has_changed(config: Path, animals: Path) -> None:
    (animals / "val").rename(animals / "other")
    run = stopped(config)
    path = run / "checkpoints" / "epoch-000017.safetensors"
    checkpoint = load(path)
    assert checkpoint.training is not None
    save(path, replace(checkpoint, training=replace(checkpoint.training, fingerprint={})))
    assert refusal(run)[1:] == ["the train data: its pictures, rows, labels or names are not the same"]


def test_a_run_in_use(config: Path) -> None:
    session = start(config)
    with pytest.raises(RunInUse, match=r"process \d+ on .* is training in it; wait for it, or end it"):
        resume(session.run.path)


def test_the_time_continues(config: Path) -> None:
    run = stopped(config)
    session = resumed_to_the_end(run)
    seconds = np.array([row["seconds"] for row in session.history], float)
    assert (np.diff(seconds) >= 0).all()


def test_a_damaged_checkpoint_is_passed_over_and_set_aside(config: Path) -> None:
    expected = ending(whole(config))
    run = stopped(config)
    newest = run / "checkpoints" / "epoch-000017.safetensors"
    damaged = bytearray(newest.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    newest.write_bytes(damaged)
    session = resume(run)
    assert session.epoch == 10
    assert session.warnings == [
        f"{newest}: is damaged: its SHA-256 does not match; use another checkpoint of the run",
        f"{newest} is now epoch-000017.safetensors.damaged",
    ]
    session.run.close()
    assert (run / "checkpoints" / "epoch-000017.safetensors.damaged").read_bytes() == damaged
    resumed_to_the_end(run)
    assert ending(run) == expected


def test_the_best_model_never_comes_from_an_epoch_that_is_lost(config: Path) -> None:
    run = stopped(config)
    (run / "checkpoints" / "epoch-000017.safetensors").unlink()
    session = resume(run)
    costs = np.array([row["validation_cost"] for row in session.history], float)
    assert len(costs) == 10
    assert session.best_model().epoch == int(np.argmin(costs)) + 1
    best = load_file(run / "best.safetensors")
    assert all(np.array_equal(best[name], P) for name, P in session.best_model().parameters.items())


def test_without_a_good_checkpoint_nothing_starts(config: Path) -> None:
    run = stopped(config)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name != ".lock"}
    for path in (run / "checkpoints").iterdir():
        path.write_bytes(b"PK\x03\x04")
        before[path] = b"PK\x03\x04"
    with pytest.raises(NothingToResume) as caught:
        resume(run)
    assert str(caught.value).startswith(f"{run}: none of its checkpoints can be read\n{run}")
    assert caught.value.config == run / "config.yaml"
    for path in (run / "checkpoints").iterdir():
        path.unlink()
        del before[path]
    with pytest.raises(CheckpointError, match="has no checkpoint to resume from"):
        resume(run)
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name != ".lock"} == before


def test_a_checkpoint_of_another_number_is_refused(config: Path) -> None:
    run = stopped(config)
    checkpoints = run / "checkpoints"
    (checkpoints / "epoch-000017.safetensors").rename(checkpoints / "epoch-000020.safetensors")
    session = resume(run)
    assert session.epoch == 10
    assert "is no checkpoint of a training after epoch 20" in session.warnings[0]


def refusal(run: Path, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        resume(run, overrides)
    return str(caught.value).splitlines()


def test_changes_are_named_and_may_be_allowed(config: Path, animals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stopped(config)
    Image.new("RGB", (8, 8)).save(animals / "val" / "cat" / "0.png")
    (animals / "train" / "cat" / "0.png").unlink()
    monkeypatch.setattr("catnet.training.session.environment", lambda: {"BLAS threads": "99"})
    said = refusal(run, "train.learning_rate=0.2", "train.early_stopping={patience: 3}", "train.checkpoint_every=5")
    assert said[0] == (f"{run}: what follows has changed since epoch 17 was saved; undo it, or allow the changes")
    assert said[1:4] == [
        'train.early_stopping: not set then, {"metric": "validation_cost", "patience": 3} now',
        "train.learning_rate: 0.1 then, 0.2 now",
        "examples of the train data: 28 then, 27 now",
    ]
    assert said[4] == "the validation data: its pictures, rows, labels or names are not the same"
    assert any(line.startswith("BLAS threads: ") and line.endswith(" then, 99 now") for line in said[5:])
    session = resumed_to_the_end(run, "train.learning_rate=0.2", allow_changes=True)
    assert session.warnings[0] == "train.learning_rate: 0.1 then, 0.2 now"
    assert session.epoch == 30
    assert load_config(run / "config.yaml").train.learning_rate == 0.2
    resume(run).run.close()  # the changes now belong to the run


def test_threads_are_no_change_for_shards(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A training on a cluster is resumed on any machine."""
    run = stopped(config, "train.solver=sharded")
    before = environment()
    monkeypatch.setattr("catnet.training.session.environment", lambda: {**before, "BLAS threads": "99"})
    session = resume(run)
    session.run.close()
    assert session.warnings == []
    monkeypatch.setattr("catnet.training.session.environment", lambda: {**before, "BLAS kernel": "Other"})
    assert refusal(run)[1:] == [f"BLAS kernel: {before['BLAS kernel']} then, Other now"]


def test_both_solvers_resume_with_other_data(config: Path, animals: Path) -> None:
    """What the Gram solver has computed from the old data is not used with new data of the same size."""
    ends = []
    for solver in ("gram", "direct"):
        Image.new("RGB", (8, 8)).save(animals / "train" / "cat" / "0.png")
        run = stopped(config, f"train.solver={solver}", "train.optimizer=momentum", run=solver)
        Image.new("RGB", (8, 8), "white").save(animals / "train" / "cat" / "0.png")
        session = resumed_to_the_end(run, allow_changes=True)
        assert session.warnings == ["the train data: its pictures, rows, labels or names are not the same"]
        ends.append(session.current_model().parameters)
    for name, P in ends[0].items():
        np.testing.assert_allclose(P, ends[1][name], rtol=1e-3, atol=1e-5)


def test_more_epochs_are_a_change(config: Path) -> None:
    run = stopped(config)
    assert refusal(run, "train.epochs=40")[1:] == ["train.epochs: 30 then, 40 now"]
    assert resumed_to_the_end(run, "train.epochs=40", allow_changes=True).epoch == 40


def test_what_the_parameters_depend_on_cannot_change(config: Path) -> None:
    run = stopped(config)
    said = refusal(run, "model.hidden_layers=[7]", "train.optimizer=adam")
    assert said == [
        f"{run}: a training that resumes cannot change this; start a new one",
        "model.hidden_layers: [6] then, [7] now",
        "train.optimizer: gradient_descent then, adam now",
    ]


@pytest.mark.parametrize(
    ("first", "override", "changes"),
    [
        (["data.scaling=whiten"], "data.scaling=center", [
            "data.components: 500 then, not set now",
            "data.scaling: whiten then, center now",
            "data.whitening_floor: 0.1 then, not set now",
        ]),
        (["train.optimizer=momentum"], "train.optimizer=adam", ["train.optimizer: momentum then, adam now"]),
    ],
)  # fmt: skip
def test_keys_that_an_override_rules_out_are_no_mistake_of_the_user(
    config: Path, first: list[str], override: str, changes: list[str]
) -> None:
    """They are in the resolved configuration because all keys are."""
    run = stopped(config, *first)
    assert refusal(run, override)[1:] == changes


def test_a_schedule_may_change_by_its_name_alone(config: Path) -> None:
    run = stopped(config, "train.schedule={name: step, every: 4}")
    assert refusal(run, "train.schedule.name=cosine")[1:] == [
        'train.schedule: {"name": "step", "every": 4, "factor": 0.1, "warm_up": 0} then, '
        '{"name": "cosine", "warm_up": 0} now'
    ]


def test_what_the_user_gives_twice_over_is_still_refused(config: Path) -> None:
    run = stopped(config)
    with pytest.raises(ConfigError, match=r"data\.components: only for scaling whiten, not for scaling center"):
        resume(run, ["data.components=4", "data.scaling=center"])


def test_the_same_data_elsewhere_is_no_change(config: Path, animals: Path) -> None:
    run = stopped(config)
    moved = animals.rename(animals.with_name("moved"))
    with pytest.raises(DataError):
        resume(run)
    assert resumed_to_the_end(run, f"data.path={moved}").epoch == 30


def test_other_classes_are_refused(config: Path, animals: Path) -> None:
    run = stopped(config)
    for split in ("train", "val"):
        (animals / split / "lion").rename(animals / split / "tiger")
    with pytest.raises(DataError, match="has the classes cat, iguana, tiger, the run has cat, iguana, lion"):
        resume(run, allow_changes=True)


def test_leftovers_of_a_killed_save_are_removed(config: Path) -> None:
    run = stopped(config)
    leftovers = [run / ".best.safetensors.17.tmp", run / "checkpoints" / ".epoch-000018.safetensors.17.tmp"]
    for path in leftovers:
        path.write_bytes(b"half")
    resume(run)
    assert not any(path.exists() for path in leftovers)


def test_room_is_looked_for_before_the_first_epoch(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = start(config)
    full = SimpleNamespace(total=10**9, free=1000)
    monkeypatch.setattr("catnet.runs.files.shutil.disk_usage", lambda path: full)
    with pytest.raises(OutputError) as caught:
        next(train(session))
    what = rf"{session.run.checkpoints}: could not be written: it needs \d\d.\d kB, the disk has 1 kB. "
    assert re.fullmatch(what + "There is no checkpoint yet.", str(caught.value))
    assert session.epoch == 0


def test_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"is no run directory: it has no config\.yaml"):
        resume(tmp_path)
    with pytest.raises(CheckpointError, match=r"none: there is no such run directory$"):
        resume(tmp_path / "none")
    assert list(tmp_path.iterdir()) == []


def with_thresholds(run: Path) -> int:
    """Stores thresholds with the best model; its epoch."""
    best = load(run / "best.safetensors")
    save(run / "best.safetensors", replace(best, model=replace(best.model, thresholds=(0.2, 0.3, 0.4))))
    return best.model.epoch


def flipped(path: Path) -> None:
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)


def test_thresholds_of_a_model_that_is_no_longer_the_best_are_gone_with_a_warning(config: Path) -> None:
    run = stopped(config)
    assert with_thresholds(run) == 17
    session = resumed_to_the_end(run)
    assert session.warnings == [
        "the thresholds stored with the model of epoch 17 (cat 0.2, iguana 0.3, lion 0.4) are gone: another epoch "
        "is the best; choose and store them again"
    ]
    assert load(run / "best.safetensors").model.thresholds is None


def test_thresholds_stay_if_their_epoch_is_trained_again(config: Path) -> None:
    run = whole(config)
    epoch = with_thresholds(run)
    flipped(run / "checkpoints" / "epoch-000030.safetensors")
    session = resumed_to_the_end(run)
    assert session.best.epoch == epoch == 30
    assert [warning for warning in session.warnings if "are gone" in warning] == []
    assert load(run / "best.safetensors").model.thresholds == (0.2, 0.3, 0.4)


def test_a_damaged_best_model_is_written_again_with_a_warning(config: Path) -> None:
    run = stopped(config)
    before = load(run / "best.safetensors").model
    flipped(run / "best.safetensors")
    session = resume(run)
    assert session.warnings == [
        f"{run}/best.safetensors: is damaged: its SHA-256 does not match; it is written again, and thresholds that "
        "were stored with it are gone"
    ]
    assert load(run / "best.safetensors").model.epoch == before.epoch


@pytest.mark.parametrize("name", ["checkpoints/epoch-000017.safetensors", "best.safetensors"])
def test_a_file_that_may_be_good_is_not_taken_for_damaged(
    config: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    run = stopped(config)
    expected = {path: path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name != ".lock"}

    def refuse(path: Path) -> Any:
        if path == run / name:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return open_regular(path)

    with monkeypatch.context() as patch:
        patch.setattr("catnet.runs.container.open_regular", refuse)
        with pytest.raises(Unreadable, match="Input/output error; it may be good, so nothing is changed; make it re"):
            resume(run)
    found = {path: path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name != ".lock"}
    assert found == expected
    assert resume(run).epoch == 17


def test_a_configuration_that_is_lost_comes_from_the_checkpoint(config: Path) -> None:
    expected = ending(whole(config))
    run = stopped(config)
    text = (run / "config.yaml").read_text()
    (run / "config.yaml").unlink()
    assert resumed_to_the_end(run).warnings == [f"{run}/config.yaml: there is no such file; it is written again"]
    assert (run / "config.yaml").read_text() == text
    assert ending(run) == expected


def test_what_is_no_configuration_is_called_what_it_is(config: Path) -> None:
    run = stopped(config)
    (run / "config.yaml").unlink()
    os.mkfifo(run / "config.yaml")
    with pytest.raises(ConfigError, match=r"config\.yaml: cannot be read: it is a pipe"):
        resume(run)
    (run / "config.yaml").unlink()
    (run / "config.yaml").mkdir()
    with pytest.raises(ConfigError, match=r"config\.yaml: is a folder; give a configuration file$"):
        resume(run)


def test_early_stopping_that_leaves_nothing_to_train_is_said(config: Path) -> None:
    run = whole(config, "train.learning_rate=0.6", "train.early_stopping={patience: 5}", "train.epochs=400")
    session = resume(run, ("train.epochs=500",), allow_changes=True)
    assert session.warnings[-1] == (
        f"early stopping ends the training at once: no epoch after {session.best.epoch} was better, in 5 epochs; "
        "to train on, raise train.early_stopping.patience (it is 5)"
    )
    session.run.close()
    session = resumed_to_the_end(run, "train.early_stopping={patience: 9}", allow_changes=True)
    assert session.epoch == session.best.epoch + 9


@pytest.mark.parametrize("cut", [True, False])
def test_the_names_of_the_examples_are_written_again(config: Path, cut: bool) -> None:
    run = stopped(config)
    path = run / "examples.csv"
    text = path.read_text()
    path.write_text(text[: len(text) // 3]) if cut else path.unlink()
    session = resume(run)
    assert [str(path) in warning for warning in session.warnings] == [True] * cut
    assert path.read_text() == text


@pytest.mark.parametrize("solver", ["direct", "gram"])
def test_trained_in_two_parts(animals: Path, write_config: Write, tmp_path: Path, solver: str) -> None:
    assert animals.is_dir()
    settings = {"train.epochs": 300, "train.solver": solver, "train.keep": "last", "train.checkpoint_every": "auto"}
    config = load_config(write_config(CONFIG), settings)  # quick epochs, some of which are trained together
    whole, parts = (prepare(config, partial(RunDirectory.create, tmp_path / name)) for name in ("whole", "parts"))
    list(train(whole))
    assert [row["epoch"] for row in train(parts, until=37)] == list(range(1, 38))
    assert list(train(parts, until=37)) == []
    parts.run.close()
    again = resume(tmp_path / "parts")
    assert again.epoch == 37 and len(list(train(again, until=300))) == 263
    for name, P in whole.current_model().parameters.items():
        assert np.array_equal(P, again.current_model().parameters[name])
