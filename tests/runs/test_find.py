"""The newest run is the one whose training was started last, whatever has been done to its files since."""

import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import catnet
from catnet.errors import CheckpointError, NoModel
from catnet.runs.checkpoints import created_in, load, save
from catnet.runs.find import created, newest_model, time_to_start
from catnet.runs.layout import BEST, checkpoint_path
from catnet.training.loop import train
from catnet.training.resume import resume


@pytest.fixture
def runs(animals: Path, tmp_path: Path) -> Path:
    """Three runs, a-1 the newest, then c-1, b-1."""
    config = {"goal": 1.0, "data": {"path": animals, "image_size": [4, 4], "classes": ["cat"]}, "train": {"epochs": 2}}
    for name in ("b-1", "c-1", "a-1"):
        catnet.train(config, run_dir=tmp_path / "runs" / name)
    return tmp_path / "runs"


def newest(runs: Path) -> str:
    return newest_model(runs).parent.name


def forget(run: Path) -> None:
    """Makes it a run of an earlier version, which did not say when it was started."""
    for path in (run / BEST, *(run / "checkpoints").iterdir()):
        checkpoint = load(path)
        save(path, replace(checkpoint, model=replace(checkpoint.model, created=None)))


def test_a_stored_threshold_does_not_make_it_the_newest(runs: Path, command: Callable[..., Any]) -> None:
    assert newest(runs) == "a-1"
    before = load(runs / "b-1" / BEST).model.created
    assert command("evaluate", runs / "b-1", "--threshold", "0.3", "--save").code == 0
    assert load(runs / "b-1" / BEST).model.thresholds == (0.3,)
    assert load(runs / "b-1" / BEST).model.created == before
    assert newest(runs) == "a-1"
    picture = runs.parent / "animals" / "val" / "cat" / "0.png"
    assert command("predict", picture).err.startswith("model: runs/a-1/best.safetensors")


def test_nor_does_a_resumed_training(runs: Path) -> None:
    session = resume(runs / "b-1", {"train.epochs": 40}, allow_changes=True)
    for _ in train(session):
        pass
    session.run.close()
    assert load(runs / "b-1" / BEST).model.epoch > 2
    assert newest(runs) == "a-1"
    forget(runs / "a-1")
    os.utime(runs / "a-1" / "config.yaml", (1, 1))
    assert newest(runs) == "c-1"


def test_nor_a_copy_or_a_touched_file(runs: Path) -> None:
    shutil.copytree(runs / "b-1", runs / "z-1")
    for path in (runs / "b-1").rglob("*"):
        os.utime(path, (time.time() + 1000,) * 2)
    assert newest(runs) == "a-1"
    shutil.copytree(runs / "a-1", runs / "z-2")
    assert newest(runs) == "a-1"  # of a run and its copies the first by name


def test_a_later_run_without_a_model_is_named(runs: Path, command: Callable[..., Any]) -> None:
    picture = runs.parent / "animals" / "val" / "cat" / "0.png"
    stored = command("evaluate", runs / "b-1", "--threshold", "0.3", "--save").err
    assert f"; catnet predict --model {runs / 'b-1'} now uses them" in stored
    assert "; catnet predict now uses them" in command("evaluate", runs / "a-1", "--threshold", "0.3", "--save").err
    assert "note" not in command("predict", picture).err
    (runs / "d-1").mkdir()
    shutil.copyfile(runs / "a-1" / "config.yaml", runs / "d-1" / "config.yaml")
    os.utime(runs / "d-1" / "config.yaml", (time.time() + 5,) * 2)
    said = "note: runs/d-1 was started later, but has no model: it still trains, or has failed"
    assert said in command("predict", picture).err
    assert said not in command("predict", picture, "--model", runs / "a-1").err


def test_a_model_of_an_earlier_version_counts_by_the_time_of_its_configuration(runs: Path) -> None:
    now = created(runs / "a-1" / BEST)
    assert now == created_in(checkpoint_path(runs / "a-1", 2)) is not None and abs(time.time() - now) < 100
    forget(runs / "b-1")
    assert created_in(runs / "b-1" / BEST) is None
    assert newest(runs) == "a-1"
    os.utime(runs / "b-1" / "config.yaml", (now + 5,) * 2)
    assert newest(runs) == "b-1"
    os.utime(runs / "b-1" / BEST, (1, 1))
    assert newest(runs) == "b-1"
    (runs / "b-1" / "config.yaml").unlink()
    assert newest(runs) == "a-1"


@pytest.mark.parametrize("content", [b"", b"x" * 100, b"\x08\0\0\0\0\0\0\0[]      "])
def test_a_damaged_model_hides_no_other(runs: Path, content: bytes, command: Callable[..., Any]) -> None:
    (runs / "c-1" / BEST).write_bytes(content)
    os.utime(runs / "c-1" / "config.yaml", (1, 1))
    assert newest(runs) == "a-1"
    os.utime(runs / "c-1" / "config.yaml", (time.time() + 5,) * 2)
    done = command("predict", runs.parent / "animals")  # no older model answers in its place
    assert done.code == 4
    assert done.err.startswith("runs/c-1/best.safetensors: is not a safetensors file, or is damaged")


@pytest.mark.parametrize("said", ["soon", True, [1], 10**400, float("nan")])
def test_a_time_that_is_none(runs: Path, said: object, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint, real = load(runs / "c-1" / BEST), json.dumps
    monkeypatch.setattr("catnet.runs.checkpoints.json.dumps", lambda facts: real({**facts, "created": said}))
    save(runs / "c-1" / BEST, checkpoint)
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="is damaged, or is of another version"):
        load(runs / "c-1" / BEST)
    assert newest(runs) == "a-1"


def test_a_new_run_starts_later_than_all_that_can_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    future = time.time() + 1000

    def started(model: Path) -> float:
        if model.parent.name == "b":
            raise PermissionError
        return future if model.parent.name == "c" else 0.0

    for name in "abc":
        (tmp_path / name).mkdir()
    monkeypatch.setattr("catnet.runs.find.created", started)
    assert time_to_start(tmp_path) > future
    (tmp_path / "c").rmdir()
    assert abs(time_to_start(tmp_path) - time.time()) < 100


def test_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(NoModel):
        newest_model(tmp_path / "runs")
    (tmp_path / "runs" / "x" / BEST).mkdir(parents=True)
    with pytest.raises(NoModel):
        newest_model(tmp_path / "runs")
