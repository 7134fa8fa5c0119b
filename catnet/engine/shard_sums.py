"""The sums over shards of dZ[l] A[l-1]', of dZ[l] and of the losses, of which an update is made.

What they depend on besides the parameters is a `ShardTask` and the examples of the shards. Each shard goes forward and
backward block by block in one thread, in the order of its blocks; shards are added by the tree of `shards.py`.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np

from catnet.engine.by_blocks import sums_over_block
from catnet.engine.dropout import DropoutMasks
from catnet.engine.inputs import Block, Inputs, Reader
from catnet.engine.network import NO_MASKS, Network, first_layer, forward, loss_derivative, losses
from catnet.engine.parallel import in_single_threads, slices, thread_count
from catnet.engine.parameters import Vector
from catnet.engine.shard_task import ShardTask
from catnet.engine.shards import Node, added, nodes_within, sum_at
from catnet.engine.types import Array, Masks, Parameters


class Source(Protocol):
    """Where the examples of the shards come from. It is asked by several threads."""

    def inputs(self, shard: int, part: Array | slice) -> Inputs:
        """X of some of a shard's examples, counted from its first, as they are."""

    def drawn(self, epoch: int, examples: Array) -> Inputs:
        """X of examples as they are augmented in an epoch, before mixup."""

    def labels(self, examples: Array | slice) -> tuple[Array, Array | None]:
        """Y (k, length) of examples, and their class weights, (k, length), (1, length) or None."""


class Sums(NamedTuple):
    """The sums over some examples: for the gradient, and of the losses; and which examples, with their Z[L], if the
    batch is a mini-batch.
    """

    vector: Vector
    loss: float
    seen: tuple[tuple[Array, Array], ...] = ()


class Summer:
    """Forms sums in one thread, in vectors of its own, which the next batch uses again."""

    def __init__(self, task: ShardTask, source: Source) -> None:
        self._task, self._source = task, source
        self._vectors: list[Vector] = []
        self._free: list[Vector] = []
        self._reader: Reader | None = None

    def sums(self, theta: Vector, epoch: int, number: int, shards: range) -> dict[Node, Sums]:
        """Those over consecutive shards in a batch of an epoch, at the largest nodes. Valid until the next call."""
        self._free = list(self._vectors)
        masks = DropoutMasks(self._task, epoch) if any(self._task.dropout) else None
        of_shard = partial(self._of_shard, theta, epoch, number, masks)
        return {node: sum_at(node, of_shard, self._add) for node in nodes_within(shards, self._task.root)}

    def _add(self, one: Sums, other: Sums) -> Sums:
        self._free.append(other.vector)
        return add(one, other)

    def _vector(self, theta: Vector) -> Vector:
        if not self._free:
            self._vectors.append(theta.like())
            return self._vectors[-1]
        return self._free.pop()

    def _of_shard(self, theta: Vector, epoch: int, number: int, masks: DropoutMasks | None, shard: int) -> Sums:
        task = self._task
        examples, places = task.part(epoch, number, shard)
        found = Sums(self._vector(theta), 0.0)
        if not len(places):
            found.vector.vector.fill(0)
        for part, X in self._blocks(epoch, shard, examples, len(places)):
            of_part = within(examples, part)
            Y, weights = self._labels(epoch, of_part)
            drawn = NO_MASKS if masks is None else masks.at(places[part])
            derivative = partial(loss_derivative, task.network, Y=Y, weights=weights)
            vector = self._vector(theta) if part.start else found.vector
            Z = sums_over_block(task.network, theta, X, drawn, derivative, vector)
            loss = float(losses(task.network, Z, Y, weights).sum(dtype=np.float64))
            of_block = Sums(
                vector, loss, ((of_part, Z),) if isinstance(of_part, np.ndarray) and task.b < task.m else ()
            )
            found = self._add(found, of_block) if part.start else of_block
        return found

    def _labels(self, epoch: int, examples: Array | slice) -> tuple[Array, Array | None]:
        """Y and the class weights of examples in an epoch, mixed."""
        labels = self._source.labels
        if not self._task.alpha:
            return labels(examples)
        mixup = self._task.mixup(epoch)
        return mixup.mixed(mixup.shares[examples], labels(examples), labels(mixup.partners[examples]))

    def _blocks(self, epoch: int, shard: int, examples: Array | slice, length: int) -> Iterator[tuple[slice, Block]]:
        """X of the examples of a shard, block by block, and which of them a block has."""
        first, parts = self._task.shards[shard].start, slices(length, self._task.block_size) if length else []
        for part in parts:
            wanted = within(examples, part)
            if self._task.bounds is None:
                inputs = self._source.inputs(shard, part if isinstance(wanted, slice) else wanted - first)
                self._reader = self._reader or inputs.reader()
                yield part, self._reader.block_of(inputs.rows)
                continue
            if isinstance(wanted, slice):
                wanted = np.arange(wanted.start, wanted.stop)
            yield part, Block(self._drawn(epoch, wanted), self._task.dtype.type(1))

    def _drawn(self, epoch: int, examples: Array) -> Array:
        """X of augmented examples, mixed: x~ = lambda x + (1 - lambda) x'."""
        if not self._task.alpha:
            return all_of(self._source.drawn(epoch, examples))
        mixup = self._task.mixup(epoch)
        X = all_of(self._source.drawn(epoch, np.concatenate([examples, mixup.partners[examples]])))
        shares, one = mixup.shares[examples], self._task.dtype.type(1)
        return shares * X[:, : len(examples)] + (one - shares) * X[:, len(examples) :]


