"""Stratified splits are complete, disjoint, repeatable and in proportion."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scanning import scan

from catnet.data.scan import scan_other
from catnet.data.splits import strata_of, stratify
from catnet.engine.types import Array
from catnet.question import Question

FRACTIONS = {"test": 0.1, "validation": 0.2}


def one_hot(counts: list[int]) -> Array:
    return np.repeat(np.eye(len(counts)), counts, axis=1)


@settings(deadline=None, max_examples=30)
@given(k=st.integers(1, 20), m=st.integers(1, 40), share=st.sampled_from([0.1, 0.5]), seed=st.integers(0, 99))
def test_the_strata_are_numbered_in_the_order_of_the_columns(k: int, m: int, share: float, seed: int) -> None:
    Y = (np.random.default_rng(seed).random((k, m)) < share).astype(float)
    columns = sorted({tuple(column) for column in Y.T})
    assert strata_of("2.0", Y).tolist() == [columns.index(tuple(column)) for column in Y.T]


@settings(deadline=None, max_examples=60)
@given(
    counts=st.lists(st.integers(1, 40), min_size=2, max_size=5),
    test=st.sampled_from([0.0, 0.1, 0.25]),
    validation=st.sampled_from([0.1, 0.2, 0.5]),
    seed=st.integers(0, 99),
)
def test_of_classes(counts: list[int], test: float, validation: float, seed: int) -> None:
    Y = one_hot(counts)
    m = Y.shape[1]
    fractions = {name: share for name, share in (("test", test), ("validation", validation)) if share}
    parts = stratify("3.0", Y, fractions, seed)
    together = np.concatenate(list(parts.values()))
    assert sorted(together) == list(range(m))
    assert all((np.diff(part) > 0).all() for part in parts.values())
    assert Y[:, parts["train"]].any(axis=1).all()
    for name, share in fractions.items():
        part = parts.get(name, np.array([], int))
        in_each = Y[:, part].sum(axis=1)
        assert (np.abs(in_each - share * np.array(counts)) < 2).all()
        # of these classes a split has fewer, so that the training data has one
        rare = (np.array(counts) <= 2) | (np.array(counts) * (1 - sum(fractions.values())) < 1)
        assert abs(len(part) - share * m) <= 1 + rare.sum()
    again = stratify("3.0", Y, fractions, seed)
    assert all(np.array_equal(again[name], part) for name, part in parts.items())


def test_the_seed_counts() -> None:
    Y = one_hot([50, 50])
    assert not np.array_equal(stratify("3.0", Y, FRACTIONS, 0)["train"], stratify("3.0", Y, FRACTIONS, 1)["train"])


@pytest.mark.parametrize("goal", ["1.0", "2.0", "3.0"])
def test_exact_shares_are_met(goal: str) -> None:
    Y = one_hot([100, 60, 40])
    Y = Y[:1] if goal == "1.0" else Y
    parts = stratify(goal, Y, FRACTIONS, 3)
    assert [len(parts[name]) for name in ("train", "validation", "test")] == [140, 40, 20]
    for name, share in (("train", 0.7), ("validation", 0.2), ("test", 0.1)):
        np.testing.assert_allclose(Y[:, parts[name]].sum(axis=1), share * Y.sum(axis=1), atol=1)


def test_combinations_of_labels_that_occur_once_are_shared_out_too() -> None:
    Y = np.array([[(number >> bit) & 1 for number in range(1, 64)] for bit in range(6)], dtype=float)
    parts = stratify("2.0", Y, {"validation": 0.2}, 0)
    assert len(parts["validation"]) == 12
    assert Y[:, parts["train"]].any(axis=1).all()


def test_a_regression_is_split_along_its_target() -> None:
    Y = np.random.default_rng(0).normal(size=(1, 500)) ** 3
    parts = stratify("regression", Y, {"validation": 0.2}, 0)
    assert len(parts["validation"]) == 100
    for share in (10, 50, 90):
        ours, all_ = np.percentile(Y[0, parts["validation"]], share), np.percentile(Y, [share - 4, share + 4])
        assert all_[0] < ours < all_[1]


def test_a_single_example_of_a_class_is_for_training() -> None:
    Y = one_hot([1, 9])
    for seed in range(30):
        assert 0 in stratify("3.0", Y, {"validation": 0.5}, seed)["train"]
        assert 0 in stratify("1.0", Y[:1], {"validation": 0.5}, seed)["train"]


def test_only_unsplit_data_is_split(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("x,y\n" + "".join(f"{i},{i}\n" for i in range(100)))
    options: dict[str, Any] = {"goal": "regression", "classes": None, "target": "y"}
    catalog = scan(path, validation_fraction=0.2, test_fraction=0.1, **options)
    assert {name: len(of.names) for name, of in catalog.splits.items()} == {"train": 70, "validation": 20, "test": 10}
    for of in catalog.splits.values():
        assert of.rows is not None and np.array_equal(of.rows[:, 0], of.labels[0])
    assert list(scan_other(Question("regression", target="y", features=("x",)), path).splits) == ["all"]
    assert list(scan(path, **options).splits) == ["train"]
