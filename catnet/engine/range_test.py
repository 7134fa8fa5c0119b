"""The range test: a short training whose learning rate rises with each step (Smith, 2017).

It shows from which rate on the cost falls, and at which the steps become too long. Each step is a training of one
epoch by the direct solver: by the examples of one batch, or of several small ones, from the parameters and the moments
that the last one left.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from catnet.engine.direct import Direct
from catnet.engine.inputs import Inputs
from catnet.engine.network import cost
from catnet.engine.schedules import Schedule
from catnet.engine.subsets import spread
from catnet.engine.task import Task
from catnet.engine.types import Array

LOWEST, HIGHEST, STEPS = 1e-7, 10.0, 100
TOO_HIGH = 4  # times the lowest cost so far: the test is over
SMOOTHED, MARGIN = 2, 10  # steps on each side, for the slope; what the rate of the lowest cost is divided by
NO_LOWER = 0.999  # of the cost before the first step: what is above it has not fallen
FEWEST = 128  # examples of a step: after fewer the cost tells which they were, and not the rate
MOST_MEASURED = 512  # examples: the same after each step, so the cost is not noisy as that of the batches is


class Ramp(Schedule):
    """The learning rate rises from LOWEST to HIGHEST, by the same factor in each epoch."""

    def learning_rate_at(self, epoch: int) -> float:
        """The learning rate alpha of an epoch, counted from 1."""
        return float(LOWEST * (HIGHEST / LOWEST) ** ((epoch - 1) / (self.epochs - 1)))


@dataclass(frozen=True)
class RangeTest:
    """The cost before the first step; the learning rate of each step, and the cost after it."""

    start: float
    rates: Array
    costs: Array

    @property
    def still_falls(self) -> bool:
        """Whether the cost was lowest at the last of all steps, so that higher rates may be better."""
        return len(self.costs) == STEPS == int(self.costs.argmin()) + 1


def range_test(task: Task) -> RangeTest:
    """The range test of a task, with its optimizer and its batches; its own schedule is left out.

    The cost is that of at most 512 training examples as they are, without dropout. Ends if it is four times the lowest
    one, or not finite: what is not finite is left out.
    """
    some = spread(task.inputs.m, MOST_MEASURED)
    measured, ramp = of_examples(task, some), Ramp(HIGHEST, STEPS)
    solver = Direct(measured)

    def measure() -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            return cost(task.network, solver.outputs(measured.inputs), measured.labels, measured.weights)

    start = lowest = measure()
    rates: list[float] = []
    costs: list[float] = []
    for step, examples in zip(range(1, STEPS + 1), parts(task), strict=False):
        of_part = replace(of_examples(task, examples), initial=solver.parameters(), schedule=ramp, validation=None)
        solver = Direct(replace(of_part, batch_size=task.batch_size), solver.state)
        J = measure() if np.isfinite(solver.run(step, step)).all() else np.nan
        if not np.isfinite(J):
            break
        rates.append(ramp.learning_rate_at(step))
        costs.append(J)
        lowest = min(lowest, J)
        if TOO_HIGH * lowest < J:
            break
    return RangeTest(start, np.array(rates), np.array(costs))


def parts(task: Task) -> Iterator[Array | None]:
    """The examples of each step: those of some batches, without end; None for all.

    They are at least FEWEST, unless the epoch has fewer left.
    """
    together = -(-FEWEST // task.examples_per_update)
    for epoch in count(1):
        if task.is_full_batch:
            yield None
            continue
        batches = [batch for batch in task.batches(epoch) if batch is not None]
        for start in range(0, len(batches), together):
            yield np.concatenate(batches[start : start + together])


def of_examples(task: Task, examples: Array | None) -> Task:
    """The training by these examples alone, all in each update."""
    if examples is None:
        return task
    inputs = task.inputs
    return replace(
        task,
        inputs=Inputs(inputs.rows[examples], inputs.scaling, inputs.dtype.type, inputs.projection),
        labels=task.labels[:, examples],
        weights=None if task.weights is None else task.weights[:, examples],
        augmented=None if task.augmented is None else replace(task.augmented, rows=task.augmented.rows[examples]),
        batch_size=None,
    )


def suggested(test: RangeTest) -> float | None:
    """The rate at which the cost fell most steeply, against the logarithm of the rate; but at most a tenth of that at
    which it was lowest. None if it never fell clearly below the cost before the first step.

    The first alone is too high if the cost falls in a single step, and the second if its minimum is where the network
    no longer learns more than how frequent the classes are.
    """
    rates, costs = test.rates, test.costs
    if not len(costs) or costs.min() >= NO_LOWER * test.start:  # if that is 0, nothing is lower
        return None
    lowest = int(costs.argmin())
    width = 2 * SMOOTHED + 1
    falling = np.pad(costs[: lowest + 1], SMOOTHED, mode="edge")
    smooth = np.convolve(falling, np.full(width, 1 / width), "valid")
    steepest = int(np.diff(smooth).argmin()) if lowest else 0
    return float(min(rates[steepest], rates[lowest] / MARGIN))
