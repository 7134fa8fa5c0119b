import numpy as np
import pytest

from catnet.data.dataset import Split
from catnet.evaluation.folds import folds_of, folds_of_groups
from catnet.goals import BINARY, MULTI_CLASS, REGRESSION


def split_of(rows, labels):
    return Split(np.asarray(rows, np.uint8).reshape(len(rows), -1), labels, tuple(map(str, range(len(rows)))))


def test_each_class_is_shared_out_evenly():
    truth = np.array([0] * 50 + [1] * 23 + [2] * 10)
    folds = folds_of(MULTI_CLASS, split_of(np.arange(83), np.eye(3)[truth].T))
    assert set(folds) == set(range(5))
    for label, count in enumerate((50, 23, 10)):
        sizes = np.bincount(folds[truth == label], minlength=5)
        assert sizes.max() - sizes.min() <= 1 and sizes.sum() == count


def test_neighbours_in_the_target_are_shared_out():
    target = np.random.default_rng(0).normal(size=(1, 200))
    folds = folds_of(REGRESSION, split_of(np.arange(200), target), count=4)
    means = [target[0, folds == fold].mean() for fold in range(4)]
    assert np.ptp(means) < 0.1


def test_equal_examples_are_in_one_fold():
    rows = np.array([5, 1, 2, 5, 3, 4, 5, 1, 6, 7])
    folds = folds_of(BINARY, split_of(rows, np.array([[0, 1] * 5])))
    assert len(set(folds[rows == 5])) == len(set(folds[rows == 1])) == 1
    assert len(set(folds)) == 5


def test_large_groups_are_spread():
    groups = np.concatenate([np.repeat(np.arange(5), 10), np.arange(5, 55)])
    for seed in range(3):
        folds = folds_of_groups(BINARY, np.ones((1, 100)), groups, 5, seed)
        assert np.bincount(folds).tolist() == [20] * 5
        assert sorted(folds[:50:10]) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("different", "folds"), [(1, 1), (3, 3)])
def test_there_are_no_more_folds_than_different_examples(different, folds):
    rows = np.arange(12) % different
    assert set(folds_of(BINARY, split_of(rows, (rows == 0)[None] * 1.0))) == set(range(folds))


def test_the_seed_draws_them():
    split = split_of(np.arange(60), np.ones((1, 60)))
    assert np.array_equal(folds_of(BINARY, split, seed=1), folds_of(BINARY, split, seed=1))
    assert not np.array_equal(folds_of(BINARY, split, seed=1), folds_of(BINARY, split, seed=2))
