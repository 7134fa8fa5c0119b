"""The parts of a search on a cluster, each on its own: processes, files that travel, workers, whose fault it is."""

from pathlib import Path

import pytest
from dask_processes import until

from catnet.cluster import children
from catnet.cluster.blame import demand_of_the_training, error_of_process
from catnet.cluster.children import Children
from catnet.cluster.files import digests, write
from catnet.cluster.members import SECONDS_SILENT, Member, Members
from catnet.errors import (
    CatnetError,
    CheckpointError,
    ClusterError,
    ConfigError,
    DataError,
    Diverged,
    NoSuchData,
    NotEnoughMemory,
    OutputError,
)
from catnet.selection.processes import Crashed, Ended, answered

WORKER = Member("tcp://a:1", "worker 7 at tcp://a:1", 1, 0, True, False, 0.0, 0.0)
UNKNOWN = {"task": "differing", "arguments": {"config": {}, "fingerprints": {}, "weights": {"no such file": "0"}}}


def test_processes_stay_and_end_if_nobody_asks_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "LONGEST_IDLE", 0.5)
    folder, kept = tmp_path / "files", Children()
    folder.mkdir()
    with kept.lent("token", folder, {}) as first:
        assert answered(first, UNKNOWN) == {"file": "no such file"}
    with kept.lent("token", folder, {}) as again:
        assert again is first and folder.exists()
    until(lambda: first.poll() is not None)
    assert not folder.exists()


def test_a_search_that_has_ended_gets_no_process(tmp_path: Path) -> None:
    folder, kept = tmp_path / "files", Children()
    folder.mkdir()
    with kept.lent("token", folder, {}) as busy, kept.lent("other", tmp_path / "others", {}) as other:
        kept.end("token")
        until(lambda: busy.poll() is not None)
        assert not folder.exists() and other.poll() is None
    folder.mkdir()
    with pytest.raises(Ended), kept.lent("token", folder, {}):
        pass
    assert not folder.exists()
    kept.end("other")
    assert other.poll() is not None


@pytest.mark.parametrize("name", ["../config.yaml", "/etc/passwd", "checkpoints/../x", "checkpoints/x", "best.html"])
def test_no_other_file_is_written(tmp_path: Path, name: str) -> None:
    with pytest.raises(ClusterError, match="none of a training"):
        write(tmp_path / "here", {"config.yaml": b"c", name: b"1"}, ["config.yaml", name])
    assert not (tmp_path / "here" / "config.yaml").exists()


def test_files_travel(tmp_path: Path) -> None:
    here, there = tmp_path / "a" / "here", tmp_path / "there"
    write(here, {"config.yaml": b"c", "checkpoints/epoch-000001.safetensors": b"1"}, ["config.yaml"])
    assert sorted(digests(here)) == ["config.yaml"]
    content = {"checkpoints/epoch-000002.safetensors": b"2", "checkpoints/epoch-000003.safetensors": b"3"}
    write(here, content, ["config.yaml", *content])
    (here / ".lock").write_text("a process")
    (here / "metrics.csv").write_text("seconds")
    assert sorted(digests(here)) == ["checkpoints/epoch-000002.safetensors", "checkpoints/epoch-000003.safetensors",
                                     "config.yaml"]  # fmt: skip
    write(there, {"config.yaml": b"c", **content}, digests(here))
    assert digests(there) == digests(here) != {}
    assert digests(tmp_path / "nowhere") == {}


def test_workers_that_pause_and_hang() -> None:
    members, long = Members(None, "tcp://s:1"), SECONDS_SILENT + 1
    facts = {"status": "running", "last_seen": 1.0, "name": "7", "nthreads": 2, "memory_limit": None}

    def at(time: float, **changed: object) -> tuple[bool, bool]:
        members._take_in({"tcp://a:1": {**facts, **changed}}, time)
        member = members.at("tcp://a:1")
        assert (member.label, member.threads, member.room) == ("worker 7 at tcp://a:1", 2, float("inf"))
        return member.is_fit, member.is_lost

    assert at(0.0) == at(1.0) == (True, False)
    assert at(long) == (False, True)  # it has said nothing since
    assert at(long + 1, last_seen=2.0) == (True, False)
    assert at(long + 2, last_seen=3.0, status="paused") == (False, False)
    assert at(2 * long + 2, last_seen=4.0, status="paused") == (False, True)
    assert at(2 * long + 3, last_seen=5.0) == (True, False)


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (NoSuchData("/data: there is nothing"), "mount it there, or end that worker"),
        (
            OutputError("/disk: no space left."),
            "; that is on the worker's own disk: free some of it, or start the worker with another local directory",
        ),
        (CatnetError("internal error: KeyError: 3"), ""),
    ],
)
def test_errors_that_are_the_workers_own(error: CatnetError, fix: str) -> None:
    with pytest.raises(ClusterError) as caught:
        demand_of_the_training(WORKER, error, compares=False)
    said = str(caught.value)
    assert (
        said.startswith(f"worker 7 at tcp://a:1: {str(error).rstrip('.')}") and said.endswith(fix) and ".;" not in said
    )


@pytest.mark.parametrize("kind", [Diverged, ConfigError, DataError, CheckpointError, NotEnoughMemory])
def test_errors_that_are_the_trainings_own(kind: type[CatnetError]) -> None:
    demand_of_the_training(WORKER, kind("what is wrong"), compares=False)
    with pytest.raises(ClusterError, match="this machine reads: what is wrong; let it read the same files"):
        demand_of_the_training(WORKER, kind("what is wrong; remove it"), compares=True)


def test_processes_that_end() -> None:
    killed = error_of_process(WORKER, -9, 1, "Haswell")
    assert isinstance(killed, NotEnoughMemory) and str(killed).startswith(
        "worker 7 at tcp://a:1: a process that trains"
    )
    assert "twice" in str(killed)
    crashed = error_of_process(WORKER, -11, 0, "Haswell")
    assert isinstance(crashed, Crashed) and "status -11" in str(crashed)
    with pytest.raises(ClusterError, match="cannot compute with the BLAS kernel of this machine, SkylakeX; set"):
        error_of_process(WORKER, -4, 0, "SkylakeX")
