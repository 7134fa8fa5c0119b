"""Mini-batches by parts of the features, against the same steps in plain NumPy, in pieces and in threads."""

import threading
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from catnet.engine import by_features
from catnet.engine.by_blocks import has_short_steps
from catnet.engine.by_features import is_by_features
from catnet.engine.direct import Direct
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import Network
from catnet.engine.optimizers import OPTIMIZERS, Optimizer
from catnet.engine.parallel import thread_count, use_threads
from catnet.engine.schedules import Schedule
from catnet.engine.task import Task

M, N, K, B = 22, 61, 3, 5  # the last batch has two examples; the parts differ in length
SCALINGS = {
    "one scale": Scaling(0.0, 1 / 255),
    "centred": Scaling(128.0, 1 / 255),
    "standardized": Scaling(np.linspace(90, 140, N), np.linspace(0.01, 0.02, N)),
}


def task_of(optimizer="momentum", hidden=(6, 4), dtype=np.float64, scaling="one scale", weight_decay=0.0, **others):
    random = np.random.default_rng(1)
    sizes = (N, *hidden, K)
    initial = {}
    for layer, (after, before) in enumerate(zip(sizes[1:], sizes[:-1], strict=True), start=1):
        initial[f"W{layer}"] = random.normal(0, before**-0.5, (after, before))
        initial[f"b{layer}"] = random.normal(0, 0.1, (after, 1))
    return Task(
        network=Network(sizes, ("tanh",) * len(hidden) + ("softmax",), "cross_entropy"),
        initial=initial,
        inputs=Inputs(random.integers(0, 256, (M, N), dtype=np.uint8), SCALINGS[scaling], dtype),
        labels=np.eye(K)[random.integers(0, K, M)].T.copy(),
        schedule=Schedule(0.05, 6),
        optimizer=Optimizer(optimizer, weight_decay=weight_decay),
        batch_size=B,
        **others,
    )


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    """Several parts, chunks and threads, although the network is small."""
    monkeypatch.setattr(by_features, "NUMBERS_PER_PART", 60)
    monkeypatch.setattr(by_features, "gains_by_threads", lambda *_: True)
    monkeypatch.setattr(by_features, "CHUNK", 16)


def by_blocks(task, monkeypatch):
    """The solver that trains the same mini-batches in blocks of examples."""
    with monkeypatch.context() as patch:
        patch.setattr(by_features, "FEATURES_PER_EXAMPLE", N)
        assert not is_by_features(task)
        return Direct(task)


@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("hidden", [(), (6,), (6, 4)])
def test_by_parts_as_by_blocks(optimizer, hidden, weight_decay, monkeypatch):
    compare(task_of(optimizer, hidden, weight_decay=weight_decay), monkeypatch)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize(
    "others", [{}, {"dropout": (0.3, 0.1)}, {"weights": np.linspace(0.5, 2, K * M).reshape(K, M)[:1]}]
)
def test_scaling_dropout_and_class_weights_by_parts(scaling, others, monkeypatch):
    compare(task_of(scaling=scaling, **others), monkeypatch)


