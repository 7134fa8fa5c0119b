"""Which shards a worker gets: consecutive ones, as many as it is quick, of few nodes of the tree."""

import pytest

from catnet.cluster.assignment import LEEWAY, assigned
from catnet.engine.shards import nodes_within


def speeds(*each: float) -> dict[str, float]:
    return {f"worker {number}": speed for number, speed in enumerate(each)}


def nodes(count: int, given: dict[str, float]) -> list[int]:
    """Of how many nodes the shards of each worker consist."""
    return [len(list(nodes_within(run, (0, count)))) for _, run in assigned(count, given)]


@pytest.mark.parametrize("count", [1, 2, 3, 78, 779, 1024])
@pytest.mark.parametrize("given", [(1,), (1, 1), (3, 1, 2), (0.001, 1, 1), (1,) * 100, tuple(range(1, 40))])
def test_each_shard_has_one_worker(count: int, given: tuple[float, ...]) -> None:
    """In the order of the workers."""
    runs = assigned(count, speeds(*given))
    assert [shard for _, run in runs for shard in run] == list(range(count))
    assert [worker for worker, _ in runs] == sorted((worker for worker, _ in runs), key=lambda name: int(name[7:]))


def test_as_many_shards_as_a_worker_is_quick() -> None:
    """But for the leeway at both of its ends."""
    given = speeds(3, 1, 2, 6)
    for worker, run in assigned(779, given):
        wanted = 779 * given[worker] / 12
        assert abs(len(run) - wanted) <= 2 * LEEWAY * wanted + 1


def test_two_workers_that_are_almost_as_quick_have_a_node_each() -> None:
    """So each sends one sum. 779 shards in halves are 389 and 390."""
    assert nodes(779, speeds(1, 1)) == [1, 1]
    assert nodes(779, speeds(1.03, 1)) == [1, 1]
    assert nodes(779, speeds(1, 1, 1, 1)) == [1, 1, 1, 1]


def test_others_have_few_nodes() -> None:
    """Without the leeway three workers have 10 of 1024 shards."""
    assert max(nodes(1024, speeds(1, 1, 1))) <= 4
