"""The Gram solver: no product with X in any step. The same trajectory as the direct solver's, up to rounding.

Every gradient of W1 is dZ1 X'/b of the b examples of a batch (plus weight decay), and the update is linear in all
gradients so far. So W1 never leaves

    W1 = C (X - mu)' + s mu' + c W1_0,    with mu (n, 1), the mean of the training examples.

C (n_1, m) and s (n_1, 1) start at 0 and the number c at 1, and they move as W1 would: C with the gradient dZ1/b in the
columns of the batch, s with its row sums. t = (C (X - mu)' + s mu') mu, (n_1, 1), moves with them, as an inner product
of its own. The network needs only Z1 of the batch, which is

    Z1 = [C s t b1] K' + c W1_0 X,    K = [(X - mu)' (X - mu),  (X - mu)' mu,  1,  1],

K having the rows of the batch: one product of n_1 b (m + 3). Without mu, s would be the sum of C's columns, and float32
would lose it among numbers that are large.

The optimizer, unchanged, moves C, s, t and c in place of W1. Its moments have the same form.

With full batch the image W1 X moves with them, with the gradient [C s t] K' of those of C, s and t, and Z1 is it plus
b1. That takes as many products, and rounds less: parts of C cancel out in C K', and a gradient is small.

From time to time the solver forms W1 and the moments and restarts from them, with C = 0, because parts of C that X does
not see (equal pictures with unequal labels) add up, and so do rounding errors.
"""

from contextlib import nullcontext

import numpy as np

from catnet.engine.combination import KnownInputs, Snapshot
from catnet.engine.cost_model import deals_out, epochs_between_restarts, has_long_steps
from catnet.engine.costs import Costs
from catnet.engine.gram_matrix import gram, mean_of
from catnet.engine.images import Images
from catnet.engine.inputs import Inputs
from catnet.engine.moved import Moved
from catnet.engine.network import NO_MASKS, backward, forward, logits, loss_derivative, sums_of_other_layers
from catnet.engine.parallel import one_thread, thread_count
from catnet.engine.task import DropoutMasks, Task
from catnet.engine.types import Array, Masks, Parameters, State


