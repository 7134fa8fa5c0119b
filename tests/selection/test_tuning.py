"""A tune: which trials go on, that no epoch is trained twice, that a stopped one goes on, and what can be believed."""

import csv
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catnet.config import load_config
from catnet.errors import (
    CatnetError,
    CheckpointError,
    ConfigError,
    Diverged,
    HasChanged,
    NotEnoughMemory,
    RunInUse,
    RunTaken,
)
from catnet.evaluation.bootstrap import share_interval
from catnet.evaluation.metrics import scores
from catnet.selection.measured import estimate_by_folds, spread_of, these_folds
from catnet.selection.processes import Workers
from catnet.selection.tasks import TASKS
from catnet.selection.trial import kept_gram, kept_pool
from catnet.selection.trials_file import Finished
from catnet.selection.tune import begin, finish, resume
from catnet.selection.tuned import Tuned, tuned
from catnet.selection.tuning import Stopped, Tuning
from catnet.training.loop import advance, train
from catnet.training.session import start

Write = Callable[..., Path]
CONFIG = """
goal: 3.0
data: {path: animals, image_size: [8, 8]}
model: {hidden_layers: [6]}
train: {epochs: 9, optimizer: momentum, learning_rate: 0.05, batch_size: 8, keep: last}
tune:
  trials: 7
  folds: 3
  search:
    train.learning_rate: {from: 1e-4, to: 0.1}
    model.hidden_layers: [[6], []]
"""


class InProcess(Workers):
    """Trains in this process what else processes do; stops after so many trainings."""

    def __init__(self, most: float = np.inf, fails: Callable[[Mapping[str, Any]], bool] = lambda asked: False) -> None:
        self.most, self.fails, self.asked = most, fails, list[Mapping[str, Any]]()

    def results(
        self,
        task: str,
        arguments: Sequence[Mapping[str, Any]],
        as_results: tuple[type[CatnetError], ...] = (),
        stop: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[int, Any]]:
        for place in reversed(range(len(arguments))):  # the order does not matter
            if len(self.asked) >= self.most:
                return
            self.asked.append(arguments[place])
            try:
                if self.fails(arguments[place]):
                    raise NotEnoughMemory("a process that trains was killed; is there enough memory?")
                yield place, TASKS[task](**json.loads(json.dumps(arguments[place])))
            except as_results as error:
                yield place, error


def search(tuning: Tuning, workers: Workers) -> Tuned:
    """Trains all that is left, and ends the tune."""
    tuning.search(workers, lambda: False, lambda row, done, total: None)
    found = finish(tuning, lambda trial: tuning.measure(trial, workers, lambda: False))
    tuning.folder.close()
    return found


@pytest.fixture
def tuning(animals: Path, write_config: Write, tmp_path: Path) -> Callable[..., Tuning]:
    """A new tune of CONFIG with overrides, in a folder of this name."""

    def tuning(name: str = "out", text: str = CONFIG, **settings: object) -> Tuning:
        overrides = {key.replace("__", "."): value for key, value in settings.items()}
        return begin(write_config(text), overrides, "--set", "config", tmp_path / name)

    return tuning


def searching(search: str) -> str:
    """CONFIG with another search."""
    return f"{CONFIG[: CONFIG.index('  search:')]}  search: {search}\n"


def rows(folder: Path) -> list[dict[str, str]]:
    """The rows of trials.csv, sorted, without times."""
    with (folder / "trials.csv").open(newline="") as file:
        found = [
            {key: cell for key, cell in row.items() if key not in ("seconds", "elapsed")}
            for row in csv.DictReader(file)
        ]
    return sorted(found, key=lambda row: (int(row["rung"]), int(row["trial"])))


def test_rungs_and_no_epoch_twice(tuning: Callable[..., Tuning], monkeypatch: pytest.MonkeyPatch) -> None:
    trained: Counter[tuple[str, int]] = Counter()

    def counted(training: Any, last: int, started: float) -> Any:
        first = training.epoch + 1
        found = advance(training, last, started)
        trained.update((training.run.path.name, epoch) for epoch in range(first, training.epoch + 1))
        return found

    monkeypatch.setattr("catnet.training.loop.advance", counted)
    left: set[str] = set()

    def look(asked: Mapping[str, Any]) -> bool:
        """Takes in which trainings have left something when the last rung begins."""
        if asked["until"] == 9 and not left:
            left.update(path.name for path in Path(asked["folder"]).parent.iterdir())
        return False

    found = search(tuning(), InProcess(fails=look))
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


