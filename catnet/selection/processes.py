"""Trainings in several processes, each with one thread: together they take all processors, and none waits for another.

They are plain processes, which neither copy this process's threads nor run the main script again. They read the data
from the cache, as one memory map.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Lock
from typing import Any

import catnet
from catnet import errors
from catnet.data.decoding import without_interrupts
from catnet.errors import CatnetError, NotEnoughMemory
from catnet.selection.pool import Pool

KILLED = 9  # the signal that ends a process if the memory is used up
TWICE = "a process that trains was killed twice, the second time while no other trained; is there enough memory?"
SECONDS_BETWEEN_LOOKS = 0.2  # at whether the user wants to stop


@contextmanager
def workers(count: int) -> Iterator["Workers"]:
    """So many processes of worker.py, or as many as the system starts, which end with the context.

    Raises CatnetError if it starts none.
    """
    found = Workers(count)
    try:
        yield found
    finally:
        found.close()


class Crashed(CatnetError):
    """A process has ended in the middle of a training, and not for want of memory, as far as is known."""


class Ended(Exception):
    """A process has ended in the middle of a training, with this status; `twice`: it was the second one of it."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status, self.twice = status, False

    @property
    def error(self) -> CatnetError:
        """The error that tells it."""
        if self.status == -KILLED:
            return NotEnoughMemory(TWICE if self.twice else "a process that trains was killed; is there enough memory?")
        return Crashed(f"a process that trains has ended{' twice' * self.twice} with the status {self.status}")


class Workers:
    """Processes of worker.py, which stay from one list of trainings to the next."""

    def __init__(self, count: int) -> None:
        self._processes: list[subprocess.Popen[bytes]] = []
        self._idle: SimpleQueue[int] = SimpleQueue()
        self._ended, self._lock = False, Lock()
        with without_interrupts():
            try:
                for place in range(count):
                    self._processes.append(started())
                    self._idle.put(place)
            except OSError as error:  # there are as many processes as there may be: fewer have to do
                if not self._processes:
                    raise CatnetError(f"the system starts no process to train in: {error.strerror or error}") from error
            except BaseException:
                self.close()
                raise

    @property
    def count(self) -> int:
        """How many are trained at once."""
        return len(self._processes)

    @property
    def way(self) -> str:
        """How, in words."""
        return f"in {self.count} processes of one thread each"

    def demand_same(self, pool: Pool) -> None:
        """Nothing: they read the same files."""

    def results(
        self,
        task: str,
        arguments: Sequence[Mapping[str, Any]],
        as_results: tuple[type[CatnetError], ...] = (),
        stop: Callable[[], bool] = lambda: False,
        again: bool = False,
    ) -> Iterator[tuple[int, Any]]:
        """The place and the result of each training, as they are done.

        Raises the CatnetError of the first that fails, unless it is of the kinds `as_results`. If `stop()` becomes true
        no more come. All processes are ended when an error is raised, and when the caller stops, or `stop` says so.
        `again`: a training whose process was killed is done once more, at the end, while no other trains: together they
        may have had too little memory.
        """
        killed: list[int] = []
        with closing(self._round(task, arguments, range(len(arguments)), len(self._processes), stop)) as results:
            for place, found in results:
                if isinstance(found, Ended) and again:
                    killed.append(place)
                else:
                    yield place, result_of(found, as_results)
        if not killed or self._ended:
            return
        self._forget()
        with closing(self._round(task, arguments, killed, 1, stop)) as results:
            for place, found in results:
                if isinstance(found, Ended):
                    found.twice = True
                yield place, result_of(found, as_results)

    def _round(
        self,
        task: str,
        arguments: Sequence[Mapping[str, Any]],
        places: Sequence[int],
        most: int,
        stop: Callable[[], bool],
    ) -> Generator[tuple[int, Any], None, None]:
        """The results of the trainings at these places, so many at once; an error is a result too."""
        from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

        def train(place: int) -> tuple[int, Any]:
            worker = self._idle.get()
            try:
                return place, answered(self._alive(worker), {"task": task, "arguments": arguments[place]})
            except (CatnetError, Ended) as error:
                return place, error
            finally:
                self._idle.put(worker)

        with ThreadPoolExecutor(most) as threads:
            futures: list[Future[tuple[int, Any]]] = []
            all_done = False
            try:  # from the first training on: the threads are waited for, and end with the processes
                futures += (threads.submit(train, place) for place in places)
                waiting = set(futures)
                while waiting and not stop():
                    done, waiting = wait(waiting, SECONDS_BETWEEN_LOOKS, FIRST_COMPLETED)
                    yield from (future.result() for future in done)
                all_done = not waiting
            finally:
                if not all_done:
                    self.kill()
                for future in futures:
                    future.cancel()

    def _alive(self, worker: int) -> "subprocess.Popen[bytes]":
        """The process of a worker; a new one if it was killed, unless all are to end."""
        with self._lock:
            if self._processes[worker].poll() is not None and not self._ended:
                self._processes[worker].communicate()
                with without_interrupts():
                    self._processes[worker] = started()
            return self._processes[worker]

    def _forget(self) -> None:
        """Ends all processes, none of which trains, to free what they keep in memory; new ones begin if needed."""
        for process in self._processes:
            process.kill()
            process.wait()

    def kill(self) -> None:
        """Ends all processes for good."""
        with self._lock:
            self._ended = True
            for process in self._processes:
                process.kill()

    def close(self) -> None:
        """Ends all processes and waits for that."""
        self.kill()
        for process in self._processes:
            process.communicate()


def started(environment: Mapping[str, str] = {}) -> "subprocess.Popen[bytes]":
    """A process of worker.py, with these variables too. Raises OSError if the system does not start it."""
    command = [sys.executable or "", "-P", "-m", "catnet.selection.worker"]
    path = [*filter(None, sys.path), str(Path(catnet.__file__).parents[1])]
    one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "MKL", "OMP", "VECLIB_MAXIMUM")}
    variables = {**os.environ, **one_thread, **environment, "PYTHONPATH": os.pathsep.join(path)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=variables)


def answered(process: "subprocess.Popen[bytes]", asked: Mapping[str, Any]) -> Any:
    """What a process answers to a line of JSON. Raises the CatnetError that it tells, or Ended."""
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
        said = json.loads(process.stdout.readline())
    except (OSError, ValueError):  # it has ended
        raise Ended(process.wait()) from None
    if "error" in said:
        kind, message = said["error"]
        raise of_kind(kind, message)
    return said["result"]


def result_of(found: Any, as_results: tuple[type[CatnetError], ...]) -> Any:
    """What was found, also an error of these kinds. Raises another error."""
    if isinstance(found, Ended):
        found = found.error
    if isinstance(found, CatnetError) and not isinstance(found, as_results):
        raise found
    return found


def of_kind(name: str, message: str) -> CatnetError:
    """The error of this name, or, if that needs more than a message, of the kind that it is one of."""
    for kind in getattr(errors, name, CatnetError).__mro__:
        with suppress(TypeError):
            error: CatnetError = kind(message)
            return error
    return CatnetError(message)
