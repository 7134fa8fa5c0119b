"""The benchmark of a round on the workers of a cluster, whose parts are the whole, and the simulation of large ones."""

import pytest

from benchmarks.cluster_report import fragment_of_cluster
from benchmarks.cluster_rounds import PARTS, Timed, parts_of
from benchmarks.cluster_simulation import Case, Figures, merged, pays_from, round_of
from catnet.cluster.asked import Told


def answer_of(begun: float, ended: float, seconds: float) -> Timed:
    answer = Timed(None, {f"worker that began at {begun}": Told(seconds, None, {})})
    answer.begun, answer.ended = begun, ended
    return answer


def test_parts() -> None:
    """One worker begins at 2 and ends at 6, after 3 s of sums; one begins at 4 and ends at 10, after 5 s."""
    parts = parts_of(1, [answer_of(2, 6, 3), answer_of(4, 10, 5)], 11, 11.5)
    assert parts == {"sending": 2, "sums": 4, "copying": 1, "waiting": 2, "returning": 1, "adding": 0.5}
    assert sum(parts.values()) == pytest.approx(11.5 - 1)


def test_report() -> None:
    """The overhead is all but the sums; seconds are told as milliseconds."""
    rounds = [dict.fromkeys(PARTS, 0.001) | {"sums": 9.0}] * 3
    found = {"pictures": 512, "workers": 2, "load": 1.0, "rounds": {"catnet": {"3": rounds}}}
    assert (
        "| 3 MB | catnet | 5 (5 to 5) | 1 (1 to 1) | 9e+03 (9e+03 to 9e+03) |" in fragment_of_cluster(found, "").section
    )


@pytest.mark.parametrize("workers", [8, 64, 512])
def test_simulated_rounds(workers: int) -> None:
    """A network ten times as quick shortens all that is sent, and nothing else."""
    slow, quick = (round_of(Case(10_000_000, 64, workers, gigabits), Figures()) for gigabits in (1, 10))
    assert all(seconds > 0 for name, seconds in slow.items() if name != "adding on the workers")
    for name in ("parameters to the workers", "the command's connection"):
        assert quick[name] < slow[name]
    for name in ("the scheduler", "messages"):
        assert quick[name] == slow[name]


def test_sums_are_added_on_workers_if_they_are_many() -> None:
    """Eight at once; the command adds up the last ones."""
    runs = [range(place, place + 1) for place in range(70)]
    assert [len(level) for level in merged(runs)] == [70, 9, 2]
    assert merged(runs)[-1] == [range(64), range(64, 70)]
    assert merged(runs[:8]) == [runs[:8]]


def test_fewer_shards_than_threads() -> None:
    """4096 shards on 1024 workers: four threads of each work."""
    assert "sums, in 4 of 8 threads" in round_of(Case(10_000_000, 64, 1024, 1), Figures())


def test_more_machines_do_not_pay_for_few_pictures() -> None:
    """A cluster pays from some number on; never against itself."""
    few = pays_from(2, "direct", 200)
    assert few is not None and few > 1000
    assert pays_from(1, "direct", 200) is None
