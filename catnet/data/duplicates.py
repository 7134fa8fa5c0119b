"""The same example twice: equal pixels, whatever the files, or rows of a table with equal inputs.

They are found by the SHA-256 of the rows. A split that is drawn keeps them together; what the data itself has in two
splits is said, and measured apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from catnet.data.dataset import Catalog, Dataset, Split, are_equal_by_chance, is_few
from catnet.data.encoding import encoded, notes_on_inputs, rows_by_cells
from catnet.data.faults import first_of
from catnet.data.labels import notes_on_splits
from catnet.data.listing import Listing
from catnet.data.split_names import WORDS
from catnet.data.splits import Draw
from catnet.errors import DataError
from catnet.goals import MULTI_LABEL
from catnet.text import are, counted, some_of

EARLIER = (("validation", "train"), ("test", "train"), ("test", "validation"))  # what a split should not repeat


class Place(NamedTuple):
    """An example: its split, its row and name there, and the bytes of its labels y (k,)."""

    split: str
    row: int
    name: str
    labels: bytes


Groups = list[list[Place]]  # the places of each example that is there more than once


def groups_of(splits: Mapping[str, Split]) -> Groups:
    """The equal examples of all splits, in order."""
    first: dict[bytes, tuple[str, int]] = {}
    found: dict[bytes, list[tuple[str, int]]] = {}
    for name, split in splits.items():
        for index in range(len(split.names)):
            digest = split.digest(index)
            if digest in first:
                found.setdefault(digest, [first[digest]]).append((name, index))
            else:
                first[digest] = (name, index)
    return [[place_of(splits, *where) for where in group] for group in found.values()]


def grouped(catalog: Catalog, dataset: Dataset) -> tuple[Dataset, Groups]:
    """The dataset that a catalog was decoded to, whose splits know whether their rows are equal `by_chance`; and its
    equal examples.

    If all rows of a table are equal, nothing says that it is by chance.
    """
    groups = groups_of(dataset.splits)
    # the inputs of rows that differ may be equal, not those of equal rows different
    if catalog.question.features is None or not is_few(different := dataset.m - copies(groups), dataset.m):
        return dataset, groups
    rows = rows_by_cells(catalog) if catalog.question.encoded else {n: each.rows for n, each in dataset.splits.items()}
    if different == 1 or not are_equal_by_chance(np.concatenate(list(rows.values()))):
        return dataset, groups
    splits = {name: replace(split, by_chance=True) for name, split in dataset.splits.items()}
    return replace(dataset, splits=splits), groups


def place_of(splits: Mapping[str, Split], name: str, index: int) -> Place:
    """The example with this index in a split."""
    return Place(name, index, splits[name].names[index], splits[name].labels[:, index].tobytes())


def differ(group: Sequence[Place]) -> bool:
    """Whether equal examples have different labels."""
    return any(place.labels != group[0].labels for place in group)


def settle(catalog: Catalog, dataset: Dataset, groups: Groups) -> Catalog:
    """The catalog with equal examples on one side of each drawn split and, if wanted, merged; else the same catalog.

    `dataset` is what it was decoded to, `groups` are its equal examples; which rows of a table are, their cells say, so
    that all draws of the same data are the same. Raises DataError that lists the pictures with different labels, unless
    that is allowed.
    """
    if catalog.duplicates == "fail" and (wrong := [group for group in groups if differ(group)]):
        raise contradiction(catalog, wrong)
    if catalog.duplicates == "merge" and any(map(differ, groups)):
        return merged(catalog, groups)
    if catalog.draw is not None and catalog.question.encoded:
        rows = rows_by_cells(catalog)
        groups = groups_of({name: replace(split, rows=rows[name]) for name, split in dataset.splits.items()})
    if catalog.draw is None or not any(len({place.split for place in group}) > 1 for group in groups):
        return catalog
    is_table = catalog.question.features is not None
    if is_table and (dataset.by_chance or copies(groups) == dataset.m - 1):  # or all are equal
        return catalog
    number = numbers_of(groups)
    together = np.array([number.get(name, len(groups) + i) for i, name in enumerate(catalog.draw.whole.names)])
    draw = replace(catalog.draw, groups=together)
    return with_splits(catalog, draw, draw.splits())


def contrary(group: Sequence[Place]) -> tuple[Place, Place]:
    """The first of equal examples, and the first with other labels."""
    return group[0], next(place for place in group if place.labels != group[0].labels)


def numbers_of(groups: Groups) -> dict[str, int]:
    """For the name of each example in a group, the number of the group."""
    return {place.name: number for number, group in enumerate(groups) for place in group}


def copies(groups: Groups) -> int:
    """How many examples are there once more than needed."""
    return sum(len(group) - 1 for group in groups)


def contradiction(catalog: Catalog, wrong: Groups) -> DataError:
    """The error for pictures that are there with different labels."""
    fix = "remove the wrong ones, or set data.duplicates: allow"
    if catalog.question.goal == MULTI_LABEL:
        fix = "set data.duplicates: merge, and each gets all its labels; or allow, and they contradict each other"
    count = f"{counted(len(wrong), 'picture')} {are(len(wrong))}"
    pairs = [pair(*contrary(group)) for group in wrong]
    return DataError("\n".join([f"{count} there more than once, with different labels; {fix}", *first_of(pairs)]))


def pair(one: Place, other: Place) -> str:
    """`test/cat/1.png = train/cat/7.png`"""
    return f"{one.name} = {other.name}"


def merged(catalog: Catalog, groups: Groups) -> Catalog:
    """The catalog with each picture once in a split, with the labels of all its copies."""
    number = numbers_of(groups)
    of_groups = [np.array([np.frombuffer(place.labels) for place in group]) for group in groups]
    union = [labels.max(axis=0) for labels in of_groups]

    def merge(listing: Listing) -> Listing:
        labels = listing.labels.copy()
        first: dict[int, str] = {}  # the name of each group's first picture here
        for index, name in enumerate(listing.names):
            if name in number:
                labels[:, index] = union[number[name]]
                first.setdefault(number[name], name)
        keep = [i for i, name in enumerate(listing.names) if first.get(number.get(name, -1), name) == name]
        return replace(listing, labels=labels).take(np.array(keep))

    draw = catalog.draw
    if draw is None:
        found = with_splits(catalog, None, {name: merge(listing) for name, listing in catalog.splits.items()})
    else:
        kept = {name: merge(listing) for name, listing in draw.kept.items()}
        draw = replace(draw, whole=merge(draw.whole), kept=kept)
        found = with_splits(catalog, draw, draw.splits())
    count = sum(map(differ, groups))
    note = f"{counted(count, 'picture')} {are(count)} in several class folders; each has the labels of all of them"
    return replace(found, notes=(*found.notes, note))


def with_splits(catalog: Catalog, draw: Draw | None, splits: dict[str, Listing]) -> Catalog:
    """The catalog with other splits, what is learned from these, and the notes on these."""
    before = {*notes_on_splits(catalog), *notes_on_inputs(catalog)}
    found = encoded(replace(catalog, draw=draw, splits=splits))
    others = [note for note in catalog.notes if note not in before]
    return replace(found, notes=(*others, *notes_on_splits(found), *notes_on_inputs(found)))


def noted(dataset: Dataset, groups: Groups) -> Dataset:
    """The dataset with notes on its equal examples. Each split knows which of its own are in the training data too."""
    if not groups:
        return dataset
    splits, what, notes = dict(dataset.splits), dataset.question.examples, []
    # that two rows have equal inputs makes them the same example only if their labels are equal too
    is_table = dataset.question.features is not None
    equal = by_labels(groups) if is_table else groups
    for name, before in EARLIER:
        if twins := dict(twins_in(equal, name, before)):
            place, twin = next(iter(twins.items()))
            count = some_of(len(twins), len(splits[name].names), of_split(name, what))
            notes.append(f"{count} also in the {WORDS[before]} data ({pair(place, twin)})")
        if twins and before == "train":
            splits[name] = replace(splits[name], seen={place.row: twin.name for place, twin in twins.items()})
    if wrong := [contrary(group) for group in groups if differ(group)]:
        of_what = "the inputs of " if is_table else ""
        verb = "are" if is_table else are(len(wrong))
        count = f"{of_what}{counted(len(wrong), what[:-1])}"
        notes.append(f"{count} {verb} there more than once, with different labels ({pair(*wrong[0])})")
    for name, split in splits.items():
        inside = [part for group in equal if len(part := [each for each in group if each.split == name]) > 1]
        if inside:
            count = f"{copies(inside)} of the {len(split.names)} {of_split(name, what)}"
            verb = "repeats" if copies(inside) == 1 else "repeat"
            notes.append(f"{count} {verb} another of them ({pair(*inside[0][:2])})")
    return replace(dataset, splits=splits, notes=(*dataset.notes, *notes))


def by_labels(groups: Groups) -> Groups:
    """The groups, each divided into those with equal labels."""
    found: Groups = []
    for group in groups:
        of_labels: dict[bytes, list[Place]] = {}
        for place in group:
            of_labels.setdefault(place.labels, []).append(place)
        found += [places for places in of_labels.values() if len(places) > 1]
    return found


def of_split(name: str, what: str) -> str:
    """`test pictures`; without the name of a split if there are none"""
    return f"{WORDS[name]} {what}" if name in WORDS else what


def compared(dataset: Dataset, learned: Mapping[str, str], is_other: bool = False) -> Dataset:
    """Data for a model that has learned: each split but the training data knows which of its examples it has learned
    from, of which `learned` has the names by their short digests. What is called train in other data is not its
    training data, so it is no exception.
    """
    splits, notes = dict(dataset.splits), list(dataset.notes)
    for name, split in dataset.splits.items():
        if (name == "train" and not is_other) or not learned:
            continue
        digests = ((i, digest) for i, digest in enumerate(dataset.short_digests(name)) if i not in split.seen)
        if seen := {i: learned[digest] for i, digest in digests if digest in learned}:
            splits[name] = replace(split, seen={**split.seen, **seen})
            i, twin = next(iter(seen.items()))
            count = some_of(len(seen), len(split.names), of_split(name, dataset.question.examples))
            notes.append(f"{count} also in the training data of the model ({split.names[i]} = {twin})")
    return replace(dataset, splits=splits, notes=tuple(notes))


def twins_in(groups: Groups, name: str, before: str) -> Iterator[tuple[Place, Place]]:
    """Each example of a split that is in the one before too, and its twin there."""
    for group in groups:
        twin = next((place for place in group if place.split == before), None)
        if twin is not None:
            yield from ((place, twin) for place in group if place.split == name)
