"""The Gram solver: full batch without ever taking a product with X again. The same trajectory, up to rounding.

Every gradient of W1 is dZ1 X'/m (plus weight decay), and the update is linear in the gradients so far. So W1 never
leaves W1 = C [X' ; W1_0], where C (n_1, m + 1) starts as [0 | 1], and C moves exactly as W1 would, with the gradient
[dZ1/m | 0]. What the network needs of W1 is its image W1 X, which moves alike, with the gradient dZ1 K/m, K = X'X.
So the optimizer, as it stands, updates C and the images of W1 instead of W1.

C and the images are summed in float64, that thousands of small steps leave no rounding behind; the products are in
the training's own precision.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from catnet.engine.activations import Array
from catnet.engine.gram_matrix import gram
from catnet.engine.inputs import Inputs
from catnet.engine.network import add_sums, backward, cost_and_slope, first_layer, forward, logits
from catnet.engine.optimizers import Parameters, State
from catnet.engine.task import Task

TRAIN, VALIDATION = "W1 X", "W1 X_validation"  # names that begin with W, as weight decay wants


@dataclass(frozen=True)
class Snapshot:
    """C and the other layers' parameters at some epoch."""

    C: Array
    rest: Parameters


class Gram:
    """Trains by K = X'X, of shape (m, m), in place of X, of shape (n, m)."""

    name = "gram"

    def __init__(self, task: Task) -> None:
        """Builds K. The task is of full batch, and its optimizer linear."""
        self.task = task
        X, m = task.inputs, task.inputs.m
        dtype = X.dtype
        self._labels = task.labels.astype(dtype)
        self._weights = None if task.weights is None else task.weights.astype(dtype)
        self.logits = np.zeros(task.labels.shape, dtype)
        self._start = {name: P.astype(dtype) for name, P in task.initial.items()}
        self._products = {TRAIN: gram(X, X, dtype)}
        self._seen = {TRAIN: X}
        if task.validation is not None:
            self._seen[VALIDATION] = task.validation
            self._products[VALIDATION] = gram(X, task.validation, dtype)
        n_1 = task.network.sizes[1]
        self._coefficients = np.zeros((n_1, m + 1))
        self._coefficients[:, m] = 1
        # what the optimizer moves: C as W1, its images, and the other parameters
        self._moving: Parameters = {"W1": self._coefficients}
        for name, inputs in self._seen.items():
            self._moving[name] = images(self._start["W1"], inputs)
        self._rest = {name: P for name, P in self._start.items() if name != "W1"}
        self._moving |= {name: P.copy() for name, P in self._rest.items()}
        self._state = task.optimizer.state(self._moving)
        self._gradients: Parameters = {name: np.zeros_like(P) for name, P in self._moving.items()}

    def run(self, first: int, last: int) -> Iterator[float]:
        """The epochs first, ..., last, counted from 1; yields the cost J that each epoch's forward pass saw."""
        for epoch in range(first, last + 1):
            yield self._epoch(epoch)

    @np.errstate(over="ignore", invalid="ignore")  # a training that diverges is found by is_finite, not by a warning
    def _epoch(self, epoch: int) -> float:
        task, network, moving, gradients = self.task, self.task.network, self._moving, self._gradients
        m = task.inputs.m
        masks = task.dropout_masks(epoch).next(m)
        Z1 = (moving[TRAIN] + moving["b1"]).astype(task.inputs.dtype)
        seen = forward(network, moving, Z1, masks)
        self.logits = seen.Z[network.depth]
        total, dZ_last = cost_and_slope(network, self.logits, self._labels, self._weights)
        dZ_last /= m
        dZ = backward(network, moving, seen, dZ_last, masks)
        for layer in range(2, network.depth + 1):
            gradients[f"W{layer}"].fill(0)
            gradients[f"b{layer}"].fill(0)
        add_sums(gradients, dZ, seen.A)
        gradients["b1"][:] = dZ[1].sum(axis=1, keepdims=True)
        gradients["W1"][:, :m] = dZ[1]
        gradients["W1"][:, m] = 0
        for name, K in self._products.items():
            gradients[name][:] = dZ[1] @ K
        task.optimizer.update(moving, gradients, self._state, task.learning_rate_at(epoch))
        return total / m

    def is_finite(self) -> bool:
        """Whether every parameter is a finite number."""
        with np.errstate(over="ignore", invalid="ignore"):
            return all(bool(np.isfinite(P.sum())) for P in self._moving.values())

    def outputs(self, inputs: Inputs) -> Array:
        """Z[L] of other examples, (k, m), without dropout; of the validation data from its image."""
        if inputs is not self.task.validation:
            return logits(self.task.network, self.parameters(), inputs)
        Z1 = (self._moving[VALIDATION] + self._moving["b1"]).astype(inputs.dtype)
        return forward(self.task.network, self._moving, Z1).Z[self.task.network.depth]

    def snapshot(self) -> Snapshot:
        """C and the other parameters, copied: no product with X."""
        return Snapshot(self._coefficients.copy(), {name: self._moving[name].copy() for name in self._rest})

    def parameters(self, snapshot: Snapshot | None = None) -> Parameters:
        """The parameters of a snapshot, or of now: W1 = C [X' ; W1_0]."""
        snapshot = snapshot or self.snapshot()
        return {"W1": self._expand(snapshot.C), **snapshot.rest}

    @property
    def optimizer_state(self) -> State:
        """The optimizer's state as the direct solver would have it: that of W1 in place of that of C."""
        state = {}
        for name, values in self._state.items():
            of = name.partition(".")[2]
            if of == "W1":
                state[name] = self._expand(values)
            elif of not in self._seen:
                state[name] = values
        return state

    def _expand(self, C: Array) -> Array:
        """C [X' ; W1_0], of shape (n_1, n_0), summed in float64."""
        X, m = self.task.inputs, self.task.inputs.m
        W1 = C[:, m:] * self._start["W1"]
        for where in X.blocks():
            W1 += C[:, where] @ X.floats(where)
        return W1.astype(X.dtype)


def images(W1: Array, inputs: Inputs) -> Array:
    """W1 X, in float64."""
    if not W1.any():
        return np.zeros((len(W1), inputs.m))
    weights = {"W1": W1.astype(np.float64), "b1": np.zeros((len(W1), 1))}
    return np.hstack([first_layer(weights, inputs.floats(where).T) for where in inputs.blocks()])
