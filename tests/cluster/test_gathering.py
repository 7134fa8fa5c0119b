"""How results come back: from the workers themselves, or by the scheduler, if the command does not reach them."""

import pytest

from catnet.cluster import placement
from catnet.cluster.asked import as_it_is
from catnet.cluster.connect import Cluster
from catnet.cluster.placement import Tasks


@pytest.fixture
def how(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each gathering, whether it asks the workers themselves."""
    gather, seen = cluster.client.gather, list[bool]()

    def noted(*given: object, direct: bool = False, **named: bool) -> object:
        seen.append(direct)
        return gather(*given, direct=direct, **named)

    monkeypatch.setattr(cluster.client, "gather", noted)
    return seen


def gathered(tasks: Tasks, cluster: Cluster, seconds: float) -> object:
    workers = [worker.address for worker in cluster.workers]
    return tasks.gather(tasks.submit(as_it_is, workers, ["one", "other"]), workers, seconds)


def test_from_the_workers(cluster: Cluster, how: list[bool]) -> None:
    """If they can be reached."""
    assert gathered(Tasks(cluster.client), cluster, 30) == ["one", "other"]
    assert how == [True]


def test_a_firewall(cluster: Cluster, how: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found once; the scheduler brings the results."""
    asked: list[str] = []

    def no_answer(worker: str, _: float) -> bool:
        asked.append(worker)
        return False

    monkeypatch.setattr(placement, "answers", no_answer)
    tasks = Tasks(cluster.client)
    for _ in range(2):
        assert gathered(tasks, cluster, 30) == ["one", "other"]
    assert how == [False, False]
    assert asked == [cluster.workers[0].address]


def test_a_worker_that_does_not_send(cluster: Cluster, how: list[bool]) -> None:
    """It may hang, so that nobody waits longer. It may be behind a firewall, so that the scheduler is asked then."""
    tasks = Tasks(cluster.client)
    with pytest.raises(TimeoutError):
        gathered(tasks, cluster, 0)
    assert gathered(tasks, cluster, 30) == ["one", "other"]
    assert how == [True, False]
