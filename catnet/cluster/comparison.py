"""Whether a cluster would train a network sooner than this machine: from rounds that are measured beforehand."""

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from catnet.cluster.crew import Crew
from catnet.cluster.faults import naming_the_cluster
from catnet.cluster.placement import Tasks
from catnet.engine.cost_model import seconds_of
from catnet.engine.parallel import in_threads, thread_count, use_threads
from catnet.engine.solvers import choose
from catnet.engine.task import Task
from catnet.engine.types import Array
from catnet.text import byte_size, two_digits
from catnet.training.needs import duration

if TYPE_CHECKING:
    from catnet.cluster.connect import Cluster

ROUNDS = 5  # that are measured
SIDE, SECONDS_OF_PRODUCTS = 384, 0.2  # of the matrices whose products tell how quick a processor is


@dataclass(frozen=True)
class Comparison:
    """The seconds of a training here, by the solver that it would have, and on a cluster; and of one round there."""

    here: float
    solver: str
    cluster: float
    round_trip: float
    numbers: int  # bytes of the parameters

    @property
    def pays(self) -> bool:
        """Whether the cluster is quicker."""
        return self.cluster < self.here

    def __str__(self) -> str:
        here = f"{duration(self.here)} on this machine ({self.solver})"
        a_round = f"a round with {byte_size(self.numbers)} of parameters takes {two_digits(1000 * self.round_trip)} ms"
        if self.pays:
            times = f"{two_digits(self.here / self.cluster)} times sooner"
            return f"training takes {duration(self.cluster)} on the cluster, {times} than {here}; {a_round}"
        return f"training takes {here}, where it is done: the cluster would take {duration(self.cluster)}; {a_round}"


def compared(cluster: "Cluster", task: Task, solver: str) -> Comparison:
    """A training here, by this solver or the one that `auto` chooses, and on a cluster. Raises ClusterError.

    The rounds, and how quick the workers are beside this machine, are measured, in some tenths of a second. What the
    workers need to read their pictures is left out.
    """
    choice = choose(task, solver)
    here = seconds_of(task, choice.name)
    with naming_the_cluster(cluster):
        crew, tasks = Crew(cluster.client), Tasks(cluster.client)
        crew.require()
        workers = list(crew.running)
        own = products_per_second(thread_count())
        theirs = sum(cluster.client.gather(tasks.submit(products_per_second, workers, list(crew.threads.values()))))
        theta = np.zeros(task.network.parameter_count, task.dtype)
        round_trip = statistics.median(seconds_of_round(tasks, workers, theta) for _ in range(ROUNDS))
    rounds = task.epochs * task.updates_per_epoch * round_trip
    return Comparison(here, choice.name, seconds_of(task, "direct") * own / theirs + rounds, round_trip, theta.nbytes)


def seconds_of_round(tasks: Tasks, workers: list[str], theta: Array) -> float:
    """Those of a round in which each worker returns numbers like those that it was sent."""
    started = time.perf_counter()
    tasks.client.gather(tasks.submit(doubled, workers, workers, theta=tasks.send(theta, workers)))
    return time.perf_counter() - started


def doubled(worker: str, theta: Array) -> Array:
    """What a worker returns in such a round."""
    return theta + theta


def products_per_second(threads: int) -> float:
    """How many products of two small matrices this process forms in a second, in so many threads."""
    use_threads(threads)
    A, deadline = np.ones((SIDE, SIDE), np.float32), time.perf_counter() + SECONDS_OF_PRODUCTS

    def work(_: int) -> int:
        done = 0
        while time.perf_counter() < deadline:
            np.dot(A, A)
            done += 1
        return done

    return sum(in_threads(work, range(threads))) / SECONDS_OF_PRODUCTS
