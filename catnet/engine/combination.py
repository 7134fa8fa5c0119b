"""W1 as a combination of the training examples, which the Gram solver moves in its place: `gram.py` says how.

It is W1 = C (X - mu)' + s mu' + c W1_0, and what the network needs of it is Z1 = [C s t b1] K' + c W1_0 X. With full
batch the image of the examples, W1 X, moves too.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.engine.inputs import Inputs, Reader
from catnet.engine.parallel import dealt, in_threads, shares, slices
from catnet.engine.parameters import Vector
from catnet.engine.types import Array, Parameters

# what a vector has in place of W1; the names begin with W because weight decay shrinks both as it does W1
COMBINATION, COEFFICIENTS, IMAGE = "W1: [C s t]'", "W1: c", "W1: image"
PARTS = 4  # of the product with K, for threads: no bit depends on their number
EXAMPLES_PER_PRODUCT = 256  # of W1 and X
NUMBERS_AT_ONCE, EXAMPLES_PER_COPY = 1 << 15, 64  # of a copy in the other order


@dataclass(frozen=True)
class Snapshot:
    """C, s, t, c and the other parameters of an epoch, and the origins, the matrices that c multiplies."""

    vector: Parameters
    origins: Parameters


class KnownInputs:
    """Inputs whose products with the training examples are known: they have rows of K."""

    def __init__(self, inputs: Inputs, K: Array, threads: int) -> None:
        """So many threads share the product with K."""
        self.inputs, self.K, self.threads = inputs, K, threads
        self._readers = [inputs.reader()]  # for each thread
        self._images: list[tuple[int, Array]] = []  # X' W1_0', (m, n_1), with the place of its number in c
        self._of_batch = np.empty((0, self.K.shape[1]), self.K.dtype)

    def set_origins(self, origins: Mapping[int, Array]) -> None:
        """From now on Z1 holds c W1_0 X of these origins W1_0, each with the place of its number in c."""
        self._images = [(place, self.image(W1)) for place, W1 in origins.items() if W1.any()]

    def image(self, W1: Array) -> Array:
        """X' W1', (m, n_1)."""
        image = np.empty((self.inputs.m, len(W1)), W1.dtype)

        def work(reader: Reader, parts: Sequence[slice]) -> None:
            for examples in parts:
                image[examples] = reader.block(examples).product(W1).T

        self._in_threads(work)
        return image

    def _in_threads(self, work: Callable[[Reader, Sequence[slice]], Any]) -> list[Any]:
        """What `work` returns for all examples, shared between the threads."""
        parts = shares(slices(self.inputs.m, EXAMPLES_PER_PRODUCT))
        while len(self._readers) < len(parts):
            self._readers.append(self.inputs.reader())
        return in_threads(lambda thread: work(self._readers[thread], parts[thread]), range(len(parts)))

    def Z1(self, coefficients: Array, c: Array, batch: Array | None = None) -> Array:
        """[C s t b1] K' + c W1_0 X of all the inputs, or of a batch of them; `coefficients` are [C s t b1]'."""
        K = self.K if batch is None else self._rows(batch)
        Z1 = self._product(K, coefficients, np.empty((len(K), coefficients.shape[1]), K.dtype))
        for place, image in self._images:
            Z1 += c[place] * (image if batch is None else image[batch])
        return transposed(Z1)

    def image_of(self, combination: Array, out: Array) -> None:
        """[C s t] K' of all the inputs, into `out` (m, n_1), if K has one column of ones; `combination` is [C s t]'."""
        self._product(self.K, combination, out)

    def _product(self, K: Array, coefficients: Array, out: Array) -> Array:
        """If several threads share it, the caller sees to it that each product has one."""
        if self.threads == 1:
            return np.dot(K, coefficients, out=out)
        parts = slices(len(K), -(-len(K) // PARTS))
        dealt(lambda _, part: np.dot(K[part], coefficients, out=out[part]), parts, range(self.threads))
        return out

    def _rows(self, batch: Array) -> Array:
        """The rows of K of a batch, in a buffer."""
        if len(self._of_batch) < len(batch):
            self._of_batch = np.empty((len(batch), self.K.shape[1]), self.K.dtype)
        return np.take(self.K, batch, axis=0, out=self._of_batch[: len(batch)], mode="clip")  # clip: no copy in between

    def combined(self, combinations: Sequence[Array], mu: Array) -> list[Array]:
        """C (X - mu)' + s mu', (n_1, n), of each [C s t]', as C X' + (s - C 1) mu': all in one pass over X.

        Each has products of its own, so that its bits do not depend on the others.
        """
        Cs = [combination[:-2].T for combination in combinations]

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
            without_mean = combination[-2] - C.sum(axis=1, dtype=np.float64)
            found.append(np.outer(without_mean.astype(C.dtype), mu))
        if any(C.any() for C in Cs):  # else there was no update yet
            for sums in self._in_threads(work):
                for W1, summed in zip(found, sums, strict=True):
                    W1 += summed
        return found


def transposed(Z: Array, b: Array | float = 0) -> Array:
    """Z' + b as an array of its own. A large one is copied some rows at a time, which is up to five times as fast."""
    copy = np.empty(Z.shape[::-1], Z.dtype)
    if Z.size <= NUMBERS_AT_ONCE:
        return np.add(Z.T, b, out=copy)
    for rows in slices(len(Z), EXAMPLES_PER_COPY):
        copy[:, rows] = Z[rows].T
    copy += b
    return copy


def coefficients(vector: Vector) -> Array:
    """[C s t b1]', (m + 3, n_1): a view, as the last weights of the vector and its first biases are neighbours."""
    size, n_1 = vector[COMBINATION].size, vector["b1"].size
    view: Array = vector.vector[vector.weights - size : vector.weights + n_1].reshape(-1, n_1)
    return view
