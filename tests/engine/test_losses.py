"""Losses, and the activations in them, are exact even if a probability is exactly 0 or 1."""

import math

import numpy as np
import pytest

from catnet.engine.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS, sigmoid, softmax
from catnet.engine.losses import loss_of_logits
from catnet.engine.network import Network, cost, loss_derivative

pytestmark = pytest.mark.parametrize("dtype", [np.float32, np.float64])

HUGE = 1000.0


@pytest.fixture(autouse=True)
def no_warning_of_arithmetic():
    """Overflow, 0/0 and the like are errors; that e^-1000 is 0 is not."""
    with np.errstate(all="raise", under="ignore"):
        yield


def arrays(dtype, *rows):
    return [np.array(row, dtype) for row in rows]


def exactly(found, expected, dtype):
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, np.array(expected, dtype))


def test_binary_cross_entropy_of_huge_logits(dtype):
    value, derivative = loss_of_logits("cross_entropy", "sigmoid")
    Z, Y = arrays(dtype, [[HUGE, HUGE, -HUGE, -HUGE]], [[1, 0, 1, 0]])
    exactly(value(Z, Y), [[0, HUGE, HUGE, 0]], dtype)
    with np.errstate(over="ignore"):  # as the solvers say once for all epochs
        exactly(derivative(Z, Y), [[0, 1, -1, 0]], dtype)


def test_binary_cross_entropy_of_zero_is_log_2(dtype):
    value, derivative = loss_of_logits("cross_entropy", "sigmoid")
    Z, Y = arrays(dtype, [[0, 0]], [[0, 1]])
    exactly(value(Z, Y), [[math.log(2), math.log(2)]], dtype)
    exactly(derivative(Z, Y), [[0.5, -0.5]], dtype)


def test_binary_cross_entropy_keeps_a_tiny_loss(dtype):
    """1 - sigmoid(30) is 0 in float32, the loss of 30 is not."""
    value, _ = loss_of_logits("cross_entropy", "sigmoid")
    Z, Y = arrays(dtype, [[30, -30]], [[1, 0]])
    np.testing.assert_allclose(value(Z, Y), math.log1p(math.exp(-30)), rtol=1e-6)


def test_cross_entropy_of_huge_logits(dtype):
    value, derivative = loss_of_logits("cross_entropy", "softmax")
    Z, Y = np.array([[HUGE] * 3, [0] * 3, [-HUGE] * 3], dtype), np.eye(3, dtype=dtype)
    exactly(value(Z, Y), [[0, HUGE, 2 * HUGE]], dtype)
    exactly(derivative(Z, Y), [[0, 1, 1], [0, -1, 0], [0, 0, -1]], dtype)


def test_cross_entropy_of_equal_logits_is_log_k(dtype):
    value, derivative = loss_of_logits("cross_entropy", "softmax")
    Z, Y = np.full((4, 4), HUGE, dtype), np.eye(4, dtype=dtype)
    exactly(value(Z, Y), [[math.log(4)] * 4], dtype)
    exactly(derivative(Z, Y), 0.25 - np.eye(4), dtype)


def test_cross_entropy_of_two_classes_is_the_binary_one(dtype):
    z = np.linspace(-8, 8, 33, dtype=dtype)[np.newaxis]
    y = (np.arange(33) % 2).astype(dtype)[np.newaxis]
    of_two = loss_of_logits("cross_entropy", "softmax").value(np.vstack([z, 0 * z]), np.vstack([y, 1 - y]))
    of_one = loss_of_logits("cross_entropy", "sigmoid").value(z, y)
    np.testing.assert_allclose(of_two, of_one, rtol=1e-5, atol=10 * np.finfo(dtype).eps)


@pytest.mark.parametrize(
    ("name", "output", "values", "slopes"),
    [
        # y^ = -1000, 0.5, 3, 1000; y = 0, 0, 1, 0
        ("squared", "linear", [1e6, 0.25, 4, 1e6], [-2000, 1, 4, 2000]),
        ("absolute", "linear", [1000, 0.5, 2, 1000], [-1, 1, 1, 1]),
        ("huber", "linear", [999.5, 0.125, 1.5, 999.5], [-1, 0.5, 1, 1]),
        # ReLU: y^ = 0 if z = -1000, and no gradient there
        ("squared", "relu", [0, 0.25, 4, 1e6], [0, 1, 4, 2000]),
        ("absolute", "relu", [0, 0.5, 2, 1000], [0, 1, 1, 1]),
        ("huber", "relu", [0, 0.125, 1.5, 999.5], [0, 0.5, 1, 1]),
    ],
)
def test_regression_by_hand(name, output, values, slopes, dtype):
    value, derivative = loss_of_logits(name, output)
    Z, Y = arrays(dtype, [[-HUGE, 0.5, 3, HUGE]], [[0, 0, 1, 0]])
    exactly(value(Z, Y), [values], dtype)
    exactly(derivative(Z, Y), [slopes], dtype)


