"""Inverted dropout (Srivastava et al., 2014): a mask is 0 with probability p, else 1 / (1 - p), for each neuron."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np

from catnet.engine.network import Network
from catnet.engine.randomness import DROPOUT, generator
from catnet.engine.types import Array, Masks

EXAMPLES_TOGETHER = 16  # drawn for one that is wanted: to begin at a place takes as long


class Dropped(Protocol):
    """What the masks of a training depend on; `dropout` has the p of each hidden layer."""

    @property
    def network(self) -> Network: ...
    @property
    def dropout(self) -> Sequence[float]: ...
    @property
    def seed(self) -> int: ...
    @property
    def dtype(self) -> np.dtype: ...


class DropoutMasks:
    """The masks of an epoch, drawn example by example, so they do not depend on how it is cut into blocks."""

    def __init__(self, task: Dropped, epoch: int) -> None:
        self._dtype = task.dtype
        self._layers = {
            layer: (generator(task.seed, DROPOUT, epoch, layer), p, task.network.sizes[layer])
            for layer, p in enumerate(task.dropout, start=1)
            if p > 0
        }
        self._starts = {layer: random.bit_generator.state for layer, (random, _, _) in self._layers.items()}

    def next(self, m: int) -> Masks:
        """The masks of the next m examples, by layer, each (n_l, m)."""
        return {
            layer: self._mask(random.random((m, n), np.float32), p) for layer, (random, p, n) in self._layers.items()
        }

    def at(self, places: Array) -> Masks:
        """The masks of the examples at these places, ascending, of the order in which the epoch has them."""
        return {layer: self._mask(self._drawn_at(layer, places), p) for layer, (_, p, _) in self._layers.items()}

    def _mask(self, drawn: Array, p: float) -> Array:
        mask: Array = ((drawn >= p) / self._dtype.type(1 - p)).astype(self._dtype).T
        return mask

    def _drawn_at(self, layer: int, places: Array) -> Array:
        """What is drawn for the examples at these places, (len(places), n_l)."""
        random, _, n = self._layers[layer]
        drawn = np.empty((len(places), n), np.float32)
        for wanted in runs(places):
            first = int(places[wanted.start])
            self._begin_at(random, self._starts[layer], first * n)
            of_run = random.random((int(places[wanted.stop - 1]) + 1 - first, n), np.float32)
            drawn[wanted] = of_run[places[wanted] - first]
        return drawn

    @staticmethod
    def _begin_at(random: "np.random.Generator", start: Any, count: int) -> None:
        """Lets the next number be the one after so many: two float32 are drawn from 64 bits."""
        bits: Any = random.bit_generator
        bits.state = start
        bits.advance(count // 2)
        if count % 2:
            random.random(1, np.float32)


def runs(places: Array) -> Iterator[slice]:
    """Ascending places, cut into runs that have no wide gap."""
    ends = np.flatnonzero(np.diff(places) > EXAMPLES_TOGETHER) + 1
    for start, stop in zip([0, *ends.tolist()], [*ends.tolist(), len(places)], strict=True):
        if stop > start:
            yield slice(start, stop)
