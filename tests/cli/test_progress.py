"""A progress line shows what the row of its epoch holds, whatever the training has come to meanwhile."""

import csv
import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catnet.cli.progress import decoding_bar, describe, in_short
from catnet.cli.streams import standard_streams

LINE = re.compile(r"^epoch (\d+)/\d+: (.*)$", re.MULTILINE)


@pytest.mark.parametrize("validation", [True, False])
def test_each_line_is_that_of_its_row(
    animals: Path, write_config: Callable[..., Path], command: Callable[..., Any], tmp_path: Path, validation: bool
) -> None:
    """With quick epochs hundreds are trained before the first of them is shown."""
    if not validation:
        (animals / "val").rename(animals / "test")
    config = write_config(
        "goal: 3.0\ndata: {path: animals, image_size: [8, 8]}\n"
        "train: {epochs: 1000, learning_rate: 0.05, checkpoint_every: 1000}\n"
    )
    said = LINE.findall(command("train", config, "--run-dir", tmp_path / "run").err)
    assert len(said) >= 11
    with (tmp_path / "run" / "metrics.csv").open(newline="") as file:
        rows = {row["epoch"]: row for row in csv.DictReader(file)}
    for epoch, shown in said:
        row = rows[epoch]
        expected = [f"train_cost {float(row['train_cost']):.6g}"]
        if validation:
            expected.append(f"validation_cost {float(row['validation_cost']):.6g}")
            expected.append(f"validation_accuracy {float(row['validation_accuracy']):.4f}")
        elif row["train_accuracy"]:
            expected.append(f"train_accuracy {float(row['train_accuracy']):.4f}")
        assert shown == ", ".join(expected)
    accuracies = {epoch: rows[epoch]["train_accuracy"] for epoch, _ in said}
    assert accuracies["1"] != accuracies["1000"]


def test_lines_show_what_is_validated_at_some_epochs(
    animals: Path, write_config: Callable[..., Path], command: Callable[..., Any], tmp_path: Path
) -> None:
    config = write_config(f"goal: 3.0\ndata: {{path: {animals}, image_size: [8, 8]}}\ntrain: {{schedule: cosine}}\n")
    done = command("train", config, "--run-dir", tmp_path / "run")
    said = LINE.findall(done.err)
    assert 9 <= len(said) <= 12
    assert all("validation_cost" in shown and "validation_accuracy" in shown for _, shown in said)
    assert "validation_cost -" not in done.err
    kept = "last epoch, whose weights these are: 100 of 100 (train.keep: last, the default with the schedule cosine)"
    assert kept in done.out.splitlines()
    done = command("train", config, "--run-dir", tmp_path / "constant", "--set=train={keep: last, epochs: 9}")
    assert "last epoch, whose weights these are: 9 of 9 (train.keep: last)" in done.out.splitlines()


def test_what_is_not_known_is_not_shown() -> None:
    row = {"epoch": 3, "train_cost": 0.25, "train_accuracy": None}
    assert describe(row, "accuracy") == "train_cost 0.25"
    assert describe({**row, "train_accuracy": 0.5}, "accuracy") == "train_cost 0.25, train_accuracy 0.5000"
    unmeasured = dict.fromkeys(["validation_cost", "validation_accuracy"])
    assert describe(row | unmeasured, "accuracy") == "train_cost 0.25"
    row |= {"validation_cost": None, "validation_accuracy": 0.75}
    assert describe(row, "accuracy") == "train_cost 0.25, validation_cost -, validation_accuracy 0.7500"
    assert in_short(row, "accuracy") == "cost 0.25, val_cost -, val_accuracy 0.7500"


@pytest.mark.parametrize("columns", [40, 120])
def test_the_bar_of_the_pictures_is_as_wide_as_the_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    termios = pytest.importorskip("termios", reason="no terminals as of Unix")
    ours, theirs = os.openpty()
    try:
        termios.tcsetwinsize(theirs, (24, columns))
        with os.fdopen(theirs, "w", encoding="utf-8", closefd=False) as terminal:
            monkeypatch.setattr(sys, "stderr", terminal)
            with standard_streams(), decoding_bar() as progress:
                for done in range(0, 1001, 500):
                    time.sleep(0.11)  # tqdm draws ten times a second at most
                    progress(done, 1000)
            monkeypatch.undo()
        text = os.read(ours, 65536).decode()
    finally:
        os.close(theirs)
        os.close(ours)
    widths = [len(line) for line in text.split("\r") if "%" in line]
    assert columns - 2 <= max(widths) <= columns
