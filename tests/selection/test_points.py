"""The points of a search: repeatable, different from each other, where they should be."""

import math
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import pytest

from catnet.config import Config, as_dict, load_config
from catnet.selection.halving import BRACKET, Rung, early_rungs, rungs_of, survivors
from catnet.selection.points import Points, points

Configured = Callable[..., Config]


@pytest.fixture
def configured(tmp_path: Any) -> Configured:
    """A configuration with a search."""

    def configured(search: dict[str, Any], seed: int = 0, **budget: float) -> Config:
        train = {"seed": seed, "optimizer": "momentum"}
        tune = {"search": search, **(budget or {"trials": 10})}
        return load_config({"goal": "3.0", "data": {"path": tmp_path}, "train": train, "tune": tune})

    return configured


def test_a_small_grid_is_whole_and_in_order(configured: Configured) -> None:
    search = {"train.momentum": [0.5, 0.9], "model.hidden_layers": [[], [3], [4, 4]]}
    found = list(points(configured(search, trials=6)))
    assert found == [
        {"train.momentum": momentum, "model.hidden_layers": layers}
        for momentum in (0.5, 0.9)
        for layers in ([], [3], [4, 4])
    ]
    drawn = list(points(configured(search, trials=5)))
    assert drawn != found and sorted(map(str, drawn)) == sorted(map(str, found))


def test_the_first_points_are_the_same_however_many(configured: Configured) -> None:
    search = {"train.learning_rate": {"from": 1e-4, "to": 1.0}, "train.batch_size": {"from": 4, "to": 64}}
    few, many = (list(islice(points(configured(search, trials=count)), 5)) for count in (5, 500))
    assert few == many and len({str(point) for point in few}) == 5
    assert few != list(islice(points(configured(search, seed=1)), 5))
    config = configured(search, seconds=5.0)
    lazy = Points(as_dict(config), config)
    assert lazy[3] == few[3] and lazy.first(2) == few[:2]


def test_ranges(configured: Configured) -> None:
    search = {
        "train.learning_rate": {"from": 1e-4, "to": 1.0},
        "train.weight_decay": {"from": 0.0, "to": 0.5},
        "train.batch_size": {"from": 3, "to": 5},
    }
    found = list(islice(points(configured(search, seconds=1.0)), 3000))
    rates = np.log10([point["train.learning_rate"] for point in found])
    assert -4 <= rates.min() < -3.98 and -0.02 < rates.max() <= 0
    assert abs(np.mean(rates) + 2) < 0.08  # uniform in the logarithm
    decays = np.array([point["train.weight_decay"] for point in found])
    assert 0 <= decays.min() < 0.01 and 0.49 < decays.max() <= 0.5 and abs(decays.mean() - 0.25) < 0.01
    sizes = [point["train.batch_size"] for point in found]
    assert {type(size) for size in sizes} == {int}
    counts = np.bincount(sizes)[3:]
    assert len(counts) == 3 and counts.min() > 900


def test_whole_ends_of_a_key_that_takes_fractions(configured: Configured) -> None:
    search = {
        "train.weight_decay": {"from": 0, "to": 1},
        "train.learning_rate": {"from": 1, "to": 100},
        "train.early_stopping.patience": {"from": 1, "to": 3},
        "train.momentum": [0, 1],
    }
    found = list(islice(points(configured(search, seconds=1.0)), 300))
    decays = np.array([point["train.weight_decay"] for point in found])
    assert len(set(decays)) > 250 and 0 <= decays.min() < 0.05 and 0.95 < decays.max() <= 1
    rates = np.array([point["train.learning_rate"] for point in found])
    assert len(set(rates)) > 250 and 1 <= rates.min() < 1.2 and 85 < rates.max() <= 100
    assert {point["train.early_stopping.patience"] for point in found} == {1, 2, 3}


def test_a_key_without_effect_is_left_out(configured: Configured) -> None:
    found = list(points(configured({"train.optimizer": ["momentum", "adam"], "train.momentum": [0.1, 0.2]})))
    assert found == [
        {"train.optimizer": "momentum", "train.momentum": 0.1},
        {"train.optimizer": "momentum", "train.momentum": 0.2},
        {"train.optimizer": "adam"},
    ]


def test_no_more_points_than_there_are(configured: Configured) -> None:
    assert len(list(points(configured({"train.batch_size": {"from": 1, "to": 7}}, seconds=9.0)))) == 7


def test_rungs() -> None:
    assert rungs_of(90, 3, 2) == [Rung(10, 1), Rung(30, 1), Rung(90, 3)]
    assert rungs_of(5, 2, 2) == [Rung(1, 1), Rung(5, 2)]
    assert rungs_of(2, 3, 2) == [Rung(2, 3)]
    assert [early_rungs(n) for n in (1, 6, 7, 18, 19, 40, 1000)] == [0, 0, 1, 1, 2, 2, 2]
    for trials in range(7, 100):
        assert math.ceil(trials / 3 ** early_rungs(trials)) >= 3
    assert BRACKET == 9


def test_survivors() -> None:
    assert survivors({1: 0.3, 2: 0.1, 3: 0.1, 4: 0.5}) == [2, 3]
    assert survivors({4: 0.1, 2: 0.1, 3: 0.1}) == [2]
    assert survivors({1: math.inf, 2: math.inf, 3: 0.2, 4: math.inf}) == [3]
    assert survivors({1: math.inf}) == []
