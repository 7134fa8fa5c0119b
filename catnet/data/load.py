"""From a path to a Dataset: find the splits, label the examples, then decode every picture."""

import os
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np

from catnet.data.cache import decoded_pictures
from catnet.data.dataset import Catalog, Dataset, Listing, Split
from catnet.data.faults import Faults
from catnet.data.folders import find_splits, read_pictures, table_source
from catnet.data.labels import Labelling, absent_classes, check_classes, decide, label
from catnet.data.source import Source
from catnet.data.splits import stratify
from catnet.data.tables import numbers
from catnet.errors import DataError
from catnet.goals import REGRESSION
from catnet.text import listed, printable

Progress = Callable[[int, int], None]


def scan(
    path: Path,
    *,
    goal: str,
    classes: tuple[str, ...] | None = None,
    target: str | None = None,
    validation_fraction: float = 0.0,
    test_fraction: float = 0.0,
    seed: int = 0,
    bad: str = "fail",
    nonnegative: bool = False,
    split: bool = True,
    learn: bool = True,
    negative: str | None = None,
    features: tuple[str, ...] | None = None,
) -> Catalog:
    """The examples of each split with their labels; no picture is decoded.

    Without splits of its own the data is split by the fractions, stratified, from the seed; or, where not `split`,
    is one split named "all". `bad` is what to do about bad rows: fail or skip. Where not `learn`, the data is for a
    model that has learned already: the `classes`, `negative` and a table's `features` are the model's, whatever else
    there is, and no class must have examples. Raises DataError.
    """
    notes: list[str] = []
    faults = Faults()
    places = find_splits(path, notes)
    sources = {name: _read_source(place, notes) for name, place in places.items()}
    for source in sources.values():
        if source.table is not None:
            faults.add_rows(source.table)
    first = next(iter(sources.values()))
    if not first.places:
        faults.settle(path, bad)
        raise DataError(f"{printable(first.where)}: has no usable examples")
    if learn or classes is None or goal == REGRESSION:
        labelling = decide(first, goal, classes, target, nonnegative)
    else:
        labelling = _given_labelling(first, goal, classes, negative)
    if learn:
        features = _features_of(first, labelling)
    splits = {}
    for name, source in sources.items():
        keep, Y = label(source, labelling, faults, notes)
        rows = None
        if features is not None and source.table is not None:
            rows = numbers(source.table, features, faults)
            good = ~np.isnan(rows[keep]).any(axis=1)
            keep, Y = keep[good], Y[:, good]
            rows = rows[keep]
        paths = None if source.paths is None else tuple(source.paths[i] for i in keep)
        all_places = source.places if source.paths is None else source.paths
        names = _names(path, (all_places[i] for i in keep))
        splits[name] = Listing(names, Y, paths, rows)
    faults.settle(path, bad)
    for name, listing in splits.items():
        if not listing.names:
            raise DataError(f"{printable(places[name])}: has no usable examples")
    if list(splits) == ["all"] and split:
        fractions = {"test": test_fraction, "validation": validation_fraction}
        fractions = {n: f for n, f in fractions.items() if f > 0}
        shares = stratify(goal, splits["all"].labels, fractions, seed)
        notes += [
            f"there is no {name} data: {len(splits['all'].names)} examples are too few for data.{name}_fraction {f:g}"
            for name, f in fractions.items()
            if name not in shares
        ]
        splits = {n: splits["all"].take(shares[n]) for n in ("train", "validation", "test") if n in shares}
    if split:
        check_classes(path, labelling, {name: listing.labels for name, listing in splits.items()}, notes, learn)
    return Catalog(
        splits,
        labelling.classes,
        labelling.negative,
        labelling.target,
        features,
        tuple(faults.found),
        tuple(notes),
    )


def _names(path: Path, places: Iterable[str | Path]) -> tuple[str, ...]:
    """Each example's file, or `FILE:LINE`, within the data's path: the same name wherever the data is."""
    root = str(path.parent if path.is_file() else path)
    texts = (str(place) for place in places)
    inside = root + os.sep
    return tuple(
        printable(text.removeprefix(inside) if text.startswith(inside) else os.path.relpath(text, root))
        for text in texts
    )


def _read_source(place: Path, notes: list[str]) -> Source:
    if place.is_file():
        return table_source(place)[0]
    try:
        return read_pictures(place, notes)
    except OSError as error:
        raise DataError(f"{printable(error.filename or place)}: cannot be read: {error.strerror or error}") from error


def _given_labelling(source: Source, goal: str, classes: tuple[str, ...], negative: str | None) -> Labelling:
    """The labelling by a model's classes, of data that need not have them all."""
    by_column = set(classes) <= set(source.columns)
    names = source.names_of_classes()
    if not by_column and (names is None or not set(names) & set(classes)):
        found = source.columns if names is None else sorted(set(names))
        raise DataError(
            f"{printable(source.where)}: has none of the model's classes {listed(classes)}; there are {listed(found)}"
        )
    return Labelling(goal, classes, negative, columns=classes if by_column else (), origin="the model's classes")


def _features_of(source: Source, labelling: Labelling) -> tuple[str, ...] | None:
    """A table's columns that are not labels; None for pictures."""
    if source.paths is not None or source.table is None:
        return None
    labels = set(labelling.columns) or {"label"}
    features = tuple(name for name in source.columns if name not in labels)
    if not features:
        raise DataError(f"{printable(source.where)}: has no feature column besides {listed(sorted(labels))}")
    return features


def load(
    catalog: Catalog, image_size: tuple[int, int], *, bad: str = "fail", progress: Progress | None = None
) -> Dataset:
    """Decodes all pictures to uint8 (m, height * width * 3). A table's rows are there already.

    Raises DataError that lists every bad file; or leaves them out, where `bad` is skip. `progress` is told how many
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
    pictures = catalog.features is None
    return Dataset(
        splits,
        catalog.classes,
        catalog.negative,
        catalog.target,
        catalog.features,
        image_size if pictures else None,
        tuple(skipped),
        (*catalog.notes, *dict.fromkeys(notes)),
    )


def _show(progress: Progress | None, before: int, total: int, done: int) -> None:
    """Tells the progress, of all splits, that so many of this one are ready."""
    if progress is not None:
        progress(before + done, total)


def _check_what_is_left(where: str, catalog: Catalog, splits: dict[str, Split]) -> None:
    """That skipping has not emptied a split, or a class of the training data."""
    for name, split in splits.items():
        if not len(split.rows):
            raise DataError(f"{where}: the {name} data has no readable picture left; mend or add some")
        empty = absent_classes(catalog.classes, catalog.negative, split.labels)
        if name == "train" and empty:
            raise DataError(f"{where}: class {listed(empty)} has no readable training picture left; mend or add some")


def load_dataset(
    path: Path,
    image_size: tuple[int, int] = (64, 64),
    *,
    goal: str,
    classes: tuple[str, ...] | None = None,
    target: str | None = None,
    validation_fraction: float = 0.0,
    seed: int = 0,
) -> Dataset:
    """`scan`, then `load`: the short way from Python."""
    catalog = scan(path, goal=goal, classes=classes, target=target, validation_fraction=validation_fraction, seed=seed)
    return load(catalog, image_size)
