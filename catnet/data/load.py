"""From a Catalog to a Dataset: every picture is decoded, or taken from the cache."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from catnet.data.cache import decoded_pictures
from catnet.data.column_inputs import filled
from catnet.data.dataset import Catalog, Dataset, Split
from catnet.data.duplicates import grouped, noted, settle
from catnet.data.encoding import cells_of
from catnet.data.faults import Faults, Kind
from catnet.engine.colors import RGB
from catnet.errors import DataError
from catnet.text import listed

Progress = Callable[[int, int], None]


def load(
    catalog: Catalog,
    image_size: tuple[int, int],
    *,
    colors: str = RGB,
    bad: str = "fail",
    progress: Progress | None = None,
) -> Dataset:
    """Decodes all pictures to uint8 (m, height * width * channels). The rows of a table are in the catalog already.

    Which examples are equal is known only then: the splits that are drawn are drawn again if need be. Raises DataError
    that lists every bad file, or, if `bad` is skip, leaves them out; and DataError for pictures with two labels.
    `progress` is told how many pictures are decoded, and of how many.
    """
    dataset, groups = grouped(catalog, decode(catalog, image_size, colors, bad, progress))
    settled = settle(catalog, dataset, groups)
    if settled is not catalog:
        dataset, groups = grouped(settled, decode(settled, image_size, colors, bad, progress))
    return noted(dataset, groups)


def settled(catalog: Catalog) -> Catalog:
    """The catalog of a table in the splits in which `load` has it: equal rows are in one of those that are drawn."""
    if catalog.draw is None:
        return catalog
    return settle(catalog, *grouped(catalog, decode(catalog, (1, 1), RGB, "fail", None)))


def decode(catalog: Catalog, image_size: tuple[int, int], colors: str, bad: str, progress: Progress | None) -> Dataset:
    """The catalog with the rows of its examples; bad files as in `load`."""
    total, done = sum(len(listing.names) for listing in catalog.splits.values()), 0
    splits: dict[str, Split] = {}
    faults = Faults(total, "picture")
    notes: list[str] = []
    for name, listing in catalog.splits.items():
        if listing.rows is not None:
            splits[name] = Split(listing.rows, listing.labels, listing.names)
            continue
        pictures = listing.paths or ()
        decoded = decoded_pictures(pictures, image_size, partial(_show, progress, done, total), notes, colors)
        done += len(pictures)
        for fault in decoded.faults:
            faults.add(pictures[fault.place], fault.reason, Kind(fault.reason, of_column=fault.passing))
        if decoded.faults:
            listing = listing.take(np.delete(np.arange(len(pictures)), [fault.place for fault in decoded.faults]))
        splits[name] = Split(
            decoded.rows,
            listing.labels,
            listing.names,
            decoded.digests,
            mapped=decoded.mapped,
            pictures=listing.paths,
        )
    if faults.found:
        path = os.path.commonpath([fault.name for fault in faults.found])
        faults.settle(Path(path), bad)
        _check_what_is_left(path, catalog, splits)
    size = image_size if catalog.question.features is None else None
    skipped, all_notes = (*catalog.skipped, *faults.found), (*catalog.notes, *dict.fromkeys(notes))
    cells = filled(catalog.question.columns, cells_of(catalog.splits).values())
    return Dataset(splits, catalog.question, size, skipped, all_notes, colors, cells)


def _show(progress: Progress | None, before: int, total: int, done: int) -> None:
    """Tells the progress, which is that of all splits, how many pictures of this split are ready."""
    if progress is not None:
        progress(before + done, total)


def _check_what_is_left(path: str, catalog: Catalog, splits: dict[str, Split]) -> None:
    """Raises DataError if skipping has emptied a split, or a class of the training data."""
    for name, split in splits.items():
        if not len(split.rows):
            raise DataError(f"{path}: the {name} data has no readable picture left; fix or add some")
        if name == "train" and (absent := catalog.question.absent(split.labels)):
            raise DataError(f"{path}: class {listed(absent)} has no readable training picture left; fix or add some")
