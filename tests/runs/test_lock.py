"""The lock of a run directory: what cannot be locked, and what is never written into."""

import errno
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from catnet.errors import OutputError, RunInUse
from catnet.runs import lock
from catnet.runs.directory import RunDirectory
from catnet.runs.files import make_folders, remove_leftovers
from catnet.runs.lock import Lock

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "r+")
fcntl.flock(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("kind", ["dead link", "link", "pipe", "folder"])
def test_what_is_no_lock(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ".lock"
    (tmp_path / "mine").write_text("mine")
    match kind:
        case "dead link":
            path.symlink_to("nowhere")
        case "link":
            path.symlink_to("mine")
        case "pipe":
            os.mkfifo(path)
        case _:
            path.mkdir()
    before = path.lstat()
    with pytest.raises(OutputError, match=rf"\.lock: is a {kind.split()[-1]}, not the file that is locked; remove it$"):
        Lock(tmp_path)
    assert path.lstat() == before
    assert (tmp_path / "mine").read_text() == "mine"
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("text", ["", "mine", "process 12 on elsewhere\n"])
def test_a_lock_with_another_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine").write_text(text)
    (tmp_path / ".lock").hardlink_to(tmp_path / "mine")
    held = Lock(tmp_path)
    assert (tmp_path / "mine").read_text() == text
    held.release()
    assert (tmp_path / "mine").read_text() == text


def test_a_file_of_another_program(tmp_path: Path) -> None:
    (tmp_path / ".lock").write_text("mine")
    Lock(tmp_path).release()
    assert (tmp_path / ".lock").read_text() == "mine"


def test_a_file_that_may_not_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".lock").touch()

    def acquire(*arguments: object, **named: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(lock.FileLock, "acquire", acquire)
    with pytest.raises(OutputError, match=r"Permission denied; remove it, if no other process uses the run$"):
        Lock(tmp_path)


@pytest.mark.parametrize("error", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int) -> None:
    fcntl = pytest.importorskip("fcntl")

    def flock(*arguments: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr(fcntl, "flock", flock)
    with warnings.catch_warnings(), pytest.raises(OutputError, match=r"\.lock: .*its file system has no locks: take"):
        warnings.simplefilter("error")
        RunDirectory.create(tmp_path / "run")
    assert not (tmp_path / "run").exists()
    monkeypatch.undo()
    RunDirectory.create(tmp_path / "run").close()


@pytest.mark.parametrize("failing", ["open", "mkdir", "write"])
def test_a_directory_in_which_nothing_can_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """It does not stay, so that its name is free."""

    def full(*arguments: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if failing == "open":
        monkeypatch.setattr(lock.FileLock, "acquire", full)
    elif failing == "mkdir":
        real = Path.mkdir
        monkeypatch.setattr(
            Path, "mkdir", lambda path, **how: full() if path.name == "checkpoints" else real(path, **how)
        )
    with pytest.raises(OutputError, match="No space left on device"):
        run = RunDirectory.create(tmp_path / "run")
        monkeypatch.setattr("catnet.runs.directory.write_atomically", full)
        try:
            run.write_config("goal: 1.0\n")
        except OSError as error:
            run.discard()
            raise OutputError(str(error)) from error
    assert not (tmp_path / "run").exists()
    monkeypatch.undo()
    run = RunDirectory.create(tmp_path / "run")
    run.write_config("goal: 1.0\n")
    run.discard()
    assert (tmp_path / "run" / "config.yaml").exists()


def test_a_holder_without_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("fcntl")
    (tmp_path / ".lock").touch()
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path / ".lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(RunInUse, match=r": another process uses it; wait for it, or end it$"):
        Lock(tmp_path)
    (tmp_path / ".lock").write_text(f"process {other.pid} on elsewhere\n")
    with pytest.raises(
        RunInUse, match=rf": process {other.pid} on elsewhere is training in it; wait for it, or end it$"
    ):
        Lock(tmp_path)
    other.communicate(b"")
    Lock(tmp_path).release()


def test_a_folder_that_is_a_link_that_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").symlink_to("nowhere")
    with pytest.raises(OSError, match="is a link that leads nowhere; remove it"):
        make_folders(tmp_path / "checkpoints")
    remove_leftovers(tmp_path / "checkpoints")
    (tmp_path / "file").touch()
    remove_leftovers(tmp_path / "file")
