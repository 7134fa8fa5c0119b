"""Only regular files are read, and nothing waits."""

import errno
import os
import socket
import stat
import sys
from pathlib import Path

import pytest

from catnet import files
from catnet.files import NotRegular, TooLarge, is_there, open_regular, read_regular

needs_fifos = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
needs_proc = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system has no /proc")


def test_a_file_is_read_up_to_its_size(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\r\n12\x1a3")
    (tmp_path / "link").symlink_to("a")
    assert read_regular(tmp_path / "link", 6) == b"\r\n12\x1a3"
    with open_regular(str(tmp_path / "a")) as file:
        assert file.read() == b"\r\n12\x1a3"


def test_a_link_is_refused_if_none_is_to_be_followed(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "link").symlink_to("a")
    with open_regular(tmp_path / "a", follow_links=False) as file:
        assert file.read() == b"1"
    with pytest.raises(NotRegular, match="it is a link"):
        open_regular(tmp_path / "link", follow_links=False)


def test_an_empty_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert read_regular(tmp_path / "a", 0) == b""


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    os.truncate(tmp_path / "a", 1 << 40)
    with pytest.raises(TooLarge, match="it has 1,099,511,627,776 bytes, and at most 1,000 are read"):
        read_regular(tmp_path / "a", 1000)


@needs_fifos
def test_a_pipe_a_socket_a_device_and_a_folder_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    monkeypatch.chdir(tmp_path)  # the name of a socket has at most 107 bytes
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        named = {
            "pipe": "a pipe",
            "link": "a pipe",
            "socket": "a socket",
            "/dev/zero": "a device",
            "/dev/tty": "a device",
        }
        for path, kind in named.items():
            with pytest.raises(NotRegular) as refused:
                open_regular(path)
            assert refused.value.strerror == f"it is {kind}, and only regular files are read; {files.COPY}"
            assert refused.value.filename == path
    with pytest.raises(IsADirectoryError, match="Is a directory"):
        open_regular(tmp_path)


@needs_fifos
def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").touch()
    before = os.stat(tmp_path / "a")
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.setattr(os, "stat", lambda _: before)
    opened = set(os.listdir("/dev/fd"))
    with pytest.raises(NotRegular):
        open_regular(tmp_path / "pipe")
    assert set(os.listdir("/dev/fd")) == opened


@needs_proc
@pytest.mark.parametrize("path", ["/proc/version", "/proc/self/mem", "/proc/self/environ"])
def test_a_file_without_a_size_is_refused(path: str) -> None:
    with pytest.raises(NotRegular, match="says that it is empty, and is not"):
        read_regular(path, 1000)


def test_what_is_not_there_is_told_from_what_cannot_be_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "loop").symlink_to("loop")
    assert is_there(tmp_path / "a") and is_there(tmp_path, stat.S_ISDIR)
    assert not is_there(tmp_path) and not is_there(tmp_path / "a", stat.S_ISDIR)
    for name in ("none", "a/none", "loop", "x" * 300, "a\0b"):
        assert not is_there(tmp_path / name)

    def refuse(path: Path) -> os.stat_result:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "stat", refuse)
    with pytest.raises(PermissionError):
        is_there(tmp_path / "a")


@pytest.mark.skipif(sys.platform == "win32" or not os.geteuid(), reason="needs a user who may not read everything")
def test_what_the_system_refuses_is_said(tmp_path: Path) -> None:
    (tmp_path / "a").touch(mode=0)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0
    with pytest.raises(PermissionError):
        open_regular(tmp_path / "a")


def test_a_path_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="null"):
        open_regular("a\0b")
