"""The pictures that are made for a neuron: in the first layer they are known exactly."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catnet.engine.types import Array
from catnet.evaluation.preferred import RADIUS, Components, logits_of, most_exciting, slopes
from catnet.model import Model
from catnet.report.facts import Facts, gather


@pytest.fixture(scope="module")
def facts(runs: dict[str, Path]) -> Facts:
    return gather(runs["3.0"])


@pytest.fixture(scope="module")
def rows(facts: Facts) -> Array:
    train = facts.split("train")
    assert train is not None
    return facts.model.averaged(train.rows)


def test_a_mean_picture_has_the_shape_of_the_weighted_mean_minus_the_plain(rows: Array) -> None:
    A = np.random.default_rng(0).random((2, len(rows)))
    A[1] = 3.0
    found = slopes(rows, A)
    expected = A[0] @ rows / A[0].sum() - rows.mean(axis=0)
    assert np.corrcoef(found[0], expected)[0, 1] == pytest.approx(1, abs=1e-6)
    assert found[0] == pytest.approx(expected * A[0].mean() / A[0].std(), abs=1e-3)
    assert not found[1].any()


def test_components_are_of_unit_variance_and_make_pictures_again(rows: Array) -> None:
    components = Components.of(rows)
    far = replace(components, basis=components.basis)
    c = (far.basis / (far.basis**2).sum(axis=0)).T @ (rows - far.mean).T
    assert c.var(axis=1) == pytest.approx(np.ones(len(c)), rel=1e-6)
    assert components.coordinates(rows) == pytest.approx(c)
    left = (rows - far.mean - (far.basis @ c).T).var() if len(c) else 0
    assert components.share == pytest.approx(1 - left / (rows - far.mean).var(), rel=1e-6)
    assert Components.of(rows[[0, 0]]).basis.shape[1] == 0


def test_in_the_first_layer_it_is_the_closed_form(facts: Facts, rows: Array) -> None:
    model, neurons = facts.model, np.array([0, 3])
    components = Components.of(rows)
    starts = np.stack([rows[[0, 1]], rows[[2, 3]]])
    found = most_exciting(model, components, 1, neurons, starts)
    gradient = model.parameters["W1"][neurons].astype(np.float64) * model.scaling.scale @ components.basis
    c = RADIUS * gradient.T / np.linalg.norm(gradient, axis=1)
    assert np.abs(found.astype(int) - components.pictures(c)).max() <= 1
    network, parameters = components.network(model, 1)
    z = parameters["W1"] @ c + parameters["b1"]
    ceiling = parameters["W1"] @ np.zeros_like(c) + parameters["b1"]
    assert z[neurons, [0, 1]] == pytest.approx(
        ceiling[neurons, 0] + RADIUS * np.linalg.norm(gradient, axis=1), rel=1e-6
    )
    assert network.sizes == (components.basis.shape[1], model.network.sizes[1])


def test_in_a_deeper_layer_it_is_no_worse_than_where_it_started(facts: Facts, rows: Array) -> None:
    model, components, neurons = facts.model, Components.of(rows), np.arange(3)
    starts = rows[:6].reshape(2, 3, -1)
    made = most_exciting(model, components, 3, neurons, starts)
    assert made.dtype == np.uint8
    reached = logits_of(model, 3, neurons, made)
    for start in starts:
        c = components.coordinates(start)
        inside = components.pictures(c * np.minimum(1, RADIUS / np.linalg.norm(c, axis=0)))
        assert (reached >= logits_of(model, 3, neurons, inside)).all()
    assert logits_of(model, 3, neurons, rows[:3]) == pytest.approx(model.logits(rows[:3])[neurons, neurons], rel=1e-4)


def test_a_plateau_of_relu_is_left(facts: Facts, rows: Array) -> None:
    parameters = {name: values.copy() for name, values in facts.model.parameters.items()}
    seen = responses_of_layer_2(facts.model, rows)
    parameters["b2"] -= seen.max(axis=1, keepdims=True) + 0.01  # now all are 0 for all pictures, by a little
    parameters["W3"] = np.abs(parameters["W3"])
    model = replace(facts.model, parameters=parameters)
    assert responses_of_layer_2(model, rows).max() < 0
    made = most_exciting(model, Components.of(rows), 3, np.array([0]), rows[:1][None])
    assert logits_of(model, 3, np.array([0]), made) > parameters["b3"][0] + 0.01


def responses_of_layer_2(model: Model, rows: Array) -> Array:
    """Z[2] of pictures, (n_2, m)."""
    neurons = np.arange(model.network.sizes[2])
    return np.stack([logits_of(model, 2, np.full(len(rows), j), rows) for j in neurons])
