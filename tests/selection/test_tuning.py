"""A tune: which trials go on, that no epoch is trained twice, and what each training learns from."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from tunes import InProcess, rows, search, searching

from catnet.config import load_config
from catnet.evaluation.metrics import scores
from catnet.selection.trial import kept_gram
from catnet.selection.tuning import Tuning
from catnet.training.loop import train
from catnet.training.session import start


def test_rungs_and_no_epoch_twice(tuning: Callable[..., Tuning], trained: Counter[tuple[str, int]]) -> None:
    left: set[str] = set()

    def look(asked: Mapping[str, Any]) -> bool:
        """Takes in which trainings have left something when the last rung begins."""
        if asked["until"] == 9 and not left:
            left.update(path.name for path in Path(asked["folder"]).parent.iterdir())
            assert not list(Path(asked["folder"]).parent.glob("*/weights"))  # a trial keeps none
        return False

    found = search(tuning(train__keep_weights=4), InProcess(fails=look))
    folder = found.tuning.folder.path
    table = rows(folder)
    assert [(row["rung"], row["epochs"], row["folds"]) for row in table] == [("1", "3", "1")] * 7 + [
        ("2", "9", "3")
    ] * 3
    first = {int(row["trial"]): -float(row["accuracy"]) for row in table[:7]}
    went_on = sorted(sorted(first, key=lambda trial: (first[trial], trial))[:3])
    assert [int(row["trial"]) for row in table[7:]] == went_on
    assert left == {f"{trial:06d}-1" for trial in went_on}
    assert set(trained.values()) == {1}
    expected = {(f"{trial:06d}-1", epoch) for trial in first for epoch in range(1, 4)}
    expected |= {(f"{trial:06d}-{fold}", epoch) for trial in went_on for fold in (1, 2, 3) for epoch in range(1, 10)}
    assert set(trained) == expected | {(f"000000-{found.winner.trial}", epoch) for epoch in range(1, 10)}
    assert sorted(path.name for path in folder.iterdir() if path.name != ".lock") == [
        "began.yaml", "best.yaml", "config.yaml", "examples.csv", "summary.json", "trials.csv",
    ]  # fmt: skip


def test_a_trial_is_the_training_of_its_configuration(tuning: Callable[..., Tuning], tmp_path: Path) -> None:
    found = search(tuning(), InProcess())
    config = load_config(found.tuning.folder.path / "best.yaml")
    assert found.measured is not None and found.measured.source == "validation" and found.measured.examples == 12
    session = start(config, "run", tmp_path / "run")
    list(train(session))
    split = session.setup.dataset.splits["validation"]
    score = scores("3.0", session.best_model().predict(split.rows), split.labels).mean()
    assert score == pytest.approx(found.measured.value)
    assert found.point(found.winner.trial)["train.learning_rate"] == config.train.learning_rate


def test_best_yaml_says_if_the_data_that_measured_it_then_chooses_the_epoch(tuning: Callable[..., Tuning]) -> None:
    for keep in ("last", "best"):
        found = search(tuning(keep, tune__trials=1, train__keep=keep), InProcess())
        text = (found.tuning.folder.path / "best.yaml").read_text()
        assert ("that data then chooses the epoch" in text) == (keep == "best")


def test_trainings_share_one_k(tuning: Callable[..., Tuning], tmp_path: Path) -> None:
    kept_gram.cache_clear()
    settings = {"train__batch_size": "full", "train__precision": "float64", "data__scaling": "center"}
    search(tuning("on_k", train__solver="gram", **settings), InProcess())
    assert (kept_gram.cache_info().misses, kept_gram.cache_info().hits) == (1, 16)
    search(tuning("direct", train__solver="direct", **settings), InProcess())
    assert kept_gram.cache_info().misses == 1
    assert rows(tmp_path / "on_k") == rows(tmp_path / "direct")


def test_other_pictures_and_the_epoch_that_is_kept(tuning: Callable[..., Tuning]) -> None:
    text = searching("{data.image_size: [[8, 8], [4, 4]], train.keep: [best, last]}")
    workers = InProcess()
    found = search(tuning(text=text), workers)
    assert [row.failed for row in found.ranked] == [""] * 4
    for asked in workers.asked:
        keep = asked["config"]["train"]["keep"]
        assert (len(asked["validation"]) > 0) == (keep == "best")
        parts = [set(asked[name]) for name in ("training", "validation", "tested")]
        assert not parts[0] & parts[1] and not (parts[0] | parts[1]) & parts[2]
        examples = (
            40 if asked["folder"].endswith(f"000000-{found.winner.trial}") else 28
        )  # the validation data measures the last alone
        assert len(set.union(*parts)) == examples


def test_with_test_data_all_others_choose(animals: Path, tuning: Callable[..., Tuning]) -> None:
    (animals / "val").rename(animals / "test")
    workers = InProcess()
    found = search(tuning(data__validation_fraction=0.25), workers)
    assert found.measured is not None and found.measured.source == "test" and found.measured.examples == 12
    assert found.tuning.plan.parts[0].training.max() >= 21  # the validation data is in the folds
    assert [asked["training"] for asked in workers.asked if asked["tested"] is None] == [None]
