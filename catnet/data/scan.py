"""From a path to a Catalog: find the splits and label their examples. No picture is decoded."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from catnet.config import Config
from catnet.data.csvfile import read_csv
from catnet.data.dataset import Catalog, Listing
from catnet.data.faults import Faults
from catnet.data.folders import find_splits, read_pictures
from catnet.data.labelling import Labelling, decide, labelling_for
from catnet.data.labels import demand_all_classes, label, notes_on_classes, notes_on_constant_labels
from catnet.data.source import Source
from catnet.data.splits import stratify
from catnet.data.tables import numbers
from catnet.errors import DataError
from catnet.question import Question
from catnet.text import printable

Listings = dict[str, Listing]


def scan(config: Config) -> Catalog:
    """The data to learn from, as the configuration asks for it. Raises DataError."""
    found = find(config.data.path, config.data.bad_images)
    labelling = decide(found.first, config)
    splits = split_up(found, label_all(found, labelling), labelling.question, config)
    labels = splits["train"].labels
    demand_all_classes(found.path, labelling.question, labels)
    return catalog(found, splits, labelling.question, notes_on_constant_labels(labelling.question, labels))


def scan_again(question: Question, config: Config) -> Catalog:
    """The data of a model's own configuration, split as it was, with the model's classes and columns; what else there
    is now is left out. Raises DataError.
    """
    found = find(config.data.path, config.data.bad_images)
    listings = label_all(found, labelling_for(question, found.first))
    return catalog(found, split_up(found, listings, question, config), question)


def scan_other(question: Question, path: Path) -> Catalog:
    """Other data for a model, in the splits that it has; one named "all" if it has none. Raises DataError."""
    found = find(path)
    listings = label_all(found, labelling_for(question, found.first))
    return Catalog(listings, question, tuple(found.faults.found), tuple(found.notes))


@dataclass(frozen=True)
class Found:
    """The sources at a path by the names of their splits, or "all"; what is wrong with them, and notes for the user."""

    path: Path
    bad: str  # what to do about bad rows: fail or skip
    sources: dict[str, Source]
    faults: Faults = field(default_factory=Faults)
    notes: list[str] = field(default_factory=list)

    @property
    def first(self) -> Source:
        """The training data, or all there is."""
        return next(iter(self.sources.values()))


def find(path: Path, bad: str = "fail") -> Found:
    """What is at a path. Raises DataError if there is no example."""
    notes: list[str] = []
    sources = {name: _read_source(split, notes) for name, split in find_splits(path, notes).items()}
    found = Found(path, bad, sources, notes=notes)
    for source in sources.values():
        if source.table is not None:
            found.faults.add_rows(source.table)
    if found.first.table is not None and not found.first.table.rows:
        found.faults.settle(path, bad)
        raise _no_examples(found.first)
    return found


def _read_source(path: Path, notes: list[str]) -> Source:
    if path.is_file():
        return Source(path, table=read_csv(path))
    try:
        return read_pictures(path, notes)
    except OSError as error:
        raise DataError(f"{printable(error.filename or path)}: cannot be read: {error.strerror or error}") from error


def _no_examples(source: Source) -> DataError:
    return DataError(f"{printable(source.path)}: has no usable examples")


def label_all(found: Found, labelling: Labelling) -> Listings:
    """The usable examples of each split. Raises DataError that lists the bad rows, unless they are to be skipped."""
    splits = {name: _label_source(found, source, labelling) for name, source in found.sources.items()}
    found.faults.settle(found.path, found.bad)
    for name, listing in splits.items():
        if not listing.names:
            raise _no_examples(found.sources[name])
    return splits


def _label_source(found: Found, source: Source, labelling: Labelling) -> Listing:
    """A source's examples that have a label and, in a table, only numbers."""
    keep, Y = label(source, labelling, found.faults, found.notes)
    features, rows = labelling.question.features, None
    if features is not None and source.table is not None:
        rows = numbers(source.table, features, found.faults)
        good = ~np.isnan(rows[keep]).any(axis=1)
        keep, Y = keep[good], Y[:, good]
        rows = rows[keep]
    places = source.places
    pictures = None if source.pictures is None else tuple(source.pictures[i] for i in keep)
    return Listing(_names(found.path, (str(places[i]) for i in keep)), Y, pictures, rows)


def _names(path: Path, places: Iterable[str]) -> tuple[str, ...]:
    """Each example's file, or `FILE:LINE`, within the data's path: the same name wherever the data is."""
    root = str(path.parent if path.is_file() else path)
    prefix = root + os.sep
    return tuple(
        printable(place.removeprefix(prefix) if place.startswith(prefix) else os.path.relpath(place, root))
        for place in places
    )


def split_up(found: Found, splits: Listings, question: Question, config: Config) -> Listings:
    """Data without splits of its own is split by the configuration's fractions, stratified, by its seed."""
    if list(splits) != ["all"]:
        return splits
    everything = splits["all"]
    fractions = {"test": config.data.test_fraction, "validation": config.data.validation_fraction}
    fractions = {name: fraction for name, fraction in fractions.items() if fraction > 0}
    shares = stratify(question.goal, everything.labels, fractions, config.train.seed)
    found.notes.extend(
        f"there is no {name} data: {len(everything.names)} examples are too few for data.{name}_fraction {fraction:g}"
        for name, fraction in fractions.items()
        if name not in shares
    )
    return {name: everything.take(shares[name]) for name in ("train", "validation", "test") if name in shares}


def catalog(found: Found, splits: Listings, question: Question, notes: Sequence[str] = ()) -> Catalog:
    """The catalog of a run's data, with notes on what its splits lack, and others."""
    lacking = notes_on_classes(question, {name: listing.labels for name, listing in splits.items()})
    return Catalog(splits, question, tuple(found.faults.found), (*found.notes, *lacking, *notes))
