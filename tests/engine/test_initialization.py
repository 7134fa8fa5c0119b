import numpy as np
import pytest

from catnet.engine.initialization import INITIALIZATIONS, initial_parameters

LAYERS = (1000, 200, 50, 3)


@pytest.mark.parametrize("name", INITIALIZATIONS)
def test_shapes_order_and_biases_of_zero(name):
    parameters = initial_parameters(LAYERS, name, 0, np.float32)
    assert {name: P.shape for name, P in parameters.items()} == {
        "W1": (200, 1000),
        "b1": (200, 1),
        "W2": (50, 200),
        "b2": (50, 1),
        "W3": (3, 50),
        "b3": (3, 1),
    }
    assert list(parameters) == ["W1", "b1", "W2", "b2", "W3", "b3"]
    assert all(P.dtype == np.float32 for P in parameters.values())
    assert not any(parameters[f"b{layer}"].any() for layer in (1, 2, 3))


@pytest.mark.parametrize(
    ("name", "deviations"),
    [("he", ((2 / 1000) ** 0.5, (2 / 200) ** 0.5)), ("xavier", ((2 / 1200) ** 0.5, (2 / 250) ** 0.5))],
)
def test_mean_and_deviation(name, deviations):
    parameters = initial_parameters(LAYERS, name, 0, np.float64)
    for W, deviation in zip((parameters["W1"], parameters["W2"]), deviations, strict=True):
        assert W.mean() == pytest.approx(0, abs=4 * deviation / W.size**0.5)
        assert W.std() == pytest.approx(deviation, rel=4 / (2 * W.size) ** 0.5)
        assert np.mean(np.abs(W) < deviation) == pytest.approx(0.6827, abs=0.02)  # normal, not uniform


def test_zeros():
    assert not any(P.any() for P in initial_parameters(LAYERS, "zeros", 0, np.float64).values())


@pytest.mark.parametrize("name", INITIALIZATIONS)
def test_float32_is_float64_rounded(name):
    rounded, exact = (initial_parameters(LAYERS, name, 5, dtype) for dtype in (np.float32, np.float64))
    assert all(np.array_equal(rounded[key], exact[key].astype(np.float32)) for key in exact)


@pytest.mark.parametrize("name", ["he", "xavier"])
def test_a_seed_gives_the_same_start_and_another_seed_another(name):
    first, again, other = (initial_parameters(LAYERS, name, seed, np.float64) for seed in (1, 1, 2))
    assert all(np.array_equal(first[key], again[key]) for key in first)
    assert not np.array_equal(first["W1"], other["W1"])
    assert not np.array_equal(first["W1"].ravel()[:150], first["W3"].ravel())
