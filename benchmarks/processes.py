"""Processes: started one at a time, timed from start to exit, their memory watched from outside.

RssAnon is sampled every few milliseconds, so that a shorter peak of it can be missed; VmHWM is the kernel's own peak.
"""

import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
SAMPLE_SECONDS = 0.005
LAST_LINES = 3
FIELDS = ("VmHWM", "RssAnon")  # of /proc/PID/status, in kB


class Failed(Exception):
    """A process did not end with 0; the message is the end of what it said."""


@dataclass(frozen=True)
class Usage:
    """Of one process, without its children: seconds from start to exit, and bytes; 0 if there is no /proc.

    `peak` is the peak of resident memory. `peak_anonymous` is that of what is not page cache (RssAnon).
    """

    seconds: float
    peak: int
    peak_anonymous: int


def environment(threads: int, kernel: dict[str, str]) -> dict[str, str]:
    """The same number of threads for every library; and the variables that choose a BLAS kernel."""
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    return {**os.environ, **{name: str(threads) for name in names}, **kernel}


def run(
    arguments: Sequence[str], env: dict[str, str], data_limit: int | None = None, where: Path = REPOSITORY
) -> Usage:
    """Runs `python ARGUMENTS` in the folder `where`. `data_limit` is RLIMIT_DATA: what the process may allocate.

    Raises Failed.
    """

    def limit() -> None:
        assert data_limit is not None
        resource.setrlimit(resource.RLIMIT_DATA, (data_limit, data_limit))

    with tempfile.TemporaryFile("w+") as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=where,
            env=env,
            stdout=said,
            stderr=said,
            preexec_fn=limit if data_limit else None,
        )
        watch = Watch(process.pid)
        watch.start()
        try:
            code = process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            seconds = time.perf_counter() - started
            watch.stop()
        if code:
            said.seek(0)
            lines = [line.strip() for line in said.read().splitlines() if line.strip()]
            raise Failed(" / ".join(lines[-LAST_LINES:]) or f"exit code {code}")
    return Usage(seconds, watch.peak, watch.peak_anonymous)


class Watch(threading.Thread):
    """Samples /proc/PID/status until it is stopped."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._status = Path(f"/proc/{pid}/status")
        self._over = threading.Event()
        self.peak = self.peak_anonymous = 0

    def run(self) -> None:
        """Reads until stopped, or until there is no such process."""
        while not self._over.wait(SAMPLE_SECONDS):
            try:
                lines = self._status.read_text().splitlines()
            except OSError:
                return
            sizes = {
                name: int(value.split()[0]) * 1024
                for name, _, value in (line.partition(":") for line in lines)
                if name in FIELDS
            }
            self.peak = max(self.peak, sizes.get("VmHWM", 0))
            self.peak_anonymous = max(self.peak_anonymous, sizes.get("RssAnon", 0))

    def stop(self) -> None:
        """Ends the sampling."""
        self._over.set()
        self.join()