def compare(task, monkeypatch):
    assert is_by_features(task)
    ours, theirs = Direct(task), by_blocks(task, monkeypatch)
    np.testing.assert_allclose(ours.run(1, 4), theirs.run(1, 4), rtol=1e-12)
    np.testing.assert_allclose(ours.logits, theirs.logits, rtol=1e-10, atol=1e-12)
    for name, P in theirs.parameters().items():
        np.testing.assert_allclose(ours.parameters()[name], P, rtol=1e-10, atol=1e-12)
    assert ours.state.keys() == theirs.state.keys()
    for name, moment in theirs.state.items():
        np.testing.assert_allclose(ours.state[name], moment, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_resumed_to_the_same_bits_with_any_number_of_threads(optimizer):
    task, before = task_of(optimizer, dtype=np.float32), thread_count()
    whole = Direct(task)
    costs = whole.run(1, 6)
    try:
        for threads in (1, 2, 3):
            use_threads(threads)
            first = Direct(task)
            begun = first.run(1, 2)
            resumed = Direct(replace(task, initial=first.parameters()), first.state)
            assert [*begun, *resumed.run(3, 6)] == costs.tolist()
            assert all(np.array_equal(P, resumed.parameters()[name]) for name, P in whole.parameters().items())
            assert all(np.array_equal(moment, resumed.state[name]) for name, moment in whole.state.items())
    finally:
        use_threads(before)


def test_a_state_of_blocks_is_resumed_by_parts(monkeypatch):
    task = task_of("adam")
    blocks = by_blocks(task, monkeypatch)
    blocks.run(1, 3)
    resumed = Direct(replace(task, initial=blocks.parameters()), blocks.state)
    np.testing.assert_allclose(resumed.run(4, 6), blocks.run(4, 6), rtol=1e-12)


def test_parameters_that_are_no_longer_finite_make_the_cost_nan():
    task = replace(task_of("gradient_descent"), schedule=Schedule(1e308, 6))
    assert np.isnan(Direct(task).run(1, 6)[-1])


def test_an_error_in_another_thread_is_raised(monkeypatch):
    caller, failed, before = threading.current_thread(), threading.Event(), thread_count()
    convert = by_features.Conversion.convert

    def fail_in_another_thread(*arguments):
        if threading.current_thread() is caller:
            assert failed.wait(5)
            return convert(*arguments)
        failed.set()
        raise MemoryError

    monkeypatch.setattr(by_features.Conversion, "convert", fail_in_another_thread)
    try:
        use_threads(2)
        with pytest.raises(MemoryError):
            Direct(task_of()).run(1, 1)
    finally:
        use_threads(before)


def test_few_vectors_of_the_size_of_W1_are_held(monkeypatch):
    monkeypatch.undo()  # parts as they are
    n, n_1 = 20_000, 64
    task = replace(
        task_of(dtype=np.float32),
        network=Network((n, n_1, K), ("tanh", "softmax"), "cross_entropy"),
        initial={"W1": np.ones((n_1, n)), "b1": np.ones((n_1, 1)), "W2": np.ones((K, n_1)), "b2": np.ones((K, 1))},
        inputs=Inputs(np.ones((M, n), np.uint8), SCALINGS["one scale"], np.float32),
    )
    assert is_by_features(task)
    tracemalloc.start()
    solver = Direct(task)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 3.5 * solver.snapshot()["W1"].nbytes  # theta, the velocity, a gradient per thread, X


def test_what_is_trained_by_parts():
    task = task_of()
    assert is_by_features(task)
    assert not is_by_features(replace(task, batch_size=None))
    assert not is_by_features(replace(task, batch_size=M))
    assert not is_by_features(replace(task, batch_size=N // 4 + 1))
    assert not is_by_features(task_of(hidden=(6, 60, 60)))
    assert is_by_features(task_of(hidden=(12,)))
    assert not is_by_features(task_of(hidden=(13,)))  # 5 x 13 numbers in Z1, more than in a part of W1
    assert not is_by_features(replace(task, inputs=Inputs(task.inputs.rows, Scaling(0.0, 1.0), np.float64, np.eye(N))))


def test_short_steps():
    task = task_of()
    assert has_short_steps(task)
    wide = replace(task, network=replace(task.network, sizes=(N, 20_000, K), activations=("tanh", "softmax")))
    assert not has_short_steps(wide)  # 5 x 20,000 numbers in a layer


def test_short_steps_of_a_full_batch():
    task = task_of()
    for batch_size in (None, M):
        full = replace(task, batch_size=batch_size)
        assert has_short_steps(full)
        rows = np.broadcast_to(task.inputs.rows[:1], (40 * M, N))
        assert not has_short_steps(replace(full, inputs=Inputs(rows, task.inputs.scaling, np.float64), batch_size=None))
