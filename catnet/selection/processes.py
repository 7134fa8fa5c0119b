"""Trainings in several processes, each with one thread: together they take all processors, and none waits for another.

They are plain processes, which neither copy this process's threads nor run the main script again. They read the data
from the cache, as one memory map.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import catnet
from catnet import errors
from catnet.data.decoding import without_interrupts
from catnet.errors import CatnetError, NotEnoughMemory

KILLED = 9  # the signal that ends a process if the memory is used up


def in_processes(task: str, arguments: Sequence[Mapping[str, Any]], jobs: int) -> Iterator[tuple[int, Any]]:
    """The place and the result of each training, as they are done, by so many processes at once.

    Raises the CatnetError of the first that fails, and ends all processes then, and when the caller stops.
    """
    from concurrent.futures import Future, ThreadPoolExecutor, as_completed

    with worker_processes(min(jobs, len(arguments))) as processes, ThreadPoolExecutor(len(processes)) as threads:
        idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        for process in processes:
            idle.put(process)

        def train(place: int) -> tuple[int, Any]:
            process = idle.get()
            try:
                return place, answered(process, {"task": task, "arguments": arguments[place]})
            finally:
                idle.put(process)

        futures: list[Future[tuple[int, Any]]] = []
        try:  # from the first training on: the threads are waited for, and end with the processes
            futures += (threads.submit(train, place) for place in range(len(arguments)))
            for future in as_completed(futures):
                yield future.result()
        finally:
            for process in processes:
                process.kill()
            for future in futures:
                future.cancel()


@contextmanager
def worker_processes(count: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """So many processes of worker.py, which end with the context. Raises OSError if the system does not start them."""
    command = [sys.executable or "", "-P", "-m", "catnet.selection.worker"]
    path = [*filter(None, sys.path), str(Path(catnet.__file__).parents[1])]
    one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "MKL", "OMP", "VECLIB_MAXIMUM")}
    environment = {**os.environ, **one_thread, "PYTHONPATH": os.pathsep.join(path)}
    pipe, processes = subprocess.PIPE, []
    try:
        with without_interrupts():
            for _ in range(count):
                processes.append(
                    subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment)
                )
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def answered(process: "subprocess.Popen[bytes]", asked: Mapping[str, Any]) -> Any:
    """What a process answers to a line of JSON. Raises the CatnetError that it tells."""
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        said = json.loads(process.stdout.readline())
    except (OSError, ValueError):  # it has ended
        status = process.wait()
        if status == -KILLED:
            raise NotEnoughMemory("a process that trains was killed; is there enough memory?") from None
        raise CatnetError(f"a process that trains has ended with the status {status}") from None
    if "error" in said:
        kind, message = said["error"]
        raise getattr(errors, kind, CatnetError)(message)
    return said["result"]
