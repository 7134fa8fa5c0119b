"""The direct solver: forward and backward propagation of the examples, one update per batch.

It can do every training. Only this solver trains augmented examples. It goes by blocks of the examples, or, in most
mini-batches, by parts of the features.
"""

from collections.abc import Callable
from contextlib import closing, nullcontext
from functools import partial
from typing import Any

import numpy as np

from catnet.engine.by_blocks import ByBlocks, has_short_steps
from catnet.engine.by_features import ByFeatures, is_by_features
from catnet.engine.inputs import Inputs
from catnet.engine.mixup import Mixup
from catnet.engine.network import cost, logits, loss_derivative
from catnet.engine.parallel import one_thread
from catnet.engine.parameters import Vector
from catnet.engine.rounds import clean_rounds, drawn_epochs
from catnet.engine.task import Task
from catnet.engine.types import Array, Parameters, State


class Direct:
    """Trains by the gradients dZ[l] A[l-1]'."""

    name = "direct"

    def __init__(self, task: Task, state: State | None = None) -> None:
        """Starts at a copy of the task's initial parameters, with the state that goes with them, if any."""
        self.task = task
        dtype = task.inputs.dtype
        by_features = is_by_features(task)
        self._theta = Vector.of(task.initial, dtype, transposed=("W1",) if by_features else ())
        self._moments = task.optimizer.moments(self._theta)
        self._moments.restore(state or {})
        self._clean = task.labels.astype(dtype), None if task.weights is None else task.weights.astype(dtype)
        self._labels, self._weights = self._clean  # or mixed, those of the epoch
        self.logits = np.zeros(task.labels.shape, dtype)  # Z[L] from the forward passes of the last epoch
        form = ByFeatures if by_features else ByBlocks
        self._trainer = form(task, self._theta, self._moments, self._take_logits)

    def run(self, first: int, last: int) -> Array:
        """Trains the epochs first, ..., last; returns their costs, as `Solver` says."""
        task, trainer, epochs = self.task, self._trainer, range(first, last + 1)
        if isinstance(trainer, ByFeatures):
            return np.array([self._epoch(partial(trainer.train, epoch)) for epoch in epochs])
        if task.augmented is None:
            with one_thread() if has_short_steps(task) else nullcontext():
                return np.array([self._epoch(partial(trainer.train, e, clean_rounds(task, e))) for e in epochs])
        # drawing has another processor; and products of both in several threads would set the BLAS's number in turn
        with one_thread(), closing(drawn_epochs(task, epochs)) as drawn:
            return np.array(
                [self._epoch(partial(trainer.train, plan.epoch, of_plan), plan.mixup) for plan, of_plan in drawn]
            )

    @np.errstate(over="ignore", invalid="ignore")  # the cost tells that a training diverges: no warning is needed
    def _epoch(self, train: Callable[[], None], mixup: Mixup | None = None) -> float:
        """Trains an epoch; returns J, from its forward passes, or nan if a parameter is no longer finite."""
        self._labels, self._weights = self._clean if mixup is None else mixup.labels(*self._clean)
        train()
        if not np.isfinite(self._theta.vector.sum()):  # one number that is not finite makes the sum not finite
            return float("nan")
        return cost(self.task.network, self.logits, self._labels, self._weights)

    def _take_logits(self, examples: Any, Z_last: Array) -> Array:
        """Keeps Z[L] of examples; returns their dZ[L]."""
        self.logits[:, examples] = Z_last
        weights = None if self._weights is None else self._weights[:, examples]
        return loss_derivative(self.task.network, Z_last, self._labels[:, examples], weights)

    def outputs(self, inputs: Inputs) -> Array:
        """Z[L] of other examples, (k, m), without dropout."""
        return logits(self.task.network, self._theta, inputs)

    def snapshot(self) -> Parameters:
        """A copy of the parameters."""
        return self._theta.copies()

    def parameters(self, snapshot: Parameters | None = None) -> Parameters:
        """The parameters of a snapshot, or a copy of the current ones."""
        return self.snapshot() if snapshot is None else snapshot

    @property
    def state(self) -> State:
        """What is needed to resume besides the parameters: a copy of the optimizer's moments."""
        return self._moments.state()
