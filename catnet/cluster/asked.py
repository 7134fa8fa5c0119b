"""What a worker is asked to do in a training: functions that run there, as tasks."""

import socket
import time
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any, NamedTuple

import numpy as np

from catnet.cluster.held import Held
from catnet.cluster.sent import Shard, Training
from catnet.cluster.survey import versions_here
from catnet.engine.memory import available_memory
from catnet.engine.parallel import blas, use_threads
from catnet.engine.parameters import Vector
from catnet.engine.shard_sums import Sums, logits_of_shards
from catnet.engine.shards import Node, added
from catnet.engine.types import Array
from catnet.errors import CatnetError, ClusterError

SHARE_OF_MEMORY = 0.25  # of what the worker may take, for X of each of its two parts of the data
ONE_AT_A_TIME = Lock()  # each takes all threads of the worker

SUMS, OUTPUTS, VALIDATION = "sums", "outputs", "validation"  # what is asked for


class Told(NamedTuple):
    """What a worker tells beside its answer: how many seconds that took, its BLAS kernel, and its versions."""

    seconds: float
    kernel: str | None
    versions: Mapping[str, str]


class Answer(NamedTuple):
    """What workers have found, and what each of them tells, by its address."""

    value: Any
    told: dict[str, Told]


class NodeSums(NamedTuple):
    """The sums at a node, as they are sent: see `Sums`."""

    node: Node
    vector: Array
    loss: float
    seen: tuple[tuple[Array, Array], ...]


def hold(shards: Sequence[Shard], first: int, training: Training) -> Held:
    """Holds shards from now on; `first` is the place of the first one."""
    from distributed import get_worker

    limit = get_worker().memory_manager.memory_limit or available_memory()
    return Held(training, shards, first, SHARE_OF_MEMORY * limit)


def answer(
    held: Held, theta: Array, others: Sequence[Held], asked: str, epoch: int | None = None, number: int = 0
) -> Answer:
    """The sums over what is held in a batch of an epoch, or the outputs for it, at the parameters of the vector theta.

    `others` hold the rest of the examples, if they are mixed. Raises ClusterError, which names this worker.
    """
    from distributed import get_worker

    worker, network = get_worker(), held.training.task.network
    with ONE_AT_A_TIME, np.errstate(over="ignore", invalid="ignore"):
        started = time.perf_counter()
        use_threads(worker.state.nthreads)
        parameters, held.others = Vector(network.shapes, held.training.task.dtype), others
        parameters.vector[:] = theta
        try:
            if asked == SUMS:
                assert epoch is not None
                found = held.sums.sums(parameters, epoch, number, held.places)
                value: Any = [as_sent(node, sums) for node, sums in found.items()]
            elif asked == OUTPUTS:
                value = held.sums.outputs(parameters, held.places, epoch)
            else:
                value = logits_of_shards(network, parameters, held.places, held.inputs)
        except Exception as error:  # nobody sees a traceback there
            what = error if isinstance(error, CatnetError) else f"internal error: {type(error).__name__}: {error}"
            what = f"not enough memory: {error}" if isinstance(error, MemoryError) else what
            raise ClusterError(f"worker {worker.name} on {socket.gethostname()} ({worker.address}): {what}") from None
    told = Told(time.perf_counter() - started, blas()["kernel"], versions_here())
    return Answer(value, {worker.address: told})


def as_sent(node: Node, sums: Sums) -> NodeSums:
    """A copy, which the next round does not overwrite."""
    return NodeSums(node, sums.vector.vector.copy(), sums.loss, sums.seen)


def add_up(root: Node, *answers: Answer) -> Answer:
    """The sums of several workers as those of one, at the largest nodes that they make.

    None is changed: if this worker dies, another one adds them up again.
    """
    found: dict[Node, NodeSums] = {sums.node: sums for given in answers for sums in given.value}

    def add_sent(one: NodeSums, other: NodeSums) -> NodeSums:
        return NodeSums(one.node, one.vector + other.vector, one.loss + other.loss, one.seen + other.seen)

    value = [sums._replace(node=node) for node, sums in added(found, root, add_sent).items()]
    return Answer(value, told_in(answers))


def told_in(answers: Sequence[Answer]) -> dict[str, Told]:
    """What each worker tells, by its address; the seconds of all its answers."""
    found: dict[str, Told] = {}
    for worker, told in (each for given in answers for each in given.told.items()):
        before = found[worker].seconds if worker in found else 0.0
        found[worker] = told._replace(seconds=before + told.seconds)
    return found


def as_it_is(value: Any) -> Any:
    """The value, as the result of a task that can be done again."""
    return value
