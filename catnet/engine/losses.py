"""Losses L(y^, y) and dZ[L] = dL/dZ[L], both computed from the logits Z[L].

From the logits rather than from y^ = g(Z[L]), so that a prediction of exactly 0 or 1 has a finite, right
loss. Z and Y have the shape (k, m); a loss has the shape (k, m), or (1, m) where the k outputs share one.
The cost is J = (1/m) sum of w L over all its elements, w being the class weights (1 without any).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from catnet.engine.activations import Activation, linear, linear_derivative, relu, relu_derivative, sigmoid
from catnet.engine.types import Array

HUBER_DELTA = 1.0


class Loss(NamedTuple):
    """L(Z, Y), and its derivative with respect to Z."""

    value: Callable[[Array, Array], Array]
    derivative: Callable[[Array, Array], Array]


def binary_cross_entropy(Z: Array, Y: Array) -> Array:
    """L = -[y log y^ + (1-y) log(1-y^)] with y^ = sigmoid(z), which is max(z, 0) - y z + log(1 + e^-|z|)"""
    return np.maximum(Z, 0) - Y * Z + np.log1p(np.exp(-np.abs(Z)))


def binary_cross_entropy_derivative(Z: Array, Y: Array) -> Array:
    """dL/dz = y^ - y"""
    return sigmoid(Z) - Y


def cross_entropy(Z: Array, Y: Array) -> Array:
    """L = -sum_k y_k log y^_k with y^ = softmax(z), which is log(sum_k e^z_k) - z_label; shape (1, m)"""
    shifted = Z - Z.max(axis=0, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=0, keepdims=True))
    return log_sum - (Y * shifted).sum(axis=0, keepdims=True)


def cross_entropy_derivative(Z: Array, Y: Array) -> Array:
    """dL/dz = y^ - y"""
    E = np.exp(Z - Z.max(axis=0, keepdims=True))
    return E / E.sum(axis=0, keepdims=True) - Y


def squared(prediction: Array, Y: Array) -> Array:
    """L = (y^ - y)^2"""
    return (prediction - Y) ** 2


def squared_derivative(prediction: Array, Y: Array) -> Array:
    """dL/dy^ = 2 (y^ - y)"""
    return 2 * (prediction - Y)


def absolute(prediction: Array, Y: Array) -> Array:
    """L = |y^ - y|"""
    return np.abs(prediction - Y)


def absolute_derivative(prediction: Array, Y: Array) -> Array:
    """dL/dy^ = sign(y^ - y)"""
    return np.sign(prediction - Y)


def huber(delta: float) -> Loss:
    """L = e^2/2 where |e| <= delta, else delta (|e| - delta/2), with e = y^ - y (Huber, 1964)"""

    def value(prediction: Array, Y: Array) -> Array:
        error = np.abs(prediction - Y)
        inside = np.minimum(error, delta)
        return inside * (error - inside / 2)

    def derivative(prediction: Array, Y: Array) -> Array:
        return np.clip(prediction - Y, -delta, delta)

    return Loss(value, derivative)


def through(activation: Activation, loss: Loss) -> Loss:
    """The loss of y^ = g(Z), by the chain rule: dL/dZ = dL/dy^ * g'(Z)."""

    def value(Z: Array, Y: Array) -> Array:
        return loss.value(activation.function(Z), Y)

    def derivative(Z: Array, Y: Array) -> Array:
        prediction = activation.function(Z)
        return loss.derivative(prediction, Y) * activation.derivative(Z, prediction)

    return Loss(value, derivative)


CROSS_ENTROPIES = {
    "sigmoid": Loss(binary_cross_entropy, binary_cross_entropy_derivative),
    "softmax": Loss(cross_entropy, cross_entropy_derivative),
}
REGRESSION_OUTPUTS = {"linear": Activation(linear, linear_derivative), "relu": Activation(relu, relu_derivative)}
REGRESSION_LOSSES = {"squared": Loss(squared, squared_derivative), "absolute": Loss(absolute, absolute_derivative)}
LOSSES = ("cross_entropy", "squared", "absolute", "huber")


def loss_of_logits(name: str, output_activation: str, huber_delta: float = HUBER_DELTA) -> Loss:
    """The loss as a function of the logits Z[L] and the labels Y, for one of the pairs that goals.py allows."""
    if name == "cross_entropy":
        return CROSS_ENTROPIES[output_activation]
    error = huber(huber_delta) if name == "huber" else REGRESSION_LOSSES[name]
    return through(REGRESSION_OUTPUTS[output_activation], error)
