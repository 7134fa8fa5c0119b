"""Damaged and invented files: how they are made, and what must hold while one is read."""

import json
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from trials import SOAK

from catnet.errors import CatnetError

LONGEST = 2.0  # seconds of the processor that a file may take; only `make soak` looks at it
ROOM = 96 << 20  # bytes, in addition to twice the declared size
JUNK: list[Any] = [
    None, True, -1, 0, 1, 2, 7, 2**31, 10**30, -(10**30), 0.5, float("nan"), float("inf"), "", "x", "1.0", "\0", "é\n",
    [], [1], ["a", "b"], [[]], {}, {"a": 1}, [10**9, 10**9], "relu", "sigmoid", "softmax", "regression", [None] * 5,
]  # fmt: skip


def damaged(content: bytes, random: np.random.Generator) -> bytes:
    """The content with a bit turned, bytes cut out, at the end or in the middle, or bytes put in."""
    while True:
        at, kind = int(random.integers(len(content))), random.integers(5)
        some = int(random.integers(1, max(2, min(200, len(content) // 8))))
        if kind == 0:
            new = content[:at] + bytes([content[at] ^ (1 << int(random.integers(8)))]) + content[at + 1 :]
        elif kind == 1:
            new = content[:at]
        elif kind == 2:
            new = content[:at] + content[at + some :]
        elif kind == 3:
            new = content[:at] + random.bytes(some) + content[at:]
        else:
            new = content[:at] + bytes(some) + content[at + some :]
        if new != content:
            return new


def disturbed(facts: Any, random: np.random.Generator) -> Any:
    """The JSON with one value, wherever it is, replaced by junk, taken out, doubled or put elsewhere."""
    facts = json.loads(json.dumps(facts))
    holder, key = pick(facts, random)
    kind = random.integers(4)
    if kind == 0 and isinstance(holder, dict):
        del holder[key]
    elif kind == 1 and isinstance(holder, list):
        holder.insert(key, holder[key])
    elif kind == 2:
        other, place = pick(facts, random)
        holder[key] = json.loads(json.dumps(other[place]))
    else:
        holder[key] = JUNK[int(random.integers(len(JUNK)))]
    return facts


def pick(facts: Any, random: np.random.Generator) -> tuple[Any, Any]:
    """A value somewhere in the JSON: its container, and its key or index there."""
    places: list[tuple[Any, Any]] = []

    def walk(holder: Any) -> None:
        for key in list(holder) if isinstance(holder, dict) else range(len(holder)):
            places.append((holder, key))
            if isinstance(holder[key], dict | list):
                walk(holder[key])

    walk(facts)
    return places[int(random.integers(len(places)))]


@contextmanager
def within_bounds(declared: int) -> Iterator[None]:
    """Fails if the block takes more memory than ROOM and twice the declared size; in `make soak` also time."""
    before, started = forget_the_peak(), time.process_time()
    yield
    grown, seconds = peak() - before, time.process_time() - started
    assert grown <= 2 * declared + ROOM, f"{grown} bytes for a declared size of {declared}"
    assert not SOAK or seconds <= LONGEST, f"{seconds} s"


def forget_the_peak() -> int:
    """The memory that this process has now, in bytes: `peak` counts from it. Linux only; the peak on other systems."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> int:
    """The most memory this process has had, in bytes."""
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def accepted(read: Callable[[], object], declared: int) -> bool:
    """Whether the file is read; False if it is refused like a user's mistake. Anything else is an error."""
    with within_bounds(declared):
        try:
            read()
        except CatnetError as error:
            assert str(error).strip()
            assert "\x1b" not in str(error)
            return False
        return True
