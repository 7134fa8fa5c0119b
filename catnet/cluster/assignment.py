"""Which worker has which shards: consecutive ones, as many as it is quick."""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise


def assigned(count: int, speeds: Mapping[str, float]) -> list[tuple[str, range]]:
    """So many shards dealt out to workers, in their order, in proportion to their speeds. A worker may get none."""
    total = sum(speeds.values())
    ends = [round(count * sum_so_far / total) for sum_so_far in accumulate(speeds.values())]
    runs = [range(start, end) for start, end in pairwise([0, *ends[:-1], count])]
    return [(worker, run) for worker, run in zip(speeds, runs, strict=True) if run]


def is_uneven(seconds: Sequence[float], tolerance: float) -> bool:
    """Whether the slowest of some workers takes so many times as long as they do on average."""
    return bool(seconds) and max(seconds) > tolerance * sum(seconds) / len(seconds)
