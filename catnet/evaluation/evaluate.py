"""How good a model's answers are on a split."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from catnet.data.dataset import Split
from catnet.engine.network import cost
from catnet.engine.types import Array
from catnet.errors import DataError
from catnet.evaluation.baselines import Baseline
from catnet.evaluation.folds import equal_in
from catnet.evaluation.joint import jointly
from catnet.evaluation.metrics import BASELINES, LEAD, TRIVIAL, WITHOUT_DUPLICATES, metrics, scalars, scores
from catnet.goals import REGRESSION
from catnet.model import Model

OUT_OF_RANGE = "the model's answer is too large a number: an input is far beyond those it has learned from"
WEIGHTS_TOO_LARGE = "the model's answer is not a finite number: its weights are too large; train it again"


def evaluate(model: Model, split: Split, baselines: Mapping[str, Baseline] | None = None) -> dict[str, Any]:
    """The number of examples, the cost J (without class weights), the goal's metrics, those of the trivial answer, and
    `baselines`: those of each that answers.

    The trivial answer is the same for every example: the frequencies of the classes in training, or the target's mean.
    If thresholds are stored with the model, they decide its answers; the threshold of the others is 0.5.
    If some examples are also in the training data, `without_duplicates` has the same for the others: none of the
    metrics if there are no others.
    """
    logits = model.logits(split.rows)
    given = {name: baseline.answer(split.rows) for name, baseline in (baselines or {}).items()}
    others = {name: answer for name, answer in given.items() if answer is not None}
    groups = equal_in(split)
    found = measured(model, logits, split.labels, others, groups)
    if split.seen:
        new = np.delete(np.arange(len(split.names)), list(split.seen))
        left = {name: answer[:, new] for name, answer in others.items()}
        found[WITHOUT_DUPLICATES] = (
            measured(model, logits[:, new], split.labels[:, new], left, groups[new]) if len(new) else {"examples": 0}
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
def measured(model: Model, logits: Array, labels: Array, others: Mapping[str, Array], groups: Array) -> dict[str, Any]:
    """What `evaluate` returns, for logits, labels and answers of baselines, all (k, m), of examples in groups (m,) of
    equal ones.
    """
    goal, classes, thresholds = model.question.goal, model.question.classes, model.decision_thresholds
    network, trivial = model.answer(logits), np.broadcast_to(model.constant, labels.shape)
    found = {
        "examples": labels.shape[1],
        "cost": cost(model.network, logits, model.labels(labels)),
        **metrics(goal, network, labels, classes, thresholds),
        TRIVIAL: metrics(goal, trivial, labels, classes),
    }
    if others:
        answers = [trivial, *others.values()]
        own, *scored = (scores(goal, network, labels, thresholds), *(scores(goal, each, labels) for each in answers))
        leads = dict(zip(others, leads_of(own, scored, goal != REGRESSION, groups)[1:], strict=True))
        found[BASELINES] = {
            name: {**scalars(goal, answer, labels), LEAD: leads[name]} for name, answer in others.items()
        }
    return found


def leads_of(own: Array, others: Sequence[Array], is_share: bool, groups: Array) -> list[dict[str, Any]]:
    """How far the mean of scores (m,), the headline metric, is above those of others about the same examples: the
    difference, its 95% interval, and the chance p of one so large, corrected for their number. Equal examples have the
    same number in `groups` (m,).
    """
    joint = jointly([each[np.newaxis] for each in (own, *others)], is_share, of_first=True, groups=groups)
    found = [joint.gap(0, other) for other in range(1, 1 + len(others))]
    return [{"difference": gap.difference, "interval": [gap.low, gap.high], "p": gap.p} for gap in found]
