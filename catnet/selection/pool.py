"""The examples that a network is chosen by: all but the test data, which is touched once, at the end."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from catnet.config import Config
from catnet.data.dataset import Catalog, Dataset, Split
from catnet.data.encoding import encode, encoded
from catnet.data.listing import Listing, joined
from catnet.data.load import load, settled
from catnet.data.near_duplicates import groups
from catnet.data.scan import scan
from catnet.engine.types import Array
from catnet.evaluation.folds import first_of_groups
from catnet.model import Model
from catnet.training.build import check_early_stopping
from catnet.training.first_weights import LearnedBefore, learned_before
from catnet.training.rate import limit_for

Part = TypeVar("Part")

POOLED = ("train", "validation")  # what is put together
APART = "the columns have so few values that equal rows are taken to be no copies: they may be in different folds"


@dataclass(frozen=True)
class Pool:
    """The training examples, then the validation examples: m together, with the labels Y (k, m) and the names.

    `dataset` is what was read, and `listing` has a table's cells, of which each training makes its own inputs.
    `groups` (m,) has the same number for examples that are to be in one fold, for they are equal or nearly so.
    """

    config: Config
    dataset: Dataset
    labels: Array
    names: tuple[str, ...]
    groups: Array
    listing: Listing | None = None

    @property
    def m(self) -> int:
        """How many examples there are."""
        return len(self.names)

    @cached_property
    def different(self) -> int:
        """How many groups of examples there are: of copies only one says something new."""
        return self.different_in([np.arange(self.m)])

    def different_in(self, parts: Iterable[Array]) -> int:
        """How many groups the examples at these indices, which are in one or several parts, belong to."""
        return len(first_of_groups(self.groups[np.unique(np.concatenate(list(parts)))]))

    @cached_property
    def learned_before(self) -> LearnedBefore:
        """What the first weights of each training have learned from."""
        return learned_before(self.config)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the names and the labels."""
        sha = hashlib.sha256("\0".join(self.names).encode("utf-8", "surrogatepass"))
        sha.update(np.ascontiguousarray(self.labels).data)
        return sha.hexdigest()

    @property
    def splits(self) -> list[str]:
        """The names of the splits that are put together."""
        return [name for name in POOLED if name in self.dataset.splits]

    @property
    def of_training(self) -> Array:
        """The indices of the training data."""
        return np.arange(len(self.dataset.splits["train"].names))

    @property
    def of_validation(self) -> Array:
        """The indices of the validation data; none if there is none."""
        return np.arange(len(self.of_training), self.m)

    def rows(self, indices: Array) -> Array:
        """The decoded pictures at these indices, a copy."""
        parts = pooled(self.dataset.splits)
        rows = np.empty((len(indices), parts[0].rows.shape[1]), parts[0].rows.dtype)
        start = 0
        for part in parts:
            inside = (indices >= start) & (indices < start + len(part.rows))
            rows[inside] = part.rows[indices[inside] - start]
            start += len(part.rows)
        return rows

    def part(self, training: Array, validation: Array) -> Dataset:
        """The data of a training on the examples at some indices, with those at others as its validation data, if any.

        What the columns of a table are as inputs is learned of the examples that are trained on alone.
        """
        places = {"train": training} | ({"validation": validation} if len(validation) else {})
        if self.listing is None:
            splits = {name: self._split(self.rows(indices), indices) for name, indices in places.items()}
            return replace(self.dataset, splits=splits, notes=())
        listings = {name: self.listing.take(indices) for name, indices in places.items()}
        catalog = encoded(Catalog(listings, self.dataset.question, learns=True))
        splits = {name: self._split(catalog.splits[name].rows, indices) for name, indices in places.items()}
        return replace(self.dataset, splits=splits, question=catalog.question, notes=())

    @cached_property
    def _limits(self) -> dict[tuple[bytes, bytes], float | None]:
        return {}

    def limit(self, training: Array, validation: Array) -> float | None:
        """The limit for the learning rate of a training on a part (`limit_for`), which is computed once."""
        key = training.tobytes(), validation.tobytes()
        if key not in self._limits:
            self._limits[key] = limit_for(self.config, self.part(training, validation))
        return self._limits[key]

    def answers(self, model: Model, indices: Array) -> Array:
        """The model's answers y^ (k, m) about the examples at these indices."""
        if self.listing is None:
            return model.predict(self.rows(indices))
        cells = self.listing.take(indices).cells
        assert cells is not None
        return model.predict(encode(model.question, cells))

    def _split(self, rows: Array | None, indices: Array) -> Split:
        assert rows is not None
        names = tuple(self.names[index] for index in indices.tolist())
        return Split(rows, self.labels[:, indices], names, by_chance=self.dataset.by_chance)


def pool_of(config: Config, progress: Callable[[int, int], None] | None = None, alike: Array | None = None) -> Pool:
    """Reads the data of a configuration; raises as `read_data` does.

    `alike` are the groups, if they are known: of many pictures it takes long to find those that are nearly equal. Each
    row of a table is a group of its own if they are equal by chance, which is noted.
    """
    data, catalog = config.data, scan(config)
    is_table = catalog.question.features is not None
    catalog = settled(catalog) if is_table else catalog
    dataset = load(catalog, data.decoded_size, colors=data.colors, bad=data.bad_images, progress=progress)
    check_early_stopping(config, dataset)
    parts = pooled(dataset.splits)
    listing = joined(pooled(catalog.splits), catalog.question.features) if catalog.question.features else None
    labels = np.concatenate([part.labels for part in parts], axis=1)
    names = tuple(name for part in parts for name in part.names)
    if alike is None:
        rows = parts[0].rows if len(parts) == 1 else np.concatenate([part.rows for part in parts])
        alike = groups(rows, None if is_table else data.decoded_size)
        if dataset.by_chance:
            alike, dataset = np.arange(len(rows)), replace(dataset, notes=(*dataset.notes, APART))
    return Pool(config, dataset, labels, names, alike, listing)


def pooled(splits: Mapping[str, Part]) -> list[Part]:
    """Those of the splits that are put together."""
    return [splits[name] for name in POOLED if name in splits]
