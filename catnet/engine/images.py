"""The images W1 (X - mu) of the training and of the validation examples, and t = W1 mu, which move in place of W1:
`gram.py` says how.
"""

from collections.abc import Sequence

import numpy as np

from catnet.engine.combination import transposed
from catnet.engine.parallel import dealt, slices
from catnet.engine.parameters import Vector
from catnet.engine.types import Array, Parameters

# what a vector has in place of W1; the names begin with W because weight decay shrinks all three as it does W1
IMAGE, COMBINATION, OF_MEAN = "W1: image", "W1: [C s]'", "W1: t"
PARTS = 4  # of a product with K for threads


class Images:
    """Those of all examples, (m_all, n_1): of the m training examples, then of the validation examples.

    With full batch theta has them. In mini-batches theta has what the epoch has added so far to those at its start: an
    epoch has many updates, and float32 rounds small numbers less.
    """

    def __init__(self, K: Array, theta: Parameters, g: Parameters, threads: int | None, is_full_batch: bool) -> None:
        """K is (m_all, m + 1). Its product is cut into parts for so many threads; no bit depends on their number. With
        None it is not cut.
        """
        self._K, self._threads, self._is_full_batch = K, threads, is_full_batch
        m = K.shape[1] - 1
        self._t, self._b1 = theta[OF_MEAN].T, theta["b1"]
        self._in_theta, self._g_image = theta[IMAGE], g[IMAGE]
        self.at_start = self._in_theta if is_full_batch else np.zeros(self._in_theta.shape)  # in float64
        self._places = self.at_start[:m], self.at_start[m:]
        self._buffer = np.empty((0, len(K)), K.dtype)

    def end_epoch(self, change: Sequence[Sequence[float]], moments: Sequence[Array]) -> None:
        """To be called after an epoch of mini-batches, with the images of the moments. `change` is M^T - I of its T
        updates: see `linear_updates.py`.
        """
        of_theta, *of_moments = [numbers[0] for numbers in change]
        for moment, number in zip(moments, of_moments, strict=True):
            if number:  # weight decay has added theta to the moment
                moment += number * self.at_start
        if of_theta:
            self.at_start *= 1 + of_theta
        self.collect()

    def collect(self) -> None:
        """In mini-batches: moves what theta has to the images at the start of the next epoch."""
        if not self._is_full_batch:
            self.at_start += self._in_theta
            self._in_theta.fill(0)

    def Z1(self, place: int) -> Array:
        """Of the training (0) or validation examples (1), between epochs: their image, t and b1."""
        return transposed(self._places[place].astype(self._t.dtype, copy=False), self._t + self._b1)

    def at_start_of(self, order: Array) -> Array:
        """Those of the training examples in this order, (m, n_1), before the updates of an epoch by mini-batches."""
        return np.take(self.at_start, order, axis=0).astype(self._t.dtype)

    def Z1_of_batch(self, batch: Array, at_start: Array, remaining: float) -> Array:
        """Z1 of a batch before an update: so much of its images at the start of the epoch, (b, n_1), remains."""
        image = np.take(self._in_theta, batch, axis=0)
        image += at_start if remaining == 1 else at_start * remaining
        return transposed(image, self._t + self._b1)

    def set_gradient(self, gradients: Array, columns: Array | None = None) -> None:
        """Into g: the gradient of the images, K [C s]' (m_all, n_1), of the gradients [C s]' (m + 1, n_1). If there are
        `columns` (b + 1,) of K, [C s]' has only their rows, (b + 1, n_1).
        """
        K = self._K if columns is None else self._columns(columns)
        if self._threads is None:
            np.dot(K, gradients, out=self._g_image)
            return
        parts = slices(len(K), -(-len(K) // PARTS))  # the caller sees to it that each product has one thread
        # by matmul: dot would copy a part of columns
        dealt(lambda _, part: np.matmul(K[part], gradients, out=self._g_image[part]), parts, range(self._threads))

    def _columns(self, columns: Array) -> Array:
        """Some columns of K, in a buffer."""
        if len(self._buffer) < len(columns):
            self._buffer = np.empty((len(columns), len(self._K)), self._K.dtype)
        out = self._buffer[: len(columns)]
        return np.take(self._K.T, columns, axis=0, out=out, mode="clip").T  # clip: no copy in between


def last_rows(vector: Vector, count: int) -> Array:
    """The last rows of [C s t b1]', (m + 3, n_1): a view, as the last weights of the vector and its first biases are
    neighbours. Of mini-batches the vector has only the last two.
    """
    n_1 = vector["b1"].size
    view: Array = vector.vector[vector.weights - (count - 1) * n_1 : vector.weights + n_1].reshape(-1, n_1)
    return view
