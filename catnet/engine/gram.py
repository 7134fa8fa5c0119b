"""The Gram solver: full batch without taking a product with X at every epoch. The same trajectory, up to rounding.

Every gradient of W1 is dZ1 X'/m (plus weight decay), and the update is linear in the gradients so far. So W1 never
leaves W1 = C X' + c W1_0, where C (n_1, m) starts at 0 and c at 1, and C moves exactly as W1 would, with the gradient
dZ1/m. What the network needs of W1 is its image W1 X, which moves alike, with the gradient dZ1 K/m, K = X'X. So the
optimizer, as it stands, moves C, c and the image in place of W1; where there are validation data, their image too.
Its moments are of the same form.

Every so many epochs W1 and the moments are formed, and it starts anew from these, with C = 0. For rounding grows: in
the image, and in C, where parts that X does not see (equal pictures with unequal labels) add up epoch by epoch.
"""

import math
from dataclasses import dataclass

import numpy as np

from catnet.engine.gram_matrix import gram
from catnet.engine.inputs import Inputs
from catnet.engine.network import NO_MASKS, backward, forward, logits, losses, slope, sums_of_layers
from catnet.engine.parallel import cuts
from catnet.engine.parameters import Vector
from catnet.engine.task import Task
from catnet.engine.types import Array, Parameters, State

ANEW = 1000  # epochs after which it starts anew
BLOCK = 64  # examples: the buffers that products of W1 and X take are small, and soon filled
LOGITS = 1 << 14  # the costs of several epochs of few examples are computed together, up to so many logits
IMAGE, START = "W1 X", "W1 start"  # names that begin with W, because weight decay shrinks them as it does W1
OWN = "gram."  # what only this solver has in its state


@dataclass(frozen=True)
class Snapshot:
    """C, c and the other layers' parameters of an epoch, and the matrices that c is about."""

    vector: Parameters
    origins: Parameters


