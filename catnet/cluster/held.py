"""What a worker holds of a training: consecutive shards, which it reads when they are first needed.

It is the result of a task. If its worker dies, another one makes it again, from what the client has sent; if it is
moved, only that is: what was read stays behind. What it has read it keeps in memory, if there is room.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from threading import Lock, RLock
from typing import Any

import numpy as np

from catnet.cluster.sent import Pictures, Shard, Training, moved
from catnet.cluster.stored import Stored, stored
from catnet.engine.augmented import Augmented
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.pictures import mirrored
from catnet.engine.shard_sums import ShardSums
from catnet.engine.sharded import of_rows
from catnet.engine.types import Array

ALL = slice(None)


class Held:
    """Shards of a training's data. It is the source of the sums over them."""

    def __init__(self, training: Training, shards: Sequence[Shard], first: int, room: float) -> None:
        """`first` is the place of the first of the shards among all. `room` is the memory, in bytes, for X."""
        self.training, self._shards, self.first, self._room = training, shards, first, room
        self._left = room
        self._lock = Lock()
        self._reading = {place: RLock() for place in self.places}  # several threads may need a shard
        self._stored: dict[int, list[tuple[Pictures, Stored]]] = {}
        self._kept: dict[int, Inputs | None] = {}  # None: there is no room
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

    def inputs(self, shard: int, part: Array | slice = ALL) -> Inputs:
        """X of some of a shard's examples, counted from its first, as they are."""
        with self._reading[shard]:
            if shard not in self._kept:
                self._kept[shard] = self._inputs_of(shard, ALL) if self._takes_room(shard) else None
            kept = self._kept[shard]
        return self._inputs_of(shard, part) if kept is None else of_rows(kept, kept.rows[part])

    def _takes_room(self, place: int) -> bool:
        """Whether there is room for X of a shard, which is then taken."""
        shard, dtype, n = self._shards[place - self.first], np.dtype(np.uint8), self.training.model.network.sizes[0]
        if self._is_projected(shard):
            dtype, n = self.training.task.dtype, self.training.task.network.sizes[0]
        elif shard.rows is not None:
            dtype = shard.rows.dtype
        needed = n * dtype.itemsize * (shard.examples.stop - shard.examples.start)
        with self._lock:
            has_room = needed <= self._left
            self._left -= needed if has_room else 0
        return has_room

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

    def _is_projected(self, shard: Shard) -> bool:
        """Whether X of a shard is projected when it is read: it is not augmented before."""
        return self.training.projection is not None and (self.training.task.bounds is None or shard.labels is None)

    def _inputs_of(self, place: int, part: Array | slice) -> Inputs:
        """X of some examples of the shard at a place."""
        shard = self._shards[place - self.first]
        if not self._is_projected(shard):
            return self._as_inputs(self._rows(place, part))
        first, m = shard.examples.start, shard.examples.stop - shard.examples.start
        pieces = [shard.examples] if shard.labels is None else self.training.task.pieces[place]
        wanted = np.arange(m)[part]
        rows = np.empty((len(wanted), self.training.task.network.sizes[0]), self.training.task.dtype)
        for piece in (moved(each, -first) for each in pieces):  # whole, which decides the bits
            within = (piece.start <= wanted) & (wanted < piece.stop)
            if within.any():
                X = self._as_inputs(self._rows(place, piece)).projected([slice(0, piece.stop - piece.start)])
                rows[within] = X.rows[wanted[within] - piece.start]
        return Inputs(rows, Scaling(0.0, 1.0), self.training.task.dtype.type)

    def _rows(self, place: int, part: Array | slice) -> Array:
        """The rows of some examples of the shard at a place, averaged over boxes; of all, if it is in several views."""
        model, shard = self.training.model, self._shards[place - self.first]
        if shard.rows is not None:
            return shard.rows[part]
        assert model.image_size is not None
        seen = []
        for pictures, found in self._stored_of(place):
            averaged = model.averaged(found.take(part))
            seen.append(mirrored(averaged, model.image_size) if pictures.mirrored else averaged)
        return seen[0] if len(seen) == 1 else np.concatenate(seen)

    def _as_inputs(self, rows: Array) -> Inputs:
        training = self.training
        return Inputs(rows, training.model.scaling, training.task.dtype.type, training.projection)

    def _stored_of(self, place: int) -> list[tuple[Pictures, Stored]]:
        """The decoded pictures of the shard at a place."""
        with self._reading[place]:
            if place not in self._stored:
                size, colors = self.training.decoded_size, self.training.colors
                assert size is not None
                pictures = self._shards[place - self.first].pictures
                self._stored[place] = [(each, stored(each, size, colors)) for each in pictures]
            return self._stored[place]
