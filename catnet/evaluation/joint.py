"""Several answers to the same examples: all the gaps between them, and how far chance goes, jointly for all pairs.

Which of several answers is the best was not known before, so a gap to the best is one of all pairs, N (N - 1) / 2, that
it may have come from: the intervals of all of them are right together with 95%, so that with at most 5% any of equally
good answers is called worse than another. An answer may come from several trainings that differ by their seed.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from catnet.engine.types import Array
from catnet.evaluation.bootstrap import CERTAIN, Z_95, resampled_means
from catnet.evaluation.kinds import kinds_of

FEWEST = 6  # right and wrong answers: of five coins all fall on one side by chance in 6% of all cases


class JointGap(NamedTuple):
    """How far an answer's mean score is from another's, its joint interval, and the corrected chance p of such a gap.

    p is below 0.05 if 0 is outside the interval, and only then.
    """

    difference: float
    low: float
    high: float
    p: float

    @property
    def sure(self) -> bool:
        """Whether it is more than chance."""
        return self.p < CERTAIN


@dataclass(frozen=True)
class Joint:
    """The mean scores (N,), the standard errors of their differences (N, N), `largest` and `resampled`, the resamples.

    `largest` (RESAMPLES,) is the largest |t| of any pair in each resample, `resampled` (RESAMPLES, N) the means in it.
    `deviation` is that of a mean score from seed to seed, pooled; None if no answer has several seeds.
    """

    means: Array
    errors: Array
    largest: Array
    resampled: Array
    deviation: float | None

    def gap(self, i: int, j: int) -> JointGap:
        """The gap of answer i to answer j. Its t is never less usual in the resamples than a normal one by itself."""
        difference, error = float(self.means[i] - self.means[j]), float(self.errors[i, j])
        rank = int(CERTAIN * (1 + len(self.largest)))  # of the greatest |t| with which p is not below 0.05
        reach = max(Z_95, float(np.partition(self.largest, -rank)[-rank])) * error
        t = abs(difference) / error if error else (math.inf if difference else 0.0)
        p = (1 + np.count_nonzero(self.largest >= t)) / (1 + len(self.largest))
        return JointGap(difference, difference - reach, difference + reach, max(float(p), math.erfc(t / math.sqrt(2))))


def jointly(scores: Sequence[Array], is_share: bool, of_first: bool = False, groups: Array | None = None) -> Joint:
    """All gaps between N answers; of each the scores (seeds, m) of the same m examples, of which it has the mean.

    If `of_first`, those of the first to the others: N - 1 pairs, and no others. Examples with the same number in
    `groups` (m,) are copies, which are right or wrong together: a group of them is drawn as one.

    The critical value is that of the largest |t| among all pairs, t being a difference over its standard error, in
    resamples of the examples that are centred on what was found (single-step maxT: Westfall and Young, Resampling-Based
    Multiple Testing, 1993; Romano and Wolf, Econometrica 73, 2005). It knows how alike the answers are, as Bonferroni's
    correction does not. If the scores are shares, 0 to 1, the error is that of the hypothesis of no difference, so that
    for two answers t is McNemar's (1947), which is valid for few examples too (Fagerland and others, BMC Medical
    Research Methodology 13, 2013); else t is stretched to Student's with m - 1 degrees of freedom. If some answers have
    several seeds, the variance of the mean score from seed to seed is added, divided by the number of seeds. It is
    pooled over the answers, also for those with one seed; an answer whose own is larger has that. The degrees of
    freedom are the seeds beyond the first of each answer. Some of this variance is that over the examples, counted
    twice: the intervals are rather too wide.
    """
    if groups is not None:
        scores = [of_groups(each, groups) for each in scores]
    values = np.stack([each.mean(axis=0, dtype=np.float64) for each in scores])
    N, m = values.shape
    resampled = resampled_means(values)
    deviation, noise = of_seeds(scores)
    if deviation:
        resampled = resampled + seed_noise(scores, noise, len(resampled))
    # if all of so few differ, t is the square root of m: it tells nothing
    least = math.sqrt(m) * (1 + 1e-9) if m == 1 or (is_share and m < FEWEST) else 0.0
    means, errors, largest = values.mean(axis=1), np.zeros((N, N)), np.full(len(resampled), least)
    for i in range(1 if of_first else N - 1):
        apart, rest = values[i] - values[i + 1 :], slice(i + 1, N)
        between = noise[i] + noise[rest]
        variance = apart.var(axis=1)
        own = (apart**2).mean(axis=1) / m if is_share or m == 1 else variance / (m - 1)
        errors[i, rest] = errors[rest, i] = np.sqrt(own + between)
        spread = np.sqrt(variance / m + between)
        varies = spread > 0
        moved = resampled[:, [i]] - resampled[:, rest] - (means[i] - means[rest])
        z = np.abs(moved[:, varies]) / spread[varies]
        largest = np.maximum(largest, z.max(axis=1, initial=0))
    if not is_share and m > 1:
        largest += (largest**3 + largest) / (4 * (m - 1))  # Fisher and Cornish, Technometrics 2, 1960
    return Joint(means, errors, largest, resampled, deviation)


def of_groups(scores: Array, groups: Array) -> Array:
    """The scores (seeds, groups) of groups of examples, from those (seeds, m): sums, scaled so that the mean stays."""
    first, group = kinds_of(groups[np.newaxis])
    if len(first) == len(groups):
        return scores
    sums = [np.bincount(group, weights=each) for each in scores]
    return np.stack(sums) * (len(first) / len(groups))


def of_seeds(scores: Sequence[Array]) -> tuple[float | None, Array]:
    """The deviation of a mean score from seed to seed, pooled, and the variance (N,) that it gives each answer's mean.

    An answer whose own deviation is larger has that. None and 0 if no answer has several seeds.
    """
    seeds = np.array([len(each) for each in scores])
    if seeds.max() == 1:
        return None, np.zeros(len(seeds))
    runs = [each.mean(axis=1, dtype=np.float64) for each in scores]
    within = np.array([((of_run - of_run.mean()) ** 2).sum() for of_run in runs])
    pooled = float(within.sum() / (seeds - 1).sum())
    own = within / np.maximum(seeds - 1, 1)
    return math.sqrt(pooled), np.maximum(own, pooled) / seeds


def seed_noise(scores: Sequence[Array], noise: Array, resamples: int) -> Array:
    """How far other seeds would move each mean: multivariate t with the degrees of freedom of the pooled deviation."""
    random = np.random.default_rng(1)
    freedom = sum(len(each) - 1 for each in scores)
    scale = np.sqrt(freedom / random.chisquare(freedom, (resamples, 1)))
    return random.normal(size=(resamples, len(noise))) * np.sqrt(noise) * scale
