"""What several trainings on the same examples say of a metric on new ones."""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from catnet.engine.types import Array
from catnet.evaluation.bootstrap import share_interval, student
from catnet.goals import METRICS

ROUNDING = 1e-12  # of a mean of shares
PRIOR = 4.0  # degrees of freedom of a variance by the number of examples: trainings differ by more than that


@dataclass(frozen=True)
class Estimate:
    """A metric over all trainings: its mean, its standard deviation, and a 95% interval of the mean.

    All are None if the metric is not defined for a fold; the deviation of a single training is, and the ends of the
    interval if it is not known.
    """

    mean: float | None
    deviation: float | None
    low: float | None
    high: float | None


class Spread(NamedTuple):
    """The standard deviation of the values of trainings, and the degrees of freedom with which it is known."""

    deviation: float
    freedom: float


def estimate(metric: str, values: Array, share: float, m: int, spread: Spread | None = None) -> Estimate:
    """The estimate of values (J,) of J trainings, each tested on `share` times as many examples as it has learned from,
    all together on m different ones, of which none is a copy of another.

    The trainings learn from the same examples, so their values are not independent: the variance of the mean is
    (1/J + share) times that of the values, not 1/J times (Nadeau and Bengio, Machine Learning 52, 2003; for repeated
    folds Bouckaert and Frank, PAKDD 2004), and the interval is Student's with J - 1 degrees of freedom. It ends at the
    least and the greatest value that the metric may have. `spread` is that of the values, if it is better known than by
    themselves.

    A few values may be equal by chance. So the interval of a share has Wilson's for m examples in it, and that of
    another metric is not known then.
    """
    found, (least, greatest) = estimate_of_difference(values, share, spread), METRICS[metric].bounds
    ends = [] if found.low is None or found.high is None else [found.low, found.high]
    if found.mean is not None and METRICS[metric].is_percentage:
        ends += share_interval(found.mean, m)
    return replace(found, low=max(least, min(ends)), high=min(greatest, max(ends))) if ends else found


def estimate_of_difference(values: Array, share: float, spread: Spread | None = None) -> Estimate:
    """The same of values that have no bounds, such as differences (J,) between two networks on the same folds."""
    if not np.isfinite(values).all():
        return Estimate(None, None, None, None)
    J, mean = len(values), float(values.mean())
    if spread is None and np.ptp(values) == 0:
        return Estimate(mean, 0.0 if J > 1 else None, None, None)
    deviation, freedom = spread or Spread(float(values.std(ddof=1)), J - 1)
    reach = student(freedom) * deviation * math.sqrt(1 / J + share)
    return Estimate(mean, deviation, mean - reach, mean + reach)


def spread_of(values: Array, known: float | None = None) -> Spread | None:
    """The deviation of the values (T, J) of T trials on J folds, pooled; None if there is none.

    T deviations that correlate by r are known with T (J - 1) / (1 + (T - 1) r^2) degrees of freedom. Trials are tested
    on the same folds, so they correlate, how much is not known: r^2 = 1/2 makes the freedom at most twice that of one.
    `known` is the variance that so many examples alone give a value, if it is known: it is weighed with that of the
    values, as if it had PRIOR degrees of freedom (moderated variances, Smyth, Statistical Applications in Genetics and
    Molecular Biology 3, 2004).
    """
    T, J = values.shape
    variance = float(values.var(axis=1, ddof=1).mean()) if J > 1 else 0.0
    freedom = 2 * T / (T + 1) * (J - 1)
    if known is not None:
        variance, freedom = (PRIOR * known + freedom * variance) / (PRIOR + freedom), PRIOR + freedom
    return Spread(math.sqrt(variance), freedom) if variance > 0 else None


def variance_of_share(mean: float, m: float) -> float:
    """The variance that m examples alone give a share whose mean is known."""
    return mean * (1 - mean) / m


def is_none(lead: Estimate) -> bool:
    """Whether the network is as good as another answer, but for rounding."""
    return lead.mean is not None and abs(lead.mean) < ROUNDING


def is_sure(lead: Estimate, best: Estimate, other: float) -> bool:
    """Whether a lead over another value is more than chance: by its interval, or if that is not known, as the lead is
    the same in each fold, by that of the metric itself.
    """
    if lead.low is not None and lead.high is not None:
        return not lead.low <= 0 <= lead.high
    return best.low is not None and best.high is not None and not best.low <= other <= best.high
