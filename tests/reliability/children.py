"""Runs `catnet ...` in processes that can be killed, disturbed and watched.

They are forked from a server that has imported what catnet needs, so that hundreds of them take seconds. What a
child runs is the command itself. Beside it a child tells its parent of each save that has returned: those epochs are
acknowledged. The variants are faults put into catnet in the child, which the trials must find.
"""

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from disk import Disk

from catnet.cli.blas import prefer_kernel

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(
    [
        "catnet.cli.main",
        "catnet.cli.train",
        "catnet.cli.predict",
        "catnet.training.resume",
        "tqdm",
        "hypothesis",
        "pytest",
    ]
)
LONGEST = 60.0  # seconds, of a child
SOON = 3.0  # seconds in which a process that has nothing to do any more must end, on a busy machine


@cache
def start_server() -> None:
    """Starts the server, with what the command `catnet` sets before it loads NumPy: so a child computes as it does."""
    before = dict(os.environ)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    prefer_kernel()
    forkserver.ensure_running()
    os.environ.clear()
    os.environ.update(before)


class Child:
    """A process that runs `catnet ARGUMENTS` in a folder."""

    def __init__(
        self,
        folder: Path,
        *arguments: object,
        variant: str = "",
        disk: Disk | None = None,
        hold: bool = False,
        cache: Path | None = None,
        output: Path | None = None,
    ) -> None:
        """Starts it. With `hold` it stays, once the command has ended, until `release`. `cache`: as CATNET_CACHE. What
        it prints is in `output`, by default a file in the folder.
        """
        start_server()
        self.output = output or folder / f"output-{time.monotonic_ns()}.txt"
        self._said, said = SERVER.Pipe(duplex=False)
        held, self._hold = SERVER.Pipe(duplex=False)
        words = [str(argument) for argument in arguments]
        self.process = SERVER.Process(
            target=run, args=(folder, words, self.output, said, variant, disk, held if hold else None, cache)
        )
        self.process.start()
        said.close()
        held.close()
        self._started = False
        self.acknowledged = 0
        self.returned: int | None = None

    def started(self) -> "Child":
        """Waits until the command is about to run."""
        self._said.recv()
        self._started = True
        return self

    def saves(self) -> None:
        """Waits until a save has returned, or the command."""
        while self.acknowledged == 0 and self.returned is None:
            self._listen(self._said.recv())

    def returns(self) -> int:
        """Waits until the command has ended; its exit code."""
        while self.returned is None:
            self._listen(self._said.recv())
        return self.returned

    def release(self) -> None:
        """Lets a child that holds end."""
        self._hold.send("end")

    def send(self, what: signal.Signals) -> None:
        """Sends a signal, unless the process has ended."""
        if self.process.exitcode is None and self.process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, what)

    def wait(self) -> int:
        """The exit code of the process; negative: the signal that killed it."""
        self.process.join(LONGEST)
        assert self.process.exitcode is not None, f"it hangs: {self.text()}"
        try:
            while True:
                self._listen(self._said.recv())
        except (EOFError, OSError):
            pass
        self._said.close()
        self._hold.close()
        return self.process.exitcode

    def _listen(self, said: tuple[str, int]) -> None:
        what, number = said
        if what == "saved":
            self.acknowledged = max(self.acknowledged, number)
        elif what == "returned":
            self.returned = number

    def text(self) -> str:
        """What it has printed."""
        return self.output.read_text() if self.output.exists() else ""


