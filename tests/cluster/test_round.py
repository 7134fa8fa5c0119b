"""Who is asked in one round, as workers go, come and are late: without a cluster."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from catnet.cluster.placement import Run
from catnet.cluster.round import SECONDS_TO_READ, SECONDS_TO_WAIT, Question, Round

LATE = SECONDS_TO_WAIT + 1


class Task:
    """The answer of a task, which has come or has not."""

    status = "finished"

    def __init__(self, is_done: bool = False) -> None:
        self.is_done = is_done

    def done(self) -> bool:
        return self.is_done


class Parts:
    """The crew, the placement and the tasks of a round, with so many workers and a run for each."""

    def __init__(self, count: int) -> None:
        self.running: Mapping[str, float] = {str(number): 1.0 for number in range(count)}
        self.runs = [Run(worker, range(place, place + 1), Task(True)) for place, worker in enumerate(self.running)]
        self.lost, self.slow, self.quiet, self.reading = list[int](), list[str](), set[str](), set[str]()
        self.asked: list[tuple[str, Task]] = []  # in this round, in order
        self.all: list[Task] = []  # in the order in which they were asked
        self.held: list[tuple[int, str]] = []  # anew, by whom

    def demand_room(self, lost: int, worker: str) -> None:
        self.lost.append(lost)

    def was_slow(self, worker: str, has_read: bool) -> None:
        assert has_read
        self.slow.append(worker)

    def hold(self, worker: str, places: range) -> Run:
        self.held.append((places.start, worker))
        return Run(worker, places, Task(True))

    def has_read(self, run: Run) -> bool:
        return run.worker not in self.reading

    def keep(self, runs: Sequence[Run], read: Sequence[Run]) -> None:
        self.kept, self.read = runs, read

    def for_each(self, numbers: Any, workers: Sequence[str]) -> list[Any]:
        return [numbers] * len(workers)

    def submit(self, function: Any, workers: Sequence[str], *given: Any, **same: Any) -> list[Task]:
        new = [Task() for _ in workers]
        self.asked += zip(workers, new, strict=True)
        self.all += new
        return new


def begun(count: int, mixed: bool, answered: Sequence[int] = ()) -> tuple[Round, Any]:
    """A round of so many workers, of whom some have answered, and what it is made of."""
    parts: Any = Parts(count)
    current = Round(parts, parts, parts, Question("sums", np.zeros(1), {}, mixed), usual=0.1)
    for place in answered:
        parts.asked[place][1].is_done = True
    parts.asked.clear()
    return current, parts


def asked(parts: Any) -> list[str]:
    return [worker for worker, _ in parts.asked]


def test_workers_that_are_lost_together_and_one_after_the_other() -> None:
    current, parts = begun(12, mixed=False)
    parts.running = {"11": 1.0}
    current.ask_others(0.0)
    assert parts.lost == [1] * 11  # a machine with many workers
    assert {run.worker for run in current.runs} == {"11"}
    for times, worker in enumerate("abc", start=1):
        parts.running, parts.lost = {worker: 1.0}, []
        current.ask_others(0.0)
        assert parts.lost == [times + 1] * 11 + [times]  # and the shards that each has
    assert parts.slow == []


@pytest.mark.parametrize("mixed", [False, True])
def test_one_that_is_late(mixed: bool) -> None:
    current, parts = begun(4, mixed, answered=[0, 1, 3])
    current.ask_others(0.0)
    assert (parts.asked, parts.held, parts.slow) == ([], [], [])
    current.ask_others(LATE)
    assert parts.slow == ["2"]
    assert parts.lost == []
    if mixed:  # the examples of all are needed by whoever is asked, and the late one may have the only copy
        assert [place for place, _ in parts.held] == [0, 1, 2, 3]
        assert [run.worker for run in current.runs if run.places.start != 2] == ["0", "1", "3"]
    else:
        assert parts.held == [(2, "0")]
    assert asked(parts) == [current.runs[2].worker] != ["2"]


@pytest.mark.parametrize("mixed", [False, True])
def test_all_are_late(mixed: bool) -> None:
    """Nobody could help, and nobody is named. If examples are mixed, one of them may hold up all."""
    current, parts = begun(3, mixed)
    current.ask_others(LATE)
    assert (parts.slow, len(parts.asked)) == ([], 3 if mixed else 0)
    assert all((run.worker != str(place)) is mixed for place, run in enumerate(current.runs))


@pytest.mark.parametrize("mixed", [False, True])
def test_all_are_late_as_one_hangs(mixed: bool) -> None:
    """Only what that one owes is moved, to others; they are asked again, for they may wait for it."""
    current, parts = begun(3, mixed)
    parts.quiet = {"1"}
    current.ask_others(LATE)
    assert parts.slow == ["1"]
    assert current.runs[1].worker != "1"
    assert [run.worker for run in current.runs if run.places.start != 1] == ["0", "2"]
    assert asked(parts)[-3:] == [run.worker for run in current.runs]
    assert [place for place, _ in parts.held] == ([0, 1, 2] if mixed else [1])
    parts.slow.clear()
    current.ask_others(2 * LATE)  # it owes nothing any more, but what the others need may still be with it
    assert asked(parts)[-3:] == [run.worker for run in current.runs]
    assert (parts.slow, "1" in {run.worker for run in current.runs}) == ([], False)


@pytest.mark.parametrize("mixed", [False, True])
def test_one_that_joins_changes_nothing(mixed: bool) -> None:
    current, parts = begun(2, mixed)
    parts.running = {**parts.running, "new": 1.0}
    current.ask_others(0.0)
    assert (parts.asked, parts.held, parts.slow, parts.lost) == ([], [], [], [])


@pytest.mark.parametrize("mixed", [False, True])
def test_who_may_wait_for_one_that_is_gone_is_asked_again(mixed: bool) -> None:
    """Also if that one has answered: the parameters of others may come from it."""
    current, parts = begun(3, mixed, answered=[1])
    parts.running = {"0": 1.0, "2": 1.0}
    current.ask_others(0.0)
    assert asked(parts) == ["0", "2"]
    assert [place for place, _ in parts.held] == ([0, 1, 2] if mixed else [])
    assert (current.runs[1].worker == "1") is not mixed  # what it has answered needs nobody else
    parts.asked.clear()
    current.ask_others(0.0)
    assert parts.asked == []  # once


def test_nobody_else_is_there() -> None:
    current, parts = begun(1, mixed=True)
    current.ask_others(LATE)
    parts.running = {}
    current.ask_others(LATE)
    assert (parts.slow, parts.lost, current.runs[0].worker) == ([], [], "0")
    parts.running = {"new": 1.0}
    current.ask_others(0.0)
    assert (asked(parts)[-1], parts.lost) == ("new", [1])


def test_one_that_reads_may_take_longer_but_as_long_as_the_others() -> None:
    current, parts = begun(2, mixed=False)
    parts.reading = {"1"}
    current.ask_others(2.0)
    parts.all[0].is_done = True
    current.ask_others(10.0)  # the other has answered by then
    current.ask_others(49.0)
    assert parts.held == []
    parts.was_slow = lambda worker, has_read: parts.slow.append((worker, has_read))
    current.ask_others(51.0)
    assert parts.held == [(1, "0")]
    assert parts.slow == [("1", False)]


def test_one_that_reads_and_hangs_is_known_sooner() -> None:
    current, parts = begun(2, mixed=False, answered=[0])
    parts.reading, parts.quiet = {"1"}, {"1"}
    parts.was_slow = lambda worker, has_read: None
    current.ask_others(LATE)
    assert parts.held == [(1, "0")]
    assert LATE < SECONDS_TO_READ


def test_who_has_answered_first_keeps_the_shards() -> None:
    """It has read them."""
    current, parts = begun(3, mixed=False, answered=[0, 2])
    current.ask_others(LATE)
    assert current.runs[1].worker == "0"
    parts.all[1].is_done = True  # the late one, before the other
    assert not current.settle()
    assert [run.worker for run in parts.kept] == ["0", "1", "2"]
    assert parts.read == parts.kept


def test_speeds_are_told_only_by_a_round_like_others() -> None:
    current, parts = begun(2, mixed=False, answered=[0, 1])
    assert current.settle()
    parts.reading = {"1"}
    assert not current.settle()
