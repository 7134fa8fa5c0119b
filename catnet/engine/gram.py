"""The Gram solver: full batch without a product with X in each epoch. The same trajectory, up to rounding.

Every gradient of W1 is dZ1 X'/m (plus weight decay), and the update is linear in all gradients so far. So W1 never
leaves W1 = C X' + c W1_0: C (n_1, m) starts at 0 and the number c at 1, and C moves as W1 would, with the gradient
dZ1/m. The network needs only the image W1 X, which moves in the same way, with the gradient dZ1 K/m, K = X'X. So the
optimizer, unchanged, moves C, c and the image in place of W1; and the image of the validation data, if there are any.
Its moments have the same form.

From time to time the solver forms W1 and the moments and restarts from them, with C = 0, because rounding errors grow:
in the image, and in C, in which parts that X does not see (equal pictures with unequal labels) add up.
"""

import math
from dataclasses import dataclass

import numpy as np

from catnet.engine.gram_matrix import gram
from catnet.engine.inputs import Inputs
from catnet.engine.network import NO_MASKS, backward, forward, logits, loss_derivative, losses, sums_of_other_layers
from catnet.engine.optimizers import UPDATES, from_state, state_name, to_state
from catnet.engine.parallel import slices
from catnet.engine.parameters import Vector
from catnet.engine.task import DropoutMasks, Task
from catnet.engine.types import Array, Parameters, State

EPOCHS_BETWEEN_RESTARTS = 1000
EXAMPLES_PER_PRODUCT = 64  # of W1 and X: the buffers are small and soon filled
MAX_LOGITS_TOGETHER = 1 << 14  # for few examples, the costs of several epochs are computed together
# what a vector has in place of W1; the names begin with W because weight decay shrinks all three as it does W1
COMBINATION, IMAGE, COEFFICIENTS = "W1: C", "W1: image", "W1: c"
PREFIX = "gram."  # of the names in the state that only this solver uses


@dataclass(frozen=True)
class Snapshot:
    """C, c and the other parameters of an epoch, and the origins, the matrices that c multiplies."""

    vector: Parameters
    origins: Parameters


