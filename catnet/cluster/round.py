"""One round: a question to all that hold the shards of a part of the data, and their answers."""

from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from traceback import clear_frames
from typing import TYPE_CHECKING, Any

from catnet.cluster.asked import answer
from catnet.cluster.crew import Crew
from catnet.cluster.placement import Placement, Run, Tasks
from catnet.engine.types import Array
from catnet.errors import CatnetError, ClusterError

if TYPE_CHECKING:
    from distributed import Future


@dataclass(frozen=True)
class Question:
    """What is asked of whoever holds shards, at the parameters of the vector theta: see `asked.answer`."""

    asked: str
    theta: Array
    what: Mapping[str, Any]


class Round:
    """A question under way. Each run has a task, or several, of which the first answer counts."""

    def __init__(self, tasks: Tasks, crew: Crew, placement: Placement, question: Question, mixed: bool) -> None:
        self._tasks, self._crew, self.placement, self.question = tasks, crew, placement, question
        self.runs = list(placement.runs)  # in the order of their shards
        self._mixed = mixed  # with examples that others hold
        self._lost = [0] * len(self.runs)  # workers, with each run
        self._running = set(crew.running)  # when others were last asked
        self._asked = [[future] for future in self._submitted(self.runs)]

    def _submitted(self, runs: Sequence[Run]) -> "list[Future]":
        """A task for each of some runs."""
        if not runs:
            return []
        workers, held = [run.worker for run in runs], [run.held for run in runs]
        theta, asked = self._tasks.for_each(self.question.theta, workers), self.question.asked
        what = {"others": [run.held for run in self.runs] if self._mixed else [], "asked": asked, **self.question.what}
        futures: list[Future] = self._tasks.submit(answer, workers, held, theta, **what)
        return futures

    def wait(self, seconds: float) -> bool:
        """Waits so long for the answers; whether all are there. Raises what a worker has raised."""
        from distributed import wait

        owed = [futures for futures in self._asked if not any(future.done() for future in futures)]
        if owed:
            first = len(owed) == 1 or self.is_helped
            try:
                futures = [future for futures in owed for future in futures]
                with self._tasks.client.as_current():
                    wait(futures, seconds, "FIRST_COMPLETED" if first else "ALL_COMPLETED")
            except TimeoutError as error:
                clear_frames(error.__traceback__)
                error.__traceback__ = None  # Dask keeps the error; its frames, also this one, would keep all futures
        for future in self._first_done():
            if future is not None and future.status != "finished":
                demand(future)
        return None not in self._first_done()

    def _first_done(self) -> "list[Future | None]":
        return [next((future for future in futures if future.done()), None) for futures in self._asked]

    def ask_others(self, is_late: bool) -> None:
        """Asks others too for what is owed by workers that do not run or, if it is late, by those that are quiet; if
        none is, by any, unless all owe something: then nobody could help.

        What a worker owes that is gone, Dask gives only to those that were there then. If one is gone or quiet, or if
        examples are mixed, all that is owed is asked again: it may wait for what that one should pass on, such as
        parameters, or examples to mix. Raises ClusterError if some shards lose one worker after the other.
        """
        owed = [place for place, done in enumerate(self._first_done()) if done is None]
        running, is_one_gone = self._crew.running, not self._running <= self._crew.running.keys()
        self._running, quiet = set(running), self._crew.quiet if is_late else set()
        owing = {self.runs[place].worker for place in owed}
        slow = quiet or (owing if is_late and not running.keys() <= owing else set())
        failing = slow | {run.worker for run in self.runs if run.worker not in running}
        if is_late and self._mixed and not slow:  # somebody holds up all others
            failing |= owing
        free = [worker for worker in running if worker not in failing] or list(running)
        instead = {worker: others for worker in failing if (others := [each for each in free if each != worker])}
        moved = [place for place in owed if self.runs[place].worker in instead]
        self._count(moved, slow)
        asked = owed if is_one_gone or quiet or (self._mixed and moved) else moved
        # Dask may have left the only copy of what any of them holds, to be mixed, with one that hangs
        for turn, place in enumerate(range(len(self.runs)) if self._mixed and asked else asked):
            run = self.runs[place]
            if not self._mixed and place not in moved and run.held.done():
                continue
            others = instead.get(run.worker, [run.worker])
            self.runs[place] = self.placement.move(run, others[turn % len(others)])
        for place, future in zip(asked, self._submitted([self.runs[place] for place in asked]), strict=True):
            self._asked[place].append(future)

    def _count(self, moved: Sequence[int], slow: set[str]) -> None:
        """Counts the workers that were lost with these runs, and tells of those that were slow."""
        running = self._crew.running
        for place in moved:
            if (worker := self.runs[place].worker) not in running:
                self._lost[place] += 1
                self._crew.demand_room(self._lost[place], worker)
        for worker in sorted({self.runs[place].worker for place in moved} & running.keys() & slow):
            self._crew.was_slow(worker)

    @property
    def is_helped(self) -> bool:
        """Whether some have been asked for what others owed."""
        return any(len(futures) > 1 for futures in self._asked)

    def answers(self) -> "list[Future]":
        """The first answer of each run."""
        return [future for future in self._first_done() if future is not None]


def demand(future: "Future") -> None:
    """Raises the error of a task: ClusterError, unless it is one of the cluster's own, which `faults` knows."""
    from distributed import KilledWorker

    try:
        future.result()
    except (CatnetError, KilledWorker, CancelledError, OSError):
        raise
    except Exception as error:  # it could not even begin
        raise ClusterError(f"a worker cannot do what it is asked: {type(error).__name__}: {error}") from error
