"""Parameters by name, side by side in one vector: an update is then one expression for all of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from math import prod

import numpy as np

from catnet.engine.parallel import dealt, thread_count
from catnet.engine.types import Array, Parameters

CHUNK = 1 << 16  # numbers, few enough to stay in the processor's cache from one operation to the next
CHUNKS_IN_THREADS = 2  # at once: threads that call NumPy often wait for each other


class Vector(Parameters):
    """Arrays of one type that are views of one vector; all zero at first.

    In the vector the names that begin with W come first, and W1 before all: these are the weights, which weight decay
    shrinks, `weights` in number. An array that is `transposed` lies there column by column.
    """

    def __init__(
        self, shapes: Mapping[str, tuple[int, ...]], dtype: np.dtype, transposed: Collection[str] = ()
    ) -> None:
        order = sorted(shapes, key=lambda name: (name[0] != "W", name != "W1"))
        self.vector = np.zeros(sum(map(prod, shapes.values())), dtype)
        self.weights = sum(prod(shapes[name]) for name in order if name[0] == "W")
        self._transposed = transposed
        start, views = 0, {}
        for name in order:
            end = start + prod(shapes[name])
            views[name] = self.vector[start:end].reshape(shapes[name], order="F" if name in transposed else "C")
            start = end
        super().__init__((name, views[name]) for name in shapes)

    @classmethod
    def of(cls, parameters: Mapping[str, Array], dtype: np.dtype, transposed: Collection[str] = ()) -> "Vector":
        """A copy of the parameters, as a vector."""
        vector = cls({name: P.shape for name, P in parameters.items()}, dtype, transposed)
        for name, P in parameters.items():
            vector[name][...] = P
        return vector

    def like(self) -> "Vector":
        """A vector of zeros with the same names and shapes."""
        return Vector({name: P.shape for name, P in self.items()}, self.vector.dtype, self._transposed)

    def copies(self) -> Parameters:
        """The parameters, each an array of its own."""
        return {name: P.copy() for name, P in self.items()}


def in_chunks(formula: Callable[..., None], vectors: Sequence[Vector]) -> None:
    """Calls formula(weights, *chunks), which changes arrays element by element, for each chunk of the vectors.

    The first `weights` numbers of a chunk are weights. The vectors have the same names and shapes. Many chunks are
    worked on in threads.
    """
    weights, size, threads = vectors[0].weights, vectors[0].vector.size, thread_count()
    length = CHUNK if threads == 1 else CHUNKS_IN_THREADS * CHUNK

    def work(worker: int, start: int) -> None:
        formula(max(0, weights - start), *[vector.vector[start : start + length] for vector in vectors])

    starts = range(0, size, length)
    dealt(work, starts, range(min(threads, len(starts))))
