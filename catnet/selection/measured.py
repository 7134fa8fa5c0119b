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
from catnet.selection.estimates import estimate, spread_of, variance_of_share
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


@dataclass(frozen=True)
class Chosen:
    """The winners that are chosen without a fold, for one fold after the other.

    `values` (J,) are their metric on that fold, `measured` is which folds these are, from 0, and `better` (T, J) the
    metric there of the better half of the trials that were trained to the end; m is how many different examples these
    folds have.
    """

    values: Array
    measured: Sequence[int]
    better: Array
    m: int


def chosen_without(tuning: Tuning, finalists: Sequence[Finished]) -> Chosen:
    """The winners that the other folds choose, by their mean metric.

    If there were rungs on the first fold alone, that has chosen who gets to the last, and measures nothing.
    """
    metric, epochs = tuning.metric, tuning.config.train.epochs
    first = 1 if any(row.epochs < epochs for row in tuning.trials.rows.values()) else 0
    measured = range(first, tuning.settings.folds)
    values = []
    for fold in measured:
        best = min(finalists, key=lambda row: (penalty(metric, mean_without(row.values, fold)), row.trial))
        values.append(best.values[fold])
    ranked = sorted(finalists, key=lambda row: (row.penalty(metric), row.trial))[: math.ceil(len(finalists) / 2)]
    better = np.array([[row.values[fold] for fold in measured] for row in ranked])
    m = tuning.pool.different_in(tuning.plan.tested[fold] for fold in measured)
    return Chosen(np.array(values), measured, better, m)


def estimate_by_folds(tuning: Tuning, chosen: Chosen) -> Measured:
    """The mean metric of the winners that are chosen without a fold, on that fold.

    None has chosen what it measures (after Tibshirani and Tibshirani, Annals of Applied Statistics 3, 2009). It is less
    flattered, not unbiased: the networks on the other folds have learned from that fold, which a nested choice (Varma
    and Simon, BMC Bioinformatics 7:91, 2006) does not allow. The winners share what they learn from, and their interval
    is as wide as that demands (`estimate`); two or three values say little of their deviation, so it is that of the
    better trials, and of shares also that of so many examples (`spread_of`).
    """
    metric, share, J = tuning.metric, tuning.plan.share, len(chosen.values)
    is_share = METRICS[metric].is_percentage
    known = variance_of_share(float(chosen.values.mean()), chosen.m / J) if is_share else None
    found = estimate(metric, chosen.values, share, chosen.m, spread_of(chosen.better, known))
    assert found.mean is not None  # those of finalists are finite
    examples = sum(len(tuning.plan.tested[fold]) for fold in chosen.measured)
    return Measured(FOLDS, examples, found.mean, found.low, found.high, tuple(fold + 1 for fold in chosen.measured))


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
