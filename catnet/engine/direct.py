"""The direct solver: forward and backward over blocks of the pictures, an update a batch.

It does every training there is. A full batch is many blocks and one update.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from catnet.engine.inputs import Inputs
from catnet.engine.network import (
    backward,
    cost,
    first_layer,
    forward,
    logits,
    slope,
    sums_of_first_layer,
    sums_of_layers,
)
from catnet.engine.parallel import in_threads, shares
from catnet.engine.parameters import Vector
from catnet.engine.task import DropoutMasks, Task
from catnet.engine.types import Array, Masks, Parameters, State


class Direct:
    """Trains by the sums of dZ[l] A[l-1]' over blocks."""

    name = "direct"

    def __init__(self, task: Task, state: State | None = None) -> None:
        """Starts at the task's initial parameters, copied; with the state that a solver had there, if it is given."""
        self.task = task
        dtype = task.inputs.dtype
        self._theta = Vector.of(task.initial, dtype)
        self._moments = task.optimizer.moments(self._theta)
        self._moments.restore(state or {})
        self._labels = task.labels.astype(dtype)
        self._weights = None if task.weights is None else task.weights.astype(dtype)
        self.logits = np.zeros(task.labels.shape, dtype)  # Z[L], as the last epoch's forward passes saw it
        self._workers: list[Worker] = []

    def run(self, first: int, last: int) -> Array:
        """Trains the epochs first, ..., last, counted from 1.

        Returns the cost J that each epoch's forward passes saw; nan for one that left the finite numbers.
        """
        return np.array([self._epoch(epoch) for epoch in range(first, last + 1)])

    @np.errstate(over="ignore", invalid="ignore")  # a training that diverges is known by its cost, not by a warning
    def _epoch(self, epoch: int) -> float:
        task = self.task
        learning_rate = task.learning_rate_at(epoch)
        masks = task.dropout_masks(epoch)
        for batch in task.batches(epoch):
            g = self._sums_over(batch, masks)
            g.vector /= task.inputs.m if batch is None else len(batch)
            task.optimizer.update(self._theta, g, self._moments, learning_rate)
        if not np.isfinite(self._theta.vector.sum()):  # a sum is not finite as soon as one number is not
            return float("nan")
        return cost(task.network, self.logits, self._labels, self._weights)

    def _sums_over(self, batch: Array | None, masks: DropoutMasks) -> Vector:
        """The sums over the batch of dZ[l] A[l-1]' and of dZ[l]."""
        blocks = [(where, masks.next(length)) for where, length in self.task.inputs.blocks(batch)]
        parts = shares(blocks)
        while len(self._workers) < len(parts):
            self._workers.append(Worker(self))
        work = list(zip(self._workers, parts, strict=False))
        sums, *others = in_threads(lambda item: item[0].sums_over(item[1]), work)
        for other in others:
            sums.vector += other.vector
        return sums

    def outputs(self, inputs: Inputs) -> Array:
        """Z[L] of other examples, (k, m), without dropout."""
        return logits(self.task.network, self._theta, inputs)

    def snapshot(self) -> Parameters:
        """A copy of the parameters."""
        return self._theta.copies()

    def parameters(self, snapshot: Parameters | None = None) -> Parameters:
        """The parameters of a snapshot, or a copy of those of now."""
        return self.snapshot() if snapshot is None else snapshot

    @property
    def state(self) -> State:
        """What going on needs besides the parameters: a copy of the optimizer's moments."""
        return self._moments.state()


class Worker:
    """Goes forward and backward over a share of the blocks, with buffers of its own, for one thread."""

    def __init__(self, solver: Direct) -> None:
        self._solver = solver
        self._reader = solver.task.inputs.reader()
        self._sums = solver._theta.like()
        self._more = solver._theta.like()

    def sums_over(self, blocks: Sequence[tuple[Any, Masks]]) -> Vector:
        """The sums over these blocks, which the next call overwrites."""
        into = self._sums
        for where, masks in blocks:
            self._sums_over_block(where, masks, into)
            if into is self._more:
                self._sums.vector += self._more.vector
            into = self._more
        return self._sums

    def _sums_over_block(self, where: Any, masks: Masks, sums: Vector) -> None:
        solver, network, theta = self._solver, self._solver.task.network, self._solver._theta
        factor = solver.task.inputs.factor
        X = self._reader.block(where)
        seen = forward(network, theta, first_layer(theta, X, factor), masks)
        solver.logits[:, where] = Z_last = seen.Z[network.depth]
        weights = None if solver._weights is None else solver._weights[:, where]
        dZ = backward(network, theta, seen, slope(network, Z_last, solver._labels[:, where], weights), masks)
        sums_of_layers(dZ, seen.A, sums)
        sums_of_first_layer(dZ[1], X, factor, sums)
