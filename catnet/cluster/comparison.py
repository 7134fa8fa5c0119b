"""Whether a cluster would train a network sooner than this machine: from rounds that are measured beforehand."""

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catnet.cluster.asked import as_it_is
from catnet.cluster.crew import Crew
from catnet.cluster.faults import naming_the_cluster
from catnet.cluster.placement import Tasks
from catnet.engine.cost_model import (
    FLOPS_PER_SECOND,
    seconds_of,
    seconds_of_direct,
    seconds_of_drawing,
    seconds_of_other_layers,
    seconds_of_outputs,
)
from catnet.engine.parallel import in_threads, thread_count, use_threads
from catnet.engine.solvers import choose
from catnet.engine.task import Task
from catnet.engine.types import Array
from catnet.text import byte_size, counted, two_digits
from catnet.training.measure import watched_epochs
from catnet.training.needs import duration

if TYPE_CHECKING:
    from catnet.cluster.connect import Cluster

ROUNDS = 5  # that are measured, after one that opens the connections
SECONDS_OF_ROUND = 20.0  # at most
SIDE, SECONDS_OF_PRODUCTS = 384, 0.2  # of the matrices whose products tell how quick a processor is


@dataclass(frozen=True)
class Measured:
    """How quick this machine is, and all workers together, in operations a second; the workers' threads; and the
    seconds of a round in which nothing is computed.
    """

    here: float
    there: float
    threads: int
    round_trip: float


@dataclass(frozen=True)
class Comparison:
    """The seconds of a training here, by the solver that it would have, and on a cluster; the rounds there, and the
    seconds that each takes besides what is computed.
    """

    here: float
    solver: str
    cluster: float
    rounds: int
    round_trip: float
    numbers: int  # bytes of the parameters

    @property
    def pays(self) -> bool:
        """Whether the cluster is quicker."""
        return self.cluster < self.here

    def __str__(self) -> str:
        here = f"{duration(self.here)} on this machine ({self.solver})"
        each = f"{two_digits(1000 * self.round_trip)} ms each"
        sent = f"{counted(self.rounds, 'round')} with {byte_size(self.numbers)} of parameters, {each} for that alone"
        if self.pays:
            times = f"{two_digits(self.here / self.cluster)} times sooner"
            return f"its epochs take {duration(self.cluster)} on the cluster, {times} than {here}; {sent}"
        return f"its epochs take {here}, where it is trained: the cluster would take {duration(self.cluster)}; {sent}"


def compared(cluster: "Cluster", task: Task, solver: str) -> Comparison:
    """A training here, by this solver or the one that `auto` chooses, and on a cluster. Raises ClusterError.

    The rounds, and how quick the workers are beside this machine, are measured, in some tenths of a second. What the
    workers need to read their pictures is left out.
    """
    with naming_the_cluster(cluster):
        crew, tasks = Crew(cluster), Tasks(cluster.client)
        crew.require()
        workers, threads = list(crew.running), list(crew.threads.values())
        here = operations_per_second(thread_count())
        # all at once, for those on one machine share its processors
        there = sum(tasks.gather(tasks.submit(operations_per_second, workers, threads), workers, SECONDS_OF_ROUND))
        theta = np.zeros(task.network.parameter_count, task.dtype)
        rounds = [seconds_of_round(tasks, workers, theta) for _ in range(1 + ROUNDS)][1:]
    return estimated(task, choose(task, solver).name, Measured(here, there, sum(threads), statistics.median(rounds)))


def estimated(task: Task, solver: str, found: Measured) -> Comparison:
    """A training by this solver here, and on a cluster, from what was measured.

    The cost model knows a machine of `FLOPS_PER_SECOND`; the one here takes as many times as long as its products do.
    """
    here = seconds_of(task, solver) * FLOPS_PER_SECOND / found.here
    watched, rounds = len(watched_epochs(task.epochs)), task.epochs * task.updates_per_epoch
    work = task.epochs * seconds_of_other_layers(task) + seconds_of_direct(task)
    if task.is_full_batch or task.augmented is not None:
        work += watched * seconds_of_outputs(task, task.inputs.m)  # by rounds of their own
        rounds += watched
    seconds = work * FLOPS_PER_SECOND / found.there
    if task.augmented is not None:
        seconds += task.epochs * seconds_of_drawing(task) / found.threads
    rounds += 0 if task.validation is None else watched
    numbers = task.network.parameter_count * task.dtype.itemsize
    return Comparison(here, solver, seconds + rounds * found.round_trip, rounds, found.round_trip, numbers)


def seconds_of_round(tasks: Tasks, workers: list[str], theta: Array) -> float:
    """Those of a round in which each worker returns numbers like those that it was sent, and these are added."""
    started = time.perf_counter()
    futures = tasks.added(tasks.submit(as_it_is, workers, tasks.for_each(theta, workers)), total)
    total(*tasks.gather(futures, workers, SECONDS_OF_ROUND))
    return time.perf_counter() - started


def total(*vectors: Array) -> Array:
    """The sum of some vectors."""
    return sum(vectors[1:], vectors[0])


def operations_per_second(threads: int) -> float:
    """How many operations of products of small matrices this process does in a second, in so many threads."""
    use_threads(threads)
    A, deadline = np.ones((SIDE, SIDE), np.float32), time.perf_counter() + SECONDS_OF_PRODUCTS

    def work(_: int) -> int:
        done = 0
        while time.perf_counter() < deadline:
            np.dot(A, A)
            done += 1
        return done

    return 2 * SIDE**3 * sum(in_threads(work, range(threads))) / SECONDS_OF_PRODUCTS
