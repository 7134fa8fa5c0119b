"""Work on many blocks in threads, each with a matrix product of one thread.

So all of a block's work runs on all processors, not only its products, and no thread waits for another at each of them.
Which thread does what is fixed, so that sums come out the same, to the bit, whenever there are as many threads.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

BLOCKS_A_THREAD = 2  # below so many the threads would not be worth their start


@cache
def _controller() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def threads() -> int:
    """How many threads a matrix product takes now."""
    return max((library["num_threads"] for library in _controller().info()), default=1)


def shares(blocks: Sequence[Any]) -> list[Sequence[Any]]:
    """The blocks dealt out: one share for each thread, or a single one where that would not pay."""
    if len(blocks) < 2 * BLOCKS_A_THREAD:
        return [blocks]
    count = min(threads(), len(blocks) // BLOCKS_A_THREAD)
    return [blocks[thread::count] for thread in range(count)]


def in_threads(work: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    """What `work` returns for each item, in their order; each item has a thread of its own."""
    if len(items) == 1:
        return [work(items[0])]
    from concurrent.futures import ThreadPoolExecutor

    with _controller().limit(limits=1), ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(work, items))
