"""What is at a path, as far as it can be known without decoding all of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from catnet.data.arrays.files import pixels_of
from catnet.data.bounds import BadPicture, open_picture
from catnet.data.dataset import Catalog
from catnet.data.listing import Picture, in_arrays
from catnet.data.pixels import opened, read_pixels
from catnet.engine.colors import CHANNELS, GREY, RGB
from catnet.engine.parallel import thread_count
from catnet.engine.pictures import Size
from catnet.errors import DataError
from catnet.goals import BINARY, MULTI_LABEL, REGRESSION
from catnet.text import printable

LOOKED_AT, SECONDS = 60, 1.0  # training pictures at most that are decoded, and the time after which it is enough
SMALL_SIDE = 64  # pixels to which they are, about what a training decodes them to


@dataclass(frozen=True)
class Pictures:
    """Some of the training pictures: how many were looked at, the medians of their heights and widths in pixels, which
    could not be read and why, the seconds that decoding one took, and whether they have colours: rgb or grey.
    """

    count: int
    size: Size
    bad: tuple[str, ...]
    seconds: float
    colors: str = RGB

    @property
    def read(self) -> int:
        """How many could be read."""
        return self.count - len(self.bad)


@dataclass(frozen=True)
class Data:
    """The data to learn from: its catalog, and, if it has pictures, some of these."""

    catalog: Catalog
    pictures: Pictures | None

    @property
    def examples(self) -> int:
        """The number m of training examples."""
        return len(self.catalog.splits["train"].names)

    @property
    def bad(self) -> tuple[str, ...]:
        """What cannot be used, and why: rows, and some of the pictures."""
        rows = tuple(f"{bad.name}: {bad.reason}" for bad in self.catalog.skipped)
        return rows if self.pictures is None else (*rows, *self.pictures.bad)

    @property
    def counts(self) -> dict[str, int]:
        """The training examples of each class; for goal 1.0 also those that are not of the class, for a regression
        none. Of a goal 2.0 an example may count for several classes.
        """
        question, labels = self.catalog.question, self.catalog.splits["train"].labels
        if question.goal == REGRESSION:
            return {}
        counts = dict(zip(question.classes, labels.sum(axis=1).astype(int).tolist(), strict=True))
        if question.goal == BINARY:
            counts[str(question.negative)] = self.examples - counts[question.classes[0]]
        return counts

    @property
    def imbalance(self) -> float:
        """How many times as many examples the largest class has as the smallest; 1 if that is no question."""
        if self.catalog.question.goal in (REGRESSION, MULTI_LABEL):
            return 1.0
        return max(self.counts.values()) / max(1, min(self.counts.values()))

    @property
    def rare(self) -> list[str]:
        """The labels of goal 2.0 that few training examples have."""
        if self.catalog.question.goal != MULTI_LABEL:
            return []
        return [name for name, count in self.counts.items() if 10 * count < self.examples]

    @property
    def seconds_of_decoding(self) -> float:
        """How long it takes about to decode all pictures."""
        if self.pictures is None:
            return 0.0
        total = sum(len(listing.names) for listing in self.catalog.splits.values())
        return total * self.pictures.seconds / thread_count()


def look_at(pictures: Sequence[Picture] | None) -> Pictures | None:
    """Decodes some pictures, spread over all of them; None for a table. Raises DataError if none can be read."""
    if not pictures:
        return None
    if in_arrays(pictures):  # of one size, and decoded already
        pixels = pixels_of(pictures[0])
        return Pictures(len(pictures), pixels.shape[1:3], (), 0.0, GREY if pixels.shape[3] == CHANNELS[GREY] else RGB)
    paths = [picture for picture in pictures if isinstance(picture, str)]
    sizes: list[Size] = []
    bad: list[str] = []
    count, grey, start = 0, True, time.perf_counter()
    for number in np.random.default_rng(0).permutation(len(paths))[:LOOKED_AT]:
        path = paths[int(number)]
        count += 1
        try:
            grey &= is_grey(read_pixels(path, (SMALL_SIDE, SMALL_SIDE)))
            sizes.append(size_of(path))
        except BadPicture as error:
            bad.append(f"{printable(path)}: {error}")
        if time.perf_counter() - start > SECONDS:
            break
    seconds = (time.perf_counter() - start) / count
    if not sizes:
        which = "the picture cannot" if count == 1 else f"none of the {count} pictures looked at can"
        raise DataError(f"{bad[0]} ({which} be read)")
    heights, widths = zip(*sizes, strict=True)
    return Pictures(count, (int(median(heights)), int(median(widths))), tuple(bad), seconds, GREY if grey else RGB)


def is_grey(pixels: bytes) -> bool:
    """Whether each pixel of RGB is as red as it is green and blue."""
    red, green, blue = np.frombuffer(pixels, np.uint8).reshape(-1, 3).T
    return bool((red == green).all() and (green == blue).all())


def size_of(path: str) -> Size:
    """The (height, width) of a picture, in pixels, as its header says."""
    with open_picture(path) as source, opened(source) as image:
        return image.height, image.width
