"""Who is asked in one round, as workers go: without a cluster."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from catnet.cluster.placement import Run
from catnet.cluster.round import Question, Round


class Never:
    """An answer that does not come."""

    def done(self) -> bool:
        return False


class Parts:
    """The crew, the placement and the tasks of a round, with so many workers and a run for each."""

    def __init__(self, count: int) -> None:
        self.running: Mapping[str, float] = {str(number): 1.0 for number in range(count)}
        self.runs = [Run(worker, range(place, place + 1), held=Never()) for place, worker in enumerate(self.running)]
        self.lost = list[int]()

    def demand_room(self, lost: int, worker: str) -> None:
        self.lost.append(lost)

    def was_slow(self, worker: str) -> None:
        pass

    def move(self, run: Run, worker: str) -> Run:
        return Run(worker, run.places, run.held)

    def for_each(self, numbers: Any, workers: Sequence[str]) -> list[Any]:
        return [numbers] * len(workers)

    def submit(self, function: Any, workers: Sequence[str], *given: Any, **same: Any) -> list[Never]:
        return [Never() for _ in workers]


def test_workers_that_are_lost_together_and_one_after_the_other() -> None:
    parts: Any = Parts(12)
    current = Round(parts, parts, parts, Question("sums", np.zeros(1), {}), mixed=False)
    parts.running = {"11": 1.0}
    current.ask_others(is_late=False, are_others=True)
    assert parts.lost == [1] * 11  # a machine with many workers
    assert {run.worker for run in current.runs} == {"11"}
    for times, worker in enumerate("abc", start=1):
        parts.running, parts.lost = {worker: 1.0}, []
        current.ask_others(is_late=False, are_others=True)
        assert parts.lost == [times + 1] * 11 + [times]  # and the shards that each has
