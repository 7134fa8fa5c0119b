"""Runs beside each other on the same examples: how much each differs from the first, and whether that is chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catnet.data.split_names import WORDS
from catnet.engine.types import Array
from catnet.evaluation.bootstrap import CERTAIN, gaps
from catnet.goals import METRICS
from catnet.report.facts import UNSEEN, Facts
from catnet.text import isolated, metric_name


@dataclass(frozen=True)
class Difference:
    """A run's headline metric minus the first run's on the same examples, and how far chance goes.

    `low` and `high` are its interval: with 95% the intervals of all `comparisons` with the first run are right
    together. `p` is McNemar's, of this comparison alone, None for regression; `p_corrected` is corrected for the number
    of comparisons. If the runs cannot be compared, `reason` says why and the rest is None.
    """

    run: str
    first: str
    metric: str
    split: str | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_corrected: float | None = None
    comparisons: int = 0
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The difference in words."""
        if self.split is None or self.difference is None or self.low is None or self.high is None:
            return f"{self.run} and {self.first} cannot be compared: {self.reason}."
        judged = f"that is more than chance: {self.run} is {self.better}" if self.sure else "that may be chance"
        what = f"{metric_name(self.metric)} on the {WORDS[self.split]} data"
        together = p = ""
        if self.comparisons > 1:
            together = f", corrected for {self.comparisons} comparisons"
        if self.p is not None:
            p = f"; McNemar's p {self.p:.2g}" + (f", corrected {self.p_corrected:.2g}" if together else "")
        return (
            f"{self.run} minus {self.first}, {what}: {self.of(self.difference)} "
            f"(95% interval {self.of(self.low)} to {self.of(self.high)}{together}{p}): {judged}."
        )

    @property
    def sure(self) -> bool:
        """Whether the difference is more than chance."""
        return self.p_corrected is not None and self.p_corrected < CERTAIN

    @property
    def better(self) -> str:
        """`better` or `worse` than the first run."""
        assert self.difference is not None
        return "worse" if (self.difference < 0) != METRICS[self.metric].smaller_is_better else "better"

    def of(self, value: float) -> str:
        """A difference of percentages in points, or of numbers."""
        return f"{100 * value:+.1f} points" if METRICS[self.metric].is_percentage else f"{value:+.4g}"


def differences(runs: Sequence[Facts], titles: Sequence[str]) -> list[Difference]:
    """Each run but the first, compared with the first on the first of the splits test, validation and train that both
    have; corrected for the number of runs that can be compared with the first.
    """
    metric = runs[0].headline
    found: dict[int, Difference] = {}
    compared: dict[str, list[tuple[int, Array]]] = {}
    for place in range(1, len(runs)):
        split, order, reason = common_examples(runs[0], runs[place])
        found[place] = Difference(titles[place], titles[0], metric, reason=reason)
        if order is not None:
            compared.setdefault(split, []).append((place, scores_of(runs[place], split)[order]))
    comparisons = sum(map(len, compared.values()))
    for split, others in compared.items():
        values = np.stack([scores_of(runs[0], split), *(scores for _, scores in others)])
        pairs = [(row, 0) for row in range(1, len(values))]
        for (place, _), gap in zip(others, gaps(values, pairs, len(compared)), strict=True):
            found[place] = Difference(titles[place], titles[0], metric, split, *gap, comparisons)
    return list(found.values())


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