def add(one: Sums, other: Sums) -> Sums:
    """The sum of two, in the vector of the first."""
    one.vector.vector += other.vector.vector
    return Sums(one.vector, one.loss + other.loss, one.seen + other.seen)


def all_of(inputs: Inputs) -> Array:
    """X of all the examples."""
    return inputs.reader().block(slice(0, inputs.m)).X()


def within(examples: Array | slice, part: slice) -> Array | slice:
    """Some of these examples."""
    if isinstance(examples, slice):
        return slice(examples.start + part.start, examples.start + part.stop)
    return examples[part]


class ShardSums:
    """Sums over shards, in as many threads as matrix products take."""

    def __init__(self, task: ShardTask, source: Source) -> None:
        self.task, self._source = task, source
        self._summers: list[Summer] = []

    @np.errstate(over="ignore", invalid="ignore")  # the cost tells that a training diverges
    def sums(self, theta: Vector, epoch: int, number: int, shards: range) -> dict[Node, Sums]:
        """Those over consecutive shards in a batch of an epoch, counted from 0, at the largest nodes."""
        parts = [shards[part] for part in in_parts(len(shards))]
        while len(self._summers) < len(parts):
            self._summers.append(Summer(self.task, self._source))

        def work(place: int) -> dict[Node, Sums]:
            return self._summers[place].sums(theta, epoch, number, parts[place])

        found: dict[Node, Sums] = {}
        for of_part in in_single_threads(work, range(len(parts))):
            found |= of_part
        return added(found, self.task.root, add)

    def outputs(self, theta: Parameters, shards: range, epoch: int | None = None) -> Array:
        """Z[L] of the examples of consecutive shards as they are, (k, length); with the dropout of an epoch, if it is
        given.
        """

        def work(piece: tuple[int, slice]) -> Array:
            masks = None if epoch is None or not any(self.task.dropout) else DropoutMasks(self.task, epoch)
            shard, examples = piece
            first = self.task.shards[shard].start
            inputs = self._source.inputs(shard, slice(examples.start - first, examples.stop - first))
            return logits_of(self.task.network, theta, inputs, masks, examples.start)

        pieces = [(shard, examples) for shard in shards for examples in self.task.pieces[shard]]
        return np.concatenate(in_single_threads(work, pieces), axis=1)


def logits_of(
    network: Network, theta: Parameters, inputs: Inputs, masks: DropoutMasks | None = None, first: int = 0
) -> Array:
    """Z[L] of all the inputs, (k, m), in one thread; the first of them is the example `first` of the masks."""
    out, reader = np.empty((network.sizes[-1], inputs.m), inputs.dtype), inputs.reader()
    for part in slices(inputs.m, inputs.block_size):
        drawn: Masks = NO_MASKS if masks is None else masks.at(np.arange(first + part.start, first + part.stop))
        out[:, part] = forward(network, theta, first_layer(theta, reader.block(part)), drawn).Z[network.depth]
    return out


def logits_of_shards(
    network: Network, theta: Parameters, shards: Sequence[Any], inputs_of: Callable[[Any], Inputs]
) -> Array:
    """Z[L] of shards one after the other, (k, m), in threads; `inputs_of` gives X of one when it is its turn."""
    return np.concatenate(in_single_threads(lambda shard: logits_of(network, theta, inputs_of(shard)), shards), axis=1)


def in_parts(count: int) -> list[slice]:
    """So many shards, in a run for each thread."""
    return slices(count, max(1, -(-count // thread_count())))
