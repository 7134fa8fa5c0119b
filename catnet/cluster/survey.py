"""Asks a scheduler who its workers are, before anything is sent to them.

What is asked for needs neither catnet nor the same Python on the other side: no function is pickled.
"""

import asyncio
import platform
import ssl
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from itertools import starmap
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

import catnet
from catnet.errors import ClusterError
from catnet.text import first_names, short

if TYPE_CHECKING:
    from distributed.comm import Comm

CERTIFICATES = (
    "the certificates are those that Dask's own configuration names in distributed.comm.tls: ca-file, client.cert and "
    "client.key"
)
LONGEST_DETAIL = 200  # characters of what the system says
SECONDS_BETWEEN_LOOKS = 0.1  # at which workers have come
SECONDS_TO_SETTLE = 1.0  # without another worker, until all that are being started have come
SCHEDULER = "the scheduler"  # in a message
# what people call the packages whose versions must be the same
NAMES = {"catnet": "catnet", "numpy": "NumPy", "python": "Python", "dask": "dask", "distributed": "distributed"}
Versions = Mapping[str, str | None]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Survey:
    """What a scheduler says: its versions, and by address what each worker is and its versions.

    Those of catnet are only there if it was installed: it can also be imported from a folder.
    """

    scheduler: Versions
    workers: Mapping[str, Mapping[str, Any]]
    versions: Mapping[str, Versions]

    def by_name(self) -> dict[str, Versions]:
        """The versions by who has them, as messages name them."""
        return {SCHEDULER: self.scheduler} | {named(self.workers[each]): self.versions[each] for each in self.workers}


def surveyed(address: str, timeout: float) -> Survey:
    """What the scheduler at this address says. Raises ClusterError if nothing answers in time, or has no worker."""
    return in_a_loop(_surveyed(address, timeout))


def answers(address: str, timeout: float) -> bool:
    """Whether a scheduler answers at this address, within so many seconds."""

    async def connects() -> bool:
        (await _connection(address, timeout)).abort()
        return True

    try:
        return in_a_loop(connects())
    except ClusterError:
        return False


