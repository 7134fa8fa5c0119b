"""Who counts as slow, quiet or lost, and who is dealt shards: without a cluster."""

from dataclasses import replace
from typing import Any

import pytest

from catnet.cluster.asked import Answer, Told, told_in
from catnet.cluster.crew import MUCH_SLOWER, Crew
from catnet.cluster.members import Member, Members


class Cluster:
    """What a crew needs of one."""

    client, address = None, "tcp://none"


class Crewed:
    """A crew of workers of two threads, and what the scheduler says of them."""

    def __init__(self, *workers: str) -> None:
        cluster: Any = Cluster()
        self.crew = Crew(cluster)
        self.known = {each: Member(each, f"worker {each}", 2, 0, True, False, 0.0, 0.0) for each in workers}
        self.look()

    def look(self, **changes: dict[str, Any] | None) -> None:
        """Another look, in which some of them have changed, or have gone."""
        members = self.crew._members
        for worker, change in changes.items():
            if change is None:
                del self.known[worker]
            else:
                self.known[worker] = replace(self.known[worker], **change)
        members.now = dict(self.known)
        members._known |= self.known
        self.crew.look()


@pytest.fixture(autouse=True)
def _without_a_scheduler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Members, "look", lambda self: None)


def test_one_that_hangs_gets_no_shards_until_it_says_that_it_lives() -> None:
    of = Crewed("a", "b", "c")
    for worker in "abc":
        of.crew.measured(worker, 100, 1.0)
    said = {"said": 2.0, "well": 2.0}
    of.look(a=said, c=said)
    assert of.crew.quiet == {"b"}
    of.crew.was_slow("b", has_read=True)
    assert of.crew.answering == {"a": 100.0, "c": 100.0}
    assert set(of.crew.running) == {"a", "b", "c"}
    of.look(b=said)
    assert of.crew.quiet == set()
    assert of.crew.answering == dict.fromkeys("abc", 100.0)  # as quick as before
    assert of.crew.warnings == ["worker b was slow to answer; others were asked too"]


def test_one_that_is_slow_though_it_lives() -> None:
    of = Crewed("a", "b")
    of.crew.measured("a", 100, 1.0)
    of.crew.measured("b", 100, 1.0)
    of.crew.was_slow("a", has_read=True)
    of.look(a={"said": 1.0}, b={"said": 1.0})
    assert of.crew.answering["a"] == 100.0 / MUCH_SLOWER
    assert of.crew.answering["b"] == 100.0


def test_one_that_was_slow_to_read_is_not_slow() -> None:
    of = Crewed("a")
    of.crew.measured("a", 100, 1.0)
    of.crew.was_slow("a", has_read=False)
    assert of.crew.answering == {"a": 100.0}
    of.crew.forget(["a", "gone"])
    assert of.crew.answering == {"a": 2.0}


def test_in_a_large_cluster_workers_say_seldom_that_they_live() -> None:
    of = Crewed(*map(str, range(100)))
    of.look(**{"0": {"well": 2.0}})
    assert of.crew.quiet == set()
    of.look(**{"0": {"well": 3.0}})
    assert len(of.crew.quiet) == 99


def test_if_all_were_slow_all_get_shards() -> None:
    of = Crewed("a", "b")
    of.crew.was_slow("a", has_read=True)
    of.crew.was_slow("b", has_read=True)
    assert set(of.crew.answering) == {"a", "b"}


def test_each_is_named_once() -> None:
    """By what is worst; that others did its part only if there were any."""
    of = Crewed("a", "b")
    of.crew.was_slow("a", has_read=True)
    of.look(a={"is_lost": True})
    of.look(a={"is_lost": False})
    of.crew.was_slow("a", has_read=True)
    (warning,) = of.crew.warnings
    assert warning.startswith("worker a does not answer") and warning.endswith("; others did its part")
    of.look(a=None)
    of.look(b={"takes_work": False})
    of.look(b={"takes_work": True})
    of.look(b={"takes_work": False})
    gone, paused = of.crew.warnings
    assert gone == "worker a has ended, or is cut off; others did its part"
    assert paused.startswith("worker b has paused") and "others did" not in paused


def test_a_worker_that_has_given_several_answers() -> None:
    told = [Told(seconds, "Haswell", {}) for seconds in (1.0, 2.0, 4.0)]
    answers = [Answer(None, {"a": told[0], "b": told[1]}), Answer(None, {"a": told[2]})]
    assert {worker: each.seconds for worker, each in told_in(answers).items()} == {"a": 5.0, "b": 2.0}
