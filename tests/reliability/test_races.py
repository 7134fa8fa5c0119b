"""One run, one directory: of two processes exactly one trains in it."""

import re
import shutil
import signal
import socket
from pathlib import Path

from children import Child
from disk import Disk
from trials import TALLY, finish, number, prepare, words

SHORT = """\
goal: 1.0
data: {path: table.csv, classes: [y]}
train: {epochs: 3}
"""


def test_two_starts_in_one_directory(place: Path) -> None:
    races = number(12, 100)
    folder = prepare(place / "trial", config=SHORT)
    for race in range(races):
        pair = [
            Child(folder, "train", "config.yaml", "--run-dir", f"run{race}", "--no-report", hold=True) for _ in range(2)
        ]
        assert sorted(child.returns() for child in pair) == [0, 6], [child.text() for child in pair]
        for child in pair:
            child.release()
            child.wait()
    TALLY.append(f"two starts with one --run-dir: {races} races; exactly one ran in each")


def test_two_numbered_starts(place: Path) -> None:
    folder = prepare(place / "trial", config=SHORT)
    children = [Child(folder, "train", "config.yaml", "--no-report") for _ in range(4)]
    assert [child.wait() for child in children] == [0] * 4
    runs = sorted(path.name for path in (folder / "runs").iterdir())
    assert runs == ["config-001", "config-002", "config-003", "config-004"]


def test_two_that_resume_one_run(place: Path) -> None:
    races = number(12, 100)
    stopped = prepare(place / "stopped")
    child = Child(stopped, *words(stopped), disk=Disk(stopped, at=60))
    assert child.wait() == -signal.SIGKILL
    for race in range(races):
        folder = place / str(race)
        shutil.copytree(stopped, folder)
        pair = [Child(folder, "train", "--resume", "run", "--no-report", hold=True) for _ in range(2)]
        codes = [child.returns() for child in pair]
        assert sorted(codes) == [0, 6], [child.text() for child in pair]
        winner, loser = pair[codes.index(0)], pair[codes.index(6)]
        expected = (
            f"run: process {winner.process.pid} on {socket.gethostname()} is training in it; wait for it, or end it\n"
        )
        # between taking the lock and writing to it, the holder has no name yet
        assert loser.text() in (expected, re.sub(r"process .* in it", "another process uses it", expected))
        for child in pair:
            child.release()
            child.wait()
    TALLY.append(f"two that resume one run: {races} races; exactly one ran in each")


def test_the_lock_is_free_after_kill_9(place: Path) -> None:
    folder = prepare(place / "trial")
    holder = Child(folder, *words(folder), hold=True)
    assert holder.returns() == 0
    assert Child(folder, "train", "--resume", "run").wait() == 6
    holder.send(signal.SIGKILL)
    assert holder.wait() == -signal.SIGKILL
    finish(folder)
