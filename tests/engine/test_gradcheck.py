"""Gradient checks on small trainings: every loss with every activation, kinks, zeros, and each mistake caught."""

from dataclasses import replace

import numpy as np
import pytest
from small_tasks import KINDS, Kind, random_task

from catnet.engine.activations import ACTIVATIONS, Activation
from catnet.engine.initialization import initial_parameters
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import NO_MASKS
from catnet.engine.optimizers import Optimizer
from catnet.engine.range_test import of_examples
from catnet.errors import ConfigError, Diverged
from catnet.goals import BINARY, MULTI_CLASS, REGRESSION
from catnet.teaching.gradcheck import Checked, GradientCheck, check_task, grade_of
from catnet.teaching.gradients.mistakes import MISTAKES, changed_by, gradients, mistake_called, mistakes_of
from catnet.teaching.gradients.slopes import STEP

CAT, ANIMAL = (BINARY, "sigmoid", "cross_entropy"), (MULTI_CLASS, "softmax", "cross_entropy")
CASES = [(kind, activation) for kind in KINDS for activation in ACTIVATIONS]


def grades(task, mistake=None, samples=6):
    """The grade of each W[l] and b[l]; None if nothing of it was graded."""
    return {row.name: row.grade for row in check_task(task, samples, None if mistake is None else MISTAKES[mistake])}


@pytest.mark.parametrize(("kind", "activation"), CASES, ids=str)
def test_every_loss_with_every_activation_is_fine_and_every_mistake_is_caught(kind: Kind, activation):
    task = random_task(*kind, (5, 4), activation, weighted=True)
    assert set(grades(task).values()) == {"fine"}
    for name in mistakes_of(task.network):
        assert "wrong" in grades(task, name).values(), name


def test_where_each_mistake_shows():
    task = random_task(*ANIMAL, (5, 4), "relu")
    task.initial["b2"][...] = -0.5  # or every z of layer 2 is positive, and the slope 1
    wrong = {name: [row for row, grade in grades(task, name).items() if grade == "wrong"] for name in MISTAKES}
    everywhere = ["W1", "b1", "W2", "b2", "W3", "b3"]
    assert wrong == {
        "relu": ["W1", "b1", "W2", "b2"],
        "softmax": everywhere,
        "bias": ["b1", "b2", "b3"],
        "loss": everywhere,
        "mean": everywhere,
    }


@pytest.mark.parametrize("decay", [0.0, 0.3])
def test_without_the_division_by_m_all_is_m_times_too_large(decay: float):
    task = replace(random_task(*CAT, (4,)), optimizer=Optimizer("gradient_descent", weight_decay=decay))
    check = GradientCheck(task.network, check_task(task, 12, MISTAKES["mean"]), task.inputs.m)
    assert check.factor == pytest.approx(13, rel=1e-4)
    other = GradientCheck(task.network, check_task(task, 12, MISTAKES["bias"]), task.inputs.m)
    assert other.factor is None


def test_a_factor_is_neither_nearly_0_nor_that_of_a_single_number_but_m():
    def factor(*ratios):
        row = Checked("b1", 9, {(0, 0): 1.0}, ratios, 0, 0, {})
        return GradientCheck(random_task(*CAT).network, (row,), 13).factor

    assert factor(2.0, 2.01) == pytest.approx(2.005)
    assert factor(13.0) == 13.0
    assert [factor(*ratios) for ratios in ((), (2.0,), (-0.0, -0.0), (1e-46, 1e-46), (2.0, 3.0))] == [None] * 5


def test_which_gradients_a_mistake_changes():
    task = random_task(*CAT, (4,), "relu")
    assert changed_by(MISTAKES["relu"], task, NO_MASKS) == ["W1", "b1"]
    assert changed_by(MISTAKES["bias"], task, NO_MASKS) == ["b1", "b2"]
    assert changed_by(MISTAKES["mean"], of_examples(task, np.array([0])), NO_MASKS) == []


