"""One round: a question to all that hold the shards of a part of the data, and their answers."""

from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from traceback import clear_frames
from typing import TYPE_CHECKING, Any

from catnet.cluster.asked import answer
from catnet.cluster.crew import Crew
from catnet.cluster.placement import Placement, Run, Tasks
from catnet.engine.types import Array
from catnet.errors import CatnetError, ClusterError

if TYPE_CHECKING:
    from distributed import Future

SECONDS_TO_WAIT, TIMES_TO_WAIT = 3.0, 5.0  # for an answer: at least, and times as long as usual
SECONDS_TO_READ = 20.0  # at least, if the worker reads its pictures first


@dataclass(frozen=True)
class Question:
    """What is asked of whoever holds shards, at the parameters of the vector theta: see `asked.answer`. `mixed`: with
    examples that others hold.
    """

    asked: str
    theta: Array
    what: Mapping[str, Any]
    mixed: bool


@dataclass(eq=False)
class Part:
    """The shards of a run, the tasks that they were asked of so far, each with its run, and how many workers were lost
    with them. `since` is when they were last asked, in seconds of the round.
    """

    run: Run
    tasks: "list[tuple[Future, Run]]" = field(default_factory=list)
    since: float = 0.0
    lost: int = 0

    @property
    def first(self) -> "tuple[Future, Run] | None":
        """The task that is done, and its run."""
        return next(((future, run) for future, run in self.tasks if future.done()), None)


