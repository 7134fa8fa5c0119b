"""The network: its shapes, forward propagation, backward propagation, and the sums over a block of examples.

X holds the m examples of a block as columns, (n_0, m). Layer l has the weights W[l] (n_l, n_{l-1}) and the biases
b[l] (n_l, 1). Z, A and dZ are dictionaries by layer, so that Z[l] below is the Z[l] of the textbook.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from catnet.engine.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS, Array
from catnet.engine.inputs import Inputs
from catnet.engine.losses import HUBER_DELTA, Loss, loss_of_logits
from catnet.engine.optimizers import Parameters

Masks = Mapping[int, Array]  # dropout's, by layer: 0 or 1 / (1 - p), of the shape of A[l]
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

    @property
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
        Z[layer + 1] = parameters[f"W{layer + 1}"] @ A[layer] + parameters[f"b{layer + 1}"]
    return Pass(Z, G, A)


def backward(
    network: Network, parameters: Parameters, seen: Pass, dZ_last: Array, masks: Masks = NO_MASKS
) -> dict[int, Array]:
    """From dZ[L] to dZ[1]: dZ[l] = (W[l+1]' dZ[l+1]) * g'[l](Z[l])"""
    dZ = {network.depth: dZ_last}
    for layer in range(network.depth - 1, 0, -1):
        derivative = ACTIVATIONS[network.activations[layer - 1]].derivative
        dA = parameters[f"W{layer + 1}"].T @ dZ[layer + 1]
        if layer in masks:
            dA *= masks[layer]
        dZ[layer] = dA * derivative(seen.Z[layer], seen.G[layer])
    return dZ


def add_sums(sums: Parameters, dZ: dict[int, Array], A: dict[int, Array]) -> None:
    """Adds the sums over a block, dZ[l] A[l-1]' and the row sums of dZ[l], for each layer l whose A[l-1] is given."""
    for layer, below in ((layer, A[layer - 1]) for layer in dZ if layer - 1 in A):
        sums[f"W{layer}"] += dZ[layer] @ below.T
        sums[f"b{layer}"] += dZ[layer].sum(axis=1, keepdims=True)


def cost_and_slope(network: Network, logits: Array, Y: Array, weights: Array | None) -> tuple[float, Array]:
    """The sum of w L over a block, in float64, and dZ[L]. Class weights w: (k, m), (1, m), or None for 1."""
    value, derivative = network.loss_of_logits
    L, dZ = value(logits, Y), derivative(logits, Y)
    if weights is not None:
        L, dZ = L * weights, dZ * weights
    return float(L.sum(dtype=np.float64)), dZ


def first_layer(parameters: Parameters, X: Array) -> Array:
    """Z[1] = W[1] X + b[1]"""
    Z1: Array = parameters["W1"] @ X
    Z1 += parameters["b1"]
    return Z1


def logits(network: Network, parameters: Parameters, inputs: Inputs) -> Array:
    """Z[L] of all the examples, (k, m), without dropout."""
    out = np.empty((network.sizes[-1], inputs.m), inputs.dtype)
    for where in inputs.blocks():
        Z1 = first_layer(parameters, inputs.block(where))
        out[:, where] = forward(network, parameters, Z1).Z[network.depth]
    return out


def cost(network: Network, logits: Array, Y: Array, weights: Array | None = None) -> float:
    """J = (1/m) sum of w L"""
    return cost_and_slope(network, logits, Y, weights)[0] / logits.shape[1]
