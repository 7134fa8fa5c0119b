"""Connects to a cluster, and makes sure beforehand that its workers compute what this process would."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from catnet.cluster import EXTRA, is_installed
from catnet.cluster.addresses import Local, is_exposed, parsed
from catnet.cluster.facts import WorkerFacts, lines_of, of_this_process
from catnet.cluster.faults import naming
from catnet.cluster.survey import Survey, demand_same_versions, named, surveyed, versions_here
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
    from catnet.cluster.local import started
    from catnet.cluster.quiet import quiet

    with quiet(), started(where.count) if isinstance(where, Local) else nullcontext(where) as scheduler:
        survey = surveyed(scheduler, timeout)
        demand_same_versions(survey, scheduler)
        with _client(scheduler, timeout) as client:
            with naming(scheduler):
                workers = sorted(_facts(client, survey), key=lambda worker: (len(worker.name), worker.name))
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


def _facts(client: "Client", survey: Survey) -> Iterator[WorkerFacts]:
    """What is known about each worker. Raises ClusterError for one that cannot tell."""
    told = client.run(of_this_process, workers=list(survey.workers), on_error="return")
    for address, worker in survey.workers.items():
        own = told.get(address)
        if not isinstance(own, dict):
            raise ClusterError(f"{named(worker)} cannot run catnet: {type(own).__name__}: {short(own, 200)}")
        yield WorkerFacts(
            address=address,
            name=str(worker["name"]),
            threads=worker["nthreads"],
            memory_limit=worker["memory_limit"] or 0,
            versions={name: str(version) for name, version in survey.versions[address].items()},
            **own,
        )


def warnings_of(scheduler: str, workers: Sequence[WorkerFacts]) -> Iterator[str]:
    """What may be unwanted: a connection that others can read, and kernels that differ."""
    if exposed := [each for each in (scheduler, *(worker.address for worker in workers)) if is_exposed(each)]:
        risk = "whoever reaches its ports can read the data, and run programs as the user of the workers"
        yield f"the cluster is not encrypted, as at {exposed[0]}: {risk}; tls://HOST:PORT is, with Dask's certificates"
    here = blas()["kernel"]
    others: defaultdict[str, list[str]] = defaultdict(list)
    for worker in workers:
        if worker.kernel != here:
            others[str(worker.kernel)].append(worker.name)
    if others:
        told = ", ".join(f"{kernel} on {first_names(names, 200)}" for kernel, names in others.items())
        fix = f"for the same bits, start the workers with OPENBLAS_CORETYPE={here}" if here else "with one BLAS on all"
        yield f"the BLAS kernel is {here} here, and {told}: results are equal to rounding only; {fix}"
