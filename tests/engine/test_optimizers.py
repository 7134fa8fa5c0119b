import numpy as np
import pytest

from catnet.engine import parameters as engine_parameters
from catnet.engine.optimizers import OPTIMIZERS, Optimizer
from catnet.engine.parameters import Vector


def start(dtype=np.float64):
    return Vector.of({"W1": np.array([[1.0, -2.0]]), "b1": np.array([[0.5]])}, dtype)


def descend(optimizer, gradients, learning_rate=0.1, parameters=None):
    """The parameters and the state after a step for each of the gradients, the same for every element."""
    parameters = start() if parameters is None else parameters
    moments = optimizer.moments(parameters)
    for g in gradients:
        gradient = parameters.like()
        gradient.vector[:] = g
        optimizer.update(parameters, gradient, moments, learning_rate)
    return parameters, moments.state()


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        # gradients 1, 2; mu = 0.9; v = 1, 2.9
        ("gradient_descent", 0.1 * 1 + 0.1 * 2),
        ("momentum", 0.1 * 1 + 0.1 * 2.9),
        ("nesterov", 0.1 * (1 + 0.9 * 1) + 0.1 * (2 + 0.9 * 2.9)),
        # m = 0.1, 0.29, over 1 - 0.9^t: 1, 0.29/0.19; v = 0.001, 0.004999, over 1 - 0.999^t: 1, 0.004999/0.001999
        ("adam", 0.1 * 1 + 0.1 * (0.29 / 0.19) / (0.004999 / 0.001999) ** 0.5),
        ("adamw", 0.1 * 1 + 0.1 * (0.29 / 0.19) / (0.004999 / 0.001999) ** 0.5),
    ],
)
def test_two_steps_by_hand(name, moved):
    parameters, _ = descend(Optimizer(name), [1.0, 2.0])
    np.testing.assert_allclose(parameters["W1"], [[1 - moved, -2 - moved]], rtol=1e-7)
    np.testing.assert_allclose(parameters["b1"], [[0.5 - moved]], rtol=1e-7)


@pytest.mark.parametrize("name", [name for name, rule in OPTIMIZERS.items() if not rule.decoupled])
def test_weight_decay_adds_lambda_theta_to_the_gradient_and_leaves_the_biases_alone(name):
    decayed, _ = descend(Optimizer(name, weight_decay=0.5), [1.0])
    plain, _ = descend(Optimizer(name), [1.0])
    assert np.array_equal(decayed["b1"], plain["b1"])
    of_first, _ = descend(Optimizer(name), [1.0 + 0.5 * 1.0])
    of_second, _ = descend(Optimizer(name), [1.0 + 0.5 * -2.0])
    assert decayed["W1"].tolist() == [[of_first["W1"][0, 0], of_second["W1"][0, 1]]]


@pytest.mark.parametrize("name", [name for name, rule in OPTIMIZERS.items() if rule.decoupled])
def test_decoupled_weight_decay_shrinks_the_weights_by_the_learning_rate_and_leaves_the_biases_alone(name):
    decayed, state = descend(Optimizer(name, weight_decay=0.5), [1.0], learning_rate=0.1)
    plain, of_plain = descend(Optimizer(name), [1.0], learning_rate=0.1)
    np.testing.assert_allclose(decayed["W1"], plain["W1"] - 0.1 * 0.5 * start()["W1"], rtol=1e-15)
    assert np.array_equal(decayed["b1"], plain["b1"])
    assert all(np.array_equal(value, of_plain[key]) for key, value in state.items())


@pytest.mark.parametrize("name", ["momentum", "nesterov"])
def test_momentum_of_zero_is_gradient_descent(name):
    found, _ = descend(Optimizer(name, momentum=0.0), [1.0, -3.0, 2.0])
    expected, _ = descend(Optimizer("gradient_descent"), [1.0, -3.0, 2.0])
    np.testing.assert_allclose(found["W1"], expected["W1"], rtol=1e-15)


