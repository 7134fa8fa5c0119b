"""Workers on this machine: what they are, and that nothing of them is left."""

import os
import platform
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from dask_processes import until

import catnet
from catnet.cluster import local, survey
from catnet.cluster.connect import Cluster, connected
from catnet.cluster.survey import versions_here
from catnet.engine.parallel import blas
from catnet.errors import ConfigError

BLAS = blas()
KERNEL = str(BLAS["kernel"])


def test_the_workers_are_told(cluster: Cluster) -> None:
    head, *lines = cluster.lines()
    assert head.startswith("cluster: 2 workers at tcp://127.0.0.1:") and f"catnet {catnet.__version__}" in head
    python = platform.python_version()
    for place, (line, told) in enumerate(zip(lines, cluster.workers, strict=True)):
        assert line.startswith(f"  worker {place} on {socket.gethostname()}: 1 thread, {BLAS['library']} {KERNEL}, ")
        assert line.endswith(f"B, Python {python}")
        assert told.address.startswith("tcp://127.0.0.1:") and told.versions == versions_here()
        assert told.blas == BLAS | {"threads": 1} and psutil.Process(told.pid).is_running()
    assert cluster.warnings == ()


def test_local_workers_share_the_memory_with_this_process(cluster: Cluster) -> None:
    limits = {told.memory_limit for told in cluster.workers}
    assert len(limits) == 1 and 0 < 3 * limits.pop() <= psutil.virtual_memory().total


def in_the_worker() -> tuple[dict[str, str], bool]:
    return dict(os.environ), signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_local_workers_have_one_thread_and_this_kernel_and_no_interrupts(cluster: Cluster) -> None:
    for environment, is_held_back in cluster.client.run(in_the_worker).values():
        assert is_held_back
        assert environment["OPENBLAS_NUM_THREADS"] == environment["OMP_NUM_THREADS"] == "1"
        assert environment.get("OPENBLAS_CORETYPE") == (KERNEL if BLAS["library"] == "openblas" else None)


def children() -> set[int]:
    """The processes that this one has started, without the one by which Python knows what they leave behind."""
    every = psutil.Process().children(recursive=True)
    return {child.pid for child in every if "resource_tracker" not in " ".join(child.cmdline())}


def wait_long(seconds: float) -> None:
    threading.Event().wait(seconds)


def test_nothing_is_left_after_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before, environment = children(), dict(os.environ)
    with pytest.raises(ZeroDivisionError), connected("local:2") as cluster:
        tasks = cluster.client.map(wait_long, [60, 61])
        until(lambda: any(cluster.client.processing().values()))
        assert len(children() - before) == 2 and list(tmp_path.iterdir()) and tasks
        assert os.environ == environment
        1 / 0  # noqa: B018
    assert children() <= before
    assert not survey.answers(cluster.address, 0.3)
    assert list(tmp_path.iterdir()) == []


def test_workers_end_if_this_process_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import os\nfrom catnet.cluster.connect import connected\nif __name__ == '__main__':\n"
        "    with connected('local:2') as cluster:\n"
        "        print(*(worker.pid for worker in cluster.workers))\n        os.kill(os.getpid(), 9)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(catnet.__file__).parents[1]), "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, str(program)], env=environment, capture_output=True, text=True, timeout=60)
    pids = list(map(int, done.stdout.split()))
    assert done.returncode == -9 and len(pids) == 2
    until(lambda: not any(map(psutil.pid_exists, pids)))


def test_more_than_this_machine_can_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "available_cores", lambda: 2)
    with (
        pytest.raises(ConfigError, match=r"^local:9: this machine has 2 processors; give local:8 at most"),
        connected("local:9"),
    ):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_as_they_are_started(tmp_path: Path, number: int) -> None:
    """It waits until they have been, so that they can be ended, and nothing of them is left."""
    program = tmp_path / "program.py"
    program.write_text(
        "import os, signal\nfrom catnet.cluster import local\nfrom catnet.cli.cluster import cluster_at\n"
        "cluster_of = local.cluster_of\n"
        f"def slowly(count):\n    os.kill(os.getpid(), {number:d})\n    return cluster_of(count)\n"
        "local.cluster_of = slowly\n"
        "if __name__ == '__main__':\n    with cluster_at('local:1'):\n        print('never')\n"
    )
    files = tmp_path / "files"
    files.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(Path(catnet.__file__).parents[1]), "TMPDIR": str(files)}
    done = subprocess.run([sys.executable, str(program)], env=environment, capture_output=True, text=True, timeout=60)
    assert "never" not in done.stdout and "atexit" not in done.stderr and "KeyError" not in done.stderr
    assert ("KeyboardInterrupt" if number == signal.SIGINT else "Exit: 143") in done.stderr
    assert list(files.iterdir()) == []
