"""Almost the same picture twice: recompressed, resized, brighter, grey, slightly cropped, or mirrored.

Pairs are proposed by the difference hash (Krawetz, Kind of Like That, 2013): a bit for each of 8 x 8 places that says
whether it is clearly brighter than its left neighbour. They are confirmed on the pixels (`registration.py`). Of
pictures that are small and simple, such as digits, some are as like as copies; then the pairs say that.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from catnet.data.dataset import DIGEST_BYTES, digests_of
from catnet.data.registration import Pixels, registered
from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.pictures import Size, channels_of
from catnet.engine.types import Array

MOST = 20_000  # pictures among which they are looked for: some seconds
PLACES = (8, 9)  # whose 64 differences are the hash
DISTANCE = 8  # bits by which the hashes of a pair differ, at most
STEP = 1.0  # level of 255 by which a place is at least brighter: then the noise of an even background gives no bits
BLUR = 1.5  # of a place of the hash, the half width of the triangle that is averaged: then a crop moves few bits
CROP = 0.93  # what a cropped copy shows of the height and width; hashes are also compared for this
ROUGHLY = 0.9  # the correlation of the 8 x 9 places from which a pair is looked at
# the pixels along a side on which it is, coarse to fine, the steps, and the correlations that it needs then
LOOKS = ((16, 2, 0.85, 0.5), (32, 2, 0.95, 0.93))
SMALL = 0.96  # what the details need in pictures of fewer pixels: two handwritten ones are as like as copies
WHITE = 250  # of 255: brightness from here on may have been cut off
FARTHEST = np.array([0.15, 0.12, 0.15, 0.12])  # from itself, that a copy is scaled and moved
FLAT = 2.0  # levels of 255: with a smaller standard deviation a picture has nothing to compare
NEAREST = 4  # candidates of a picture: digits have thousands
BLOCK = 1 << 22  # pixels at once
PAIRS = 1 << 19  # at once: their distances stay in the processor's cache
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601


class Pair(NamedTuple):
    """Two pictures, by their rows, one < other; and whether one is the mirror image of the other."""

    one: int
    other: int
    mirrored: bool


class Hashes(NamedTuple):
    """Of m pictures the hashes (m,), uint64, and the 72 places (m, 72), centred, of length 1; 0 for flat pictures."""

    codes: Array
    places: Array


def near_duplicates(rows: Array, size: Size, equal: Array | None = None) -> list[Pair]:
    """The pairs among pictures, rows (m, height * width * channels) of uint8, that are almost the same, in order.

    Equal rows are compared once: the first of them stands for all. `equal` are the `numbers_of_equal`, if they are
    known. Needs about 12 kB a picture, and time for m^2 / 2 distances of hashes, but no array of that many numbers. Of
    pictures below 8 x 8 pixels there are no pairs.
    """
    first = np.unique(numbers_of_equal(rows) if equal is None else equal)
    if len(first) < 2 or min(size) < PLACES[0]:
        return []
    looks, pixels = looks_of(rows[first] if len(first) < len(rows) else rows, size)
    found: dict[tuple[int, int], Pair] = {}
    for mirror in (False, True):
        flipped = [Pixels(*(part[:, :, :: -1 if mirror else 1] for part in level)) for level in pixels]
        for cropped in (False, True):
            # the picture whose middle looks like the other is looked at first: to shrink its copy loses least
            other, one = candidates(looks[False, False], looks[mirror, cropped], cropped)
            new = np.array([key not in found for key in keys(one, other)], bool)
            one, other = confirmed(flipped, pixels, one[new], other[new], 1 / CROP if cropped else 1.0)
            for i, j in keys(one, other):
                found.setdefault((i, j), Pair(int(first[i]), int(first[j]), mirror))
    return sorted(found.values())


def groups(rows: Array, size: Size | None) -> Array:
    """A number for each of m examples, (m,): the same for those that are equal or almost, directly or by others.

    `rows` (m, n) are pictures of that size, uint8, or the inputs of a table if it is None: then equal rows, as of more
    than `MOST` pictures. The numbers are 0, 1, ... in the order in which the groups first appear.
    """
    number = numbers_of_equal(rows)
    pairs = near_duplicates(rows, size, number) if size is not None and len(rows) <= MOST else []
    for one, other, _ in pairs:
        number[number == max(number[one], number[other])] = min(number[one], number[other])
    return np.unique(number, return_inverse=True)[1].reshape(-1)


def numbers_of_equal(rows: Array) -> Array:
    """For each row the index of the first one that is equal, (m,)."""
    digests = digests_of(rows)
    first: dict[bytes, int] = {}
    each = (digests[start : start + DIGEST_BYTES] for start in range(0, len(digests), DIGEST_BYTES))
    return np.array([first.setdefault(digest, index) for index, digest in enumerate(each)], np.intp)


def looks_of(rows: Array, size: Size) -> tuple[dict[tuple[bool, bool], Hashes], list[Pixels]]:
    """The hashes of the pictures, by whether they are mirrored and cropped; and the pixels of each of `LOOKS`."""
    sides = [min(side, *size) for side, *_ in LOOKS]
    parts: list[list[Array]] = []
    step = max(1, BLOCK // rows.shape[1])
    for start in range(0, len(rows), step):
        grey = greys(rows[start : start + step], size)
        white = (grey >= WHITE).astype(np.float32)
        shrunk = [averaged(picture, (side, side), 1.0) for side in sides for picture in (grey, white)]
        parts.append([*(averaged(grey, PLACES, BLUR, shown) for shown in (1.0, CROP)), *shrunk])
    whole, middle, *levels = (np.concatenate(part) for part in zip(*parts, strict=True))
    looks = {
        (mirror, cropped): hashed(places[:, :, ::-1] if mirror else places)
        for mirror in (False, True)
        for cropped, places in ((False, whole), (True, middle))
    }
    return looks, [Pixels(*levels[i : i + 2]) for i in range(0, len(levels), 2)]


def greys(rows: Array, size: Size) -> Array:
    """The brightness of the pictures, (m, height, width)."""
    channels = channels_of(rows, size)
    values = rows.astype(np.float32)
    if channels == CHANNELS[RGB]:
        values = values.reshape(-1, channels) @ LUMA
    return values.reshape(-1, *size)


def averaged(grey: Array, places: Size, width: float, shown: float = 1.0) -> Array:
    """The pictures at fewer places, (m, *places): means over triangles of `width` places to each side, of the middle
    part `shown` of height and width.
    """
    sides = zip(places, grey.shape[1:], strict=True)
    down, across = (triangles(count, length, width, shown) for count, length in sides)
    found: Array = down @ grey @ across.T
    return found


def triangles(places: int, length: int, width: float, shown: float) -> Array:
    """The weights (places, length) of the pixels along one side for each place."""
    pitch = shown * length / places
    middles = length * (1 - shown) / 2 + pitch * (np.arange(places) + 0.5)
    distance = np.abs(np.arange(length) + 0.5 - middles[:, None])
    weights = np.maximum(0, 1 - distance / max(pitch * width, 1))
    found: Array = (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)
    return found


def hashed(places: Array) -> Hashes:
    """The hashes of pictures at 8 x 9 places."""
    bits = places[:, :, 1:] > places[:, :, :-1] + STEP
    codes = np.packbits(bits.reshape(len(places), -1), axis=1).view(np.uint64).reshape(-1)
    values = places.reshape(len(places), -1)
    values = values - values.mean(axis=1, keepdims=True)
    length = np.linalg.norm(values, axis=1, keepdims=True)
    flat = length < FLAT * values.shape[1] ** 0.5
    return Hashes(codes, np.where(flat, 0, values / np.maximum(length, 1e-6)))


def candidates(ones: Hashes, others: Hashes, ordered: bool) -> tuple[Array, Array]:
    """The pairs with near hashes that are roughly alike, at most `NEAREST` of each picture; if not `ordered`, each
    pair once.
    """
    m = len(ones.codes)
    step = max(1, PAIRS // max(1, m))
    found = [(np.zeros(0, np.intp), np.zeros(0, np.intp))]
    for start in range(0, m, step):
        block, begin = slice(start, start + step), 0 if ordered else start
        near = np.bitwise_count(ones.codes[block, None] ^ others.codes[begin:]) <= DISTANCE
        one, other = np.divmod(np.flatnonzero(near), near.shape[1])
        alike = np.einsum("ij,ij->i", ones.places[one + start], others.places[other + begin])
        one, other = one + start, other + begin
        kept = (alike > ROUGHLY) & (one != other if ordered else one < other)
        one, other = one[kept], other[kept]
        rank = nearest(one, alike[kept])
        found.append((one[rank], other[rank]))
    one, other = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return one, other


def nearest(one: Array, alike: Array) -> Array:
    """The index of the `NEAREST` most alike of each picture, among pairs that begin with it."""
    order = np.lexsort((-alike, one))
    before = np.searchsorted(one[order], one[order])  # where the pairs of the same picture begin
    return order[np.arange(len(order)) - before < NEAREST]


def keys(one: Array, other: Array) -> Iterator[tuple[int, int]]:
    """Each pair with the smaller index first."""
    return zip(np.minimum(one, other).tolist(), np.maximum(one, other).tolist(), strict=True)


def confirmed(ones: list[Pixels], others: list[Pixels], one: Array, other: Array, scale: float) -> tuple[Array, Array]:
    """Those of the pairs that are copies by their pixels; `scale` is how much of the other is shown, to begin with."""
    maps = np.tile(np.array([scale, 0, scale, 0]), (len(one), 1))
    for (side, steps, alike, in_detail), level, other_level in zip(LOOKS, ones, others, strict=True):
        needed = in_detail if level.values.shape[1] == side else SMALL
        kept, step = np.zeros(len(one), bool), max(1, BLOCK // (8 * side**2))
        for start in range(0, len(one), step):
            block = slice(start, start + step)
            likeness = registered(level.take(one[block]), other_level.take(other[block]), maps[block], steps)
            kept[block] = (likeness.whole >= alike) & (likeness.details >= needed) & is_near(likeness.maps)
            maps[block] = likeness.maps
        one, other, maps = one[kept], other[kept], maps[kept]
    return one, other


def is_near(maps: Array) -> Array:
    """Whether the maps (n, 4) are those of a slight crop, not of a thing that is elsewhere, (n,)."""
    distance: Array = np.abs(maps - (1, 0, 1, 0))
    return np.all(distance <= FARTHEST, axis=1)
