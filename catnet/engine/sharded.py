"""The sharded solver: the direct solver's sums, shard by shard, added in an order that nothing but the data decides.

So it trains to the same bits with any number of threads, and with the sums formed by any number of machines.
"""

from typing import Protocol

import numpy as np

from catnet.engine.inputs import Inputs
from catnet.engine.network import logits
from catnet.engine.parameters import Vector
from catnet.engine.shard_sums import ShardSums, Sums, logits_of_shards
from catnet.engine.shard_task import ShardTask
from catnet.engine.shards import shards_of
from catnet.engine.task import Task
from catnet.engine.types import Array, Parameters, State


class Rounds(Protocol):
    """What forms the sums: a round for each batch."""

    @property
    def warnings(self) -> list[str]:
        """What the user should know of it."""

    def sums(self, theta: Vector, epoch: int, number: int) -> Sums:
        """Those over a batch of an epoch, counted from 0. Valid until the next call."""

    def outputs(self, theta: Vector, epoch: int | None = None) -> Array:
        """Z[L] of the training examples as they are, (k, m); with the dropout of an epoch, if it is given."""

    def outputs_of_validation(self, theta: Vector) -> Array:
        """Z[L] of the validation data, in all views."""


class Sharded:
    """Trains by the gradients dZ[l] A[l-1]', like the direct solver, on sums over shards."""

    name = "sharded"

    def __init__(self, task: Task, state: State | None = None) -> None:
        """Starts at a copy of the task's initial parameters, with the state that goes with them, if any."""
        self.task = task
        self._theta = Vector.of(task.initial, task.dtype)
        self._moments = task.optimizer.moments(self._theta)
        self._moments.restore(state or {})
        self._rounds = task.rounds or RoundsHere(task)
        self._logits: Array | None = None  # of the last epoch; None if they are not known
        self._before, self._last = self._theta, 0  # the parameters that the last epoch, of full batch, had

    def run(self, first: int, last: int) -> Array:
        """Trains the epochs first, ..., last; returns their costs, as `Solver` says."""
        return np.array([self._epoch(epoch, epoch == last) for epoch in range(first, last + 1)])

    @np.errstate(over="ignore", invalid="ignore")  # the cost tells that a training diverges: no warning is needed
    def _epoch(self, epoch: int, is_last: bool) -> float:
        """Trains an epoch; returns J, from its forward passes, or nan if a parameter is no longer finite."""
        task, loss, m = self.task, 0.0, self.task.inputs.m
        seen = np.empty(task.labels.shape, task.dtype)
        learning_rate = task.schedule.learning_rate_at(epoch)
        if is_last and task.is_full_batch:
            self._before, self._last = Vector.of(self._theta, task.dtype), epoch
        for number in range(task.updates_per_epoch):
            sums = self._rounds.sums(self._theta, epoch, number)
            for examples, Z in sums.seen:
                seen[:, examples] = Z
            loss += sums.loss
            b = task.examples_per_update
            examples_in_batch = min(b, m - number * b)
            task.optimizer.update(self._theta, sums.vector, self._moments, learning_rate, examples_in_batch)
        self._logits = None if task.is_full_batch else seen
        return loss / m if np.isfinite(self._theta.vector.sum()) else float("nan")

    @property
    def logits(self) -> Array:
        """Z[L] of the training examples, (k, m), from the forward passes of the last epoch.

        Of a full batch they are computed when they are asked for, at the parameters that it had: of clean examples.
        """
        if self._logits is None:
            self._logits = self._rounds.outputs(self._before, self._last)
        return self._logits

    def outputs(self, inputs: Inputs) -> Array:
        """Z[L] of other examples, (k, m), without dropout."""
        if inputs is self.task.inputs:
            return self._rounds.outputs(self._theta)
        if inputs is self.task.validation:
            return self._rounds.outputs_of_validation(self._theta)
        return logits(self.task.network, self._theta, inputs)

    def snapshot(self) -> Parameters:
        """A copy of the parameters."""
        return self._theta.copies()

    def parameters(self, snapshot: Parameters | None = None) -> Parameters:
        """The parameters of a snapshot, or a copy of the current ones."""
        return self.snapshot() if snapshot is None else snapshot

    @property
    def state(self) -> State:
        """What is needed to resume besides the parameters: a copy of the optimizer's moments."""
        return self._moments.state()


class RoundsHere:
    """Forms the sums in the threads of this process. It is the source of the examples too."""

    def __init__(self, task: Task) -> None:
        self._task, shards = task, ShardTask.of(task)
        self._shards, self._sums = shards, ShardSums(shards, self)
        self._Y = task.labels.astype(task.dtype)
        self._weights = None if task.weights is None else task.weights.astype(task.dtype)
        self.warnings: list[str] = []

    def sums(self, theta: Vector, epoch: int, number: int) -> Sums:
        """Those over a batch of an epoch."""
        root = self._shards.root
        return self._sums.sums(theta, epoch, number, range(*root))[root]

    def outputs(self, theta: Vector, epoch: int | None = None) -> Array:
        """Z[L] of the training examples as they are."""
        return self._sums.outputs(theta, range(*self._shards.root), epoch)

    def outputs_of_validation(self, theta: Vector) -> Array:
        """Z[L] of the validation data, in all views."""
        validation = self._task.validation
        assert validation is not None
        return logits_of_shards(
            self._task.network, theta, shards_of(validation.m), lambda cut: of_rows(validation, validation.rows[cut])
        )

    def inputs(self, shard: int, part: Array | slice) -> Inputs:
        """X of some of a shard's examples, counted from its first, as they are."""
        return of_rows(self._task.inputs, self._task.inputs.rows[self._shards.shards[shard]][part])

    def drawn(self, epoch: int, examples: Array) -> Inputs:
        """X of examples as they are augmented in an epoch, before mixup."""
        assert self._task.augmented is not None
        return of_rows(self._task.inputs, self._task.augmented.pictures(epoch, examples))

    def labels(self, examples: Array | slice) -> tuple[Array, Array | None]:
        """Y of examples, and their class weights."""
        return self._Y[:, examples], None if self._weights is None else self._weights[:, examples]


def of_rows(inputs: Inputs, rows: Array) -> Inputs:
    """Other rows, as these inputs are."""
    return Inputs(rows, inputs.scaling, inputs.dtype.type, inputs.projection)
