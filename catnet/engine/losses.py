"""Losses L(y^, y), each beside its derivative.

The engine computes both from the logits Z[L] instead of y^ = g[L](Z[L]): so even for y^ = 0 or 1 exactly the
cross-entropy is finite and correct. Z, Y and y^ have the shape (k, m). A loss has the shape (k, m), or (1, m) if the k
outputs share one. The cost is J = (1/m) sum of w L over all its elements, w being the class weights (1 by default).
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from catnet.engine.activations import ACTIVATIONS, Activation, softmax, unguarded_sigmoid
from catnet.engine.names import HUBER_DELTA
from catnet.engine.types import Array


class Loss(NamedTuple):
    """L(Z, Y) and its derivative dL/dZ; or L(y^, Y) and dL/dy^.

    The caller of a derivative has NumPy ignore overflows.
    """

    value: Callable[[Array, Array], Array]
    derivative: Callable[[Array, Array], Array]


# of the logits Z


def binary_cross_entropy(Z: Array, Y: Array) -> Array:
    """L = -[y log y^ + (1-y) log(1-y^)] with y^ = sigmoid(z), which is max(z, 0) - y z + log(1 + e^-|z|)"""
    return np.maximum(Z, 0) - Y * Z + np.log1p(np.exp(-np.abs(Z)))


def binary_cross_entropy_derivative(Z: Array, Y: Array) -> Array:
    """dL/dz = y^ - y"""
    dZ = unguarded_sigmoid(Z)  # to have NumPy ignore an overflow takes a tenth of the smallest steps
    dZ -= Y
    return dZ


def cross_entropy(Z: Array, Y: Array) -> Array:
    """L = -sum_k y_k log y^_k with y^ = softmax(z), which is log(sum_k e^z_k) - sum_k y_k z_k; shape (1, m)"""
    shifted = Z - Z.max(axis=0, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=0, keepdims=True))
    return log_sum - (Y * shifted).sum(axis=0, keepdims=True)


def cross_entropy_derivative(Z: Array, Y: Array) -> Array:
    """dL/dz = y^ - y"""
    return softmax(Z) - Y


# of the prediction y^


def squared(Y_hat: Array, Y: Array) -> Array:
    """L = (y^ - y)^2"""
    return (Y_hat - Y) ** 2


def squared_derivative(Y_hat: Array, Y: Array) -> Array:
    """dL/dy^ = 2 (y^ - y)"""
    return 2 * (Y_hat - Y)


def absolute(Y_hat: Array, Y: Array) -> Array:
    """L = |y^ - y|"""
    return np.abs(Y_hat - Y)


def absolute_derivative(Y_hat: Array, Y: Array) -> Array:
    """dL/dy^ = sign(y^ - y)"""
    return np.sign(Y_hat - Y)


def huber(Y_hat: Array, Y: Array, delta: float) -> Array:
    """L = e^2/2 if |e| <= delta, else delta (|e| - delta/2), with e = y^ - y (Huber, 1964)"""
    error = np.abs(Y_hat - Y)
    inside = np.minimum(error, delta)
    return inside * (error - inside / 2)


def huber_derivative(Y_hat: Array, Y: Array, delta: float) -> Array:
    """dL/dy^ = e if |e| <= delta, else delta sign(e)"""
    return np.clip(Y_hat - Y, -delta, delta)


def chain_rule(loss: Loss, g: Activation) -> Loss:
    """The loss of y^ = g(Z) as a function of Z: dL/dZ = dL/dy^ * g'(Z)"""

    def value(Z: Array, Y: Array) -> Array:
        return loss.value(g.function(Z), Y)

    def derivative(Z: Array, Y: Array) -> Array:
        Y_hat = g.function(Z)
        return loss.derivative(Y_hat, Y) * g.derivative(Z, Y_hat)

    return Loss(value, derivative)


CROSS_ENTROPIES = {
    "sigmoid": Loss(binary_cross_entropy, binary_cross_entropy_derivative),
    "softmax": Loss(cross_entropy, cross_entropy_derivative),
}
REGRESSION_LOSSES = {"squared": Loss(squared, squared_derivative), "absolute": Loss(absolute, absolute_derivative)}

# The largest d2L/dz2 of a loss; of softmax the largest eigenvalue of diag(y^) - y^ y^' (Boehning, 1992). A ReLU output
# makes it no larger: with y >= 0, dL/dz only falls at its kink. At that of the absolute error it rises at once.
LARGEST_CURVATURES = {"sigmoid": 1 / 4, "softmax": 1 / 2, "squared": 2.0, "huber": 1.0}


def largest_curvature(name: str, output_activation: str) -> float | None:
    """The largest second derivative of the loss as a function of the logits; None if there is no largest one."""
    return LARGEST_CURVATURES.get(output_activation if name == "cross_entropy" else name)


def loss_of_logits(name: str, output_activation: str, huber_delta: float = HUBER_DELTA) -> Loss:
    """The loss as a function of the logits Z[L] and the labels Y, for one of the pairs that goals.py allows."""
    if name == "cross_entropy":
        return CROSS_ENTROPIES[output_activation]
    if name == "huber":
        loss = Loss(partial(huber, delta=huber_delta), partial(huber_derivative, delta=huber_delta))
    else:
        loss = REGRESSION_LOSSES[name]
    return chain_rule(loss, ACTIVATIONS[output_activation])
