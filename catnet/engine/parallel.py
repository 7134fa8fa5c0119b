"""Work in threads: each takes matrix products of a single thread.

So all of the work runs on all processors, not only its products, and no thread waits for the others at each product.
The order of summation is fixed, so sums are the same to the bit as long as the number of threads is the same. The
threads belong to the process: if it runs two trainings at once, each may see the single-threaded products of the other.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar, copy_context
from functools import cache
from threading import Event
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

Item = TypeVar("Item")
Made = TypeVar("Made")

_in_one_thread: ContextVar[bool] = ContextVar("_in_one_thread", default=False)  # within `one_thread`

FLOPS_FOR_THREADS = 1 << 27  # of a step
FLOPS_OF_UPDATE = 100  # to move a number takes as long as so many operations of a product
MIN_EXAMPLES_PER_THREAD = 64  # with fewer, another thread costs more than it saves


@cache
def _blas() -> Any:
    import numpy  # noqa: F401  (loads the library to look for)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")


def started_pool(count: int) -> "ThreadPoolExecutor | None":
    """A pool of so many threads, all started; None if the system does not start them all."""
    from concurrent.futures import ThreadPoolExecutor  # late, because little work does not need it

    pool, all_started = ThreadPoolExecutor(count), Event()
    try:
        for _ in range(count):
            pool.submit(all_started.wait)  # so that none is idle, and the next one starts too
        return pool
    except RuntimeError:
        pool.shutdown(wait=False, cancel_futures=True)
        return None
    finally:
        all_started.set()


_pool, _another_thread = cache(started_pool), cache(lambda: started_pool(1))  # a None stays: to try again takes long

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a forked child has none of the threads
    os.register_at_fork(after_in_child=_another_thread.cache_clear)


def thread_count() -> int:
    """How many threads a matrix product takes now, and work in threads too."""
    if _in_one_thread.get():
        return 1
    return max((library["num_threads"] for library in _blas().info()), default=1)


def use_threads(count: int) -> int:
    """From now on matrix products, and work in threads, take this many; one if the system starts no more. How many."""
    if count > 1 and _pool(count - 1) is None:
        count = 1  # BLAS would wait for threads that it cannot start
    _blas().limit(limits=count)
    for library in _blas().lib_controllers:
        if hasattr(library, "clear_controlling_thread"):
            library.clear_controlling_thread()  # or from threadpoolctl 3.8 on no other thread could change it
    return count


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it matrix products, and work in threads, take one thread."""
    before = _in_one_thread.set(True)
    try:
        with _blas().limit(limits=1):
            yield
    finally:
        _in_one_thread.reset(before)


def gains_by_threads(moved: int, products: int, times: int = 1) -> bool:
    """Whether another thread takes at least a fifth off a step.

    The step moves so many numbers, and its matrix products take so many operations: `times` as many as usual, for a
    thread to gain.
    """
    return products + FLOPS_OF_UPDATE * moved >= times * FLOPS_FOR_THREADS


def slices(length: int, at_most: int, multiple_of: int = 1) -> list[slice]:
    """range(length) cut into slices of nearly equal length, `at_most` long.

    Their number is a multiple of `multiple_of`, unless each has only one element then.
    """
    count = multiple_of * max(1, -(-length // (at_most * multiple_of)))
    count = min(count, max(1, length))
    return [slice(length * part // count, length * (part + 1) // count) for part in range(count)]


def slices_for_threads(length: int, at_most: int) -> list[slice]:
    """The same, of examples, with equally many slices for each thread that has enough to do."""
    if length < 2 * MIN_EXAMPLES_PER_THREAD:
        return slices(length, at_most)
    return slices(length, at_most, min(thread_count(), length // MIN_EXAMPLES_PER_THREAD))


def shares(items: Sequence[Any]) -> list[Sequence[Any]]:
    """The items dealt out in turn: one share for each thread."""
    count = min(thread_count(), len(items)) if len(items) > 1 else 1
    return [items[thread::count] for thread in range(count)]


def in_threads(work: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    """What `work` returns for each item, in their order. If one fails, those that have not begun are not done.

    The caller's context holds in the threads too: NumPy's `errstate` is part of it.
    """
    if len(items) <= 1:
        return [work(item) for item in items]
    made: list[Any] = [None] * len(items)

    def make(_: int, place: int) -> None:
        made[place] = work(items[place])

    workers = range(min(thread_count(), len(items)))
    with nullcontext() if _in_one_thread.get() else one_thread():  # so the work does not wait for other work in threads
        dealt(make, range(len(items)), workers)
    return made


def in_single_threads(work: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
    """The same; a single item takes products of one thread too, so that their number changes no bit."""
    if len(items) != 1:
        return in_threads(work, items)
    with one_thread():
        return [work(items[0])]


def dealt(work: Callable[[Any, Any], None], items: Sequence[Any], workers: Sequence[Any]) -> None:
    """Calls work(worker, item) for each item: each worker takes the next one.

    The first works in the caller's thread, and each of the others in one of its own. So a thread that no processor has
    time for delays nothing. The caller's does all if the system starts no other. `work` takes no matrix products of
    several threads. After an error no item is begun; all threads are at rest before it is raised.
    """
    queue = iter(items)

    def take(worker: Any) -> None:
        try:
            for item in queue:
                work(worker, item)
        finally:
            deque(queue, maxlen=0)  # takes what an error has left

    first, *others = workers
    pool = _pool(len(others)) if others else None
    futures = [pool.submit(copy_context().run, take, worker) for worker in others] if pool else []
    try:
        take(first)
    finally:
        errors = [future.exception() for future in futures if not future.cancel()]  # waits for them
    for error in filter(None, errors):
        raise error


def ahead(work: Callable[[Item], Made], items: Iterable[Item]) -> Generator[Made, None, None]:
    """What `work` returns for each item, in their order. While the caller uses one, a thread makes the next.

    The caller closes the iterator. Then, and after an error, the thread is no longer at work. If the system starts no
    thread, the caller's makes each when it is asked for.
    """
    pool = _another_thread()
    if pool is None:
        yield from map(work, items)
        return
    pending: deque[Future[Made]] = deque()
    try:
        for item in items:
            pending.append(pool.submit(copy_context().run, work, item))
            if len(pending) > 1:
                made = pending[0].result()  # it stays pending while the caller waits for it
                pending.popleft()
                yield made
        yield from (future.result() for future in pending)
    finally:
        for future in pending:
            if not future.cancel():
                future.exception()  # waits for it


def blas() -> dict[str, Any]:
    """What computes the matrix products: the library, its version and kernel, and the number of threads."""
    facts: dict[str, Any] = next(iter(_blas().info()), {})
    return {
        "library": facts.get("internal_api"),
        "version": facts.get("version"),
        "kernel": facts.get("architecture"),
        "threads": thread_count(),
    }
