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


@np.errstate(over="ignore", invalid="ignore")  # what is not finite is said where the answer is put in words
def y_hat(rows: Array) -> Array:
    """y^ (k, m) in float64: the probabilities of the k classes, or the target in its unit, of m examples.

    The rows are (m, n): the bytes (uint8) of pictures, as `decoded` has them, or the float64 inputs of a table's rows.
    """
    Z = LOGITS[FACTS["views"]](box_average(rows))
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
    channels = rows.shape[1] // (height * width * f * f)
    boxes = rows.reshape(-1, height, f, width, f, channels)
    sums = boxes.sum(axis=(2, 4), dtype=np.uint16)  # of at most 16 bytes
    return ((sums + f * f // 2) // (f * f)).astype(np.uint8).reshape(-1, height * width * channels)


def logits_of_one_view(rows: Array) -> Array:
    """Z of the last layer, (k, m), for the examples as they are."""
    return logits(rows, parameters())


def logits_of_two_views(rows: Array) -> Array:
    """The Z (k, m) whose answer is the mean of those about the pictures and about their mirror images."""
    views = [logits(rows, parameters()), logits(rows, mirrored_parameters())]
    return mean_logits(FACTS["activations"][-1], views)


def logits(rows: Array, P: dict[str, Array]) -> Array:
    """Z of the last layer, (k, m): Z = W A + b, A = g(Z), layer by layer."""
    Z = first_layer(rows, P["W1"], P["b1"], P["scaling.shift"], P["scaling.scale"])
    for layer, activation in enumerate(FACTS["activations"][:-1], start=1):
        A = ACTIVATIONS[activation](Z)  # (n_l, m)
        Z = affine(P[f"W{layer + 1}"], A, P[f"b{layer + 1}"])  # (n_{l+1}, m)
    return Z


def first_layer(rows: Array, W1: Array, b1: Array, shift: Array, scale: Array) -> Array:
    """Z1 = W1 X + b1, (n_1, m), with X = ((rows - shift) * scale)' of shape (n_0, m).

    A scale that is one number multiplies W1 X, which is smaller.
    """
    scale = scale.astype(W1.dtype)
    # a table's numbers keep float64 until the shift is subtracted: years lose nothing then
    X = (rows - (shift if rows.dtype == np.float64 else shift.astype(W1.dtype))).astype(W1.dtype, copy=False)
    Z1 = np.dot(W1, (X * scale if scale.ndim else X).T)
    if not scale.ndim:
        Z1 *= scale
    return Z1 + b1


@cache
def parameters() -> dict[str, Array]:
    """The numbers at the end of this file: W1 (n_1, n_0), b1 (n_1, 1), W2, ..., and the shift and the scale of the
    inputs, () or (n_0,), and of the target, ().
    """
    return {name: np.frombuffer(b64decode(text), kind).reshape(shape) for name, (kind, shape, text) in NUMBERS.items()}


@cache
def mirrored_parameters() -> dict[str, Array]:
    """Those of the network that says of a picture what this one says of its mirror image."""
    P = parameters()
    of_pixels = {name: P[name] for name in ("W1", "scaling.shift", "scaling.scale") if P[name].ndim}
    return P | {name: mirrored(values, FACTS["image_size"]) for name, values in of_pixels.items()}


# by FACTS["views"]: the picture alone, or the picture and its mirror image
LOGITS = {
    "none": logits_of_one_view,
    "flip": logits_of_two_views,
}

# g in A = g(Z), of the hidden layers and of the output layer, by the names in FACTS["activations"]
ACTIVATIONS = {
    "relu": relu,
    "leaky_relu": leaky_relu,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "linear": linear,
    "softmax": softmax,
}
