"""Blocks of examples: how the direct solver trains full batches, augmented examples, and some mini-batches.

The gradient of a batch is the sum of its blocks' gradients. Each thread sums up the blocks of its share.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from catnet.engine.dropout import DropoutMasks
from catnet.engine.inputs import Block
from catnet.engine.network import Network, backward, first_layer, forward, sums_of_first_layer, sums_of_other_layers
from catnet.engine.optimizers import Moments
from catnet.engine.parallel import gains_by_threads, in_threads, shares
from catnet.engine.parameters import Vector
from catnet.engine.rounds import Examples, Round
from catnet.engine.task import Task
from catnet.engine.types import Array, Masks

NUMBERS_FOR_THREADS = 100_000  # in the largest Z[l]: threads that call NumPy often hold each other up
TIMES_THE_STEP = 4  # of one by features, before another thread gains: here threads meet at each product
FLOPS_OF_FULL_BATCH = 1 << 21  # in the products of one, with fewer: to wake another thread takes as long as they do


def has_short_steps(task: Task) -> bool:
    """Whether another thread does not pay for a batch: it would gain less than a fifth, and lose as much if the
    processors are busy or far apart.
    """
    network, b, moved = task.network, task.examples_per_update, task.network.parameter_count
    if b * max(network.sizes[1:]) >= NUMBERS_FOR_THREADS:
        return False
    if task.is_full_batch:
        return 6 * b * moved < FLOPS_OF_FULL_BATCH
    return not gains_by_threads(moved, 6 * b * moved, TIMES_THE_STEP)


class ByBlocks:
    """Trains the rounds of an epoch."""

    def __init__(self, task: Task, theta: Vector, moments: Moments, take_logits: Callable[[Any, Array], Array]) -> None:
        """take_logits(examples, Z[L]) returns dZ[L] of the examples' losses."""
        self._task, self._theta, self._moments = task, theta, moments
        self._new_worker = partial(Worker, task, theta, take_logits)
        self._workers = [self._new_worker()]

    def train(self, epoch: int, rounds: Iterable[Round]) -> None:
        """Trains the rounds of an epoch."""
        task, masks = self._task, DropoutMasks(self._task, epoch)
        learning_rate = task.schedule.learning_rate_at(epoch)
        with_sums = 0  # the number of workers that have sums of the batch
        for blocks, completes in rounds:
            propagated = self._propagate([(block, masks.next(block.length)) for block in blocks], with_sums)
            with_sums = max(with_sums, propagated)
            if completes:
                task.optimizer.update(self._theta, self._sums(with_sums), self._moments, learning_rate, completes)
                with_sums = 0

    def _propagate(self, blocks: Sequence[tuple[Examples, Masks]], with_sums: int) -> int:
        """Propagates the blocks; the first `with_sums` workers add to the sums that they have. How many worked."""
        if len(blocks) == 1:
            self._workers[0].add(blocks, with_sums > 0)
            return 1
        parts = shares(blocks)
        while len(self._workers) < len(parts):
            self._workers.append(self._new_worker())
        in_threads(lambda part: self._workers[part].add(parts[part], part < with_sums), range(len(parts)))
        return len(parts)

    def _sums(self, with_sums: int) -> Vector:
        """The sums over a batch of dZ[l] A[l-1]' and of dZ[l], of so many workers. The next batch overwrites them."""
        sums, *others = [worker.sums for worker in self._workers[:with_sums]]
        for other in others:
            sums.vector += other.vector
        return sums


class Worker:
    """Propagates a share of the blocks forward and backward in one thread, with buffers of its own."""

    def __init__(self, task: Task, theta: Vector, take_logits: Callable[[Any, Array], Array]) -> None:
        self._network, self._theta, self._take_logits = task.network, theta, take_logits
        self._reader = task.inputs.reader()
        self.sums = theta.like()
        self._of_block = theta.like()

    def add(self, blocks: Sequence[tuple[Examples, Masks]], to_sums: bool) -> None:
        """Adds the sums over these blocks to those of the batch so far, or, unless `to_sums`, begins with them."""
        for block, masks in blocks:
            self._sums_over_block(block, masks, self._of_block if to_sums else self.sums)
            if to_sums:
                self.sums.vector += self._of_block.vector
            to_sums = True

    def _sums_over_block(self, block: Examples, masks: Masks, sums: Vector) -> None:
        X = block.X or self._reader.block(block.examples)
        sums_over_block(self._network, self._theta, X, masks, partial(self._take_logits, block.examples), sums)


def sums_over_block(
    network: Network, theta: Vector, X: Block, masks: Masks, derivative: Callable[[Array], Array], sums: Vector
) -> Array:
    """Into `sums`: dZ[l] A[l-1]' and the row sums of dZ[l], for all layers. `derivative` gives dZ[L] for Z[L], which is
    returned.
    """
    forward_pass = forward(network, theta, first_layer(theta, X), masks)
    Z_last = forward_pass.Z[network.depth]
    dZ = backward(network, theta, forward_pass, derivative(Z_last), masks)
    sums_of_first_layer(dZ[1], X, sums)
    sums_of_other_layers(dZ, forward_pass.A, sums)
    return Z_last
