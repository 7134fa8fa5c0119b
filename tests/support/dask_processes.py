"""Schedulers and workers as processes of their own, as a user starts them on several machines."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep

import psutil

import catnet
from catnet.engine.parallel import blas

SECONDS = 30  # for a process to do what it is waited for
HERE = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")


@contextmanager
def started(program: str, folder: Path, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """`dask scheduler ARGUMENTS` or `dask worker ARGUMENTS`, which is killed with all its processes at the end."""
    command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *arguments, *HERE]
    path = os.pathsep.join(filter(None, [environment.pop("FIRST", ""), str(Path(catnet.__file__).parents[1])]))
    everything = {**os.environ, "PYTHONPATH": path, "DASK_TEMPORARY_DIRECTORY": str(folder), **environment}
    with (folder / f"{program}.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, env=everything, stdout=log, stderr=log)
    try:
        yield process
    finally:
        kill_all(process)


def kill_all(process: subprocess.Popen[bytes]) -> None:
    """Kills a process and those that it has started."""
    if process.poll() is None:
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
    process.kill()
    process.wait()


@contextmanager
def scheduler(folder: Path, *arguments: str, **environment: str) -> Iterator[tuple[Path, subprocess.Popen[bytes]]]:
    """A scheduler without workers: its file, and its process."""
    file = folder / "scheduler.json"
    with started(
        "scheduler", folder, "--port", "0", "--scheduler-file", str(file), *arguments, **environment
    ) as process:
        until(file.exists)
        yield file, process


@contextmanager
def worker(file: Path, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of one thread without a nanny, with the kernel that this process has."""
    kernel = {"OPENBLAS_CORETYPE": str(blas()["kernel"]), "OPENBLAS_NUM_THREADS": "1"}
    arguments = ("--scheduler-file", str(file), "--nthreads", "1", "--no-nanny", *arguments)
    with started("worker", file.parent, *arguments, **(kernel | environment)) as process:
        yield process


def with_other_dask(folder: Path) -> dict[str, str]:
    """The environment of a process in which catnet sees another version of dask."""
    (folder / "sitecustomize.py").write_text(
        "import importlib.metadata as metadata\nfound = metadata.version\n"
        "metadata.version = lambda name: '1.0' if name == 'dask' else found(name)\n"
    )
    return {"FIRST": str(folder)}


def until(true: Callable[[], object]) -> None:
    """Waits until a function returns something true."""
    for _ in range(SECONDS * 20):
        if true():
            return
        sleep(0.05)
    raise AssertionError(f"still not after {SECONDS} s")