class Round:
    """A question under way. `usual` are the seconds in which such a round has ended before, if one has."""

    def __init__(
        self, tasks: Tasks, crew: Crew, placement: Placement, question: Question, usual: float | None = None
    ) -> None:
        self._tasks, self._crew, self._placement, self.question = tasks, crew, placement, question
        self.patience = SECONDS_TO_READ if usual is None else max(SECONDS_TO_WAIT, TIMES_TO_WAIT * usual)
        self._parts = [Part(run) for run in placement.runs]  # in the order of their shards
        self._running = set(crew.running)  # when others were last asked
        self._answered, self._last = 0, 0.0  # how many have, and when the last one had
        self._ask(self._parts, 0.0)

    @property
    def runs(self) -> list[Run]:
        """Whoever was asked last, in the order of their shards."""
        return [part.run for part in self._parts]

    @property
    def is_helped(self) -> bool:
        """Whether some were asked for what others owe."""
        return any(len(part.tasks) > 1 for part in self._parts)

    def _ask(self, parts: Sequence[Part], waited: float) -> None:
        """Gives the workers of some parts a task."""
        if not parts:
            return
        workers, held = [part.run.worker for part in parts], [part.run.held for part in parts]
        theta, asked = self._tasks.for_each(self.question.theta, workers), self.question.asked
        others = [run.held for run in self.runs] if self.question.mixed else []
        futures = self._tasks.submit(answer, workers, held, theta, others=others, asked=asked, **self.question.what)
        for part, future in zip(parts, futures, strict=True):
            part.tasks.append((future, part.run))
            part.since = waited

    def wait(self, seconds: float) -> bool:
        """Waits so long for the answers; whether all are there. Raises what a worker has raised."""
        from distributed import wait

        owed = [part for part in self._parts if part.first is None]
        if owed:
            first = len(owed) == 1 or self.is_helped
            try:
                futures = [future for part in owed for future, _ in part.tasks]
                with self._tasks.client.as_current():
                    wait(futures, seconds, "FIRST_COMPLETED" if first else "ALL_COMPLETED")
            except TimeoutError as error:
                clear_frames(error.__traceback__)
                error.__traceback__ = None  # Dask keeps the error; its frames, also this one, would keep all futures
        answers = self.answers()
        for future in answers:
            if future.status != "finished":
                demand(future)
        return len(answers) == len(self._parts)

    def answers(self) -> "list[Future]":
        """The first answer of each part, as far as there is one."""
        return [future for future, _ in self._first()]

    def _first(self) -> "list[tuple[Future, Run]]":
        return [first for part in self._parts if (first := part.first) is not None]

    def ask_others(self, waited: float) -> None:
        """Asks others too for what is owed by workers that do not run, hang, or are late, so many seconds after the
        round has begun.

        What a worker owes that is gone, Dask gives only to those that were there then. If one is gone or hangs, or if
        examples are mixed, all that is owed is asked again: it may wait for what that one should pass on, such as
        parameters, or examples to mix. Raises ClusterError if some shards lose one worker after the other.
        """
        owed = [part for part in self._parts if part.first is None]
        if (answered := len(self._parts) - len(owed)) > self._answered:
            self._answered, self._last = answered, waited
        running, is_one_gone = self._crew.running, not self._running <= self._crew.running.keys()
        self._running = set(running)
        hang = self._crew.quiet if any(self._is_due(part, self.patience, waited) for part in owed) else set()
        slow = hang or self._late(owed, waited)
        failing = slow | {run.worker for run in self.runs if run.worker not in running}
        if self.question.mixed and not slow:
            failing |= self._in_doubt(owed, waited)
        free = [worker for worker in running if worker not in failing] or list(running)
        instead = {worker: others for worker in failing if (others := [each for each in free if each != worker])}
        moved = [part for part in owed if part.run.worker in instead]
        self._count(moved, slow)
        asked = owed if is_one_gone or hang or (self.question.mixed and moved) else moved
        # if examples are mixed, Dask may have left the only copy of what any worker holds with one that hangs
        for turn, part in enumerate(self._parts if self.question.mixed and asked else asked):
            if self.question.mixed or part in moved or not part.run.held.done():
                others = instead.get(part.run.worker, [part.run.worker])
                part.run = self._placement.hold(others[turn % len(others)], part.run.places)
        self._ask(asked, waited)

    def _is_due(self, part: Part, seconds: float, waited: float) -> bool:
        """Whether a part has been owed for so many seconds, twice as many after each time that it was asked again."""
        return waited - part.since > seconds * 2 ** (len(part.tasks) - 1)

    def _late(self, owed: Sequence[Part], waited: float) -> set[str]:
        """The workers that have not answered for too long, though they live; none if all owe something, for then nobody
        could help. One that reads first may take some times as long as those that have done so.
        """
        reading = max(SECONDS_TO_READ, TIMES_TO_WAIT * self._last, self.patience)
        if self._crew.running.keys() <= {part.run.worker for part in owed}:
            return set()
        return {
            part.run.worker
            for part in owed
            if self._is_due(part, self.patience if self._placement.has_read(part.run) else reading, waited)
        }

    def _in_doubt(self, owed: Sequence[Part], waited: float) -> set[str]:
        """If examples are mixed, those for whom the others may wait."""
        due = (part.run for part in owed if self._is_due(part, self.patience, waited))
        return {run.worker for run in due if self._placement.has_read(run)}

    def _count(self, moved: Sequence[Part], slow: set[str]) -> None:
        """Counts the workers that were lost with these parts, and tells of those that were slow."""
        running = self._crew.running
        for part in moved:
            if part.run.worker not in running:
                part.lost += 1
                self._crew.demand_room(part.lost, part.run.worker)
        for worker in sorted({part.run.worker for part in moved} & running.keys() & slow):
            runs = [part.run for part in moved if part.run.worker == worker]
            self._crew.was_slow(worker, all(map(self._placement.has_read, runs)))

    def settle(self) -> bool:
        """Leaves the shards with those that have answered first; whether nobody had to read or to help, so that the
        seconds tell how quick all are.
        """
        first = [run for _, run in self._first()]
        has_read = all(map(self._placement.has_read, first))
        self._placement.keep(self.runs if self.question.mixed else first, read=first)
        return has_read and not self.is_helped


def demand(future: "Future") -> None:
    """Raises the error of a task: ClusterError, unless it is one of the cluster's own, which `faults` knows."""
    from distributed import KilledWorker

    try:
        future.result()
    except (CatnetError, KilledWorker, CancelledError, OSError):
        raise
    except Exception as error:  # it could not even begin
        raise ClusterError(f"a worker cannot do what it is asked: {type(error).__name__}: {error}") from error
