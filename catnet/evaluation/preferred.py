"""What pictures a neuron prefers, drawn rather than found: a mean picture, and one that would excite it most.

The mean picture: how much brighter than usual each pixel is if the neuron answers more than usual,

    slope = (1/m) sum over the m pictures of (A_j - mean A_j) x / (standard deviation of A_j),

in levels of 255 for one standard deviation of A_j. It has the shape of the mean picture weighted by A_j minus the plain
mean, and exists for activations below zero too.

The picture that would excite it most, among those that are made as the training pictures are:

    x = mean x + B c,   |c| <= 4,   B = V diag(L)^1/2,

of the first K principal components V (n, K), with the variances L. Each c has the variance 1, so that no such picture
is more than 4 standard deviations from the mean in any direction. A training picture has |c| of about sqrt(K), and is
farther from the mean than that; but it is so over all directions. So far in a single one a picture is black or white.
Over such pictures the network is one with the inputs c, whose first layer is W[1] B. Its z is made as large as possible
by the conditional gradient: c moves towards the point of the ball that is farthest along the gradient, which is
4 dz/dc / |dz/dc|, by 2 / (t + 2) of the way in step t = 0, 1, ... (Frank and Wolfe, 1956; Jaggi, 2013). In the first
layer, where z is linear in c, the first step is the exact solution. If every ReLU below is 0, dz/dc is 0, and nothing
tells where to go: so the gradient has leaky ReLU's slope below zero, while z is the network's own.
"""

from dataclasses import dataclass, replace

import numpy as np

from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import Network, affine, backward, first_layer, forward
from catnet.engine.parallel import slices
from catnet.engine.parts import layers_up_to
from catnet.engine.types import Array, Parameters
from catnet.engine.whitening import fit_whitening
from catnet.model import Model

COMPONENTS = 50  # that a picture is made of, at most
RADIUS = 4.0  # standard deviations that such a picture is from the mean, at most
STEPS = 20  # of the gradient
SLOPED = {"relu": "leaky_relu"}  # of which the gradient is taken
BLOCK = 256  # pictures that are floats at once


def slopes(rows: Array, activations: Array) -> Array:
    """The mean pictures (q, n) of neurons with activations (q, m) for pictures (m, n) of bytes.

    A neuron that answers the same to all has a picture of zeros.
    """
    apart = activations - activations.mean(axis=1, keepdims=True, dtype=np.float64)
    deviation = apart.std(axis=1, keepdims=True)
    weights = (apart / np.where(deviation > 0, deviation, 1) / len(rows)).astype(np.float32)
    found = np.zeros((len(weights), rows.shape[1]))
    for some in slices(len(rows), BLOCK):
        found += weights[:, some] @ rows[some].astype(np.float32)
    return found


@dataclass(frozen=True)
class Components:
    """The principal components of pictures (n,) of bytes: the picture of c (K,) is `mean` + `basis` c.

    `basis` is B (n, K), `share` how much of the variance of the pictures they have.
    """

    mean: Array
    basis: Array
    share: float

    @classmethod
    def of(cls, rows: Array) -> "Components":
        """Those of pictures (m, n), COMPONENTS at most; none if all pictures are equal."""
        mean = rows.mean(axis=0, dtype=np.float64)
        P = fit_whitening(Inputs(rows, Scaling(mean, 1.0), np.float64), COMPONENTS, floor=0.0).matrix
        L = 1 / (P**2).sum(axis=1)  # P = diag(L)^-1/2 V'
        return cls(mean, P.T * L, float(L.sum() / (rows.var(axis=0, dtype=np.float64).sum() or 1)))

    def coordinates(self, rows: Array) -> Array:
        """c (K, q) of pictures (q, n)."""
        c: Array = (self.basis / (self.basis**2).sum(axis=0)).T @ (rows - self.mean).T
        return c

    def pictures(self, c: Array) -> Array:
        """The pictures (q, n) of c (K, q) as bytes: rounded, and clipped to 0..255."""
        pixels = (self.mean[:, None] + self.basis @ c).T
        return np.rint(np.clip(pixels, 0, 255)).astype(np.uint8)

    def network(self, model: Model, layer: int) -> tuple[Network, Parameters]:
        """The layers 1, ..., `layer` of a model as a network with the inputs c: W[1] B, and b[1] + W[1] mean x."""
        part, parameters = layers_up_to(model.network, model.parameters, layer)
        W = parameters["W1"].astype(np.float64)
        b = affine(W, model.scaling.apply(self.mean)[:, None], parameters["b1"])
        numbers = {**parameters, "W1": (W * model.scaling.scale) @ self.basis, "b1": b}
        return (
            Network((self.basis.shape[1], *part.sizes[1:]), part.activations, part.loss),
            {name: values.astype(np.float64) for name, values in numbers.items()},
        )


def most_exciting(model: Model, components: Components, layer: int, neurons: Array, starts: Array) -> Array:
    """For each of the neurons (q,) of a layer the picture that would excite it most, (q, n) of bytes.

    It is the best that is found from the `starts` (s, q, n), pictures of bytes: s for each neuron. z is never below
    that of a start that is made of the components and moved into the ball.
    """
    s, q, n = starts.shape
    network, parameters = components.network(model, layer)
    sloped = replace(network, activations=tuple(SLOPED.get(name, name) for name in network.activations))
    start = components.coordinates(starts.reshape(-1, n))
    start *= np.minimum(1, RADIUS / np.maximum(np.linalg.norm(start, axis=0), 1e-30))
    of_neurons = (np.tile(neurons, s), np.arange(s * q))
    direction = np.zeros((network.sizes[-1], s * q))
    direction[of_neurons] = 1
    c, best, z_best = start, start, np.full(s * q, -np.inf)
    for t in range(STEPS + 1):
        seen = forward(network, parameters, affine(parameters["W1"], c, parameters["b1"]))
        z = seen.Z[layer][of_neurons]
        best, z_best = np.where(z > z_best, c, best), np.maximum(z, z_best)
        gradient = parameters["W1"].T @ backward(sloped, parameters, seen, direction)[1]
        length = np.linalg.norm(gradient, axis=0)
        farthest = np.where(length > 0, RADIUS * gradient / np.where(length > 0, length, 1), c)
        c = c + 2 / (t + 2) * (farthest - c)
    made = components.pictures(np.concatenate([best, start], axis=1))
    z = logits_of(model, layer, np.tile(neurons, 2 * s), made)  # of the bytes: what is clipped counts too
    chosen: Array = made.reshape(2 * s, q, n)[z.reshape(2 * s, q).argmax(axis=0), np.arange(q)]
    return chosen


def logits_of(model: Model, layer: int, neurons: Array, rows: Array) -> Array:
    """z[layer] of each of the neurons (q,) for a picture of its own, rows (q, n) at the size of the inputs; (q,)."""
    part, parameters = layers_up_to(model.network, model.parameters, layer)
    Z1 = first_layer(parameters, model.inputs_of(rows).reader().block(slice(None)))
    found: Array = forward(part, parameters, Z1).Z[layer][neurons, np.arange(len(neurons))]
    return found