@pytest.mark.parametrize("changed", ["dropout", "decay", "target", "inputs"])
def test_what_a_training_may_have_is_fine(changed: str):
    task = random_task(REGRESSION, "linear", "squared", (5, 4), "relu")
    if changed == "dropout":
        task = replace(task, dropout=(0.3, 0.5))
    elif changed == "decay":
        task = replace(task, optimizer=Optimizer("gradient_descent", weight_decay=0.5))
    elif changed == "target":  # prices: J is 1e11
        task = replace(task, labels=task.labels * 1e5)
    else:  # years, not scaled
        rows = np.random.default_rng(0).uniform(1900, 2000, (13, 6))
        task = replace(task, inputs=Inputs(rows, Scaling(0.0, 1.0), np.float64))
    assert set(grades(task).values()) <= {"fine", None}
    assert "fine" in grades(task).values()


def test_weight_decay_is_in_the_gradient_of_the_weights_alone():
    task = random_task(*CAT, (4,))
    decayed = replace(task, optimizer=Optimizer("gradient_descent", weight_decay=0.5))
    for name, gradient in gradients(decayed, NO_MASKS).items():
        penalty = 0.5 * task.initial[name] if name[0] == "W" else 0.0
        np.testing.assert_allclose(gradient, gradients(task, NO_MASKS)[name] + penalty, atol=1e-12)
    assert all(row.ratio == pytest.approx(1, abs=1e-6) for row in check_task(decayed))  # which leaves the penalty out


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_a_parameter_at_a_kink_is_named_and_not_graded(activation: str):
    task = random_task(*CAT, (3,), activation)
    z = task.initial["W1"] @ task.inputs.reader().block(slice(None)).X()
    task.initial["b1"][1] = -z[1, 7] + STEP / 10  # between theta - h and theta + h it is 0
    rows = {row.name: row for row in check_task(task)}
    kink = rows["b1"].kinks[1, 0]
    assert kink == ("z", 1, 1, 7)
    assert list(rows["b1"].errors) == [(0, 0), (2, 0)]
    assert {row.grade for row in rows.values()} == {"fine"}


@pytest.mark.parametrize(("loss", "offset", "what"), [("absolute", 0.0, "y^ - y"), ("huber", 1.0, "|y^ - y| - delta")])
def test_the_kink_of_a_loss_is_named(loss: str, offset: float, what: str):
    task = random_task(REGRESSION, "linear", loss)
    z = task.initial["W1"] @ task.inputs.reader().block(slice(None)).X()
    task.labels[0, 4] = z[0, 4] + task.initial["b1"][0, 0] + offset + 1e-6
    (row,) = [row for row in check_task(task) if row.name == "b1"]
    assert row.kinks == {(0, 0): (what, 1, 0, 4)}
    assert row.grade is None


def test_the_kink_of_a_relu_output_is_named():
    task = random_task(REGRESSION, "relu", "squared")
    z = task.initial["W1"] @ task.inputs.reader().block(slice(None)).X()
    task.initial["b1"][0] = -z[0, 4] + 1e-6
    (row,) = [row for row in check_task(task) if row.name == "b1"]
    assert row.kinks == {(0, 0): ("z", 1, 0, 4)}


def test_behind_zeros_all_is_zero_and_nothing_is_graded():
    task = random_task(*ANIMAL, (4, 3), "tanh")
    task = replace(task, initial=initial_parameters(task.network.sizes, "zeros", 0, np.float64))
    rows = {row.name: row for row in check_task(task)}
    assert {name: row.grade for name, row in rows.items()} == {
        "W1": None, "b1": None, "W2": None, "b2": None, "W3": None, "b3": "fine"
    }  # fmt: skip
    assert rows["W1"].zeros == rows["W1"].samples == 24


def scaled(derivative, factor):
    return lambda Z, A: factor * derivative(Z, A)


def test_a_slightly_wrong_derivative_is_not_fine(monkeypatch):
    task = random_task(*CAT, (4, 3), "tanh")
    function, right = ACTIVATIONS["tanh"]
    for factor, grade in ((1 + 1e-6, "perhaps"), (1 + 1e-4, "doubtful"), (1.01, "wrong")):
        monkeypatch.setitem(ACTIVATIONS, "tanh", Activation(function, scaled(right, factor)))
        found = grades(task)
        assert (found["W2"], found["W3"], found["b3"]) == (grade, "fine", "fine")


