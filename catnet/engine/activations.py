"""Activations A = g(Z), each beside its derivative g'(Z).

All are elementwise, except softmax, which only an output layer can have. A derivative receives both Z and A = g(Z), and
uses whichever is cheaper. Z and A have the shape (n_l, m).
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from catnet.engine.types import Array

LEAK = 0.01  # the slope of leaky ReLU below zero


def linear(Z: Array) -> Array:
    """A = Z"""
    return Z


def linear_derivative(Z: Array, A: Array) -> Array:
    """g'(Z) = 1"""
    return np.ones_like(Z)


def relu(Z: Array) -> Array:
    """A = max(0, Z)"""
    return np.maximum(Z, 0)


def relu_derivative(Z: Array, A: Array) -> Array:
    """g'(Z) = 1 if Z > 0, else 0 (at the kink, 0 by convention)"""
    return (Z > 0).astype(Z.dtype)


def leaky_relu(Z: Array) -> Array:
    """A = Z if Z > 0, else 0.01 Z"""
    return np.maximum(Z, LEAK * Z)


def leaky_relu_derivative(Z: Array, A: Array) -> Array:
    """g'(Z) = 1 if Z > 0, else 0.01"""
    return np.where(Z > 0, 1, LEAK).astype(Z.dtype)


def tanh(Z: Array) -> Array:
    """A = (e^Z - e^-Z) / (e^Z + e^-Z)"""
    return np.tanh(Z)


def tanh_derivative(Z: Array, A: Array) -> Array:
    """g'(Z) = 1 - A^2"""
    return 1 - A * A


def unguarded_sigmoid(Z: Array) -> Array:
    """`sigmoid`, but the caller has NumPy ignore overflows: that takes as long as half of this, if Z is small"""
    A = np.exp(-Z)
    A += 1
    return np.reciprocal(A, out=A)


@np.errstate(over="ignore")
def sigmoid(Z: Array) -> Array:
    """A = 1 / (1 + e^-Z); if e^-Z overflows, A is 0, which is correct"""
    return unguarded_sigmoid(Z)


def sigmoid_derivative(Z: Array, A: Array) -> Array:
    """g'(Z) = A (1 - A)"""
    return A * (1 - A)


def softmax(Z: Array) -> Array:
    """A_k = e^Z_k / sum_j e^Z_j over each column; computed from Z - max Z, whose exponentials cannot overflow"""
    E = np.exp(Z - Z.max(axis=0, keepdims=True))
    return E / E.sum(axis=0, keepdims=True)


class Activation(NamedTuple):
    """An activation g(Z) and its derivative g'(Z), which is called with (Z, A)."""

    function: Callable[[Array], Array]
    derivative: Callable[[Array, Array], Array]


# for hidden layers
ACTIVATIONS = {
    "relu": Activation(relu, relu_derivative),
    "leaky_relu": Activation(leaky_relu, leaky_relu_derivative),
    "tanh": Activation(tanh, tanh_derivative),
    "sigmoid": Activation(sigmoid, sigmoid_derivative),
    "linear": Activation(linear, linear_derivative),
}

# for the output layer; losses.py has their derivatives, combined with the loss's
OUTPUT_ACTIVATIONS = {"sigmoid": sigmoid, "softmax": softmax, "linear": linear, "relu": relu}
