"""The augmented examples of a training: each epoch's pictures anew.

What is drawn at random belongs to (seed, epoch, example): parts, order and threads do not change it.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from catnet.engine.augmentation import Augmentation
from catnet.engine.memory import available_memory
from catnet.engine.pictures import Size, box_average
from catnet.engine.transforms import Draws, affine, cut_out, gather, recolored, sliding_average
from catnet.engine.types import Array

MAX_SHARE_OF_MEMORY = 0.25  # of what is available, that the sliding averages of all pictures may take
GATHERED_TOGETHER = 128  # pictures: the places of their pixels stay in the processor's cache


@dataclass(frozen=True, eq=False)
class Augmented:
    """The training examples, changed at random in each epoch.

    `rows` are decoded pictures, uint8 (m, factor * height * factor * width * channels), in memory or in a memory map,
    `size` is the (height, width) of the network's input. Or they are a table, whose `size` is None: it has only mixup.
    `seed` is the training's. `is_for_few`: only a few pictures are asked for, so no averages of all are made. `part`:
    the rows are not all examples, but those at these indices, of so many.
    """

    rows: Array
    size: Size | None
    factor: int
    bounds: Augmentation
    seed: int = 0
    is_for_few: bool = False
    part: tuple[Array, int] | None = None

    @property
    def m(self) -> int:
        """The number of examples."""
        return len(self.rows)

    @property
    def n(self) -> int:
        """The numbers of an example."""
        return self.rows.shape[1] // self.factor**2

    def pictures(self, epoch: int, examples: Array) -> Array:
        """The rows of these examples in an epoch, (length, n), before mixup: of pictures, bytes."""
        if self.size is None:
            return self.rows[examples]
        if not self.bounds.changes_pictures:
            return box_average(self.rows[examples], self.size, self.factor)
        rows = np.empty((len(examples), self.n), np.uint8)
        draws = draws_of_epoch(self.seed, epoch, self.m if self.part is None else self.part[1])
        for start in range(0, len(rows), GATHERED_TOGETHER):
            together = examples[start : start + GATHERED_TOGETHER]
            drawn = draws.at(together if self.part is None else self.part[0][together])
            rows[start : start + len(together)] = self._changed(together, drawn)
        return rows

    def _changed(self, examples: Array, draws: Draws) -> Array:
        assert self.size is not None
        bounds, places = self.bounds, affine(draws, self.bounds, self.size, self.factor)
        if self.is_averaged_once:
            rows = gather(self._averaged, examples, places)
        else:
            averaged = sliding_average(self._as_pictures(self.rows[examples]), self.factor)
            rows = gather(averaged, np.arange(len(examples)), places)
        if bounds.brightness or bounds.contrast:
            rows = recolored(rows, draws, bounds)
        if bounds.cutout:
            cut_out(rows, draws, bounds, self.size)
        return rows

    @cached_property
    def is_averaged_once(self) -> bool:
        """Whether the sliding averages of all pictures are kept, or made again for each picture that is drawn."""
        if self.size is None or not self.bounds.changes_pictures:
            return False
        fits = self.rows.nbytes <= MAX_SHARE_OF_MEMORY * available_memory()
        return self.factor == 1 or (fits and not self.is_for_few)

    @property
    def bytes_kept(self) -> int:
        """The memory that the sliding averages take."""
        return self.rows.nbytes if self.is_averaged_once and self.factor > 1 else 0

    @property
    def bytes_of_example(self) -> int:
        """The memory to draw one: its row, and its decoded pixels, gathered and averaged, if no averages are kept."""
        decoded = 0 if self.size is None or self.is_averaged_once else 2 * self.rows.shape[1]
        return self.n * self.rows.itemsize + decoded

    @cached_property
    def _averaged(self) -> Array:
        return sliding_average(self._as_pictures(self.rows), self.factor)

    def _as_pictures(self, rows: Array) -> Array:
        assert self.size is not None
        height, width = self.size
        return rows.reshape(len(rows), height * self.factor, width * self.factor, -1)


@lru_cache(1)
def draws_of_epoch(seed: int, epoch: int, m: int) -> Draws:
    """What is drawn for the m examples of an epoch; the last one's is kept."""
    return Draws.of_epoch(seed, epoch, m)
