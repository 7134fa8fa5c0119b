"""What has a list of trainings done, several at once: processes of this machine, or the workers of a cluster."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from catnet.errors import CatnetError
from catnet.selection.pool import Pool


class Trainings(Protocol):
    """What a search and a cross-validation ask for. What comes out is the same, whoever trains."""

    @property
    def count(self) -> int:
        """How many are trained at once."""

    @property
    def way(self) -> str:
        """How, in words: `in 4 processes of one thread each`."""

    def demand_same(self, pool: Pool) -> None:
        """Has each other machine compare the data that it reads with this, before it trains for the first time."""

    def results(
        self,
        task: str,
        arguments: Sequence[Mapping[str, Any]],
        as_results: tuple[type[CatnetError], ...] = (),
        stop: Callable[[], bool] = lambda: False,
        again: bool = False,
    ) -> Iterator[tuple[int, Any]]:
        """The place and the result of each training of `tasks.py`, as they are done.

        Raises the CatnetError of the first that fails, unless it is of the kinds `as_results`. If `stop()` becomes true
        no more come, and what trains is ended. `again`: one whose process was killed is trained once more.
        """
