"""Permutation importance: the strongest cause comes first, whatever its first weights were."""

from dataclasses import replace

import numpy as np
import pytest

from catnet.data.dataset import Split
from catnet.engine.inputs import Scaling
from catnet.engine.network import Network
from catnet.evaluation import importance
from catnet.evaluation.importance import permutation_importance
from catnet.model import Model
from catnet.question import Column, Question


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


def test_the_inputs_of_a_column_are_shuffled_together() -> None:
    """y = 1 for red, -1 for blue: one coin for both inputs, so that each shuffle gives one of the two texts."""
    columns = (Column("colour", ("blue", "red")), Column("size", fill=0.0, has_missing=True))
    model = replace(
        linear([-1.0, 1.0, 2.0, 0.0]),
        question=Question("regression", target="y", features=("colour", "size"), encoded=columns),
    )
    random = np.random.default_rng(0)
    red = random.integers(0, 2, 2000).astype(float)
    X = np.stack([1 - red, red, random.normal(size=2000), np.zeros(2000)], axis=1)
    split = Split(X, (X @ np.array([-1.0, 1.0, 2.0, 0.0]))[None], tuple(map(str, range(2000))))
    found = permutation_importance(model, split, repeats=20)
    assert found.columns.tolist() == [1, 0]
    # half of the rows get the other colour, whose answer is off by 2; the size costs 2 w^2 times its variance
    np.testing.assert_allclose(found.rise.mean(axis=1), [8, 4 / 2], rtol=0.15)
