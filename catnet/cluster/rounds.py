"""The rounds of one training on the workers of a cluster: each batch's parameters go out, and its sums come back.

Which worker forms which sums changes no bit, so it is free: shards follow the workers that there are, and how quick
they are. What a worker owes for too long is asked of another one too, and the first answer counts.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from traceback import clear_frames
from typing import TYPE_CHECKING, Any

import numpy as np

from catnet.cluster.asked import OUTPUTS, SUMS, VALIDATION, Answer, add_up, told_in
from catnet.cluster.assignment import is_uneven
from catnet.cluster.comparison import Comparison, compared
from catnet.cluster.crew import Crew
from catnet.cluster.faults import is_of_a_loss, naming_the_cluster
from catnet.cluster.placement import Placement, Tasks
from catnet.cluster.round import Question, Round
from catnet.cluster.sent import Training, training_shards, validation_shards
from catnet.cluster.survey import answers, demand_same_versions
from catnet.engine.parallel import blas
from catnet.engine.parameters import Vector
from catnet.engine.shard_sums import Sums
from catnet.engine.task import Task
from catnet.engine.types import Array
from catnet.errors import ConfigError
from catnet.training.build import Adapted, Setup

if TYPE_CHECKING:
    from catnet.cluster.connect import Cluster

SECONDS_BETWEEN_LOOKS = 0.5  # at the workers, while answers are owed
SECONDS_TO_ANSWER = 5.0  # of the scheduler, after something was lost
MOST_TIMES = 10  # that a round is begun again after a loss
UNEVEN, SECONDS_UNEVEN = 1.25, 0.05  # so much, in rounds that take so long
ROUNDS_UNEVEN = 5  # until shards are dealt out anew; each time twice as many, for some machines are never even


class RoundsOnWorkers:
    """Has the sums formed by the workers of a cluster."""

    def __init__(self, cluster: "Cluster", setup: Setup) -> None:
        self._cluster, self._client = cluster, cluster.client
        self._training = Training.of(setup)
        self._tasks, self._crew = Tasks(cluster.client), Crew(cluster)
        self._shards = {SUMS: training_shards(setup), VALIDATION: validation_shards(setup)}
        self._placements: dict[str, Placement] = {}
        self._usual: dict[str, float] = {}  # seconds that a round of a kind takes
        self._uneven, self._evened = 0, 0  # rounds, one after the other; how often shards were dealt out because of it
        self._seen: set[str] = set()  # the workers that have answered
        self._kernels = {blas()["kernel"], *(worker.kernel for worker in cluster.workers)}  # that are known of
        self._other_kernels: list[str] = []

    @property
    def warnings(self) -> list[str]:
        """What the user should know."""
        return [*self._crew.warnings, *self._other_kernels]

    def sums(self, theta: Vector, epoch: int, number: int) -> Sums:
        """Those over a batch of an epoch."""
        (total,) = add_up(self._training.task.root, *self._ask(SUMS, theta, epoch=epoch, number=number)).value
        vector = theta.like()
        vector.vector[:] = total.vector
        return Sums(vector, total.loss, total.seen)

    def outputs(self, theta: Vector, epoch: int | None = None) -> Array:
        """Z[L] of the training examples as they are."""
        return np.concatenate([each.value for each in self._ask(OUTPUTS, theta, epoch=epoch)], axis=1)

    def outputs_of_validation(self, theta: Vector) -> Array:
        """Z[L] of the validation data, in all views."""
        return np.concatenate([each.value for each in self._ask(VALIDATION, theta)], axis=1)

    def _ask(self, asked: str, theta: Vector, **what: Any) -> list[Answer]:
        """The answers of all workers, in the order of their shards. If something is lost, they are asked again."""
        mixed = asked == SUMS and self._training.task.alpha > 0
        with naming_the_cluster(self._cluster):
            for times in range(MOST_TIMES):
                try:
                    return self._answers(Question(asked, theta.vector, what, mixed), 2**times)
                except BaseException as error:
                    clear_frames(error.__traceback__)  # Dask keeps it, and would keep the futures that are in them
                    is_last = times == MOST_TIMES - 1 or not is_of_a_loss(error)
                    is_last = is_last or not answers(self._cluster.address, SECONDS_TO_ANSWER)
                    if is_last or not isinstance(error, TimeoutError):  # after which all that is held is still there
                        self._placements.clear()
                    if is_last:
                        raise
        raise AssertionError("the last time has returned or raised")

    def _answers(self, question: Question, times: int) -> list[Answer]:
        """The answers, which may take so many times as long to come as usual."""
        asked, started = question.asked, time.monotonic()
        placement, usual = self._placement(VALIDATION if asked == VALIDATION else SUMS), self._usual.get(asked)
        current = Round(self._tasks, self._crew, placement, question, usual)
        waited, before = 0.0, started  # seconds, without those in which this process or the scheduler stood still
        while not current.wait(SECONDS_BETWEEN_LOOKS):
            self._crew.look()
            now = time.monotonic()
            waited += min(now - before, 2 * SECONDS_BETWEEN_LOOKS) if self._crew.is_heard_of else 0.0
            before = now
            current.ask_others(waited)
        tells_speeds = current.settle()
        answers = self._gathered(current, placement, times * current.patience)
        self._demand_same_versions(answers)
        took = time.monotonic() - started
        if tells_speeds:
            self._usual[asked] = took
            self._learn_speeds(question, placement, answers)
        elif current.is_helped and usual is not None:
            self._usual[asked] = min(took, 2 * usual)  # little more, for the next one may be as quick as before
        return answers

    def _placement(self, part: str) -> Placement:
        """Where a part of the data is held: by the workers that run now, more of it by those that are quicker."""
        self._crew.require()
        if part not in self._placements:
            self._placements[part] = Placement(self._tasks, self._training, self._shards[part])
        placement, answering = self._placements[part], self._crew.answering
        if placement.workers != answering.keys():
            placement.place(answering)
            self._uneven, self._evened = 0, 0
        elif part == SUMS and self._uneven >= ROUNDS_UNEVEN * 2**self._evened:
            self._crew.forget(answering.keys() - placement.examples.keys())
            placement.place(self._crew.answering)
            self._uneven, self._evened = 0, self._evened + 1
        return placement

    def _gathered(self, done: Round, placement: Placement, patience: float) -> list[Answer]:
        """The answers; sums are added up by workers first, if they are many."""
        futures = done.answers()
        if done.question.asked == SUMS:
            futures = self._tasks.added(futures, partial(add_up, self._training.task.root))
        found: list[Answer] = self._tasks.gather(futures, [run.worker for run in placement.runs], patience)
        return found

    def _demand_same_versions(self, answers: list[Answer]) -> None:
        """Makes sure that workers which have come later compute what the others do. Raises ClusterError."""
        new = {worker: told for worker, told in told_in(answers).items() if worker not in self._seen}
        demand_same_versions({f"worker {worker}": told.versions for worker, told in new.items()}, self._cluster.address)
        for worker, told in new.items():
            if told.kernel not in self._kernels:
                self._kernels.add(told.kernel)
                self._other_kernels.append(
                    f"worker {worker}, which came later, has the BLAS kernel {told.kernel}: results are equal to "
                    "rounding only"
                )
        self._seen |= new.keys()

    def _learn_speeds(self, question: Question, placement: Placement, answers: list[Answer]) -> None:
        """How quick each worker was, and whether some wait for others all the time; not of a smaller last batch."""
        task = self._training.task
        if question.asked != SUMS or (question.what["number"] + 1) * task.b > task.m:
            return
        seconds = {worker: told.seconds for worker, told in told_in(answers).items()}
        examples = placement.examples
        for worker, count in examples.items():
            self._crew.measured(worker, count, seconds.get(worker, 0.0))
        has_idle = len(examples) < min(len(self._crew.answering), len(placement.shards))
        long = max(seconds.values()) >= SECONDS_UNEVEN
        unbalanced = has_idle or (long and is_uneven(list(seconds.values()), UNEVEN))
        self._uneven = self._uneven + 1 if unbalanced else 0


def on_workers(cluster: "Cluster", tell: Callable[[Comparison], None] | None = None) -> Adapted:
    """Has the sums of a training formed by the workers of a cluster: what `start`, `prepare` and `resume` take.

    With `tell`, only if it then ends sooner, and `tell` gets what was compared. What it returns raises ConfigError for
    a solver that has no such sums; ClusterError.
    """

    def adapted(setup: Setup) -> Task:
        solver = setup.config.train.solver
        if solver == "gram":
            raise ConfigError("a cluster trains by shards, and train.solver is gram; set auto, direct or sharded")
        if tell is not None:
            found = compared(cluster, setup.task, solver)
            tell(found)
            if not found.pays:
                return setup.task
        return replace(setup.task, rounds=RoundsOnWorkers(cluster, setup))

    return adapted
