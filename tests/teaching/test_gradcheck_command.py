"""catnet gradcheck as a user runs it: the table, the sentences, the exit code."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catnet.cli.gradcheck import cells, result
from catnet.config import load_config
from catnet.teaching.gradcheck import check_gradients
from catnet.teaching.gradients.task import task_to_check

Command = Callable[..., Any]
Write = Callable[..., Path]
DEEP = "goal: 1.0\ndata: {path: animals, image_size: [4, 4], classes: [cat]}\nmodel: {hidden_layers: [3]}\n"


def test_it_says_what_was_checked_and_that_it_is_right(command: Command, animals: Path, write_config: Write) -> None:
    done = command("gradcheck", write_config(DEEP))
    assert done.code == 0, done.err
    lines = done.out.splitlines()
    assert lines[0] == "network: 48 -> 3 -> 1, 151 parameters, in float64"
    assert lines[1].startswith("- the cost is the mean over ")
    head = next(i for i, line in enumerate(lines) if line.startswith("layer"))
    assert [line.split()[-1] for line in lines[head : head + 5]] == ["grade", "fine", "fine", "fine", "fine"]
    assert lines[head + 1].split()[:6] == ["1", "relu", "W[1]", "50", "of", "144"]
    assert "The gradients are right. The worst relative error is " in done.out
    assert max(map(len, lines)) <= 80


def test_it_catches_a_mistake_and_shows_its_curve(command: Command, animals: Path, write_config: Write) -> None:
    done = command("gradcheck", write_config(DEEP), "--break", "mean")
    assert done.code == 10, done.err
    assert "The check catches the mistake mean. Wrong: W[1], b[1], W[2], b[2]." in done.out
    assert "so it was not divided by m" in " ".join(done.out.split())
    right, wrong = (line for line in done.out.splitlines() if len(line) == 7 + 48)
    assert set(right) <= {*"right ▁▂▃▄▅▆▇█"}
    assert "^" in wrong
    assert "What to see: the cost" in done.out
    assert max(map(len, done.out.splitlines())) <= 80


def test_json_has_all_of_it(command: Command, animals: Path, write_config: Write) -> None:
    path = write_config(DEEP + "train: {weight_decay: 0.1, precision: float32}\n")
    facts = json.loads(command("gradcheck", path, "--json", "--samples", "5").out)
    assert [row["parameter"] for row in facts["rows"]] == ["W1", "b1", "W2", "b2"]
    assert [row["samples"] for row in facts["rows"]] == [5, 3, 3, 1]
    assert (facts["right"], facts["grade"], facts["break"], facts["curves"]) == (True, "fine", None, None)
    assert "weight decay: J has the penalty 0.1/2 |W|^2" in facts["notes"]
    done = command("gradcheck", path, "--json", "--break", "bias")
    broken = json.loads(done.out)
    assert done.code == 10
    assert [row["grade"] for row in broken["rows"]] == ["fine", "wrong", "fine", "wrong"]
    assert len(broken["curves"]["right"]) == len(broken["curves"]["wrong"]) == 48


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (("model.hidden_layers=[]",), "the mistake relu needs a hidden layer with relu or leaky_relu"),
        (("model.activation=tanh",), "its layers are tanh and sigmoid; it can make bias, loss or mean"),
    ],
)
def test_a_mistake_that_cannot_be_made(
    command: Command, animals: Path, write_config: Write, settings: tuple[str, ...], said: str
) -> None:
    overrides = [word for setting in settings for word in ("--set", setting)]
    done = command("gradcheck", write_config(DEEP), "--break", "relu", *overrides)
    assert done.code == 2
    assert said in done.err
    assert done.out == ""


def test_what_is_otherwise_than_in_the_training_is_said(command: Command, animals: Path, write_config: Write) -> None:
    more = "scaling: whiten, components: 5}\nmodel: {hidden_layers: [3], dropout: 0.2}\n"
    path = write_config(
        DEEP.split("}\nmodel")[0]
        + ", "
        + more
        + "train: {optimizer: adamw, weight_decay: 0.1, augment: {flip: true}}\n"
    )
    done = command("gradcheck", path)
    assert done.code == 0, done.err
    assert done.out.startswith("network: 5 -> 3 -> 1, 22 parameters, in float64\n")
    for said in (
        "- the network that is trained takes 5 components",
        "- dropout: the masks of the first epoch, the same on both sides",
        "- augmentation is off",
        "- weight decay of adamw is no part of the gradient: it is off",
    ):
        assert said in done.out.splitlines()


def test_what_is_checked_is_in_float64_by_plain_gradient_descent(animals: Path, write_config: Write) -> None:
    path = write_config(DEEP)
    for optimizer, decay in (("momentum", 0.1), ("adamw", 0.0)):
        overrides = [f"train.optimizer={optimizer}", "train.weight_decay=0.1", "train.batch_size=2"]
        task, _ = task_to_check(load_config(path, overrides))
        assert (task.optimizer.name, task.optimizer.weight_decay) == ("gradient_descent", decay)
        assert task.is_full_batch
        assert {task.dtype, *(P.dtype for P in task.initial.values())} == {np.dtype(np.float64)}


def test_behind_zeros_it_says_what_could_not_be_graded(command: Command, animals: Path, write_config: Write) -> None:
    done = command("gradcheck", write_config(DEEP), "--set", "model.initialization=zeros")
    assert done.code == 0, done.err
    said = " ".join(done.out.split())
    assert "zero: 56 gradients of 0 on both sides" in said
    assert "Of W[1], b[1], W[2] nothing could be graded. Right: b[2]. The worst relative error is" in said
    assert "The gradients are right" not in said
    done = command("gradcheck", write_config(DEEP), "--set", "model.initialization=zeros", "--break", "relu")
    assert done.code == 0
    said = " ".join(done.out.split())
    assert "The mistake relu is not caught: with these weights and examples it changes nothing." in said
    assert "What to see: both curves are the same." in said


def test_a_mistake_that_only_parameters_not_graded_show_is_not_denied(animals: Path, write_config: Write) -> None:
    check = check_gradients(load_config(write_config(DEEP)), mistake="relu")
    assert check.changed == ("W1", "b1")
    rows = tuple(row for row in check.rows if row.name not in check.changed)
    assert "is not caught: it does change the gradient of W[1], b[1], but none" in result(replace(check, rows=rows))


def test_a_factor_is_everywhere_only_if_nothing_is_right(animals: Path, write_config: Write) -> None:
    check = check_gradients(load_config(write_config(DEEP)), mistake="relu")
    wrong, right = (replace(check.rows[0], errors={(0, 0): error}, ratios=(2.0, 2.0)) for error in (0.5, 1e-9))
    assert "is 2 times the numeric one everywhere: " in result(replace(check, rows=(wrong,)))
    assert "is 2 times the numeric one there: " in result(replace(check, rows=(wrong, right)))
    nearly_zero = replace(wrong, ratios=(-1e-17, -0.0))
    assert "No single factor" in result(replace(check, rows=(nearly_zero,)))
    assert cells(nearly_zero, check)[-2] == "0"


def test_of_many_pictures_some_are_decoded(
    command: Command, animals: Path, write_config: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catnet.teaching.gradients.task.MOST_DECODED", 10)
    monkeypatch.setattr("catnet.teaching.gradients.task.EXAMPLES", 4)
    notes = json.loads(command("gradcheck", write_config(DEEP), "--json").out)["notes"]
    assert notes[0].startswith("the cost is the mean over 4 of ")
    assert notes[1].startswith("scaling, whitening and class weights are fitted to 10 of the ")
