"""How the network answers: from rows of numbers, forward through its layers, to y^."""

from base64 import b64decode
from functools import cache

import numpy as np

from catnet.engine.activations import leaky_relu, linear, relu, sigmoid, softmax, tanh
from catnet.engine.network import affine
from catnet.engine.pictures import mirrored
from catnet.engine.types import Array
from catnet.engine.views import mean_logits
from catnet.export.standalone.stored import FACTS, NUMBERS

# g in A = g(Z), of the hidden layers and of the output layer, by the names in FACTS["activations"]
ACTIVATIONS = {
    "relu": relu,
    "leaky_relu": leaky_relu,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "linear": linear,
    "softmax": softmax,
}


@cache
def parameters() -> dict[str, Array]:
    """The numbers at the end of this file: W1 (n_1, n_0), b1 (n_1, 1), W2, ..., and the shift and the scale of the
    inputs, () or (n_0,), and of the target, ().
    """
    return {name: np.frombuffer(b64decode(text), kind).reshape(shape) for name, (kind, shape, text) in NUMBERS.items()}


@np.errstate(over="ignore", invalid="ignore")  # what is not finite is said where the answer is put in words
def y_hat(rows: Array) -> Array:
    """y^ (k, m) in float64: the probabilities of the k classes, or the target in its unit, of m examples.

    The rows are (m, n): the bytes (uint8) of pictures, as `decoded` has them, or the float64 inputs of a table's rows.
    """
    averaged = box_average(rows)
    views = [False, True] if FACTS["views"] == "flip" else [False]
    Z = mean_logits(FACTS["activations"][-1], [logits(averaged, mirror) for mirror in views])
    output = ACTIVATIONS[FACTS["activations"][-1]](Z.astype(np.float64))
    P = parameters()
    return output / P["target_scaling.scale"] + P["target_scaling.shift"]


def box_average(rows: Array) -> Array:
    """The pictures with each box of f x f pixels averaged, a half rounded up: they are decoded f times as high and wide
    as the network's input. (m, f * height * f * width * channels) -> (m, height * width * channels)
    """
    f = FACTS["box_average"]
    if f == 1:
        return rows
    height, width = FACTS["image_size"]
    boxes = rows.reshape(len(rows), height, f, width, f, -1)
    sums = boxes.sum(axis=(2, 4), dtype=np.uint16)  # of at most 16 bytes
    return ((sums + f * f // 2) // (f * f)).astype(np.uint8).reshape(len(rows), -1)


def logits(rows: Array, mirror: bool) -> Array:
    """Z of the last layer, (k, m): Z = W A + b, A = g(Z), layer by layer. With `mirror`, of the mirror images."""
    P = parameters()
    Z = first_layer(rows, mirror)
    for layer, activation in enumerate(FACTS["activations"][:-1], start=1):
        A = ACTIVATIONS[activation](Z)  # (n_l, m)
        Z = affine(P[f"W{layer + 1}"], A, P[f"b{layer + 1}"])  # (n_{l+1}, m)
    return Z


def first_layer(rows: Array, mirror: bool) -> Array:
    """Z1 = W1 X + b1, (n_1, m), with X = ((rows - shift) * scale)' of shape (n_0, m).

    To mirror W1 is the same as to mirror the pictures. A scale that is one number multiplies W1 X, which is smaller.
    """
    P = parameters()
    W1, shift, scale = P["W1"], P["scaling.shift"], P["scaling.scale"]
    if mirror:
        W1, shift, scale = (mirrored(T, FACTS["image_size"]) if T.ndim else T for T in (W1, shift, scale))
    scale = scale.astype(W1.dtype)
    # a table's numbers keep float64 until the shift is subtracted: years lose nothing then
    X = (rows - (shift if rows.dtype == np.float64 else shift.astype(W1.dtype))).astype(W1.dtype, copy=False)
    Z1 = np.dot(W1, (X * scale if scale.ndim else X).T)
    if not scale.ndim:
        Z1 *= scale
    return Z1 + P["b1"]
