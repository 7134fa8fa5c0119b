"""How far chance goes: the bootstrap, and McNemar's test.

The bootstrap draws m of the m examples with replacement, many times, and looks at how much the mean differs from draw
to draw (Efron, 1979). The draws are seeded, so that the same data gives the same interval.
"""

import math

import numpy as np

from catnet.engine.types import Array

RESAMPLES = 2000
CHUNK = 1 << 22  # examples drawn at a time


def interval(values: Array, confidence: float = 0.95) -> tuple[float, float]:
    """The percentile interval of the mean of values (m,), m at least 1."""
    m = len(values)
    random = np.random.default_rng(0)
    means: list[Array] = []
    for start in range(0, RESAMPLES, step := max(1, CHUNK // m)):
        drawn = random.integers(0, m, (min(step, RESAMPLES - start), m), np.int32 if m < 1 << 31 else np.int64)
        means.append(values[drawn].mean(axis=1, dtype=np.float64))
    tail = 50 * (1 - confidence)
    low, high = np.percentile(np.concatenate(means), [tail, 100 - tail])
    return float(low), float(high)


def paired_interval(a: Array, b: Array) -> tuple[float, float]:
    """The interval of mean(a) - mean(b); a and b (m,) are about the same examples, which are drawn in pairs."""
    return interval(a.astype(np.float64) - b.astype(np.float64))


def mcnemar(a: Array, b: Array) -> float:
    """The exact two-sided p-value of McNemar's test (1947) for two answers, right or wrong (m,), to the same examples.

    Only the examples that one has right and the other wrong count: if both are equally good, each is a fair coin.
    """
    a, b = a.astype(bool), b.astype(bool)
    first, second = int(np.count_nonzero(a & ~b)), int(np.count_nonzero(b & ~a))
    n, k = first + second, min(first, second)
    log_half = n * math.log(0.5)
    ways = (math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in range(k + 1))
    return min(1.0, 2 * math.fsum(math.exp(way + log_half) for way in ways))
