"""How a command ends: at once, but only after all that is registered for the end, and with nothing unwritten."""

import os
import subprocess
import sys

import pytest

CALL = "import sys; sys.argv = ['catnet', {}]; import catnet.cli.main as main; {}; main.main()"


def ended(argument: str, before: str = "") -> subprocess.CompletedProcess[str]:
    code = CALL.format(repr(argument), before or "pass")
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


def test_exit_codes() -> None:
    assert ended("--version").returncode == 0
    assert ended("no-such-command").returncode == 2


def test_what_is_registered_for_the_end_has_its_turn() -> None:
    result = ended("--version", "import atexit; atexit.register(print, 'registered')")
    assert result.stdout.splitlines()[1:] == ["registered"] and result.returncode == 0


def test_what_others_left_in_the_streams_is_written() -> None:
    before = "print('before', end=' '); sys.stderr.write('a message')"
    result = ended("--version", before)
    assert "before" in result.stdout and "catnet" in result.stdout and result.stderr == "a message"


def test_what_others_left_in_a_full_stream_is_no_traceback() -> None:
    if not os.path.exists("/dev/full"):
        return
    code = CALL.format("'--version'", "sys.stderr.write('a message')")
    with open("/dev/full", "w") as full:
        result = subprocess.run([sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert result.returncode == 5 and b"Traceback" not in result.stderr


def test_no_interpreter_is_torn_down() -> None:
    before = "sys.kept = type('Kept', (), {'__del__': lambda self: os.write(1, b'torn down')})(); import os"
    assert "torn down" not in ended("--version", before).stdout


def test_a_profiler_has_the_last_word() -> None:
    command = [sys.executable, "-m", "cProfile", "-m", "catnet", "--version"]
    assert "function calls" in subprocess.run(command, capture_output=True, text=True, check=True).stdout


FRAMES = """
import resource, sys
import catnet.cli.main as main

def fresh_pages(): return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
def called(): pass
called.__code__ = called.__code__.replace(co_stacksize=100)  # a larger frame than that of deep

def deep(frames):
    before = fresh_pages()
    for _ in range(1000):
        called()
    fresh.append(fresh_pages() - before)
    return deep(frames - 1) if frames else 0

fresh = []
main.run_command = lambda: deep(300)
run = main.run
if sys.argv[1] == "without":
    run.__code__ = run.__code__.replace(co_stacksize=10)
run()
print(max(fresh))
"""


def most_fresh_pages(way: str) -> int:
    """The most pages of memory that 1000 calls took anew, at any depth of the frames below `run`."""
    return int(subprocess.run([sys.executable, "-c", FRAMES, way], capture_output=True, check=True).stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="counts page faults")
def test_no_call_maps_memory_anew_however_deep() -> None:
    assert most_fresh_pages("with") < 500


@pytest.mark.skipif(sys.platform != "linux" or sys.version_info >= (3, 14), reason="how CPython keeps its frames")
def test_the_trial_finds_calls_that_do() -> None:
    assert most_fresh_pages("without") >= 1000
