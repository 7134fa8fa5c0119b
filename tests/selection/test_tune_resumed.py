"""A tune that is stopped, killed or changed: it ends the same, or says why it does not go on."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file
from tunes import CONFIG, InProcess, rows, search, searching

from catnet.config import load_config
from catnet.errors import (
    CheckpointError,
    ConfigError,
    HasChanged,
    RunInUse,
    RunTaken,
)
from catnet.selection.trial import kept_pool
from catnet.selection.tune import resume
from catnet.selection.tuning import Stopped, Tuning
from catnet.training.loop import advance


@pytest.mark.parametrize("settings", [{}, {"train__batch_size": "full", "train__solver": "gram"}])
def test_stopped_anywhere_it_ends_the_same(
    tuning: Callable[..., Tuning], tmp_path: Path, settings: dict[str, object]
) -> None:
    whole = search(tuning("whole", **settings), InProcess())
    parts = tuning("parts", **settings)
    workers, stops = InProcess(3), 0
    while True:
        try:
            found = search(parts, workers)
            break
        except Stopped:
            parts.folder.close()
            stops += 1
            with (tmp_path / "parts" / "trials.csv").open("a") as file:
                file.write("7,2,9,3,0.1")  # a row that was not written whole
            parts = resume(tmp_path / "parts")
            assert "is damaged in line" in parts.warnings[0]
            workers = InProcess(3)
    assert stops >= 5  # of 17 trainings
    assert rows(tmp_path / "parts") == rows(tmp_path / "whole")
    assert (tmp_path / "parts" / "best.yaml").read_bytes() == (tmp_path / "whole" / "best.yaml").read_bytes()
    assert found.measured == whole.measured and found.by_folds == whole.by_folds
    again = resume(tmp_path / "parts")
    idle = InProcess(0)
    assert search(again, idle).measured == whole.measured and not idle.asked


@pytest.mark.parametrize("as_table", [False, True])
def test_a_project_that_is_moved_goes_on(tuning: Callable[..., Tuning], tmp_path: Path, as_table: bool) -> None:
    text = CONFIG
    if as_table:
        cells = [f"{i % 7},{i % 5},{'cat' if i % 7 > i % 5 else 'dog'}" for i in range(60)]
        (tmp_path / "table").mkdir()
        (tmp_path / "table" / "train.csv").write_text("\n".join(["a,b,label", *cells]) + "\n")
        text = text.replace("{path: animals, image_size: [8, 8]}", "{path: table, validation_fraction: 0.2}")
    whole = search(tuning("whole", text), InProcess())
    under_way = tuning("out", text)
    with pytest.raises(Stopped):
        search(under_way, InProcess(9))
    under_way.folder.close()
    moved = tmp_path.rename(tmp_path.with_name(f"{tmp_path.name}-moved"))
    assert not tmp_path.exists() and str(tmp_path) not in (moved / "out" / "config.yaml").read_text()
    trained: list[int] = []
    with pytest.MonkeyPatch.context() as patched:

        def noted(training: Any, last: int, started: float) -> Any:
            trained.append(training.epoch + 1)
            return advance(training, last, started)

        patched.setattr("catnet.training.loop.advance", noted)
        found = search(resume(moved / "out"), InProcess())
    assert rows(moved / "out") == rows(moved / "whole") and found.measured == whole.measured
    assert trained.count(1) == 5  # folds 2 and 3 of the two trials that had none yet, and the whole at the end
    best = load_config(moved / "out" / "best.yaml")
    assert best.data.path == moved / ("table" if as_table else "animals")


def weights(path: Path, seed: int) -> str:
    """Writes first weights of a network without hidden layers, and returns the name."""
    random = np.random.default_rng(seed)
    save_file({"W1": random.normal(0, 0.01, (3, 192)).astype("f"), "b1": np.zeros((3, 1), "f")}, path)
    return path.name


@pytest.fixture
def from_weights(tuning: Callable[..., Tuning], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tuning:
    """A tune of first weights in two files, that is stopped after three trainings."""
    monkeypatch.chdir(tmp_path)
    names = ", ".join(weights(tmp_path / f"{seed}.safetensors", seed) for seed in (1, 2))
    text = searching(f"{{model.initialization: [he, {names}]}}").replace("[6]", "[]")
    under_way = tuning(text=text.replace("trials: 7", "trials: 3"))
    with pytest.raises(Stopped):
        search(under_way, InProcess(4))
    under_way.folder.close()
    return under_way


def test_files_of_weights_may_not_change(from_weights: Tuning, tmp_path: Path) -> None:
    assert len(rows(tmp_path / "out")) == 1
    path = tmp_path / "1.safetensors"
    before = path.read_bytes()
    weights(path, 3)
    with pytest.raises(HasChanged, match=r"^\.\./1\.safetensors: is not the file of weights with which"):
        resume(tmp_path / "out")
    path.write_bytes(before)
    under_way = resume(tmp_path / "out")

    def remove(asked: Mapping[str, Any]) -> bool:
        path.unlink(missing_ok=True)
        return False

    with pytest.raises(HasChanged, match="is not the file of weights"):
        search(under_way, InProcess(fails=remove))
    under_way.folder.close()
    assert "failed" not in (tmp_path / "out" / "trials.csv").read_text()
    path.write_bytes(before)
    search(resume(tmp_path / "out"), InProcess())


def test_files_of_weights_are_moved_with_the_folder(from_weights: Tuning, tmp_path: Path) -> None:
    moved = tmp_path.rename(tmp_path.with_name(f"{tmp_path.name}-moved"))
    found = search(resume(moved / "out"), InProcess())
    assert len(found.ranked) == 3 and not any(row.failed for row in found.ranked)
    assert [row["model.initialization"] for row in rows(moved / "out")] == [
        "he",
        "../1.safetensors",
        "../2.safetensors",
    ]
    for name in ("config.yaml", "began.yaml"):
        assert str(tmp_path) not in (moved / "out" / name).read_text()


def test_a_file_of_weights_that_is_not_there_is_named(tuning: Callable[..., Tuning], tmp_path: Path) -> None:
    under_way = tuning(text=searching(f"{{model.initialization: [{tmp_path / 'none.safetensors'}]}}"))
    with pytest.raises(ConfigError, match=r"none\.safetensors: there is no such file"):
        search(under_way, InProcess())
    under_way.folder.close()
    assert under_way.trials.rows[1, 1].failed
    again = resume(tmp_path / "out")
    assert not again.trials.rows
    again.folder.close()


def test_changed_data_or_settings_are_refused(tuning: Callable[..., Tuning], animals: Path, tmp_path: Path) -> None:
    under_way = tuning()
    with pytest.raises(RunInUse, match="is tuning in it"):
        resume(tmp_path / "out")
    with pytest.raises(Stopped):
        search(under_way, InProcess(2))
    under_way.folder.close()
    config = tmp_path / "out" / "config.yaml"
    before = config.read_text()
    for then, now, key in (
        ("1e-4", "1e-3", r"tune\.search: .*0\.0001"),
        ("batch_size: 8", "batch_size: 4", r"train\.batch_size: 8 then, 4 now"),
        ("epochs: 9", "epochs: 18", r"train\.epochs: 9 then, 18 now"),
        ("trials: 7", "trials: 19", r"tune\.trials: so many trials are trained in other rungs"),
    ):
        assert then in before
        config.write_text(before.replace(then, now))
        with pytest.raises(HasChanged, match=key):
            resume(tmp_path / "out")
    config.write_text(before.replace("trials: 7", "trials: 6"))
    with pytest.raises(HasChanged, match=r"tune\.trials: trial 7 is done already; take at least 7"):
        resume(tmp_path / "out")
    config.write_text(before.replace("trials: 7", "trials: 18"))
    resume(tmp_path / "out").folder.close()
    (tmp_path / "out" / "began.yaml").write_text(before.replace("1e-4", "1e-3"))
    config.write_text(before.replace("1e-4", "1e-3"))
    with pytest.raises(HasChanged, match=r"trial [67] has other settings"):
        resume(tmp_path / "out")
    for name in ("began.yaml", "config.yaml"):
        (tmp_path / "out" / name).write_text(before)
    next((animals / "train" / "cat").iterdir()).unlink()
    with pytest.raises(HasChanged, match="is not the data with which"):
        resume(tmp_path / "out")
    with pytest.raises(CheckpointError, match="is no folder of a tune"):
        resume(animals)


def test_a_folder_that_is_renamed_meanwhile_ends_it(tuning: Callable[..., Tuning], tmp_path: Path) -> None:
    under_way = tuning()

    def rename(asked: Mapping[str, Any]) -> bool:
        if not (tmp_path / "other").exists():
            (tmp_path / "out").rename(tmp_path / "other")
        return False

    with pytest.raises(RunTaken, match=r"/out: it, .* renamed or replaced while .* resume the tuning under that name"):
        search(under_way, InProcess(fails=rename))
    under_way.folder.close()
    assert not (tmp_path / "out" / "trials.csv").exists() and not rows(tmp_path / "other")


@pytest.mark.parametrize("damage", [("value", "x"), ("uses", []), ("low", {}), ("constant", "x"), ("difference", None)])
def test_a_damaged_summary_is_measured_again(
    tuning: Callable[..., Tuning], tmp_path: Path, damage: tuple[str, object]
) -> None:
    whole = search(tuning(), InProcess())
    path, (key, value) = tmp_path / "out" / "summary.json", damage
    before = path.read_text()
    facts = json.loads(before)
    baselines = facts["baselines"]
    for place in (facts["estimates"]["validation"], baselines, *baselines["others"].values()):
        if key in place:
            place[key] = value
    path.write_text(json.dumps(facts))
    again = InProcess()
    assert path.read_text() != before and search(resume(tmp_path / "out"), again).measured == whole.measured
    assert len(again.asked) == 1


def test_data_that_changes_meanwhile_ends_it(tuning: Callable[..., Tuning], animals: Path) -> None:
    under_way = tuning()

    def take_away(asked: Mapping[str, Any]) -> bool:
        kept_pool.cache_clear()
        (animals / "train" / "cat" / "3.png").unlink(missing_ok=True)
        return False

    with pytest.raises(HasChanged, match="no longer those that were divided into folds"):
        search(under_way, InProcess(fails=take_away))
    assert not under_way.trials.rows


def test_damaged_checkpoints_and_remains_are_trained_again(tuning: Callable[..., Tuning], tmp_path: Path) -> None:
    whole = search(tuning("whole"), InProcess())
    under_way = tuning("out")
    with pytest.raises(Stopped):
        search(under_way, InProcess(9))
    under_way.folder.close()
    saved = sorted((tmp_path / "out" / "trials").rglob("epoch-*.safetensors"))
    assert saved
    for path in saved:
        path.write_bytes(b"no checkpoint")
    (tmp_path / "out" / "trials" / "mine.txt").write_text("not catnet's")
    found = search(resume(tmp_path / "out"), InProcess())
    assert rows(tmp_path / "out") == rows(tmp_path / "whole") and found.measured == whole.measured
    assert [path.name for path in (tmp_path / "out" / "trials").iterdir()] == ["mine.txt"]
