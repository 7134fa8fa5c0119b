"""Scalings are fitted to the training rows, exactly."""

import numpy as np
import pytest

from catnet.data.scaling import fit_scaling

RANDOM = np.random.default_rng(2)
PICTURES = RANDOM.integers(0, 256, (300, 4 * 3), dtype=np.uint8)
TABLE = RANDOM.normal(50, 9, (40, 5))


def test_unit_and_none() -> None:
    unit = fit_scaling("unit", PICTURES, 3)
    assert (unit.shift, unit.scale) == (0, 1 / 255)
    none = fit_scaling("none", TABLE, None)
    assert (none.shift, none.scale) == (0, 1)


def test_center() -> None:
    scaling = fit_scaling("center", PICTURES, 3)
    expected = PICTURES / 255 - (PICTURES / 255).mean(axis=0)
    np.testing.assert_allclose(scaling.apply(PICTURES), expected, atol=1e-12)
    np.testing.assert_allclose(fit_scaling("center", TABLE, None).apply(TABLE), TABLE - TABLE.mean(axis=0))


def test_standard_of_pictures_is_a_channel() -> None:
    scaling = fit_scaling("standard", PICTURES, 3)
    channels = PICTURES.reshape(300, 4, 3).astype(float)
    expected = (channels - channels.mean(axis=(0, 1))) / channels.std(axis=(0, 1))
    np.testing.assert_allclose(scaling.apply(PICTURES), expected.reshape(300, 12), atol=1e-12)
    assert np.shape(scaling.shift) == np.shape(scaling.scale) == (12,)


def test_standard_of_a_table_is_a_column() -> None:
    scaled = fit_scaling("standard", TABLE, None).apply(TABLE)
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(scaled.std(axis=0), 1)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e9 + 0.3])
def test_what_is_constant_becomes_zero(value: float) -> None:
    rows = np.full((7, 2), value)
    np.testing.assert_allclose(fit_scaling("standard", rows, None).apply(rows), 0, atol=1e-6)
    flat = np.full((7, 6), 200, np.uint8)
    np.testing.assert_array_equal(fit_scaling("standard", flat, 3).apply(flat), 0)