def test_huber_with_another_delta(dtype):
    value, derivative = loss_of_logits("huber", "linear", huber_delta=2.0)
    Z, Y = arrays(dtype, [[1, 2, 5, -5]], [[0, 0, 0, 0]])
    exactly(value(Z, Y), [[0.5, 2, 8, 8]], dtype)
    exactly(derivative(Z, Y), [[1, 2, 2, -2]], dtype)


def test_sigmoid_and_softmax_of_huge_logits(dtype):
    exactly(sigmoid(np.array([[-HUGE, 0, HUGE]], dtype)), [[0, 0.5, 1]], dtype)
    exactly(softmax(np.array([[HUGE, -HUGE], [-HUGE, -HUGE]], dtype)), [[1, 0.5], [0, 0.5]], dtype)


def test_sigmoid_keeps_the_digits_of_a_small_probability(dtype):
    np.testing.assert_allclose(sigmoid(np.array([[-20.0]], dtype)), 1 / (1 + math.exp(20)), rtol=1e-6)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_of_huge_numbers(name, dtype):
    """Finite, of the same precision, and flat or straight so far out."""
    function, derivative = ACTIVATIONS[name]
    Z = np.array([[-HUGE, 0, HUGE]], dtype)
    A = function(Z)
    slope = derivative(Z, A)
    assert A.dtype == slope.dtype == dtype
    limits: dict[str, tuple[list[float], list[float]]] = {
        "relu": ([0, 0, 1000], [0, 0, 1]),
        "leaky_relu": ([-10, 0, 1000], [0.01, 0.01, 1]),
        "tanh": ([-1, 0, 1], [0, 1, 0]),
        "sigmoid": ([0, 0.5, 1], [0, 0.25, 0]),
        "linear": ([-1000, 0, 1000], [1, 1, 1]),
    }
    expected, slopes = limits[name]
    np.testing.assert_allclose(A, [expected], rtol=1e-6)
    np.testing.assert_allclose(slope, [slopes], rtol=1e-6)


@pytest.mark.parametrize(("output", "k"), [("sigmoid", 1), ("sigmoid", 3), ("softmax", 3)])
def test_the_cost_of_certain_and_wrong_predictions_is_finite_and_right(output, k, dtype):
    """Each label predicted with probability 1 if it is 0, and 0 if it is 1."""
    network = Network((2, k), (output,), "cross_entropy")
    Y = np.zeros((k, 4), dtype)
    Y[0] = 1
    Z = np.where(Y == 1, -HUGE, HUGE).astype(dtype)
    probabilities = OUTPUT_ACTIVATIONS[output](Z)
    assert probabilities[0].tolist() == [0.0] * 4
    if output == "sigmoid":  # each of the k labels costs 1000
        assert cost(network, Z, Y) == 1000 * k
    else:  # log(e^1000 + e^1000) + 1000
        assert cost(network, Z, Y) == pytest.approx(2000 + math.log(2), rel=float(np.finfo(dtype).eps))
    with np.errstate(over="ignore"):
        exactly(loss_derivative(network, Z, Y), probabilities - Y, dtype)


def test_class_weights_multiply_each_loss_and_its_derivative(dtype):
    network = Network((2, 2), ("sigmoid",), "cross_entropy")
    Z, Y, w = arrays(dtype, [[HUGE, 0], [0, -HUGE]], [[0, 1], [0, 1]], [[2, 1], [4, 3]])
    total = 2 * 1000 + math.log(2) + 4 * math.log(2) + 3 * 1000
    assert cost(network, Z, Y, w) == pytest.approx(total / 2, rel=1e-6)  # divided by m, not by the sum of w
    with np.errstate(over="ignore"):
        exactly(loss_derivative(network, Z, Y, w), [[2, -0.5], [2, -3]], dtype)
