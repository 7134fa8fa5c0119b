"""How good a model's answers are on a split."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from catnet.data.dataset import Split
from catnet.engine.network import cost
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.evaluation.metrics import WITHOUT_DUPLICATES, metrics
from catnet.model import Model

OUT_OF_RANGE = "the model's answer is too large a number: an input is far beyond those it has learned from"
WEIGHTS_TOO_LARGE = "the model's answer is not a finite number: its weights are too large; train it again"


def evaluate(model: Model, split: Split) -> dict[str, Any]:
    """The number of examples, the cost J (without class weights), the goal's metrics, and those of the trivial answer.

    The trivial answer is the same for every example: the frequencies of the classes in training, or the target's mean.
    If thresholds are stored with the model, they decide its answers; the threshold of the trivial answer is 0.5.
    If some examples are also in the training data, `without_duplicates` has the same for the others: none of the
    metrics if there are no others.
    """
    logits = model.logits(split.rows)
    found = measured(model, logits, split.labels)
    if split.seen:
        others = np.delete(np.arange(len(split.names)), list(split.seen))
        found[WITHOUT_DUPLICATES] = (
            measured(model, logits[:, others], split.labels[:, others]) if len(others) else {"examples": 0}
        )
    return found


def demand_in_range(model: Model, split: Split, found: Mapping[str, Any]) -> None:
    """Raises DataError that names an example if the cost or a metric that was found is not finite."""
    if all_finite(found):
        return
    size = np.abs(model.logits(split.rows)).max(axis=0)
    raise DataError(f"{split.names[int(np.nan_to_num(size, nan=np.inf).argmax())]}: {not_finite(model)}")


def not_finite(model: Model) -> str:
    """Why an answer may not be a finite number."""
    return OUT_OF_RANGE if model.image_size is None else WEIGHTS_TOO_LARGE


def all_finite(found: Any) -> bool:
    """Whether no number of what was found is infinite or NaN."""
    if isinstance(found, Mapping):
        return all(map(all_finite, found.values()))
    if isinstance(found, list | tuple):
        return all(map(all_finite, found))
    return not isinstance(found, float) or math.isfinite(found)


@np.errstate(over="ignore", invalid="ignore")
def measured(model: Model, logits: Array, labels: Array) -> dict[str, Any]:
    """What `evaluate` returns, for logits and labels (k, m)."""
    goal, classes = model.question.goal, model.question.classes
    trivial = np.broadcast_to(model.constant, labels.shape)
    return {
        "examples": labels.shape[1],
        "cost": cost(model.network, logits, model.labels(labels)),
        **metrics(goal, model.answer(logits), labels, classes, model.decision_thresholds),
        "trivial": metrics(goal, trivial, labels, classes),
    }
