"""What a worker holds of a training: consecutive shards, which it reads when they are first needed.

It is the result of a task. If its worker dies, another one makes it again, from what the client has sent; if it is
moved, only that is: what was read stays behind. What it has read it keeps in memory, if there is room.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np

from catnet.cluster.sent import Pictures, Shard, Training
from catnet.cluster.stored import Stored, stored
from catnet.engine.augmented import Augmented
from catnet.engine.inputs import Inputs
from catnet.engine.pictures import mirrored
from catnet.engine.shard_sums import ShardSums
from catnet.engine.types import Array


class Held:
    """Shards of a training's data. It is the source of the sums over them."""

    def __init__(self, training: Training, shards: Sequence[Shard], first: int, room: float) -> None:
        """`first` is the place of the first of the shards among all. `room` is the memory, in bytes, for X."""
        self.training, self._shards, self.first, self._room = training, shards, first, room
        self._left = room
        self._lock = Lock()
        self._stored: dict[int, list[tuple[Pictures, Stored]]] = {}
        self._kept: dict[int, Inputs] = {}
        self.others: Sequence[Held] = ()  # which have the rest of the examples, if some are mixed with them

    def __reduce__(self) -> tuple[Callable[..., "Held"], tuple[Any, ...]]:
        return Held, (self.training, self._shards, self.first, self._room)

    @property
    def places(self) -> range:
        """The places of the shards among all."""
        return range(self.first, self.first + len(self._shards))

    @cached_property
    def sums(self) -> ShardSums:
        """What forms the sums."""
        return ShardSums(self.training.task, self)

    def inputs(self, shard: int) -> Inputs:
        """X of a shard's examples as they are."""
        if (kept := self._kept.get(shard)) is not None:
            return kept
        inputs = self._inputs_of(shard)
        with self._lock:
            if inputs.rows.nbytes <= self._left:
                self._left -= inputs.rows.nbytes
                self._kept[shard] = inputs
        return inputs

    def drawn(self, epoch: int, examples: Array) -> Inputs:
        """X of examples as they are augmented in an epoch, before mixup."""
        training, model = self.training, self.training.model
        assert training.task.bounds is not None
        rows = self._gathered(examples, Held._decoded)
        of = (examples, training.task.m)
        factor = 1 if model.image_size is None else model.box_average
        augmented = Augmented(rows, model.image_size, factor, training.task.bounds, training.task.seed, True, of)
        return self._as_inputs(augmented.pictures(epoch, np.arange(len(examples))))

    def labels(self, examples: Array | slice) -> tuple[Array, Array | None]:
        """Y (k, length) of examples, and their class weights."""
        if isinstance(examples, slice):
            examples = np.arange(examples.start, examples.stop)
        Y = self._gathered(examples, Held._labels)
        return Y.T, self._gathered(examples, Held._weights).T if self._shards[0].weights is not None else None

    def _gathered(self, examples: Array, rows_of: Callable[["Held", int, Array], Array]) -> Array:
        """The rows that `rows_of(held, shard, examples within it)` has of examples, from whoever holds them."""
        starts = np.array([cut.start for cut in self.training.task.shards])
        shards = np.searchsorted(starts, examples, side="right") - 1
        gathered: Array | None = None
        for shard in np.unique(shards).tolist():
            holder = next(held for held in (self, *self.others) if shard in held.places)
            wanted = shards == shard
            rows = rows_of(holder, shard, examples[wanted] - starts[shard])
            if gathered is None:
                gathered = np.empty((len(examples), *rows.shape[1:]), rows.dtype)
            gathered[wanted] = rows
        assert gathered is not None
        return gathered

    def _decoded(self, shard: int, within: Array) -> Array:
        """The decoded pictures, or rows, of some examples of a shard."""
        rows = self._shards[shard - self.first].rows
        if rows is not None:
            return rows[within]
        ((_, found),) = self._stored_of(shard)
        return found.take(within)

    def _labels(self, shard: int, within: Array) -> Array:
        labels = self._shards[shard - self.first].labels
        assert labels is not None
        return labels.T[within]

    def _weights(self, shard: int, within: Array) -> Array:
        weights = self._shards[shard - self.first].weights
        assert weights is not None
        return weights.T[within]

    def _inputs_of(self, place: int) -> Inputs:
        """X of a shard: averaged over boxes, in its views; projected, if it is read as it is in each epoch."""
        training, model, shard = self.training, self.training.model, self._shards[place - self.first]
        rows = shard.rows
        if rows is None:
            assert model.image_size is not None
            parts = []
            for pictures, found in self._stored_of(place):
                averaged = model.averaged(found.take(slice(None)))
                parts.append(mirrored(averaged, model.image_size) if pictures.mirrored else averaged)
            rows = parts[0] if len(parts) == 1 else np.concatenate(parts)
        inputs = self._as_inputs(rows)
        is_drawn = training.task.bounds is not None and shard.labels is not None
        return inputs if training.projection is None or is_drawn else inputs.projected(shard.finest)

    def _as_inputs(self, rows: Array) -> Inputs:
        training = self.training
        return Inputs(rows, training.model.scaling, training.task.dtype.type, training.projection)

    def _stored_of(self, place: int) -> list[tuple[Pictures, Stored]]:
        """The decoded pictures of the shard at a place."""
        if place not in self._stored:
            size, colors = self.training.decoded_size, self.training.colors
            assert size is not None
            pictures = self._shards[place - self.first].pictures
            self._stored[place] = [(each, stored(each, size, colors)) for each in pictures]
        return self._stored[place]
