"""Sends what a unit of work asks for to a worker, and says there what is no longer wanted."""

import asyncio
import os
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catnet.cluster.files import contents, digests
from catnet.cluster.legs import end, leg
from catnet.cluster.members import Members
from catnet.engine.parallel import blas
from catnet.errors import ClusterError

SECONDS_TO_END = 5.0  # that the workers have to end what is theirs
CORE = "OPENBLAS_CORETYPE"
NO_WARNING = {"distributed.admin.large-graph-warning-threshold": "1 TiB"}  # a checkpoint may be large


@dataclass(eq=False)
class Unit:
    """A training, or what else one process does: the place of its result, what it asks for, and how far it is.

    `files` are the digests of the files in its folder on this machine, None before it is sent for the first time.
    `worker` is the address of the worker that it was sent to last, `sent` Dask's future of its leg there.
    """

    place: int
    task: str
    arguments: Mapping[str, Any]
    files: Mapping[str, str] | None = None
    worker: str = ""
    sends: bool = True  # also the content of its files
    lost: int = 0  # workers in a row, before it came further
    killed: int = 0  # of its processes
    sent: Any = None

    @property
    def folder(self) -> Path | None:
        """The folder of its training on this machine, if it has one."""
        return Path(self.arguments["folder"]) if "folder" in self.arguments else None


class Sender:
    """A client of a cluster, with what it has under way there under a token of its own."""

    def __init__(self, client: Any, members: Members, seconds: float) -> None:
        self._client, self._members, self._seconds = client, members, seconds
        self._token, self._count, self._has_sent = new_token(), 0, False
        here = blas()
        # the processes of a worker compute with the kernel of this one, whatever their processor
        self._environment = {CORE: here["kernel"]} if here["library"] == "openblas" else {}

    @property
    def kernel(self) -> str:
        """The kernel that OpenBLAS is asked to use on the workers; "" if there is another BLAS."""
        return self._environment.get(CORE, "")

    def send(self, unit: Unit, address: str) -> "Future[Any]":
        """Has a worker, and no other one, do what a unit asks for. Returns its answer, or the error of Dask."""
        from dask import config

        folder = unit.folder
        if unit.files is None:
            unit.files = {} if folder is None else digests(folder)
        content = contents(folder, unit.files) if folder is not None and unit.sends else None
        unit.worker, self._count, self._has_sent = address, self._count + 1, True
        with config.set(NO_WARNING):
            unit.sent = self._client.submit(
                leg,
                self._token,
                self._environment,
                unit.task,
                unit.arguments,
                unit.files,
                content,
                self._seconds,
                key=f"catnet-{self._token}-{self._count}",  # a new one: Dask gives up one that is lost often
                workers=[address],
                pure=False,
            )
        return self._members.in_loop(self._answer(unit.sent))

    async def _answer(self, sent: Any) -> Any:
        try:
            return await self._client.gather(sent, asynchronous=True)
        except (Exception, asyncio.CancelledError) as error:
            return error.with_traceback(None)  # whose frames would keep what was sent

    def drop(self, unit: Unit) -> None:
        """A unit's leg is no longer wanted."""
        with suppress(ClusterError):  # the client is closed, and so is all that it had under way
            self._members.in_loop(self._client.cancel([unit.sent], asynchronous=True, force=True))
        unit.sent = None

    def end(self) -> None:
        """Ends all that is under way on the workers, and removes what is theirs. Waits for those that answer."""
        if not self._has_sent or not self._members.is_known:
            return
        token, self._token, self._has_sent = self._token, new_token(), False
        well, lost = list[str](), list[str]()
        for member in self._members.now.values():
            (lost if member.is_lost else well).append(member.address)

        async def end_on(addresses: list[str]) -> None:
            asked = self._client.run(end, token, workers=addresses, on_error="ignore")
            await asyncio.wait_for(asked, SECONDS_TO_END)

        with suppress(Exception):
            for addresses in filter(None, (lost, well)):
                ended = self._members.in_loop(end_on(addresses))
            if well:
                ended.result(SECONDS_TO_END + 1)


def new_token() -> str:
    """A token that nobody else has."""
    return os.urandom(8).hex()
