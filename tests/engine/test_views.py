"""Logits of a mean answer against the mean of the answers themselves; boxes and mirror images against loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from catnet.engine.activations import OUTPUT_ACTIVATIONS
from catnet.engine.pictures import box_average, mirrored
from catnet.engine.types import Array
from catnet.engine.views import MEANS, VIEWS, mean_logits


def test_every_output_activation_has_a_mean() -> None:
    assert MEANS.keys() == OUTPUT_ACTIVATIONS.keys()
    assert VIEWS == ("none", "flip")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", OUTPUT_ACTIVATIONS)
def test_the_answer_is_the_mean_of_the_answers(name: str, dtype: str) -> None:
    shapes = st.tuples(st.integers(2, 3), st.integers(1, 4), st.integers(1, 5))
    elements = st.floats(-30, 30, width=32)

    @settings(max_examples=100, deadline=None)
    @given(arrays(dtype, shapes, elements=elements))
    def check(Z: Array) -> None:
        g = OUTPUT_ACTIVATIONS[name]
        expected = np.mean([g(z.astype(np.float64)) for z in Z], axis=0)
        found = mean_logits(name, Z)
        assert (found.dtype.name, found.shape) == ("float64", Z.shape[1:])
        np.testing.assert_allclose(g(found), expected, rtol=1e-12, atol=1e-300)
        if name == "sigmoid":  # its complement is as exact, however small
            others = np.mean([g(-z.astype(np.float64)) for z in Z], axis=0)
            np.testing.assert_allclose(g(-found), others, rtol=1e-12)

    check()


@pytest.mark.parametrize("name", OUTPUT_ACTIVATIONS)
def test_equal_views_change_nothing(name: str) -> None:
    z = np.random.default_rng(0).normal(size=(3, 5), scale=20)
    g = OUTPUT_ACTIVATIONS[name]
    np.testing.assert_allclose(g(mean_logits(name, np.array([z, z]))), g(z), rtol=1e-12)


def test_the_logits_of_a_single_view_stay_as_they_are() -> None:
    Z = np.random.default_rng(0).normal(size=(1, 3, 5)).astype(np.float32)
    for name in OUTPUT_ACTIVATIONS:
        found = mean_logits(name, Z)
        assert found.dtype == np.float32
        assert np.array_equal(found, Z[0])


def test_extreme_logits() -> None:
    with np.errstate(all="raise", under="ignore"):
        z = mean_logits("sigmoid", np.array([[[1000.0, -1000, 1000, 0]], [[1000.0, -1000, -1000, -1000]]]))
        np.testing.assert_allclose(z, [[1000, -1000, 0, -np.log(3)]], atol=1e-12)
        Z = np.array([[[1000.0], [-1000], [0]], [[-1000.0], [1000], [0]]])
        z = mean_logits("softmax", Z)
        np.testing.assert_allclose(z, [[-np.log(2)], [-np.log(2)], [-1000]], atol=1e-12)
        assert mean_logits("linear", np.array([[[1000.0]], [[-1000.0]]])) == 0
        assert mean_logits("relu", np.array([[[1000.0]], [[-1000.0]]])) == 500


def test_of_infinite_logits_the_answer_is_the_mean_too_or_is_not_finite() -> None:
    z = mean_logits("sigmoid", np.array([[[np.inf, -np.inf, np.inf]], [[np.inf, -np.inf, -np.inf]]]))
    assert z.tolist() == [[np.inf, -np.inf, 0]]
    with np.errstate(invalid="ignore"):
        z = mean_logits("softmax", np.array([[[np.inf], [0]], [[1], [0]]]))
        assert np.isnan(OUTPUT_ACTIVATIONS["softmax"](z)).all()


@pytest.mark.parametrize("factor", [1, 2, 3, 4])
@pytest.mark.parametrize("m", [0, 1, 5])
def test_boxes_are_averaged_as_a_loop_does(factor: int, m: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catnet.engine.pictures.AVERAGED_TOGETHER", 2 * 2 * 5 * factor**2 * 3)  # two pictures
    rows = np.random.default_rng(factor).integers(0, 256, (m, 2 * factor * 5 * factor * 3), dtype=np.uint8)
    expected = np.empty((m, 2, 5, 3))
    for i, picture in enumerate(rows.reshape(m, 2 * factor, 5 * factor, 3)):
        for row in range(2):
            for column in range(5):
                box = picture[row * factor : (row + 1) * factor, column * factor : (column + 1) * factor]
                expected[i, row, column] = np.floor(box.reshape(-1, 3).mean(axis=0) + 0.5)
    found = box_average(rows, (2, 5), factor)
    assert found.dtype == np.uint8
    assert np.array_equal(found, expected.reshape(m, 2 * 5 * 3))


def test_white_stays_white() -> None:
    assert (box_average(np.full((1, 16 * 16 * 3), 255, np.uint8), (4, 4), 4) == 255).all()


def test_a_mirror_image() -> None:
    picture = np.arange(2 * 3 * 3).reshape(1, -1)
    assert mirrored(picture, (2, 3)).reshape(2, 3, 3)[:, :, 0].tolist() == [[6, 3, 0], [15, 12, 9]]
    assert np.array_equal(mirrored(mirrored(picture, (2, 3)), (2, 3)), picture)
