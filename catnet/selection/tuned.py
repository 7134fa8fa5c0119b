"""What a tune has found: the trials by how good they are, and an honest estimate of the best.

The folds chose the winner, so its metric on them flatters it, the more so the more trials there were. That by folds
none of which has chosen the winner that it measures is less flattered; the metric on data that was kept for the end is
not at all.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any

from catnet.data.split_names import WORDS
from catnet.evaluation.metrics import BASELINES
from catnet.selection.beside import Beside
from catnet.selection.measured import FOLDS, Chosen, Measured, chosen_without, estimate_by_folds, these_folds
from catnet.selection.points import Point
from catnet.selection.trials_file import Finished
from catnet.selection.tuning import Tuning
from catnet.text import counted, metric_name, score, some_of


@dataclass(frozen=True)
class Tuned:
    """The trials of a tune, each by its row in the last rung that it has come to, the best first; the winners that are
    chosen without a fold; and what stands beside the estimate to believe.
    """

    tuning: Tuning
    ranked: list[Finished]
    chosen: Chosen
    by_folds: Measured
    measured: Measured | None = None
    beside: Beside | None = None

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
            each = ", each" if len(found.folds) > 1 else ","
            chosen = f"{each} left out of the choice that it measures, so less flattered" if self.is_chosen else ""
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
        if are_apart(folds, kept):
            told.append(
                "The intervals of the two estimates are apart: the networks of the folds learned from fewer "
                f"{self.tuning.pool.dataset.question.examples}, or the data is not alike."
            )
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
            BASELINES: None if self.beside is None else asdict(self.beside),
            "trials": trials,
            "seconds": tuning.elapsed,
        }


def tuned(tuning: Tuning) -> Tuned | None:
    """What a tune has found; None if no trial was trained to the end."""
    latest = {trial: row for (trial, _), row in sorted(tuning.trials.rows.items())}
    ranked = sorted(latest.values(), key=lambda row: rank(tuning, row))
    if not ranked or not is_finalist(tuning, ranked[0]):
        return None
    chosen = chosen_without(tuning, [row for row in ranked if is_finalist(tuning, row)])
    return Tuned(tuning, ranked, chosen, estimate_by_folds(tuning, chosen))


def are_apart(one: Measured, other: Measured) -> bool:
    """Whether the intervals of two estimates have nothing in common; not if one is not known."""
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return False
    return one.high < other.low or other.high < one.low


def is_finalist(tuning: Tuning, row: Finished) -> bool:
    """Whether a trial was trained to the end, on all folds, and has a finite metric."""
    whole = row.epochs == tuning.config.train.epochs and len(row.values) == tuning.settings.folds
    return whole and math.isfinite(row.penalty(tuning.metric))


def rank(tuning: Tuning, row: Finished) -> tuple[Any, ...]:
    """How trials are sorted: first those that were trained longest, by their metric, then by their number."""
    return not is_finalist(tuning, row), bool(row.failed), -row.rung, row.penalty(tuning.metric), row.trial


def of_folds(tuning: Tuning) -> str:
    """`3 folds of the 1600 training examples`"""
    tested = sum(map(len, tuning.plan.tested))
    names = [name for name in tuning.pool.splits if name == "train" or tested == tuning.pool.m]
    return f"{counted(tuning.settings.folds, 'fold')} of the {tested} {' and '.join(WORDS[n] for n in names)} examples"
