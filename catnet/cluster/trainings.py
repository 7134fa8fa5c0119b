"""Trainings on the workers of a cluster: as many at once as these have threads."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

from catnet.cluster.connect import Cluster
from catnet.cluster.dispatch import Compared, Dispatch
from catnet.cluster.members import Members
from catnet.cluster.sender import Sender, Unit
from catnet.errors import CatnetError, ClusterError, NotEnoughMemory
from catnet.selection.pool import Pool
from catnet.selection.processes import result_of

SECONDS_OF_LEG = 20.0


class RemoteTrainings:
    """Trainings by the workers of a cluster, each in a process of one thread: see `selection/trainings.py`.

    The training of a trial goes in legs of so many `seconds`. After each its checkpoint comes back to this machine, and
    any worker may go on from it. As a context it leaves the workers as they were; else what it has there ends once it
    was idle for long.
    """

    def __init__(
        self, cluster: Cluster, seconds: float = SECONDS_OF_LEG, warn: Callable[[str], None] = lambda warning: None
    ) -> None:
        """`warn` is told of each worker that is lost. Raises ClusterError if there is no worker."""
        self._warn = warn
        self._members, self._compared = Members(cluster.client, cluster.address), Compared(cluster.address)
        self._members.wait()
        self._sender = Sender(cluster.client, self._members, seconds)

    def __enter__(self) -> "RemoteTrainings":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends what is left of it on the workers: processes that wait for the next training."""
        self._sender.end()

    @property
    def count(self) -> int:
        """How many are trained at once: one in each thread of the workers that there are now."""
        return sum(member.threads for member in self._members.now.values())

    @property
    def way(self) -> str:
        """How, in words."""
        return "on the workers of a cluster, each in one thread"

    def demand_same(self, pool: Pool) -> None:
        """From now on each worker compares the data that it reads with this pool, before it trains for the first time:
        `results` raises ClusterError, which names the worker and the first file that is another there.
        """
        self._compared.demand(pool)

    def results(
        self,
        task: str,
        arguments: Sequence[Mapping[str, Any]],
        as_results: tuple[type[CatnetError], ...] = (),
        stop: Callable[[], bool] = lambda: False,
        again: bool = False,
    ) -> Iterator[tuple[int, Any]]:
        """The place and the result of each training, as they are done: see `selection/trainings.py`.

        Raises ClusterError too, if the scheduler is gone, if there is no worker, or for what is wrong with one.
        """
        units = [Unit(place, task, asked) for place, asked in enumerate(arguments)]
        dispatch = Dispatch(self._members, self._sender, self._compared, units, again, self._warn)
        with closing(dispatch.results(stop)) as results:
            for place, found in results:
                if isinstance(found, NotEnoughMemory) and not isinstance(found, as_results):
                    raise ClusterError(str(found)) from found
                yield place, result_of(found, as_results)