@pytest.mark.parametrize("size", [1e-4, 1.0, 1e4])
def test_adams_first_step_is_the_learning_rate_whatever_the_gradient(size):
    parameters, _ = descend(Optimizer("adam"), [size], learning_rate=0.01)
    np.testing.assert_allclose(start()["W1"] - parameters["W1"], 0.01, rtol=1e-3)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_gradients_of_zero_move_nothing(name):
    with np.errstate(all="raise"):
        parameters, _ = descend(Optimizer(name), [0.0, 0.0])
    assert np.array_equal(parameters["W1"], start()["W1"])


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("gradient_descent", ["step"]),
        ("momentum", ["velocity.W1", "velocity.b1", "step"]),
        ("nesterov", ["velocity.W1", "velocity.b1", "step"]),
        ("adam", ["mean.W1", "mean.b1", "square.W1", "square.b1", "step"]),
        ("adamw", ["mean.W1", "mean.b1", "square.W1", "square.b1", "step"]),
    ],
)
def test_the_state_has_the_shapes_of_the_parameters(name, keys):
    parameters = start(np.float32)
    state = Optimizer(name).moments(parameters).state()
    assert list(state) == keys
    assert all(not value.any() for value in state.values())
    for key in keys[:-1]:
        P = parameters[key.split(".")[1]]
        assert (state[key].shape, state[key].dtype) == (P.shape, P.dtype)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_update_is_in_place_and_keeps_float32(name):
    parameters = start(np.float32)
    W1 = parameters["W1"]
    after, state = descend(Optimizer(name, weight_decay=0.1), [1.0, 2.0], parameters=parameters)
    assert after["W1"] is W1
    assert W1[0, 0] != 1
    assert all(P.dtype == np.float32 for P in after.values())
    assert all(value.dtype == (np.int64 if key == "step" else np.float32) for key, value in state.items())
    assert state["step"] == 2


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", [name for name, rule in OPTIMIZERS.items() if rule.moments])
def test_moments_without_a_gradient_become_zero_and_not_subnormal(name, dtype):
    """A processor takes up to a hundred times as long for numbers below its smallest normal one."""
    theta = Vector.of({"W1": np.ones((2, 3)), "b1": np.ones((2, 1))}, dtype)
    optimizer, gradient = Optimizer(name, momentum=0.9), theta.like()
    moments, subnormal = optimizer.moments(theta), 0
    for step in range(9000):
        gradient.vector[:] = 1e-3 if step == 0 else 0
        optimizer.update(theta, gradient, moments, 0.1)
        first = next(iter(moments.vectors.values())).vector
        subnormal += bool(((first != 0) & (np.abs(first) < np.finfo(dtype).tiny)).any())
    assert subnormal == 0
    assert not first.any()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_linear_says_whether_the_change_is_a_linear_function_of_the_gradients(name):
    def change(gradients):
        return descend(Optimizer(name), gradients)[0]["W1"] - start()["W1"]

    one, other = np.array([1.0, -2.0, 0.5]), np.array([0.3, 3.0, 1.0])
    adds_up = np.allclose(change(one + other), change(one) + change(other), rtol=1e-12)
    assert adds_up == OPTIMIZERS[name].linear


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_vector_longer_than_a_chunk_is_updated_as_a_short_one(name, monkeypatch):
    whole, _ = descend(Optimizer(name, weight_decay=0.3), [1.0, -2.0])
    monkeypatch.setattr(engine_parameters, "CHUNK", 1)
    cut, _ = descend(Optimizer(name, weight_decay=0.3), [1.0, -2.0])
    assert cut.vector.tolist() == whole.vector.tolist()


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_moments_are_restored_from_their_state(name):
    optimizer, parameters = Optimizer(name), start()
    expected, _ = descend(optimizer, [1.0, 2.0, -1.0])
    _, state = descend(optimizer, [1.0, 2.0], parameters=parameters)
    moments = optimizer.moments(parameters)
    moments.restore(state)
    gradient = parameters.like()
    gradient.vector[:] = -1.0
    optimizer.update(parameters, gradient, moments, 0.1)
    assert parameters.vector.tolist() == expected.vector.tolist()
