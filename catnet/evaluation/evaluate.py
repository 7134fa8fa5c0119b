"""What a model's answers are worth on a split."""

from typing import Any

import numpy as np

from catnet.data.dataset import Split
from catnet.engine.network import cost
from catnet.evaluation.metrics import metrics
from catnet.model import Model


def evaluate(model: Model, split: Split) -> dict[str, Any]:
    """The number of examples, the cost J (without class weights), the goal's metrics, and those of the trivial answer.

    The trivial answer is the same for every example: the frequencies of the classes in training, or the target's mean.
    Where the model has thresholds of its own, these decide its answers; the trivial answer is decided by a half.
    """
    logits = model.logits(split.rows)
    trivial = np.broadcast_to(model.constant, split.labels.shape)
    return {
        "examples": len(split.rows),
        "cost": cost(model.network, logits, model.labels(split.labels)),
        **metrics(model.goal, model.answer(logits), split.labels, model.classes, model.thresholds),
        "trivial": metrics(model.goal, trivial, split.labels, model.classes),
    }
