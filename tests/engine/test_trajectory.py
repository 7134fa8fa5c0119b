"""A training follows the textbook's: here it is in plain float64 NumPy, in full, as a course would write it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from small_tasks import KINDS, Kind, difference, random_task, train

from catnet.engine.direct import Direct
from catnet.engine.optimizers import Optimizer
from catnet.engine.schedules import Schedule
from catnet.engine.types import Array

SAME = 1e-9  # relative


def relu(Z):
    return np.maximum(0, Z)


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z))


def softmax(Z):
    return np.exp(Z) / np.sum(np.exp(Z), axis=0)


HIDDEN: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "relu": (relu, lambda Z: np.where(Z > 0, 1.0, 0.0)),
    "leaky_relu": (lambda Z: np.where(Z > 0, Z, 0.01 * Z), lambda Z: np.where(Z > 0, 1.0, 0.01)),
    "tanh": (np.tanh, lambda Z: 1 - np.tanh(Z) ** 2),
    "sigmoid": (sigmoid, lambda Z: sigmoid(Z) * (1 - sigmoid(Z))),
}


def forward_propagation(X, parameters, activation):
    """The caches Z[1], ..., Z[L] and A[0], ..., A[L-1]."""
    L = len(parameters) // 2
    Z, A = {}, {0: X}
    for layer in range(1, L + 1):
        Z[layer] = np.dot(parameters[f"W{layer}"], A[layer - 1]) + parameters[f"b{layer}"]
        if layer < L:
            A[layer] = HIDDEN[activation][0](Z[layer])
    return Z, A


def cost_and_dZ(goal, ZL, Y):
    """J from the predictions' logarithms, and dJ/dZ[L], over m examples."""
    m = Y.shape[1]
    if goal == "regression":
        return np.sum((ZL - Y) ** 2) / m, 2 * (ZL - Y) / m
    if goal == "3.0":
        AL = softmax(ZL)
        return -np.sum(Y * np.log(AL)) / m, (AL - Y) / m
    AL = sigmoid(ZL)
    return -np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m, (AL - Y) / m


def backward_propagation(dZ, parameters, Z, A, activation):
    gradients = {}
    for layer in range(len(parameters) // 2, 0, -1):
        gradients[f"W{layer}"] = np.dot(dZ, A[layer - 1].T)
        gradients[f"b{layer}"] = np.sum(dZ, axis=1, keepdims=True)
        if layer > 1:
            dA = np.dot(parameters[f"W{layer}"].T, dZ)
            dZ = dA * HIDDEN[activation][1](Z[layer - 1])
    return gradients


def update(parameters, gradients, memory, optimizer, learning_rate):
    for name in parameters:
        g = gradients[name]
        if name.startswith("W"):
            g = g + optimizer.weight_decay * parameters[name]
        if optimizer.name == "gradient_descent":
            step = g
        elif optimizer.name == "adam":
            t, mean, square = memory.get(name, (0, 0, 0))
            t, mean, square = t + 1, 0.9 * mean + 0.1 * g, 0.999 * square + 0.001 * g**2
            memory[name] = t, mean, square
            step = (mean / (1 - 0.9**t)) / (np.sqrt(square / (1 - 0.999**t)) + 1e-8)
        else:
            v = memory[name] = optimizer.momentum * memory.get(name, 0) + g
            step = g + optimizer.momentum * v if optimizer.name == "nesterov" else v
        parameters[name] = parameters[name] - learning_rate * step


def textbook(goal, task, activation, learning_rates=None):
    """The costs of the epochs and the parameters at the end."""
    X = (task.inputs.rows.T.astype(np.float64) - 100) / 127.5
    Y, m = task.labels, task.labels.shape[1]
    parameters, costs = dict(task.initial), []
    memory: dict[str, Array] = {}
    for epoch in range(1, task.epochs + 1):
        batches = [np.arange(m)]
        if task.batch_size is not None:
            order = np.random.default_rng([task.seed, 1, epoch]).permutation(m)
            batches = [order[start : start + task.batch_size] for start in range(0, m, task.batch_size)]
        J = 0.0
        for batch in batches:
            Z, A = forward_propagation(X[:, batch], parameters, activation)
            cost, dZ = cost_and_dZ(goal, Z[len(Z)], Y[:, batch])
            gradients = backward_propagation(dZ, parameters, Z, A, activation)
            learning_rate = task.schedule.learning_rate if learning_rates is None else learning_rates[epoch - 1]
            update(parameters, gradients, memory, task.optimizer, learning_rate)
            J += cost * len(batch) / m
        costs.append(J)
    return costs, parameters


def assert_same(found, expected, tolerance=SAME):
    assert found[0] == pytest.approx(expected[0], rel=tolerance)
    assert difference(found[1], expected[1]) < tolerance


@pytest.mark.parametrize(
    ("goal", "output", "loss", "hidden_layers", "activation", "learning_rate"),
    [
        ("1.0", "sigmoid", "cross_entropy", (20, 7, 5), "relu", 0.02),
        ("1.0", "sigmoid", "cross_entropy", (3, 2), "leaky_relu", 0.02),
        ("1.0", "sigmoid", "cross_entropy", (), "relu", 0.0005),
        ("2.0", "sigmoid", "cross_entropy", (10, 4), "sigmoid", 0.02),
        ("3.0", "softmax", "cross_entropy", (16, 8), "tanh", 0.02),
        ("regression", "linear", "squared", (10,), "tanh", 0.001),
    ],
)
def test_a_network_on_pictures_follows_the_textbook(goal, output, loss, hidden_layers, activation, learning_rate):
    task = random_task(
        goal, output, loss, hidden_layers, activation, n=12288, m=30, epochs=100, learning_rate=learning_rate
    )
    assert task.inputs.block_size < 100  # 8 MB of float64
    task.inputs.block_size = 7
    costs, parameters = train(task)
    assert costs[-1] < 0.9 * costs[0]
    assert_same((costs, parameters), textbook(goal, task, activation))


@pytest.mark.parametrize("batch_size", [None, 5, 1])
@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "nesterov", "adam"])
def test_every_optimizer_and_batch_follows_the_textbook(name, weight_decay, batch_size):
    optimizer = Optimizer(name, momentum=0.8, weight_decay=weight_decay)
    kind = ("3.0", "softmax", "cross_entropy")
    task = random_task(
        *kind, (5, 4), epochs=100, learning_rate=0.01, optimizer=optimizer, batch_size=batch_size, seed=3
    )
    assert_same(train(task), textbook("3.0", task, "tanh"))


