"""Which workers a cluster has now, and which of them can be given work: they come, go, pause and hang."""

import asyncio
import math
import time
from collections.abc import Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from catnet.cluster.survey import named
from catnet.errors import ClusterError
from catnet.text import byte_size, printable

SECONDS_BETWEEN_LOOKS = 1.0
SECONDS_WITHOUT_SCHEDULER = 15.0  # after which it is taken to be gone
SECONDS_SILENT = 20.0  # a worker's: it tells at least every few seconds that it lives
SECONDS_WITHOUT_WORKER = 30.0  # a worker that is killed may be started again
RUNNING = "running"
FIX = "Give it more, start others, or make model.hidden_layers or data.image_size smaller"
NONE_IS_THERE = "start one, or see in the logs of the workers why they end"


@dataclass(frozen=True)
class Member:
    """A worker: its address, its name for people, how many trainings at once, its memory in bytes, 0 if unlimited.

    `said` is when it has last said that it lives, by its scheduler's clock, `well` when it was last known to live and
    to take work, by this machine's.
    """

    address: str
    label: str
    threads: int
    memory: int
    takes_work: bool
    is_lost: bool  # it has paused, or has said nothing, for so long that its work is to be done elsewhere
    said: float
    well: float
    used: int = 0  # bytes of its memory

    @property
    def is_fit(self) -> bool:
        """Whether it can be given work."""
        return self.takes_work and not self.is_lost

    @property
    def why(self) -> str:
        """Why it takes no work."""
        if self.takes_work:
            return "does not answer; is its machine suspended, or cut off?"
        return f"has paused, as it uses {byte_size(self.used)} of its memory of {byte_size(self.memory)}; {FIX}"

    @property
    def room(self) -> float:
        """Its memory in bytes, to compare with others'."""
        return self.memory or math.inf


class Members:
    """The workers of a cluster, as of the last look. Between two looks any time may pass."""

    def __init__(self, client: Any, address: str) -> None:
        self._client, self._address = client, address
        self._asked: Future[Any] | None = None
        self.now: dict[str, Member] = {}
        self._known: dict[str, Member] = {}  # also those that are gone
        self._looked = -math.inf
        self._unanswered: float | None = None  # since when the scheduler has not answered
        self._without: float | None = None  # since when there is no worker
        self.is_known = False  # whether the scheduler has answered to the last look

    def in_loop(self, coroutine: Coroutine[Any, Any, Any]) -> "Future[Any]":
        """Runs it in the thread of the client. Raises ClusterError if that is closed."""
        if self._client.status in ("closing", "closed"):
            coroutine.close()
            raise ClusterError(f"the scheduler at {printable(self._address)} is gone; start it and its workers again")
        return asyncio.run_coroutine_threadsafe(coroutine, self._client.loop.asyncio_loop)

    def at(self, address: str) -> Member:
        """The worker at an address, also if it is gone."""
        return self._known[address]

    def what_of(self, address: str) -> str:
        """What has become of a worker that was lost."""
        if (member := self.now.get(address)) and not member.is_fit:
            return f"{member.label} {member.why}"
        return f"{self._known[address].label} has ended, or is cut off"

    def look(self) -> None:
        """Takes in what the scheduler says of the workers; asks it once a second and does not wait for it.

        Raises ClusterError if it has not answered for long, or if there has been no worker for long.
        """
        if self._asked is not None and self._asked.done():
            asked, self._asked = self._asked, None
            self.is_known = asked.exception() is None
            if self.is_known:
                self._take_in(*asked.result())
        now, where = time.monotonic(), printable(self._address)
        if self._asked is None and now - self._looked > SECONDS_BETWEEN_LOOKS:
            self._asked, self._looked = self.in_loop(self._identity()), now
            self._unanswered = self._unanswered or now
        if is_long(self._unanswered, now, SECONDS_WITHOUT_SCHEDULER):
            self.is_known = False
            raise ClusterError(
                f"the scheduler at {where} has not answered for {SECONDS_WITHOUT_SCHEDULER:g} s; is it gone? Start it "
                "and its workers again"
            )
        if self.is_known and is_long(self._without, now, SECONDS_WITHOUT_WORKER):
            why = next((f"{each.label} {each.why}" for each in self.now.values()), NONE_IS_THERE)
            raise ClusterError(
                f"the cluster at {where} has had no worker that takes work for {SECONDS_WITHOUT_WORKER:g} s: {why}"
            )

    @property
    def is_heard_of(self) -> bool:
        """Whether the scheduler answers at once."""
        return self._unanswered is None or time.monotonic() - self._unanswered < SECONDS_BETWEEN_LOOKS

    def wait(self) -> None:
        """Looks until it is known which workers there are. Raises as `look`."""
        while not self.now:
            self.look()
            time.sleep(0.01)

    async def _identity(self) -> tuple[Mapping[str, Mapping[str, Any]], float]:
        """What the scheduler says of each worker, by its address, and when."""
        found = await self._client.scheduler.identity(n_workers=-1)
        return found["workers"], time.monotonic()

    def _take_in(self, workers: Mapping[str, Mapping[str, Any]], at: float) -> None:
        self._unanswered, before = None, self.now
        self.now = {}
        for address, facts in workers.items():
            takes_work, said, well = facts["status"] == RUNNING, float(facts["last_seen"]), at
            if (known := before.get(address)) and (not takes_work or said == known.said):
                well = known.well
            self.now[address] = Member(
                address,
                named({**facts, "address": address}),
                facts["nthreads"],
                int(facts["memory_limit"] or 0),
                takes_work,
                at - well > SECONDS_SILENT,
                said,
                well,
                int(facts.get("metrics", {}).get("memory", 0)),
            )
        self._known |= self.now
        self._without = None if any(member.is_fit for member in self.now.values()) else self._without or at


def is_long(since: float | None, now: float, seconds: float) -> bool:
    """Whether something has lasted for longer than so many seconds."""
    return since is not None and now - since > seconds
