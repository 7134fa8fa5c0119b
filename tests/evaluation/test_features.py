import numpy as np
import pytest

from catnet.evaluation.features import averaged, box_for, histograms


def pictures(m, height, width, channels, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (m, height * width * channels)).astype(np.uint8)


@pytest.mark.parametrize(("height", "width"), [(6, 8), (7, 5), (1, 3)])
def test_colour_histograms_count_the_pixels_of_the_whole_and_of_the_quarters(height, width):
    rows = pictures(5, height, width, 3)
    found = histograms(rows, (height, width))
    assert found.shape == (5, 5 * 64)
    top, left = height // 2, width // 2
    places = [(slice(None), slice(None))]
    places += [(y, x) for y in (slice(0, top), slice(top, None)) for x in (slice(0, left), slice(left, None))]
    for picture, of_picture in zip(rows.reshape(5, height, width, 3), found.reshape(5, 5, 64), strict=True):
        for (y, x), shares in zip(places, of_picture, strict=True):
            counts = np.zeros(64)
            for red, green, blue in picture[y, x].reshape(-1, 3) // 64:
                counts[red * 16 + green * 4 + blue] += 1
            assert shares**2 == pytest.approx(counts / max(1, counts.sum()), abs=1e-6)


def test_grey_pictures_have_bins_of_brightness():
    rows = np.repeat(np.array([[0, 15, 16, 255]], np.uint8), 4, axis=0).reshape(1, 16)
    whole = histograms(rows, (4, 4))[0, :16] ** 2
    assert whole == pytest.approx([0.5, 0.25, *[0] * 13, 0.25], abs=1e-6)


def test_boxes_that_do_not_fit_lose_the_edge():
    rows = pictures(3, 7, 10, 3)
    found = averaged(rows, (7, 10), 4).reshape(3, 1, 2, 3)
    means = rows.reshape(3, 7, 10, 3)[:, :4, :8].reshape(3, 1, 4, 2, 4, 3).mean(axis=(2, 4))
    assert np.abs(found - means).max() <= 0.5


def test_parts_give_the_same_as_the_whole(monkeypatch):
    rows = pictures(20, 8, 8, 3)
    whole = averaged(rows, (8, 8), 2), histograms(rows, (8, 8))
    monkeypatch.setattr("catnet.evaluation.features.TOGETHER", 3 * 192)
    assert np.array_equal(averaged(rows, (8, 8), 2), whole[0])
    assert np.array_equal(histograms(rows, (8, 8)), whole[1])


def test_more_pictures_are_averaged_over_larger_boxes():
    boxes = [box_for(np.zeros((1, m)), (64, 64), 3, 8e10) for m in (200, 1600, 20_000, 200_000)]
    assert boxes == [1, 1, 4, 8]
    assert box_for(np.zeros((500, 20_000)), (64, 64), 3, 8e10) == 8
    assert box_for(np.zeros((1, 9)), (3, 5), 1, 1.0) == 2  # none is cheap enough: the largest that there is
