"""The network: its shapes, forward propagation, backward propagation, and the sums over a block of examples.

X holds the m examples of a block as columns, (n_0, m). Layer l has the weights W[l] (n_l, n_{l-1}) and the biases
b[l] (n_l, 1). Z, A and dZ are dictionaries by layer, so that Z[l] in the code is the Z[l] of the textbook.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from catnet.engine.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS
from catnet.engine.inputs import Block, Inputs
from catnet.engine.losses import Loss, loss_of_logits
from catnet.engine.names import HUBER_DELTA
from catnet.engine.parallel import in_threads, shares
from catnet.engine.shapes import parameter_count
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
        """All weights and biases."""
        return parameter_count(self.sizes)

    @cached_property
    def loss_of_logits(self) -> Loss:
        """L as a function of Z[L] and Y, with its derivative dZ[L]."""
        return loss_of_logits(self.loss, self.activations[-1], self.huber_delta)

    def output(self, logits: Array) -> Array:
        """y^ = g[L](Z[L])"""
        return OUTPUT_ACTIVATIONS[self.activations[-1]](logits)


class ForwardPass(NamedTuple):
    """A forward propagation, by layer: Z[l], G[l] = g[l](Z[l]), and A[l], which is G[l] after dropout."""

    Z: dict[int, Array]
    G: dict[int, Array]
    A: dict[int, Array]


def affine(W: Array, A: Array, b: Array) -> Array:
    """Z = W A + b; by np.dot, which is faster than the operator on small matrices"""
    Z: Array = np.dot(W, A)
    Z += b
    return Z


def first_layer(parameters: Parameters, X: Block) -> Array:
    """Z[1] = W[1] X + b[1]"""
    Z1 = X.product(parameters["W1"])
    Z1 += parameters["b1"]
    return Z1


def forward(network: Network, parameters: Parameters, Z1: Array, masks: Masks = NO_MASKS) -> ForwardPass:
    """From Z[1] to Z[L]: A[l] = g[l](Z[l]), Z[l+1] = W[l+1] A[l] + b[l+1]"""
    Z, G, A = {1: Z1}, {}, {}
    for layer in range(1, network.depth):
        G[layer] = ACTIVATIONS[network.activations[layer - 1]].function(Z[layer])
        A[layer] = G[layer] * masks[layer] if layer in masks else G[layer]
        Z[layer + 1] = affine(parameters[f"W{layer + 1}"], A[layer], parameters[f"b{layer + 1}"])
    return ForwardPass(Z, G, A)


def backward(
    network: Network, parameters: Parameters, forward_pass: ForwardPass, dZ_last: Array, masks: Masks = NO_MASKS
) -> dict[int, Array]:
    """From dZ[L] to dZ[1]: dZ[l] = (W[l+1]' dZ[l+1]) * g'[l](Z[l])"""
    dZ = {network.depth: dZ_last}
    for layer in range(network.depth - 1, 0, -1):
        derivative = ACTIVATIONS[network.activations[layer - 1]].derivative
        dA = np.dot(parameters[f"W{layer + 1}"].T, dZ[layer + 1])
        if layer in masks:
            dA *= masks[layer]
        dA *= derivative(forward_pass.Z[layer], forward_pass.G[layer])
        dZ[layer] = dA
    return dZ


def sums_of_first_layer(dZ1: Array, X: Block, sums: Parameters) -> None:
    """Into `sums`: dZ[1] X' and the row sums of dZ[1] over a block."""
    X.product_with_transpose(dZ1, out=sums["W1"])
    np.add.reduce(dZ1, axis=1, keepdims=True, out=sums["b1"])


def sums_of_other_layers(dZ: dict[int, Array], A: dict[int, Array], sums: Parameters) -> None:
    """Into `sums`: dZ[l] A[l-1]' and the row sums of dZ[l] over a block, for the layers l = 2, ..., L."""
    for layer in range(2, len(dZ) + 1):
        np.dot(dZ[layer], A[layer - 1].T, out=sums[f"W{layer}"])
        np.add.reduce(dZ[layer], axis=1, keepdims=True, out=sums[f"b{layer}"])


def losses(network: Network, logits: Array, Y: Array, weights: Array | None = None) -> Array:
    """w L of each example, (k, m) or (1, m). Class weights w: (k, m), (1, m), or None for 1."""
    L = network.loss_of_logits.value(logits, Y)
    return L if weights is None else L * weights


def loss_derivative(network: Network, logits: Array, Y: Array, weights: Array | None = None) -> Array:
    """dZ[L] = w dL/dZ[L], (k, m). The caller has NumPy ignore overflows: e^-z may, and the derivative is finite."""
    dZ = network.loss_of_logits.derivative(logits, Y)
    return dZ if weights is None else dZ * weights


def cost(network: Network, logits: Array, Y: Array, weights: Array | None = None) -> float:
    """J = (1/m) sum of w L, summed in float64"""
    return float(losses(network, logits, Y, weights).sum(dtype=np.float64)) / logits.shape[1]


def logits(network: Network, parameters: Parameters, inputs: Inputs) -> Array:
    """Z[L] of all the examples, (k, m), without dropout."""
    out = np.empty((network.sizes[-1], inputs.m), inputs.dtype)

    def work(blocks: Sequence[tuple[slice, int]]) -> None:
        reader = inputs.reader()
        for examples, _ in blocks:
            Z1 = first_layer(parameters, reader.block(examples))
            out[:, examples] = forward(network, parameters, Z1).Z[network.depth]

    in_threads(work, shares(inputs.blocks()))
    return out
