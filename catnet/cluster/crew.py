"""The workers that run, and how quick each of them is."""

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING

from catnet.cluster.members import FIX, Members
from catnet.errors import ClusterError
from catnet.text import byte_size

if TYPE_CHECKING:
    from catnet.cluster.connect import Cluster

SECONDS_BETWEEN_TRIES = 0.1
MOST_LOST = 5  # workers in a round, one after the other, with the same shards
SECONDS_LATE = 0.7  # after a worker should have said again that it lives
NEWEST = 0.3  # the weight of the newest measurement of a speed
MUCH_SLOWER = 4.0  # a worker that others have had to help counts as so many times slower


class Crew:
    """The workers of a cluster, by address."""

    def __init__(self, cluster: "Cluster") -> None:
        self._members = Members(cluster.client, cluster.address)
        self.threads: dict[str, int] = {}  # of those that run
        self._told: dict[str, str] = {}  # what has become of some of them
        self._slow: dict[str, float] = {}  # those that were slow, and when they had last said that they live
        self._speeds: dict[str, float] = {}  # examples a second and thread, of those that have been measured

    @property
    def running(self) -> dict[str, float]:
        """The speed of each worker that runs, in examples a second; of all that are not known, as of the others."""
        known = [self._speeds[worker] for worker in self.threads if worker in self._speeds]
        usual = sum(known) / len(known) if known else 1.0
        return {worker: threads * self._speeds.get(worker, usual) for worker, threads in self.threads.items()}

    @property
    def warnings(self) -> list[str]:
        """Who was lost, or slow."""
        return list(self._told.values())

    @property
    def is_heard_of(self) -> bool:
        """Whether the scheduler answers at once."""
        return self._members.is_heard_of

    @property
    def answering(self) -> dict[str, float]:
        """The speeds of those that run, without those that were slow and have not said since then that they live, if
        others are left.
        """
        at = self._members.at
        silent = {worker for worker, said in self._slow.items() if worker in self.threads and at(worker).said <= said}
        return {worker: speed for worker, speed in self.running.items() if worker not in silent} or self.running

    @property
    def quiet(self) -> set[str]:
        """Those that run, as far as is known, but have not said so lately, as others have: they may hang."""
        from distributed.scheduler import heartbeat_interval

        well = {worker: self._members.at(worker).well for worker in self.threads}
        newest, most = max(well.values(), default=0.0), heartbeat_interval(len(well)) + SECONDS_LATE
        return {worker for worker, at in well.items() if newest - at > most}

    def demand_room(self, lost: int, worker: str) -> None:
        """Raises ClusterError if so many were lost with the same shards, at last this one, that it is no chance."""
        if lost > MOST_LOST:
            member = self._members.at(worker)
            limit = f" ({byte_size(member.memory)})" if member.memory else ""
            raise ClusterError(
                f"{lost} workers were lost as they did the same, one after the other, at last {member.label}; is its "
                f"memory{limit} enough? {FIX}"
            )

    def look(self) -> None:
        """Takes in who runs now, without waiting for the scheduler.

        Raises ClusterError if the scheduler has not answered for long, or if there has been no worker for long.
        """
        before = self.threads
        self._members.look()
        self.threads = {address: of.threads for address, of in sorted(self._members.now.items()) if of.is_fit}
        others = "; others did its part" if self.threads else ""
        self._told |= {gone: self._members.what_of(gone) + others for gone in before if gone not in self.threads}

    def require(self) -> None:
        """Waits until a worker runs. Raises as `look`."""
        self.look()
        while not self.threads:
            time.sleep(SECONDS_BETWEEN_TRIES)
            self.look()

    def measured(self, worker: str, examples: int, seconds: float) -> None:
        """A worker has propagated so many examples in so many seconds."""
        if worker not in self.threads or seconds <= 0:
            return
        speed = examples / seconds / self.threads[worker]
        self._speeds[worker] = speed + (1 - NEWEST) * (self._speeds.get(worker, speed) - speed)

    def forget(self, workers: Iterable[str]) -> None:
        """Forgets how quick some are, for they have had nothing to do for some time."""
        for worker in workers:
            self._speeds.pop(worker, None)

    def was_slow(self, worker: str, has_read: bool) -> None:
        """A worker that runs has owed its answer for too long; whether it has read its pictures before."""
        member = self._members.at(worker)
        self._told.setdefault(worker, f"{member.label} was slow to answer; others were asked too")
        self._slow[worker] = member.said
        if has_read and worker not in self.quiet:  # which may be as quick as before if it answers again
            self._speeds[worker] = self.running[worker] / self.threads[worker] / MUCH_SLOWER
