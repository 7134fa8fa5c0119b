"""Permutation importance: the strongest cause comes first, whatever its first weights were."""

import numpy as np
import pytest

from catnet.data.dataset import Split
from catnet.engine.inputs import Scaling
from catnet.engine.network import Network
from catnet.evaluation import importance
from catnet.evaluation.importance import permutation_importance
from catnet.model import Model
from catnet.question import Question


def linear(weights: list[float]) -> Model:
    """y = w x, of a table with columns x0, x1, ..."""
    n = len(weights)
    return Model(
        Network((n, 1), ("linear",), "squared"),
        {"W1": np.array([weights]), "b1": np.zeros((1, 1))},
        Question("regression", target="y", features=tuple(f"x{i}" for i in range(n))),
        Scaling(np.zeros(n), np.ones(n)),
        np.zeros((1, 1)),
    )


def table(m: int, weights: list[float]) -> Split:
    X = np.random.default_rng(0).normal(size=(m, len(weights)))
    return Split(X, (X @ np.array(weights))[None], tuple(map(str, range(m))))


def test_it_is_the_rise_of_the_cost_if_the_column_is_shuffled() -> None:
    """Of y = w x without error, shuffling x_i costs (w_i (x' - x))^2: 2 w_i^2 times the variance on average."""
    weights = [0.0, 3.0, -1.0]
    found = permutation_importance(linear(weights), table(2000, weights), repeats=20)
    assert found.columns.tolist() == [1, 2, 0]
    assert found.rows == 2000
    assert found.rise.shape == (3, 20)
    np.testing.assert_allclose(found.rise.mean(axis=1), [18, 2, 0], rtol=0.1, atol=1e-12)


def test_the_same_seed_gives_the_same_numbers() -> None:
    model, split = linear([1.0, 2.0]), table(50, [1.0, 2.0])
    first, again, other = (permutation_importance(model, split, seed=seed) for seed in (0, 0, 1))
    assert (first.rise == again.rise).all()
    assert (first.rise != other.rise).any()


def test_a_column_that_tells_the_same_shares_its_importance() -> None:
    split = table(500, [2.0, 0.0])
    split.rows[:, 1] = split.rows[:, 0]
    alone = permutation_importance(linear([2.0, 0.0]), split).rise.mean(axis=1)
    shared = permutation_importance(linear([1.0, 1.0]), split).rise.mean(axis=1)
    assert alone[1] == 0
    assert shared[0] == pytest.approx(alone[0] / 4, rel=0.2)  # each moves half of the answer


def test_a_long_and_a_wide_table_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importance, "MOST_COLUMNS", 10)
    monkeypatch.setattr(importance, "MOST_ROWS", 300)
    weights = [0.0] * 50
    weights[37] = 1.0
    found = permutation_importance(linear([w or 0.001 for w in weights]), table(1000, weights))
    assert (found.rows, found.rise.shape) == (300, (10, importance.REPEATS))
    assert found.columns[0] == 37


def test_a_single_row_tells_nothing() -> None:
    found = permutation_importance(linear([1.0, 2.0]), table(1, [1.0, 2.0]))
    assert (found.rise == 0).all()
