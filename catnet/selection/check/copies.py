"""Examples that are there more than once: equal or almost, within a split or across, with equal labels or not."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from catnet.data.dataset import Dataset
from catnet.data.duplicates import (
    EARLIER,
    Groups,
    Place,
    by_labels,
    contradiction,
    contrary,
    copies,
    differ,
    of_split,
    pair,
    place_of,
    twins_in,
)
from catnet.data.near_duplicates import MOST, near_duplicates
from catnet.data.split_names import WORDS
from catnet.engine.types import Array
from catnet.selection.check.finding import FAULT, PASS, WARNING, Finding
from catnet.selection.check.reading import Readable, fault_of
from catnet.text import are, counted, some_of


@dataclass(frozen=True)
class Copies:
    """Two examples that are equal or almost; `mirrored` if one is the other's mirror image."""

    one: Place
    other: Place
    equal: bool
    mirrored: bool = False

    @property
    def in_words(self) -> str:
        """`train/cat/1.png = test/cat/2.png`, or with `~`, and what differs"""
        sign = "=" if self.equal else "~"
        remarks = ["mirrored"] * self.mirrored + ["different labels"] * differ([self.one, self.other])
        return f"{self.one.name} {sign} {self.other.name}" + (f" ({', '.join(remarks)})" if remarks else "")

    def to_json(self) -> dict[str, object]:
        """The pair as plain values."""
        places = [{"split": place.split, "name": place.name} for place in (self.one, self.other)]
        same = not differ([self.one, self.other])
        return {"pair": places, "equal": self.equal, "mirrored": self.mirrored, "same_labels": same}


def equal_pairs(groups: Groups) -> list[Copies]:
    """The first of each group of equal examples with each of the others."""
    return [Copies(group[0], other, equal=True) for group in groups for other in group[1:]]


def by_weight(pairs: list[Copies]) -> list[Copies]:
    """The pairs: those with different labels first, then those in different splits."""
    return sorted(pairs, key=lambda each: (not differ([each.one, each.other]), each.one.split == each.other.split))


def of_equal(read: Readable) -> Iterator[Finding]:
    """What is there twice: the same pixels, or the same row."""
    dataset, groups, what = read.dataset, read.groups, read.dataset.question.examples
    if dataset.by_chance:
        repeated = f"{copies(groups)} of {dataset.m} rows repeat another"
        line = f"{repeated}, as in a table of few different values they must"
        yield Finding(PASS, "equal examples", line)
        return
    wrong = [group for group in groups if differ(group)]
    if wrong:
        yield of_contradictions(read, wrong)
    found, alike = 0, alike_in(read)
    for name, before in EARLIER:
        if twins := [Copies(place, twin, equal=True) for place, twin in twins_in(alike, name, before)]:
            count = some_of(len(twins), len(dataset.splits[name].names), of_split(name, what))
            yield finding_of(twins, "equal examples", f"{count} also in the {WORDS[before]} data")
            found += 1
    for name, split in dataset.splits.items():
        groups_inside = ([each for each in group if each.split == name] for group in alike)
        inside = [group for group in groups_inside if len(group) > 1 and not differ(group)]
        if inside:
            pairs = equal_pairs(inside)
            verb = "repeats" if len(pairs) == 1 else "repeat"
            line = f"{len(pairs)} of the {len(split.names)} {of_split(name, what)} {verb} another of them"
            yield finding_of(pairs, "equal examples", line)
            found += 1
    if not found and not wrong:
        yield Finding(PASS, "equal examples", f"no two {what} are equal")


def alike_in(read: Readable) -> Groups:
    """The groups of equal examples; rows are equal if their labels are too."""
    return read.groups if read.dataset.question.features is None else by_labels(read.groups)


def repeats(read: Readable) -> dict[str, set[int]]:
    """The rows of each split that repeat an earlier one of it: a copy is measured, and learned from, like the first."""
    found: dict[str, set[int]] = {name: set() for name in read.dataset.splits}
    for group in [] if read.dataset.by_chance else alike_in(read):
        first: set[str] = set()
        for place in group:
            if place.split in first:
                found[place.split].add(place.row)
            first.add(place.split)
    return found


def finding_of(pairs: list[Copies], check: str, line: str) -> Finding:
    """The warning about pairs."""
    details = tuple(each.in_words for each in pairs)
    return Finding(WARNING, check, line, details, {"pairs": [each.to_json() for each in pairs]})


def of_contradictions(read: Readable, wrong: list[list[Place]]) -> Finding:
    """Equal examples with different labels: a fault if a training stops at them."""
    facts = {"pairs": [Copies(*contrary(group), equal=True).to_json() for group in wrong]}
    if read.policy == "fail":
        fault = fault_of(contradiction(read.catalog, wrong), "contradictions")
        return Finding(FAULT, fault.check, fault.line, tuple(pair(*contrary(group)) for group in wrong), facts)
    what = read.dataset.question.examples
    of_what = "the inputs of " if what == "rows" else ""
    verb = "are" if of_what else are(len(wrong))
    line = f"{of_what}{counted(len(wrong), what[:-1])} {verb} there more than once, with different labels"
    return Finding(WARNING, "contradictions", line, tuple(pair(*contrary(group)) for group in wrong), facts)


def near_pairs(dataset: Dataset) -> list[Copies] | None:
    """The pairs of pictures that are almost equal; None if there are too many pictures, or none."""
    places = [(name, row) for name, split in dataset.splits.items() for row in range(len(split.names))]
    if dataset.image_size is None or len(places) > MOST:
        return None
    splits = list(dataset.splits.values())
    rows: Array = splits[0].rows if len(splits) == 1 else np.concatenate([split.rows for split in splits])
    found = near_duplicates(rows, dataset.image_size)
    ends = [(place_of(dataset.splits, *places[pair.one]), place_of(dataset.splits, *places[pair.other]), pair.mirrored)
            for pair in found]  # fmt: skip
    return [Copies(one, other, equal=False, mirrored=mirrored) for one, other, mirrored in ends]


def of_near(dataset: Dataset, pairs: list[Copies] | None) -> Iterator[Finding]:
    """The near duplicates, across splits and within."""
    if dataset.image_size is None:
        return
    if pairs is None:
        line = f"not looked for, because there are more than {MOST} pictures"
        yield Finding(PASS, "near duplicates", line)
        return
    across = [each for each in pairs if each.one.split != each.other.split]
    within = [each for each in pairs if each.one.split == each.other.split]
    for some, where in ((across, "across splits"), (within, "within a split")):
        if some:
            count = f"{counted(len(some), 'pair')} of pictures {are(len(some))}"
            yield finding_of(some, "near duplicates", f"{count} almost the same, {where}")
    if not pairs:
        yield Finding(PASS, "near duplicates", "no two pictures are almost the same, mirrored or not")
