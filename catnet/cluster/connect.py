"""Connects to a cluster, and makes sure beforehand that its workers compute what this process would."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import catnet
from catnet.cluster import EXTRA, is_installed
from catnet.cluster.addresses import Local, is_exposed, parsed
from catnet.cluster.facts import WorkerFacts, lines_of, of_this_process
from catnet.cluster.faults import naming
from catnet.cluster.survey import (
    LONGEST_DETAIL,
    SCHEDULER,
    Survey,
    demand_same_versions,
    named,
    surveyed,
    versions_here,
)
from catnet.engine.parallel import blas
from catnet.errors import ClusterError, ConfigError
from catnet.text import counted, first_names, printable, short

if TYPE_CHECKING:
    from distributed import Client

SECONDS_TO_ANSWER = 10.0  # of a scheduler, and of its first worker


@dataclass(frozen=True)
class Cluster:
    """A cluster that this process is connected to, with what its workers were when it connected."""

    address: str  # of the scheduler
    client: "Client"
    workers: tuple[WorkerFacts, ...]  # in the order of their names
    warnings: tuple[str, ...]

    @property
    def other_kernels(self) -> list[str]:
        """The warning, if it is to be said, that sums by these workers are equal to rounding only."""
        return list(kernels_of(self.workers))

    def lines(self) -> Iterator[str]:
        """What the output of a command begins with: the cluster and its workers."""
        same = ", ".join(f"{name} {version}" for name, version in versions_here().items() if name != "Python")
        yield f"cluster: {counted(len(self.workers), 'worker')} at {printable(self.address)}, {same}"
        yield from (f"  {line}" for line in lines_of(self.workers))


@contextmanager
def connected(address: str, timeout: float = SECONDS_TO_ANSWER) -> Iterator[Cluster]:
    """The cluster at an address: see `addresses.FORMS`. `timeout` is in seconds, for the scheduler and for a worker.

    Raises ConfigError for another address, or if the extra is not installed; ClusterError if nothing answers, if
    there is no worker, or if one has other versions than this process. When the context ends, nothing of it is left
    on the workers, and those of `local:4` have ended.
    """
    where = parsed(address)
    if not is_installed():
        raise ConfigError(f"a cluster needs dask and distributed; install them: {EXTRA}")
    try:
        import distributed  # noqa: F401  (it may be broken)
    except ImportError as error:
        raise ConfigError(f"dask and distributed cannot be loaded ({error}); install them again: {EXTRA}") from error
    from catnet.cluster.local import started
    from catnet.cluster.quiet import quiet

    with quiet(), started(where.count) if isinstance(where, Local) else nullcontext(where) as scheduler:
        survey = surveyed(scheduler, timeout)
        demand_same_versions(survey.by_name(), scheduler)
        with _client(scheduler, timeout) as client:
            with naming(scheduler):
                workers = _facts(client, survey, scheduler)
            yield Cluster(scheduler, client, tuple(workers), tuple(warnings_of(scheduler, workers)))


@contextmanager
def _client(scheduler: str, timeout: float) -> Iterator["Client"]:
    """A client that leaves nothing on the workers."""
    from distributed import Client

    with naming(scheduler):
        client = Client(scheduler, timeout=timeout, set_as_default=False)
    try:
        with client.as_current():  # for as_completed and wait
            yield client
    finally:
        client.close()


def _facts(client: "Client", survey: Survey, address: str) -> list[WorkerFacts]:
    """What is known about each worker, in the order of their names.

    Raises ClusterError if one, or the scheduler, cannot import catnet, or imports another version.
    """
    told = client.run(of_this_process, workers=list(survey.workers), on_error="return")
    everywhere = {named(worker): told.get(worker["address"]) for worker in survey.workers.values()}
    try:
        everywhere[SCHEDULER] = client.run_on_scheduler(of_this_process)
    except Exception as error:  # whatever importing catnet raises there
        everywhere[SCHEDULER] = error
    demand_catnet(everywhere, address)
    found = [_worker(worker, survey.versions[each], told[each]) for each, worker in survey.workers.items()]
    return sorted(found, key=lambda worker: (len(worker.name), worker.name))


def demand_catnet(everywhere: Mapping[str, object], address: str) -> None:
    """Raises ClusterError if one of a cluster has not told its facts, but an error, or has another catnet."""
    failed = defaultdict(list)
    for who, own in everywhere.items():
        if not isinstance(own, dict):
            failed["it no longer answers" if own is None else short(own, LONGEST_DETAIL)].append(who)
    if failed:
        lines = [f"  {first_names(names)}: {error}" for error, names in failed.items()]
        what = f"not all of the cluster at {address} can run catnet {catnet.__version__}; install it there"
        raise ClusterError("\n".join([what, *lines]))
    versions = {who: {"catnet": own["catnet"]} for who, own in everywhere.items() if isinstance(own, dict)}
    demand_same_versions(versions, address)


def _worker(said: Mapping[str, Any], versions: Mapping[str, str | None], own: Mapping[str, Any]) -> WorkerFacts:
    """The facts of a worker: what the scheduler says of it, and what it says itself."""
    return WorkerFacts(
        address=said["address"],
        name=str(said["name"]),
        host=own["host"],
        pid=own["pid"],
        threads=said["nthreads"],
        memory_limit=said["memory_limit"] or 0,
        blas=own["blas"],
        versions={called: str(own.get(called) or versions[called]) for called in versions_here()},
    )


def warnings_of(scheduler: str, workers: Sequence[WorkerFacts]) -> Iterator[str]:
    """What may be unwanted: a connection that others can read."""
    if exposed := [each for each in (scheduler, *(worker.address for worker in workers)) if is_exposed(each)]:
        risk = "whoever reaches its ports can read the data, and run programs as the user of the workers"
        yield f"the cluster is not encrypted, as at {exposed[0]}: {risk}; tls://HOST:PORT is, with Dask's certificates"


def kernels_of(workers: Sequence[WorkerFacts]) -> Iterator[str]:
    """The warning that workers have another kernel than this process."""
    here = blas()["kernel"]
    others: defaultdict[str, list[str]] = defaultdict(list)
    for worker in workers:
        if worker.kernel != here:
            others[str(worker.kernel)].append(worker.name)
    if others:
        told = ", ".join(f"{kernel} on {first_names(names, 200)}" for kernel, names in others.items())
        fix = f"for the same bits, start the workers with OPENBLAS_CORETYPE={here}" if here else "with one BLAS on all"
        yield f"the BLAS kernel is {here} here, and {told}: results are equal to rounding only; {fix}"
