"""What the workers are sent of a training: where its examples are, and what they should be. No picture is sent."""

import hashlib
import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from catnet.data.cache_file import PAGE_BYTES
from catnet.data.dataset import DIGEST_BYTES, Split
from catnet.data.listing import InArray, Picture
from catnet.engine.pictures import Size
from catnet.engine.shard_task import ShardTask
from catnet.engine.shards import shards_of
from catnet.engine.types import Array
from catnet.model import Model
from catnet.training.build import Setup

START_BYTES = 8  # of a digest


@dataclass(frozen=True)
class Pictures:
    """Decoded pictures by where they are. `mirrored`: they are seen left against right.

    `packed` has their files, `digest` is the SHA-256 of their digests, of which `starts` has the first bytes. `kept` is
    the file in which this machine keeps them decoded, and the byte at which they begin there: a worker on this machine
    may find them too.
    """

    packed: bytes
    count: int
    digest: bytes
    starts: tuple[bytes, ...]
    mirrored: bool = False
    kept: tuple[str, int] | None = None

    @classmethod
    def of(cls, split: Split, examples: slice, mirrored: bool = False) -> "Pictures":
        """Consecutive pictures of a split."""
        assert split.pictures is not None
        digests = split.digests[examples.start * DIGEST_BYTES : examples.stop * DIGEST_BYTES]
        start = PAGE_BYTES + examples.start * split.rows.shape[1]
        kept = None if split.mapped is None else (os.path.abspath(split.mapped.path), start)
        count = examples.stop - examples.start
        digest, starts = hashlib.sha256(digests).digest(), starts_of(digests)
        return cls(packed(split.pictures[examples]), count, digest, starts, mirrored, kept)

    @cached_property
    def pictures(self) -> list[Picture]:
        """The pictures."""
        found = json.loads(zlib.decompress(self.packed))
        return [each if isinstance(each, str) else InArray(Path(each[0]), each[1], each[2]) for each in found]


def starts_of(digests: bytes) -> tuple[bytes, ...]:
    """The first bytes of each digest, by which one that differs is found."""
    return tuple(digests[start : start + START_BYTES] for start in range(0, len(digests), DIGEST_BYTES))


def packed(pictures: Sequence[Picture]) -> bytes:
    """Where pictures are, by absolute paths, in few bytes."""
    absolute = [
        os.path.abspath(each) if isinstance(each, str) else [os.path.abspath(each.file), each.index, each.array]
        for each in pictures
    ]
    return zlib.compress(json.dumps(absolute).encode("utf-8", "surrogateescape"), level=1)


@dataclass(frozen=True)
class Shard:
    """Consecutive examples: pictures, in one part for each view that they are seen in, or the rows of a table.

    Training data has labels Y (k, length) and class weights, (k, length), (1, length) or None, as the network is
    trained on them.
    """

    examples: slice
    pictures: tuple[Pictures, ...] = ()
    rows: Array | None = None
    labels: Array | None = None
    weights: Array | None = None


@dataclass(frozen=True)
class Training:
    """What the sums over all shards depend on. The model has no parameters, which are sent in each round."""

    task: ShardTask
    model: Model
    decoded_size: Size | None
    colors: str
    projection: Array | None

    @classmethod
    def of(cls, setup: Setup) -> "Training":
        """That of a training that is set up."""
        projection = None if setup.whitening is None else setup.whitening.matrix
        dataset, model = setup.dataset, replace(setup.model, parameters={})
        return cls(ShardTask.of(setup.task), model, dataset.image_size, dataset.colors, projection)


def training_shards(setup: Setup) -> list[Shard]:
    """The training data."""
    split, task = setup.dataset.splits["train"], setup.task
    Y = task.labels.astype(task.dtype)
    weights = None if task.weights is None else task.weights.astype(task.dtype)
    shards = []
    for cut in ShardTask.of(task).shards:
        is_picture = split.pictures is not None
        pictures = (Pictures.of(split, cut),) if is_picture else ()
        rows = None if is_picture else split.rows[cut]
        shards.append(Shard(cut, pictures, rows, Y[:, cut], None if weights is None else weights[:, cut]))
    return shards


def validation_shards(setup: Setup) -> list[Shard]:
    """The validation data, all examples in one view after the other."""
    if setup.validation is None:
        return []
    split, shards = setup.dataset.splits["validation"], []
    m = len(split.rows)
    for cut in shards_of(setup.validation.inputs.m):
        if split.pictures is None:
            shards.append(Shard(cut, rows=split.rows[cut]))
            continue
        views = [(slice(cut.start, min(cut.stop, m)), False), (slice(max(cut.start, m) - m, cut.stop - m), True)]
        pictures = tuple(Pictures.of(split, of, mirrored) for of, mirrored in views if of.stop > of.start)
        shards.append(Shard(cut, pictures))
    return shards


def moved(examples: slice, by: int) -> slice:
    """As many examples, so many further on."""
    return slice(examples.start + by, examples.stop + by)
