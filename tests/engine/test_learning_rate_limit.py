"""The known limit of the learning rate: against eigenvalues by numpy, and against what gradient descent does."""

from dataclasses import replace

import numpy as np
import pytest
from small_tasks import EVERYTHING, KINDS, Kind, augmented_task, random_task

from catnet.engine.direct import Direct
from catnet.engine.gram import Gram
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.learning_rate_limit import (
    curvature_of_gram,
    curvature_of_inputs,
    learning_rate_limit,
    mean_square,
    share_of_steepest,
    why_no_limit,
)
from catnet.engine.network import cost, logits
from catnet.engine.optimizers import Optimizer
from catnet.engine.schedules import Schedule
from catnet.engine.task import Task
from catnet.engine.types import Array

SMOOTH = [kind for kind in KINDS if kind[2] != "absolute"]
LINEAR = ("regression", "linear", "squared")
SECOND_DERIVATIVES = {"sigmoid": 0.25, "softmax": 0.5, "squared": 2.0, "huber": 1.0}


def with_ones(inputs: Inputs) -> Array:
    """X~, (n + 1, m)."""
    return np.vstack([inputs.scaling.apply(inputs.rows).T, np.ones(inputs.m)])


def bound_by_numpy(task: Task) -> float:
    """The same from all eigenvalues of the dense matrices."""
    X = with_ones(task.inputs)
    rows = np.ones((1, task.inputs.m)) if task.weights is None else task.weights
    h = SECOND_DERIVATIVES[task.network.activations[-1] if task.network.loss == "cross_entropy" else task.network.loss]
    largest = max(np.linalg.eigvalsh(X * w @ X.T / task.inputs.m)[-1] for w in rows)
    return float(h * largest + task.optimizer.weight_decay)


def hessian(task: Task, theta: Array) -> Array:
    """Of the cost with its penalty, at theta = (W1, b1), by differences of the cost."""
    k, n = task.labels.shape[0], task.inputs.n

    def J(theta: Array) -> float:
        W1, b1 = theta[: k * n].reshape(k, n), theta[k * n :].reshape(k, 1)
        Z = logits(task.network, {"W1": W1, "b1": b1}, task.inputs)
        penalty = task.optimizer.weight_decay / 2 * float((W1**2).sum())
        return cost(task.network, Z, task.labels, task.weights) + penalty

    size, step = theta.size, 1e-3
    e = np.eye(size) * step
    H = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            H[i, j] = J(theta + e[i] + e[j]) - J(theta + e[i] - e[j]) - J(theta - e[i] + e[j]) + J(theta - e[i] - e[j])
    return H / (4 * step**2)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize("kind", SMOOTH)
def test_is_the_largest_eigenvalue(kind: Kind, decay: float, weighted: bool) -> None:
    weighted = weighted and kind[0] != "regression"
    task = random_task(*kind, n=7, m=40, weighted=weighted, optimizer=Optimizer("gradient_descent", weight_decay=decay))
    assert why_no_limit(task) == ""
    expected = bound_by_numpy(task)
    assert curvature_of_inputs(task) == pytest.approx(expected, rel=1e-4)
    assert curvature_of_gram(Gram(task)) == pytest.approx(expected, rel=1e-4)
    assert learning_rate_limit(task.optimizer, expected) == 2 / expected


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("kind", SMOOTH)
def test_no_hessian_is_larger(kind: Kind, weighted: bool) -> None:
    weighted = weighted and kind[0] != "regression"
    task = random_task(*kind, n=3, m=15, weighted=weighted, optimizer=Optimizer("gradient_descent", weight_decay=0.1))
    random, bound = np.random.default_rng(0), curvature_of_inputs(task)
    k, n = task.labels.shape[0], task.inputs.n
    largest = [np.linalg.eigvalsh(hessian(task, s * random.normal(size=k * (n + 1))))[-1] for s in (0, 0.1, 1)]
    assert max(largest) <= bound * (1 + 1e-4)
    if kind == LINEAR:  # the bias has no weight decay: the bound is at most that much above
        assert bound - 0.1 <= max(largest)
    elif kind[0] == "1.0" and not weighted:  # at 0 each y^ is 1/2, where a sigmoid's slope is the largest
        assert largest[0] >= 0.9 * (bound - 0.1)


