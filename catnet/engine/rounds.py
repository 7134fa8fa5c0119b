"""The rounds of an epoch: blocks of a batch that are propagated together; augmented examples are drawn in parts.

A mini-batch is mostly one round. A full batch of augmented examples is many, so that not all are floats at once.
"""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from catnet.engine.inputs import Block
from catnet.engine.mixup import Mixup
from catnet.engine.parallel import ahead, slices
from catnet.engine.task import Task
from catnet.engine.transforms import Draws
from catnet.engine.types import Array

PART_BYTES = 8 << 20  # of all that is drawn at once, from decoded pixels to mixed floats; at least a round
PARTS_PER_EPOCH = 32  # at least, if there are as many rounds: what is drawn first, training waits for


class Examples(NamedTuple):
    """The examples of a block, as Y[:, examples] takes them, and their number; X if they were drawn."""

    examples: Any
    length: int
    X: Block | None = None


class Round(NamedTuple):
    """Blocks of a batch, and the number of its examples if these are its last blocks, else 0."""

    blocks: Sequence[Examples]
    completes: int


def clean_rounds(task: Task, epoch: int) -> Iterator[Round]:
    """Those of an epoch of the clean examples: one per batch."""
    for batch in task.batches(epoch):
        blocks = [Examples(examples, length) for examples, length in task.inputs.blocks(batch)]
        yield Round(blocks, task.inputs.m if batch is None else len(batch))


class Plan:
    """An epoch of augmented examples before they are drawn: its rounds, cut into parts, and who is mixed with whom.

    How it is cut into parts does not change what is drawn, nor in which order it is summed.
    """

    def __init__(self, task: Task, epoch: int) -> None:
        assert task.augmented is not None
        self.epoch = epoch
        self.inputs, self.augmented = task.inputs, task.augmented
        batches = [np.arange(task.inputs.m) if batch is None else batch for batch in task.batches(epoch)]
        alpha = task.augmented.bounds.mixup
        self.mixup = Mixup.of_epoch(alpha, task.seed, epoch, batches, task.inputs.dtype) if alpha else None
        self.rounds = [round_ for batch in batches for round_ in cut(task, batch)]
        self.parts = self._parts(task)

    def _parts(self, task: Task) -> list[list[Round]]:
        """The rounds, as many together as are drawn at once."""
        at_once = PART_BYTES // bytes_of_example(task)
        most = max(1, min(at_once, task.inputs.m // PARTS_PER_EPOCH))
        parts: list[list[Round]] = []
        room = 0
        for round_ in self.rounds:
            length = sum(block.length for block in round_.blocks)
            if length > room:
                parts.append([])
                room = most
            parts[-1].append(round_)
            room -= length
        return parts

    def draw(self, part: Sequence[Round]) -> list[Round]:
        """The rounds of a part, drawn, projected and mixed; each by itself, so the others do not change its bits."""
        wanted = [self._with_partners(block) for (block,), _ in part]
        reader = self.inputs.reader(self.augmented.pictures(self.epoch, np.concatenate(wanted)))
        ends, drawn = accumulate(map(len, wanted)), []
        for ((block,), completes), examples, end in zip(part, wanted, ends, strict=True):
            X = reader.block(slice(end - len(examples), end)).X()
            drawn.append(Round([block._replace(X=self._mixed(block, X))], completes))
        return drawn

    def _with_partners(self, block: Examples) -> Array:
        """The examples of a block, and the only partner that it may lack: that of the last one."""
        examples: Array = block.examples
        if self.mixup is None or self.mixup.partners[examples[-1]] == examples[0]:
            return examples
        return np.append(examples, self.mixup.partners[examples[-1]])

    def _mixed(self, block: Examples, X: Array) -> Block:
        """x~ = lambda x + (1 - lambda) x', x' being the next one's."""
        one = X.dtype.type(1)
        if self.mixup is not None:
            share = self.mixup.shares[block.examples[0]]
            following = X[:, 1:] if X.shape[1] > block.length else np.concatenate([X[:, 1:], X[:, :1]], axis=1)
            X = share * X[:, : block.length] + (one - share) * following
        return Block(X, one)


def cut(task: Task, batch: Array) -> list[Round]:
    """The rounds of a batch: one block each, as augmented examples are trained in one thread."""
    blocks = [Examples(batch[part], part.stop - part.start) for part in slices(len(batch), task.inputs.block_size)]
    return [*(Round([block], 0) for block in blocks[:-1]), Round(blocks[-1:], len(batch))]


def drawn_epochs(task: Task, epochs: Sequence[int]) -> Generator[tuple[Plan, Iterator[Round]], None, None]:
    """Each epoch with its rounds, drawn part by part: a thread draws the next part while the caller uses this one.

    The caller uses all rounds of an epoch before the next epoch, and closes the iterator.
    """
    plans = (Plan(task, epoch) for epoch in epochs)
    parts = ((plan, part) for plan in plans for part in plan.parts)

    def draw(part: tuple[Plan, list[Round]]) -> tuple[Plan, list[Round]]:
        return part[0], part[0].draw(part[1])

    with closing(ahead(draw, parts)) as drawn:
        for plan, of_plan in groupby(drawn, key=itemgetter(0)):
            yield plan, (round_ for _, rounds_of_part in of_plan for round_ in rounds_of_part)


def bytes_of_example(task: Task) -> int:
    """The memory to draw an example: its pixels; as floats before the projection, after it, and mixed."""
    assert task.augmented is not None
    numbers = task.augmented.n + 2 * task.inputs.n
    return task.augmented.bytes_of_example + numbers * task.inputs.dtype.itemsize


def bytes_of_drawing(task: Task) -> int:
    """The memory for what is drawn from; at random, of two epochs; and for three parts: one is trained, one waits, and
    one is drawn.
    """
    assert task.augmented is not None
    m = task.inputs.m
    drawn = 2 * m * np.dtype(float).itemsize * len(Draws._fields)
    part = max(PART_BYTES, min(m, task.inputs.block_size) * bytes_of_example(task))
    return task.augmented.bytes_kept + drawn + 3 * part
