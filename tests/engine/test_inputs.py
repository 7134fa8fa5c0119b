"""A block's products are those with the true X, whether or not its scale is left out of its floats."""

import numpy as np
import pytest

from catnet.engine.inputs import Inputs, Scaling

RANDOM = np.random.default_rng(0)
PICTURES = RANDOM.integers(0, 256, (7, 12), dtype=np.uint8)
TABLE = RANDOM.normal(2000, 3, (7, 12))
SCALINGS = {
    "one scale": Scaling(0.0, 1 / 255),
    "one scale, a shift per feature": Scaling(PICTURES.mean(axis=0), 1 / 255),
    "a scale per feature": Scaling(np.full(12, 100.0), RANDOM.uniform(0.5, 2, 12)),
}


@pytest.mark.parametrize("examples", [slice(2, 6), np.array([5, 0, 5])], ids=["slice", "indices"])
@pytest.mark.parametrize("rows", [PICTURES, TABLE], ids=["pictures", "table"])
@pytest.mark.parametrize("scaling", SCALINGS.values(), ids=SCALINGS)
def test_products_of_a_block(scaling: Scaling, rows: np.ndarray, examples: slice | np.ndarray) -> None:
    X = scaling.apply(rows[examples]).T
    W, dZ = RANDOM.normal(size=(3, 12)), RANDOM.normal(size=(3, X.shape[1]))
    block = Inputs(rows, scaling, np.float64).reader().block(examples)
    np.testing.assert_allclose(block.X(), X, rtol=1e-12)
    np.testing.assert_allclose(block.product(W), W @ X, rtol=1e-9, atol=1e-9)
    out = np.empty((3, 12))
    assert block.product_with_transpose(dZ, out=out) is out
    np.testing.assert_allclose(out, dZ @ X.T, rtol=1e-9, atol=1e-9)
    assert np.array_equal(block.product_with_transpose(dZ), out)


def test_the_true_x_is_not_the_readers_buffer() -> None:
    reader = Inputs(PICTURES, Scaling(0.0, np.ones(12)), np.float32).reader()
    X = reader.block(slice(0, 3)).X()
    reader.block(slice(3, 6))
    assert np.array_equal(X, PICTURES[:3].T)
