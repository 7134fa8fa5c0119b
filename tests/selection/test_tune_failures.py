"""Trials that fail, and what cannot be tuned at all."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tunes import CONFIG, InProcess, search, searching

from catnet.errors import (
    ConfigError,
    Diverged,
)
from catnet.selection.tune import begin
from catnet.selection.tuning import Tuning

Write = Callable[..., Path]


def test_trials_that_fail_never_win(tuning: Callable[..., Tuning]) -> None:
    text = searching("{train.learning_rate: [0.05, 1e30], model.dropout: [0.0, 0.5]}")
    text = text.replace("trials: 7", "trials: 4").replace("[6]", "[6, 5]")
    found = search(tuning(text=text), InProcess(fails=lambda asked: asked["folder"].endswith("000002-3")))
    failed = {row.trial: row.failed for row in found.ranked if row.failed}
    assert found.winner.trial == 1 and not found.winner.failed
    assert failed[2].startswith("a process that trains was killed")
    assert failed[3] == failed[4] == "diverged in epoch 1"
    assert "failed: diverged in epoch 1" in (found.tuning.folder.path / "trials.csv").read_text()


def test_if_all_trials_fail(tuning: Callable[..., Tuning]) -> None:
    text = searching("{train.learning_rate: [1e29, 1e30]}")
    under_way = tuning(text=text)
    with pytest.raises(Diverged, match=r"no trial was trained to the end; search other values\ndiverged in epoch 1"):
        search(under_way, InProcess())
    assert not (under_way.folder.path / "trials").exists()
    with pytest.raises(
        ConfigError, match="no trial was trained to the end; search other values\na process that trains"
    ):
        search(tuning("killed"), InProcess(fails=lambda asked: True))


def test_early_stopping_needs_validation_data(animals: Path, tuning: Callable[..., Tuning], tmp_path: Path) -> None:
    (animals / "val").rename(animals / "test")
    with pytest.raises(ConfigError, match=r"there is no validation data, which train\.early_stopping needs"):
        tuning(train__early_stopping={"patience": 3}, train__keep="best")
    assert not (tmp_path / "out").exists()


def test_too_many_folds_leave_no_folder(tuning: Callable[..., Tuning], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="29 folds need as many examples that are not alike, there are 28"):
        tuning(tune__folds=29)
    assert not (tmp_path / "out").exists()


def test_a_configuration_without_a_search(animals: Path, write_config: Write) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml: has no section tune, .* such as\ntune:"):
        begin(write_config(CONFIG[: CONFIG.index("tune:")]), (), "--set", "config", None)