@pytest.mark.parametrize(
    "scaling",
    [Scaling(0.0, 1 / 255), Scaling(np.full(7, 127.0), 1 / 255), Scaling(np.arange(7) * 30.0, np.arange(1, 8) / 99)],
    ids=["one scale", "a mean per feature", "a scale per feature"],
)
def test_knows_every_scaling(scaling: Scaling) -> None:
    task = random_task("1.0", "sigmoid", "cross_entropy", n=7, m=40)
    scaled = replace(task, inputs=Inputs(task.inputs.rows, scaling, np.float64))
    expected = bound_by_numpy(scaled)
    assert curvature_of_inputs(scaled) == pytest.approx(expected, rel=1e-4)
    assert curvature_of_inputs(task, scaled.inputs) == pytest.approx(expected, rel=1e-4)
    assert curvature_of_gram(Gram(scaled)) == pytest.approx(expected, rel=1e-4)
    X = with_ones(scaled.inputs)
    assert mean_square(scaled.inputs) == pytest.approx((X**2).sum() / 40)
    share = np.linalg.eigvalsh(X @ X.T)[-1] / (X**2).sum()
    assert share_of_steepest(task, scaled.inputs, expected) == pytest.approx(share)


def test_many_examples_are_blocks_in_threads() -> None:
    task = random_task("1.0", "sigmoid", "cross_entropy", n=50, m=3000, block_size=100, dtype=np.float32)
    assert curvature_of_inputs(task) == pytest.approx(bound_by_numpy(task), rel=1e-3)


def test_a_class_weight_counts_for_its_own_label() -> None:
    task = random_task("2.0", "sigmoid", "cross_entropy", n=7, m=40)
    weights = np.ones((3, 40))
    weights[1, :5] = 20
    weighted = replace(task, weights=weights)
    assert curvature_of_inputs(weighted) == pytest.approx(bound_by_numpy(weighted), rel=1e-4)
    assert curvature_of_inputs(weighted) > 1.5 * curvature_of_inputs(task)
    assert share_of_steepest(weighted, weighted.inputs, 1.0) is None


def test_numbers_too_large_for_a_product_leave_no_rate() -> None:
    task = random_task(*LINEAR, dtype=np.float32)
    huge = replace(task, inputs=Inputs(np.full((13, 6), 1e30), Scaling(0.0, 1.0), np.float32))
    assert curvature_of_inputs(huge) == np.inf
    assert learning_rate_limit(huge.optimizer, np.inf) == 0


def penalized(task: Task, epochs: int) -> Array:
    """The cost with its penalty before each epoch."""
    solver, found = Direct(task), []
    for epoch in range(1, epochs + 1):
        W1 = solver.parameters()["W1"]
        found.append(solver.run(epoch, epoch)[0] + task.optimizer.weight_decay / 2 * float((W1**2).sum()))
    return np.array(found)


@pytest.mark.parametrize("decay", [0.0, 0.3])
@pytest.mark.parametrize("kind", SMOOTH)
def test_descends_in_every_epoch_below_it(kind: Kind, decay: float) -> None:
    task = random_task(*kind, m=40, optimizer=Optimizer("gradient_descent", weight_decay=decay))
    limit = learning_rate_limit(task.optimizer, curvature_of_inputs(task))
    costs = penalized(replace(task, schedule=Schedule(0.99 * limit, 200)), 200)
    assert (np.diff(costs) <= 1e-13 * costs[0]).all()
    assert costs[-1] < costs[0]


@pytest.mark.parametrize("name", ["gradient_descent", "momentum", "nesterov"])
def test_a_quadratic_cost_grows_above_it_and_settles_below(name: str) -> None:
    task = random_task(*LINEAR, m=40, optimizer=Optimizer(name, momentum=0.6))
    limit = learning_rate_limit(task.optimizer, curvature_of_inputs(task))
    settled = Direct(replace(task, schedule=Schedule(0.98 * limit, 1000))).run(1, 1000)
    grown = Direct(replace(task, schedule=Schedule(1.05 * limit, 1000))).run(1, 1000)
    assert settled[-1] < settled[0]
    assert settled[-1] == pytest.approx(settled[-2], rel=1e-6)
    assert grown[-1] > 1e6 * grown[0]
    assert grown[-1] > grown[-2]


def test_is_not_known_for_others() -> None:
    kind: Kind = ("1.0", "sigmoid", "cross_entropy")
    assert why_no_limit(random_task(*kind, hidden_layers=(3,))) == "the network has hidden layers"
    assert why_no_limit(random_task(*kind, batch_size=5)) == "the training is by mini-batches"
    assert why_no_limit(random_task(*kind, batch_size=13)) == ""
    assert why_no_limit(random_task(*kind, optimizer=Optimizer("adam"))) == "adam takes steps of its own size"
    assert why_no_limit(random_task("regression", "linear", "absolute")) == "the absolute error has a kink"
    assert why_no_limit(augmented_task(*kind, bounds=EVERYTHING)) == "the examples are changed in each epoch"