class Gram:
    """Trains by K = X'X, of shape (m, m), in place of X, of shape (n, m)."""

    name = "gram"

    def __init__(self, task: Task, state: State | None = None) -> None:
        """Builds K. The task is full batch, with a linear optimizer. Starts as the direct solver does."""
        self.task, state = task, state or {}
        dtype, m, n_1 = task.inputs.dtype, task.inputs.m, task.network.sizes[1]
        self._labels = task.labels.astype(dtype)
        self._weights = None if task.weights is None else task.weights.astype(dtype)
        self._epochs_together = max(1, MAX_LOGITS_TOGETHER // task.labels.size)
        self._many_labels = np.tile(self._labels, self._epochs_together)
        self._many_weights = None if self._weights is None else np.tile(self._weights, self._epochs_together)
        self.logits = np.zeros(task.labels.shape, dtype)

        self._inputs = [task.inputs] if task.validation is None else [task.inputs, task.validation]
        self._readers = [inputs.reader() for inputs in self._inputs]
        self._K = np.empty((m, sum(inputs.m for inputs in self._inputs)), dtype)  # X' [X  X_validation]
        gram(task.inputs, task.inputs, self._K[:, :m])
        if task.validation is not None:
            gram(task.inputs, task.validation, self._K[:, m:])

        self._others = [name for name in task.initial if name != "W1"]
        names = ("theta", *task.optimizer.rule.moments)
        shapes = {COMBINATION: (n_1, m), IMAGE: (n_1, self._K.shape[1]), COEFFICIENTS: (1, len(names))}
        self._theta = Vector(shapes | {name: task.initial[name].shape for name in self._others}, dtype)
        self._moments = task.optimizer.moments(self._theta)
        self._moments.updates = int(state.get(UPDATES, 0))
        self._vectors = dict(zip(names, [self._theta, *self._moments.vectors.values()], strict=True))
        self._g = self._theta.like()
        self._train_image = self._theta[IMAGE][:, :m]
        self._origins: Parameters = {}  # W1_0; and the moments of W1, if the training resumes from a state
        self._start(state)

    def _start(self, state: State) -> None:
        """Starts at the initial parameters with the state: to the same bits, if it comes from this solver and data."""
        names = list(self._vectors)
        own = {name.removeprefix(PREFIX): values for name, values in state.items() if name.startswith(PREFIX)}
        if own and all(own[name].shape == self._theta.vector.shape for name in names):
            self._origins = {name: own[key] for name in names if (key := state_name(name, "W1")) in own}
            for name, vector in self._vectors.items():
                vector.vector[:] = own[name]
        else:  # no state, or that of another solver, or of this one with other data
            initial = self.task.initial
            self._start_at({"theta": initial} | {name: from_state(state, name, initial) for name in names[1:]})

    def _start_at(self, points: dict[str, Parameters]) -> None:
        """Starts at these values of theta and of the moments, with C = 0. Moments that are empty stay 0."""
        self._origins = {}  # a new dictionary: a snapshot may hold the old one
        for position, (name, point) in enumerate(points.items()):
            if point:
                vector = self._vectors[name]
                self._origins[name] = point["W1"].astype(self.task.inputs.dtype)
                vector[COMBINATION].fill(0)
                vector[COEFFICIENTS][...] = np.arange(len(points)) == position
                vector[IMAGE][...] = self._image(self._origins[name])
                for other in self._others:
                    vector[other][...] = point[other]

    @np.errstate(over="ignore", invalid="ignore")  # the cost tells that a training diverges: no warning is needed
    def run(self, first: int, last: int) -> Array:
        """Trains the epochs first, ..., last; returns their costs, as `Solver` says."""
        costs = []
        for start in range(first, last + 1, self._epochs_together):
            epochs = range(start, min(start + self._epochs_together, last + 1))
            costs.append(self._costs(*zip(*map(self._epoch, epochs), strict=True)))
        return np.concatenate(costs)

    def _epoch(self, epoch: int) -> tuple[Array, float]:
        """Trains one epoch; returns Z[L], and a number that is finite if all parameters are."""
        task, network, theta, g = self.task, self.task.network, self._theta, self._g
        m, depth = task.inputs.m, network.depth
        if epoch % EPOCHS_BETWEEN_RESTARTS == 0 and epoch < task.epochs:
            self._start_at({name: self._expanded(vector, self._origins) for name, vector in self._vectors.items()})
        masks = DropoutMasks(task, epoch).next(m) if any(task.dropout) else NO_MASKS
        forward_pass = forward(network, theta, self._train_image + theta["b1"], masks)
        dZ_last = loss_derivative(network, forward_pass.Z[depth], self._labels, self._weights)
        dZ_last *= 1 / m
        dZ = backward(network, theta, forward_pass, dZ_last, masks)
        g[COMBINATION][...] = dZ[1]
        g[COEFFICIENTS].fill(0)
        np.dot(dZ[1], self._K, out=g[IMAGE])
        np.add.reduce(dZ[1], axis=1, keepdims=True, out=g["b1"])
        sums_of_other_layers(dZ, forward_pass.A, g)
        task.optimizer.update(theta, g, self._moments, task.schedule.learning_rate_at(epoch))
        self.logits = forward_pass.Z[depth]
        return self.logits, np.add.reduce(theta.vector)

    def _costs(self, logits: tuple[Array, ...], finite: tuple[float, ...]) -> Array:
        """The costs of epochs, nan if not `finite`; the same bits however many epochs there are together."""
        Z, m = np.concatenate(logits, axis=1), self.task.inputs.m
        weights = None if self._many_weights is None else self._many_weights[:, : Z.shape[1]]
        L = losses(self.task.network, Z, self._many_labels[:, : Z.shape[1]], weights).astype(np.float64)
        sums = L.reshape(len(L), -1, m).sum(axis=2)  # for each output and epoch
        J = [math.fsum(outputs) / m for outputs in sums.T.tolist()]
        return np.where(np.isfinite(finite), J, np.nan)

    def outputs(self, inputs: Inputs) -> Array:
        """Z[L] of other examples, (k, m), without dropout; for the validation data from their image."""
        if inputs is not self.task.validation:
            return logits(self.task.network, self.parameters(), inputs)
        Z1 = self._theta[IMAGE][:, self.task.inputs.m :] + self._theta["b1"]
        return forward(self.task.network, self._theta, Z1).Z[self.task.network.depth]

    def snapshot(self) -> Snapshot:
        """What the parameters can be formed from: it takes no product with X."""
        return Snapshot({name: P.copy() for name, P in self._theta.items() if name != IMAGE}, self._origins)

    def parameters(self, snapshot: Snapshot | None = None) -> Parameters:
        """The parameters of a snapshot, or a copy of the current ones."""
        if snapshot is None:
            return self._expanded(self._theta, self._origins)
        return self._expanded(snapshot.vector, snapshot.origins)

    @property
    def state(self) -> State:
        """What is needed to resume besides the parameters: the moments, in the form of the direct solver; and this
        solver's own vectors and origins, from which the training continues to the same bits.
        """
        moments = {name: self._expanded(vector, self._origins) for name, vector in self._moments.vectors.items()}
        own = {PREFIX + name: vector.vector.copy() for name, vector in self._vectors.items()}
        origins = {PREFIX + state_name(name, "W1"): origin for name, origin in self._origins.items()}
        return to_state(moments, self._moments.updates) | own | origins

    def _expanded(self, vector: Parameters, origins: Parameters) -> Parameters:
        """The vector with W1 = C X' + c_0 W1_0 + ... in place of C, c and the image."""
        inputs, C = self.task.inputs, vector[COMBINATION]
        W1 = np.zeros((len(C), inputs.n), inputs.dtype)
        for c, name in zip(vector[COEFFICIENTS][0], self._vectors, strict=True):
            if name in origins:
                W1 += c * origins[name]
        for examples in slices(inputs.m, EXAMPLES_PER_PRODUCT):
            W1 += self._readers[0].block(examples).product_with_transpose(C[:, examples])
        return {name: W1 if name == "W1" else vector[name].copy() for name in self.task.initial}

    def _image(self, W1: Array) -> Array:
        """W1 [X  X_validation]"""
        if not W1.any():
            return np.zeros((len(W1), self._K.shape[1]), W1.dtype)
        images = [
            reader.block(examples).product(W1)
            for inputs, reader in zip(self._inputs, self._readers, strict=True)
            for examples in slices(inputs.m, EXAMPLES_PER_PRODUCT)
        ]
        return np.hstack(images)
