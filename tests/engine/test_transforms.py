"""The changes of pictures against straightforward references: a pixel at a time, in plain loops."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_tasks import EVERYTHING

from catnet.engine.augmentation import Augmentation
from catnet.engine.augmented import Augmented
from catnet.engine.colors import CHANNELS, RGB
from catnet.engine.pictures import box_average, mirrored
from catnet.engine.transforms import Draws, sliding_average

EPOCH, M = 3, 5
sizes = st.tuples(st.integers(1, 7), st.integers(1, 7))
factors = st.integers(1, 4)
seeds = st.integers(0, 1000)
shares = st.sampled_from([0.0, 0.1, 0.5, 1.0])
geometries = st.builds(
    Augmentation,
    flip=st.booleans(),
    shift=shares,
    zoom=st.sampled_from([(1.0, 1.0), (0.6, 1.1), (0.3, 3.0)]),
    stretch=st.sampled_from([0.0, 0.15, 1.0]),
    rotate=st.sampled_from([0.0, 10.0, 180.0]),
)


def random_pictures(size, factor, seed=0, m=M):
    height, width = size
    random = np.random.default_rng([seed, *size, factor])
    return random.integers(0, 256, (m, height * width * factor**2 * CHANNELS[RGB]), dtype=np.uint8)


def augmented(rows, size, factor, bounds, seed=0):
    return Augmented(rows, size, factor, bounds, seed)


def pictures_of(rows, size, factor, bounds, seed=0):
    return augmented(rows, size, factor, bounds, seed).pictures(EPOCH, np.arange(len(rows)))


def box(picture, y, x, factor):
    """The average of factor x factor pixels from (y, x) on; beyond the edge, the edge's."""
    height, width, _ = picture.shape
    inside = [(min(y + i, height - 1), min(x + j, width - 1)) for i in range(factor) for j in range(factor)]
    sums = [sum(int(picture[at][channel]) for at in inside) for channel in range(CHANNELS[RGB])]
    return [(total + factor**2 // 2) // factor**2 for total in sums]


def place(drawn, bounds, size, factor, row, column):
    """(y, x) in the source of an output pixel's box, by the definition of each change, in float64."""
    height, width = size
    u, v = (column - (width - 1) / 2) * factor, (row - (height - 1) / 2) * factor
    if bounds.flip and drawn.flip < 0.5:
        u = -u
    zoom = bounds.zoom[0] + (bounds.zoom[1] - bounds.zoom[0]) * drawn.zoom
    stretch = math.exp((2 * drawn.stretch - 1) * bounds.stretch)
    u, v = u * zoom * stretch, v * zoom / stretch
    angle = math.radians((2 * drawn.rotate - 1) * bounds.rotate)
    x, y = u * math.cos(angle) - v * math.sin(angle), u * math.sin(angle) + v * math.cos(angle)
    x += (2 * drawn.shift_x - 1) * bounds.shift * width * factor + (width - 1) * factor / 2
    y += (2 * drawn.shift_y - 1) * bounds.shift * height * factor + (height - 1) * factor / 2
    return y, x


def candidates(at, side):
    """The pixel nearest to a place, within the picture; both neighbours if rounding decides."""
    nearest = {math.floor(at + 0.5 + epsilon) for epsilon in (-1e-4, 1e-4)}
    return {min(max(pixel, 0), side - 1) for pixel in nearest}


@settings(max_examples=60, deadline=None)
@given(sizes, factors, geometries, seeds)
def test_a_gathered_picture_is_that_of_a_loop_over_its_pixels(size, factor, bounds, seed):
    rows = random_pictures(size, factor)
    (height, width), draws = size, Draws.of_epoch(seed, EPOCH, M)
    found = pictures_of(rows, size, factor, replace(bounds, mixup=0.3), seed).reshape(M, height, width, CHANNELS[RGB])
    for example in range(M):
        picture = rows[example].reshape(height * factor, width * factor, CHANNELS[RGB])
        drawn = Draws(*(column[example] for column in draws))
        for row in range(height):
            for column in range(width):
                y, x = place(drawn, bounds, size, factor, row, column)
                allowed = [
                    box(picture, at_y, at_x, factor)
                    for at_y in candidates(y, height * factor)
                    for at_x in candidates(x, width * factor)
                ]
                assert found[example, row, column].tolist() in allowed


@settings(max_examples=40, deadline=None)
@given(sizes, factors, seeds)
def test_without_changes_a_gathered_picture_is_its_box_average_and_flipped_its_mirror_image(size, factor, seed):
    rows = random_pictures(size, factor, seed)
    clean = box_average(rows, size, factor)
    nothing_much = Augmentation(zoom=(1.0, 1.0), rotate=1e-300)  # is something, so that the gather is taken
    assert nothing_much.changes_pictures
    assert np.array_equal(pictures_of(rows, size, factor, nothing_much, seed), clean)
    is_mirrored = Draws.of_epoch(seed, EPOCH, M).flip < 0.5
    expected = np.where(is_mirrored[:, None], mirrored(clean, size), clean)
    assert np.array_equal(pictures_of(rows, size, factor, Augmentation(flip=True), seed), expected)


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
def test_the_sliding_average_is_the_box_average_at_every_place(factor):
    pictures = random_pictures((3, 5), 4, m=70).reshape(70, 12, 20, CHANNELS[RGB])
    averaged = sliding_average(pictures, factor)
    for example in (0, 63, 64, 69):
        for y in range(12):
            for x in range(20):
                assert averaged[example, y, x].tolist() == box(pictures[example], y, x, factor)


@settings(max_examples=30, deadline=None)
@given(sizes, seeds, st.sampled_from([0.0, 0.3, 1.0]), st.sampled_from([0.0, 0.2, 1.0]))
def test_brightness_and_contrast_are_those_of_a_loop_over_the_bytes(size, seed, contrast, brightness):
    rows = random_pictures(size, 1)
    draws = Draws.of_epoch(seed, EPOCH, M)
    found = pictures_of(rows, size, 1, Augmentation(contrast=contrast, brightness=brightness), seed)
    for example in range(M):
        mean = sum(map(int, rows[example])) / rows.shape[1]
        for before, after in zip(rows[example].tolist(), found[example].tolist(), strict=True):
            value = (before - mean) * (1 + (2 * draws.contrast[example] - 1) * contrast) + mean
            value += (2 * draws.brightness[example] - 1) * brightness * 255
            assert abs(min(max(value, 0), 255) - after) <= 0.501


@settings(max_examples=30, deadline=None)
@given(sizes, seeds, st.sampled_from([0.2, 0.5, 1.0]))
def test_cutout_fills_a_square_within_the_picture_with_its_mean_colour(size, seed, cutout):
    (height, width), rows = size, random_pictures(size, 1)
    draws = Draws.of_epoch(seed, EPOCH, M)
    found = pictures_of(rows, size, 1, Augmentation(cutout=cutout), seed).reshape(M, height, width, CHANNELS[RGB])
    side = round(cutout * min(size))
    for example in range(M):
        picture = rows[example].reshape(height, width, CHANNELS[RGB])
        top, left = (
            math.floor(drawn[example] * (length - side + 1))
            for drawn, length in ((draws.cutout_y, height), (draws.cutout_x, width))
        )
        mean = [sum(map(int, picture[..., channel].ravel())) / (height * width) for channel in range(CHANNELS[RGB])]
        for y in range(height):
            for x in range(width):
                if top <= y < top + side and left <= x < left + side:
                    assert all(abs(found[example, y, x] - mean) <= 0.501)
                else:
                    assert found[example, y, x].tolist() == picture[y, x].tolist()


def test_a_picture_does_not_depend_on_which_others_are_drawn_or_in_which_order():
    rows = random_pictures((4, 6), 3, m=300)
    whole = augmented(rows, (4, 6), 3, EVERYTHING).pictures(EPOCH, np.arange(300))
    order = np.random.default_rng(0).permutation(300)
    again = augmented(rows, (4, 6), 3, EVERYTHING)
    for part in np.split(order, [1, 3, 150, 299]):
        assert np.array_equal(again.pictures(EPOCH, part), whole[part])


def test_pictures_change_with_the_epoch_and_with_the_seed():
    rows = random_pictures((8, 8), 2)
    first = pictures_of(rows, (8, 8), 2, EVERYTHING)
    assert not np.array_equal(augmented(rows, (8, 8), 2, EVERYTHING).pictures(EPOCH + 1, np.arange(M)), first)
    assert not np.array_equal(pictures_of(rows, (8, 8), 2, EVERYTHING, seed=1), first)


@pytest.mark.parametrize(
    "with_more",
    [
        Augmentation(flip=True, shift=1e-9, rotate=1e-9),
        Augmentation(flip=True, stretch=1e-9),
        Augmentation(flip=True, brightness=1e-9, contrast=1e-9),
        Augmentation(flip=True, cutout=1e-9),
    ],
)
def test_what_is_drawn_for_one_change_does_not_depend_on_the_others(with_more):
    """Which pictures are mirrored stays the same, whatever else is on: the mirror image of the one is the other."""
    rows, size = random_pictures((6, 6), 2, m=40), (6, 6)
    is_mirrored = Draws.of_epoch(0, EPOCH, 40).flip < 0.5
    only = pictures_of(rows, size, 2, Augmentation(flip=True))
    tiny = pictures_of(rows, size, 2, with_more)
    assert 5 < is_mirrored.sum() < 35
    assert np.array_equal(only, tiny)


def test_the_averages_are_the_same_kept_or_made_again(monkeypatch):
    rows, examples = random_pictures((4, 6), 3, m=200), np.arange(0, 200, 3)
    kept = augmented(rows, (4, 6), 3, EVERYTHING)
    assert kept.bytes_kept == rows.nbytes
    expected = kept.pictures(EPOCH, examples)
    monkeypatch.setattr("catnet.engine.augmented.available_memory", lambda: 0.0)
    made_again = augmented(rows, (4, 6), 3, EVERYTHING)
    assert made_again.bytes_kept == 0
    assert np.array_equal(made_again.pictures(EPOCH, examples), expected)
