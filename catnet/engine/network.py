"""The network: its shapes, forward propagation, backward propagation, and the sums over a block of examples.

X holds the m examples of a block as columns, (n_0, m). Layer l has the weights W[l] (n_l, n_{l-1}) and the biases
b[l] (n_l, 1). Z, A and dZ are dictionaries by layer, so that Z[l] below is the Z[l] of the textbook.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from catnet.engine.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS
from catnet.engine.inputs import Inputs
from catnet.engine.losses import HUBER_DELTA, Loss, loss_of_logits
from catnet.engine.parallel import in_threads, shares
from catnet.engine.types import Array, Masks, Parameters

NO_MASKS: Masks = {}


@dataclass(frozen=True)
class Network:
    """An architecture: the sizes n_0, ..., n_L, the activations of the layers 1, ..., L, and the loss."""

    sizes: tuple[int, ...]
    activations: tuple[str, ...]
    loss: str
    huber_delta: float = HUBER_DELTA

    @property
    def depth(self) -> int:
        """L, the number of layers that have parameters."""
        return len(self.sizes) - 1

    @property
    def shapes(self) -> dict[str, tuple[int, int]]:
        """The shape of each parameter: W1 (n_1, n_0), b1 (n_1, 1), W2, ..."""
        shapes = {}
        for layer in range(1, self.depth + 1):
            shapes[f"W{layer}"] = (self.sizes[layer], self.sizes[layer - 1])
            shapes[f"b{layer}"] = (self.sizes[layer], 1)
        return shapes

    @property
    def parameter_count(self) -> int:
        """The sum over the layers of (n_{l-1} + 1) n_l."""
        return sum(rows * columns for rows, columns in self.shapes.values())

    @cached_property
    def loss_of_logits(self) -> Loss:
        """L as a function of Z[L] and Y, with its derivative dZ[L]."""
        return loss_of_logits(self.loss, self.activations[-1], self.huber_delta)

    def output(self, logits: Array) -> Array:
        """y^ = g[L](Z[L])"""
        return OUTPUT_ACTIVATIONS[self.activations[-1]](logits)


class Pass(NamedTuple):
    """A forward propagation: Z[l], G[l] = g[l](Z[l]), and A[l], which is G[l] after dropout."""

    Z: dict[int, Array]
    G: dict[int, Array]
    A: dict[int, Array]


def forward(network: Network, parameters: Parameters, Z1: Array, masks: Masks = NO_MASKS) -> Pass:
    """From Z[1] to Z[L]: A[l] = g[l](Z[l]), Z[l+1] = W[l+1] A[l] + b[l+1]"""
    Z, G, A = {1: Z1}, {}, {}
    for layer in range(1, network.depth):
        G[layer] = ACTIVATIONS[network.activations[layer - 1]].function(Z[layer])
        A[layer] = G[layer] * masks[layer] if layer in masks else G[layer]
        Z[layer + 1] = affine(parameters[f"W{layer + 1}"], A[layer], parameters[f"b{layer + 1}"])
    return Pass(Z, G, A)


def affine(W: Array, A: Array, b: Array) -> Array:
    """W A + b; by np.dot, which on small matrices is quicker than the operator"""
    Z: Array = np.dot(W, A)
    Z += b
    return Z


def backward(
    network: Network, parameters: Parameters, seen: Pass, dZ_last: Array, masks: Masks = NO_MASKS
) -> dict[int, Array]:
    """From dZ[L] to dZ[1]: dZ[l] = (W[l+1]' dZ[l+1]) * g'[l](Z[l])"""
    dZ = {network.depth: dZ_last}
    for layer in range(network.depth - 1, 0, -1):
        derivative = ACTIVATIONS[network.activations[layer - 1]].derivative
        dA = np.dot(parameters[f"W{layer + 1}"].T, dZ[layer + 1])
        if layer in masks:
            dA *= masks[layer]
        dA *= derivative(seen.Z[layer], seen.G[layer])
        dZ[layer] = dA
    return dZ


def sums_of_layers(dZ: dict[int, Array], A: dict[int, Array], sums: Parameters) -> None:
    """Into `sums`: dZ[l] A[l-1]' and the row sums of dZ[l] over a block, for each layer l whose A[l-1] is given."""
    for layer, below in A.items():
        np.dot(dZ[layer + 1], below.T, out=sums[f"W{layer + 1}"])
        np.add.reduce(dZ[layer + 1], axis=1, keepdims=True, out=sums[f"b{layer + 1}"])


def sums_of_first_layer(dZ1: Array, X: Array, factor: Any, sums: Parameters) -> None:
    """Into `sums`: dZ[1] X' and the row sums of dZ[1], for X = factor * block."""
    np.dot(dZ1 * factor, X.T, out=sums["W1"])
    np.add.reduce(dZ1, axis=1, keepdims=True, out=sums["b1"])


def losses(network: Network, logits: Array, Y: Array, weights: Array | None = None) -> Array:
    """w L of each example, (k, m) or (1, m). Class weights w: (k, m), (1, m), or None for 1."""
    L = network.loss_of_logits.value(logits, Y)
    return L if weights is None else L * weights


def slope(network: Network, logits: Array, Y: Array, weights: Array | None = None) -> Array:
    """dZ[L] = w dL/dZ[L], (k, m)"""
    dZ = network.loss_of_logits.derivative(logits, Y)
    return dZ if weights is None else dZ * weights


def cost(network: Network, logits: Array, Y: Array, weights: Array | None = None) -> float:
    """J = (1/m) sum of w L, summed in float64"""
    return float(losses(network, logits, Y, weights).sum(dtype=np.float64)) / logits.shape[1]


def first_layer(parameters: Parameters, X: Array, factor: Any = 1) -> Array:
    """Z[1] = W[1] X + b[1], for X = factor * block"""
    Z1: Array = np.dot(parameters["W1"], X)
    Z1 *= factor
    Z1 += parameters["b1"]
    return Z1


def logits(network: Network, parameters: Parameters, inputs: Inputs) -> Array:
    """Z[L] of all the examples, (k, m), without dropout."""
    out = np.empty((network.sizes[-1], inputs.m), inputs.dtype)

    def work(blocks: Sequence[tuple[slice, int]]) -> None:
        reader = inputs.reader()
        for where, _ in blocks:
            Z1 = first_layer(parameters, reader.block(where), inputs.factor)
            out[:, where] = forward(network, parameters, Z1).Z[network.depth]

    in_threads(work, shares(inputs.blocks()))
    return out
