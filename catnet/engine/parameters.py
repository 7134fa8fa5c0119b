"""Parameters by name, side by side in one vector: an update is then one expression for all of them."""

from collections.abc import Callable, Mapping, Sequence
from math import prod

import numpy as np

from catnet.engine.parallel import in_threads, shares
from catnet.engine.types import Array, Parameters

CHUNK = 1 << 16  # numbers, few enough to stay in the processor's cache from one operation to the next


class Vector(Parameters):
    """Arrays of one type that are views of one vector; all zero at first.

    In the vector the names that begin with W come first: these are the weights, which weight decay shrinks, `weights`
    in number. The chunks are views of all of it.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], dtype: np.dtype) -> None:
        order = sorted(shapes, key=lambda name: not name.startswith("W"))
        self.vector = np.zeros(sum(map(prod, shapes.values())), dtype)
        self.chunks = chunks_of(self.vector)
        self.weights = sum(prod(shapes[name]) for name in order if name[0] == "W")
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
    """Views of the vector, of CHUNK numbers each."""
    return [vector[start : start + CHUNK] for start in range(0, vector.size, CHUNK)]


def in_chunks(formula: Callable[..., None], vectors: Sequence[Vector]) -> None:
    """Calls formula(weights, *chunks), which changes arrays element by element, for each chunk of the vectors.

    The first `weights` numbers of a chunk are weights. The vectors have the same names and shapes. Many chunks are
    worked on in threads.
    """
    weights, count = vectors[0].weights, len(vectors[0].chunks)
    if count == 1:
        formula(weights, *[vector.vector for vector in vectors])
        return

    def work(places: Sequence[int]) -> None:
        for place in places:
            formula(max(0, weights - place * CHUNK), *[vector.chunks[place] for vector in vectors])

    in_threads(work, shares(range(count)))
