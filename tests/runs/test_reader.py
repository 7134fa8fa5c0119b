"""The reader of a run: what it says of a run that is whole, unfinished, or damaged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
