import numpy as np
import pytest

from catnet.engine.inputs import Scaling
from catnet.engine.inverse import inverse
from catnet.evaluation import ridge as module
from catnet.evaluation.ridge import operations, ridge

SHAPES = [(40, 90), (90, 12), (60, 60)]  # m, n: by pairs of examples, by pairs of features, and where they meet


def examples(m, n, seed=0):
    random = np.random.default_rng(seed)
    rows = random.integers(0, 256, (m, n)).astype(np.uint8)
    Y = (rows[:, :3].T > 128) + 0.3 * random.normal(size=(3, m))
    return rows, Y, random.permutation(m) % 4


def trained(rows, scale, Y, penalty):
    """W, b by the normal equations, with the bias as an input of its own that is not penalised."""
    X = np.vstack([(rows * scale).T, np.ones(len(rows))])
    penalties = np.diag([penalty] * (len(X) - 1) + [0.0])
    both = np.linalg.solve(X @ X.T + penalties, X @ Y.T).T
    return both[:, :-1], both[:, -1:]


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_it_answers_as_the_normal_equations_do(m, n):
    rows, Y, folds = examples(m, n)
    found = ridge(rows, 1 / 255, Y, folds)
    W, b = trained(rows, 1 / 255, Y, found.penalty)
    others = examples(m, n, seed=1)[0]
    assert found.weights == pytest.approx(W, rel=1e-8, abs=1e-10)
    direct = W @ (others / 255).T + b
    assert found.answer(others) == pytest.approx(direct, rel=1e-5, abs=1e-5)
    assert found.answer(others.astype(np.float64)) == pytest.approx(direct, rel=1e-8, abs=1e-9)
    assert found.answer(others[:0]).shape == (3, 0)


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_an_answer_out_of_fold_is_that_of_a_training_on_the_other_folds(m, n):
    rows, Y, folds = examples(m, n)
    found = ridge(rows, 1 / 255, Y, folds)
    for fold in range(4):
        W, b = trained(rows[folds != fold], 1 / 255, Y[:, folds != fold], found.penalty)
        direct = W @ (rows[folds == fold] / 255).T + b
        assert np.abs(found.out_of_fold[:, folds == fold] - direct).max() < 1e-9


@pytest.mark.parametrize(("m", "n"), SHAPES)
def test_the_penalty_is_near_the_best_of_a_fine_grid(m, n):
    rows, Y, folds = examples(m, n)
    inputs = module.Inputs(rows, Scaling(rows.mean(axis=0), 1 / 255), np.float64)
    by = (module.ByFeatures if n < m else module.ByExamples)(inputs, rows.mean(axis=0), Y, folds)
    errors = [np.square(by.out_of_fold(by.unit * 10**power) - Y).mean() for power in np.arange(-3, 3.1, 0.125)]
    found = ridge(rows, 1 / 255, Y, folds)
    assert np.square(found.out_of_fold - Y).mean() < 1.01 * min(errors)
    assert max(errors) > 1.1 * min(errors)


def test_a_rare_class_counts_as_much_as_a_frequent_one():
    random = np.random.default_rng(0)
    rare = np.arange(400) % 20 == 0
    rows, Y, folds = random.normal(size=(400, 60)), rare[None] * 1.0, random.permutation(400) % 5
    rows[:, 0] += 1.5 * rare
    by = module.ByFeatures(
        module.Inputs(rows, Scaling(rows.mean(axis=0), 1.0), np.float64), rows.mean(axis=0), Y, folds
    )
    errors = np.array([np.square(by.out_of_fold(by.unit * 10.0**power) - Y)[0] for power in np.arange(-5, 4)])
    of_classes = (errors[:, rare].mean(axis=1) + errors[:, ~rare].mean(axis=1)) / 2
    found = np.square(ridge(rows, 1.0, Y, folds).out_of_fold - Y)[0]
    assert (found[rare].mean() + found[~rare].mean()) / 2 < 1.01 * of_classes.min()
    assert of_classes[errors.mean(axis=1).argmin()] > 1.1 * of_classes.min()  # of the best if examples count alike


def test_columns_that_are_large_and_close_together_lose_no_digits():
    random = np.random.default_rng(0)
    year = 1e9 + random.integers(0, 50, 80).astype(np.float64)
    Y = (3 * (year - 1e9) + 7)[None]
    found = ridge(year[:, None], 1.0, Y, np.arange(80) % 5)
    assert found.answer(year[:, None]) == pytest.approx(Y, rel=1e-4)


def test_examples_that_are_all_equal_are_answered_by_the_mean():
    Y = np.array([[1.0, 2.0, 3.0, 6.0]])
    for n in (2, 9):
        found = ridge(np.full((4, n), 7, np.uint8), 1.0, Y, np.array([0, 0, 1, 1]))
        assert found.answer(np.full((1, n), 200, np.uint8))[0] == pytest.approx([3.0])
        assert found.out_of_fold == pytest.approx(np.array([[4.5, 4.5, 1.5, 1.5]]))


@pytest.mark.parametrize("size", [3, 256, 257, 600])
def test_the_inverse_by_blocks(size):
    A = np.random.default_rng(0).normal(size=(size, size + 5))
    A = A @ A.T + np.eye(size)
    assert np.abs(inverse(A) @ A - np.eye(size)).max() < 1e-8


def test_the_operations_are_those_of_the_cheaper_way():
    assert operations(1000, 10) < operations(1000, 100) < operations(1000, 2000) < operations(2000, 2000)
