"""A training as the sums over its shards know it."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from catnet.engine.augmentation import Augmentation
from catnet.engine.mixup import Mixup
from catnet.engine.network import Network
from catnet.engine.randomness import SHUFFLE, generator
from catnet.engine.shards import Node, shards_of
from catnet.engine.task import Task
from catnet.engine.types import Array


@dataclass(frozen=True)
class ShardTask:
    """A training as its sums know it: of m examples, b per update, `block_size` of which go forward and backward
    together. `bounds` are those of its augmentation, if any.
    """

    network: Network
    m: int
    b: int
    block_size: int
    dtype: np.dtype
    seed: int
    dropout: tuple[float, ...]
    bounds: Augmentation | None

    @classmethod
    def of(cls, task: Task) -> "ShardTask":
        """That of a task."""
        bounds = None if task.augmented is None else task.augmented.bounds
        m, b, block_size = task.inputs.m, task.examples_per_update, task.inputs.block_size
        return cls(task.network, m, b, block_size, task.dtype, task.seed, tuple(task.dropout), bounds)

    @cached_property
    def shards(self) -> list[slice]:
        """The training examples, cut."""
        return shards_of(self.m, self.b)

    @cached_property
    def pieces(self) -> list[list[slice]]:
        """Those of the full batch that each shard consists of: so many examples are read at once, and no more."""
        finest = shards_of(self.m)
        return [[of for of in finest if cut.start <= of.start < cut.stop] for cut in self.shards]

    @property
    def root(self) -> Node:
        """The node of the sum over all shards."""
        return 0, len(self.shards)

    @property
    def alpha(self) -> float:
        """That of mixup; 0 for none."""
        return 0.0 if self.bounds is None else self.bounds.mixup

    @property
    def has_order(self) -> bool:
        """Whether the order of the examples is drawn for each epoch."""
        return self.b < self.m or self.alpha > 0

    def part(self, epoch: int, number: int, shard: int) -> tuple[Array | slice, Array]:
        """The examples of a shard in a batch of an epoch, counted from 0, and their places in its order."""
        cut = self.shards[shard]
        if not self.has_order:
            return cut, np.arange(cut.start, cut.stop)
        start = number * self.b
        batch = order(self.seed, epoch, self.m)[start : start + self.b]
        within = np.flatnonzero((batch >= cut.start) & (batch < cut.stop))
        return batch[within], start + within

    def mixup(self, epoch: int) -> Mixup:
        """Who is mixed with whom in an epoch."""
        return mixup(self.alpha, self.seed, epoch, self.m, self.b, self.dtype.str)


@lru_cache(1)
def order(seed: int, epoch: int, m: int) -> Array:
    """The order of the m examples in an epoch, as `Task.order` has it."""
    return generator(seed, SHUFFLE, epoch).permutation(m)


@lru_cache(1)
def mixup(alpha: float, seed: int, epoch: int, m: int, b: int, dtype: str) -> Mixup:
    """That of the batches of an epoch; the last one's is kept."""
    batches = [order(seed, epoch, m)[start : start + b] for start in range(0, m, b)]
    return Mixup.of_epoch(alpha, seed, epoch, batches, np.dtype(dtype))
