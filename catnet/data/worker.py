"""Decodes blocks of pictures; as a process of its own it does so for another process, block after block.

Its standard input has a line of JSON per block: the paths. Its standard output has, per block, a line of JSON, then the
digests, then the pixels. It ends at once when its input ends, which also tells that the other process was killed.
"""

import hashlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from queue import SimpleQueue
from threading import Thread
from typing import NamedTuple

from catnet.data.pixels import BadPicture, read_pixels
from catnet.errors import NotEnoughMemory

OUT_OF_MEMORY = NotEnoughMemory.exit_code


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


def read_block(paths: Sequence[str], image_size: tuple[int, int]) -> Block:
    """Decodes each picture to the size (height, width)."""
    pixels: list[bytes] = []
    digests: list[bytes] = []
    faults: list[Fault] = []
    for place, path in enumerate(paths):
        try:
            pixels.append(read_pixels(path, image_size))
            digests.append(hashlib.sha256(pixels[-1]).digest())
        except BadPicture as error:
            faults.append(Fault(place, str(error), error.passing))
    return Block(b"".join(pixels), b"".join(digests), faults)


def listen(questions: SimpleQueue[bytes]) -> None:
    """Takes in the blocks to decode; ends the process with the input, also in the middle of a block."""
    for line in sys.stdin.buffer:
        questions.put(line)
    os._exit(0)


def main() -> None:
    """Answers until the input ends. The arguments are the height and the width."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # without a message if nobody takes the answer any more
    height, width = map(int, sys.argv[1:])
    questions: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=listen, args=(questions,), daemon=True).start()
    while True:
        try:
            block = read_block(json.loads(questions.get()), (height, width))
        except MemoryError:
            sys.exit(OUT_OF_MEMORY)  # the process that started this one says so
        header = [len(block.pixels), len(block.digests), block.faults]
        sys.stdout.buffer.write(json.dumps(header).encode() + b"\n")
        sys.stdout.buffer.write(block.digests)
        sys.stdout.buffer.write(block.pixels)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
