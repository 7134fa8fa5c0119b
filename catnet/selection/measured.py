"""How good the best settings of a tune are on new data: by folds that did not choose them, or by what was kept."""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.data.dataset import Split
from catnet.engine.types import Array
from catnet.evaluation.bootstrap import interval, share_interval
from catnet.evaluation.folds import equal_in, first_of_groups
from catnet.goals import METRICS, penalty
from catnet.selection.estimates import Spread, estimate
from catnet.selection.kept import reserved
from catnet.selection.trials_file import Finished
from catnet.selection.tuning import Tuning

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


def estimate_by_folds(tuning: Tuning, finalists: Sequence[Finished]) -> Measured:
    """The mean metric of the winners that are chosen without a fold, on that fold, for one fold after the other.

    Each fold measures the winner of the mean of the others, so that none has chosen what it measures (after Tibshirani
    and Tibshirani, Annals of Applied Statistics 3, 2009). It is less flattered, not unbiased: the networks on the other
    folds have learned from that fold, which a nested choice (Varma and Simon, BMC Bioinformatics 7:91, 2006) does not
    allow. The winners share what they learn from, and their interval is as wide as that demands (`estimate`); two or
    three values say little of their deviation, so it is that of the better trials.
    If there were rungs on the first fold alone, that has chosen who gets to the last, and measures nothing.
    """
    values, measured = chosen_without(tuning, finalists)
    tested = [tuning.plan.tested[fold] for fold in measured]
    m = tuning.pool.different_in(tested)
    ranked = sorted(finalists, key=lambda row: (row.penalty(tuning.metric), row.trial))
    better = np.array([[row.values[fold] for fold in measured] for row in ranked[: math.ceil(len(ranked) / 2)]])
    found = estimate(tuning.metric, values, tuning.plan.share, m, spread_of(better))
    assert found.mean is not None  # those of finalists are finite
    numbers = tuple(fold + 1 for fold in measured)
    return Measured(FOLDS, sum(map(len, tested)), found.mean, found.low, found.high, numbers)


def spread_of(values: Array) -> Spread | None:
    """The deviation of the values (T, J) of T trials on J folds, pooled; None if there is none.

    T deviations that correlate by r are known with T (J - 1) / (1 + (T - 1) r^2) degrees of freedom. Trials are tested
    on the same folds, so they correlate, how much is not known: r^2 = 1/2 makes the freedom at most twice that of one.
    """
    T, J = values.shape
    if J == 1 or not values.var(axis=1).any():
        return None
    return Spread(math.sqrt(values.var(axis=1, ddof=1).mean()), 2 * T / (T + 1) * (J - 1))


def chosen_without(tuning: Tuning, finalists: Sequence[Finished]) -> tuple[Array, Sequence[int]]:
    """The metric, on one fold after the other, of the winner that the others choose, (folds,); and which these are."""
    metric, epochs = tuning.metric, tuning.config.train.epochs
    first = 1 if any(row.epochs < epochs for row in tuning.trials.rows.values()) else 0
    measured = range(first, tuning.settings.folds)
    values = []
    for fold in measured:
        best = min(finalists, key=lambda row: (penalty(metric, mean_without(row.values, fold)), row.trial))
        values.append(best.values[fold])
    return np.array(values), measured


def mean_without(values: Sequence[float], fold: int) -> float:
    """The mean of the values of all folds but one."""
    return statistics.fmean(value for place, value in enumerate(values) if place != fold)


def these_folds(folds: Sequence[int]) -> str:
    """`fold 2`, `folds 2 and 3`, `folds 2 to 600`: consecutive folds, counted from 1."""
    if len(folds) == 1:
        return f"fold {folds[0]}"
    return f"folds {folds[0]} {'and' if len(folds) == 2 else 'to'} {folds[-1]}"


def honest_on_split(tuning: Tuning, scores: Sequence[float], uses: int = 1) -> Measured:
    """The metric on the split that was kept for the end, of each example's score: Wilson's interval, which
    counts copies once, or Student's.

    Examples that are also in the training data are left out, as by `Split.without_seen`; unless all are. `uses` is how
    many winners it has measured, this one included.
    """
    name = reserved(tuning.pool)
    assert name is not None
    split = tuning.pool.dataset.splits[name]
    new = new_to_training(split)
    values = np.array(scores)[new]
    mean, low, high = float(values.mean()), None, None
    if METRICS[tuning.metric].is_percentage:
        low, high = share_interval(mean, len(first_of_groups(equal_in(split)[new])))
    elif len(values) > 1:
        low, high = interval(values)
    return Measured(name, len(values), mean, low, high, uses=uses)


def new_to_training(split: Split) -> list[int]:
    """The indices of a split's examples that are not also in the training data; of all, if all are there."""
    new = [index for index in range(len(split.names)) if index not in split.seen]
    return new or list(range(len(split.names)))


def read_honest(facts: Mapping[str, Any], split: str | None) -> Measured | None:
    """The estimate on a split in a summary; None if there is none."""
    found = facts.get("estimates", {}).get(split)
    return None if found is None else Measured(**{**found, "folds": tuple(found["folds"])})
