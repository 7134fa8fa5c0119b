"""Work in threads, each with matrix products of one thread, where there is enough of it.

So all of the work runs on all processors, not only its products, and no thread waits for another at each product.
What is summed with what is fixed, so that sums come out the same, to the bit, whenever there are as many threads. The
threads are the process's: of two trainings at once in one process, each may see the other's matrix products of one.
"""

import os
from collections.abc import Callable, Sequence
from contextvars import copy_context
from functools import cache
from typing import Any

LEAST = 64  # examples of a block, below which a thread would not be worth its while


@cache
def _blas() -> Any:
    import numpy  # noqa: F401  (loads the library that is looked for)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


@cache
def _pool(count: int) -> Any:
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(count)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has none of the threads


def threads() -> int:
    """How many threads a matrix product takes now."""
    return max((library["num_threads"] for library in _blas().info()), default=1)


def cuts(examples: int, at_most: int, multiple_of: int = 1) -> list[slice]:
    """The examples cut into parts of at most so many, as good as equal; how many parts is a multiple of a number."""
    count = multiple_of * max(1, -(-examples // (at_most * multiple_of)))
    return [slice(examples * part // count, examples * (part + 1) // count) for part in range(count)]


def even_cuts(examples: int, at_most: int) -> list[slice]:
    """The same, as many parts for every thread that finds enough to do."""
    return cuts(examples, at_most, min(threads(), examples // LEAST) if examples >= 2 * LEAST else 1)


def shares(items: Sequence[Any]) -> list[Sequence[Any]]:
    """The items dealt out: a share for each thread."""
    count = min(threads(), len(items)) if len(items) > 1 else 1
    return [items[thread::count] for thread in range(count)]


def in_threads(work: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    """What `work` returns for each item, in their order. What has not begun when one of them fails is left.

    The caller's context holds in the threads too: NumPy's `errstate` is part of it.
    """
    if len(items) == 1:
        return [work(items[0])]
    pool = _pool(threads())
    with _blas().limit(limits=1):
        begun = [pool.submit(copy_context().run, work, item) for item in items]
        try:
            return [future.result() for future in begun]
        finally:
            for future in begun:
                future.cancel()


def use_threads(count: int) -> None:
    """Matrix products, and work in threads, take so many from now on."""
    _blas().limit(limits=count)


def blas() -> dict[str, Any]:
    """What computes the matrix products: the library, its version and kernel, and the number of threads."""
    facts: dict[str, Any] = next(iter(_blas().info()), {})
    return {
        "library": facts.get("internal_api"),
        "version": facts.get("version"),
        "kernel": facts.get("architecture"),
        "threads": threads(),
    }
