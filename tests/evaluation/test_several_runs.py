"""What corrects the comparison of several runs for their number, against hand-computed values and by simulation."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from catnet.evaluation import bootstrap
from catnet.evaluation.bootstrap import gaps, holm, joint_intervals, mcnemar, resampled_means


def test_holm_by_hand() -> None:
    assert_allclose(holm(np.array([0.01, 0.04, 0.03])), [0.03, 0.06, 0.06])  # 3 x 0.01, then 2 x 0.03, never smaller
    assert_allclose(holm(np.array([0.9, 0.001])), [0.9, 0.002])
    assert_allclose(holm(np.array([0.6, 0.6])), [1, 1])
    assert holm(np.zeros(0)).shape == (0,)


def test_resamples_of_shares() -> None:
    values = np.zeros((3, 200))
    values[:2, :60] = 1
    values[2, 20:100] = 1
    means = resampled_means(values)
    assert means.shape == (bootstrap.RESAMPLES, 3)
    assert (means[:, 0] == means[:, 1]).all()
    assert_allclose(means.mean(axis=0), [0.3, 0.3, 0.4], atol=0.004)
    assert_allclose(means[:, 0].std(), np.sqrt(0.3 * 0.7 / 200), rtol=0.06)
    difference = (values[2] - values[0]).std() / np.sqrt(200)  # pairs stay together
    assert_allclose((means[:, 2] - means[:, 0]).std(), difference, rtol=0.06)
    assert (resampled_means(values) == means).all()


def test_resamples_of_many_different_values(monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).gamma(2, size=(2, 300))
    drawn = resampled_means(values)
    monkeypatch.setattr(bootstrap, "MANY", 100)
    normal = resampled_means(values)
    assert normal.shape == drawn.shape
    assert_allclose(normal.mean(axis=0), drawn.mean(axis=0), rtol=0.01)
    assert_allclose(np.cov(normal.T), np.cov(drawn.T), rtol=0.1, atol=0.0005)


def test_two_runs_have_the_interval_of_student() -> None:
    values = np.random.default_rng(3).normal(size=(2, 10))
    ((low, high),), _ = joint_intervals(values, [(0, 1)])
    apart = values[0] - values[1]
    reach = 2.262 * apart.std(ddof=1) / np.sqrt(10)  # the quantile of t with 9 degrees of freedom
    assert (low + high) / 2 == pytest.approx(apart.mean())
    assert (high - low) / 2 == pytest.approx(reach, rel=0.06)


def test_more_pairs_make_wider_intervals_and_larger_p() -> None:
    values = np.random.default_rng(0).normal(size=(8, 200)) + np.linspace(0, 0.3, 8)[:, None]
    alone, p_alone = joint_intervals(values, [(7, 0)])
    together, p = joint_intervals(values, [(7, 0), *combinations(range(8), 2)])
    assert np.ptp(together[0]) > 1.3 * np.ptp(alone[0])
    assert p[0] > p_alone[0]


def test_gaps_of_right_and_wrong_answers() -> None:
    values = np.zeros((3, 40))
    values[0, :20], values[1, 10:20], values[2, :20] = 1, 1, 1
    worse, same = gaps(values, [(1, 0), (2, 0)])
    assert worse.difference == -0.25
    assert worse.low < -0.25 < worse.high < 0
    assert worse.p == pytest.approx(2 / 2**10) == pytest.approx(mcnemar(values[1], values[0]))
    assert worse.p_corrected == pytest.approx(4 / 2**10)
    assert same == (0, 0, 0, 1, 1)


def test_gaps_of_errors() -> None:
    values = np.abs(np.random.default_rng(0).normal(size=(3, 100)))
    values[1] += 1
    worse, better = gaps(values, [(1, 0), (0, 1)])
    assert worse.p is None
    assert worse.p_corrected < 0.001
    assert (better.low, better.high) == (-worse.high, -worse.low)
    assert gaps(values, [(1, 0)], parts=3)[0].low < worse.low


def test_one_example_tells_nothing() -> None:
    (gap,) = gaps(np.array([[0.5], [3.0]]), [(0, 1)])
    assert gap == (-2.5, -2.5, -2.5, None, 1)


def answers_of_equal_runs(random: np.random.Generator) -> np.ndarray:
    """Ten runs, equally good at each of 150 examples, some of which are easier than others."""
    return (random.random((10, 150)) < 0.5 + 0.5 * random.random(150)).astype(float)


def errors_of_equal_runs(random: np.random.Generator) -> np.ndarray:
    """Five runs, equally good at each of 20 examples."""
    return np.abs(2 * random.normal(size=(5, 20)) + 2 * random.normal(size=20))


@pytest.mark.parametrize("draw", [answers_of_equal_runs, errors_of_equal_runs])
def test_the_best_of_equal_runs_is_seldom_better_by_more_than_chance(
    draw: Callable[[np.random.Generator], np.ndarray],
) -> None:
    random = np.random.default_rng(0)
    wrong, trials = 0, 120
    for _ in range(trials):
        values = draw(random)
        values = values[np.argsort(-values.mean(axis=1))]
        with_the_best = gaps(values, list(combinations(range(len(values)), 2)))[: len(values) - 1]
        wrong += min(gap.p_corrected for gap in with_the_best) < 0.05
    assert wrong <= 0.05 * trials + 2 * np.sqrt(0.05 * 0.95 * trials)


def test_a_better_run_is_found_among_ten() -> None:
    random = np.random.default_rng(0)
    values = answers_of_equal_runs(random)
    values[0] = random.random(150) < 0.98
    assert max(gap.p_corrected for gap in gaps(values, list(combinations(range(10), 2)))[:9]) < 0.05
