"""Which worker does what: each gets as much as it has threads, and what it cannot end, others do.

Dask takes the work there and tells who comes and goes. It moves nothing and repeats nothing by itself: so that no
training is done twice, and none is given up because its workers were killed often.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from typing import Any

from catnet.cluster.blame import demand_of_the_training, error_of_process, other_data
from catnet.cluster.files import write
from catnet.cluster.legs import ENDED, ERROR, LACKS, RESULT, VERSIONS
from catnet.cluster.members import Member, Members
from catnet.cluster.sender import Sender, Unit
from catnet.cluster.survey import demand_same_versions
from catnet.errors import CatnetError, ClusterError, NotEnoughMemory
from catnet.selection.pool import Pool
from catnet.selection.processes import Crashed, of_kind
from catnet.selection.same_data import expected, in_words
from catnet.selection.trial import STOPPED

SECONDS_BETWEEN_LOOKS = 0.1  # at whether the user wants to stop
MOST_LOST = 50  # workers in a row, after which it is no chance that a training loses them
COMPARES = -1  # the place of what compares the data of a worker


class Compared:
    """Which workers of the cluster at an address have the same versions, and read the same data, as this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.pool: Pool | None = None
        self._expected: Mapping[str, Any] = {}
        self.same: set[str] = set()
        self._killed: set[str] = set()  # workers whose process was killed as it compared

    def demand(self, pool: Pool) -> None:
        """From now on it is this pool that they have to read."""
        if pool is not self.pool:
            self.pool, self._expected = pool, expected(pool)
            self.same.clear()

    def is_open(self, address: str) -> bool:
        """Whether a worker has still to compare its data."""
        return self.pool is not None and address not in self.same

    def unit(self) -> Unit:
        """What has a worker compare its data."""
        return Unit(COMPARES, "differing", self._expected)

    def demand_first(self, member: Member, error: CatnetError) -> None:
        """Raises ClusterError if the process that compared was killed for the second time on a worker."""
        if member.address in self._killed:
            raise ClusterError(str(error))
        self._killed.add(member.address)

    def demand_versions(self, member: Member, answer: Mapping[str, Any]) -> None:
        """Raises ClusterError if a worker, which may have come later than the others, has other versions."""
        demand_same_versions({member.label: answer[VERSIONS]}, self._address)

    def take_in(self, member: Member, found: Mapping[str, Any]) -> None:
        """Raises ClusterError if a worker reads other data."""
        assert self.pool is not None
        if found:
            raise other_data(member, in_words(self.pool, found))
        self.same.add(member.address)


