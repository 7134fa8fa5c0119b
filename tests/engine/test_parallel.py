import os
import threading
import time
from functools import cache

import numpy as np
import pytest

from catnet.engine import parallel
from catnet.engine.parallel import (
    MIN_EXAMPLES_PER_THREAD,
    ahead,
    dealt,
    in_threads,
    slices,
    slices_for_threads,
    started_pool,
    thread_count,
    use_threads,
)


def test_the_callers_errstate_holds_in_the_threads() -> None:
    with np.errstate(over="raise"):
        assert in_threads(lambda _: np.geterr()["over"], [1, 2]) == ["raise", "raise"]


@pytest.mark.parametrize(("length", "at_most", "multiple_of"), [(10, 3, 1), (1, 5, 1), (100, 100, 1), (1000, 64, 4)])
def test_slices_cover_the_length_in_equal_parts(length: int, at_most: int, multiple_of: int) -> None:
    parts = slices(length, at_most, multiple_of)
    assert [i for part in parts for i in range(part.start, part.stop)] == list(range(length))
    lengths = [part.stop - part.start for part in parts]
    assert max(lengths) <= at_most
    assert max(lengths) - min(lengths) <= 1
    assert len(parts) % multiple_of == 0


@pytest.mark.parametrize(("length", "at_most"), [(3, 10), (3, 1), (10, 1), (1, 1)])
def test_no_slice_is_empty(length: int, at_most: int) -> None:
    assert all(part.start < part.stop for part in slices(length, at_most, multiple_of=4))


def test_no_thread_gets_too_few_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "thread_count", lambda: 64)
    assert len(slices_for_threads(4 * MIN_EXAMPLES_PER_THREAD, 1000)) == 4
    assert len(slices_for_threads(MIN_EXAMPLES_PER_THREAD, 1000)) == 1
    assert len(slices_for_threads(64 * MIN_EXAMPLES_PER_THREAD, 1000)) == 64


def test_an_error_is_the_callers_and_what_has_not_begun_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "thread_count", lambda: 1)
    begun = []

    def work(item: int) -> None:
        begun.append(item)
        if item == 1:
            raise ValueError("one")
        threading.Event().wait(0.01)

    with pytest.raises(ValueError, match="one"):
        in_threads(work, range(100))
    assert len(begun) < 100


@pytest.mark.parametrize("failing", range(3))
def test_after_an_error_no_worker_begins_an_item_and_none_is_at_work(failing: int) -> None:
    all_began, failed = threading.Barrier(3), threading.Event()
    begun, ended = [], []

    def work(worker: int, item: int) -> None:
        begun.append(item)
        if item < 3:  # each worker has one of these
            all_began.wait(5)
            if worker == failing:
                failed.set()
                raise ValueError("one")
            failed.wait(5)
        time.sleep(0.05 * (1 + worker))
        ended.append(item)

    with pytest.raises(ValueError, match="one"):
        dealt(work, range(100), range(3))
    assert sorted(begun) == [0, 1, 2]
    assert len(ended) == 2


def test_work_in_threads_may_have_work_in_threads() -> None:
    assert in_threads(lambda n: in_threads(lambda i: (n, i), range(3)), range(3)) == [
        [(n, i) for i in range(3)] for n in range(3)
    ]


@pytest.mark.parametrize("items", [[], [-1], [-1, -2], [-1, -2, -3]])
def test_what_threads_return_is_in_order(items: list[int]) -> None:
    assert in_threads(abs, items) == [-item for item in items]


def test_blas_has_its_threads_again_after_an_error() -> None:
    before = thread_count()
    with pytest.raises(ZeroDivisionError):
        in_threads(lambda item: 1 // item, [0, 1])
    assert thread_count() == before


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")  # of Python 3.12 and later
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_child_has_threads_of_its_own() -> None:
    in_threads(abs, [1, 2])
    parallel._pool(2)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, bytes(in_threads(abs, [-1, -2])))
        os._exit(0)
    os.close(writer)
    assert os.read(reader, 2) == bytes([1, 2])
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("most", [0, 1])
def test_without_threads_the_callers_does_all(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    real = threading.Thread.start
    started: list[threading.Thread] = []

    def start(thread: threading.Thread) -> None:
        if len(started) == most:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        real(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    monkeypatch.setattr(parallel, "_pool", cache(started_pool))
    monkeypatch.setattr(parallel, "_another_thread", lambda: started_pool(1 + most))

    def by(item: int) -> tuple[int, int]:
        return item, threading.get_ident()

    done: list[tuple[int, int]] = []
    dealt(lambda _, item: done.append(by(item)), range(8), range(3))
    assert done == list(map(by, range(8)))
    assert list(ahead(by, range(3))) == list(map(by, range(3)))
    before = thread_count()
    try:
        assert (use_threads(3), thread_count()) == (1, 1)  # BLAS would wait for the others
    finally:
        monkeypatch.undo()
        use_threads(before)
