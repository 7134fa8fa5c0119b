"""Decodes blocks of pictures; as a process of its own it does so for another process, block after block.

Its standard input has a line of JSON per block: the paths. Its standard output has, per block, a line of JSON, then the
digests, then the pixels. Before these it may have lines with a number: so many bytes of memory it needs for a picture,
and waits for a line that grants them; 0 when they are free again. It ends at once when its input ends, which also tells
that the other process was killed.
"""

import hashlib
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple

from catnet.data.pixels import ROOM, BadPicture, Take, read_pixels
from catnet.engine.colors import RGB
from catnet.text import printable

Lines = SimpleQueue[bytes]


class Fault(NamedTuple):
    """A bad picture: its place in the block, and the reason; `passing` as in BadPicture."""

    place: int
    reason: str
    passing: bool


class Block(NamedTuple):
    """The good pictures of a block, in order: their pixels joined, and their SHA-256 (32 bytes each) joined."""

    pixels: bytes
    digests: bytes
    faults: list[Fault]


def read_block(paths: Sequence[str], image_size: tuple[int, int], colors: str = RGB, take: Take = ROOM.taken) -> Block:
    """Decodes each picture to the size (height, width); `colors` and `take` as for `read_pixels`."""
    pixels: list[bytes] = []
    digests: list[bytes] = []
    faults: list[Fault] = []
    for place, path in enumerate(paths):
        try:
            pixels.append(read_pixels(path, image_size, take, colors))
            digests.append(hashlib.sha256(pixels[-1]).digest())
        except MemoryError as error:
            raise MemoryError(f"decoding {printable(path)}") from error
        except BadPicture as error:
            faults.append(Fault(place, str(error), error.passing))
    return Block(b"".join(pixels), b"".join(digests), faults)


def listen(lines: Lines) -> None:
    """Takes in what the other process says; ends this one with the input, also in the middle of a block."""
    for line in sys.stdin.buffer:
        lines.put(line)
    os._exit(0)


@contextmanager
def asked_for(lines: Lines, size: int) -> Iterator[None]:
    """Memory for a picture, as the other process grants it."""
    say(size)
    lines.get()
    try:
        yield
    finally:
        say(0)


def say(line: object) -> None:
    """Writes a line of JSON to the other process."""
    sys.stdout.buffer.write(json.dumps(line).encode() + b"\n")
    sys.stdout.buffer.flush()


def main() -> None:
    """Answers until the input ends. The arguments are the height, the width and the colours."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # without a message if nobody takes the answer any more
    height, width, colors = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    lines: Lines = SimpleQueue()
    Thread(target=listen, args=(lines,), daemon=True).start()
    while True:
        try:
            block = read_block(json.loads(lines.get()), (height, width), colors, partial(asked_for, lines))
        except Exception:
            os._exit(1)  # the process that started this one tries it itself; the other thread holds stdin
        say([len(block.pixels), len(block.digests), block.faults])
        sys.stdout.buffer.write(block.digests)
        sys.stdout.buffer.write(block.pixels)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
