"""Weights of a file, from which trainings start, may know the examples that these are tested on."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest
from in_process import Done

from catnet.config import load_config
from catnet.errors import ConfigError
from catnet.selection import pool as pool_module
from catnet.selection.cross_validation import cross_validate
from catnet.selection.learning_curve import learning_curve
from catnet.selection.pool import pool_of
from catnet.training.first_weights import is_read_alike

Command = Callable[..., Done]
CONFIG = """
goal: 3.0
data: {path: animals, image_size: [8, 8]}
train: {epochs: 2, learning_rate: 0.05}
"""
FIRST = "model.initialization=first/best.safetensors"


@pytest.fixture(autouse=True)
def first(animals: Path, write_config: Callable[..., Path], command: Command) -> None:
    """A run on the training data alone."""
    write_config(CONFIG)
    assert command("train", "config.yaml", "--run-dir", "first").code == 0


def test_folds_that_the_first_weights_know_are_refused(command: Command, tmp_path: Path) -> None:
    done = command("cross-validate", "config.yaml", "--set", FIRST, "--output", "folds")
    assert done.code == 2 and "28 of the 40 pictures are in the training data of these first weights (" in done.err
    assert "training 1/" not in done.err and not (tmp_path / "folds").exists()
    pool = pool_of(load_config(tmp_path / "config.yaml", [FIRST]))
    for measure in (learning_curve, lambda pool: cross_validate(pool, 3)):
        with pytest.raises(ConfigError, match="which would be tested on what they know"):
            measure(pool)


@pytest.mark.parametrize("given", [FIRST, "tune.search={model.initialization: [he, first/best.safetensors]}"])
def test_a_tune_of_what_they_know_is_refused(command: Command, tmp_path: Path, given: str) -> None:
    search = ["--set", "tune={trials: 2, search: {train.learning_rate: [0.01, 0.05]}}", "--set", given]
    done = command("tune", "config.yaml", *search, "--output", "tuned")
    assert done.code == 2 and "28 of the 40 pictures are in the training data of these first weights (" in done.err
    assert not (tmp_path / "tuned").exists()


def test_what_they_know_and_the_limit_for_the_rate_are_found_once(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = {name: Mock(wraps=getattr(pool_module, name)) for name in ("learned_before", "limit_for")}
    for name, function in counted.items():
        monkeypatch.setattr(pool_module, name, function)
    done = command("cross-validate", "config.yaml", "--set", FIRST, "--set", "data.path=animals/val", "--folds", "3")
    assert done.code == 0 and [function.call_count for function in counted.values()] == [1, 1]


def test_weights_that_know_none_of_the_pictures_are_allowed(command: Command) -> None:
    done = command("cross-validate", "config.yaml", "--set", FIRST, "--set", "data.path=animals/val", "--folds", "3")
    assert done.code == 0 and "note: model.initialization" not in done.err
    assert "each tested on pictures that it has not learned from.\n" in done.out


@pytest.mark.parametrize("known", [False, True])
def test_what_the_weights_know_may_not_be_known(command: Command, tmp_path: Path, known: bool) -> None:
    if known:  # of pictures that are decoded in another way
        settings = [FIRST, "data.path=animals/val", "data.colors=grey", "model.hidden_layers=[]"]
        command("train", "config.yaml", "--set", "model.hidden_layers=[]", "--run-dir", "grey")
        settings[0], settings[2] = "model.initialization=grey/best.safetensors", "data.box_average=2"
    else:
        shutil.copy(tmp_path / "first" / "best.safetensors", tmp_path / "w.safetensors")
        settings = ["model.initialization=w.safetensors"]
    done = command("cross-validate", "config.yaml", *(f"--set={each}" for each in settings), "--folds", "3")
    assert done.code == 0, done.err
    assert done.err.count("note: model.initialization: it is not known of all examples whether the weights of ") == 1
    assert "that it has not learned from, unless its first weights have.\n" in done.out


def test_a_training_says_what_its_first_weights_know(command: Command, tmp_path: Path) -> None:
    for folder in (tmp_path / "animals" / "val").iterdir():
        shutil.copy(tmp_path / "animals" / "train" / folder.name / "0.png", folder / "known.png")
    shutil.rmtree(tmp_path / "animals" / "train" / "cat")
    shutil.copytree(tmp_path / "animals" / "val" / "cat", tmp_path / "animals" / "train" / "cat")
    (tmp_path / "animals" / "train" / "cat" / "known.png").unlink()
    done = command("train", "config.yaml", "--set", FIRST, "--run-dir", "second")
    assert "note: 1 of the 15 validation pictures is also in the training data of the model (" in done.err
    assert "val/cat/known.png = train/cat/0.png" in done.err
    with (tmp_path / "second" / "examples.csv").open() as file:
        before = [row["name"] for row in csv.DictReader(file) if row["split"] == "train before"]
    assert len(before) == 12
    again = command("train", "--resume", "second", "--set", "train.epochs=3", "--allow-changes")
    assert (
        again.code == 0
        and "note: 1 of the 15 validation pictures is also in the training data of the model" in again.err
    )
    evaluated = command("evaluate", "second", "--split", "validation")
    assert "also in the training data" in evaluated.err + evaluated.out


@pytest.mark.parametrize(("split_seed", "alike"), [("", False), (", split_seed: 5", True)])
def test_rows_are_read_alike_if_the_same_seed_draws_the_splits(
    tmp_path: Path, write_config: Callable[..., Path], split_seed: str, alike: bool
) -> None:
    (tmp_path / "t.csv").write_text("x,label\n1,a\n2,b\n")
    config = write_config(f"goal: 3.0\ndata: {{path: t.csv{split_seed}}}\n")
    one, other = (load_config(config, [f"train.seed={seed}"]) for seed in (0, 1))
    assert is_read_alike(one, other) is alike
