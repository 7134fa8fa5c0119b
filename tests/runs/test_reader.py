"""The reader of a run: what it says of a run that is whole, unfinished, or damaged."""

import errno
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import catnet
from catnet.config import load_config
from catnet.errors import CheckpointError, NotInARun
from catnet.runs.layout import checkpoint_epochs, checkpoint_path
from catnet.runs.reader import SavedRun
from catnet.training.loop import train
from catnet.training.resume import resume
from catnet.training.session import start

CONFIG = "goal: 3.0\ndata: {path: animals, image_size: [8, 8]}\ntrain: {epochs: 9, checkpoint_every: 3}\n"


@pytest.fixture
def run(animals: Path, tmp_path: Path, write_config: Callable[..., Path]) -> Path:
    """A run that was stopped after epoch 7, with checkpoints of the epochs 6 and 7."""
    session = start(load_config(write_config(CONFIG)), "pets", tmp_path / "run")
    for _ in train(session, stop=lambda: session.epoch >= 7):
        pass
    session.run.close()
    return session.run.path


def damage(checkpoint: Path) -> None:
    content = bytearray(checkpoint.read_bytes())
    content[len(content) // 2] ^= 1
    checkpoint.write_bytes(content)


def test_an_unfinished_run_has_the_fingerprints_of_its_newest_checkpoint(run: Path) -> None:
    saved = SavedRun(run)
    assert saved.summary is None
    assert list(saved.fingerprints) == ["train", "validation"]
    assert saved.model.epoch <= 7
    assert saved.history["epoch"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert saved.skipped == []
    assert saved.config.train.epochs == 9


def test_a_damaged_checkpoint_does_not_hide_that_the_data_has_changed(
    run: Path, animals: Path, command: Callable[..., Any]
) -> None:
    assert command("evaluate", run).err.splitlines()[1:] == []
    (animals / "train" / "cat" / "0.png").unlink()
    newest = checkpoint_path(run, 7)
    damage(newest)
    changed = "note: the train data is not what it was when this model was trained"
    assert changed in command("evaluate", run).err.splitlines()
    resume(run, allow_changes=True).run.close()
    assert newest.with_name("epoch-000007.safetensors.damaged").is_file()
    assert checkpoint_epochs(run) == [6]
    assert changed in command("evaluate", run).err.splitlines()


def test_a_run_whose_checkpoints_are_all_damaged_has_no_fingerprints(run: Path) -> None:
    for checkpoint in (run / "checkpoints").iterdir():
        damage(checkpoint)
    assert SavedRun(run).fingerprints == {}


def test_an_unreadable_summary_is_said(run: Path) -> None:
    (run / "summary.json").write_text('{"metrics": {}}')
    with pytest.raises(CheckpointError, match=r"summary\.json: cannot be read"):
        _ = SavedRun(run).summary
    assert list(SavedRun(run).fingerprints) == ["train", "validation"]


def test_a_model_knows_its_run(run: Path, tmp_path: Path) -> None:
    assert SavedRun.of_model(run / "best.safetensors").path == run
    assert SavedRun.of_model(checkpoint_path(run, 7)).path == run
    with pytest.raises(NotInARun, match=r"is in no run directory, so its configuration, .* its data are not known$"):
        SavedRun.of_model(tmp_path / "lone" / "best.safetensors")
    with pytest.raises(CheckpointError, match="there is no such run directory"):
        SavedRun(tmp_path / "none")


def test_checkpoints_that_cannot_be_read_tell_no_fingerprints(tmp_path: Path) -> None:
    run = SavedRun(tmp_path)
    assert run.fingerprints == {}
    (tmp_path / "checkpoints").symlink_to("checkpoints")  # a link to itself cannot be listed
    assert SavedRun(tmp_path).fingerprints == {}


def shortened(path: Path, kind: str) -> None:
    """Takes the end of a file, or the file."""
    content = path.read_text()
    lines = content.splitlines(keepends=True)
    cuts = {"after a line": "".join(lines[:4]), "in a line": "".join(lines[:4])[:-4], "in the first": content[:3]}
    path.unlink() if kind == "removed" else path.write_text(cuts[kind])


@pytest.mark.parametrize("kind", ["after a line", "in a line", "in the first", "removed"])
@pytest.mark.parametrize("finished", [True, False])
def test_a_history_that_is_cut_is_said(run: Path, kind: str, finished: bool, command: Callable[..., Any]) -> None:
    if finished:
        command("train", "--resume", run, "--no-report")
    epochs = 9 if finished else 7
    shortened(run / "metrics.csv", kind)
    saved = SavedRun(run)
    assert len(saved.history.get("epoch", ())) == {"after a line": 3, "in a line": 3}.get(kind, 0)
    assert saved.epochs == epochs
    assert f"of {epochs} epochs can be read; resuming the training writes it again" in saved.faults[0]
    if kind == "in a line":
        assert "metrics.csv: is damaged in line 4: it is cut off: it has no line break; " in saved.faults[0]
    with pytest.raises(CheckpointError, match=r"metrics\.csv: .* epochs can be read"):
        _ = catnet.load(run).history
    compared = command("compare", run, run)
    assert re.search(rf"epochs +{epochs} +{epochs}\n", compared.out)
    assert "metrics.csv" in compared.err


def test_a_row_of_the_history_that_is_too_short(run: Path) -> None:
    path = run / "metrics.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:3], lines[3].rpartition(",")[0], *lines[4:]]) + "\n")
    assert len(SavedRun(run).history["epoch"]) == 3
    saved = SavedRun(run)
    assert saved.epochs == 7
    assert re.search(r"is damaged in line 4: \d cells instead of \d; 3 of 7 epochs", saved.faults[0])


def test_a_file_that_is_no_text_is_damaged_in_its_first_line(run: Path) -> None:
    (run / "metrics.csv").write_bytes(b"\xff\xfe")
    saved = SavedRun(run)
    assert saved.history == {}
    assert "metrics.csv: is damaged in line 1: " in saved.faults[0]


@pytest.mark.parametrize("finished", [True, False])
def test_training_examples_that_are_cut_are_said(
    run: Path, animals: Path, finished: bool, command: Callable[..., Any]
) -> None:
    if finished:
        command("train", "--resume", run, "--no-report")
    path = run / "examples.csv"
    whole = path.read_text().splitlines(keepends=True)
    path.write_text("".join(whole[:6]))
    said = f"note: {path}: has 5 of 28 training examples; examples that the model has learned from may count as unseen"
    assert said in command("evaluate", run, "--data", animals / "train").err.splitlines()
    path.write_text("".join(whole[:6])[:-4])
    saved = SavedRun(run)
    assert len(saved.learned) == 4
    assert "examples.csv: is damaged in line 6: " in saved.faults[0]
    path.write_text("".join([*whole[:5], whole[5][:-4] + "\n", *whole[6:]]))
    saved = SavedRun(run)
    assert len(saved.learned) == 4
    assert "examples.csv: is damaged in line 6: '" in saved.faults[0]
    path.write_text("".join(whole))
    assert not command("evaluate", run, "--data", animals / "train").err.count("examples.csv")


def test_what_writes_a_best_model_again_is_said(run: Path) -> None:
    best = run / "best.safetensors"
    damage(best)
    with pytest.raises(CheckpointError, match=r"does not match; resuming the training of its run writes it again$"):
        catnet.load(run)
    best.write_bytes(best.read_bytes()[:99])
    with pytest.raises(CheckpointError, match=r"is damaged .*; resuming the training of its run writes it again$"):
        catnet.load(run)
    best.unlink()
    with pytest.raises(CheckpointError, match=r"holds no best\.safetensors; resuming its training writes it again$"):
        catnet.load(run)
    resume(run).run.close()
    assert catnet.load(run).model.epoch <= 7


def test_a_summary_that_may_not_be_read_is_not_damaged(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> bytes:
        raise PermissionError(errno.EACCES, "Permission denied", "x")

    path = run / "summary.json"
    path.write_text("{}")
    with pytest.raises(CheckpointError, match=r"cannot be read: it is damaged \(.*; remove it, and resuming"):
        _ = SavedRun(run).summary
    monkeypatch.setattr("catnet.runs.reader.read_regular", refuse)
    with pytest.raises(CheckpointError) as caught:
        _ = SavedRun(run).summary
    assert str(caught.value) == f"{path}: cannot be read: Permission denied"


def test_a_model_of_another_run_is_noted(
    run: Path, tmp_path: Path, write_config: Callable[..., Path], command: Callable[..., Any]
) -> None:
    other = start(load_config(write_config(CONFIG), ["train.seed=5"]), "pets", tmp_path / "other")
    for _ in train(other):
        pass
    other.run.close()
    command("train", "--resume", run, "--no-report")
    note = "note: the model is not the one that this run trained; it may have learned from any of these examples"
    assert note not in command("evaluate", run).err.splitlines()
    (run / "best.safetensors").write_bytes((other.run.path / "best.safetensors").read_bytes())
    assert note in command("evaluate", run).err.splitlines()


@pytest.mark.parametrize(("rate", "rows"), [("nan", 1), ("", 1), ("inf", 1), ("0", 7)])
def test_a_learning_rate_that_is_none(run: Path, command: Callable[..., Any], rate: str, rows: int) -> None:
    lines = [line.split(",") for line in (run / "metrics.csv").read_text().splitlines()]
    for line in lines[1:]:
        line[lines[0].index("learning_rate")] = "0" if line is lines[1] else rate
    (run / "metrics.csv").write_text("".join(",".join(line) + "\n" for line in lines))
    saved = SavedRun(run)
    assert len(saved.history["learning_rate"]) == rows
    assert [f"line 3: learning_rate {rate!r}" in fault for fault in saved.faults] == [True] * (rows < 7)
    assert command("report", run).code == 0
