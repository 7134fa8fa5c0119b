"""How far chance goes: Wilson's and Student's interval, and the bootstrap.

The bootstrap draws m of the m examples with replacement, many times, and looks at how much the mean differs from draw
to draw (Efron, 1979). The draws are seeded, so that the same data gives the same interval.
"""

import math

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


def mean_interval(values: Array) -> tuple[Array, Array, Array]:
    """The means (runs,) of values (runs, m), and their 95% intervals, low and high: mean +- t s / sqrt(m).

    It is Student's, for values of any sign, such as differences of pairs; of a single value it is infinite.
    """
    m, mean = values.shape[1], values.mean(axis=1, dtype=np.float64)
    if m == 1:
        return mean, np.full_like(mean, -np.inf), np.full_like(mean, np.inf)
    reach = student(m - 1) * values.std(axis=1, dtype=np.float64, ddof=1) / math.sqrt(m)
    return mean, mean - reach, mean + reach


def student(n: float) -> float:
    """How many standard errors from the mean 95% of Student's distribution with n degrees of freedom reach, n >= 1.

    At 1 it is exact, above to 10%, from 2 on to 1%, from 4 on to 0.1% (Fisher and Cornish, Technometrics 2, 1960; four
    terms).
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
    return max(0.0, (centre - reach) / (1 + z2 / m)), min(1.0, (centre + reach) / (1 + z2 / m))


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