class Gram:
    """Trains by K, of shape (m, m + 3), in place of X, of shape (n, m). With full batch K has no column for b1."""

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
        threads = thread_count() if is_long and is_dealt_out else 1
        self._has_one_thread = is_dealt_out or not is_long  # for each product
        inputs = [task.inputs] if task.validation is None else [task.inputs, task.validation]
        matrices = gram(*inputs, mean=mean, ones=1 if task.is_full_batch else 2)
        self._known = [KnownInputs(each, K, threads) for each, K in zip(inputs, matrices, strict=True)]
        self._epochs_between_restarts = epochs_between_restarts(task)
        with_mean = self._known[0].K[:, m].astype(np.float64)  # (X - mu)' mu
        mu_mu = mu.astype(np.float64) @ mu
        self._with_mean = np.append(with_mean, mu_mu)
        # what dZ1 is multiplied by to become the gradients of s, t and b1; and the same for all examples
        self._of_sums = np.stack([np.ones(m, dtype), (with_mean + mu_mu).astype(dtype), np.ones(m, dtype)])
        self._share = dtype.type(1 / m)
        self._share_of_sums = self._share * self._of_sums
        self._derivative = task.network.loss_of_logits.derivative

        self._moved = Moved(task, self._known, mu, state or {})
        g_coefficients = self._moved.g_coefficients
        self._g_C, self._g_sums = g_coefficients[:-3], g_coefficients[-3:]
        self._zeros = np.zeros_like(self._moved.theta.vector)

    @np.errstate(over="ignore", invalid="ignore")  # the cost tells that a training diverges: no warning is needed
    def run(self, first: int, last: int) -> Array:
        """Trains the epochs first, ..., last; returns their costs, as `Solver` says."""
        costs: list[Array] = []
        self._moved.forget_what_was_formed()
        with one_thread() if self._has_one_thread else nullcontext():
            for start in range(first, last + 1, self._costs.together):
                epochs = range(start, min(start + self._costs.together, last + 1))
                costs.append(self._costs.of(*zip(*map(self._epoch, epochs), strict=True)))
        return np.concatenate(costs)

    def _epoch(self, epoch: int) -> tuple[Array, float]:
        """Trains one epoch; returns Z[L], and a number that is finite if all parameters are: zero times each."""
        task = self.task
        if epoch % self._epochs_between_restarts == 0 and epoch < task.epochs:
            self._moved.restart()
        if not task.is_full_batch:
            self._moved.renew_t(self._with_mean)
        learning_rate = task.schedule.learning_rate_at(epoch)
        if self._moved.images and task.network.depth == 1:
            self.logits = self._step_of_one_layer(self._moved.images, learning_rate)
        else:
            self._steps(epoch, learning_rate)
        return self.logits, np.dot(self._moved.theta.vector, self._zeros)

    def _steps(self, epoch: int, learning_rate: float) -> None:
        """The updates of an epoch, batch by batch."""
        task = self.task
        masks = DropoutMasks(task, epoch) if any(task.dropout) else None
        if not task.is_full_batch:
            self.logits = np.empty_like(self.logits)
        for batch in task.batches(epoch):
            length = task.inputs.m if batch is None else len(batch)
            Z_last = self._step(batch, length, learning_rate, NO_MASKS if masks is None else masks.next(length))
            if batch is None:
                self.logits = Z_last
            else:
                self.logits[:, batch] = Z_last

    def _step(self, batch: Array | None, length: int, learning_rate: float, masks: Masks) -> Array:
        """One update by a batch of so many examples; None is all of them. Returns their Z[L]."""
        task, network, moved, theta = self.task, self.task.network, self._moved, self._moved.theta
        labels, weights = self._labels, self._weights
        if batch is not None:
            labels, weights = labels[:, batch], None if weights is None else weights[:, batch]
        forward_pass = forward(network, theta, self._Z1(0, batch), masks)
        Z_last = forward_pass.Z[network.depth]
        dZ_last = loss_derivative(network, Z_last, labels, weights)
        dZ_last *= 1 / length
        dZ = backward(network, theta, forward_pass, dZ_last, masks)
        if moved.images:
            self._g_C[...] = dZ[1].T
            np.dot(self._of_sums, dZ[1].T, out=self._g_sums)
            moved.images.set_gradients()
        else:
            moved.g_coefficients.fill(0)
            self._g_C[batch] = dZ[1].T
            np.dot(self._of_sums[:, batch], dZ[1].T, out=self._g_sums)
        moved.g_c.fill(0)
        sums_of_other_layers(dZ, forward_pass.A, moved.g)
        task.optimizer.update(theta, moved.g, moved.moments, learning_rate)
        return Z_last

    def _step_of_one_layer(self, images: Images, learning_rate: float) -> Array:
        """`_step` by all examples if there are no hidden layers, in as few calls as possible: they take the time."""
        Z1 = images.logits_of_one_layer()
        dZ1 = self._derivative(Z1, self._labels)
        if self._weights is not None:
            dZ1 *= self._weights
        np.multiply(dZ1.T, self._share, out=self._g_C)
        np.dot(self._share_of_sums, dZ1.T, out=self._g_sums)
        images.set_gradients()
        moved = self._moved
        moved.g_c.fill(0)
        self.task.optimizer.update(moved.theta, moved.g, moved.moments, learning_rate)
        return Z1

    def _Z1(self, place: int, batch: Array | None = None) -> Array:
        """Of the training (0) or validation examples (1), or of a batch of them, (n_1, m)."""
        if self._moved.images:
            return self._moved.images.Z1(place)
        return self._known[place].Z1(self._moved.coefficients, self._moved.c, batch)

    def outputs(self, inputs: Inputs) -> Array:
        """Z[L] of other examples, (k, m), without dropout; of the training and validation examples by K."""
        for place, known in enumerate(self._known):
            if inputs is known.inputs:
                with one_thread() if known.threads > 1 else nullcontext():
                    Z1 = self._Z1(place)
                return forward(self.task.network, self._moved.theta, Z1).Z[self.task.network.depth]
        return logits(self.task.network, self._moved.current(), inputs)

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