def in_a_loop(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What a coroutine returns: in another thread if this one runs a loop already, as in Jupyter."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


async def _surveyed(address: str, timeout: float) -> Survey:
    comm = await _connection(address, timeout)
    try:
        return await _asked(comm, address, timeout)
    except OSError as error:  # a TimeoutError is one
        raise ClusterError(f"the scheduler at {address} no longer answers; is it still running?") from error
    finally:
        comm.abort()


async def _connection(address: str, timeout: float) -> "Comm":
    """A connection to the scheduler, encrypted as Dask's own configuration says."""
    from distributed import Security
    from distributed.comm import connect

    try:
        arguments = Security().get_connection_args("client")
    except (OSError, ValueError) as error:
        raise ClusterError(f"TLS cannot be set up: {short(error, LONGEST_DETAIL)}; {CERTIFICATES}") from error
    if address.startswith("tls:") and arguments["ssl_context"] is None:
        raise ClusterError(f"{address} needs TLS, which is not set up; {CERTIFICATES}")
    try:
        return await asyncio.wait_for(connect(address, timeout=timeout, **arguments), timeout + 1)
    except Exception as error:
        raise ClusterError(_no_answer(address, timeout, error)) from error


def _no_answer(address: str, timeout: float, error: Exception) -> str:
    """What is wrong if there is no connection."""
    from distributed.comm import CommClosedError

    cause: BaseException = error
    while isinstance(cause.__cause__, OSError) and str(cause.__cause__):  # the first of them is what the system said
        cause = cause.__cause__
    detail = short(str(cause) or type(cause).__name__, LONGEST_DETAIL)
    if isinstance(cause, ssl.SSLError) or "TLS" in detail:
        return f"no encrypted connection to {address}: {detail}; {CERTIFICATES}"
    if isinstance(error, TimeoutError) or (isinstance(error, OSError) and not isinstance(error, CommClosedError)):
        fix = "is the scheduler running there, and does a firewall let this machine reach the port?"
        return f"no scheduler answers at {address} within {timeout:g} s ({detail}); {fix}"
    # such as a web server, whose text is taken for numbers
    secure = ", or one that is reached by tls://" if address.startswith("tcp:") else ""
    return f"what answers at {address} is no scheduler of Dask {version('distributed')}{secure} ({detail})"


async def _asked(comm: "Comm", address: str, timeout: float) -> Survey:
    """What there is to know, once there are workers. Raises OSError if the scheduler does not answer."""
    from distributed.core import send_recv

    async def ask(op: str, **arguments: Any) -> Any:
        return await asyncio.wait_for(send_recv(comm, op=op, **arguments), timeout)

    workers = await _workers(ask, address, timeout)
    packages = ["catnet", "numpy"]
    scheduler = await ask("versions", packages=packages)
    try:
        asked = {"op": "versions", "packages": packages}
        versions = await ask("broadcast", msg=asked, on_error="ignore")
    except TimeoutError:
        worker = named(min(workers.values(), key=itemgetter("last_seen")))
        last = f"the scheduler has not heard of {worker} for the longest time"
        fix = "is its machine suspended, or cut off? A worker that has ended is forgotten after some minutes"
        raise ClusterError(f"not all workers at {address} answer within {timeout:g} s; {last}: {fix}") from None
    by_worker = {worker: _versions(said) for worker, said in versions.items() if worker in workers}
    return Survey(_versions(scheduler), {worker: workers[worker] for worker in by_worker}, by_worker)


async def _workers(ask: Callable[[str], Awaitable[Any]], address: str, timeout: float) -> dict[str, dict[str, Any]]:
    """By address what the scheduler says of each worker. If there is none yet, those that come one after the other."""
    first, seconds, since = True, 0.0, 0.0
    found: dict[str, dict[str, Any]] = {}
    while True:
        before, found = found, (await ask("identity"))["workers"]
        if found and (first or (len(found) == len(before) and since >= SECONDS_TO_SETTLE)):
            return {each: {**worker, "address": each} for each, worker in found.items()}
        if not found and seconds >= timeout:
            raise ClusterError(f"no worker has come to the scheduler at {address}; start some: dask worker {address}")
        since = since + SECONDS_BETWEEN_LOOKS if len(found) == len(before) else 0.0
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        first, seconds = False, seconds + SECONDS_BETWEEN_LOOKS


def _versions(said: Mapping[str, Any]) -> Versions:
    """The versions of the packages of interest; None for one that is not installed."""
    packages = dict(said["packages"])
    packages["python"] = ".".join(str(packages["python"]).split(".")[:3])  # of 3.11.7.final.0
    found = {called: packages.get(name) for name, called in NAMES.items()}
    return found if found["catnet"] else {called: found[called] for called in found if called != "catnet"}


@cache
def versions_here() -> dict[str, str]:
    """The versions of this process, by what people call the packages."""
    here = {"catnet": catnet.__version__, "numpy": np.__version__, "python": platform.python_version()}
    return {called: here.get(name) or version(name) for name, called in NAMES.items()}


def demand_same_versions(everywhere: Mapping[str, Versions], address: str) -> None:
    """Raises ClusterError if versions differ from those of this process. `everywhere` has them by who has them.

    Of Python the first two numbers count. The scheduler needs the same too: it unpickles what its workers are to do.
    """
    here, differing = versions_here(), defaultdict(list)
    for who, versions in everywhere.items():
        others = [_told(called, theirs) for called, theirs in versions.items() if not _same(called, theirs, here)]
        if others:
            differing[", ".join(others)].append(who)
    if differing:
        wanted = ", ".join(starmap(_told, here.items()))
        lines = [f"  {first_names(names)}: {others}" for others, names in differing.items()]
        what = f"the cluster at {address} has other versions than this machine; install there {wanted}"
        raise ClusterError("\n".join([what, *lines]))


def named(worker: Mapping[str, Any]) -> str:
    """A worker in a message: `worker 3 at tcp://10.0.0.5:4711`"""
    name, address = str(worker["name"]), worker["address"]
    return f"worker {address}" if name == address else f"worker {name} at {address}"


def _same(called: str, theirs: str | None, here: Mapping[str, str]) -> bool:
    if called == "Python" and theirs is not None:
        return theirs.split(".")[:2] == here[called].split(".")[:2]
    return theirs == here[called]


def _told(called: str, theirs: str | None) -> str:
    return f"no {called}" if theirs is None else f"{called} {short(theirs)}"
