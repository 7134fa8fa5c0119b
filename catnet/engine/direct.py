"""The direct solver: forward and backward over blocks of the pictures, an update a batch.

It does every training there is. A full batch is many blocks and one update.
"""

from collections.abc import Iterator

import numpy as np

from catnet.engine.activations import Array
from catnet.engine.inputs import Inputs
from catnet.engine.network import add_sums, backward, cost_and_slope, first_layer, forward, logits
from catnet.engine.optimizers import Parameters, State
from catnet.engine.task import DropoutMasks, Task


class Direct:
    """Trains by the sums of dZ[l] A[l-1]' over blocks."""

    name = "direct"

    def __init__(self, task: Task) -> None:
        """Starts at the task's initial parameters, copied, with the optimizer's first state."""
        self.task = task
        dtype = task.inputs.dtype
        self._parameters: Parameters = {name: P.astype(dtype) for name, P in task.initial.items()}
        self.optimizer_state: State = task.optimizer.state(self._parameters)
        self._labels = task.labels.astype(dtype)
        self._weights = None if task.weights is None else task.weights.astype(dtype)
        self.logits = np.zeros(task.labels.shape, dtype)  # Z[L], as the last epoch's forward passes saw it
        self._sums: Parameters = {name: np.empty_like(P) for name, P in self._parameters.items()}

    def run(self, first: int, last: int) -> Iterator[float]:
        """The epochs first, ..., last, counted from 1; yields the cost J that each epoch's forward passes saw."""
        for epoch in range(first, last + 1):
            yield self._epoch(epoch)

    @np.errstate(over="ignore", invalid="ignore")  # a training that diverges is found by is_finite, not by a warning
    def _epoch(self, epoch: int) -> float:
        task = self.task
        learning_rate = task.learning_rate_at(epoch)
        masks = task.dropout_masks(epoch)
        total = 0.0
        for batch in task.batches(epoch):
            total += self._sum_over(batch, masks)
            m = task.inputs.m if batch is None else len(batch)
            for dP in self._sums.values():
                dP /= m
            task.optimizer.update(self._parameters, self._sums, self.optimizer_state, learning_rate)
        return total / task.inputs.m

    def _sum_over(self, batch: Array | None, masks: DropoutMasks) -> float:
        """Leaves the sums over the batch of dZ[l] A[l-1]' and of dZ[l]; returns the sum of the losses."""
        task, parameters = self.task, self._parameters
        for dP in self._sums.values():
            dP.fill(0)
        total = 0.0
        for where in task.inputs.blocks(batch):
            X = task.inputs.block(where)
            drawn = masks.next(X.shape[1])
            seen = forward(task.network, parameters, first_layer(parameters, X), drawn)
            weights = None if self._weights is None else self._weights[:, where]
            losses, dZ_last = cost_and_slope(task.network, seen.Z[task.network.depth], self._labels[:, where], weights)
            dZ = backward(task.network, parameters, seen, dZ_last, drawn)
            add_sums(self._sums, dZ, {0: X, **seen.A})
            self.logits[:, where] = seen.Z[task.network.depth]
            total += losses
        return total

    def is_finite(self) -> bool:
        """Whether every parameter is a finite number: a sum is not, as soon as one is not."""
        with np.errstate(over="ignore", invalid="ignore"):
            return all(bool(np.isfinite(P.sum())) for P in self._parameters.values())

    def outputs(self, inputs: Inputs) -> Array:
        """Z[L] of other examples, (k, m), without dropout."""
        return logits(self.task.network, self._parameters, inputs)

    def snapshot(self) -> Parameters:
        """A copy of the parameters."""
        return {name: P.copy() for name, P in self._parameters.items()}

    def parameters(self, snapshot: Parameters | None = None) -> Parameters:
        """The parameters of a snapshot, or a copy of those of now."""
        return self.snapshot() if snapshot is None else snapshot
