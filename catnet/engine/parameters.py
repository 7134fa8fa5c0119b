"""Parameters by name, side by side in one vector: an update is then one expression for all of them."""

from collections.abc import Mapping
from math import prod

import numpy as np

from catnet.engine.types import Array, Parameters

CHUNK = 1 << 16  # numbers


class Vector(Parameters):
    """Arrays of one type that are views of one vector; at first all zero.

    The names that begin with W come first in it: their part, the weights, is what weight decay shrinks. The chunks,
    views of the whole and of the weights, are short enough to stay in the cache from one operation to the next.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], dtype: np.dtype) -> None:
        order = sorted(shapes, key=lambda name: not name.startswith("W"))
        self.vector = np.zeros(sum(map(prod, shapes.values())), dtype)
        self.chunks = chunks_of(self.vector)
        self.weight_chunks = chunks_of(self.vector[: sum(prod(shapes[name]) for name in order if name[0] == "W")])
        start, views = 0, {}
        for name in order:
            end = start + prod(shapes[name])
            views[name] = self.vector[start:end].reshape(shapes[name])
            start = end
        super().__init__((name, views[name]) for name in shapes)

    @classmethod
    def of(cls, parameters: Mapping[str, Array], dtype: np.dtype) -> "Vector":
        """A copy of the parameters, as a vector."""
        vector = cls({name: P.shape for name, P in parameters.items()}, dtype)
        for name, P in parameters.items():
            vector[name][...] = P
        return vector

    def like(self) -> "Vector":
        """A vector of zeros with the same names and shapes."""
        return Vector({name: P.shape for name, P in self.items()}, self.vector.dtype)

    def copies(self) -> Parameters:
        """The parameters, each an array of its own."""
        return {name: P.copy() for name, P in self.items()}


def chunks_of(vector: Array) -> list[Array]:
    """Views of the vector, CHUNK numbers each."""
    return [vector[start : start + CHUNK] for start in range(0, vector.size, CHUNK)]