class Dispatch:
    """Units of work under way on the workers."""

    def __init__(
        self,
        members: Members,
        sender: Sender,
        compared: Compared,
        units: Sequence[Unit],
        again: bool,
        warn: Callable[[str], None],
    ) -> None:
        self._members, self._sender, self._compared, self._again, self._warn = members, sender, compared, again, warn
        self._waiting, self._killed = deque(units), deque[Unit]()
        self._under_way: dict[Future[Any], Unit] = {}

    def results(self, stop: Callable[[], bool]) -> Generator[tuple[int, Any], None, None]:
        """The place and the result of each unit, as they are done; an error of its own is one too.

        Raises ClusterError; ends all if that is raised, if the caller stops, or if `stop` says so.
        """
        all_done = False
        try:
            while self._waiting or self._killed or self._trains:
                if stop():
                    return
                self._members.look()
                self._move()
                self._give_out()
                for answer in self._answered():
                    yield from self._taken(self._under_way.pop(answer), answer.result())
            all_done = True
        finally:
            for unit in self._under_way.values():
                self._sender.drop(unit)
            if not all_done or self._under_way:
                self._sender.end()

    @property
    def _trains(self) -> bool:
        """Whether a training is under way."""
        return any(unit.place != COMPARES for unit in self._under_way.values())

    def _answered(self) -> set["Future[Any]"]:
        if not self._under_way:
            time.sleep(SECONDS_BETWEEN_LOOKS)
            return set()
        return wait(self._under_way, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED).done

    def _move(self) -> None:
        """Takes back what was given to workers that are gone, or that have paused or hung for long."""
        for answer, unit in list(self._under_way.items()):
            member = self._members.now.get(unit.worker)
            if self._members.is_known and (member is None or member.is_lost) and not answer.done():
                del self._under_way[answer]
                self._sender.drop(unit)
                self._lose(unit)

    def _lose(self, unit: Unit) -> None:
        """A unit has to be done again, from where this machine knows it."""
        if unit.place == COMPARES:
            return
        self._warn(f"{self._members.what_of(unit.worker)}; its training goes on elsewhere")
        unit.lost, unit.sends = unit.lost + 1, True
        if unit.lost > MOST_LOST:
            raise ClusterError(
                f"{MOST_LOST} workers in a row have ended, paused or hung while they did the same training; see in "
                "their logs why"
            )
        self._waiting.appendleft(unit)

    def _give_out(self) -> None:
        """Fills the threads of the workers. What was killed is done at the end, one after the other."""
        if not self._members.is_known:
            return
        fit = {member.address: member for member in self._members.now.values() if member.is_fit}
        busy = Counter(unit.worker for unit in self._under_way.values())
        compared = {unit.worker for unit in self._under_way.values() if unit.place == COMPARES}
        for address in fit.keys() - compared:
            if self._compared.is_open(address) and busy[address] < fit[address].threads:
                self._send(self._compared.unit(), address)
        free = {
            address: member.threads - busy[address]
            for address, member in fit.items()
            if not self._compared.is_open(address) and member.threads > busy[address]
        }
        if self._killed and free and not self._waiting and not self._under_way:
            self._sender.end()  # to free what its processes keep in memory
            self._send(self._killed.popleft(), max(free, key=lambda address: fit[address].room))
            return
        while self._waiting and free:
            unit = self._waiting.popleft()
            address = unit.worker if unit.worker in free else max(free, key=free.__getitem__)
            self._send(unit, address)
            free = {each: left - (each == address) for each, left in free.items() if left > (each == address)}

    def _send(self, unit: Unit, address: str) -> None:
        self._under_way[self._sender.send(unit, address)] = unit

    def _taken(self, unit: Unit, answer: Any) -> Iterator[tuple[int, Any]]:
        """The result of a unit, if it has one now."""
        unit.sent, member = None, self._members.at(unit.worker)
        if is_lost(answer):
            self._lose(unit)
            return
        if isinstance(answer, BaseException):
            raise ClusterError(f"{member.label}: internal error: {type(answer).__name__}: {answer}")
        if unit.place == COMPARES:
            self._compared.demand_versions(member, answer)
        if LACKS in answer:
            unit.sends = True
            self._waiting.appendleft(unit)
        elif ENDED in answer:
            yield from self._failed(unit, error_of_process(member, answer[ENDED], unit.killed, self._sender.kernel))
        elif ERROR in answer:
            error = of_kind(*answer[ERROR])
            demand_of_the_training(member, error, unit.place == COMPARES)
            yield from self._failed(unit, error)
        elif unit.place == COMPARES:
            self._compared.take_in(member, answer[RESULT])
        else:
            yield from self._came_further(unit, answer)

    def _came_further(self, unit: Unit, answer: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
        """Takes in the files of a training; its result, if it is done."""
        unit.lost = 0
        if unit.folder is not None:
            write(unit.folder, answer["content"], answer["files"])
            unit.files, unit.sends = answer["files"], False
            if STOPPED in answer[RESULT]:
                self._waiting.appendleft(unit)
                return
        yield unit.place, answer[RESULT]

    def _failed(self, unit: Unit, error: CatnetError) -> Iterator[tuple[int, Any]]:
        """The error of a training; but one whose process was killed, or had too little memory, is done once more."""
        if unit.place == COMPARES:
            self._compared.demand_first(self._members.at(unit.worker), error)
        elif self._again and not unit.killed and isinstance(error, NotEnoughMemory | Crashed):
            unit.killed, unit.sends = 1, True
            self._killed.append(unit)
        else:
            yield unit.place, error


def is_lost(answer: Any) -> bool:
    """Whether Dask says that a worker, or the connection to it, was lost."""
    from distributed.scheduler import KilledWorker, NoValidWorkerError

    return isinstance(answer, (CancelledError, asyncio.CancelledError, OSError, KilledWorker, NoValidWorkerError))
