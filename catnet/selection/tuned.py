"""What a tune has found: the trials by how good they are, and an honest estimate of the best.

The folds chose the winner, so its metric on them flatters it, the more so the more trials there were. That by folds
none of which has chosen the winner that it measures is less flattered; the metric on data that was kept for the end is
not at all.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from catnet.data.split_names import WORDS
from catnet.evaluation.bootstrap import interval, share_interval
from catnet.goals import METRICS, penalty
from catnet.selection.cross_validation import estimate
from catnet.selection.points import Point
from catnet.selection.trials_file import Finished
from catnet.selection.tuning import Tuning, reserved
from catnet.text import counted, metric_name, score, some_of

FOLDS = "folds"  # the source of an estimate by folds


@dataclass(frozen=True)
class Measured:
    """A metric of the best settings on new data, as far as is known, and its 95% interval, None if it has none.

    `source` is how: folds, validation or test; `folds` are those that are left out in turn, from 1; `uses` is how many
    winners that data has measured by now, more than one if the tune was extended.
    """

    source: str
    examples: int
    value: float
    low: float | None
    high: float | None
    folds: tuple[int, ...] = ()
    uses: int = 1


@dataclass(frozen=True)
class Tuned:
    """The trials of a tune, each by its row in the last rung that it has come to, the best first."""

    tuning: Tuning
    ranked: list[Finished]
    by_folds: Measured
    measured: Measured | None = None

    @property
    def winner(self) -> Finished:
        """The best of the trials that were trained to the end."""
        return self.ranked[0]

    @property
    def to_believe(self) -> Measured:
        """The estimate to believe: on the data that was kept for the end, else by folds."""
        return self.estimates[-1]

    @property
    def estimates(self) -> list[Measured]:
        """All that is known of the best settings on new data, what is to be believed last."""
        return [self.by_folds] if self.measured is None else [self.by_folds, self.measured]

    @property
    def is_chosen(self) -> bool:
        """Whether the folds chose the winner, from several trials that did not fail."""
        return sum(not row.failed for row in self.ranked) > 1

    def point(self, trial: int) -> Point:
        """The settings of a trial."""
        return self.tuning.points[trial - 1]

    @property
    def sentences(self) -> list[str]:
        """What was found, and what can be believed."""
        metric, winner = self.tuning.metric, self.winner
        found = f"{metric_name(metric)} {score(metric, winner.mean)} on the {len(winner.values)} folds"
        told = [f"Trial {winner.trial} is the best: {found}, which chose it and so flatter it."]
        if not self.is_chosen:
            others = " that did not fail" if len(self.ranked) > 1 else ""
            told = [f"Trial {winner.trial} is the only one{others}, so nothing was chosen."]
        return told + [self.sentence(each) for each in self.estimates] + self.doubts

    def sentence(self, found: Measured) -> str:
        """An estimate in words."""
        metric, question = self.tuning.metric, self.tuning.pool.dataset.question
        value = f"{metric_name(metric)} {score(metric, found.value)}"
        if found.low is not None:
            value += f" (95% interval {score(metric, found.low)} to {score(metric, found.high)})"
        if found.source == FOLDS:
            chosen = ", each left out of the choice that it measures, so less flattered" if self.is_chosen else ""
            return f"Estimate by {these_folds(found.folds)}{chosen}: {value}."
        where = f"the {found.examples} {WORDS[found.source]} {question.examples}"
        return f"Honest estimate: {value} on {where}, which chose nothing."

    @property
    def doubts(self) -> list[str]:
        """Why an estimate may not hold."""
        folds, kept = self.by_folds, self.measured
        if kept is None:
            return []
        told = []
        if kept.uses > 1:
            told.append(f"That data has now measured {kept.uses} winners; if you choose among them, it flatters.")
        if kept.low is not None and kept.high is not None and not kept.low <= folds.value <= kept.high:
            told.append("The estimate by folds is not within that interval: by chance, or the data is not alike.")
        dataset = self.tuning.pool.dataset
        split = dataset.splits[kept.source]
        if seen := len(split.seen):
            told.append(
                f"{some_of(seen, len(split.names), dataset.question.examples)} also in the training data"
                + (", and left out of that estimate." if kept.examples < len(split.names) else ".")
            )
        return told

    def winner_to_json(self) -> dict[str, Any]:
        """Which trial is the best, and its settings, as plain values."""
        return {"trial": self.winner.trial, "settings": self.point(self.winner.trial)}

    def to_json(self) -> dict[str, Any]:
        """What was found, as plain values."""
        tuning = self.tuning
        trials = [
            {
                "trial": row.trial,
                "settings": self.point(row.trial),
                "epochs": row.epochs,
                "folds": len(row.values),
                tuning.metric: row.mean,
                "deviation": row.deviation,
                "seconds": row.seconds,
                "status": row.failed or "done",
            }
            for row in self.ranked
        ]
        return {
            **tuning.pool.dataset.question.to_json(),
            "metric": tuning.metric,
            "winner": self.winner_to_json(),
            "estimates": {each.source: asdict(each) for each in self.estimates},
            "trials": trials,
            "seconds": tuning.elapsed,
        }


def tuned(tuning: Tuning, measured: Measured | None = None) -> Tuned | None:
    """What a tune has found; None if no trial was trained to the end."""
    latest = {trial: row for (trial, _), row in sorted(tuning.trials.rows.items())}
    ranked = sorted(latest.values(), key=lambda row: rank(tuning, row))
    if not ranked or not is_finalist(tuning, ranked[0]):
        return None
    finalists = [row for row in ranked if is_finalist(tuning, row)]
    return Tuned(tuning, ranked, estimate_by_folds(tuning, finalists), measured)


def is_finalist(tuning: Tuning, row: Finished) -> bool:
    """Whether a trial was trained to the end, on all folds, and has a finite metric."""
    whole = row.epochs == tuning.config.train.epochs and len(row.values) == tuning.settings.folds
    return whole and math.isfinite(row.penalty(tuning.metric))


def rank(tuning: Tuning, row: Finished) -> tuple[Any, ...]:
    """How trials are sorted: first those that were trained longest, by their metric, then by their number."""
    return not is_finalist(tuning, row), bool(row.failed), -row.rung, row.penalty(tuning.metric), row.trial


def estimate_by_folds(tuning: Tuning, finalists: Sequence[Finished]) -> Measured:
    """The mean metric of the winners that are chosen without a fold, on that fold, for one fold after the other.

    Each fold measures the winner of the mean of the others, so that none has chosen what it measures (after Tibshirani
    and Tibshirani, Annals of Applied Statistics 3, 2009). It is less flattered, not unbiased: the networks on the other
    folds have learned from that fold, which a nested choice (Varma and Simon, BMC Bioinformatics 7:91, 2006) does not
    allow. The winners share what they learn from, and their interval is as wide as that demands (`estimate`).
    If there were rungs on the first fold alone, that has chosen who gets to the last, and measures nothing.
    """
    folds, metric = tuning.settings.folds, tuning.metric
    first = 1 if any(row.epochs < tuning.config.train.epochs for row in tuning.trials.rows.values()) else 0
    left_out = range(first, folds)
    values = []
    for fold in left_out:
        best = min(finalists, key=lambda row: (penalty(metric, mean_without(row.values, fold)), row.trial))
        values.append(best.values[fold])
    m = sum(len(tuning.plan.tested[fold]) for fold in left_out)
    found = estimate(metric, np.array(values), tuning.plan.share, m)
    assert found.mean is not None  # those of finalists are finite
    return Measured(FOLDS, m, found.mean, found.low, found.high, tuple(fold + 1 for fold in left_out))


def these_folds(folds: Sequence[int]) -> str:
    """`fold 2`, `folds 2 and 3`, `folds 2 to 600`: consecutive folds, counted from 1."""
    if len(folds) == 1:
        return f"fold {folds[0]}"
    return f"folds {folds[0]} {'and' if len(folds) == 2 else 'to'} {folds[-1]}"


def mean_without(values: Sequence[float], fold: int) -> float:
    """The mean of the values of all folds but one."""
    return statistics.fmean(value for place, value in enumerate(values) if place != fold)


def honest_on_split(tuning: Tuning, scores: Sequence[float], uses: int = 1) -> Measured:
    """The metric on the split that was kept for the end, of each example's score: Wilson's interval, or Student's.

    Examples that are also in the training data are left out, as by `Split.without_seen`; unless all are. `uses` is how
    many winners it has measured, this one included.
    """
    values, split = np.array(scores), reserved(tuning.pool)
    assert split is not None
    seen = tuning.pool.dataset.splits[split].seen
    if len(seen) < len(values):
        values = np.delete(values, list(seen))
    mean, m = float(values.mean()), len(values)
    low, high = None, None
    if METRICS[tuning.metric].is_percentage:
        low, high = share_interval(mean, m)
    elif m > 1:
        low, high = interval(values)
    return Measured(split, m, mean, low, high, uses=uses)


def read_honest(facts: Mapping[str, Any], split: str | None) -> Measured | None:
    """The estimate on a split in a summary; None if there is none."""
    found = facts.get("estimates", {}).get(split)
    return None if found is None else Measured(**{**found, "folds": tuple(found["folds"])})


def of_folds(tuning: Tuning) -> str:
    """`3 folds of the 1600 training examples`"""
    tested = sum(map(len, tuning.plan.tested))
    names = [name for name in tuning.pool.splits if name == "train" or tested == tuning.pool.m]
    return f"{counted(tuning.settings.folds, 'fold')} of the {tested} {' and '.join(WORDS[n] for n in names)} examples"