def test_another_winner_of_an_extended_tune_is_measured(tuning: Callable[..., Tuning], tmp_path: Path) -> None:
    first = search(tuning(tune__trials=2), InProcess())
    config = tmp_path / "out" / "config.yaml"
    config.write_text(config.read_text().replace("trials: 2", "trials: 6"))
    measured: list[int] = []

    def measure(trial: int) -> list[float]:
        measured.append(trial)
        return [1.0] * 9 + [0.0] * 3

    for _ in range(2):  # the second time the estimate is there
        extended = resume(tmp_path / "out")
        better = [finished(trial, *[0.1 * trial] * 3) for trial in (3, 5)]
        extended.trials.rows = {(row.trial, row.rung): row for row in better}
        found = finish(extended, measure)
        extended.folder.close()
        assert first.winner.trial != found.winner.trial == 5 and measured == [5]
        assert found.measured is not None and (found.measured.value, found.measured.uses) == (0.75, 2)
        assert "That data has now measured 2 winners; if you choose among them, it flatters." in found.sentences


def test_trainings_share_one_k(tuning: Callable[..., Tuning], tmp_path: Path) -> None:
    kept_gram.cache_clear()
    settings = {"train__batch_size": "full", "train__precision": "float64", "data__scaling": "center"}
    search(tuning("on_k", train__solver="gram", **settings), InProcess())
    assert (kept_gram.cache_info().misses, kept_gram.cache_info().hits) == (1, 16)
    search(tuning("direct", train__solver="direct", **settings), InProcess())
    assert kept_gram.cache_info().misses == 1
    assert rows(tmp_path / "on_k") == rows(tmp_path / "direct")


def test_trials_that_fail_never_win(tuning: Callable[..., Tuning]) -> None:
    text = searching("{train.learning_rate: [0.05, 1e30], model.dropout: [0.0, 0.5]}")
    text = text.replace("trials: 7", "trials: 4").replace("[6]", "[6, 5]")
    found = search(tuning(text=text), InProcess(fails=lambda asked: asked["folder"].endswith("000002-3")))
    failed = {row.trial: row.failed for row in found.ranked if row.failed}
    assert found.winner.trial == 1 and not found.winner.failed
    assert failed[2].startswith("a process that trains was killed")
    assert failed[3] == failed[4] == "diverged in epoch 1"
    assert "failed: diverged in epoch 1" in (found.tuning.folder.path / "trials.csv").read_text()


def test_settings_that_do_not_go_together_fail(tuning: Callable[..., Tuning]) -> None:
    text = (
        CONFIG[: CONFIG.index("  search:")]
        + "  search: {model.hidden_layers: [[4], [4, 4]], model.activation: [[tanh], [tanh, relu]]}"
    )
    found = search(tuning(text=text.replace("trials: 7", "trials: 4")), InProcess())
    failed = {row.trial: row.failed for row in found.ranked if row.failed}
    assert failed.keys() == {2, 3}
    assert failed[2].startswith("model.activation: must have as many entries as model.hidden_layers, 1, has 2")


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


def test_copies_are_left_out_of_the_honest_estimate(animals: Path, tuning: Callable[..., Tuning]) -> None:
    copy = sorted((animals / "val" / "cat").iterdir())[1]
    copy.write_bytes((animals / "train" / "cat" / "3.png").read_bytes())
    under_way = tuning(tune__trials=1)
    split = under_way.pool.dataset.splits["validation"]
    wrong = [place for place in range(12) if place not in split.seen][:4]
    under_way.search(InProcess(), lambda: False, lambda row, done, total: None)
    found = finish(under_way, lambda trial: [float(place not in wrong) for place in range(12)])
    under_way.folder.close()
    assert len(split.seen) == 1 and found.measured is not None
    assert found.measured.examples == 11 and found.measured.value == pytest.approx(7 / 11)
    assert found.sentences[-1].endswith("also in the training data, and left out of that estimate.")
    assert "on the 11 validation pictures" in " ".join(found.sentences)


