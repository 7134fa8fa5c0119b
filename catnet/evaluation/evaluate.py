"""How good a model's answers are on a split."""

from typing import Any

import numpy as np

from catnet.data.dataset import Split
from catnet.engine.network import cost
from catnet.evaluation.metrics import metrics
from catnet.model import Model


def evaluate(model: Model, split: Split) -> dict[str, Any]:
    """The number of examples, the cost J (without class weights), the goal's metrics, and those of the trivial answer.

    The trivial answer is the same for every example: the frequencies of the classes in training, or the target's mean.
    If thresholds are stored with the model, they decide its answers; the threshold of the trivial answer is 0.5.
    """
    goal, classes = model.question.goal, model.question.classes
    logits = model.logits(split.rows)
    trivial = np.broadcast_to(model.constant, split.labels.shape)
    return {
        "examples": len(split.rows),
        "cost": cost(model.network, logits, model.labels(split.labels)),
        **metrics(goal, model.answer(logits), split.labels, classes, model.decision_thresholds),
        "trivial": metrics(goal, trivial, split.labels, classes),
    }
