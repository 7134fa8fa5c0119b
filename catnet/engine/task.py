"""What a solver is asked to do: the network, its initial parameters, the examples, and how to descend."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from catnet.engine.augmented import Augmented
from catnet.engine.inputs import Inputs
from catnet.engine.network import Network
from catnet.engine.optimizers import Optimizer
from catnet.engine.randomness import SHUFFLE, generator
from catnet.engine.schedules import Schedule
from catnet.engine.shared_gram import PartOfGram
from catnet.engine.types import Array, Parameters

if TYPE_CHECKING:
    from catnet.engine.sharded import Rounds


@dataclass(frozen=True)
class Task:
    """A training, whichever solver does it.

    `labels` is Y (k, m). `weights` are the class weights, (k, m) or (1, m), or None. `batch_size` None is full batch.
    `dropout` is, for each hidden layer, the probability p that a neuron is left out. If there are `augmented` examples,
    it is these that are trained, in place of the clean `inputs`. `bytes_of_folding` is the memory that a save takes
    besides the parameters, if they are stored folded. `part_of_gram` has K, if several trainings share one.
    `rounds` forms the sums over the shards, if others than this process do.
    """

    network: Network
    initial: Parameters
    inputs: Inputs
    labels: Array
    schedule: Schedule
    optimizer: Optimizer = field(default_factory=lambda: Optimizer("gradient_descent"))
    weights: Array | None = None
    batch_size: int | None = None
    dropout: Sequence[float] = ()
    validation: Inputs | None = None  # examples whose outputs will be asked for after each epoch
    seed: int = 0
    augmented: Augmented | None = None
    bytes_of_folding: int = 0
    part_of_gram: PartOfGram | None = None
    rounds: "Rounds | None" = None

    @property
    def epochs(self) -> int:
        """The number of epochs of the whole training."""
        return self.schedule.epochs

    @property
    def dtype(self) -> np.dtype:
        """The precision in which it is trained."""
        return self.inputs.dtype

    @property
    def is_full_batch(self) -> bool:
        """Whether an epoch is one update by all examples."""
        return self.batch_size is None or self.batch_size >= self.inputs.m

    @property
    def examples_per_update(self) -> int:
        """How many there are in a batch, but for a shorter last one."""
        return self.inputs.m if self.is_full_batch or self.batch_size is None else self.batch_size

    @property
    def updates_per_epoch(self) -> int:
        """The number of batches of an epoch."""
        return -(-self.inputs.m // self.examples_per_update)

    def batches(self, epoch: int) -> Iterator[Array | None]:
        """The mini-batches of an epoch, as indices in an order drawn for it; None for full batch.

        With mixup a full batch has an order too: it says who is mixed with whom.
        """
        m = self.inputs.m
        if self.is_full_batch and not (self.augmented and self.augmented.bounds.mixup):
            yield None
            return
        order, size = self.order(epoch), self.examples_per_update
        for start in range(0, m, size):
            yield order[start : start + size]

    def order(self, epoch: int) -> Array:
        """The order in which the examples of an epoch come in mini-batches, (m,)."""
        return generator(self.seed, SHUFFLE, epoch).permutation(self.inputs.m)
