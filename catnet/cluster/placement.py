"""Where the shards of a part of the data are held, and what is asked of their holders."""

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import dask

from catnet.cluster.asked import as_it_is, hold
from catnet.cluster.assignment import assigned
from catnet.cluster.sent import Shard, Training
from catnet.cluster.survey import answers
from catnet.engine.types import Array

if TYPE_CHECKING:
    from distributed import Client, Future


BYTES_WITH_TASKS = 16e6  # at most, that the scheduler sends with the tasks of a round
SECONDS_TO_CONNECT = 2.0  # to a worker
TOGETHER = 8  # answers that are added up at once; the client adds up the last ones


@dataclass(frozen=True)
class Run:
    """Consecutive shards, the worker that they are for, and what it holds."""

    worker: str
    places: range
    held: "Future"


class Tasks:
    """Submits tasks, each for a worker, all together: a message for each would wait for the one before."""

    def __init__(self, client: "Client") -> None:
        self.client = client
        self._numbers, self._name = count(), uuid.uuid4().hex[:12]
        self._reaches_workers: bool | None = None  # None if that is not known yet

    def submit(self, function: Callable[..., Any], workers: Sequence[str], *of_each: Sequence[Any], **same: Any) -> Any:
        """A future for each worker of function(*of_each, **same). Another worker does it if that one cannot."""
        number = next(self._numbers)
        keys = [f"catnet-{function.__name__}-{self._name}-{number}-{place}" for place in range(len(workers))]
        of_key = {key: [worker] for key, worker in zip(keys, workers, strict=True)}
        with dask.annotate(workers=of_key.get, allow_other_workers=True):
            return self.client.map(function, *of_each, key=keys, pure=False, **same)

    def added(self, futures: "list[Future]", add: Callable[..., Any]) -> "list[Future]":
        """A few futures, of the sums that add(...) makes on the workers of many results, in their order."""
        while len(futures) > TOGETHER:
            groups = [futures[start : start + TOGETHER] for start in range(0, len(futures), TOGETHER)]
            futures = [self.client.submit(add, *group, pure=False) for group in groups]
        return futures

    def gather(self, futures: "Sequence[Future]", workers: Sequence[str], seconds: float) -> Any:
        """The results: from the workers themselves, quicker than by the scheduler, if this process reaches them.

        Raises TimeoutError after so many seconds, for a worker may have hung with its result. From then on the
        scheduler brings them, for there may be a firewall before that worker.
        """
        if self._reaches_workers is None:
            self._reaches_workers = answers(workers[0], SECONDS_TO_CONNECT)
        found = self.client.gather(futures, direct=self._reaches_workers, asynchronous=True)
        coming = asyncio.run_coroutine_threadsafe(found, self.client.loop.asyncio_loop)
        try:
            return coming.result(seconds)
        except TimeoutError:
            coming.cancel()
            self._reaches_workers = False
            raise

    def for_each(self, numbers: Array, workers: Sequence[str]) -> "Sequence[Array | Future]":
        """Numbers as an argument of the task of each worker.

        They come with the task, which waits for no other task then and for no other worker, or, if that were much for
        the scheduler, by `send`. They are no keyword of `submit`, for Dask would call large ones by its name alone.
        """
        is_little = numbers.nbytes * len(workers) <= BYTES_WITH_TASKS
        return [numbers if is_little else self.send(numbers, workers)] * len(workers)

    def send(self, value: Any, workers: Sequence[str]) -> "Future":
        """A future for a value, which one of these workers gets, and passes on to those that need it.

        It is the result of a task, not scattered: if all that have it die, it is sent again.
        """
        return self.client.submit(as_it_is, value, workers=workers, allow_other_workers=True, pure=False)


class Placement:
    """The runs of a part of the data."""

    def __init__(self, tasks: Tasks, training: Training, shards: Sequence[Shard]) -> None:
        self._tasks, self._training, self.shards = tasks, training, shards
        self.runs: list[Run] = []
        self.workers: set[str] = set()  # that they were dealt out to, of which some may have got none
        self._unread: set[tuple[str, range]] = set()  # what a worker has to read first

    def place(self, speeds: Mapping[str, float]) -> None:
        """Deals the shards out to workers. A worker that keeps its shards keeps what it has read of them."""
        self.workers = set(speeds)
        before = {(run.worker, run.places): run for run in self.runs}
        wanted = assigned(len(self.shards), speeds)
        new = self.held_by([each for each in wanted if each not in before])
        self.runs = [before.get(each) or new[each] for each in wanted]
        self._unread &= set(wanted)

    def hold(self, worker: str, places: range) -> Run:
        """Has a worker hold some shards, which it reads anew."""
        (run,) = self.held_by([(worker, places)]).values()
        return run

    def keep(self, runs: Sequence[Run], read: Sequence[Run]) -> None:
        """Leaves the shards with these runs, of which some have been read."""
        self.runs = list(runs)
        self._unread -= {(run.worker, run.places) for run in read}

    def has_read(self, run: Run) -> bool:
        """Whether its worker has read it."""
        return (run.worker, run.places) not in self._unread

    def held_by(self, wanted: Sequence[tuple[str, range]]) -> dict[tuple[str, range], Run]:
        """The runs of these workers and shards."""
        shards = [[self.shards[place] for place in places] for _, places in wanted]
        workers, firsts = [worker for worker, _ in wanted], [places.start for _, places in wanted]
        if not wanted:
            return {}
        # sent anew, for a worker that has it may be hung
        futures = self._tasks.submit(hold, workers, shards, firsts, training=self._tasks.send(self._training, workers))
        self._unread |= set(wanted)
        return {each: Run(*each, future) for each, future in zip(wanted, futures, strict=True)}

    @property
    def examples(self) -> dict[str, int]:
        """How many each worker has."""
        found: dict[str, int] = {}
        for run in self.runs:
            first, last = self.shards[run.places[0]], self.shards[run.places[-1]]
            found[run.worker] = found.get(run.worker, 0) + last.examples.stop - first.examples.start
        return found
