"""A tune that has a time: how many trials begin, and which are trained to the end."""

from collections import Counter
from collections.abc import Callable

import pytest
from tunes import CONFIG, InProcess, rows, search, searching

from catnet.selection.trials_file import Finished
from catnet.selection.tuning import Tuning

FIVE = searching("{train.learning_rate: [0.001, 0.01, 0.05, 0.1, 1e30]}").replace("trials: 7", "seconds: 1000")


def test_all_points_of_a_small_search_end_if_there_is_time(
    tuning: Callable[..., Tuning], trained: Counter[tuple[str, int]]
) -> None:
    found = search(tuning(text=FIVE), InProcess())
    ends = {row.trial: (row.epochs, len(row.values)) for row in found.ranked if not row.failed}
    assert len(ends) == 4 and set(ends.values()) == {(9, 3)} and found.ranked[-1].failed
    assert set(trained.values()) == {1}
    assert Counter(row["epochs"] for row in rows(found.tuning.folder.path)) == {"1": 5, "3": 2, "9": 4}
    assert not (found.tuning.folder.path / "trials").exists()


def test_as_many_end_as_there_is_time_for(tuning: Callable[..., Tuning], monkeypatch: pytest.MonkeyPatch) -> None:
    under_way = tuning(text=FIVE)
    clock = 0.0
    monkeypatch.setattr(Tuning, "elapsed", property(lambda self: clock))
    # 27 + 3 + 1 + 1 fold-epochs are done, so that each takes a second
    table = [(1, 3, 9, (0.9, 0.9, 0.9)), (2, 2, 3, (0.8,)), (3, 1, 1, (0.7,)), (4, 1, 1, (0.75,)), (5, 1, 1, ())]
    for trial, rung, epochs, values in table:
        failed = "" if values else "diverged in epoch 1"
        under_way.trials.rows[trial, rung] = Finished(trial, rung, epochs, values, 8.0, 32.0, failed)
    clock = 32.0
    at_the_end = 4.0  # 8 s of the whole trial, on two of three folds
    for seconds, expected in ((59, []), (60, [2]), (85, [2]), (86, [2, 4]), (112, [2, 4, 3])):
        under_way.settings = under_way.settings.model_copy(update={"seconds": seconds})
        assert under_way.seconds_at_the_end == at_the_end and under_way.fitting() == expected


def test_trials_and_larger_searches_are_halved(tuning: Callable[..., Tuning]) -> None:
    assert not tuning("one", text=FIVE.replace("seconds: 1000", "trials: 9")).may_all_end
    assert not tuning("two", text=CONFIG.replace("trials: 7", "seconds: 9")).may_all_end
    assert tuning("three", text=FIVE).may_all_end


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
