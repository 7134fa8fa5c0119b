"""The range test: its steps are those of a training, and it suggests a rate that learns."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from small_tasks import EVERYTHING, Kind, augmented_task, random_task

from catnet.engine.direct import Direct
from catnet.engine.network import cost
from catnet.engine.optimizers import Optimizer
from catnet.engine.range_test import (
    HIGHEST,
    LOWEST,
    MOST_MEASURED,
    Ramp,
    RangeTest,
    of_examples,
    parts,
    range_test,
    suggested,
)
from catnet.engine.schedules import Schedule

KIND: Kind = ("3.0", "softmax", "cross_entropy")


@pytest.mark.parametrize("optimizer", ["gradient_descent", "momentum", "adam"])
def test_with_full_batch_it_is_a_training_with_a_rising_rate(optimizer: str) -> None:
    task = random_task(*KIND, hidden_layers=(5,), m=30, optimizer=Optimizer(optimizer))
    found = range_test(task)
    n = len(found.costs)
    assert 20 < n <= 100
    before_each_step = Direct(replace(task, schedule=Ramp(HIGHEST, 100))).run(1, n)
    np.testing.assert_allclose([found.start, *found.costs[:-1]], before_each_step, rtol=1e-12)
    assert found.rates[0] == LOWEST
    np.testing.assert_allclose(found.rates[1:] / found.rates[:-1], (HIGHEST / LOWEST) ** (1 / 99))


def test_with_mini_batches_each_step_is_one_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catnet.engine.range_test.FEWEST", 8)
    task = random_task(*KIND, hidden_layers=(5,), m=30, batch_size=8, optimizer=Optimizer("momentum"))
    found = range_test(task)
    # the same steps by one training whose every batch has a rate of its own
    theta, velocity = {name: P.copy() for name, P in task.initial.items()}, None
    for step, batch in enumerate([*task.batches(1), *task.batches(2)][:6], start=1):
        of_batch = replace(
            task,
            initial=theta,
            inputs=type(task.inputs)(task.inputs.rows[batch], task.inputs.scaling, np.float64),
            labels=task.labels[:, batch],
            batch_size=None,
            schedule=Schedule(found.rates[step - 1], 1),
        )
        solver = Direct(of_batch, velocity)
        solver.run(1, 1)
        theta, velocity = solver.parameters(), solver.state
        expected = cost(task.network, Direct(replace(task, initial=theta)).outputs(task.inputs), task.labels)
        assert found.costs[step - 1] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("batch_size", [1, 50])
def test_small_batches_come_together(batch_size: int) -> None:
    task = random_task(*KIND, hidden_layers=(5,), m=300, batch_size=batch_size)
    of_two_epochs = [part for part in islice(parts(task), 6 if batch_size == 1 else 4) if part is not None]
    assert [len(part) for part in of_two_epochs] == ([128, 128, 44] * 2 if batch_size == 1 else [150] * 4)
    np.testing.assert_array_equal(np.sort(np.concatenate(of_two_epochs)), np.repeat(np.arange(300), 2))
    # and each is trained in its small batches, by one rate
    found = range_test(task)
    first = replace(of_examples(task, of_two_epochs[0]), batch_size=batch_size, schedule=Schedule(LOWEST, 1))
    solver = Direct(first)
    solver.run(1, 1)
    assert found.costs[0] == pytest.approx(cost(task.network, solver.outputs(task.inputs), task.labels), rel=1e-12)
    in_one_step = Direct(replace(first, batch_size=None))
    in_one_step.run(1, 1)
    moved, moved_once = (s.parameters()["W1"] - task.initial["W1"] for s in (solver, in_one_step))
    assert np.abs(moved).max() > 2 * np.abs(moved_once).max()
    assert found.rates[1] > found.rates[0] == LOWEST


def test_full_batches_are_all_examples() -> None:
    assert list(islice(parts(random_task(*KIND, m=30)), 3)) == [None] * 3


def test_ends_if_the_cost_is_four_times_the_lowest_or_not_finite() -> None:
    task = random_task("regression", "linear", "squared", hidden_layers=(5,), activation="linear")
    found = range_test(task)
    assert found.rates[-1] < HIGHEST
    assert np.isfinite(found.costs).all()
    lowest = np.minimum.accumulate(np.minimum(found.costs, found.start))
    assert (found.costs[:-1] <= 4 * lowest[:-1]).all()


@pytest.mark.parametrize("batch_size", [None, 5])
def test_trains_augmented_examples(batch_size: int | None) -> None:
    task = augmented_task(*KIND, (5,), bounds=EVERYTHING, batch_size=batch_size, dropout=(0.2,))
    found = range_test(task)
    assert len(found.costs) > 20
    assert found.costs.min() < found.start
    again = range_test(task)
    np.testing.assert_array_equal(found.costs, again.costs)


def test_a_part_of_a_task_has_the_examples_that_are_named() -> None:
    task = augmented_task(*KIND, bounds=EVERYTHING, weighted=True)
    examples = np.array([7, 3])
    part = of_examples(task, examples)
    assert part.augmented is not None and task.augmented is not None and part.weights is not None
    np.testing.assert_array_equal(part.augmented.rows, task.augmented.rows[examples])
    np.testing.assert_array_equal(part.inputs.rows, task.inputs.rows[examples])
    np.testing.assert_array_equal(part.labels, task.labels[:, examples])
    np.testing.assert_array_equal(part.weights, task.weights[:, examples])
    assert part.inputs.projection is not None and part.is_full_batch


def test_measures_some_of_many_examples() -> None:
    task = random_task(*KIND, (4,), m=3 * MOST_MEASURED, batch_size=64, weighted=True)
    found = range_test(task)
    places = np.linspace(0, task.inputs.m - 1, MOST_MEASURED).astype(int)
    outputs = Direct(task).outputs(task.inputs)[:, places]
    assert found.start == pytest.approx(cost(task.network, outputs, task.labels[:, places], task.weights[:, places]))


def test_the_rate_that_it_suggests_learns() -> None:
    task = random_task(*KIND, hidden_layers=(16,), activation="relu", n=20, m=60, batch_size=10)
    rate = suggested(range_test(task))
    assert rate is not None
    ends = {r: Direct(replace(task, schedule=Schedule(r, 40))).run(1, 40)[-1] for r in (rate, rate / 100, rate * 100)}
    assert ends[rate] == min(ends.values())


RATES = np.geomspace(LOWEST, HIGHEST, 17)  # two to a power of ten


@pytest.mark.parametrize(
    ("costs", "expected"),
    [
        ([1.0] * 15 + [0.9, 0.2], HIGHEST / 10),  # it falls most steeply just before its lowest
        ([9.0] * 4 + [4.0, 0.8] + [0.7] * 9 + [0.6, 0.9], RATES[5]),  # steepest there, over five steps
        ([1.1, 1.2, 5], None),
        ([1.0, 0.9999, 1.0], None),
        ([], None),
        ([0.9, 4], LOWEST / 10),
    ],
)
def test_suggestion(costs: list[float], expected: float | None) -> None:
    test = RangeTest(9.0 if 9.0 in costs else 1.0, RATES[: len(costs)], np.array(costs))
    assert suggested(test) == (None if expected is None else pytest.approx(expected))
