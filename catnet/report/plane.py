"""The plane in which several paths of descent lie as nearly as they can, and the cost J on it.

theta(a, b) = theta_0 + a v_1 + b v_2, with theta_0 the start, and v_1 and v_2 the main directions of all differences
from it: the two unit vectors that hold the most of their squared lengths (principal components, without a mean, so that
the start lies in the plane). They come from the products of the differences with each other, a small matrix.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from catnet.engine.inputs import Inputs
from catnet.engine.network import Network, cost, first_layer, forward
from catnet.engine.parameters import Vector
from catnet.engine.types import Array, Parameters

STILL = 1e-12  # of the square of the start's length: what has moved by less is rounding
FLAT = 1e-9  # of the first direction's share: a second one that is less is rounding


@dataclass(frozen=True)
class Plane:
    """The start and the two directions, each of length 1; the share of the squared distances from the start that each
    direction holds; each path's points in the plane, (points, 2); and the share that the plane holds of each path.
    """

    start: Parameters
    directions: tuple[Parameters, Parameters]
    shares: tuple[float, float]
    points: list[Array]
    held: list[float]

    def at(self, a: float, b: float, names: Collection[str]) -> Parameters:
        """Those parameters of theta(a, b) that have these names."""
        one, other = self.directions
        return {name: self.start[name] + a * one[name] + b * other[name] for name in names}


def main_plane(start: Parameters, paths: Sequence[Sequence[Parameters]]) -> Plane | None:
    """The plane through the start in the main directions of some paths; None if these do not span one."""
    origin = Vector.of(start, np.dtype(np.float64))
    ends = np.cumsum([len(path) for path in paths])
    D = np.empty((ends[-1], origin.vector.size))  # (points, parameters)
    for difference, point in zip(D, chain.from_iterable(paths), strict=True):
        np.subtract(Vector.of(point, origin.vector.dtype).vector, origin.vector, out=difference)
    products = D @ D.T
    squares, U = np.linalg.eigh(products)
    largest, U = squares[:-3:-1], U[:, :-3:-1]
    rounding = STILL * origin.vector @ origin.vector
    if len(largest) < 2 or not largest[1] > FLAT * largest[0] or not largest[0] > rounding:
        return None
    lengths = np.sqrt(largest)
    signs = np.where((U[ends - 1] * lengths).sum(axis=0) < 0, -1, 1)  # the paths go to the right, and up
    V = (signs / lengths)[:, np.newaxis] * (U.T @ D)
    directions = origin.like(), origin.like()
    for direction, v in zip(directions, V, strict=True):
        direction.vector[:] = v
    shares = (largest / squares.sum()).tolist()
    points = np.split(U * lengths * signs, ends[:-1])
    whole = np.split(np.diagonal(products), ends[:-1])
    held = [float((some**2).sum() / max(each.sum(), rounding)) for some, each in zip(points, whole, strict=True)]
    return Plane(origin, directions, (shares[0], shares[1]), points, held)


class CostOverPlane:
    """J as a function of the plane's a and b, on examples with Y (k, m).

    Z[1] is linear in a and b, so three products with X do for all points; only the layers above are evaluated at each.
    """

    def __init__(self, network: Network, plane: Plane, inputs: Inputs, labels: Array) -> None:
        self._network, self._plane, self._labels, self._dtype = network, plane, labels, inputs.dtype
        first = {
            name: np.concatenate([each[name] for each in (plane.start, *plane.directions)]).astype(self._dtype)
            for name in ("W1", "b1")
        }
        reader, Z1 = inputs.reader(), np.empty((len(first["W1"]), inputs.m), self._dtype)
        for examples, _ in inputs.blocks():
            Z1[:, examples] = first_layer(first, reader.block(examples))
        self._at_start, self._along_1, self._along_2 = np.split(Z1, 3)
        self._above = network.shapes.keys() - first.keys()

    @np.errstate(over="ignore", invalid="ignore")  # far from the paths the cost may not be a number
    def at(self, a: float, b: float) -> float:
        """J at theta(a, b)."""
        theta = {name: P.astype(self._dtype) for name, P in self._plane.at(a, b, self._above).items()}
        Z1 = self._at_start + a * self._along_1 + b * self._along_2
        return cost(self._network, forward(self._network, theta, Z1).Z[self._network.depth], self._labels)

    def grid(self, a: Array, b: Array) -> Array:
        """J at the points of a grid, (len(b), len(a))."""
        return np.array([[self.at(across, up) for across in a.tolist()] for up in b.tolist()])
