"""The ranking of runs on the same examples, the best first: how far each is from it, and whether that is chance."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from catnet.engine.types import Array
from catnet.evaluation.baselines import INPUTS
from catnet.evaluation.bootstrap import RESAMPLES, interval, share_interval
from catnet.evaluation.folds import equal_in
from catnet.evaluation.joint import Joint, JointGap, jointly
from catnet.evaluation.metrics import BASELINES
from catnet.goals import METRICS, penalty
from catnet.report.comparison import drawn_by_seed
from catnet.report.facts import Facts
from catnet.report.groups import Shared, draws_by_seed, groups_of, seed_of, shared_by, stacked


@dataclass(frozen=True)
class Ranked:
    """A run, or the runs of one configuration with several seeds, in the ranking.

    `rank` is 1 for the best; equal values share one. `value` is the mean of the headline metric over the `seeds`,
    `low` and `high` are its own 95% interval over the examples (None for a single error), `deviation` is the standard
    deviation of the metric over the seeds (None for one seed). `to_best` and `to_first` are its gaps to the best place
    and to that of the run that was named first (None at these, or if the first is not ranked); `same` says whether
    each of its examples has the same score as in the best place, which it is then as good as.
    """

    rank: int
    runs: tuple[str, ...]
    seeds: tuple[int, ...]
    value: float
    low: float | None
    high: float | None
    deviation: float | None
    to_best: JointGap | None
    to_first: JointGap | None
    same: bool

    @property
    def name(self) -> str:
        """The name of the run, or of the first of several with their number."""
        return self.runs[0] + (f" ({len(self.seeds)} seeds)" if len(self.seeds) > 1 else "")

    @property
    def is_worse(self) -> bool:
        """Whether it is worse than the best by more than chance."""
        return self.to_best is not None and self.to_best.sure


class Linear(NamedTuple):
    """A best linear answer on the ranked examples: what it is made of, and its headline metric."""

    inputs: str
    value: float


@dataclass(frozen=True)
class Ranking:
    """The places, the best first, by the headline metric on the examples of a split that all have in common.

    `leads` is the share of the resamples in which the best is ahead of all that have not the same scores; None if there
    are none. `deviation` is that from seed to seed, pooled over all places; None if each has one seed. `seed_draws`
    says that the seed has drawn training data too. `left_out` are the runs that have not these examples, and why;
    `drawn` says that some have not because their seed drew others. `chosen_by_it` are the places whose epoch these
    examples chose, if there are others too. `linear` is the best of the linear answers that the runs' summaries have;
    None if none has any of these examples, or if the runs have learned from them.
    """

    goal: str
    metric: str
    split: str
    examples: int
    what: str  # pictures or rows
    places: tuple[Ranked, ...]
    leads: float | None
    deviation: float | None
    seed_draws: bool = False
    left_out: tuple[tuple[str, str], ...] = ()
    drawn: bool = False
    chosen_by_it: tuple[str, ...] = ()
    linear: Linear | None = None

    @property
    def pairs(self) -> int:
        """How many pairs of places there are, for which the gaps are corrected."""
        return math.comb(len(self.places), 2)

    def as_json(self) -> dict[str, Any]:
        """For a program."""
        places = [
            asdict(place)
            | {"name": place.name, "worse_by_more_than_chance": place.is_worse}
            | {name: gap and gap._asdict() for name, gap in (("to_best", place.to_best), ("to_first", place.to_first))}
            for place in self.places
        ]
        left_out = [{"run": run, "reason": reason} for run, reason in self.left_out]
        linear = self.linear and self.linear._asdict()
        found = asdict(self) | {"pairs": self.pairs, "resamples": RESAMPLES, "linear": linear}
        return found | {"places": places, "left_out": left_out}


def ranking_of(runs: Sequence[Facts], titles: Sequence[str]) -> Ranking | None:
    """The most runs that have the same examples, ranked; None if no two have."""
    shared = shared_by(runs)
    return None if shared is None else ranked(runs, titles, shared)


def ranked(runs: Sequence[Facts], titles: Sequence[str], shared: Shared) -> Ranking:
    """The ranking of runs by their scores."""
    groups = groups_of(runs, list(shared.scores))
    first, split = runs[groups[0][0]], shared.split
    metric = METRICS[first.headline]
    scores = [stacked(shared.scores, group) for group in groups]
    examples = runs[next(iter(shared.scores))].split(split)
    joint = jointly(scores, metric.is_percentage, groups=None if examples is None else equal_in(examples))
    worth = -joint.means if metric.smaller_is_better else joint.means
    order = np.argsort(-worth, kind="stable").tolist()
    best, baseline = order[0], next((g for g, group in enumerate(groups) if 0 in group), None)
    same = [bool((each.mean(axis=0) == scores[best].mean(axis=0)).all()) for each in scores]
    places = []
    for g in order:
        low, high = own_interval(scores[g].mean(axis=0), metric.is_percentage)
        seeds = scores[g].mean(axis=1, dtype=np.float64)
        places.append(
            Ranked(
                1 + int(np.count_nonzero(worth > worth[g])),
                tuple(titles[index] for index in groups[g]),
                tuple(seed_of(runs[index]) for index in groups[g]),
                float(joint.means[g]),
                low,
                high,
                float(seeds.std(ddof=1)) if len(seeds) > 1 else None,
                None if g == best else joint.gap(g, best),
                None if baseline is None or g == baseline else joint.gap(g, baseline),
                same[g],
            )
        )
    chosen = [place.name for place, g in zip(places, order, strict=True) if runs[groups[g][0]].chose_epoch]
    return Ranking(
        first.goal,
        first.headline,
        split,
        scores[0].shape[1],
        first.question.examples,
        tuple(places),
        share_of_leads(joint, best, same, metric.smaller_is_better),
        joint.deviation,
        any(draws_by_seed([runs[index] for index in group]) for group in groups),
        tuple((titles[index], reason) for index, reason in shared.left_out.items()),
        any(drawn_by_seed(first, runs[index], split) for index in shared.left_out),
        tuple(chosen) if split == "validation" and len(chosen) < len(places) else (),
        best_linear([runs[index] for index in shared.scores], split, scores[0].shape[1]),
    )


def best_linear(runs: Sequence[Facts], split: str, m: int) -> Linear | None:
    """The best of the linear answers that runs have of the same m examples, as they were when the runs were trained."""
    found = []
    for run in runs:
        metrics = run.metrics.get(split, {})
        changed = run.dataset is None or split in run.dataset.changes_since(run.run.fingerprints)
        if split != "train" and not changed and metrics.get("examples") == m:
            for name, of in metrics.get(BASELINES, {}).items():
                found.append(Linear(run.summary[BASELINES][name][INPUTS], of[run.headline]))
    return min(found, key=lambda one: penalty(runs[0].headline, one.value), default=None)


def own_interval(values: Array, is_share: bool) -> tuple[float | None, float | None]:
    """The 95% interval of the mean of values (m,); None for a single error."""
    if is_share:
        return share_interval(float(values.mean(dtype=np.float64)), len(values))
    return (None, None) if len(values) < 2 else interval(values)


def share_of_leads(joint: Joint, best: int, same: Sequence[bool], smaller_is_better: bool) -> float | None:
    """The share of the resamples in which the best is ahead of all others that have not the same scores."""
    others = np.flatnonzero(~np.array(same))
    if not len(others):
        return None
    means = -joint.resampled if smaller_is_better else joint.resampled
    return float((means[:, best] > means[:, others].max(axis=1)).mean())
