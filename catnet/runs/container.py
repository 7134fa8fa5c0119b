"""The container of a model file, safetensors: eight bytes with the length of a header of JSON, the header, the numbers.

A header may come from a stranger. So its size and its structure are bounded before any of it becomes objects in memory,
and of the JSON in its metadata too.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.numpy import save

from catnet.engine.types import Array
from catnet.errors import CheckpointError, Unreadable
from catnet.files import NotRegular, open_regular
from catnet.runs.format import Announced, in_short
from catnet.runs.layout import BEST, CONFIG, SUFFIX
from catnet.text import printable

LENGTH = 8  # bytes before the header, which say how long it is
LARGEST_HEADER = 24 << 20  # bytes: the names of hundreds of thousands of columns
LARGEST_STRUCTURE = 1_500_000  # bytes of a header outside its strings: about 25,000 tensors
MOST_QUOTES = 4_000_000  # of a header: two for each name
LARGEST_FACTS = 4_000_000  # characters of the facts outside their strings: about a million names
DEEPEST_FACTS = 10_000  # lists and objects in the facts
STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
METADATA = b'{"__metadata__":{'  # how the header begins


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A safetensors file. Whatever the library says about it becomes a CheckpointError."""
    shown = printable(path)
    try:
        refuse_large_header(path)
        with safe_open(path, framework="numpy") as file:
            yield file
    except (CheckpointError, MemoryError):
        raise
    except (FileNotFoundError, NotADirectoryError) as error:
        raise CheckpointError(f"{shown}: there is no such file") from error
    except (NotRegular, IsADirectoryError) as error:
        raise CheckpointError(f"{shown}: cannot be read: {error.strerror}") from error
    except OSError as error:
        raise Unreadable(f"{shown}: cannot be read: {error.strerror or error}") from error
    except Exception as error:
        if path.suffix.lower() != SUFFIX:
            raise CheckpointError(f"{shown}: is not a model; give a run directory, or a model file") from error
        raise CheckpointError(
            f"{shown}: is not a safetensors file, or is damaged ({in_short(error)}){written_again(path)}"
        ) from error


def written_again(path: Path) -> str:
    """What helps if the file is damaged and is the best model of a run; else ""."""
    is_best = path.name == BEST and os.path.lexists(path.parent / CONFIG)
    return "; resuming the training of its run writes it again" if is_best else ""


def refuse_large_header(path: Path) -> None:
    """Raises ValueError for a header that is too long, or has more structure than the tensors of a network."""
    with open_regular(path) as file:
        length = int.from_bytes(file.read(LENGTH), "little")
        demand_header(length, file.read(min(length, LARGEST_HEADER)))


def demand_header(length: int, header: bytes) -> None:
    """Raises ValueError for a header that is too long, or has more structure than the tensors of a network."""
    if length > LARGEST_HEADER:
        raise ValueError(f"its header is longer than {LARGEST_HEADER} bytes")
    if length > LARGEST_STRUCTURE and structure_of(header.decode("utf-8", "replace"), LARGEST_STRUCTURE) is None:
        raise ValueError("its header announces more tensors than a network has")


def structure_of(text: str, largest: int) -> str | None:
    """JSON without what its strings hold; None if that is larger, which is found soon and in little memory."""
    if text.count('"') > MOST_QUOTES:
        return None
    structure = STRING.sub('""', text)
    return None if len(structure) > largest else structure


def facts_in(text: str) -> Any:
    """The facts in the metadata. Raises ValueError, also if they have too much structure."""
    structure = structure_of(text, LARGEST_FACTS)
    if structure is None or structure.count("[") + structure.count("{") > DEEPEST_FACTS:
        raise ValueError("its metadata holds more names and lists than a model has")
    try:
        return json.loads(text)
    except ValueError:  # also of a whole number of many digits
        raise ValueError("its metadata is not JSON, or holds a number that is too long") from None


def header_of(file: Any) -> dict[str, Announced]:
    """The type and the shape of each tensor in an opened file."""
    slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118
    return {name: Announced(part.get_dtype(), tuple(part.get_shape())) for name, part in slices.items()}


def to_bytes(tensors: Mapping[str, Array], text: str, sha256: str) -> bytes:
    """A safetensors file with two texts in its metadata, `catnet` and `sha256`: the same bytes for the same content.

    The library writes several texts in an order of chance. So the second one is put into its header here. Raises
    ValueError if the text is one that `opened` and `facts_in` would refuse.
    """
    if len(text) > LARGEST_FACTS:
        facts_in(text)
    content = save(dict(tensors), {"catnet": text})
    numbers = LENGTH + int.from_bytes(content[:LENGTH], "little")
    header = content[LENGTH:numbers].rstrip(b" ")
    assert header.startswith(METADATA)
    header = METADATA + f'"sha256":"{sha256}",'.encode() + header.removeprefix(METADATA)
    header += b" " * (-len(header) % LENGTH)  # so that the numbers begin at a multiple of their size
    demand_header(len(header), header)
    return b"".join([len(header).to_bytes(LENGTH, "little"), header, memoryview(content)[numbers:]])
