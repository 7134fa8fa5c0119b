"""Pictures, decoded block by block: a few by threads, many by processes.

Pillow decodes outside Python's lock, but most of the work on a small picture is Python's, so only processes use all
cores. They take time to start, so a small set is left to threads; and if its files are small too, to a single one, for
threads that wait for the lock all the time are slower. Pictures in arrays, which are decoded already, are left to
threads. This process decodes what a process that ends by itself does not, and all if the system starts no more
processes; this thread does if it starts no more threads.
"""

import json
import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

import numpy as np
from PIL import Image

import catnet
from catnet.data.arrays.files import Arrays
from catnet.data.dataset import digests_of
from catnet.data.listing import InArray, Picture, in_arrays
from catnet.data.pixels import ROOM
from catnet.data.rgb import resized
from catnet.data.worker import Block, Fault, read_block
from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.parallel import started_pool
from catnet.errors import CatnetError, NotEnoughMemory
from catnet.text import printable

PROCESSES_FROM = 1000  # pictures; with fewer, processes take longer to start than they save
THREADS_FROM = 2500  # bytes of a file, on average; JPEGs of about 90 x 90 pixels have as many
SAMPLE = 32  # files whose size is looked at
BLOCK_PICTURES = 64
BLOCK_BYTES = 192 << 10  # of pixels, so that they stay in the processor's cache while they are hashed and joined
KILLED = 9  # the signal by which a system ends a process if memory is short
AHEAD = 3  # blocks per worker that may wait to be taken

Worker = subprocess.Popen[bytes]
T = TypeVar("T")


def available_cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def decode_blocks(
    pictures: Sequence[Picture], image_size: tuple[int, int], colors: str = RGB
) -> Iterator[tuple[int, Block]]:
    """The blocks of pictures in order, each with its number of pictures.

    Raises CatnetError if a signal ends a process; DataError for a file of arrays that cannot be read.
    """
    cores, m = available_cores(), len(pictures)
    height, width = image_size
    size = min(BLOCK_PICTURES, 1 + BLOCK_BYTES // (height * width * CHANNELS[colors]), 1 + m // (8 * cores))
    if in_arrays(pictures):
        read = partial(array_block, Arrays(pictures), image_size=image_size, colors=colors)
        yield from _in_order(read, [pictures[start : start + size] for start in range(0, m, size)], cores)
        return
    paths = list(map(str, pictures))
    blocks = [paths[start : start + size] for start in range(0, m, size)]
    if cores > 1 and m >= PROCESSES_FROM:
        with worker_processes(cores, image_size, colors) as read_elsewhere:
            yield from _in_order(read_elsewhere, blocks, cores)
    elif cores > 1 and m > 1 and _mean_bytes(paths) >= THREADS_FROM:
        yield from _in_order(partial(read_block, image_size=image_size, colors=colors), blocks, cores)
    else:
        yield from ((len(block), read_block(block, image_size, colors)) for block in blocks)


def _mean_bytes(paths: Sequence[str]) -> float:
    """The mean size of some of the files."""
    sizes = []
    for path in paths[:: 1 + len(paths) // SAMPLE]:
        with suppress(OSError, ValueError):  # what cannot be read, decoding says
            sizes.append(os.stat(path).st_size)
    return sum(sizes) / max(1, len(sizes))


def array_block(arrays: Arrays, pictures: Sequence[InArray], image_size: tuple[int, int], colors: str) -> Block:
    """Pictures in arrays at the size (height, width): the bytes that the same pictures in PNG files give."""
    found, (height, width) = arrays.take(pictures), image_size
    m, high, wide, channels = found.shape
    if channels > CHANNELS[colors]:  # pixel by pixel, so that they may be one high picture
        grey = Image.fromarray(found.reshape(m * high, wide, channels)).convert("L")
        found = np.asarray(grey).reshape(m, high, wide, 1)
    if (high, wide) != image_size:
        shape = (high, wide) if found.shape[-1] == 1 else (high, wide, channels)
        pictures_of = (resized(Image.fromarray(each.reshape(shape)), width, height) for each in found)
        found = np.array([np.asarray(each) for each in pictures_of]).reshape(m, height, width, -1)
    rows = np.ascontiguousarray(np.broadcast_to(found, (m, height, width, CHANNELS[colors]))).reshape(m, -1)
    return Block(rows.tobytes(), digests_of(rows), [])


def _in_order(
    read: Callable[[Sequence[T]], Block], blocks: Sequence[Sequence[T]], threads: int
) -> Iterator[tuple[int, Block]]:
    """Reads blocks by threads, only a few ahead of the one that is taken, so that they do not fill the memory."""
    pool = started_pool(threads)
    if pool is None:
        yield from ((len(block), read(block)) for block in blocks)
        return
    ahead = AHEAD * threads
    try:
        waiting = deque(pool.submit(read, block) for block in blocks[:ahead])
        for number, block in enumerate(blocks):
            result = waiting.popleft().result()
            if number + ahead < len(blocks):
                waiting.append(pool.submit(read, blocks[number + ahead]))
            yield len(block), result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)  # they may wait for processes, which are ended next


@contextmanager
def worker_processes(
    count: int, image_size: tuple[int, int], colors: str = RGB
) -> Iterator[Callable[[Sequence[str]], Block]]:
    """What has a block decoded by an idle one of so many processes of worker.py, which end with the context; or decodes
    it, if they cannot all be started.

    They are plain processes, which neither copy this process's threads nor run the main script again.
    """
    # without `site`, which takes time at start-up: the environment gives the whole path
    command = [sys.executable or "", "-S", "-P", "-m", "catnet.data.worker", *map(str, image_size), colors]
    path = [*filter(None, sys.path), str(Path(catnet.__file__).parents[1])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path)}
    processes: list[Worker] = []
    read_here = partial(read_block, image_size=image_size, colors=colors)
    try:
        try:
            with without_interrupts():
                for _ in range(count):
                    processes.append(_started(command, environment))
        except OSError:  # no Python, or too many processes or files
            _end(processes)
            yield read_here
            return
        idle: SimpleQueue[Worker] = SimpleQueue()
        for process in processes:
            idle.put(process)
        yield partial(_read_block_elsewhere, idle, read_here)
    finally:
        _end(processes)


