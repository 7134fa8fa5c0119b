"""What a solver is asked to do: the network, its start, the examples, and how to descend."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from catnet.engine.inputs import Inputs
from catnet.engine.network import Network
from catnet.engine.optimizers import Optimizer
from catnet.engine.randomness import DROPOUT, SHUFFLE, generator
from catnet.engine.schedules import Schedule
from catnet.engine.types import Array, Masks, Parameters


@dataclass(frozen=True)
class Task:
    """A training, whichever solver does it.

    `labels` is Y (k, m); `weights` are the class weights, (k, m) or (1, m), or None. `batch_size` None is full batch.
    `dropout` is the probability p, a hidden layer, that a neuron is left out.
    """

    network: Network
    initial: Parameters
    inputs: Inputs
    labels: Array
    epochs: int
    learning_rate: float
    optimizer: Optimizer = field(default_factory=lambda: Optimizer("gradient_descent"))
    schedule: Schedule = field(default_factory=Schedule)
    weights: Array | None = None
    batch_size: int | None = None
    dropout: Sequence[float] = ()
    validation: Inputs | None = None  # examples whose outputs will be asked for epoch after epoch
    seed: int = 0

    def learning_rate_at(self, epoch: int) -> float:
        """The learning rate of an epoch, counted from 1."""
        return self.schedule.learning_rate(self.learning_rate, epoch, self.epochs)

    def batches(self, epoch: int) -> Iterator[Array | None]:
        """The mini-batches of an epoch, as indices in an order drawn for it; None for full batch."""
        m = self.inputs.m
        if self.batch_size is None or self.batch_size >= m:
            yield None
            return
        order = generator(self.seed, SHUFFLE, epoch).permutation(m)
        for start in range(0, m, self.batch_size):
            yield order[start : start + self.batch_size]

    def dropout_masks(self, epoch: int) -> "DropoutMasks":
        """The masks of an epoch, to be drawn block after block."""
        return DropoutMasks(self, epoch)


class DropoutMasks:
    """Inverted dropout: a neuron of a hidden layer is 0 with probability p, else divided by 1 - p (Srivastava, 2014).

    Drawn example by example, so that the masks do not depend on how an epoch is cut into blocks.
    """

    def __init__(self, task: Task, epoch: int) -> None:
        self._dtype = task.inputs.dtype
        self._layers = {
            layer: (generator(task.seed, DROPOUT, epoch, layer), p, task.network.sizes[layer])
            for layer, p in enumerate(task.dropout, start=1)
            if p > 0
        }

    def next(self, m: int) -> Masks:
        """The masks of the next m examples, by layer, each (n_l, m)."""
        return {
            layer: ((random.random((m, n), np.float32) >= p) / self._dtype.type(1 - p)).astype(self._dtype).T
            for layer, (random, p, n) in self._layers.items()
        }
