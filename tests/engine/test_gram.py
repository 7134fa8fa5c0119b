"""The Gram solver follows the direct solver: the same costs, weights, outputs and optimizer state, up to rounding."""

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from small_tasks import KINDS, Kind, difference, random_task

from catnet.engine.combination import transposed
from catnet.engine.cost_model import bytes_of_gram
from catnet.engine.direct import Direct
from catnet.engine.gram import Gram
from catnet.engine.gram_matrix import gram, mean_of
from catnet.engine.initialization import initial_parameters
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import Network
from catnet.engine.optimizers import OPTIMIZERS, Optimizer
from catnet.engine.schedules import Schedule
from catnet.engine.solvers import choose
from catnet.engine.task import Task
from catnet.engine.types import Array, Parameters
from catnet.goals import MULTI_CLASS

LINEAR = [name for name, rule in OPTIMIZERS.items() if rule.linear]
RANDOM = np.random.default_rng(0)
ROWS = RANDOM.integers(0, 256, (40, 600), dtype=np.uint8)
OTHERS = RANDOM.integers(0, 256, (9, 600), dtype=np.uint8)
LABELS = np.eye(3)[RANDOM.integers(0, 3, 40)].T
UNIT = Scaling(0.0, 1 / 255)
SCALINGS = {
    "unit": UNIT,
    "center": Scaling(ROWS.mean(axis=0), 1 / 255),
    "standard": Scaling(np.tile([100.0, 120, 140], 200), np.tile([0.01, 0.02, 0.015], 200)),
}


def product(left: Inputs, right: Inputs) -> Array:
    """X' X as it follows from K = [(X - mu)' (X - mu), (X - mu)' mu]"""
    mean = mean_of(right.rows)
    mu = right.scaling.apply(mean)
    K = gram(right, *([] if left is right else [left]), mean=mean)
    of_right, K = K[: right.m, -1], K[-left.m :]
    return K[:, :-1] + K[:, -1:] + of_right + mu @ mu


