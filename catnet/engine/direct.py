"""The direct solver: forward and backward propagation over blocks of the examples, one update per batch.

It can do every training. A full batch is many blocks and one update. Only this solver trains augmented examples. Most
mini-batches are trained by parts of the features: see `MiniBatches`.
"""

from collections.abc import Iterable, Sequence
from contextlib import closing, nullcontext
from typing import Any

import numpy as np

from catnet.engine.inputs import Inputs
from catnet.engine.mini_batches import MiniBatches, are_by_parts
from catnet.engine.mixup import Mixup
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
from catnet.engine.parallel import FLOPS_FOR_THREADS, FLOPS_OF_UPDATE, in_threads, one_thread, shares
from catnet.engine.parameters import Vector
from catnet.engine.rounds import Examples, Round, clean_rounds, drawn_epochs
from catnet.engine.task import DropoutMasks, Task
from catnet.engine.types import Array, Masks, Parameters, State

# A step of a mini-batch in blocks has one thread if it takes fewer operations than some times those of a step by parts,
# and its layers have fewer numbers: another thread would gain less than a fifth, and lose as much if the processors are
# busy or far apart.
TIMES_THE_FLOPS = 4
NUMBERS_FOR_THREADS = 100_000  # in the largest Z[l]: threads that call NumPy often hold each other up


class Direct:
    """Trains by the sums of dZ[l] A[l-1]' over blocks."""

    name = "direct"

    def __init__(self, task: Task, state: State | None = None) -> None:
        """Starts at a copy of the task's initial parameters, with the state that goes with them, if any."""
        self.task = task
        dtype = task.inputs.dtype
        by_parts = are_by_parts(task)
        self._theta = Vector.of(task.initial, dtype, transposed=("W1",) if by_parts else ())
        self._moments = task.optimizer.moments(self._theta)
        self._moments.restore(state or {})
        self._clean = task.labels.astype(dtype), None if task.weights is None else task.weights.astype(dtype)
        self._labels, self._weights = self._clean  # or mixed, those of the epoch
        self.logits = np.zeros(task.labels.shape, dtype)  # Z[L] from the forward passes of the last epoch
        self._workers = [Worker(self)]
        self._by_parts = MiniBatches(task, self._theta, self._moments, self.loss_derivative) if by_parts else None

    def run(self, first: int, last: int) -> Array:
        """Trains the epochs first, ..., last; returns their costs, as `Solver` says."""
        task, epochs = self.task, range(first, last + 1)
        if self._by_parts is not None:
            return np.array([self._epoch_by_parts(self._by_parts, epoch) for epoch in epochs])
        if task.augmented is None:
            with one_thread() if has_short_steps(task) else nullcontext():
                return np.array([self._epoch(epoch, clean_rounds(task, epoch)) for epoch in epochs])
        # drawing has another processor; and products of both in several threads would set the BLAS's number in turn
        with one_thread(), closing(drawn_epochs(task, epochs)) as drawn:
            return np.array([self._epoch(plan.epoch, of_plan, plan.mixup) for plan, of_plan in drawn])

    @np.errstate(over="ignore", invalid="ignore")  # the cost tells that a training diverges: no warning is needed
    def _epoch(self, epoch: int, rounds: Iterable[Round], mixup: Mixup | None = None) -> float:
        task = self.task
        self._labels, self._weights = self._clean if mixup is None else mixup.labels(*self._clean)
        learning_rate = task.schedule.learning_rate_at(epoch)
        masks = DropoutMasks(task, epoch)
        with_sums = 0  # the number of workers that have sums of the batch
        for blocks, completes in rounds:
            propagated = self._propagate([(block, masks.next(block.length)) for block in blocks], with_sums)
            with_sums = max(with_sums, propagated)
            if completes:
                task.optimizer.update(self._theta, self._sums(with_sums), self._moments, learning_rate, completes)
                with_sums = 0
        return self._cost()

    @np.errstate(over="ignore", invalid="ignore")
    def _epoch_by_parts(self, by_parts: MiniBatches, epoch: int) -> float:
        by_parts.train(epoch)
        return self._cost()

    def _cost(self) -> float:
        """J of the epoch, from its forward passes; nan if a parameter is no longer finite."""
        if not np.isfinite(self._theta.vector.sum()):  # one number that is not finite makes the sum not finite
            return float("nan")
        return cost(self.task.network, self.logits, self._labels, self._weights)

    def loss_derivative(self, examples: Any, Z_last: Array) -> Array:
        """dZ[L] of examples, whose Z[L] it keeps."""
        self.logits[:, examples] = Z_last
        weights = None if self._weights is None else self._weights[:, examples]
        return loss_derivative(self.task.network, Z_last, self._labels[:, examples], weights)

    def _propagate(self, blocks: Sequence[tuple[Examples, Masks]], with_sums: int) -> int:
        """Adds the blocks' sums to those of the workers, of which so many have some; how many have worked."""
        if len(blocks) == 1:
            self._workers[0].add(blocks, with_sums > 0)
            return 1
        parts = shares(blocks)
        while len(self._workers) < len(parts):
            self._workers.append(Worker(self))
        in_threads(lambda part: self._workers[part].add(parts[part], part < with_sums), range(len(parts)))
        return len(parts)

    def _sums(self, with_sums: int) -> Vector:
        """The sums over a batch of dZ[l] A[l-1]' and of dZ[l], of so many workers. The next batch overwrites them."""
        sums, *others = [worker.sums for worker in self._workers[:with_sums]]
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


def has_short_steps(task: Task) -> bool:
    """Whether these are mini-batches that another thread does not pay for."""
    network, b = task.network, task.batch_size
    if b is None or b >= task.inputs.m:
        return False
    flops = network.parameter_count * (6 * b + FLOPS_OF_UPDATE)
    return flops < TIMES_THE_FLOPS * FLOPS_FOR_THREADS and b * max(network.sizes[1:]) < NUMBERS_FOR_THREADS


class Worker:
    """Propagates a share of the blocks forward and backward in one thread, with buffers of its own."""

    def __init__(self, solver: Direct) -> None:
        self._solver = solver
        self._reader = solver.task.inputs.reader()
        self.sums = solver._theta.like()
        self._of_block = solver._theta.like()

    def add(self, blocks: Sequence[tuple[Examples, Masks]], to_sums: bool) -> None:
        """Adds the sums over these blocks `to_sums` that there are, or begins new ones."""
        for block, masks in blocks:
            self._sums_over_block(block, masks, self._of_block if to_sums else self.sums)
            if to_sums:
                self.sums.vector += self._of_block.vector
            to_sums = True

    def _sums_over_block(self, block: Examples, masks: Masks, sums: Vector) -> None:
        solver, network, theta = self._solver, self._solver.task.network, self._solver._theta
        examples, X = block.examples, block.X or self._reader.block(block.examples)
        forward_pass = forward(network, theta, first_layer(theta, X), masks)
        dZ_last = solver.loss_derivative(examples, forward_pass.Z[network.depth])
        dZ = backward(network, theta, forward_pass, dZ_last, masks)
        sums_of_first_layer(dZ[1], X, sums)
        sums_of_other_layers(dZ, forward_pass.A, sums)
