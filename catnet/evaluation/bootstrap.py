"""How far chance goes: Wilson's and Student's interval, the bootstrap, McNemar's test, corrections for several runs.

The bootstrap draws m of the m examples with replacement, many times, and looks at how much the mean differs from draw
to draw (Efron, 1979). The draws are seeded, so that the same data gives the same interval.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from catnet.engine.types import Array
from catnet.evaluation.kinds import kinds_of

RESAMPLES = 2000
CERTAIN = 0.05  # a p-value below it is more than chance
Z_95 = 1.959964  # of a normal distribution 95% lie within so many deviations
CHUNK = 1 << 22  # examples drawn at a time
MANY = 1000  # kinds of example


def interval(values: Array) -> tuple[float, float]:
    """The 95% interval of the mean of values (m,) of at least 0, m at least 2: mean * exp(+- t s / (mean sqrt(m))).

    It is Student's for the logarithm of the mean (by the delta method): like errors it is skewed, and never below 0. t
    has m - 1 degrees of freedom. A percentile interval of the bootstrap is too narrow for few values: of 2 it holds the
    true mean in half of all cases.
    """
    m, mean = len(values), float(values.mean(dtype=np.float64))
    if mean == 0:
        return 0.0, 0.0
    reach = math.exp(student(m - 1) * float(values.std(dtype=np.float64, ddof=1)) / (mean * math.sqrt(m)))
    return mean / reach, mean * reach


def student(n: int) -> float:
    """How many standard errors from the mean 95% of Student's distribution with n degrees of freedom reach.

    From 2 on it is right to 1%, from 4 on to 0.1% (Fisher and Cornish, Technometrics 2, 1960; four terms).
    """
    if n == 1:  # Cauchy's distribution
        return math.tan(0.475 * math.pi)
    z = Z_95
    terms = (
        z,
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return sum(term / n**power for power, term in enumerate(terms))


def share_interval(right: float, m: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share of m examples (Journal of the American Statistical Association 22, 1927).

    It is one even if all m are right, or none, where the bootstrap has nothing to draw from.
    """
    z2 = Z_95**2
    centre, reach = right + z2 / (2 * m), Z_95 * math.sqrt(right * (1 - right) / m + z2 / (4 * m * m))
    return (centre - reach) / (1 + z2 / m), (centre + reach) / (1 + z2 / m)


