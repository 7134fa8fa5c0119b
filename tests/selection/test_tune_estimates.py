"""What can be believed of a tune: by its folds, and on data that chose nothing."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from tunes import InProcess, finished, search

from catnet.evaluation.bootstrap import share_interval, student
from catnet.selection.estimates import spread_of
from catnet.selection.measured import Measured, chosen_without, estimate_by_folds, honest_on_split, these_folds
from catnet.selection.trials_file import Finished
from catnet.selection.tune import finish, resume
from catnet.selection.tuned import tuned
from catnet.selection.tuning import Tuning


def by_folds(tuning: Tuning, finalists: Sequence[Finished]) -> Measured:
    return estimate_by_folds(tuning, chosen_without(tuning, finalists))


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


def test_copies_make_no_interval_narrower(animals: Path, tuning: Callable[..., Tuning]) -> None:
    cats = sorted((animals / "val" / "cat").iterdir())
    for copy in cats[1:]:
        copy.write_bytes(cats[0].read_bytes())
    under_way = tuning(tune__trials=1)
    found = honest_on_split(under_way, [1.0] * 12)
    under_way.folder.close()
    assert found.examples == 12 and found.low == pytest.approx(share_interval(1.0, 9)[0])


def test_copies_make_no_interval_by_folds_narrower(animals: Path, tuning: Callable[..., Tuning]) -> None:
    cats = sorted((animals / "train" / "cat").iterdir())
    for copy in cats[1:]:
        copy.write_bytes(cats[0].read_bytes())
    under_way = tuning(tune__trials=1)
    found = by_folds(under_way, [finished(1, 0.5, 0.5, 0.5)])
    under_way.folder.close()
    variance = 4 / 6 * 0.25 / (17 / 3)  # of a share of the 17 different ones, with 4 degrees of freedom; 0 with 2
    low = 0.5 - student(6) * math.sqrt((1 / 3 + under_way.plan.share) * variance)
    assert found.examples == 28 and found.low == pytest.approx(low)


def test_without_other_data_the_folds_estimate(animals: Path, tuning: Callable[..., Tuning]) -> None:
    for path in sorted((animals / "val").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (animals / "val").rmdir()
    found = search(tuning(data__validation_fraction=0), InProcess())
    assert found.measured is None and found.to_believe is found.by_folds
    assert found.to_believe.source == "folds" and found.to_believe.folds == (2, 3)


def test_the_estimate_by_folds(tuning: Callable[..., Tuning]) -> None:
    under_way = tuning(tune__trials=3)
    table = [finished(1, 0.9, 0.2, 0.7), finished(2, 0.6, 0.8, 0.5), finished(3, 0.5, 0.5, 0.8)]
    under_way.trials.rows = {(row.trial, 1): row for row in table}
    found = by_folds(under_way, table)
    # means without fold 1: 0.45, 0.65, 0.65: trial 2, on it 0.6; without 2: trial 1, 0.2; without 3: trial 2, 0.5
    assert found.folds == (1, 2, 3)
    assert found.value == pytest.approx(np.mean([0.6, 0.2, 0.5]))  # as that of the trials in the table
    assert found.low is not None and found.high is not None and found.low < found.value < found.high
    wilson = share_interval(found.value, 28)
    assert found.low < wilson[0] and wilson[1] < found.high  # the trainings share their examples
    under_way.trials.rows[4, 1] = finished(4, 0.1, epochs=3)  # a rung on the first fold alone, which has chosen
    found = by_folds(under_way, table)
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
    known = spread_of(values, 0.01)
    assert known is not None and known.freedom == pytest.approx(4 + 1.5)
    assert known.deviation == pytest.approx(math.sqrt((4 * 0.01 + 1.5 * 0.04) / 5.5))
    assert spread_of(values[:, :1], 0.01) == pytest.approx((0.1, 4))


def test_a_bad_trial_makes_no_interval_wider(tuning: Callable[..., Tuning]) -> None:
    under_way = tuning(tune__trials=3)
    table = [finished(1, 0.8, 0.7, 0.75), finished(2, 0.7, 0.8, 0.75)]
    both = by_folds(under_way, table)
    assert by_folds(under_way, [*table, finished(3, 0.1, 0.5, 0.0)]) != both  # a third one is among the better
    four = [*table, finished(3, 0.1, 0.6, 0.0), finished(4, 0.1, 0.6, 0.0)]
    worse = [*table, finished(3, 0.3, 0.3, 0.3), finished(4, 0.1, 0.6, 0.0)]
    assert by_folds(under_way, four) == by_folds(under_way, worse)


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
