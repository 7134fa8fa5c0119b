"""The Gram solver: no product with X in any step. The same trajectory as the direct solver's, up to rounding.

Every gradient of W1 is dZ1 X'/b of the b examples of a batch (plus weight decay), and the update is linear in all
gradients so far. So W1 never leaves

    W1 = C (X - mu)' + s mu' + c W1_0,    with mu (n, 1), the mean of the training examples.

C (n_1, m) and s (n_1, 1) start at 0 and the number c at 1, and they move as W1 would: C with the gradient dZ1/b in the
columns of the batch, s with its row sums. Without mu, s would be the sum of C's columns, and float32 would lose it
among numbers that are large.

The network needs only Z1 = W1 X + b1 of the batch. So the optimizer, unchanged, moves in place of W1 the image
W1 (X - mu) of all examples, and t = W1 mu, (n_1, 1). The gradient of the image is, by the gradients of C and s,

    [C s] K',    K = [(X - mu)' (X - mu),  (X - mu)' mu],

of K only the columns of the batch, as C has no others: one product of n_1 (b + 1) m. To form Z1 by [C s] K' of C as it
is would take as long, but round more, because parts of C are large and cancel. The image of X itself would also round
more: what all examples have in common moves it most.

With full batch the optimizer moves C and s in the same calls. An epoch of mini-batches has many updates, so C and s
move once, at its end: the updates are linear, and no step reads C. The moments have the same form.

From time to time the solver forms W1 and the moments and restarts from them, with C = 0, because parts of C that X does
not see (equal pictures with unequal labels) add up, and so do rounding errors.
"""

from contextlib import nullcontext
from typing import Literal, NamedTuple

import numpy as np

from catnet.engine.combination import Examples, Snapshot
from catnet.engine.cost_model import deals_out, epochs_between_restarts, has_long_steps
from catnet.engine.costs import Costs
from catnet.engine.dropout import DropoutMasks
from catnet.engine.gram_matrix import gram, mean_of
from catnet.engine.images import last_rows
from catnet.engine.inputs import Inputs
from catnet.engine.moved import Moved
from catnet.engine.network import NO_MASKS, backward, forward, logits, loss_derivative, sums_of_other_layers
from catnet.engine.parallel import one_thread, thread_count
from catnet.engine.task import Task
from catnet.engine.types import Array, Masks, Parameters, State


class Batch(NamedTuple):
    """The examples of an update: the columns of K that are theirs, and its last, (b + 1,), or None for all; their
    labels (k, b); weights (k, b) or (1, b), or None for 1; and what dZ1 is multiplied by for the gradients of s, t and
    b1, (3, b).
    """

    columns: Array | None
    labels: Array
    weights: Array | None
    of_sums: Array


