"""What distributed raises if something of a cluster is gone becomes one message, which names it."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from catnet.cluster.survey import answers
from catnet.errors import ClusterError
from catnet.text import byte_size, short

if TYPE_CHECKING:
    from distributed import KilledWorker

    from catnet.cluster.connect import Cluster

LONGEST_DETAIL = 200  # characters of what distributed says
SECONDS_TO_ANSWER = 2.0  # of a scheduler that was there


def naming_the_cluster(cluster: "Cluster") -> AbstractContextManager[None]:
    """Within it, what distributed raises about its connections and its workers becomes a ClusterError."""
    return naming(cluster.address)


@contextmanager
def naming(address: str) -> Iterator[None]:
    """The same, of the cluster whose scheduler is at this address."""
    from distributed import KilledWorker
    from distributed.client import ClosedClientError

    try:
        yield
    except KilledWorker as error:
        raise ClusterError(_killed(error)) from error
    except BaseException as error:
        if not isinstance(error, ClosedClientError) and not is_of_a_loss(error):
            raise
        raise ClusterError(_lost(address, error)) from error


def is_of_a_loss(error: BaseException) -> bool:
    """Whether distributed raises it because something was lost. An OSError that has a number is about a file."""
    if isinstance(error, OSError):
        return error.errno is None
    return isinstance(error, CancelledError | asyncio.CancelledError)


def _killed(error: "KilledWorker") -> str:
    """What ended several workers, one after the other."""
    worker = error.last_worker
    limit = f", with its limit of {byte_size(worker.memory_limit)}" if worker.memory_limit else ""
    tried = f"a task was given to {error.allowed_failures + 1} workers, and each has died of it"
    return f"{tried}, at last the one at {worker.address}; has it enough memory{limit}? Its log may say more"


def _lost(address: str, error: BaseException) -> str:
    """What a connection was lost to."""
    if not answers(address, SECONDS_TO_ANSWER):
        return f"the scheduler at {address} is gone; start it and its workers again"
    detail = short(" ".join(str(error).split()) or type(error).__name__, LONGEST_DETAIL)
    return f"the scheduler at {address} is there, but a worker or a connection was lost: {detail}"