def _started(command: Sequence[str], environment: Mapping[str, str]) -> Worker:
    """A process that decodes; silent, for what ends it is met, and said, by the process that decodes instead."""
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=environment)


def _end(processes: list[Worker]) -> None:
    while processes:
        process = processes.pop()
        process.kill()
        process.communicate()


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Holds back Ctrl-C, and the SIGHUP of a terminal that goes away: for good in the processes that are started
    meanwhile, which would die of it as they start.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _read_block_elsewhere(
    idle: SimpleQueue[Worker], read_here: Callable[[Sequence[str]], Block], paths: Sequence[str]
) -> Block:
    """Has an idle process decode the block; decodes it if the process ends instead. Raises CatnetError if a signal has
    ended it, as the picture, or a lack of memory, may also end this process.
    """
    process = idle.get()
    try:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(json.dumps(paths).encode() + b"\n")
        process.stdin.flush()
        with ExitStack() as room:
            while isinstance(said := json.loads(process.stdout.readline()), int):
                room.close()
                if said:
                    room.enter_context(ROOM.taken(said))
                    process.stdin.write(b"\n")
                    process.stdin.flush()
        pixel_bytes, digest_bytes, faults = said
        digests, pixels = process.stdout.read(digest_bytes), process.stdout.read(pixel_bytes)
        if len(pixels) == pixel_bytes:
            return Block(pixels, digests, [Fault(*fault) for fault in faults])
    except (OSError, ValueError):  # the pipe is closed, or the line is cut off
        pass
    finally:
        idle.put(process)
    status = process.wait()
    if status >= 0:
        return read_here(paths)
    how = f"was ended by signal {-status}, at one of {printable(paths[0])} to {printable(paths[-1])}"
    what = f"a process that decodes pictures {how}"
    raise NotEnoughMemory(f"{what}; is there enough memory?") if status == -KILLED else CatnetError(what)
