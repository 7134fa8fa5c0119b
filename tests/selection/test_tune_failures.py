"""Trials that fail, and what cannot be tuned at all."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tunes import CONFIG, InProcess, rows, search, searching

from catnet.errors import ConfigError, Diverged, NoSuchData
from catnet.runs.layout import checkpoint_epochs
from catnet.selection.trial import kept_pool
from catnet.selection.tune import begin, resume, specified
from catnet.selection.tuning import Stopped, Tuning

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


@pytest.mark.parametrize("most", [99, 3])
def test_trials_whose_processes_were_killed_are_trained_again(
    tuning: Callable[..., Tuning], tmp_path: Path, most: int
) -> None:
    """Resumed it ends as a tune whose processes nothing kills, however often the resume is stopped."""
    whole = search(tuning("whole"), InProcess())
    best = {int(row["trial"]) for row in rows(tmp_path / "whole") if row["rung"] == "2"}
    killed = {f"{trial:06d}" for trial in (whole.winner.trial, min(best - {whole.winner.trial}))}
    under_way = tuning()
    other = search(under_way, InProcess(fails=lambda asked: Path(asked["folder"]).name[:6] in killed))
    assert other.winner.trial != whole.winner.trial and sum(bool(row.failed) for row in other.ranked) == 2
    while True:
        again = resume(tmp_path / "out")
        try:
            found = search(again, InProcess(most))
            break
        except Stopped:
            again.folder.close()
    assert rows(tmp_path / "out") == rows(tmp_path / "whole") and found.winner.trial == whole.winner.trial
    assert found.measured is not None and whole.measured is not None
    assert found.measured == replace(whole.measured, uses=2)
    idle = InProcess(0)
    assert search(resume(tmp_path / "out"), idle).measured == found.measured and not idle.asked


def test_checkpoints_of_later_rungs_are_not_taken_for_earlier_ones(
    tuning: Callable[..., Tuning], tmp_path: Path
) -> None:
    first = "000001-1"
    settings = {"tune__trials": 19, "data__image_size": [4, 4]}
    under_way = tuning(**settings)
    workers = InProcess(19 + 7 + 1, fails=lambda asked: asked["folder"].endswith(first))
    workers.order = iter
    with pytest.raises(Stopped):  # in the last rung, with the first fold of a trial
        search(under_way, workers)
    under_way.folder.close()
    asked_again: list[str] = []

    def look(asked: Mapping[str, Any]) -> bool:
        folder = Path(asked["folder"])
        asked_again.append(folder.name)
        assert max(checkpoint_epochs(folder), default=0) <= asked["until"]
        return False

    again = resume(tmp_path / "out")
    with pytest.raises(Stopped):
        search(again, InProcess(8, fails=look))
    again.folder.close()
    assert asked_again[0] == first and len(asked_again) == 8
    assert not any(row["rung"] == "3" for row in rows(tmp_path / "out"))


def test_a_trial_that_fails_again_changes_nothing(tuning: Callable[..., Tuning], tmp_path: Path) -> None:
    fails = InProcess(fails=lambda asked: "000002-" in asked["folder"])
    text = searching("{train.learning_rate: [0.05, 0.04, 0.03, 1e30]}").replace("trials: 7", "trials: 4")
    search(tuning(text=text), fails)
    before = rows(tmp_path / "out")
    fails.asked.clear()
    search(resume(tmp_path / "out"), fails)
    assert {Path(asked["folder"]).name for asked in fails.asked} == {"000002-1", "000002-2", "000002-3"}
    assert rows(tmp_path / "out") == before


def test_data_that_is_away_ends_it_until_it_is_back(
    tuning: Callable[..., Tuning], animals: Path, tmp_path: Path
) -> None:
    whole, under_way = search(tuning("whole"), InProcess()), tuning()
    away = animals.with_name("away")

    def take_away(asked: Mapping[str, Any]) -> bool:
        if asked["until"] == 9 and animals.exists():
            kept_pool.cache_clear()
            animals.rename(away)
        return False

    with pytest.raises(NoSuchData, match="there is no such folder"):
        search(under_way, InProcess(fails=take_away))
    under_way.folder.close()
    assert "failed" not in (tmp_path / "out" / "trials.csv").read_text()
    away.rename(animals)
    found = search(resume(tmp_path / "out"), InProcess())
    assert rows(tmp_path / "out") == rows(tmp_path / "whole") and found.measured == whole.measured


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
        begin(specified(write_config(CONFIG[: CONFIG.index("tune:")])), "config", None)
