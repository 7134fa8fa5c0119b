"""W1 as a combination of the training examples, C (X - mu)' + s mu' + c W1_0, from which the Gram solver forms it:
`gram.py` says how.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.engine.inputs import Inputs, Reader
from catnet.engine.parallel import in_threads, shares, slices
from catnet.engine.types import Array, Parameters

EXAMPLES_PER_PRODUCT = 256  # of W1 and X
NUMBERS_AT_ONCE, EXAMPLES_PER_COPY = 1 << 15, 64  # of a copy in the other order


@dataclass(frozen=True)
class Snapshot:
    """[C s]', c and the other parameters of an epoch, and the origins, the matrices that c multiplies."""

    combination: Array
    c: Array
    others: Parameters
    origins: Parameters


class Examples:
    """Inputs, with a reader for each thread."""

    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self._readers = [inputs.reader()]

    def image(self, W1: Array) -> Array:
        """X' W1', (m, n_1)."""
        image = np.empty((self.inputs.m, len(W1)), W1.dtype)

        def work(reader: Reader, parts: Sequence[slice]) -> None:
            for examples in parts:
                image[examples] = reader.block(examples).product(W1).T

        self._in_threads(work)
        return image

    def combined(self, combinations: Sequence[Array], mu: Array) -> list[Array]:
        """C (X - mu)' + s mu', (n_1, n), of each [C s]', as C X' + (s - C 1) mu': all in one pass over X.

        Each has products of its own, so that its bits do not depend on the others.
        """
        Cs = [combination[:-1].T for combination in combinations]

        def work(reader: Reader, parts: Sequence[slice]) -> list[Array]:
            sums = [np.zeros((len(C), len(mu)), C.dtype) for C in Cs]
            of_part = np.empty_like(sums[0])
            for examples in parts:
                X = reader.block(examples)
                for C, summed in zip(Cs, sums, strict=True):
                    summed += X.product_with_transpose(C[:, examples], out=of_part)
            return sums

        found = []
        for C, combination in zip(Cs, combinations, strict=True):
            without_mean = combination[-1] - C.sum(axis=1, dtype=np.float64)
            found.append(np.outer(without_mean.astype(C.dtype), mu))
        if any(C.any() for C in Cs):  # else there was no update yet
            for sums in self._in_threads(work):
                for W1, summed in zip(found, sums, strict=True):
                    W1 += summed
        return found

    def _in_threads(self, work: Callable[[Reader, Sequence[slice]], Any]) -> list[Any]:
        """What `work` returns for all examples, shared between the threads."""
        parts = shares(slices(self.inputs.m, EXAMPLES_PER_PRODUCT))
        while len(self._readers) < len(parts):
            self._readers.append(self.inputs.reader())
        return in_threads(lambda thread: work(self._readers[thread], parts[thread]), range(len(parts)))


def transposed(Z: Array, b: Array | float = 0) -> Array:
    """Z' + b as an array of its own. A large one is copied some rows at a time, which is up to five times as fast."""
    if Z.size <= NUMBERS_AT_ONCE:
        return np.add(Z.T, b, order="C")
    copy = np.empty(Z.shape[::-1], Z.dtype)
    for rows in slices(len(Z), EXAMPLES_PER_COPY):
        copy[:, rows] = Z[rows].T
    copy += b
    return copy