def resampled_means(values: Array) -> Array:
    """The means (RESAMPLES, runs) of values (runs, m), m at least 1: a resample has the same examples for every run.

    Examples with the same values for every run, as most are if these are zeros and ones, are drawn as one kind, whose
    count in a resample is multinomial. The sums of zeros and ones are exact, so that runs that are equal stay equal.
    Of more than MANY kinds the means are normal (central limit theorem), and are drawn as such.
    """
    m = values.shape[1]
    first, kind = kinds_of(values)
    kinds, sizes = values[:, first], np.bincount(kind)
    random = np.random.default_rng(0)
    if len(sizes) > MANY:
        return random.multivariate_normal(values.mean(axis=1), np.atleast_2d(np.cov(values)) / m, RESAMPLES)
    means: list[Array] = []
    for start in range(0, RESAMPLES, step := max(1, CHUNK // len(sizes))):
        counts = random.multinomial(m, sizes / m, min(step, RESAMPLES - start))
        means.append(counts @ kinds.T.astype(np.float64) / m)
    return np.concatenate(means)


class Gap(NamedTuple):
    """How far one run is from another: the difference of their means, its interval, and the chance of such a one.

    `p` is McNemar's, of this pair alone, None if the values are not right (1) and wrong (0). `p_corrected` is
    corrected for the number of pairs.
    """

    difference: float
    low: float
    high: float
    p: float | None
    p_corrected: float


def gaps(values: Array, pairs: Sequence[tuple[int, int]], parts: int = 1) -> list[Gap]:
    """For each pair of runs (i, j) how far values[i] is from values[j]; values (runs, m) are about the same examples.

    With 95% all intervals are right together; with 5% or less the smallest corrected p-value is below 0.05 if no run is
    better than another. If the pairs are one of several `parts` of a comparison, that holds for all parts together.
    """
    confidence = 1 - CERTAIN / parts
    intervals, p = joint_intervals(values, pairs, confidence)
    alone: list[float] | list[None] = [None] * len(pairs)
    if ((values == 0) | (values == 1)).all():
        alone = [mcnemar(values[i] == 1, values[j] == 1) for i, j in pairs]
        p = holm(np.array(alone))
    differences = [float((values[i] - values[j]).mean()) for i, j in pairs]
    corrected = np.minimum(1, parts * p).tolist()
    rows = zip(differences, intervals.tolist(), alone, corrected, strict=True)
    return [Gap(difference, low, high, exact, p) for difference, (low, high), exact, p in rows]


def joint_intervals(
    values: Array, pairs: Sequence[tuple[int, int]], confidence: float = 1 - CERTAIN
) -> tuple[Array, Array]:
    """For pairs of runs (i, j) the intervals (pairs, 2) of mean(values[i]) - mean(values[j]), and p-values (pairs,).

    Both are corrected for the number of pairs by the distribution of the largest |t| among them, t being a difference
    over its standard error, in resamples that are centred on what was found (single-step maxT: Westfall and Young,
    Resampling-Based Multiple Testing, 1993; Romano and Wolf, Econometrica 73, 2005). It knows how alike the runs are,
    as Bonferroni's correction does not. For few examples the normal |t| of the resamples are stretched to Student's t
    with m - 1 degrees of freedom (Fisher and Cornish, Technometrics 2, 1960). One example tells nothing: its p is 1.
    """
    m = values.shape[1]
    if m == 1:
        found = np.array([values[i] - values[j] for i, j in pairs], np.float64)
        return np.column_stack([found, found]), np.ones(len(pairs))
    means = resampled_means(values)
    differences, errors, largest = np.zeros(len(pairs)), np.zeros(len(pairs)), np.zeros(len(means))
    for place, (i, j) in enumerate(pairs):
        apart = values[i].astype(np.float64) - values[j]
        differences[place], errors[place] = apart.mean(), np.std(apart) / math.sqrt(m - 1)
        if errors[place] > 0:
            z = (means[:, i] - means[:, j] - differences[place]) / (errors[place] * math.sqrt((m - 1) / m))
            largest = np.maximum(largest, np.abs(z))
    largest += (largest**3 + largest) / (4 * (m - 1))
    reach = quantile(largest, confidence) * errors
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(differences == 0, 0, np.abs(differences) / errors)  # infinite if the same for every example
    p = np.array([(1 + np.count_nonzero(largest >= each)) / (1 + len(largest)) for each in t])
    return np.column_stack([differences - reach, differences + reach]), p


def quantile(values: Array, share: float) -> float:
    """The value that so large a share of values (m,) is below, linear between two: `np.quantile` imports much."""
    return float(np.interp(share * (len(values) - 1), np.arange(len(values)), np.sort(values)))


def mcnemar(a: Array, b: Array) -> float:
    """The exact two-sided p-value of McNemar's test (1947) for two answers, right or wrong (m,), to the same examples.

    Only the examples that one has right and the other wrong count: if both are equally good, each is a fair coin.
    """
    a, b = a.astype(bool), b.astype(bool)
    first, second = int(np.count_nonzero(a & ~b)), int(np.count_nonzero(b & ~a))
    n, k = first + second, min(first, second)
    log_factorials = np.concatenate([[0.0], np.log(np.arange(1, n + 1)).cumsum()])
    i = np.arange(k + 1)
    ways = log_factorials[n] - log_factorials[i] - log_factorials[n - i]
    return min(1.0, 2 * math.fsum(np.exp(ways + n * math.log(0.5))))


def holm(p: Array) -> Array:
    """The p-values (tests,) corrected for their number (Holm, Scandinavian Journal of Statistics 6, 1979).

    Those below 0.05 have, all together, a chance of at most 5% that one of them is below it by chance: the smallest is
    multiplied by the number of tests, the next by one less, and so on, and none is smaller than one before it.
    """
    order = np.argsort(p)
    corrected = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    back = np.empty(len(p))
    back[order] = np.minimum(1, corrected)
    return back
