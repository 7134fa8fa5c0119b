"""By what pictures are decoded: one by one, by threads or by processes."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from threading import Thread
from typing import Any

import numpy as np
import pytest
from PIL import Image

from catnet.data import decoding


def test_threads_are_for_files_that_are_large_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png")
    Image.fromarray(noise[:8, :8]).save(tmp_path / "small.png")
    large, small, absent = (str(tmp_path / f"{name}.png") for name in ("large", "small", "absent"))
    called: list[int] = []
    real = decoding._in_order

    def in_order(read: Any, blocks: Any, threads: int) -> Any:
        called.append(threads)
        return real(read, blocks, threads)

    monkeypatch.setattr(decoding, "_in_order", in_order)
    monkeypatch.setattr(decoding, "available_cores", lambda: 2)

    def threads(paths: list[str]) -> list[int]:
        called.clear()
        blocks = list(decoding.decode_blocks(paths, (4, 4)))
        assert sum(length for length, _ in blocks) == len(paths)
        assert sum(len(block.digests) // 32 + len(block.faults) for _, block in blocks) == len(paths)
        return list(called)

    assert (threads([large] * 9), threads([small] * 9), threads([absent] * 9)) == ([2], [], [])
    assert (threads([large, *[small] * 3]), threads([large]), threads([])) == ([2], [], [])
    monkeypatch.setattr(decoding, "available_cores", lambda: 1)
    assert threads([large] * 9) == []


@pytest.fixture
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Some that two processes decode."""
    monkeypatch.setattr(decoding, "PROCESSES_FROM", 0)
    monkeypatch.setattr(decoding, "available_cores", lambda: 2)
    for value in range(40):
        Image.new("RGB", (5, 5), (value, 0, 0)).save(tmp_path / f"{value:02d}.png")
    return sorted(map(str, tmp_path.glob("*.png")))


def read(paths: list[str]) -> bytes:
    return b"".join(block.pixels for _, block in decoding.decode_blocks(paths, (1, 1)))


PIXELS = b"".join(bytes([value, 0, 0]) for value in range(40))


@pytest.mark.parametrize("executable", ["", None, "/no/python", "/", "/bin/false", "/bin/cat"])
def test_without_an_interpreter_this_process_decodes(
    pictures: list[str], monkeypatch: pytest.MonkeyPatch, executable: str | None, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "executable", executable)
    assert read(pictures) == PIXELS and capfd.readouterr() == ("", "")


@pytest.mark.parametrize("code", [errno.EAGAIN, errno.EMFILE, errno.ENOMEM])
def test_if_only_one_process_starts_this_one_decodes(
    pictures: list[str], monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    real = subprocess.Popen
    started: list[Any] = []

    def start(*arguments: Any, **options: Any) -> Any:
        if started:
            raise OSError(code, os.strerror(code))
        started.append(real(*arguments, **options))
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", start)
    assert read(pictures) == PIXELS and len(started) == 1 and started[0].poll() is not None


@pytest.mark.parametrize("most", [0, 1])
@pytest.mark.parametrize("processes", [0, 10**6])
def test_without_threads_this_one_decodes(
    pictures: list[str], monkeypatch: pytest.MonkeyPatch, most: int, processes: int
) -> None:
    real = Thread.start
    started: list[Thread] = []

    def start(thread: Thread) -> None:
        if len(started) == most:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        real(thread)

    monkeypatch.setattr(decoding, "PROCESSES_FROM", processes)
    monkeypatch.setattr(decoding, "THREADS_FROM", 0)
    monkeypatch.setattr(Thread, "start", start)
    assert read(pictures) == PIXELS and len(started) == most
