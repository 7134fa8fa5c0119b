"""Whitening: its formula against a straightforward one, both ways to its components, and gradients through it."""

from dataclasses import replace

import gradient_check
import numpy as np
import pytest
from small_tasks import KINDS, random_task

from catnet.engine import whitening as of_whitening
from catnet.engine.direct import Direct
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import cost, logits
from catnet.engine.pictures import mirrored
from catnet.engine.whitening import Whitening, bytes_of_fit, fit_whitening, fitted_examples, most_components

SIZE = (3, 4)


def pictures(m, size=SIZE, mirror=False, dtype=np.float64, seed=0):
    """Random pictures whose pixels go together, scaled about their mean, or that of their mirror images and them."""
    random = np.random.default_rng([seed, m])
    n = size[0] * size[1] * 3
    rows = (128 + random.standard_normal((m, 5)) @ random.standard_normal((5, n)) * 12).clip(0, 255)
    rows = (rows + random.uniform(0, 9, (m, n))).clip(0, 255).astype(np.uint8)
    mean = rows.mean(axis=0)
    return Inputs(rows, Scaling((mean + mirrored(mean, size)) / 2 if mirror else mean, 1 / 255), dtype)


def projected(inputs, whitening):
    """The components of the inputs."""
    return Inputs(inputs.rows, inputs.scaling, inputs.dtype.type, whitening.matrix).projected()


def examples(inputs, mirror):
    """X (m, n) as rows, in float64; with the mirror images."""
    rows = np.concatenate([inputs.rows, mirrored(inputs.rows, SIZE)]) if mirror else inputs.rows
    return inputs.scaling.apply(rows)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("m", [200, 30, 12])  # S; S or K, with mirror images or without; K
def test_the_components_are_those_of_the_formula(m: int, mirror: bool) -> None:
    inputs, floor, k = pictures(m, mirror=mirror), 0.1, 8
    X = examples(inputs, mirror)
    _, s, Vt = np.linalg.svd(X, full_matrices=False)
    L = (s**2 / len(X))[:k]
    scales = (L + floor * L.mean()) ** -0.5
    expected = (Vt[:k].T * scales).T
    expected /= np.sqrt(((X @ expected.T) ** 2).mean())
    P = fit_whitening(inputs, k, floor, SIZE if mirror else None).matrix
    assert P.shape == expected.shape and P.dtype == np.float64
    np.testing.assert_allclose(np.abs(P @ np.linalg.pinv(expected)), np.eye(k), atol=1e-8)  # but for their signs
    Z = X @ P.T
    assert (Z**2).mean() == pytest.approx(1)
    r2 = (L / (L + floor * L.mean())).mean()
    np.testing.assert_allclose(Z.T @ Z / len(X), np.diag(L / (L + floor * L.mean()) / r2), atol=1e-9)


def test_without_a_floor_the_components_have_the_same_variance_and_are_not_correlated() -> None:
    inputs = pictures(200)
    Z = inputs.scaling.apply(inputs.rows) @ fit_whitening(inputs, 8, 1e-30).matrix.T
    np.testing.assert_allclose(Z.T @ Z / 200, np.eye(8), atol=1e-9)


