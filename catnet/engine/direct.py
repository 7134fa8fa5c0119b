"""The direct solver: forward and backward propagation over blocks of the examples, one update per batch.

It can do every training. A full batch is many blocks and one update.
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
    loss_derivative,
    sums_of_first_layer,
    sums_of_other_layers,
)
from catnet.engine.parallel import in_threads, shares
from catnet.engine.parameters import Vector
from catnet.engine.task import DropoutMasks, Task
from catnet.engine.types import Array, Masks, Parameters, State


class Direct:
    """Trains by the sums of dZ[l] A[l-1]' over blocks."""

    name = "direct"

    def __init__(self, task: Task, state: State | None = None) -> None:
        """Starts at a copy of the task's initial parameters, with the state that goes with them, if any."""
        self.task = task
        dtype = task.inputs.dtype
        self._theta = Vector.of(task.initial, dtype)
        self._moments = task.optimizer.moments(self._theta)
        self._moments.restore(state or {})
        self._labels = task.labels.astype(dtype)
        self._weights = None if task.weights is None else task.weights.astype(dtype)
        self.logits = np.zeros(task.labels.shape, dtype)  # Z[L] from the forward passes of the last epoch
        self._workers: list[Worker] = []

    def run(self, first: int, last: int) -> Array:
        """Trains the epochs first, ..., last; returns their costs, as `Solver` says."""
        return np.array([self._epoch(epoch) for epoch in range(first, last + 1)])

    @np.errstate(over="ignore", invalid="ignore")  # the cost tells that a training diverges: no warning is needed
    def _epoch(self, epoch: int) -> float:
        task = self.task
        learning_rate = task.schedule.learning_rate_at(epoch)
        masks = DropoutMasks(task, epoch)
        for batch in task.batches(epoch):
            g = self._sums_over(batch, masks)
            g.vector /= task.inputs.m if batch is None else len(batch)
            task.optimizer.update(self._theta, g, self._moments, learning_rate)
        if not np.isfinite(self._theta.vector.sum()):  # one number that is not finite makes the sum not finite
            return float("nan")
        return cost(task.network, self.logits, self._labels, self._weights)

    def _sums_over(self, batch: Array | None, masks: DropoutMasks) -> Vector:
        """The sums over the batch of dZ[l] A[l-1]' and of dZ[l]. The next call overwrites them."""
        blocks = [(examples, masks.next(length)) for examples, length in self.task.inputs.blocks(batch)]
        parts = shares(blocks)
        while len(self._workers) < len(parts):
            self._workers.append(Worker(self))
        workers = self._workers
        sums, *others = in_threads(lambda part: workers[part].sums_over(parts[part]), range(len(parts)))
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
        """The parameters of a snapshot, or a copy of the current ones."""
        return self.snapshot() if snapshot is None else snapshot

    @property
    def state(self) -> State:
        """What is needed to resume besides the parameters: a copy of the optimizer's moments."""
        return self._moments.state()


class Worker:
    """Propagates a share of the blocks forward and backward in one thread, with buffers of its own."""

    def __init__(self, solver: Direct) -> None:
        self._solver = solver
        self._reader = solver.task.inputs.reader()
        self._total = solver._theta.like()
        self._of_block = solver._theta.like()

    def sums_over(self, blocks: Sequence[tuple[Any, Masks]]) -> Vector:
        """The sums over these blocks. The next call overwrites them."""
        first, *others = blocks
        self._sums_over_block(*first, self._total)
        for examples, masks in others:
            self._sums_over_block(examples, masks, self._of_block)
            self._total.vector += self._of_block.vector
        return self._total

    def _sums_over_block(self, examples: Any, masks: Masks, sums: Vector) -> None:
        solver, network, theta = self._solver, self._solver.task.network, self._solver._theta
        X = self._reader.block(examples)
        forward_pass = forward(network, theta, first_layer(theta, X), masks)
        solver.logits[:, examples] = Z_last = forward_pass.Z[network.depth]
        weights = None if solver._weights is None else solver._weights[:, examples]
        dZ_last = loss_derivative(network, Z_last, solver._labels[:, examples], weights)
        dZ = backward(network, theta, forward_pass, dZ_last, masks)
        sums_of_first_layer(dZ[1], X, sums)
        sums_of_other_layers(dZ, forward_pass.A, sums)