class Gram:
    """Trains by K, of shape (m, m + 1), in place of X, of shape (n, m)."""

    name = "gram"

    def __init__(self, task: Task, state: State | None = None) -> None:
        """Builds K. The optimizer of the task is linear. Starts as the direct solver does."""
        self.task = task
        dtype, m = task.inputs.dtype, task.inputs.m
        self._labels = task.labels.astype(dtype)
        self._weights = None if task.weights is None else task.weights.astype(dtype)
        self._costs = Costs(task.network, self._labels, self._weights)
        self.logits = np.zeros(task.labels.shape, dtype)

        mean = mean_of(task.inputs.rows)
        mu = task.inputs.scaling.apply(mean).astype(dtype)
        is_long, is_dealt_out = has_long_steps(task), deals_out(task)
        threads = thread_count() if is_long and is_dealt_out else None
        self._has_one_thread = is_dealt_out or not is_long  # for each product
        self._known = [task.inputs] if task.validation is None else [task.inputs, task.validation]
        order: Literal["C", "F"] = "C" if task.is_full_batch else "F"  # mini-batches take columns of it
        shared = task.part_of_gram
        K = gram(*self._known, mean=mean, order=order) if shared is None else shared.gram(order)
        self._epochs_between_restarts = epochs_between_restarts(task)
        self._K_of_training = K[:m]
        X_mu = K[:m, m].astype(np.float64) + mu.astype(np.float64) @ mu  # X' mu
        self._of_sums = np.stack([np.ones(m, dtype), X_mu.astype(dtype), np.ones(m, dtype)])
        self._all = Batch(None, self._labels, self._weights, self._of_sums)
        self._share = dtype.type(1 / m)
        self._share_of_sums = self._share * self._of_sums
        self._derivative = task.network.loss_of_logits.derivative

        self._moved = Moved(task, [Examples(each) for each in self._known], K, mu, threads, state or {})
        self._zeros = np.zeros_like(self._moved.theta.vector)
        b, n_1, g = task.examples_per_update, task.network.sizes[1], self._moved.g
        # [C s t b1]' of a gradient, with C's columns of the batch; with full batch, a part of it
        self._g_first = last_rows(g, m + 3) if task.is_full_batch else np.empty((b + 3, n_1), dtype)
        self._g_t_b1 = last_rows(g, 2)
        self._places_in_columns = np.arange(m) + np.arange(m) // b
        self._gradients = np.empty((0 if task.is_full_batch else m, n_1), dtype)  # dZ1' of an epoch

    @np.errstate(over="ignore", invalid="ignore")  # the cost tells that a training diverges: no warning is needed
    def run(self, first: int, last: int) -> Array:
        """Trains the epochs first, ..., last; returns their costs, as `Solver` says."""
        costs: list[Array] = []
        between = self._epochs_between_restarts
        while first <= last:
            if first % between == 0 and first < self.task.epochs:
                self._moved.restart()  # in several threads
            end = min(last + 1, (first // between + 1) * between)
            with one_thread() if self._has_one_thread else nullcontext():
                for start in range(first, end, self._costs.together):
                    epochs = range(start, min(start + self._costs.together, end))
                    costs.append(self._costs.of(*zip(*map(self._epoch, epochs), strict=True)))
            first = end
        return np.concatenate(costs)

    def _epoch(self, epoch: int) -> tuple[Array, float]:
        """Trains one epoch; returns Z[L], and a number that is finite if all that the optimizer has moved is: zero
        times each.
        """
        task, moved = self.task, self._moved
        learning_rate, order = task.schedule.learning_rate_at(epoch), None
        remaining = moved.begin_epoch(learning_rate)
        if not task.is_full_batch:
            order = self._by_batches(epoch, learning_rate, remaining)
        elif task.network.depth == 1:
            self.logits = self._step_of_one_layer(learning_rate)
        else:
            masks = DropoutMasks(task, epoch).next(task.inputs.m) if any(task.dropout) else NO_MASKS
            self.logits = self._step(self._all, moved.images.Z1(0), learning_rate, masks)
        finite = np.dot(moved.theta.vector, self._zeros)
        moved.end_epoch(order, self._gradients)
        return self.logits, finite

    def _by_batches(self, epoch: int, learning_rate: float, remaining: list[float]) -> Array:
        """The updates of an epoch by mini-batches; returns the order of the examples. Before each update so much of the
        images at the start of the epoch remains.
        """
        task, images = self.task, self._moved.images
        order, m, size = task.order(epoch), task.inputs.m, task.examples_per_update
        columns = np.full(m + task.updates_per_epoch, m)  # of K: those of each batch, and the last
        columns[self._places_in_columns] = order
        labels, of_sums, images_at_start = self._labels[:, order], self._of_sums[:, order], images.at_start_of(order)
        weights = None if self._weights is None else self._weights[:, order]
        masks = DropoutMasks(task, epoch) if any(task.dropout) else None
        logits = np.empty_like(self.logits)
        for place, start in enumerate(range(0, m, size)):
            end = min(start + size, m)
            these, examples = slice(start, end), order[start:end]
            batch = Batch(
                columns[start + place : end + place + 1],
                labels[:, these],
                None if weights is None else weights[:, these],
                of_sums[:, these],
            )
            Z1 = images.Z1_of_batch(examples, images_at_start[these], remaining[place])
            of_batch = NO_MASKS if masks is None else masks.next(end - start)
            logits[:, these] = self._step(batch, Z1, learning_rate, of_batch)
            self._gradients[examples] = self._g_first[: end - start]
        self.logits = np.empty_like(logits)
        self.logits[:, order] = logits
        return order

    def _step(self, batch: Batch, Z1: Array, learning_rate: float, masks: Masks) -> Array:
        """One update by the examples of a batch, with their Z[1]. Returns their Z[L]."""
        network, moved, theta, length = self.task.network, self._moved, self._moved.theta, Z1.shape[1]
        forward_pass = forward(network, theta, Z1, masks)
        Z_last = forward_pass.Z[network.depth]
        dZ_last = loss_derivative(network, Z_last, batch.labels, batch.weights)
        dZ_last *= 1 / length
        dZ = backward(network, theta, forward_pass, dZ_last, masks)
        g_first = self._g_first[: length + 3]
        g_first[:-3] = dZ[1].T
        np.dot(batch.of_sums, dZ[1].T, out=g_first[-3:])
        moved.images.set_gradient(g_first[:-2], batch.columns)
        if batch.columns is not None:
            self._g_t_b1[...] = g_first[-2:]
        sums_of_other_layers(dZ, forward_pass.A, moved.g)
        self.task.optimizer.update(theta, moved.g, moved.moments, learning_rate)
        return Z_last

    def _step_of_one_layer(self, learning_rate: float) -> Array:
        """`_step` by all examples if there are no hidden layers, in as few calls as possible: they take the time."""
        moved, g_first = self._moved, self._g_first
        Z1 = moved.images.Z1(0)
        dZ1 = self._derivative(Z1, self._labels)
        if self._weights is not None:
            dZ1 *= self._weights
        np.multiply(dZ1.T, self._share, out=g_first[:-3])
        np.dot(self._share_of_sums, dZ1.T, out=g_first[-3:])
        moved.images.set_gradient(g_first[:-2])
        self.task.optimizer.update(moved.theta, moved.g, moved.moments, learning_rate)
        return Z1

    def outputs(self, inputs: Inputs) -> Array:
        """Z[L] of other examples, (k, m), without dropout; of the training and validation examples by their images."""
        for place, known in enumerate(self._known):
            if inputs is known:
                Z1 = self._moved.images.Z1(place)
                return forward(self.task.network, self._moved.theta, Z1).Z[self.task.network.depth]
        return logits(self.task.network, self._moved.current(), inputs)

    def products_of_pairs(self, v: Array) -> Array:
        """X'X v of the training examples, for v (m,)."""
        K = self._K_of_training
        products: Array = K @ np.append(v, v.sum()).astype(K.dtype)  # of another precision K would be copied
        return products + self._of_sums[1] @ v

    def snapshot(self) -> Snapshot:
        """What the parameters can be formed from: it takes no product with X."""
        return self._moved.snapshot()

    def parameters(self, snapshot: Snapshot | None = None) -> Parameters:
        """The parameters of a snapshot, or a copy of the current ones."""
        return self._moved.parameters(snapshot)

    @property
    def state(self) -> State:
        """What is needed to resume besides the parameters, also by the direct solver."""
        return self._moved.state
