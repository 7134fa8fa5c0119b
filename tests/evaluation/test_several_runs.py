"""The resamples of several answers to the same examples, against what they are known to have."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from catnet.evaluation import bootstrap
from catnet.evaluation.bootstrap import resampled_means


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
