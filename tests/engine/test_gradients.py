from dataclasses import replace

import numpy as np
import pytest
from gradient_check import relative_error
from small_tasks import EVERYTHING, KINDS, Kind, augmented_task, random_task

from catnet.engine import by_blocks, direct, losses
from catnet.engine.activations import ACTIVATIONS, Activation
from catnet.engine.network import NO_MASKS, backward
from catnet.goals import BINARY, MULTI_CLASS, REGRESSION

TOLERANCE = 1e-6


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_without_hidden_layers(kind):
    assert relative_error(random_task(*kind)) < TOLERANCE


@pytest.mark.parametrize("hidden_layers", [(4,), (4, 3)], ids=str)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_every_activation_loss_and_goal(kind: Kind, activation, hidden_layers):
    assert relative_error(random_task(*kind, hidden_layers, activation)) < TOLERANCE


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_with_class_weights_in_several_blocks(kind: Kind):
    assert relative_error(random_task(*kind, (4, 3), weighted=True, block_size=5)) < TOLERANCE


def test_every_layer_may_have_its_own_activation():
    task = random_task(MULTI_CLASS, "softmax", "cross_entropy", (5, 4, 3))
    mixed = replace(task.network, activations=("leaky_relu", "sigmoid", "linear", "softmax"))
    assert relative_error(replace(task, network=mixed)) < TOLERANCE


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_with_dropout(activation):
    task = random_task(BINARY, "sigmoid", "cross_entropy", (6, 5), activation, dropout=(0.3, 0.5), block_size=5)
    assert relative_error(task) < TOLERANCE


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_with_augmentation_mixup_label_smoothing_class_weights_and_whitening(kind: Kind):
    is_regression = kind[0] == REGRESSION  # which has no classes to smooth or to weigh
    task = augmented_task(
        *kind, (4, 3), bounds=EVERYTHING, weighted=not is_regression, smoothing=0.0 if is_regression else 0.2
    )
    assert relative_error(task) < TOLERANCE


def test_with_augmentation_and_dropout_in_several_rounds():
    task = augmented_task(
        BINARY, "sigmoid", "cross_entropy", (6, 5), bounds=EVERYTHING, dropout=(0.3, 0.5), block_size=2
    )
    assert relative_error(task) < TOLERANCE


def test_huber_has_errors_on_both_sides_of_delta():
    task = random_task(REGRESSION, "linear", "huber", (4,))
    errors = np.abs(direct.Direct(task).outputs(task.inputs) - task.labels)
    assert errors.min() < task.network.huber_delta < errors.max()


# the checker itself: it must reject what is wrong


def test_the_checker_rejects_a_gradient_of_labels_that_are_not_mixed(monkeypatch):
    task = augmented_task(MULTI_CLASS, "softmax", "cross_entropy", (4,), bounds=EVERYTHING)
    right = direct.loss_derivative

    def forgetful(network, logits, Y, weights):
        return right(network, logits, task.labels, weights)

    monkeypatch.setattr(direct, "loss_derivative", forgetful)
    assert relative_error(task) > 100 * TOLERANCE


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_checker_rejects_a_wrong_activation_derivative(activation, monkeypatch):
    function, right = ACTIVATIONS[activation]
    task = random_task(BINARY, "sigmoid", "cross_entropy", (4, 3), activation)
    monkeypatch.setitem(ACTIVATIONS, activation, Activation(function, lambda Z, A: 1.001 * right(Z, A)))
    assert relative_error(task) > 100 * TOLERANCE


def test_the_checker_rejects_a_wrong_slope_of_leaky_relu(monkeypatch):
    task = random_task(BINARY, "sigmoid", "cross_entropy", (4, 3), "leaky_relu")
    right = ACTIVATIONS["leaky_relu"].function
    monkeypatch.setitem(ACTIVATIONS, "leaky_relu", Activation(right, lambda Z, A: np.where(Z > 0, 1, 0.011)))
    assert relative_error(task) > 10 * TOLERANCE


@pytest.mark.parametrize("kind", KINDS, ids="-".join)
def test_the_checker_rejects_a_wrong_loss_derivative(kind, monkeypatch):
    value, derivative = losses.loss_of_logits(kind[2], kind[1])
    wrong = losses.Loss(value, lambda Z, Y: 1.001 * derivative(Z, Y))
    monkeypatch.setattr("catnet.engine.network.loss_of_logits", lambda *names: wrong)
    assert relative_error(random_task(*kind)) > 100 * TOLERANCE


def test_the_checker_rejects_a_forgotten_mask(monkeypatch):
    task = random_task(BINARY, "sigmoid", "cross_entropy", (6, 5), dropout=(0.3, 0.5))

    def forgetful(network, parameters, forward_pass, dZ_last, masks):
        return backward(network, parameters, forward_pass, dZ_last, NO_MASKS)

    monkeypatch.setattr(by_blocks, "backward", forgetful)
    assert relative_error(task) > 100 * TOLERANCE


def test_the_checker_rejects_a_gradient_without_the_class_weights(monkeypatch):
    task = random_task(BINARY, "sigmoid", "cross_entropy", (4,), weighted=True)
    right = direct.loss_derivative

    def forgetful(network, logits, Y, weights):
        return right(network, logits, Y, None)

    monkeypatch.setattr(direct, "loss_derivative", forgetful)
    assert relative_error(task) > 100 * TOLERANCE
