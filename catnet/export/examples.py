"""Examples on which a form of a model is tried: some of the run's data, or drawn ones."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from catnet.data.listing import Listing
from catnet.engine.colors import CHANNELS
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.evaluation.pictures import rows_of
from catnet.files import read_regular
from catnet.model import Model

EXAMPLES = 3
TRIED = 20  # pictures, at most, of which some may not be readable
LARGEST_FILE = 32 << 20  # bytes of a picture's file


class Example(NamedTuple):
    """An example on which a form is tried: its row (n,) as `Model.predict` takes it, its label (k,), a column of Y, and
    of a picture in a file the bytes of that file. `of_run` is False if it was drawn because there is no data; it has no
    label then.
    """

    name: str
    row: Array
    file: bytes | None = None
    of_run: bool = True
    label: Array | None = None


def examples_in(listing: Listing, model: Model) -> Iterator[Example]:
    """Examples at even distances in a split, which class folders make examples of different classes."""
    spread = np.linspace(0, len(listing.names) - 1, min(TRIED, len(listing.names))).round().astype(int)
    # those far apart first; what lies between them is for those that cannot be read
    order = sorted(range(len(spread)), key=lambda i: (i % max(1, (len(spread) - 1) // (EXAMPLES - 1)) > 0, i))
    places = spread[order].tolist()
    if listing.rows is not None:
        for place in places[:EXAMPLES]:
            yield Example(listing.names[place], listing.rows[place], label=listing.labels[:, place])
        return
    assert listing.paths is not None and model.decoded_size is not None
    found = 0
    for place in places:
        picture = listing.paths[place]
        ((_, row),) = rows_of([picture], model.decoded_size, model.colors)
        if not isinstance(row, DataError):
            file = _file_of(picture) if isinstance(picture, str) else None
            yield Example(listing.names[place], row, file, label=listing.labels[:, place])
            found += 1
        if found == EXAMPLES:
            return


def _file_of(picture: str) -> bytes | None:
    """The bytes of a picture's file, None if it is larger than an example may be."""
    try:
        return read_regular(Path(picture), LARGEST_FILE)
    except (OSError, ValueError):
        return None


def drawn(model: Model) -> Iterator[Example]:
    """Examples at random: pictures of noise, or rows as the scaling expects them."""
    random = np.random.default_rng(0)
    for number in range(1, EXAMPLES + 1):
        if model.decoded_size is None:
            deviations = random.standard_normal(model.network.sizes[0])
            row = model.scaling.invert(deviations)
        else:
            row = random.integers(0, 256, math.prod(model.decoded_size) * CHANNELS[model.colors], dtype=np.uint8)
        yield Example(f"made-up {'row' if model.decoded_size is None else 'picture'} {number}", row, of_run=False)