def test_large_targets_do_not_hide_a_slightly_wrong_derivative(monkeypatch):
    task = random_task(REGRESSION, "linear", "squared")
    function, right = ACTIVATIONS["linear"]
    monkeypatch.setitem(ACTIVATIONS, "linear", Activation(function, scaled(right, 1.01)))
    (error,) = check_task(replace(task, labels=task.labels * 1e5))[1].errors.values()
    assert error == pytest.approx(0.01 / 1.01, rel=1e-3)


def with_large_errors(loss):
    """A regression of targets of 1e8, whose cost is as large; its gradients are not."""
    task = random_task(REGRESSION, "linear", loss, (5, 4), "relu")
    return replace(task, labels=task.labels * 1e8)


def test_a_cost_far_above_its_gradients_hides_no_mistake():
    rows = {row.name: row for row in check_task(with_large_errors("absolute"), mistake=MISTAKES["relu"])}
    assert (rows["W1"].grade, rows["b1"].grade, rows["b3"].grade) == ("wrong", "wrong", "fine")
    assert max(rows["b1"].errors.values()) > 0.1


def test_what_rounding_spoils_is_too_small_to_grade_and_not_wrong():
    rows = check_task(with_large_errors("absolute"))
    assert {row.grade for row in rows} <= {"fine", None}
    assert rows[0].small > 20
    assert all(row.samples == row.small + row.zeros + len(row.errors) for row in rows)
    assert rows[0].to_json()["small"] == rows[0].small


def test_a_step_across_both_kinks_of_huber_is_a_kink():
    task = random_task(REGRESSION, "linear", "huber")
    z = task.initial["W1"] @ task.inputs.reader().block(slice(None)).X()
    labels = task.labels.copy()
    labels[0] *= 1e8  # h is 3e-5 of the largest error
    labels[0, 4] = z[0, 4] + 50.0
    row = check_task(replace(task, labels=labels))[1]
    assert row.kinks == {(0, 0): ("|y^ - y| - delta", 1, 0, 4)}


def test_a_steep_cost_is_fine():
    task = random_task(*ANIMAL, (8, 8, 8, 8), "tanh")
    for name in ("W2", "W3", "W4"):
        task.initial[name][...] *= 4
    assert set(grades(task, samples=20).values()) == {"fine"}


def test_grades():
    assert list(map(grade_of, (0, 1e-7, 1.1e-7, 1e-5, 1.1e-5, 1e-3, 1.1e-3, 2, np.nan))) == [
        "fine", "fine", "perhaps", "perhaps", "doubtful", "doubtful", "wrong", "wrong", "wrong"
    ]  # fmt: skip


def test_samples_are_drawn_by_seed():
    task = random_task(*CAT, (4,), n=30)
    first, again, other = (check_task(each, 5)[0] for each in (task, task, replace(task, seed=1)))
    assert first.samples == 5 and first.size == 120
    assert list(first.errors) == list(again.errors) != list(other.errors)
    assert len(check_task(task, 500)[0].errors) == 120


def test_a_network_says_which_mistakes_it_can_make():
    assert mistakes_of(random_task(*CAT).network) == ["bias", "loss", "mean"]
    with pytest.raises(ConfigError, match=r"relu needs a hidden layer .* it can make bias, loss or mean"):
        mistake_called("relu", random_task(*CAT, (3,), "tanh").network)
    with pytest.raises(
        ConfigError, match=r"softmax needs a softmax output.* are relu and sigmoid; it can make relu, bias"
    ):
        mistake_called("softmax", random_task(*CAT, (3,), "relu").network)
    with pytest.raises(ConfigError, match=r"no mistake called meen; did you mean mean\?"):
        mistake_called("meen", random_task(*CAT).network)


def test_a_cost_that_is_not_finite_is_said():
    task = random_task(REGRESSION, "linear", "squared")
    with pytest.raises(Diverged, match="not a finite number"):
        check_task(replace(task, labels=task.labels * 1e200))
