"""Worker processes on this machine, which end with the context, or with this process if it is killed."""

import asyncio
import logging
import math
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import resource_tracker
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from catnet.data.cache_folder import VARIABLE, directory
from catnet.data.decoding import available_cores, without_interrupts
from catnet.engine.memory import available_memory
from catnet.engine.parallel import blas
from catnet.errors import ClusterError, ConfigError
from catnet.text import counted

if TYPE_CHECKING:
    from distributed import LocalCluster, Nanny

NOTHING = logging.CRITICAL + 1  # the level of a logger that logs nothing
HERE = "127.0.0.1:0"  # any free port, which no other machine reaches

MOST_OF_EACH = 4  # workers, of each processor of this machine
SECONDS_TO_END = 1.0  # for a worker, before it is killed


@contextmanager
def started(count: int) -> Iterator[str]:
    """The address of a scheduler in this process, with so many workers of one thread each.

    They compute with the BLAS kernel of this process, have its cache of decoded pictures, share its memory equally with
    it, and write only in a temporary folder. Ctrl-C is for this process alone. Raises ConfigError if they are too many
    for this machine, ClusterError if the system does not start them.
    """
    import dask

    if count > (most := MOST_OF_EACH * available_cores()):
        raise ConfigError(
            f"local:{count}: this machine has {counted(available_cores(), 'processor')}; give local:{most} at most"
        )
    with (
        same_environment(),
        TemporaryDirectory(prefix="catnet-", ignore_cleanup_errors=True) as folder,
        dask.config.set({"temporary-directory": folder}),
    ):
        cluster = None
        try:
            with signals_deferred():
                cluster = cluster_of(count)
            yield cluster.scheduler_address
        finally:
            if cluster is not None:
                with signals_deferred(), without_interrupts():
                    cluster.sync(_end, cluster.workers.values())
                    cluster.close()


def cluster_of(count: int) -> "LocalCluster":
    """The workers, as `started` says. Raises ClusterError."""
    from distributed import LocalCluster

    one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "MKL", "OMP", "VECLIB_MAXIMUM")}
    kernel = {"OPENBLAS_CORETYPE": str(blas()["kernel"])} if blas()["library"] == "openblas" else {}
    memory = available_memory() / (count + 1)
    with without_interrupts():
        resource_tracker.ensure_running()  # which, as it starts, would let Ctrl-C through again
    with without_interrupts(), same_environment():
        try:
            return LocalCluster(
                n_workers=count,
                threads_per_worker=1,
                memory_limit=int(memory) if math.isfinite(memory) else 0,
                env=one_thread | kernel | same_cache(),
                dashboard_address=HERE,
                worker_dashboard_address=HERE,
                preload=["catnet.cluster.own_group"],
                silence_logs=NOTHING,
            )
        except (OSError, RuntimeError) as error:
            raise ClusterError(f"{counted(count, 'worker')} could not be started here: {error}") from error


@contextmanager
def signals_deferred() -> Iterator[None]:
    """Within it, Ctrl-C and SIGTERM wait: Dask leaves workers and files if it is interrupted as it starts them."""
    came = list[int]()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    if threading.current_thread() is not threading.main_thread() or None in before.values():
        yield
        return
    for number in before:
        signal.signal(number, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:  # also if workers have ended by it, as they were to start
            signal.raise_signal(came[0])


@contextmanager
def same_environment() -> Iterator[None]:
    """Takes back what is done to this process's environment: Dask sets there what its workers are to have, as it
    starts them, and as it starts one again.
    """
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ.update(before)


def same_cache() -> dict[str, str]:
    """The variable that names the place of this process's cache, if it has one."""
    with suppress(ConfigError):
        return {VARIABLE: str(directory().parent.absolute())}
    return {}


async def _end(nannies: "Iterable[Nanny]") -> None:
    """Ends the workers, also those that are in the middle of a task."""
    await asyncio.gather(*(nanny.close(timeout=SECONDS_TO_END) for nanny in nannies))
