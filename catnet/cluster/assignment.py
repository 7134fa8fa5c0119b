"""Which worker has which shards: consecutive ones, as many as it is quick."""

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise

from catnet.engine.shards import halves

LEEWAY = 1 / 16  # of the work of a worker, by which it may get less or more


def assigned(count: int, speeds: Mapping[str, float]) -> list[tuple[str, range]]:
    """So many shards dealt out to workers, in their order, in proportion to their speeds. A worker may get none.

    Their ends are those of large nodes of the tree of sums, so that a worker has few sums to send, not one for each of
    the small nodes that a run of shards may consist of.
    """
    shares = [count * speed / sum(speeds.values()) for speed in speeds.values()]
    ends = [
        end_near(wanted, LEEWAY * min(two), count)
        for wanted, two in zip(accumulate(shares), pairwise(shares), strict=False)
    ]
    runs = [range(start, end) for start, end in pairwise([0, *ends, count])]
    return [(worker, run) for worker, run in zip(speeds, runs, strict=True) if run]


def end_near(wanted: float, leeway: float, count: int) -> int:
    """The end of the largest node of so many shards within the leeway; the next shard if none ends there."""
    low, high = math.ceil(wanted - leeway), math.floor(wanted + leeway)
    if low > high or low <= 0 or high >= count:
        return round(wanted)
    left, right = halves((0, count))
    while not low <= left[1] <= high:
        left, right = halves(left if left[1] > high else right)
    return left[1]


def is_uneven(seconds: Sequence[float], tolerance: float) -> bool:
    """Whether the slowest of some workers takes so many times as long as they do on average."""
    return bool(seconds) and max(seconds) > tolerance * sum(seconds) / len(seconds)