def test_a_schedule_changes_the_learning_rate_of_each_epoch():
    schedule = Schedule(0.4, 9, "step", every=3, factor=0.5, warm_up=2)
    task = random_task("1.0", "sigmoid", "cross_entropy", (4,), schedule=schedule)
    rates = [0.2, 0.4, 0.4, 0.4, 0.4, 0.2, 0.2, 0.2, 0.1]
    assert_same(train(task), textbook("1.0", task, "tanh", rates))


def test_float32_stays_near_float64():
    task = random_task("1.0", "sigmoid", "cross_entropy", (20, 7, 5), n=3000, m=30, epochs=100, learning_rate=0.02)
    rounded = random_task(
        "1.0", "sigmoid", "cross_entropy", (20, 7, 5), n=3000, m=30, epochs=100, learning_rate=0.02, dtype=np.float32
    )
    found = train(rounded)
    assert all(P.dtype == np.float32 for P in found[1].values())
    assert_same(found, train(task), 1e-4)


# one trajectory, however it is cut


@pytest.mark.parametrize("block_size", [1, 7, 12])
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_blocks_do_not_change_the_training(kind: Kind, block_size):
    settings = {"weighted": True, "dropout": (0.2, 0.4), "epochs": 20, "learning_rate": 0.02}
    whole = random_task(*kind, (6, 5), **settings)
    assert whole.inputs.block_size > whole.inputs.m
    assert_same(train(random_task(*kind, (6, 5), **settings, block_size=block_size)), train(whole))


def test_blocks_within_a_batch_do_not_change_the_training():
    settings = {"batch_size": 6, "dropout": (0.3,), "epochs": 20}
    whole = random_task("1.0", "sigmoid", "cross_entropy", (6,), **settings)
    assert_same(train(random_task("1.0", "sigmoid", "cross_entropy", (6,), **settings, block_size=4)), train(whole))


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    def trained(seed):
        task = random_task("1.0", "sigmoid", "cross_entropy", (6,), dropout=(0.3,), batch_size=5)
        return train(replace(task, seed=seed))

    (costs, parameters), (again, same), (_, other) = trained(1), trained(1), trained(2)
    assert costs == again
    assert all(np.array_equal(parameters[name], same[name]) for name in parameters)
    assert difference(other, parameters) > 1e-3


def test_a_training_may_be_continued():
    """Epochs 1 to 4, then 5 to 10 from parameters and optimizer state, are epochs 1 to 10."""
    task = random_task(
        "1.0", "sigmoid", "cross_entropy", (6,), dropout=(0.3,), batch_size=5, optimizer=Optimizer("adam")
    )
    costs, parameters = train(task)
    first = Direct(task)
    begun = first.run(1, 4).tolist()
    second = Direct(replace(task, initial=first.parameters()), first.state)
    assert begun + second.run(5, 10).tolist() == costs
    assert all(np.array_equal(second.parameters()[name], P) for name, P in parameters.items())


def test_the_start_is_not_changed():
    task = random_task("1.0", "sigmoid", "cross_entropy", (6,))
    before = {name: P.copy() for name, P in task.initial.items()}
    train(task)
    assert all(np.array_equal(task.initial[name], P) for name, P in before.items())


def test_the_solver_keeps_the_logits_that_the_epoch_saw():
    task = random_task("2.0", "sigmoid", "cross_entropy", (6,), block_size=5)
    solver = Direct(task)
    before = solver.outputs(task.inputs)
    solver.run(1, 1)
    np.testing.assert_allclose(solver.logits, before, rtol=1e-12)
    assert np.abs(solver.outputs(task.inputs) - before).max() > 1e-3


def test_a_copy_of_the_parameters_is_not_the_solvers_own():
    solver = Direct(random_task("1.0", "sigmoid", "cross_entropy"))
    parameters, snapshot = solver.parameters(), solver.snapshot()
    parameters["W1"][:] = 7
    assert not np.any(solver.parameters()["W1"] == 7)
    assert np.array_equal(solver.parameters(snapshot)["W1"], solver.parameters()["W1"])


def test_a_training_that_diverges_says_so_without_a_warning():
    task = random_task("regression", "linear", "squared", (4,), "relu", learning_rate=1e9, dtype=np.float32)
    solver = Direct(task)
    costs = solver.run(1, 10)
    assert np.isfinite(costs[0])
    assert np.isnan(costs[-1])