def workers_of(child: Child) -> list[int]:
    """The processes that it has started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = path.read_text().rpartition(")")[2].split()[1]
            if int(parent) == child.process.pid:
                found.append(int(path.parent.name))
    return found


def alive(process: int) -> bool:
    """Whether it still runs: one that has ended and is not waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def demand_gone(workers: list[int]) -> None:
    """Asserts that they end soon."""
    deadline = time.monotonic() + SOON
    while any(map(alive, workers)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [worker for worker in workers if alive(worker)] == []


def run(
    folder: Path,
    words: list[str],
    output: Path,
    said: Connection,
    variant: str,
    disk: Disk | None,
    held: Connection | None,
    cache: Path | None,
) -> None:
    """The child."""
    import catnet.training.loop
    from catnet.cli.main import run as catnet_command

    if cache is not None:
        os.environ["CATNET_CACHE"] = str(cache)
    os.chdir(folder)
    printed = os.open(output, os.O_WRONLY | os.O_CREAT, 0o666)
    os.dup2(printed, 1)
    os.dup2(printed, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False, buffering=1)
    sys.argv = ["catnet", *words]
    if variant:
        VARIANTS[variant]()
    save = catnet.training.loop.save

    def save_and_tell(session: Any) -> None:
        save(session)
        said.send(("saved", session.epoch))
        if disk is not None:
            disk.saved(session.epoch)

    catnet.training.loop.save = save_and_tell
    said.send(("started", 0))
    if disk is not None:
        disk.install()
    code = catnet_command()
    sys.stdout.flush()
    sys.stderr.flush()
    if disk is not None:
        disk.dump()
    said.send(("returned", code))
    if held is not None:
        held.recv()
    os._exit(code)


def drop_momentum() -> None:
    """The optimizer starts without its moments."""
    import catnet.training.resume

    real = catnet.training.resume.make_solver
    catnet.training.resume.make_solver = lambda name, task, state=None: real(name, task)


def drop_derived_randomness() -> None:
    """Random numbers come from one generator, which is carried along from epoch to epoch and not saved."""
    import catnet.engine.task

    real = catnet.engine.task.generator
    carried: dict[int, Any] = {}
    catnet.engine.task.generator = lambda seed, stream, *at: carried.setdefault(stream, real(seed, stream))


def drop_best() -> None:
    """The best epoch so far is forgotten: the first one after resuming counts as the best."""
    import math

    import catnet.training.resume
    from catnet.training.session import Best

    def restore(session: Any, last: Any) -> None:
        real(session, last)
        session.best = Best(last.model.epoch, math.inf, model=last.model)

    real = catnet.training.resume.restore
    catnet.training.resume.restore = restore


def write_in_place() -> None:
    """Files are overwritten where they are."""
    import catnet.runs.checkpoints
    from catnet.files import write_all

    def write(path: Path, content: bytes, *others: Any, **named: Any) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        write_all(descriptor, content[: len(content) // 2])
        write_all(descriptor, content[len(content) // 2 :])
        os.fsync(descriptor)
        os.close(descriptor)

    catnet.runs.checkpoints.write_atomically = write


def no_fsync() -> None:
    """Nothing is flushed to the disk."""
    import catnet.runs.files

    class WithoutFsync:
        def __getattr__(self, name: str) -> Any:
            return (lambda descriptor: None) if name == "fsync" else getattr(os, name)

    catnet.runs.files.os = WithoutFsync()  # type: ignore[assignment]


def no_fsync_of_folders() -> None:
    """Files are flushed, names are not."""
    import catnet.runs.directory
    import catnet.runs.files

    catnet.runs.files.sync_folder = catnet.runs.directory.sync_folder = lambda folder: None


def one_checkpoint_that_is_deleted_first() -> None:
    """The old checkpoint is removed before the new one is written."""
    from catnet.runs.directory import RunDirectory

    real = RunDirectory.save_checkpoint

    def save(self: Any, checkpoint: Any, penalty: float) -> None:
        for path in self.checkpoints.iterdir():
            path.unlink()
        real(self, checkpoint, penalty)

    RunDirectory.save_checkpoint = save  # type: ignore[method-assign]


def endless_epoch() -> None:
    """After the first epoch comes one that never ends."""
    from catnet.engine.direct import Direct

    def run(self: Any, first: int, last: int) -> Any:
        while first > 1:
            time.sleep(0.01)
        return real(self, first, last)

    real = Direct.run
    Direct.run = run  # type: ignore[method-assign]


def without_privileges() -> None:
    """Root gives up what lets it read and write every file (capset); any other user has no such thing."""
    if os.geteuid() == 0:
        import ctypes

        header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        assert ctypes.CDLL(None).capset(header, none) == 0


def clock_of_tomorrow() -> None:
    """The clock is a day ahead."""
    real = time.time
    time.time = lambda: real() + 86400


def clock_that_jumps() -> None:
    """Each look at the clock finds it set forward or back, by up to a day."""
    import random

    real, jumps = time.time, random.Random(0)
    time.time = lambda: real() + jumps.uniform(-86400, 86400)


VARIANTS: dict[str, Callable[[], None]] = {
    "drop_momentum": drop_momentum,
    "drop_derived_randomness": drop_derived_randomness,
    "drop_best": drop_best,
    "write_in_place": write_in_place,
    "no_fsync": no_fsync,
    "no_fsync_of_folders": no_fsync_of_folders,
    "endless_epoch": endless_epoch,
    "without_privileges": without_privileges,
    "clock_of_tomorrow": clock_of_tomorrow,
    "clock_that_jumps": clock_that_jumps,
    "delete_first": one_checkpoint_that_is_deleted_first,
}