class Gram:
    """Trains by K = X'X, of shape (m, m), in place of X, of shape (n, m)."""

    name = "gram"

    def __init__(self, task: Task, state: State | None = None) -> None:
        """Builds K. The task is of full batch, and its optimizer linear. Starts as the direct solver does."""
        self.task, state = task, state or {}
        dtype, m, n_1 = task.inputs.dtype, task.inputs.m, task.network.sizes[1]
        self._labels = task.labels.astype(dtype)
        self._weights = None if task.weights is None else task.weights.astype(dtype)
        self._epochs_together = max(1, LOGITS // task.labels.size)
        self._many_labels = np.tile(self._labels, self._epochs_together)
        self._many_weights = None if self._weights is None else np.tile(self._weights, self._epochs_together)
        self.logits = np.zeros(task.labels.shape, dtype)

        self._inputs = [task.inputs] if task.validation is None else [task.inputs, task.validation]
        self._readers = [inputs.reader() for inputs in self._inputs]
        self._K = np.empty((m, sum(inputs.m for inputs in self._inputs)), dtype)  # X' [X  X_validation]
        gram(task.inputs, task.inputs, self._K[:, :m])
        if task.validation is not None:
            gram(task.inputs, task.validation, self._K[:, m:])

        self._rest = [name for name in task.initial if name != "W1"]
        names = ("theta", *task.optimizer.moment_names)
        shapes = {"W1": (n_1, m), IMAGE: (n_1, self._K.shape[1]), START: (1, len(names))}
        self._theta = Vector(shapes | {name: task.initial[name].shape for name in self._rest}, dtype)
        self._moments = task.optimizer.moments(self._theta)
        self._moments.updates = int(state.get("step", 0))
        self._vectors = dict(zip(names, [self._theta, *self._moments.vectors.values()], strict=True))
        self._g = self._theta.like()
        self._train_image = self._theta[IMAGE][:, :m]
        self._origins: Parameters = {}  # W1_0; and the moments of W1, where the training goes on from a solver's state
        own = {name.removeprefix(OWN): values for name, values in state.items() if name.startswith(OWN)}
        if own and all(own[name].shape == self._theta.vector.shape for name in names):
            self._origins = {name: own[f"{name}.W1"] for name in names if f"{name}.W1" in own}
            for name, vector in self._vectors.items():
                vector.vector[:] = own[name]
        else:  # a start, or a state that another solver left, or this one with other data
            self._start({"theta": task.initial} | {name: of_moment(state, name) for name in names[1:]})

    def _start(self, starts: dict[str, Parameters]) -> None:
        """Starts at the parameters and at the moments, where there are any."""
        self._origins = {}  # another one: a snapshot may hold the old
        for at, (name, start) in enumerate(starts.items()):
            if start:
                vector = self._vectors[name]
                self._origins[name] = start["W1"].astype(self.task.inputs.dtype)
                vector["W1"].fill(0)
                vector[START][...] = np.arange(len(starts)) == at
                vector[IMAGE][...] = self._image(self._origins[name])
                for other in self._rest:
                    vector[other][...] = start[other]

    @np.errstate(over="ignore", invalid="ignore")  # a training that diverges is known by its cost, not by a warning
    def run(self, first: int, last: int) -> Array:
        """Trains the epochs first, ..., last, counted from 1.

        Returns the cost J that each epoch's forward pass saw; nan for one that left the finite numbers.
        """
        costs = []
        for start in range(first, last + 1, self._epochs_together):
            epochs = range(start, min(start + self._epochs_together, last + 1))
            costs.append(self._costs(*zip(*map(self._epoch, epochs), strict=True)))
        return np.concatenate(costs)

    def _epoch(self, epoch: int) -> tuple[Array, float]:
        """Trains one epoch; returns Z[L], and a number that is finite if all parameters are."""
        task, network, theta, g = self.task, self.task.network, self._theta, self._g
        m, depth = task.inputs.m, network.depth
        if epoch % ANEW == 0 and epoch < task.epochs:
            self._start({name: self._expanded(vector, self._origins) for name, vector in self._vectors.items()})
        masks = task.dropout_masks(epoch).next(m) if any(task.dropout) else NO_MASKS
        seen = forward(network, theta, self._train_image + theta["b1"], masks)
        dZ_last = slope(network, seen.Z[depth], self._labels, self._weights)
        dZ_last *= 1 / m
        dZ = backward(network, theta, seen, dZ_last, masks)
        sums_of_layers(dZ, seen.A, g)
        g["W1"][...] = dZ[1]
        np.add.reduce(dZ[1], axis=1, keepdims=True, out=g["b1"])
        np.dot(dZ[1], self._K, out=g[IMAGE])
        g[START].fill(0)
        task.optimizer.update(theta, g, self._moments, task.learning_rate_at(epoch))
        self.logits = seen.Z[depth]
        return self.logits, np.add.reduce(theta.vector)

    def _costs(self, logits: tuple[Array, ...], finite: tuple[float, ...]) -> Array:
        """The costs of epochs, nan where not `finite`; the same bits however many epochs there are together."""
        Z, m = np.concatenate(logits, axis=1), self.task.inputs.m
        weights = None if self._many_weights is None else self._many_weights[:, : Z.shape[1]]
        L = losses(self.task.network, Z, self._many_labels[:, : Z.shape[1]], weights).astype(np.float64)
        sums = L.reshape(len(L), -1, m).sum(axis=2)  # of each output and epoch
        J = [math.fsum(outputs) / m for outputs in sums.T.tolist()]
        return np.where(np.isfinite(finite), J, np.nan)

    def outputs(self, inputs: Inputs) -> Array:
        """Z[L] of other examples, (k, m), without dropout; of the validation data from their image."""
        if inputs is not self.task.validation:
            return logits(self.task.network, self.parameters(), inputs)
        Z1 = self._theta[IMAGE][:, self.task.inputs.m :] + self._theta["b1"]
        return forward(self.task.network, self._theta, Z1).Z[self.task.network.depth]

    def snapshot(self) -> Snapshot:
        """What the parameters can be formed of: no product with X."""
        return Snapshot({name: P.copy() for name, P in self._theta.items() if name != IMAGE}, self._origins)

    def parameters(self, snapshot: Snapshot | None = None) -> Parameters:
        """The parameters of a snapshot, or a copy of those of now."""
        if snapshot is None:
            return self._expanded(self._theta, self._origins)
        return self._expanded(snapshot.vector, snapshot.origins)

    @property
    def state(self) -> State:
        """What going on needs besides the parameters: the moments, as the direct solver has them; and what is our own,
        with which the training goes on to the same bits."""
        state = {"step": np.array(self._moments.updates)}
        for moment, vector in self._moments.vectors.items():
            state |= {f"{moment}.{name}": P.copy() for name, P in self._expanded(vector, self._origins).items()}
        state |= {OWN + name: vector.vector.copy() for name, vector in self._vectors.items()}
        return state | {f"{OWN}{name}.W1": origin for name, origin in self._origins.items()}

    def _expanded(self, vector: Parameters, origins: Parameters) -> Parameters:
        """With W1 = C X' + c_0 W1_0 + ... in place of C and c."""
        inputs, C = self.task.inputs, vector["W1"]
        W1 = np.zeros((len(C), inputs.n), inputs.dtype)
        for c, name in zip(vector[START][0], self._vectors, strict=True):
            if name in origins:
                W1 += c * origins[name]
        for where in cuts(inputs.m, BLOCK):
            W1 += np.dot(C[:, where] * inputs.factor, self._readers[0].block(where).T)
        return {name: W1 if name == "W1" else vector[name].copy() for name in self.task.initial}

    def _image(self, W1: Array) -> Array:
        """W1 [X  X_validation]"""
        if not W1.any():
            return np.zeros((len(W1), self._K.shape[1]), W1.dtype)
        images = [
            np.dot(W1, reader.block(where)) * inputs.factor
            for inputs, reader in zip(self._inputs, self._readers, strict=True)
            for where in cuts(inputs.m, BLOCK)
        ]
        return np.hstack(images)


def of_moment(state: State, moment: str) -> Parameters:
    """The moments of the parameters, by the parameters' names."""
    return {name.removeprefix(f"{moment}."): P for name, P in state.items() if name.startswith(f"{moment}.")}