def test_without_other_data_the_folds_estimate(animals: Path, tuning: Callable[..., Tuning]) -> None:
    for path in sorted((animals / "val").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (animals / "val").rmdir()
    found = search(tuning(data__validation_fraction=0), InProcess())
    assert found.measured is None and found.to_believe is found.by_folds
    assert found.to_believe.source == "folds" and found.to_believe.folds == (2, 3)


def finished(trial: int, *values: float, epochs: int = 9) -> Finished:
    return Finished(trial, 2, epochs, values, 1.0, 1.0)


def test_the_estimate_by_folds(tuning: Callable[..., Tuning]) -> None:
    under_way = tuning(tune__trials=3)
    table = [finished(1, 0.9, 0.2, 0.7), finished(2, 0.6, 0.8, 0.5), finished(3, 0.5, 0.5, 0.8)]
    under_way.trials.rows = {(row.trial, 1): row for row in table}
    found = estimate_by_folds(under_way, table)
    # means without fold 1: 0.45, 0.65, 0.65: trial 2, on it 0.6; without 2: trial 1, 0.2; without 3: trial 2, 0.5
    assert found.folds == (1, 2, 3)
    assert found.value == pytest.approx(np.mean([0.6, 0.2, 0.5]))  # as that of the trials in the table
    assert found.low is not None and found.high is not None and found.low < found.value < found.high
    wilson = share_interval(found.value, 28)
    assert found.low < wilson[0] and wilson[1] < found.high  # the trainings share their examples
    under_way.trials.rows[4, 1] = finished(4, 0.1, epochs=3)  # a rung on the first fold alone, which has chosen
    found = estimate_by_folds(under_way, table)
    assert found.folds == (2, 3)
    assert found.value == pytest.approx(np.mean([0.2, 0.5]))
    best = tuned(under_way)
    assert best is not None and [row.trial for row in best.ranked] == [2, 1, 3, 4]
    assert "Estimate by folds 2 and 3, each left out of the choice" in best.sentences[1]


def test_the_spread_of_the_better_trials() -> None:
    values = np.array([[0.5, 0.7], [0.6, 0.8], [0.4, 0.8]])
    found = spread_of(values)
    assert found is not None
    assert found.deviation == pytest.approx(math.sqrt(np.mean([0.02, 0.02, 0.08])))  # the root of the mean variance
    assert found.freedom == pytest.approx(1.5)  # of 3 trials, whose deviations correlate: 3 / (1 + 2/2)
    assert spread_of(values[:1]) == pytest.approx((math.sqrt(0.02), 1))  # as that of its values alone
    assert spread_of(values[:, :1]) is None and spread_of(np.ones((3, 2))) is None


def test_a_bad_trial_makes_no_interval_wider(tuning: Callable[..., Tuning]) -> None:
    under_way = tuning(tune__trials=3)
    table = [finished(1, 0.8, 0.7, 0.75), finished(2, 0.7, 0.8, 0.75)]
    both = estimate_by_folds(under_way, table)
    assert estimate_by_folds(under_way, [*table, finished(3, 0.1, 0.5, 0.0)]) != both  # a third one is among the better
    four = [*table, finished(3, 0.1, 0.6, 0.0), finished(4, 0.1, 0.6, 0.0)]
    worse = [*table, finished(3, 0.3, 0.3, 0.3), finished(4, 0.1, 0.6, 0.0)]
    assert estimate_by_folds(under_way, four) == estimate_by_folds(under_way, worse)


def test_a_single_trial_is_not_flattered(tuning: Callable[..., Tuning]) -> None:
    under_way = tuning(tune__trials=1)
    under_way.trials.rows = {(1, 1): finished(1, 0.9, 0.2, 0.7)}
    found = tuned(under_way)
    assert found is not None and found.sentences[0] == "Trial 1 is the only one, so nothing was chosen."
    assert found.by_folds.value == found.winner.mean == pytest.approx(0.6)
    assert found.sentences[1].startswith("Estimate by folds 1 to 3: accuracy 60.0% (95% interval ")
    under_way.trials.rows[2, 1] = Finished(2, 1, 9, (), 1.0, 1.0, "diverged in epoch 1")
    found = tuned(under_way)
    assert found is not None and found.sentences[0].startswith("Trial 1 is the only one that did not fail, so")
    under_way.trials.rows[3, 1] = finished(3, 0.5, 0.2, 0.7)
    found = tuned(under_way)
    assert found is not None and found.sentences[0].endswith("on the 3 folds, which chose it and so flatter it.")


def test_many_folds_are_told_in_brief() -> None:
    assert these_folds((2,)) == "fold 2" and these_folds(range(1, 601)) == "folds 1 to 600"


def test_brackets_while_there_is_time(tuning: Callable[..., Tuning], monkeypatch: pytest.MonkeyPatch) -> None:
    text = CONFIG.replace("trials: 7", "seconds: 100")
    under_way = tuning(text=text)
    clock = 0.0
    monkeypatch.setattr(Tuning, "elapsed", property(lambda self: clock))
    begun = []
    for bracket in under_way.brackets():
        begun.append(bracket)
        clock += 20.0
        row = Finished(bracket[-1], 3, 9, (0.5, 0.5, 0.5), 12.0, clock)
        under_way.trials.rows[bracket[-1], 3] = row
    # 20 s for a bracket, and 6 s for the end: 80 + 26 would be too long
    assert begun == [range(1, 10), range(10, 19), range(19, 28), range(28, 37)]
    assert [rung.epochs for rung in under_way.rungs(9)] == [1, 3, 9]


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

    with pytest.raises(RunTaken, match="renamed or replaced"):
        search(under_way, InProcess(fails=rename))
    under_way.folder.close()
    assert not (tmp_path / "out" / "trials.csv").exists() and not rows(tmp_path / "other")


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
