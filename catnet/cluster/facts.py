"""What is known about a worker, and whether it computes what this process would."""

import os
import socket
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import catnet
from catnet.engine.parallel import blas
from catnet.text import byte_size, counted, first_names, printable

MOST_LINES = 8  # workers that are told one by one
LONGEST_HOSTS = 80  # characters


@dataclass(frozen=True)
class WorkerFacts:
    """A worker of a cluster: where it is, what it may take, and what computes its products."""

    address: str
    name: str
    host: str
    pid: int
    threads: int
    memory_limit: int  # bytes, at which Dask ends it; 0 if it has no limit
    blas: Mapping[str, Any]  # as of engine.parallel.blas
    versions: Mapping[str, str]  # by what people call it: catnet, NumPy, Python, dask, distributed

    @property
    def kernel(self) -> str | None:
        """The kernel that its BLAS has chosen; None if that is not known."""
        kernel: str | None = self.blas["kernel"]
        return kernel

    @property
    def what(self) -> str:
        """`2 threads, openblas SkylakeX, 4 GB, Python 3.11.7`"""
        products = " ".join(str(self.blas[key]) for key in ("library", "kernel") if self.blas[key])
        memory = byte_size(self.memory_limit) if self.memory_limit else "no memory limit"
        python = f"Python {self.versions['Python']}"
        return printable(", ".join([counted(self.threads, "thread"), products or "no known BLAS", memory, python]))


def of_this_process() -> dict[str, Any]:
    """What only a process of the cluster can tell about itself."""
    return {"catnet": catnet.__version__, "host": socket.gethostname(), "pid": os.getpid(), "blas": blas()}


def lines_of(workers: Sequence[WorkerFacts]) -> Iterator[str]:
    """A line for each worker; if there are many, one for those that are equal, with the hosts that they are on."""
    if len(workers) <= MOST_LINES:
        yield from (f"worker {printable(w.name)} on {printable(w.host)}: {w.what}" for w in workers)
        return
    equal: defaultdict[str, list[WorkerFacts]] = defaultdict(list)
    for worker in workers:
        equal[worker.what].append(worker)
    for what, those in equal.items():
        hosts = dict.fromkeys(worker.host for worker in those)
        each = ", each with " if len(those) > 1 else ": "
        yield f"{counted(len(those), 'worker')} on {first_names(hosts, LONGEST_HOSTS)}{each}{what}"
