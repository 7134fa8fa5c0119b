"""From a Catalog to a Dataset: every picture is decoded, or taken from the cache."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from catnet.data.cache import decoded_pictures
from catnet.data.dataset import Catalog, Dataset, Split
from catnet.data.faults import Faults
from catnet.errors import DataError
from catnet.text import listed

Progress = Callable[[int, int], None]


def load(
    catalog: Catalog, image_size: tuple[int, int], *, bad: str = "fail", progress: Progress | None = None
) -> Dataset:
    """Decodes all pictures to uint8 (m, height * width * 3). A table's rows are there already.

    Raises DataError that lists every bad file; or leaves them out, if `bad` is skip. `progress` is told how many
    pictures are decoded, and of how many.
    """
    faults = Faults()
    total = sum(len(listing.names) for listing in catalog.splits.values())
    done = 0
    splits = {}
    skipped = list(catalog.skipped)
    notes: list[str] = []
    for name, listing in catalog.splits.items():
        if listing.rows is not None:
            splits[name] = Split(listing.rows, listing.labels, listing.names)
            continue
        assert listing.paths is not None
        paths = [str(path) for path in listing.paths]
        show = partial(_show, progress, done, total)
        decoded = decoded_pictures(paths, image_size, show, notes)
        done += len(paths)
        for fault in decoded.faults:
            faults.add(paths[fault.place], fault.reason)
        labels, names = listing.labels, listing.names
        if decoded.faults:
            bad_places = {fault.place for fault in decoded.faults}
            keep = [place for place in range(len(paths)) if place not in bad_places]
            labels, names = labels[:, keep], tuple(names[place] for place in keep)
        splits[name] = Split(decoded.rows, labels, names, decoded.digest)
    if faults.found:
        where = os.path.commonpath([fault.name for fault in faults.found])
        faults.settle(Path(where), bad)
        skipped += faults.found
        _check_what_is_left(where, catalog, splits)
    size = image_size if catalog.question.features is None else None
    return Dataset(splits, catalog.question, size, tuple(skipped), (*catalog.notes, *dict.fromkeys(notes)))


def _show(progress: Progress | None, before: int, total: int, done: int) -> None:
    """Tells the progress, of all splits, that so many of this one are ready."""
    if progress is not None:
        progress(before + done, total)


def _check_what_is_left(where: str, catalog: Catalog, splits: dict[str, Split]) -> None:
    """That skipping has not emptied a split, or a class of the training data."""
    for name, split in splits.items():
        if not len(split.rows):
            raise DataError(f"{where}: the {name} data has no readable picture left; fix or add some")
        empty = catalog.question.absent(split.labels)
        if name == "train" and empty:
            raise DataError(f"{where}: class {listed(empty)} has no readable training picture left; fix or add some")
