"""The benchmark of a round on the workers of a cluster: its parts are the whole."""

import pytest

from benchmarks.cluster_report import fragment_of_cluster
from benchmarks.cluster_rounds import PARTS, Timed, parts_of


def answer_of(begun: float, ended: float, seconds: float) -> Timed:
    answer = Timed(None, {f"worker that began at {begun}": seconds})
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