def task_of(
    scaling: Scaling = UNIT,
    dtype: type[np.floating] = np.float64,
    epochs: int = 60,
    learning_rate: float = 0.05,
    **settings: object,
) -> Task:
    network = Network((600, 8, 5, 3), ("tanh", "relu", "softmax"), "cross_entropy")
    start = {
        name: np.random.default_rng(1).normal(size=shape) * np.sqrt(1 / shape[1])
        for name, shape in network.shapes.items()
    }
    given = {
        "schedule": Schedule(learning_rate, epochs),
        "validation": Inputs(OTHERS, scaling, dtype),
        **settings,
    }
    return Task(network, start, Inputs(ROWS, scaling, dtype), LABELS, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"batch_size": 7, "dropout": (0.3, 0.1), "schedule": Schedule(0.01, 60)},
        {"dropout": (0.3, 0.1), "seed": 4},
        {"weights": RANDOM.random((1, 40)) + 0.5, "schedule": Schedule(0.05, 60, "cosine", warm_up=5)},
    ],
)
@pytest.mark.parametrize("decay", [0.0, 0.02])
def test_it_follows_the_direct_solver(name: str, settings: dict[str, Any], decay: float) -> None:
    task = task_of(optimizer=Optimizer(name, 0.8, decay), **settings)
    ours, theirs = Gram(task), Direct(task)
    assert list(ours.run(1, 60)) == pytest.approx(list(theirs.run(1, 60)), rel=1e-10)
    expected = theirs.parameters()
    for key, P in ours.parameters().items():
        np.testing.assert_allclose(P, expected[key], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(ours.logits, theirs.logits, rtol=1e-9, atol=1e-10)
    assert task.validation is not None
    for inputs in (task.validation, Inputs(OTHERS[:4], UNIT, np.float64)):
        np.testing.assert_allclose(ours.outputs(inputs), theirs.outputs(inputs), rtol=1e-9, atol=1e-10)
    state = ours.state
    assert {key for key in state if not key.startswith("gram.")} == set(theirs.state)
    for key, values in theirs.state.items():
        np.testing.assert_allclose(state[key], values, rtol=1e-8, atol=1e-11)


def demand_the_same_trajectory(task: Task) -> None:
    ours, theirs = Gram(task), Direct(task)
    assert ours.run(1, 20).tolist() == pytest.approx(theirs.run(1, 20).tolist(), rel=1e-12)
    assert difference(ours.parameters(), theirs.parameters()) < 1e-12
    np.testing.assert_allclose(ours.logits, theirs.logits, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("batch_size", [None, 5, 1])
@pytest.mark.parametrize("optimizer", [Optimizer(name, 0.8, 0.01) for name in LINEAR], ids=LINEAR)
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_no_goal_optimizer_or_batch_parts_the_solvers(kind: Kind, optimizer: Optimizer, batch_size: int | None) -> None:
    settings = {"optimizer": optimizer, "batch_size": batch_size, "weighted": True, "learning_rate": 0.01}
    demand_the_same_trajectory(random_task(*kind, (5, 4), epochs=20, dropout=(0.2, 0.0), **settings))
    demand_the_same_trajectory(random_task(*kind, (), epochs=20, **settings))


@pytest.mark.parametrize("batch_size", [None, 1, 5])
@pytest.mark.parametrize("m", [1, 6])
def test_nor_do_few_examples(m: int, batch_size: int | None) -> None:
    demand_the_same_trajectory(random_task(*KINDS[0], (5,), m=m, epochs=20, learning_rate=0.01, batch_size=batch_size))


@pytest.mark.parametrize("batch_size", [None, 9])
@pytest.mark.parametrize("threads", [1, 2])
def test_nor_does_a_product_that_threads_share(
    threads: int, batch_size: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catnet.engine.gram.has_long_steps", lambda task: True)
    monkeypatch.setattr("catnet.engine.gram.deals_out", lambda task: True)
    monkeypatch.setattr("catnet.engine.gram.thread_count", lambda: threads)
    demand_the_same_trajectory(task_of(epochs=20, batch_size=batch_size, learning_rate=0.01))


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize(("scaling", "learning_rate"), [("unit", 0.0005), ("center", 0.01)])
def test_in_float32_mini_batches_stay_as_near_to_float64_as_the_direct_solvers(
    scaling: str, learning_rate: float, name: str
) -> None:
    random = np.random.default_rng(7)
    rows = (random.integers(0, 64, (120, 3000)) + 150).astype(
        np.uint8
    )  # with much in common: K would be nearly constant
    given = UNIT if scaling == "unit" else Scaling(rows.mean(axis=0), 1 / 255)
    labels = np.eye(3)[random.integers(0, 3, 120)].T
    network = Network((3000, 16, 3), ("tanh", "softmax"), "cross_entropy")
    start = initial_parameters(network.sizes, "xavier", 0, np.float32)
    exact = Task(
        network,
        start,
        Inputs(rows, given, np.float64),
        labels,
        Schedule(learning_rate, 30),
        Optimizer(name),
        batch_size=8,
    )
    rounded = replace(exact, inputs=Inputs(rows, given, np.float32))

    def end(solver: Direct | Gram) -> Parameters:
        solver.run(1, 30)
        return solver.parameters()

    expected, ours, theirs = end(Direct(exact)), end(Gram(rounded)), end(Direct(rounded))
    assert np.abs(ours["W1"] - expected["W1"]).max() < 1.5 * np.abs(theirs["W1"] - expected["W1"]).max()
    assert difference(ours, expected) < 5 * difference(theirs, expected) < 1e-4


def test_in_float32_the_costs_of_full_batch_are_as_near_to_float64_as_the_direct_solvers() -> None:
    random = np.random.default_rng(3)
    parts = random.normal(size=(200, 4)) @ random.normal(size=(4, 600)) + 0.1 * random.normal(size=(200, 600))
    rows = np.clip(128 + 30 * parts, 0, 255).astype(np.uint8)
    X = Inputs(rows, Scaling(rows.mean(axis=0), 1 / 128), np.float64)
    network = Network((600, 1), ("linear",), "squared")
    start = {"W1": random.normal(size=(1, 600)) / 100, "b1": np.zeros((1, 1))}
    labels = (parts[:, :1].T - parts[:, 1:2].T + 0.1 * random.normal(size=(1, 200))) / 4
    exact = Task(network, start, X, labels, Schedule(0.01, 300), optimizer=Optimizer("momentum"))
    rounded = replace(exact, inputs=Inputs(rows, X.scaling, np.float32))
    expected = Direct(exact).run(1, 300)
    ours, theirs = (np.abs(solver(rounded).run(1, 300) / expected - 1).max() for solver in (Gram, Direct))
    assert ours < 3 * theirs < 1e-5


def regression(hidden: tuple[int, ...], decay: float) -> Task:
    """Examples of which a network learns the labels nearly exactly: K has small eigenvalues, along which C is large."""
    random = np.random.default_rng(5)
    parts = random.normal(size=(150, 4)) @ random.normal(size=(4, 3000)) + 0.1 * random.normal(size=(150, 3000))
    rows = np.clip(128 + 30 * parts, 0, 255).astype(np.uint8)
    X = Inputs(rows, Scaling(rows.mean(axis=0), 1 / 255), np.float64)
    labels = (parts[:, :1].T - parts[:, 1:2].T + 0.1 * random.normal(size=(1, 150))) / 4
    network = Network((3000, *hidden, 1), (*("tanh" for _ in hidden), "linear"), "squared")
    start = initial_parameters(network.sizes, "xavier", 0, np.float32)
    return Task(network, start, X, labels, Schedule(0.001, 60), Optimizer("momentum", 0.9, decay), batch_size=8)


@pytest.mark.parametrize(("hidden", "times"), [((), 2.2), ((9,), 1.5)])
@pytest.mark.parametrize("decay", [0.0, 0.001])
def test_in_float32_a_regression_stays_as_near_to_float64_as_the_direct_solvers(
    hidden: tuple[int, ...], times: float, decay: float
) -> None:
    exact = regression(hidden, decay)
    rounded = replace(exact, inputs=Inputs(exact.inputs.rows, exact.inputs.scaling, np.float32))

    def end(solver: Direct | Gram) -> tuple[Array, Array]:
        solver.run(1, 60)
        return solver.parameters()["W1"], solver.logits

    (W1, Z), ours, theirs = end(Direct(exact)), end(Gram(rounded)), end(Direct(rounded))
    for right, one, other, most in zip((W1, Z), ours, theirs, (1.2, times), strict=True):
        assert np.linalg.norm(one - right) < most * np.linalg.norm(other - right) < 1e-4 * np.linalg.norm(right)


def test_in_float32_a_small_decay_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catnet.engine.gram.epochs_between_restarts", lambda task: 10**9)
    optimizer = Optimizer("gradient_descent", weight_decay=1e-4)
    task = task_of(dtype=np.float32, learning_rate=1e-4, epochs=500, batch_size=9, optimizer=optimizer)
    solver = Gram(task)
    solver.run(1, 500)
    assert solver.snapshot().c.tolist() == [pytest.approx((1 - 1e-8) ** 2500, rel=1e-12)]


def test_the_velocities_of_a_dead_neuron_do_not_become_subnormal() -> None:
    """A processor takes a hundred times as long for such numbers."""
    network = Network((600, 1), ("relu",), "squared")
    start = {"W1": np.zeros((1, 600)), "b1": np.ones((1, 1))}
    X, schedule, momentum = Inputs(ROWS, UNIT, np.float32), Schedule(0.01, 400), Optimizer("momentum", 0.9)
    solver = Gram(Task(network, start, X, np.zeros((1, 40)), schedule, momentum, batch_size=10))
    sizes = []
    for epoch in range(1, 401):
        solver.run(epoch, epoch)
        velocities = np.abs(solver.state["gram.image.velocity.W1: [C s]'"])
        assert not ((velocities > 0) & (velocities < np.finfo(np.float32).tiny)).any()
        sizes.append(velocities.max())
    assert sizes[0] > 0.001 and sizes[-1] == 0


@pytest.mark.parametrize("scaling", SCALINGS)
def test_k_is_exact_in_every_scaling(scaling: str) -> None:
    X, other = Inputs(ROWS, SCALINGS[scaling], np.float64), Inputs(OTHERS, SCALINGS[scaling], np.float64)
    floats, others = SCALINGS[scaling].apply(ROWS), SCALINGS[scaling].apply(OTHERS)
    np.testing.assert_allclose(product(X, X), floats @ floats.T, rtol=1e-11, atol=1e-10)
    np.testing.assert_allclose(product(X, other), floats @ others.T, rtol=1e-11, atol=1e-10)


def test_integers_are_summed_exactly_and_tiles_fit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catnet.engine.gram_matrix.EXAMPLES_PER_TILE", 7)
    white = np.full((20, 1000), 255, np.uint8)
    white[:, ::2] = 254
    X = Inputs(white, Scaling(0.0, 1.0), np.float64)
    exact = white.astype(np.int64) @ white.astype(np.int64).T
    assert np.array_equal(gram(X, mean=np.zeros(1000))[:, :-1], exact)
    rows = Inputs(ROWS, Scaling(0.0, 1.0), np.float64)
    K = gram(rows, mean=np.zeros(600), order="F")
    assert np.array_equal(K[:, :-1], ROWS.astype(np.int64) @ ROWS.astype(np.int64).T)


@pytest.mark.parametrize("shape", [(1, 9), (200, 1), (199, 300), (40000, 1), (1, 40000)])
def test_transposed_arrays_are_whole_and_in_order(shape: tuple[int, int]) -> None:
    Z = RANDOM.normal(size=shape)
    found = transposed(Z)
    assert np.array_equal(found, Z.T) and found.flags.c_contiguous


@pytest.mark.parametrize("hidden", [(), (5,)])
def test_logits_lie_row_by_row(hidden: tuple[int, ...]) -> None:
    """Else the loss of several outputs takes three times as long."""
    solver = Gram(random_task(MULTI_CLASS, "softmax", "cross_entropy", hidden))
    solver.run(1, 2)
    assert len(solver.logits) == 3 and solver.logits.flags.c_contiguous


def test_a_table_of_floats_trains_too() -> None:
    rows = RANDOM.normal(size=(30, 4))
    network = Network((4, 1), ("linear",), "squared")
    start = {"W1": np.zeros((1, 4)), "b1": np.zeros((1, 1))}
    task = Task(network, start, Inputs(rows, Scaling(0.5, 2.0), np.float64), rows[:, :1].T, Schedule(0.02, 50))
    assert list(Gram(task).run(1, 50)) == pytest.approx(list(Direct(task).run(1, 50)), rel=1e-10)


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("hidden", [(), (7,)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_snapshot_stays_as_it_was_to_the_bit(name: str, hidden: tuple[int, ...], dtype: type[np.floating]) -> None:
    network = Network((600, *hidden, 1), (*("tanh" for _ in hidden), "sigmoid"), "cross_entropy")
    start = {each: RANDOM.normal(size=shape) / 20 for each, shape in network.shapes.items()}
    X = Inputs(ROWS, SCALINGS["center"], dtype)
    solver = Gram(Task(network, start, X, LABELS[:1], Schedule(0.01, 20), optimizer=Optimizer(name, 0.8)))
    solver.run(1, 10)
    snapshot, state, then = solver.snapshot(), solver.state, solver.parameters()  # W1 is formed together with velocity
    assert ("velocity.W1" in state) == (name != "gradient_descent")
    solver.run(11, 20)
    for name, P in solver.parameters(snapshot).items():
        assert np.array_equal(P, then[name])
    assert not np.array_equal(solver.parameters()["W1"], then["W1"])


@pytest.mark.parametrize("cut", [5, 7, 12])  # the second restart is in epoch 14
@pytest.mark.parametrize("batch_size", [None, 9])
@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_it_resumes_to_the_same_bits_wherever_it_is_cut(
    name: str, dtype: type[np.floating], batch_size: int | None, cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catnet.engine.gram.epochs_between_restarts", lambda task: 7)
    task = task_of(dtype=dtype, optimizer=Optimizer(name, 0.8, 0.02), dropout=(0.3, 0.1), batch_size=batch_size)
    whole = Gram(task)
    costs = whole.run(1, 30)
    first = Gram(task)
    begun = [*first.run(1, 4), *first.run(5, cut)]
    second = Gram(replace(task, initial=first.parameters()), first.state)
    assert [*begun, *second.run(cut + 1, 18), *second.run(19, 30)] == costs.tolist()
    assert all(np.array_equal(P, whole.parameters()[key]) for key, P in second.parameters().items())
    assert second.state.keys() == whole.state.keys()
    assert all(np.array_equal(values, whole.state[key]) for key, values in second.state.items())


@pytest.mark.parametrize("change", ["validation", "batch_size", "prefix"])
def test_a_state_of_another_form_counts_as_the_direct_solvers(change: str) -> None:
    """That of K with other rows, of another kind of batches, or of another version."""
    task = task_of(optimizer=Optimizer("momentum", 0.8, 0.02), batch_size=9, learning_rate=0.01)
    first, direct = Gram(task), Direct(task)
    first.run(1, 5)
    direct.run(1, 5)
    state = first.state
    if change == "prefix":
        state = {name.replace("gram.image.", "gram.K."): values for name, values in state.items()}
    other = {"validation": {"validation": None}, "batch_size": {"batch_size": None}, "prefix": {}}[change]
    then, expected = (
        solver(replace(task, initial=of.parameters(), **other), known)  # type: ignore[arg-type]
        for solver, of, known in ((Gram, first, state), (Direct, direct, direct.state))
    )
    assert then.run(6, 20).tolist() == pytest.approx(expected.run(6, 20).tolist(), rel=1e-10)
    assert difference(then.parameters(), expected.parameters()) < 1e-9


@pytest.mark.parametrize("solvers", [(Direct, Gram), (Gram, Direct)])
@pytest.mark.parametrize("batch_size", [None, 9])
@pytest.mark.parametrize("name", LINEAR)
def test_either_solver_resumes_where_the_other_stopped(
    name: str, batch_size: int | None, solvers: tuple[type, type]
) -> None:
    task = task_of(optimizer=Optimizer(name, 0.8, 0.02), batch_size=batch_size, learning_rate=0.01)
    whole = Direct(task)
    costs = whole.run(1, 30)
    first = solvers[0](task)
    begun = first.run(1, 10)
    second = solvers[1](replace(task, initial=first.parameters()), first.state)
    assert [*begun, *second.run(11, 30)] == pytest.approx(costs.tolist(), rel=1e-10)
    for key, P in second.parameters().items():
        np.testing.assert_allclose(P, whole.parameters()[key], rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("batch_size", [None, 9])
def test_a_training_that_diverges_says_in_which_epoch(batch_size: int | None) -> None:
    optimizer = Optimizer("gradient_descent", weight_decay=1.0)
    task = task_of(learning_rate=1e100 if batch_size is None else 1e30, optimizer=optimizer, batch_size=batch_size)
    ours, theirs = Gram(task).run(1, 9), Direct(task).run(1, 9)
    assert np.isnan(ours).tolist() == np.isnan(theirs).tolist()
    assert np.isfinite(ours[0])
    assert np.isnan(ours[-1])


def test_float32_ends_where_float64_ends() -> None:
    single, double = Gram(task_of(dtype=np.float32, epochs=300)), Gram(task_of(epochs=300))
    assert single.run(1, 300)[-1] == pytest.approx(double.run(1, 300)[-1], rel=1e-4)
    assert single.parameters()["W1"].dtype == np.float32


def test_with_many_more_examples_than_features_it_restarts_often_enough_in_float32() -> None:
    """C then grows as long as the training lasts: what no network can learn is in no feature."""
    random = np.random.default_rng(1)
    rows = random.normal(size=(400, 3)) @ random.normal(size=(3, 8)) + 0.3 * random.normal(size=(400, 8))
    labels = (rows @ random.normal(size=(8, 1)) + random.normal(size=(400, 1))).T
    network = Network((8, 1), ("linear",), "squared")
    start = initial_parameters(network.sizes, "xavier", 0, np.float32)
    X, momentum = Inputs(rows, Scaling(0.0, 1.0), np.float64), Optimizer("momentum")
    exact = Task(network, start, X, labels, Schedule(0.05, 900), momentum)
    rounded = replace(exact, inputs=Inputs(rows, X.scaling, np.float32))

    def end(solver: Direct | Gram) -> Array:
        solver.run(1, 900)
        return solver.parameters()["W1"]

    expected = end(Direct(exact))
    errors = [np.abs(end(solver(rounded)) - expected).max() for solver in (Gram, Direct)]
    assert errors[0] < 10 * errors[1] < 1e-4


@pytest.mark.parametrize("batch_size", [None, 9])
def test_no_warning_is_shown_if_a_training_diverges(batch_size: int | None) -> None:
    optimizer = Optimizer("nesterov", weight_decay=1000.0)
    task = task_of(dtype=np.float32, learning_rate=100.0, epochs=9, optimizer=optimizer, batch_size=batch_size)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        solver = Gram(task)
        assert np.isnan(solver.run(1, 9)[-1])
        assert not all(np.isfinite(P).all() for P in solver.parameters().values())
        assert solver.state


def test_auto_says_why_it_chooses() -> None:
    assert choose(task_of(optimizer=Optimizer("adam"))).reason == "adam is not linear in the gradient"
    assert choose(task_of(batch_size=8, epochs=1000)).name == "gram"
    assert choose(task_of(batch_size=40, epochs=1000)).name == "gram"
    tall = Inputs(RANDOM.integers(0, 256, (3000, 12), dtype=np.uint8), UNIT, np.float32)
    network = Network((12, 3), ("softmax",), "cross_entropy")
    assert choose(Task(network, {}, tall, np.zeros((3, 3000)), Schedule(0.1, 100))).reason.startswith(
        "X'X would not pay"
    )


@pytest.mark.parametrize(("labels", "dtype"), [(3, np.float32), (3, np.float64), (9, np.float64), (1, np.float32)])
@pytest.mark.parametrize("batch_size", [None, 16])
def test_costs_are_the_same_bits_however_many_epochs_are_together(
    labels: int, dtype: type[np.floating], batch_size: int | None
) -> None:
    network = Network((600, labels), ("sigmoid",), "cross_entropy")
    start = {"W1": RANDOM.normal(size=(labels, 600)) * 0.05, "b1": np.zeros((labels, 1))}
    Y = RANDOM.integers(0, 2, (labels, 40)).astype(float)
    task = Task(network, start, Inputs(ROWS, UNIT, dtype), Y, Schedule(0.01, 40), batch_size=batch_size)
    together, one_by_one = Gram(task), Gram(task)
    costs = [one_by_one.run(epoch, epoch)[0] for epoch in range(1, 41)]
    assert [*together.run(1, 7), *together.run(8, 40)] == costs


def equal_pictures_with_unequal_labels(dtype: type[np.floating]) -> Task:
    """A part of every gradient in C cancels in W1, and adds up as long as the training lasts."""
    rows = np.repeat(ROWS[:10], 4, axis=0)
    network = Network((600, 1), ("sigmoid",), "cross_entropy")
    start = {"W1": np.zeros((1, 600)), "b1": np.zeros((1, 1))}
    labels = (RANDOM.random((1, 40)) < 0.5).astype(float)
    return Task(network, start, Inputs(rows, UNIT, dtype), labels, Schedule(0.01, 12000))


def test_what_x_does_not_see_does_no_harm_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    task = equal_pictures_with_unequal_labels(np.float32)
    exact = Direct(replace(task, inputs=Inputs(task.inputs.rows, UNIT, np.float64)))
    exact.run(1, 12000)
    W1 = exact.parameters()["W1"]

    def error() -> float:
        solver = Gram(task)
        solver.run(1, 12000)
        return float(np.abs(solver.parameters()["W1"] - W1).max() / np.abs(W1).max())

    restarted = error()
    assert restarted < 1e-4
    monkeypatch.setattr("catnet.engine.gram.epochs_between_restarts", lambda task: 10**9)
    assert error() > 3 * restarted  # so the test can fail


def test_nor_with_mini_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    task = replace(equal_pictures_with_unequal_labels(np.float32), batch_size=1, optimizer=Optimizer("momentum"))
    task = replace(task, schedule=Schedule(0.0003, 300))

    def end(solver: Direct | Gram) -> Array:
        solver.run(1, 300)
        return solver.parameters()["W1"]

    W1 = end(Direct(replace(task, inputs=Inputs(task.inputs.rows, UNIT, np.float64))))

    def error(solver: Direct | Gram) -> float:
        return float(np.abs(end(solver) - W1).max() / np.abs(W1).max())

    restarted = error(Gram(task))
    assert restarted < 3 * error(Direct(task))
    monkeypatch.setattr("catnet.engine.gram.epochs_between_restarts", lambda task: 10**9)
    assert error(Gram(task)) > 2 * restarted  # so the test can fail


@pytest.mark.parametrize("batch_size", [40, 41, 10**8])
def test_a_batch_of_all_is_a_full_batch(batch_size: int) -> None:
    task = task_of(batch_size=batch_size)
    assert bytes_of_gram(task) == bytes_of_gram(task_of())
    assert Gram(task).run(1, 20).tolist() == Gram(task_of()).run(1, 20).tolist()


def test_costs_that_are_too_large_to_sum_are_not_finite() -> None:
    network = Network((600, 2), ("linear",), "squared")
    start = {"W1": np.full((2, 600), 5.5e150), "b1": np.zeros((2, 1))}
    task = Task(network, start, Inputs(ROWS, UNIT, np.float64), np.zeros((2, 40)), Schedule(1e-9, 3))
    assert not np.isfinite(Gram(task).run(1, 1)).any()


def test_auto_takes_what_fits_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = (12288, 20000, 1)
    network = Network(sizes, ("relu", "sigmoid"), "cross_entropy")
    rows = np.zeros((30, 12288), np.uint8)
    task = Task(network, {}, Inputs(rows, UNIT, np.float32), np.zeros((1, 30)), Schedule(0.1, 1))
    assert bytes_of_gram(task) > 5 * 4 * network.parameter_count  # W1 and what a save takes are counted
    monkeypatch.setattr("catnet.engine.solvers.available_memory", lambda: bytes_of_gram(task) + 1.0)
    monkeypatch.setattr("catnet.engine.solvers.bytes_of_direct", lambda task: bytes_of_gram(task) + 2)
    assert choose(task).reason == "without X'X there would not be enough memory"
