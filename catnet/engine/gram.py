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

from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np

from catnet.engine.combination import COEFFICIENTS, COMBINATION, IMAGE, KnownInputs, Snapshot, coefficients
from catnet.engine.cost_model import deals_out, epochs_between_restarts, has_long_steps
from catnet.engine.costs import Costs
from catnet.engine.gram_matrix import gram, mean_of
from catnet.engine.images import Images
from catnet.engine.inputs import Inputs
from catnet.engine.network import NO_MASKS, backward, forward, logits, loss_derivative, sums_of_other_layers
from catnet.engine.optimizers import UPDATES, from_state, state_name, to_state
from catnet.engine.parallel import one_thread, thread_count
from catnet.engine.parameters import Vector
from catnet.engine.task import DropoutMasks, Task
from catnet.engine.types import Array, Masks, Parameters, State

PREFIX = "gram.K."  # of the names in the state that only this solver uses; those with "gram." alone are of another K


class Gram:
    """Trains by K, of shape (m, m + 3), in place of X, of shape (n, m)."""

    name = "gram"

    def __init__(self, task: Task, state: State | None = None) -> None:
        """Builds K. The optimizer of the task is linear. Starts as the direct solver does."""
        self.task, state = task, state or {}
        dtype, m, n_1 = task.inputs.dtype, task.inputs.m, task.network.sizes[1]
        self._labels = task.labels.astype(dtype)
        self._weights = None if task.weights is None else task.weights.astype(dtype)
        self._costs = Costs(task.network, self._labels, self._weights)
        self.logits = np.zeros(task.labels.shape, dtype)

        mean = mean_of(task.inputs.rows)
        self._mu = task.inputs.scaling.apply(mean).astype(dtype)
        is_long, is_dealt_out = has_long_steps(task), deals_out(task)
        threads = thread_count() if is_long and is_dealt_out else 1
        self._has_one_thread = is_dealt_out or not is_long  # for each product
        inputs = [task.inputs] if task.validation is None else [task.inputs, task.validation]
        matrices = gram(*inputs, mean=mean, ones=1 if task.is_full_batch else 2)
        self._known = [KnownInputs(each, K, threads) for each, K in zip(inputs, matrices, strict=True)]
        self._training = self._known[0]
        self._epochs_between_restarts = epochs_between_restarts(task)
        with_mean = self._training.K[:, m].astype(np.float64)  # (X - mu)' mu
        mu_mu = self._mu.astype(np.float64) @ self._mu
        self._with_mean = np.append(with_mean, mu_mu)
        # what dZ1 is multiplied by to become the gradients of s, t and b1; and the same for all examples
        self._of_sums = np.stack([np.ones(m, dtype), (with_mean + mu_mu).astype(dtype), np.ones(m, dtype)])
        self._share = dtype.type(1 / m)
        self._share_of_sums = self._share * self._of_sums
        self._derivative = task.network.loss_of_logits.derivative

        self._others = [name for name in task.initial if name != "W1"]
        names = ("theta", *task.optimizer.rule.moments)
        shapes = {name: task.initial[name].shape for name in self._others}
        moved = {IMAGE: (sum(each.m for each in inputs), n_1)} if task.is_full_batch else {}
        self._theta = Vector({COEFFICIENTS: (1, len(names)), **shapes, **moved, COMBINATION: (m + 2, n_1)}, dtype)
        self._moments = task.optimizer.moments(self._theta)
        self._moments.updates = int(state.get(UPDATES, 0))
        self._vectors = dict(zip(names, [self._theta, *self._moments.vectors.values()], strict=True))
        self._g = self._theta.like()
        self._coefficients, self._g_coefficients = map(coefficients, (self._theta, self._g))
        self._c = self._theta[COEFFICIENTS][0]
        self._g_combination, self._g_sums = self._g_coefficients[:-3], self._g_coefficients[-3:]
        self._g_c = self._g[COEFFICIENTS][0]
        self._zeros = np.zeros_like(self._theta.vector)
        self._images = Images(self._known, self._theta, self._g) if task.is_full_batch else None
        self._origins: Parameters = {}  # W1_0; and the moments of W1, if the training resumes from a state
        self._formed: list[Parameters] = []  # after the last epoch, what was asked for: theta, or also the moments
        self._start(state)

    def _start(self, state: State) -> None:
        """Starts at the initial parameters with the state: to the same bits, if it comes from this solver and data."""
        names = list(self._vectors)
        own = {name.removeprefix(PREFIX): values for name, values in state.items() if name.startswith(PREFIX)}
        if own and all(own[name].shape == self._theta.vector.shape for name in names):
            self._set_origins({name: own[key] for name in names if (key := state_name(name, "W1")) in own})
            for name, vector in self._vectors.items():
                vector.vector[:] = own[name]
        else:  # no state, or that of another solver, or of this one with other data
            initial = self.task.initial
            self._start_at({"theta": initial} | {name: from_state(state, name, initial) for name in names[1:]})

    def _start_at(self, points: dict[str, Parameters]) -> None:
        """Starts at these values of theta and of the moments, with C = 0. Moments that are empty stay 0."""
        self._set_origins({name: point["W1"].astype(self.task.inputs.dtype) for name, point in points.items() if point})
        for position, (name, point) in enumerate(points.items()):
            if point:
                vector = self._vectors[name]
                vector[COMBINATION].fill(0)
                if self._images:
                    self._images.start_at(vector, self._origins[name])
                vector[COEFFICIENTS][...] = np.arange(len(points)) == position
                for other in self._others:
                    vector[other][...] = point[other]

    def _set_origins(self, origins: Parameters) -> None:
        """Has c multiply these matrices."""
        self._origins = origins  # a new dictionary: a snapshot may hold the old one
        if self._images:
            return
        places = {place: origins[name] for place, name in enumerate(self._vectors) if name in origins}
        for known in self._known:
            known.set_origins(places)

    @np.errstate(over="ignore", invalid="ignore")  # the cost tells that a training diverges: no warning is needed
    def run(self, first: int, last: int) -> Array:
        """Trains the epochs first, ..., last; returns their costs, as `Solver` says."""
        costs, self._formed = [], []
        with one_thread() if self._has_one_thread else nullcontext():
            for start in range(first, last + 1, self._costs.together):
                epochs = range(start, min(start + self._costs.together, last + 1))
                costs.append(self._costs.of(*zip(*map(self._epoch, epochs), strict=True)))
        return np.concatenate(costs)

    def _epoch(self, epoch: int) -> tuple[Array, float]:
        """Trains one epoch; returns Z[L], and a number that is finite if all parameters are: zero times each."""
        task = self.task
        if epoch % self._epochs_between_restarts == 0 and epoch < task.epochs:
            formed = self._expanded(list(self._vectors.values()), self._origins)
            self._start_at(dict(zip(self._vectors, formed, strict=True)))
        if not task.is_full_batch:
            self._renew_t()
        learning_rate = task.schedule.learning_rate_at(epoch)
        if self._images and task.network.depth == 1:
            self.logits = self._step_of_one_layer(self._images, learning_rate)
        else:
            self._steps(epoch, learning_rate)
        return self.logits, np.dot(self._theta.vector, self._zeros)

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

    def _renew_t(self) -> None:
        """t = C (X - mu)' mu + s mu' mu, in float64: what it was moved by is rounded, each time in the same way."""
        for vector in self._vectors.values():
            combination = vector[COMBINATION]
            combination[-1] = self._with_mean @ combination[:-1]

    def _step(self, batch: Array | None, length: int, learning_rate: float, masks: Masks) -> Array:
        """One update by a batch of so many examples; None is all of them. Returns their Z[L]."""
        task, network, theta, g = self.task, self.task.network, self._theta, self._g
        labels, weights = self._labels, self._weights
        if batch is not None:
            labels, weights = labels[:, batch], None if weights is None else weights[:, batch]
        forward_pass = forward(network, theta, self._Z1(0, batch), masks)
        Z_last = forward_pass.Z[network.depth]
        dZ_last = loss_derivative(network, Z_last, labels, weights)
        dZ_last *= 1 / length
        dZ = backward(network, theta, forward_pass, dZ_last, masks)
        if self._images:
            self._g_combination[...] = dZ[1].T
            np.dot(self._of_sums, dZ[1].T, out=self._g_sums)
            self._images.set_gradients()
        else:
            self._g_coefficients.fill(0)
            self._g_coefficients[batch] = dZ[1].T
            np.dot(self._of_sums[:, batch], dZ[1].T, out=self._g_sums)
        self._g_c.fill(0)
        sums_of_other_layers(dZ, forward_pass.A, g)
        task.optimizer.update(theta, g, self._moments, learning_rate)
        return Z_last

    def _step_of_one_layer(self, images: Images, learning_rate: float) -> Array:
        """`_step` by all examples if there are no hidden layers, in as few calls as possible: they take the time."""
        Z1 = images.logits_of_one_layer()
        dZ1 = self._derivative(Z1, self._labels)
        if self._weights is not None:
            dZ1 *= self._weights
        np.multiply(dZ1.T, self._share, out=self._g_combination)
        np.dot(self._share_of_sums, dZ1.T, out=self._g_sums)
        images.set_gradients()
        self._g_c.fill(0)
        self.task.optimizer.update(self._theta, self._g, self._moments, learning_rate)
        return Z1

    def _Z1(self, place: int, batch: Array | None = None) -> Array:
        """Of the training (0) or validation examples (1), or of a batch of them, (n_1, m)."""
        if self._images:
            return self._images.Z1(place)
        return self._known[place].Z1(self._coefficients, self._c, batch)

    def outputs(self, inputs: Inputs) -> Array:
        """Z[L] of other examples, (k, m), without dropout; of the training and validation examples by K."""
        for place, known in enumerate(self._known):
            if inputs is known.inputs:
                with one_thread() if known.threads > 1 else nullcontext():
                    Z1 = self._Z1(place)
                return forward(self.task.network, self._theta, Z1).Z[self.task.network.depth]
        return logits(self.task.network, self._current(), inputs)

    def snapshot(self) -> Snapshot:
        """What the parameters can be formed from: it takes no product with X."""
        vector = Parameters((name, P.copy()) for name, P in self._theta.items() if name != IMAGE)
        return Snapshot(vector, self._origins)

    def parameters(self, snapshot: Snapshot | None = None) -> Parameters:
        """The parameters of a snapshot, or a copy of the current ones."""
        if snapshot is not None:
            return self._expanded([snapshot.vector], snapshot.origins)[0]
        return {name: P.copy() for name, P in self._current().items()}

    def _current(self) -> Parameters:
        """The parameters after the last epoch, not to be changed."""
        self._formed = self._formed or self._expanded([self._theta], self._origins)
        return self._formed[0]

    @property
    def state(self) -> State:
        """What is needed to resume besides the parameters: the moments, in the form of the direct solver; and this
        solver's own vectors and origins, from which the training continues to the same bits.
        """
        if len(self._formed) < len(self._vectors):
            self._formed = self._expanded(list(self._vectors.values()), self._origins)
        moments = dict(zip(self._moments.vectors, self._formed[1:], strict=True))
        own = {PREFIX + name: vector.vector.copy() for name, vector in self._vectors.items()}
        origins = {PREFIX + state_name(name, "W1"): origin for name, origin in self._origins.items()}
        return to_state(moments, self._moments.updates) | own | origins

    def _expanded(self, vectors: Sequence[Parameters], origins: Parameters) -> list[Parameters]:
        """The vectors with W1 in place of C, s, t and c."""
        combined = self._training.combined([vector[COMBINATION] for vector in vectors], self._mu)
        for W1, vector in zip(combined, vectors, strict=True):
            for c, name in zip(vector[COEFFICIENTS][0], self._vectors, strict=True):
                if name in origins:
                    W1 += c * origins[name]
        return [
            {name: W1 if name == "W1" else vector[name].copy() for name in self.task.initial}
            for W1, vector in zip(combined, vectors, strict=True)
        ]
