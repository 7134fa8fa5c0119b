"""The costs J of epochs, computed together from their Z[L] if the examples are few: the calls take the time; and those
of the batches of an epoch.
"""

import math
from collections.abc import Sequence

import numpy as np

from catnet.engine.mixup import Mixup
from catnet.engine.network import Network, losses
from catnet.engine.task import Task
from catnet.engine.types import Array

MOST_LOGITS = 1 << 14  # together


class Costs:
    """Of epochs whose forward passes all see the same m examples."""

    def __init__(self, network: Network, labels: Array, weights: Array | None) -> None:
        """`labels` is Y (k, m), `weights` the class weights or None, both in the precision of Z[L]."""
        self._network, self._m = network, labels.shape[1]
        self.together = max(1, MOST_LOGITS // labels.size)  # the most epochs at once
        self._labels = np.tile(labels, self.together)
        self._weights = None if weights is None else np.tile(weights, self.together)

    def of(self, logits: Sequence[Array], finite: Sequence[float]) -> Array:
        """J of epochs with these Z[L] (k, m), nan if not `finite`; the same bits however many epochs are together."""
        Z = np.concatenate(logits, axis=1)
        weights = None if self._weights is None else self._weights[:, : Z.shape[1]]
        L = losses(self._network, Z, self._labels[:, : Z.shape[1]], weights).astype(np.float64)
        sums = L.reshape(len(L), -1, self._m).sum(axis=2)  # for each output and epoch
        J = [exact_sum(outputs) / self._m for outputs in sums.T.tolist()]
        return np.where(np.isfinite(finite), J, np.nan)


def batch_costs(task: Task, epoch: int, logits: Array) -> Array:
    """J of each mini-batch of an epoch, (updates,), in the order in which they were trained.

    `logits` is Z[L] of the training examples, (k, m), as the forward passes of that epoch saw it.
    """
    batches = [np.arange(task.inputs.m) if batch is None else batch for batch in task.batches(epoch)]
    labels, weights = task.labels, task.weights
    if task.augmented is not None and (alpha := task.augmented.bounds.mixup):
        labels, weights = Mixup.of_epoch(alpha, task.seed, epoch, batches, task.dtype).labels(labels, weights)
    L = losses(task.network, logits, labels, weights).sum(axis=0, dtype=np.float64)
    return np.array([L[batch].mean() for batch in batches])


def exact_sum(numbers: Sequence[float]) -> float:
    """Their sum, in whatever order they come; inf if it is too large for a float."""
    try:
        return math.fsum(numbers)
    except OverflowError:
        return math.inf
