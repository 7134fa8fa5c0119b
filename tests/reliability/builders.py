"""Processes that decode pictures into the cache, and can be killed at any picture."""

import os
import signal
from collections.abc import Sequence
from multiprocessing.process import BaseProcess

from children import SERVER, start_server

SIZE = (16, 16)


def trust_new_files() -> None:
    """Has the cache trust even files that have just been written."""
    from catnet.data import cache

    cache.TICK = cache.COARSE_TICK = 0


def build(place: str, paths: Sequence[str], at: int, expected: str) -> None:
    """The child: decodes the pictures, and kills itself when so many are ready; fails if they are not as expected."""
    import hashlib
    import time

    from catnet.data.cache import decoded_pictures

    os.environ["CATNET_CACHE"] = place
    trust_new_files()

    def progress(done: int) -> None:
        time.sleep(0.001)
        if done >= at > 0:
            os.kill(os.getpid(), signal.SIGKILL)

    notes: list[str] = []
    decoded = decoded_pictures(paths, SIZE, progress, notes)
    os._exit(0 if not notes and hashlib.sha256(decoded.rows.tobytes()).hexdigest() == expected else 1)


def builder(place: str, paths: Sequence[str], expected: str, at: int = 0) -> BaseProcess:
    """Starts a builder."""
    start_server()
    process = SERVER.Process(target=build, args=(place, paths, at, expected))
    process.start()
    return process
