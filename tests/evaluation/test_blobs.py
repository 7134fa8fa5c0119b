"""Blobs: what blurring to squares and shifting change, and how alike weights are within squares."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catnet.engine.network import Network
from catnet.engine.types import Array
from catnet.evaluation.blobs import Blobs, Kept, blobs, differences, distances, share_of_squares, shift, squares
from catnet.model import Model
from catnet.report.facts import gather


def model_of(run: Path, W: Array) -> Model:
    """A model of goal 1.0 for grey pictures of 16 x 16 pixels with these weights, which says yes above their mean."""
    network = Network((256, 1), ("sigmoid",), "cross_entropy")
    parameters = {"W1": W.reshape(1, 256).astype(np.float32), "b1": np.zeros((1, 1), np.float32)}
    model = gather(run).model
    return replace(
        model, network=network, parameters=parameters, image_size=(16, 16), box_average=1, views="none", colors="grey"
    )


def test_a_network_of_blobs_does_not_notice_blurring_and_one_of_edges_does(runs: dict[str, Path]) -> None:
    random = np.random.default_rng(0)
    rows = random.integers(0, 256, (150, 256), dtype=np.uint8)
    blob = np.zeros((16, 16))
    blob[2:6, 2:6], blob[10:14, 10:14] = 1, -1
    edges = np.zeros((16, 16))
    edges[:, ::2], edges[:, 1::2] = 1, -1
    of_blob, of_edges = (blobs(model_of(runs["1.0"], W), rows) for W in (blob, edges))
    assert of_blob is not None and of_edges is not None
    assert (of_blob.pictures, of_blob.pixels) == (150, 1)
    assert of_blob.blurred.share > 0.9 > 0.4 > of_edges.blurred.share
    assert of_edges.shifted.share < of_blob.shifted.share < 0.9
    assert share_of_squares(blob.reshape(1, -1), (16, 16)) == 1
    assert share_of_squares(edges.reshape(1, -1), (16, 16)) == 0
    assert share_of_squares(random.normal(size=(200, 256)), (16, 16)) == pytest.approx(0.25, abs=0.01)


def test_a_rare_answer_that_detail_decides_is_not_hidden_by_a_frequent_one(runs: dict[str, Path]) -> None:
    rows = np.random.default_rng(0).integers(0, 256, (200, 256), dtype=np.uint8)
    edges = np.zeros((16, 16))
    edges[:, ::2], edges[:, 1::2] = 1, -1
    model = model_of(runs["1.0"], edges)
    z = np.sort(model.logits(rows)[0])
    model = replace(model, parameters={**model.parameters, "b1": np.full((1, 1), -z[-11:-9].mean(), np.float32)})
    found = blobs(model, rows)
    assert found is not None
    assert found.blurred.moved == 0.05  # 10 of 200 say yes, and none that is blurred
    assert found.blurred.share == pytest.approx(0)


def test_chance_is_the_answer_to_another_picture() -> None:
    before, after = np.array([[1, 1, 0, 1], [0, 0, 0, 1]]), np.array([[1, 0, 0, 1], [0, 0, 0, 0]])
    apart = differences(before, after)
    assert [[(a != b).any() for b in after.T] for a in before.T] == apart.tolist()
    assert Kept(0.1, 0.5).share == pytest.approx(0.8)
    far = distances(np.array([[1.0, 3.0]]), np.array([[2.0, 7.0]]))
    assert far.tolist() == [[1, 6], [1, 4]]


def test_nothing_is_measured_if_all_answers_are_the_same(runs: dict[str, Path]) -> None:
    rows = np.random.default_rng(0).integers(0, 256, (20, 256), dtype=np.uint8)
    model = model_of(runs["1.0"], np.zeros(256))
    assert blobs(model, rows) is None
    assert blobs(replace(model, image_size=(8, 32)), rows) is None
    many = blobs(model_of(runs["1.0"], np.arange(256) - 127.5), np.repeat(rows, 20, axis=0))
    assert isinstance(many, Blobs) and many.pictures == 200


def test_squares_and_shifts() -> None:
    pictures = np.arange(2 * 20 * 17 * 3, dtype=np.float64).reshape(2, 20, 17, 3)
    blurred = squares(pictures)
    assert blurred.shape == pictures.shape
    assert blurred[1, 0, 0, 2] == pytest.approx(pictures[1, :2, :2, 2].mean())
    assert blurred[0, 19, 16, 0] == pytest.approx(pictures[0, 17:, 14:, 0].mean())
    moved = shift(pictures, 2, -1)
    assert (moved[:, 2:, :-1] == pictures[:, :-2, 1:]).all()
    assert (moved[:, 0] == moved[:, 1]).all() and (moved[:, :, -1] == moved[:, :, -2]).all()
