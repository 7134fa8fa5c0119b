"""The workers that run, and how quick each of them is."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from catnet.errors import ClusterError
from catnet.text import byte_size

if TYPE_CHECKING:
    from distributed import Client

RUNNING = "running"  # as the scheduler calls it; a worker whose memory is nearly full is paused
SECONDS_BETWEEN_LOOKS = 5.0  # at who has come, and who has gone
SECONDS_OF_SILENCE = 15.0  # after which a worker counts as hung
SECONDS_WITHOUT_WORKERS, SECONDS_BETWEEN_TRIES = 60.0, 0.2  # until it is an error that none runs
NEWEST = 0.3  # the weight of the newest measurement of a speed
MUCH_SLOWER = 4.0  # a worker that others have had to help counts as so many times slower


class Crew:
    """The workers of a cluster, by address."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self.threads: dict[str, int] = {}  # of those that run
        self._resting: dict[str, Mapping[str, Any]] = {}  # what the scheduler says of the others
        self._speeds: dict[str, float] = {}  # examples a second and thread, of those that have been measured
        self._looked = float("-inf")

    @property
    def running(self) -> dict[str, float]:
        """The speed of each worker that runs, in examples a second; of all that are not known, as of the others."""
        known = [self._speeds[worker] for worker in self.threads if worker in self._speeds]
        usual = sum(known) / len(known) if known else 1.0
        return {worker: threads * self._speeds.get(worker, usual) for worker, threads in self.threads.items()}

    def look(self, at_once: bool = False) -> bool:
        """Asks the scheduler who runs, if that was not done of late; whether it is others than before."""
        if not at_once and time.monotonic() < self._looked + SECONDS_BETWEEN_LOOKS:
            return False
        self._looked, before = time.monotonic(), self.threads
        workers: Mapping[str, Mapping[str, Any]] = self._client.scheduler_info(n_workers=-1)["workers"]
        newest = max((facts["last_seen"] for facts in workers.values()), default=0.0)
        runs = {
            address: facts["status"] == RUNNING and facts["last_seen"] > newest - SECONDS_OF_SILENCE
            for address, facts in sorted(workers.items())
        }
        self.threads = {address: workers[address]["nthreads"] for address in runs if runs[address]}
        self._resting = {address: workers[address] for address in runs if not runs[address]}
        return self.threads != before

    def require(self) -> None:
        """Waits until a worker runs. Raises ClusterError, which says why none does."""
        deadline = time.monotonic() + SECONDS_WITHOUT_WORKERS
        self.look(at_once=True)
        while not self.threads:
            if time.monotonic() > deadline:
                raise ClusterError(self._why_none_runs())
            time.sleep(SECONDS_BETWEEN_TRIES)
            self.look(at_once=True)

    def _why_none_runs(self) -> str:
        if not self._resting:
            return "no worker is left; start some, and resume"
        address, facts = next(iter(self._resting.items()))
        if facts["status"] == RUNNING:
            return f"worker {facts['name']} at {address} does not answer; is its machine suspended, or cut off?"
        used, limit = byte_size(facts["metrics"]["memory"]), byte_size(facts["memory_limit"] or 0)
        fix = "give it more memory, start more workers, or make model.hidden_layers or data.image_size smaller"
        return (
            f"worker {facts['name']} at {address} is {facts['status']}: it uses {used} of its limit of {limit}; {fix}"
        )

    def measured(self, worker: str, examples: int, seconds: float) -> None:
        """A worker has propagated so many examples in so many seconds."""
        if worker not in self.threads or seconds <= 0:
            return
        speed = examples / seconds / self.threads[worker]
        self._speeds[worker] = speed + (1 - NEWEST) * (self._speeds.get(worker, speed) - speed)

    def was_slow(self, worker: str) -> None:
        """A worker has owed its answer for too long."""
        if worker in self.threads:
            self._speeds[worker] = self.running[worker] / self.threads[worker] / MUCH_SLOWER
