"""Parts of the features: how the direct solver trains mini-batches if W1 holds most of the numbers.

A step of few examples takes as long to move W1 as to compute. So the vector of the parameters holds W1 transposed: the
weights of some features, a part, lie together. As soon as their gradient is formed they are moved, and multiplied by
the next batch, while they are in the processor's cache. Threads take the parts as they come. The parts, and the order
of every sum, follow from the shapes alone: no bit depends on the number of threads.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from catnet.engine.dropout import DropoutMasks
from catnet.engine.inputs import BLOCK_BYTES, Conversion
from catnet.engine.network import backward, forward, sums_of_other_layers
from catnet.engine.optimizers import Moments, Step
from catnet.engine.parallel import dealt, gains_by_threads, one_thread, slices, thread_count
from catnet.engine.parameters import CHUNK, Vector
from catnet.engine.task import Task
from catnet.engine.types import Array, Masks

BATCH_BYTES = 4 * BLOCK_BYTES  # of X as floats: it is kept from the forward to the backward pass
FEATURES_PER_EXAMPLE = 4  # at least: from Z1 to dZ1 there is only one thread
NUMBERS_PER_PART = 3 << 17  # at most: threads that call NumPy often wait for each other, longer than for the memory
PARTS = 4  # or a multiple, for threads: divisible among two or four


class Part(NamedTuple):
    """The first layer for some features, in buffers for a whole batch."""

    features: slice
    X: Array  # transposed: (b, width), as floats
    Z1: Array  # transposed: (b, n_1), the sum over these features
    W1: Array  # transposed: (width, n_1)
    vectors: Sequence[Array]  # W1 as a vector, and its moments


def is_by_features(task: Task) -> bool:
    """Whether these are mini-batches whose time goes into W1 and its products with X."""
    inputs, n_1, b = task.inputs, task.network.sizes[1], task.batch_size
    if b is None or b >= inputs.m or task.augmented is not None or inputs.projection is not None:
        return False
    is_wide = inputs.n >= FEATURES_PER_EXAMPLE * b and 2 * inputs.n * n_1 >= task.network.parameter_count
    has_small_Z1 = b * n_1 <= NUMBERS_PER_PART  # those of all parts together are no larger than W1
    return is_wide and has_small_Z1 and (b <= 2 * n_1 or b * inputs.n * inputs.dtype.itemsize <= BATCH_BYTES)


class ByFeatures:
    """Trains the mini-batches of an epoch."""

    def __init__(self, task: Task, theta: Vector, moments: Moments, take_logits: Callable[[Any, Array], Array]) -> None:
        """`theta` and the moments hold W1 transposed. take_logits(examples, Z[L]) returns dZ[L] of their losses."""
        self._task, self._theta, self._moments, self._take_logits = task, theta, moments, take_logits
        self._conversion = Conversion(task.inputs.rows.dtype, task.inputs.scaling, task.inputs.dtype)
        n, n_1, b, dtype = task.inputs.n, task.network.sizes[1], task.batch_size, task.inputs.dtype
        assert b is not None
        is_long = gains_by_threads(n * n_1, 4 * b * n * n_1)
        cut = slices(n, max(1, NUMBERS_PER_PART // n_1), PARTS if is_long else 1)
        self._parts = [self._part(features, b) for features in cut]
        threads = min(thread_count(), len(cut)) if is_long else 1
        self._at_once = CHUNK if threads == 1 else NUMBERS_PER_PART  # it changes no bit
        longest = max(part.W1.size for part in self._parts)
        self._gradients = [np.empty(longest, dtype) for _ in range(threads)]  # of W1: each thread's, of its part
        self._g = Vector({name: P.shape for name, P in theta.items() if name != "W1"}, dtype)
        self._others = [vector.vector[n * n_1 :] for vector in (theta, *moments.vectors.values())]  # than W1

    def _part(self, features: slice, b: int) -> Part:
        n_1, dtype = self._task.network.sizes[1], self._task.inputs.dtype
        X, Z1 = np.empty((b, features.stop - features.start), dtype), np.empty((b, n_1), dtype)
        vectors = [vector["W1"].T[features].reshape(-1) for vector in (self._theta, *self._moments.vectors.values())]
        return Part(features, X, Z1, self._theta["W1"].T[features], vectors)

    def train(self, epoch: int) -> None:
        """Trains the mini-batches of an epoch."""
        task, masks = self._task, DropoutMasks(self._task, epoch)
        learning_rate = task.schedule.learning_rate_at(epoch)
        batches = [batch for batch in task.batches(epoch) if batch is not None]
        with one_thread():
            dealt(lambda _, part: self._multiply(batches[0], part), self._parts, self._gradients)
            for batch, following in zip(batches, [*batches[1:], None], strict=True):
                dZ1 = self._propagate(batch, masks.next(len(batch)))
                step = task.optimizer.next_step(self._moments, learning_rate)
                jobs = [partial(self._advance, step, dZ1, following, part) for part in self._parts]
                jobs += [partial(self._move_others, step, start) for start in range(0, self._g.vector.size, CHUNK)]
                dealt(lambda gradient, job: job(gradient), jobs, self._gradients)

    def _propagate(self, batch: Array, masks: Masks) -> Array:
        """Goes forward from the parts' Z[1] and backward to dZ[1], which it returns transposed, (b, n_1).

        The derivatives, also those of the other parameters, are of the mean, times the optimizer's `scale`.
        """
        network, theta, b = self._task.network, self._theta, len(batch)
        Z1, *others = [part.Z1[:b] for part in self._parts]
        for other in others:
            Z1 += other
        scale = self._conversion.common_scale
        Z1 *= scale
        forward_pass = forward(network, theta, Z1.T + theta["b1"], masks)
        dZ_last = self._take_logits(batch, forward_pass.Z[network.depth])
        dZ_last *= self._task.optimizer.scale / b
        dZ = backward(network, theta, forward_pass, dZ_last, masks)
        np.add.reduce(dZ[1], axis=1, keepdims=True, out=self._g["b1"])
        sums_of_other_layers(dZ, forward_pass.A, self._g)
        return np.multiply(dZ[1].T, scale, order="C")

    def _multiply(self, batch: Array, part: Part) -> None:
        """X' and X' W1' of a part of a batch."""
        X = part.X[: len(batch)]
        self._conversion.convert(self._task.inputs.rows[:, part.features][batch], X, part.features)
        np.dot(X, part.W1, out=part.Z1[: len(batch)])

    def _advance(self, step: Step, dZ1: Array, following: Array | None, part: Part, gradient: Array) -> None:
        """Moves a part along X dZ1', formed in `gradient`, and multiplies the following batch, if there is one."""
        g = gradient[: part.W1.size]
        np.dot(part.X[: len(dZ1)].T, dZ1, out=g.reshape(part.W1.shape))
        for start in range(0, g.size, self._at_once):
            chunk = slice(start, start + self._at_once)
            theta, *moments = [vector[chunk] for vector in part.vectors]
            self._task.optimizer.move(step, theta.size, theta, g[chunk], *moments)
        if following is not None:
            self._multiply(following, part)

    def _move_others(self, step: Step, start: int, _: Array) -> None:
        """Moves a chunk of the other parameters."""
        chunk = slice(start, start + CHUNK)
        theta, *moments = [vector[chunk] for vector in self._others]
        self._task.optimizer.move(step, max(0, self._g.weights - start), theta, self._g.vector[chunk], *moments)
