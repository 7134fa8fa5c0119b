import numpy as np
import pytest

from catnet.evaluation.kinds import kinds_of


@pytest.mark.parametrize(("k", "m"), [(1, 1), (1, 50), (3, 40), (2, 7)])
def test_they_are_those_of_numpy(k, m):
    values = np.random.default_rng(0).integers(0, 3, (k, m)).astype(float)
    unique, first, kinds = np.unique(values, axis=1, return_index=True, return_inverse=True)
    found, of_each = kinds_of(values)
    assert np.array_equal(found, first)
    assert np.array_equal(of_each, kinds.reshape(-1))
    assert np.array_equal(values[:, found], unique)
