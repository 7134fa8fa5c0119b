"""Which examples several runs have in common, and what the runs are called."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from catnet.data.split_names import WORDS
from catnet.engine.types import Array
from catnet.report.facts import UNSEEN, Facts
from catnet.text import isolated


def scores_of(run: Facts, split: str) -> Array:
    """Each example's score (m,) in a split that `common_examples` found."""
    scores = run.scores(split)
    assert scores is not None
    return scores


def common_examples(first: Facts, other: Facts, splits: Sequence[str] = UNSEEN) -> tuple[str, Array | None, str]:
    """The first of the splits that both runs have, and the place of each example of the first among the other's (m,).

    If there are no examples to compare the runs on, None, and why.
    """
    if first.goal != other.goal:
        return "", None, "their goals differ"
    if first.dataset is None or other.dataset is None:
        return "", None, "their data cannot be read"
    for split in splits:
        a, b = first.split(split), other.split(split)
        if a is None or b is None:
            continue
        order = matched(a.names, b.names)
        if order is None or first.question.classes != other.question.classes or (a.labels != b.labels[:, order]).any():
            return split, None, f"their {WORDS[split]} data are not the same examples"
        if pictures_differ(first, other, split, order):
            return split, None, f"their {WORDS[split]} data have other pictures under the same names"
        return split, order, ""
    what = "no split in common" if splits == UNSEEN else f"not both {WORDS[splits[0]]} data"
    return "", None, f"they have {what}"


def drawn_by_seed(first: Facts, other: Facts, split: str) -> bool:
    """Whether two runs have other examples of a split because their seeds drew them from the same data."""
    a, b = first.all_of(split), other.all_of(split)
    if a is None or b is None or first.run.config.split_seed == other.run.config.split_seed:
        return False
    return sorted(a.names) != sorted(b.names) and all_names(first) == all_names(other)


def all_names(run: Facts) -> list[str]:
    """The names of the examples of all splits, sorted."""
    return sorted(name for split in (run.dataset.splits if run.dataset else {}).values() for name in split.names)


def pictures_differ(first: Facts, other: Facts, split: str, order: Array) -> bool:
    """Whether pictures of the same names are not the same. It shows only if both runs have them in one size."""
    assert first.dataset is not None and other.dataset is not None
    size = first.dataset.image_size
    if size is None or size != other.dataset.image_size or first.dataset is other.dataset:
        return False
    if first.dataset.fingerprints[split] == other.dataset.fingerprints[split]:
        return False
    a, b = first.split(split), other.split(split)
    assert a is not None and b is not None
    return any((row != b.rows[place]).any() for row, place in zip(a.rows, order, strict=True))


def matched(names: Sequence[str], others: Sequence[str]) -> Array | None:
    """The place of each name among the others, (m,); None if they are not the same names, each once."""
    place = {name: i for i, name in enumerate(others)}
    if len(place) != len(others) or len(names) != len(others) or not place.keys() <= set(names):
        return None
    return np.array([place[name] for name in names])


def titles_of(runs: Sequence[Facts]) -> list[str]:
    """The names of the runs' directories, with as many of the folders above as make them differ."""
    paths = [run.run.path.resolve() for run in runs]
    deepest = max(len(path.parts) for path in paths)
    parts = next((n for n in range(1, deepest) if len({path.parts[-n:] for path in paths}) == len(set(paths))), deepest)
    return [isolated(Path(*path.parts[-parts:])) for path in paths]
