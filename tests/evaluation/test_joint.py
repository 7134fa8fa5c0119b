"""The gaps between several answers to the same examples: against hand-computed values, and by simulation."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest

from catnet.engine.types import Array
from catnet.evaluation.joint import jointly


def test_two_answers_are_judged_as_by_mcnemar() -> None:
    values = np.zeros((2, 400))
    values[0, :30], values[1, 18:30] = 1, 1
    values[1, 30:36] = 1
    gap = jointly([values[[0]], values[[1]]], is_share=True).gap(0, 1)
    assert gap.difference == pytest.approx(12 / 400)
    error = np.sqrt(18 + 6) / 400  # McNemar's: only the examples that one has right and the other wrong count
    assert (gap.high - gap.low) / 2 == pytest.approx(1.96 * error, rel=0.05)
    assert gap.p == pytest.approx(0.0143, abs=0.01)  # of 12 / sqrt(24)
    assert gap.sure


def test_copies_are_drawn_together() -> None:
    values = np.random.default_rng(5).integers(0, 2, (2, 30)).astype(float)
    alone = jointly([values[[0]], values[[1]]], is_share=True).gap(0, 1)
    many, groups = values.repeat(10, axis=1), np.arange(30).repeat(10)
    assert jointly([many[[0]], many[[1]]], is_share=True, groups=groups).gap(0, 1) == pytest.approx(alone)
    assert jointly([many[[0]], many[[1]]], is_share=True).gap(0, 1).p < alone.p
    some, groups = values[:, [0, 0, 0, *range(1, 30)]], np.array([7, 7, 7, *range(8, 37)])
    gap = jointly([some[[0]], some[[1]]], is_share=True, groups=groups).gap(0, 1)
    assert gap.difference == pytest.approx(some[0].mean() - some[1].mean())


def test_few_right_and_wrong_answers_have_the_error_of_no_difference() -> None:
    values = np.ones((2, 10))
    values[1, :6] = 0
    assert jointly([values[[0]], values[[1]]], is_share=True).errors[0, 1] == pytest.approx(np.sqrt(6) / 10)
    own = values[0] - values[1]
    assert jointly([values[[0]], values[[1]]], is_share=False).errors[0, 1] == pytest.approx(own.std(ddof=1) / 10**0.5)


def test_two_errors_have_the_interval_of_student() -> None:
    values = np.random.default_rng(3).normal(size=(2, 10))
    gap = jointly([values[[0]], values[[1]]], is_share=False).gap(0, 1)
    apart = values[0] - values[1]
    assert (gap.low + gap.high) / 2 == pytest.approx(apart.mean())
    assert (gap.high - gap.low) / 2 == pytest.approx(2.262 * apart.std(ddof=1) / np.sqrt(10), rel=0.06)


def test_more_answers_make_wider_intervals() -> None:
    values = np.random.default_rng(0).normal(size=(8, 200)) + np.linspace(0, 0.3, 8)[:, None]
    alone = jointly([values[[0]], values[[7]]], is_share=False).gap(1, 0)
    together = jointly([values[[i]] for i in range(8)], is_share=False).gap(7, 0)
    assert together.difference == alone.difference
    assert together.high - together.low > 1.3 * (alone.high - alone.low)
    assert together.p > alone.p


def test_seeds_that_deviate_make_wider_intervals() -> None:
    random = np.random.default_rng(0)
    steady = [random.normal(size=(1, 500)) + shift for shift in (0.0, 0.3)]
    joint = jointly(steady, is_share=False)
    assert joint.deviation is None and joint.gap(1, 0).sure
    shifts = np.array([-0.5, 0, 0.5])[:, None]
    joint = jointly([np.repeat(each, 3, axis=0) + shifts for each in steady], is_share=False)
    assert joint.deviation == pytest.approx(0.5)
    wide = joint.gap(1, 0)
    assert not wide.sure
    assert wide.difference == pytest.approx(jointly(steady, is_share=False).gap(1, 0).difference)
    assert wide.high - wide.low > 2 * 2.776 * 0.5 * np.sqrt(2 / 3)  # Student's with 4 degrees of freedom, at least


def test_equal_answers_and_a_single_example() -> None:
    values = np.random.default_rng(0).normal(size=(1, 50))
    same = jointly([values, values], is_share=False).gap(0, 1)
    assert same == (0, 0, 0, 1)
    one = jointly([np.array([[0.0]]), np.array([[1.0]])], is_share=True).gap(0, 1)
    assert one.difference == -1 and not one.sure and one.p == 1
    assert not jointly([np.array([[0.5]]), np.array([[3.0]])], is_share=False).gap(0, 1).sure


@pytest.mark.parametrize("m", [3, 5, 12, 40])
def test_interval_p_and_verdict_agree(m: int) -> None:
    for right in range(m + 1):
        for wrong in range(min(right, m - right) + 1):
            values = np.zeros((2, m))
            values[0, :right], values[1, right : right + wrong] = 1, 1
            gap = jointly([values[[0]], values[[1]]], is_share=True).gap(0, 1)
            assert gap.sure == (gap.p < 0.05) == (gap.low > 0)
    assert jointly([np.ones((1, m)), np.zeros((1, m))], is_share=True).gap(0, 1).sure == (m > 5)


def test_a_gap_without_a_spread_is_judged_by_the_normal_distribution() -> None:
    gap = jointly([np.ones((1, 10)), np.zeros((1, 10))], is_share=True).gap(0, 1)
    assert gap.p == pytest.approx(0.001565, rel=1e-3)  # of t = sqrt(10)


def test_of_the_first_alone_there_are_fewer_pairs() -> None:
    values = np.random.default_rng(0).normal(size=(8, 1, 200))
    all_pairs, of_first = (jointly(list(values), is_share=False, of_first=first) for first in (False, True))
    for j in range(1, 8):
        some, few = all_pairs.gap(0, j), of_first.gap(0, j)
        assert some.difference == few.difference
        assert few.high - few.low < 0.95 * (some.high - some.low)
        assert few.p <= some.p


def test_an_answer_whose_seeds_deviate_more_has_its_own_deviation() -> None:
    random = np.random.default_rng(0)
    shared = random.normal(size=(1, 500))
    steady, wild = (shared + deviation * np.array([[-1.0], [0], [1]]) for deviation in (0.01, 0.5))
    joint = jointly([steady, shared, wild], is_share=False)
    pooled = (0.01**2 + 0.5**2) / 2
    assert joint.deviation == pytest.approx(np.sqrt(pooled))
    assert joint.errors[0, 1] == pytest.approx(np.sqrt(pooled / 3 + pooled))
    assert joint.errors[0, 2] == pytest.approx(np.sqrt(pooled / 3 + 0.5**2 / 3))


def answers_of_equal_runs(random: np.random.Generator) -> list[Array]:
    """Ten runs, equally good at each of 150 examples, some of which are easier than others."""
    easy = 0.5 + 0.5 * random.random(150)
    return [(random.random((1, 150)) < easy).astype(float) for _ in range(10)]


def errors_of_equal_runs(random: np.random.Generator) -> list[Array]:
    """Five runs, equally good at each of 20 examples."""
    hard = 2 * random.normal(size=20)
    return [np.abs(2 * random.normal(size=(1, 20)) + hard) for _ in range(5)]


def seeds_of_equal_configurations(random: np.random.Generator) -> list[Array]:
    """Five configurations with three seeds each, which are luckier or unluckier, as often in each configuration."""
    easy = 0.4 + 0.4 * random.random(150)
    return [(random.random((3, 150)) < easy + 0.06 * random.normal(size=(3, 1))).astype(float) for _ in range(5)]


@pytest.mark.parametrize("draw", [answers_of_equal_runs, errors_of_equal_runs, seeds_of_equal_configurations])
def test_equal_answers_are_seldom_told_apart(draw: Callable[[np.random.Generator], list[Array]]) -> None:
    random = np.random.default_rng(0)
    wrong, trials = 0, 120
    for _ in range(trials):
        scores = draw(random)
        joint = jointly(scores, is_share=draw is not errors_of_equal_runs)
        wrong += any(joint.gap(i, j).sure for i, j in combinations(range(len(scores)), 2))
    assert wrong <= 0.05 * trials + 2 * np.sqrt(0.05 * 0.95 * trials)


def test_a_better_run_is_found_among_ten() -> None:
    random = np.random.default_rng(0)
    scores = answers_of_equal_runs(random)
    scores[0] = (random.random((1, 150)) < 0.98).astype(float)
    joint = jointly(scores, is_share=True)
    assert all(joint.gap(0, j).low > 0 for j in range(1, 10))
