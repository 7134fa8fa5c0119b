"""The standard streams as shells, pipes and terminals leave them: closed, full, broken, in another encoding."""

import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from PIL import Image

CATNET = f"'{sys.executable}' -m catnet"
CAT = "\u732b"  # cat, in a script that no 8-bit encoding has
CONFIG = "goal: 3.0\ndata: {path: d, image_size: [4, 4]}\ntrain: {epochs: 12}\n"
full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")

Shell = Callable[..., CompletedProcess[str]]


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Runs a line of bash, with CATNET in it, in a folder with data and a configuration."""
    for name, grey in ((CAT, 20), ("dog", 200)):
        (tmp_path / "d" / name).mkdir(parents=True)
        for i in range(5):
            Image.new("RGB", (4, 4), (grey + i,) * 3).save(tmp_path / "d" / name / f"{i}.png")
    (tmp_path / "c.yaml").write_text(CONFIG)

    def run(line: str, **environment: str) -> CompletedProcess[str]:
        line = "set -o pipefail; " + line.replace("catnet ", f"{CATNET} ")
        everything = {**os.environ, "OPENBLAS_NUM_THREADS": "1", **environment}
        options = {"capture_output": True, "encoding": "utf-8", "timeout": 100}
        return subprocess.run(["bash", "-c", line], cwd=tmp_path, env=everything, **options)  # type: ignore[call-overload]

    return run


def is_whole(run: Path) -> bool:
    """Whether a training has left all that it leaves, and nothing else in it."""
    assert json.loads((run / "summary.json").read_text(encoding="utf-8"))["epochs"] == 12
    lines = (run / "metrics.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("epoch,train_cost,") and len(lines) == 13
    assert (run / "config.yaml").read_text(encoding="utf-8").startswith("# the resolved configuration")
    return (run / "best.safetensors").is_file()


CLOSED = [">&-", "2>&-", "<&-", ">&- 2>&- <&-"]


@pytest.mark.parametrize("closed", CLOSED)
def test_closed_streams_end_no_training(shell: Shell, tmp_path: Path, closed: str) -> None:
    done = shell(f"catnet train c.yaml --no-report --run-dir r {closed}")
    assert done.returncode == 0, done.stderr
    assert is_whole(tmp_path / "r")
    assert ("run: r\n" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))
    assert ("epoch 12/12" in done.stderr) == ("2>&-" not in closed)
    for line, codes in (
        ("predict d --model r", {0, 5}),
        ("evaluate r", {0, 5}),
        ("predict none.png --model r", {3}),
        ("--help", {0, 5}),
        ("trainn", {2}),
    ):
        done = shell(f"catnet {line} {closed}")
        assert done.returncode in codes, done.stderr
        assert "internal error" not in done.stderr and "Traceback" not in done.stderr


@full
@pytest.mark.parametrize("target", ["2>/dev/full", "2>/dev/full >/dev/null", "2>/dev/full >&-"])
def test_messages_that_cannot_be_written_end_no_training(shell: Shell, tmp_path: Path, target: str) -> None:
    assert shell(f"catnet train c.yaml --no-report --run-dir r {target}").returncode == 0
    assert is_whole(tmp_path / "r")


@full
def test_results_that_cannot_be_written_are_an_error_after_all_is_saved(shell: Shell, tmp_path: Path) -> None:
    done = shell("catnet train c.yaml --run-dir r >/dev/full")
    assert done.returncode == 5
    assert done.stderr.endswith("report: r/report.html\nstandard output: No space left on device\n")
    assert is_whole(tmp_path / "r")
    assert (tmp_path / "r" / "report.html").is_file()


def test_a_reader_that_leaves_ends_no_training(shell: Shell, tmp_path: Path) -> None:
    done = shell("catnet train c.yaml --set train.epochs=12 --run-dir r 2>&1 | head -1")
    assert (done.returncode, done.stderr) == (5, "")  # the results could not be written
    assert is_whole(tmp_path / "r")
    assert (tmp_path / "r" / "report.html").is_file()
    done = shell("catnet train c.yaml --no-report --run-dir s 2> >(head -1 >&2)")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("run: s\n")
    assert is_whole(tmp_path / "s")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252:strict"])
def test_an_encoding_ends_nothing(shell: Shell, encoding: str) -> None:
    done = shell("catnet train c.yaml --no-report --run-dir r && catnet predict d --model r", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr
    assert "dog, \\u732b" in done.stderr and "\\u732b 0." in done.stdout


@pytest.mark.parametrize("encoding", ["cp1252", "ascii:strict"])
def test_what_an_encoding_cannot_show_becomes_escapes(shell: Shell, encoding: str) -> None:
    def ascii_of(line: str, code: int = 0) -> str:
        done = shell(line, PYTHONIOENCODING=encoding)
        assert done.returncode == code, done.stderr
        assert (done.stdout + done.stderr).isascii()
        return done.stdout + done.stderr

    assert "dog, \\u732b" in ascii_of("catnet train c.yaml --no-report --run-dir r")
    assert "\\u732b 0." in ascii_of("catnet predict d --model r")
    assert "\\u732b" in ascii_of("catnet evaluate r --split train")
    assert "speaks for \\u732b" in ascii_of(f"catnet explain d/{CAT}/0.png --model r --class {CAT}")
    assert "r\\u732b" in ascii_of(f"mv r r{CAT}; catnet compare r{CAT} r{CAT}")
    assert "such command '\\u732b'" in ascii_of(f"catnet {CAT}", 2)
    assert "\\u732b.png: there is no such file" in ascii_of(f"catnet predict {CAT}.png --model r{CAT}", 3)
    assert "train.\\u732b: unknown key" in ascii_of(f"catnet train c.yaml --set train.{CAT}=1", 2)
    assert "--\\u732b" in ascii_of(f"catnet predict --{CAT}", 2)
    answers = ascii_of(f"catnet predict --json d --model r{CAT} 2>/dev/null").splitlines()
    assert {json.loads(line)["file"].split("/")[1] for line in answers} == {CAT, "dog"}
    words = {"COMP_WORDS": "catnet pre", "COMP_CWORD": "1", "_CATNET_COMPLETE": "bash_complete"}
    assert shell("catnet ", PYTHONIOENCODING=encoding, **words).stdout == "plain,predict\n"


def test_the_locale_c(shell: Shell) -> None:
    assert shell("catnet train c.yaml --no-report --run-dir r", LC_ALL="C").returncode == 0
    for more in ({}, {"PYTHONUTF8": "0"}):
        done = shell("catnet predict d --model r", LC_ALL="C", **more)
        assert done.returncode == 0, done.stderr
        assert (f"{CAT} 0." if not more else "\\u732b 0.") in done.stdout


def test_a_bar_on_a_terminal_that_shows_ascii_alone(shell: Shell, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    command = [sys.executable, "-m", "catnet", "train", "c.yaml", "--no-report", "--run-dir", "r"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=tmp_path, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    shown = b""
    while True:
        try:
            shown += os.read(ours, 65536)
        except OSError:
            break
    os.close(ours)
    assert process.wait(60) == 0
    assert b"12/12 |###" in shown and b"\\u732b" in shown
    assert shown.isascii()


def test_a_terminal_that_goes_away_ends_no_training(shell: Shell, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "catnet", "train", "c.yaml", "--no-report", "--run-dir", "r"]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=theirs, env=environment)
    os.close(theirs)
    os.close(ours)
    assert process.wait(60) == 0
    assert is_whole(tmp_path / "r")
