"""train.keep: whose weights are the result; what is measured when; and runs of versions that did not know the key."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import catnet
from catnet.config import EARLIER, load_config
from catnet.errors import ConfigError, HasChanged
from catnet.runs.checkpoints import load, save
from catnet.runs.directory import RunDirectory
from catnet.training.loop import finish, train
from catnet.training.measure import train_logits, watched_epochs
from catnet.training.resume import resume
from catnet.training.session import Session, prepare

Write = Callable[..., Path]
KEEP_LAST = "train.keep=last"


@pytest.fixture
def config(animals: Path, write_config: Write) -> Path:
    """Its validation cost rises after a while."""
    return write_config(
        "goal: 3.0\ndata: {path: animals, image_size: [8, 8]}\nmodel: {hidden_layers: [6]}\n"
        "train: {epochs: 60, learning_rate: 0.6, checkpoint_every: 10}\n"
    )


def begin(config: Path, *overrides: str, run: str = "run", after: int | None = None) -> Session:
    """Trains to the end, or stops after so many epochs; then others may open the run."""
    session = prepare(load_config(config, overrides), lambda: RunDirectory.create(config.parent / run))
    return go_on(session, after)


def go_on(session: Session, after: int | None = None) -> Session:
    for _ in train(session, stop=lambda: after is not None and session.epoch >= after):
        pass
    if after is None:
        finish(session)
    session.run.close()
    return session


def rows_of(session: Session) -> list[dict[str, str]]:
    with (session.run.path / "metrics.csv").open() as file:
        return [{**row, "seconds": ""} for row in csv.DictReader(file)]


def summary_of(session: Session) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((session.run.path / "summary.json").read_text())
    return found


def epoch_of_best(session: Session) -> int:
    return load(session.run.path / "best.safetensors").model.epoch


def same_parameters(one: Path, other: Path) -> bool:
    ours, theirs = load(one).model.parameters, load(other).model.parameters
    return ours.keys() == theirs.keys() and all(np.array_equal(ours[name], theirs[name]) for name in ours)


@pytest.mark.parametrize("overrides", ["train.solver=gram", "train.optimizer=adam"])
def test_the_last_epoch_is_kept_and_some_epochs_are_validated(config: Path, overrides: str) -> None:
    last, best = begin(config, overrides, KEEP_LAST, run="last"), begin(config, overrides, run="best")
    assert (summary_of(last)["best_epoch"], summary_of(last)["keep"]) == (60, "last")
    assert (summary_of(best)["keep"], epoch_of_best(last)) == ("best", 60)
    assert epoch_of_best(best) == summary_of(best)["best_epoch"] < 60
    final = last.run.checkpoints / "epoch-000060.safetensors"
    assert same_parameters(last.run.path / "best.safetensors", final)
    assert same_parameters(last.run.path / "best.safetensors", best.run.checkpoints / final.name)
    assert not load(final).best
    for row, of_best in zip(rows_of(last), rows_of(best), strict=True):
        empty = {} if int(row["epoch"]) in watched_epochs(60) else dict.fromkeys(row, "")
        assert row == {name: empty.get(name, v) if "validation" in name else v for name, v in of_best.items()}
    assert [float(summary_of(last)["metrics"]["validation"]["accuracy"])] == [
        pytest.approx(float(rows_of(last)[-1]["validation_accuracy"]))
    ]


def test_all_of_a_few_epochs_are_validated(config: Path) -> None:
    rows = rows_of(begin(config, KEEP_LAST, "train.epochs=25"))
    assert all(row["validation_cost"] and row["validation_accuracy"] for row in rows)
    rows = rows_of(begin(config, KEEP_LAST, "train.epochs=200", run="many"))
    assert sum(row["validation_cost"] != "" for row in rows) == len(watched_epochs(200)) <= 28
    assert {row["epoch"] for row in rows if row["validation_cost"]} >= {"1", "200"}


def test_checkpoints_kept_are_the_newest_two(config: Path) -> None:
    session = begin(config, KEEP_LAST)
    assert sorted(path.stem for path in session.run.checkpoints.iterdir()) == ["epoch-000050", "epoch-000060"]


@pytest.mark.parametrize("overrides", [["train.solver=gram"], ["train.batch_size=5", "train.optimizer=adam"]])
def test_an_interrupted_training_has_its_last_saved_epoch(config: Path, overrides: list[str]) -> None:
    whole = begin(config, *overrides, KEEP_LAST, run="whole")
    run = begin(config, *overrides, KEEP_LAST, after=37).run.path
    stopped = load(run / "best.safetensors").model.epoch
    assert stopped >= 37
    assert same_parameters(run / "best.safetensors", run / "checkpoints" / f"epoch-{stopped:06d}.safetensors")
    resumed = go_on(resume(run))
    assert rows_of(resumed) == rows_of(whole)
    assert summary_of(resumed)["metrics"] == summary_of(whole)["metrics"]
    assert (run / "best.safetensors").read_bytes() == (whole.run.path / "best.safetensors").read_bytes()


def test_the_history_of_a_program_has_none_for_what_was_not_measured(config: Path) -> None:
    history = catnet.load(begin(config, KEEP_LAST).run.path).history
    measured = {row["epoch"] for row in history if row["validation_cost"] is not None}
    assert measured == set(watched_epochs(60))
    assert all(row["train_cost"] is not None for row in history)


def test_what_is_kept_may_change_if_that_is_allowed(config: Path) -> None:
    session = begin(config)
    assert epoch_of_best(session) < 60
    with pytest.raises(HasChanged, match=r"train\.keep: best then, last now"):
        resume(session.run.path, [KEEP_LAST])
    changed = go_on(resume(session.run.path, [KEEP_LAST], allow_changes=True))
    assert epoch_of_best(changed) == summary_of(changed)["best_epoch"] == 60
    longer = go_on(resume(session.run.path, ["train.epochs=61"], allow_changes=True))
    assert len(rows_of(longer)) == epoch_of_best(longer) == 61


@pytest.mark.parametrize("overrides", [["train.keep=best"], ["train.early_stopping.patience=5"]])
def test_the_best_epoch_cannot_be_kept_after_only_the_last_was(config: Path, overrides: list[str]) -> None:
    """The weights of the epochs before were not."""
    run = begin(config, KEEP_LAST, after=20).run.path
    before = (run / "config.yaml").read_text()
    with pytest.raises(ConfigError) as caught:
        resume(run, [*overrides, "train.epochs=61"], allow_changes=True)
    assert str(caught.value) == (
        f"{run}: a training that has kept only its last epoch cannot return to the best one, whose weights may be "
        "gone; start a new training\ntrain.keep: last then, best now"
    )
    assert (run / "config.yaml").read_text() == before
    assert epoch_of_best(go_on(resume(run))) == 60


def test_without_validation_data_the_last_is_kept_anyhow(config: Path, animals: Path) -> None:
    (animals / "val").rename(animals / "test")
    last, best = begin(config, KEEP_LAST, run="last"), begin(config, run="best")
    assert rows_of(last) == rows_of(best)
    assert same_parameters(last.run.path / "best.safetensors", best.run.path / "best.safetensors")


@pytest.fixture
def earlier(config: Path) -> Path:
    """A run as an earlier version left it, whose schedule ends at zero, and which kept the best epoch."""
    run = begin(config, "train.schedule=cosine", "train.keep=best", after=37).run.path
    keys = {key.partition(".")[2] for key in EARLIER}
    lines = (run / "config.yaml").read_text().splitlines(keepends=True)
    left = [line for line in lines if line.strip().partition(":")[0] not in keys]
    assert len(lines) - len(left) == len(keys)
    (run / "config.yaml").write_text("".join(left))
    for path in (run / "checkpoints").iterdir():
        checkpoint = load(path)
        assert checkpoint.training is not None
        settings = {
            name: {key: value for key, value in section.items() if key not in keys} if name != "goal" else section
            for name, section in checkpoint.training.config.items()
        }
        save(path, replace(checkpoint, training=replace(checkpoint.training, config=settings)))
    return run


@pytest.mark.parametrize("lost", [False, True])
def test_a_run_of_an_earlier_version_resumes_as_it_was(config: Path, earlier: Path, lost: bool) -> None:
    whole = begin(config, "train.schedule=cosine", "train.keep=best", run="whole")
    assert catnet.load(earlier).config.train.keep == "best"
    if lost:
        (earlier / "config.yaml").unlink()
    session = resume(earlier, ["train.checkpoint_every=7"])  # which is written again
    assert [warning for warning in session.warnings if "there is no such file" not in warning] == []
    assert "  keep: best\n" in (earlier / "config.yaml").read_text()
    go_on(session)
    assert rows_of(session) == rows_of(whole)
    assert (summary_of(session)["keep"], load_config(earlier / "config.yaml").train.keep) == ("best", "best")
    assert same_parameters(earlier / "best.safetensors", whole.run.path / "best.safetensors")


def test_a_run_of_an_earlier_version_may_change_as_others_may(earlier: Path) -> None:
    with pytest.raises(HasChanged, match=r"train\.keep: best then, last now"):
        resume(earlier, [KEEP_LAST])
    session = go_on(resume(earlier, [KEEP_LAST], allow_changes=True))
    assert epoch_of_best(session) == 60


@pytest.mark.parametrize("augment", ["{flip: true, shift: 0.4}", "{mixup: 1}"])
def test_the_accuracy_in_training_is_that_of_clean_pictures(config: Path, augment: str) -> None:
    session = begin(config, f"train.augment={augment}", "data.scaling=whiten", KEEP_LAST, "train.epochs=3")
    accuracy = summary_of(session)["metrics"]["train"]["accuracy"]
    assert float(rows_of(session)[-1]["train_accuracy"]) == pytest.approx(accuracy)


def test_what_is_measured_with_views_is_what_the_model_answers(config: Path) -> None:
    """In the last epoch's row as in the summary, which asks the model."""
    session = begin(config, "model.views=flip", KEEP_LAST, "train.epochs=3")
    row, metrics = rows_of(session)[-1], summary_of(session)["metrics"]["validation"]
    for name in ("cost", "accuracy", "auc"):
        assert float(row[f"validation_{name}"]) == pytest.approx(metrics[name], rel=1e-5)


@pytest.mark.parametrize("augment", ["none", "standard"])
@pytest.mark.parametrize("scaling", ["center", "whiten"])
def test_training_data_is_measured_in_the_same_views(config: Path, augment: str, scaling: str) -> None:
    settings = [f"train.augment={augment}", f"data.scaling={scaling}", KEEP_LAST, "train.epochs=20"]
    session = begin(config, "model.views=flip", "train.optimizer=adam", "train.batch_size=5", *settings)
    setup, solver = session.setup, session.solver
    told = session.current_model().logits(setup.dataset.splits["train"].rows)
    assert np.array_equal(train_logits(setup, solver), told)
    assert not np.allclose(solver.outputs(setup.task.inputs), told, rtol=1e-2, atol=1e-2)  # of a single view
    accuracy = summary_of(session)["metrics"]["train"]["accuracy"]
    assert float(rows_of(session)[-1]["train_accuracy"]) == pytest.approx(accuracy)