@pytest.mark.parametrize("mirror", [False, True])
def test_the_way_by_S_and_the_way_by_K_agree(mirror: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs, size = pictures(36 if mirror else 60, mirror=mirror), SIZE if mirror else None
    by_S = fit_whitening(inputs, 20, 0.1, size).matrix
    monkeypatch.setattr(of_whitening, "PART_BYTES", 2000)  # parts of few features
    wide = Inputs(np.tile(inputs.rows, 4), Scaling(np.tile(inputs.scaling.shift, 4), 1 / 255), np.float64)
    by_K = fit_whitening(wide, 20, 0.1, (4 * SIZE[0], SIZE[1]) if mirror else None).matrix
    # each feature is there four times, so that each of its weights is a quarter
    np.testing.assert_allclose(by_K.T @ by_K, np.tile(by_S.T @ by_S, (4, 4)) / 16, atol=1e-10)


def test_parts_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = pictures(100)
    whole = fit_whitening(inputs, 10, 0.1).matrix
    monkeypatch.setattr(of_whitening, "PART_BYTES", 3000)
    parts = fit_whitening(inputs, 10, 0.1).matrix
    np.testing.assert_allclose(parts.T @ parts, whole.T @ whole, atol=1e-10)
    assert np.array_equal(parts, fit_whitening(inputs, 10, 0.1).matrix)


@pytest.mark.parametrize(("m", "k"), [(200, 36), (20, 19), (2, 1), (1, 0)])
def test_there_are_no_more_components_than_inputs_or_examples_minus_one(m: int, k: int) -> None:
    assert fit_whitening(pictures(m), 500, 0.1).matrix.shape == (k, 36)
    assert most_components(500, 36, m) == k
    assert (most_components(500, 36), most_components(7, 36)) == (36, 7)


def test_what_does_not_vary_is_no_component() -> None:
    table = np.random.default_rng(0).normal(2000, 3, (50, 3))
    rows = np.column_stack([table, table[:, 0] + table[:, 1], np.full(50, 1e10), np.full(50, 0.1)])
    deviation = np.array([*rows[:, :4].std(axis=0), 1, 1])
    inputs = Inputs(rows, Scaling(rows.mean(axis=0), 1 / deviation), np.float64)
    P = fit_whitening(inputs, 500, 1e-30).matrix
    assert len(P) == 3
    assert np.isfinite(P).all()
    same = Inputs(rows[:, 4:], Scaling(rows[:, 4:].mean(axis=0), 1.0), np.float64)
    assert fit_whitening(same, 500, 0.1).matrix.shape == (0, 2)
    equal = Inputs(np.full((9, 12), 7, np.uint8), Scaling(np.full(12, 7.0), 1 / 255), np.float32)
    assert fit_whitening(equal, 500, 0.1).matrix.shape == (0, 12)


def test_many_large_pictures_are_fitted_by_some_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_whitening, "LARGEST_DECOMPOSED", 20)
    assert [fitted_examples(m, 36, mirror) for m in (9, 15, 30) for mirror in (False, True)] == [9, 9, 15, 10, 20, 10]
    assert fitted_examples(30, 20, True) == 30
    inputs = pictures(30)
    one, again, other = (fit_whitening(inputs, 8, 0.1, seed=seed).matrix for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.allclose(one.T @ one, other.T @ other)
    assert bytes_of_fit(30, 36, 8, False) < bytes_of_fit(30, 3600, 8, False)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_folded_network_answers_as_the_one_on_the_components(dtype: type[np.floating]) -> None:
    inputs = pictures(300, dtype=dtype)
    whitening = fit_whitening(inputs, 10, 0.1)
    task = random_task(*KINDS[2], [7], n=10, m=300, dtype=dtype)
    parameters = {name: P.astype(dtype) for name, P in task.initial.items()}
    once, folded = projected(inputs, whitening), whitening.fold(parameters)
    assert once.rows.dtype == folded["W1"].dtype == dtype
    network = replace(task.network, sizes=(36, *task.network.sizes[1:]))
    found, expected = logits(network, folded, inputs), logits(task.network, parameters, once)
    np.testing.assert_allclose(found, expected, atol=1e-5 if dtype == np.float32 else 1e-12)
    np.testing.assert_allclose(once.rows.T, whitening.matrix @ inputs.scaling.apply(inputs.rows).T, atol=1e-5)
    whenever_read = Inputs(inputs.rows, inputs.scaling, dtype, whitening.matrix)
    assert np.array_equal(whenever_read.reader().block(slice(None)).X(), once.rows.T)
    np.testing.assert_allclose(logits(task.network, parameters, whenever_read), found, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_gradients_through_whitening_are_those_of_the_network_on_pixels(kind: tuple[str, str, str]) -> None:
    inputs = pictures(40)
    whitening = fit_whitening(inputs, 6, 0.1)
    task = replace(random_task(*kind, [4], n=6, m=40), inputs=projected(inputs, whitening))
    network = replace(task.network, sizes=(36, *task.network.sizes[1:]))
    found = gradient_check.gradients(task)["W1"]
    for index in np.ndindex(found.shape):  # J of the folded network, as W1[index] moves
        costs = []
        for step in (gradient_check.STEP, -gradient_check.STEP):
            W1 = task.initial["W1"].copy()
            W1[index] += step
            folded = whitening.fold({**task.initial, "W1": W1})
            costs.append(cost(network, logits(network, folded, inputs), task.labels))
        slope = (costs[0] - costs[1]) / (2 * gradient_check.STEP)
        assert found[index] == pytest.approx(slope, abs=1e-6 * np.abs(found).max())


def test_training_on_components_is_training_through_them() -> None:
    """The network on pixels whose W1 is kept to A P learns the same: with dA = dW1 P'."""
    inputs = pictures(40)
    whitening = fit_whitening(inputs, 6, 0.1)
    P = whitening.matrix
    task = replace(random_task(*KINDS[0], [4], n=6, m=40), inputs=projected(inputs, whitening))
    network = replace(task.network, sizes=(36, *task.network.sizes[1:]))
    solver, parameters = Direct(task), task.initial
    solver.run(1, 5)
    for _ in range(5):
        on_pixels = replace(task, network=network, inputs=inputs, initial=Whitening(P).fold(parameters))
        g = gradient_check.gradients(on_pixels)
        g["W1"] = g["W1"] @ P.T
        parameters = {name: theta - 0.1 * g[name] for name, theta in parameters.items()}
    for name, theta in solver.parameters().items():
        np.testing.assert_allclose(theta, parameters[name], atol=1e-9)
