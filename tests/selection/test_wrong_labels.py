"""Labels that were made wrong stand at the top of the list."""

from dataclasses import replace

import numpy as np
import pytest

from catnet.config import load_config
from catnet.data.dataset import Dataset, Split
from catnet.data.load import load
from catnet.data.scan import scan
from catnet.engine.types import Array
from catnet.goals import BINARY, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.question import Question
from catnet.selection import wrong_labels as module
from catnet.selection.wrong_labels import WrongLabels, wrong_labels
from catnet.text import number


def table(goal: str, labels: Array, rows: Array) -> Dataset:
    negative, target = ("dog" if goal == BINARY else None), ("age" if goal == REGRESSION else None)
    classes = {BINARY: ("cat",), MULTI_CLASS: ("a", "b", "c"), MULTI_LABEL: ("a", "b"), REGRESSION: ()}[goal]
    names = tuple(f"row {index}" for index in range(len(rows)))
    question = Question(goal, classes, negative, target, tuple(f"x{i}" for i in range(rows.shape[1])))
    return Dataset({"train": Split(rows, labels, names)}, question)


def listed(dataset: Dataset, most: int = 100) -> WrongLabels:
    """The list, which there is."""
    found = wrong_labels(dataset, most=most)
    assert found is not None
    return found


def clusters(m=240, k=3):
    """Rows around k centres, and whose centre each is near."""
    random = np.random.default_rng(0)
    truth = random.integers(0, k, m)
    return random.normal(size=(k, 6))[truth] * 3 + random.normal(size=(m, 6)) * 0.5, truth


def test_of_one_class_of_several():
    rows, truth = clusters()
    given = truth.copy()
    given[:10] = (truth[:10] + 1) % 3
    found = listed(table(MULTI_CLASS, np.eye(3)[given].T, rows))
    assert {one.row for one in found.suspects} == set(range(10))
    for one in found.suspects:
        assert one.name == f"row {one.row}"
        assert (one.given, one.suggested) == ("abc"[given[one.row]], "abc"[truth[one.row]])
    margins = [one.margin for one in found.suspects]
    assert margins == sorted(margins) and margins[-1] < 0
    assert found.metric == "accuracy" and found.value == pytest.approx(230 / 240)
    assert found.trivial == pytest.approx(np.bincount(given).max() / 240)
    assert listed(table(MULTI_CLASS, np.eye(3)[given].T, rows), most=4).suspects == found.suspects[:4]


@pytest.mark.parametrize("most_pairs", [2000, 100])
def test_of_yes_or_no(monkeypatch, most_pairs):
    """Also if there are too many examples for a kernel."""
    monkeypatch.setattr(module, "MOST", most_pairs)
    rows, truth = clusters(k=2)
    given = truth.copy()
    given[:8] = 1 - truth[:8]
    found = listed(table(BINARY, given[None] * 1.0, rows))
    assert {one.row for one in found.suspects} == set(range(8))
    names = ("dog", "cat")
    assert all((one.given, one.suggested) == (names[given[one.row]], names[truth[one.row]]) for one in found.suspects)


def test_of_each_label():
    rows, truth = clusters(k=2)
    labels = np.stack([truth, 1 - truth]) * 1.0
    labels[1, 3] = 1 - labels[1, 3]
    (one,) = listed(table(MULTI_LABEL, labels, rows)).suspects
    expected = ("not b", "b") if labels[1, 3] == 0 else ("b", "not b")
    assert (one.row, one.given, one.suggested) == (3, *expected)


def test_of_a_number():
    rows, _ = clusters()
    target = rows @ np.array([1.0, 2, 0, 0, -1, 0]) + 40
    given = target.copy()
    given[[5, 9]] += (60, -60)
    found = listed(table(REGRESSION, given[None], rows))
    assert {one.row for one in found.suspects} == {5, 9}
    assert all(one.given == given[one.row] and abs(one.suggested - target[one.row]) < 10 for one in found.suspects)
    assert all(one.margin < -3 for one in found.suspects)
    assert found.metric == "mae" and found.value < found.trivial


@pytest.mark.parametrize("count", [1, 5, 20])
def test_targets_that_are_far_out_do_not_hide_themselves(count):
    """Ten times as large: they would pull the answers about all others, and be most of their error."""
    random = np.random.default_rng(1)
    rows = random.normal(size=(240, 3))
    target = rows @ np.array([2.0, 1, 0]) + 50 + random.normal(0, 0.5, 240)
    target[:count] *= 10
    found = listed(table(REGRESSION, target[None], rows))
    assert found.beats_trivial and {one.row for one in found.suspects[:count]} == set(range(count))
    assert found.value < found.trivial < 5  # those far out count as at the fence
    assert all(one.in_words == f"{number(target[one.row])}, far above most others" for one in found.suspects[:count])
    low, high = found.fence
    assert low is None and target[count:].max() < high < target[:count].min()
    assert found.in_words.endswith(f" out of fold, with targets above {number(high)} counted as {number(high)}")


def test_nothing_is_said_of_a_fence_that_no_target_is_beyond():
    rows, _ = clusters()
    found = listed(table(REGRESSION, (rows @ np.array([1.0, 2, 0, 0, -1, 0]))[None], rows))
    assert found.fence == (None, None) and found.in_words.endswith(" out of fold")


def test_targets_that_are_mostly_equal_have_no_fence():
    Y = np.array([[0.0, 0, 0, 0, 0, 0, 0, 9]])
    assert module.within_fence(Y) is Y
    assert module.within_fence(np.array([[0.0, 1, 2, 3, 4, 90]])).tolist() == [[0, 1, 2, 3, 4, 11.25]]


def test_nothing_is_known_of_examples_that_are_all_equal():
    assert wrong_labels(table(BINARY, np.array([[0.0, 1.0, 1.0]]), np.ones((3, 2)))) is None


def test_a_table_that_would_take_long_is_left_out(monkeypatch):
    monkeypatch.setattr(module, "MOST", 100)
    monkeypatch.setattr(module, "MOST_OPERATIONS", 100)
    rows, truth = clusters(k=2)
    assert wrong_labels(table(BINARY, truth[None] * 1.0, rows)) is None


@pytest.mark.parametrize("seed", [0, 1])
def test_of_photographs(shared_data, seed):
    """Of the first 80, chance alone would find 4."""
    config = load_config({"goal": 3.0, "data": {"path": shared_data / "animals"}})
    dataset = load(scan(config), (64, 64))
    split, random = dataset.splits["train"], np.random.default_rng(seed)
    flipped = random.choice(1600, 80, replace=False)
    truth = split.labels.argmax(axis=0)
    truth[flipped] = (truth[flipped] + random.integers(1, 3, 80)) % 3
    noisy = replace(split, labels=np.eye(3)[truth].T)
    found = listed(replace(dataset, splits={"train": noisy}), most=80)
    assert len({one.row for one in found.suspects} & set(flipped.tolist())) >= 20
