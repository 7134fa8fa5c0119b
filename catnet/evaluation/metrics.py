"""Metrics: how good predictions are, and how good the trivial answer would be.

Predictions y^ and labels y are (k, m), m at least 1: probabilities, and zeros and ones; in regression (1, m) numbers in
the target's unit. What comes back is plain numbers, lists and dictionaries, ready for JSON.
A ratio 0/0, such as the precision of a class that is never predicted, counts as 0 (scikit-learn's `zero_division=0`);
an AUC or R2 that does not exist is None.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from catnet.engine.types import Array
from catnet.goals import BINARY, GOALS, MULTI_CLASS, MULTI_LABEL, REGRESSION, THRESHOLD

OF_CLASS = ("precision", "recall", "f1", "auc")  # the scores of a class, besides its support
WITHOUT_DUPLICATES = "without_duplicates"  # the metrics of a split without the examples that training has seen
TRIVIAL, BASELINES, LEAD = "trivial", "baselines", "lead"  # the metrics of other answers, and how far the network leads
MATRIX, CELLS = "confusion_matrix", "confusions"  # a confusion matrix as a whole, and as its cells that are not 0
WHOLE = 100  # classes of a matrix that is kept as a whole: it grows with their square, its cells with the examples
OfClass = dict[str, float | int | None]


def metrics(
    goal: str, predictions: Array, labels: Array, classes: Sequence[str], thresholds: Array | float = THRESHOLD
) -> dict[str, Any]:
    """All the metrics of a goal; `classes` names the k rows (regression needs none). `thresholds`: as for `decisions`.

    1.0: accuracy, precision, recall, f1, auc of the class, confusion_matrix [[tn, fp], [fn, tp]].
    2.0: exact_match (all k labels right), accuracy (of all single labels), macro f1 and auc, per_class.
    3.0: accuracy, macro precision, recall, f1 and auc (one against the rest), per_class, and confusion_matrix, (k, k).
    regression: mae, rmse, r2.
    A confusion matrix has a row for each true class and a column for each predicted one. Of more than 100 classes it is
    mostly zeros: then there is, in its place, `confusions`, a list [row, column, count] for each cell that is not 0.
    A macro value is the mean over all k classes; for auc, over those for which it exists.
    """
    if goal == REGRESSION:
        return _regression(predictions, labels)
    truth, predicted = labels == 1, decisions(goal, predictions, thresholds)
    per_class = _per_class(predictions, predicted, truth, classes)
    accuracy = float((predicted == truth).mean())
    if goal == BINARY:
        (of_class,) = per_class.values()
        matrix = _confusion_matrix(np.vstack([~predicted, predicted]), np.vstack([~truth, truth]))
        return {"accuracy": accuracy, **{name: of_class[name] for name in OF_CLASS}, **matrix}
    if goal == MULTI_LABEL:
        exact_match = float((predicted == truth).all(axis=0).mean())
        macro = {name: _macro(per_class, name) for name in ("f1", "auc")}
        return {"exact_match": exact_match, "accuracy": accuracy, **macro, "per_class": per_class}
    right = float((predicted & truth).any(axis=0).mean())
    macro = {name: _macro(per_class, name) for name in OF_CLASS}
    return {"accuracy": right, **macro, "per_class": per_class, **_confusion_matrix(predicted, truth)}


def confusions(found: Mapping[str, Any]) -> Array | None:
    """The cells that are not 0 of the confusion matrix among metrics, (c, 3): true class, predicted class, examples.

    By row and column; None if there is no matrix.
    """
    if CELLS in found:
        return np.array(found[CELLS], np.int64).reshape(-1, 3)
    if MATRIX not in found:
        return None
    matrix = np.array(found[MATRIX])
    where = np.nonzero(matrix)
    return np.column_stack([*where, matrix[where]])


def supports(found: Mapping[str, Any]) -> list[int]:
    """How many examples there are of each answer to choose from, by metrics of a goal with classes."""
    if MATRIX in found:
        return [sum(row) for row in found[MATRIX]]
    return [of_class["support"] for of_class in found["per_class"].values()]


def scalars(goal: str, predictions: Array, labels: Array) -> dict[str, float | None]:
    """The metrics of an epoch, in the goal's order."""
    values = metrics(goal, predictions, labels, [str(row) for row in range(len(labels))])
    return {name: values[name] for name in GOALS[goal].metrics}


def trivial_prediction(train_labels: Array) -> Array:
    """The best constant y^, (k, 1), whatever the goal: how often each label is 1 in training, or the target's mean."""
    return train_labels.mean(axis=1, keepdims=True, dtype=np.float64)


def decisions(goal: str, predictions: Array, thresholds: Array | float = THRESHOLD) -> Array:
    """What is predicted, (k, m) of bool: y^ above the threshold (one for all labels, or one per label, (k, 1)).

    Goal 3.0, which has no threshold: the greatest y^ of a column, the first of equals.
    """
    if goal == MULTI_CLASS:
        return np.equal.outer(np.arange(len(predictions)), predictions.argmax(axis=0))
    return np.greater(predictions, thresholds)


def scores(goal: str, predictions: Array, labels: Array, thresholds: Array | float = THRESHOLD) -> Array:
    """Each example's score, (m,), whose mean is the goal's headline metric: 1 for all right, else 0; or |y^ - y|."""
    if goal == REGRESSION:
        return np.abs(predictions - labels)[0]
    right = decisions(goal, predictions, thresholds) == (labels == 1)
    return right.all(axis=0).astype(np.float64)


def auc(scores: Array, truth: Array) -> float | None:
    """The share of the pairs (positive, negative) that the scores order correctly, equal scores counting half.

    scores (m,), truth (m,) of bool. It is the area under the ROC curve; None if there is no such pair.
    """
    positives, negatives = scores[truth], np.sort(scores[~truth])
    if not len(positives) or not len(negatives):
        return None
    below = np.searchsorted(negatives, positives, "left").sum()
    not_above = np.searchsorted(negatives, positives, "right").sum()
    return float((below + not_above) / (2 * len(positives) * len(negatives)))


def _per_class(predictions: Array, predicted: Array, truth: Array, classes: Sequence[str]) -> dict[str, OfClass]:
    """Precision tp/(tp + fp), recall tp/(tp + fn), f1 2 tp/(2 tp + fp + fn), auc, and support tp + fn, by class."""
    true_positives = np.count_nonzero(predicted & truth, axis=1).tolist()
    found, support = np.count_nonzero(predicted, axis=1).tolist(), np.count_nonzero(truth, axis=1).tolist()
    return {
        name: {
            "precision": _ratio(true_positives[row], found[row]),
            "recall": _ratio(true_positives[row], support[row]),
            "f1": _ratio(2 * true_positives[row], found[row] + support[row]),
            "auc": auc(predictions[row], truth[row]),
            "support": support[row],
        }
        for row, name in enumerate(classes)
    }


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _macro(per_class: dict[str, OfClass], name: str) -> float | None:
    values = [value for of_class in per_class.values() if (value := of_class[name]) is not None]
    return sum(values) / len(values) if values else None


def _confusion_matrix(predicted: Array, truth: Array) -> dict[str, list[list[int]]]:
    """Rows: the true class; columns: the predicted one. Both (k, m), one True in each column."""
    k = len(truth)
    places = truth.argmax(axis=0) * k + predicted.argmax(axis=0)
    if k <= WHOLE:
        return {MATRIX: np.bincount(places, minlength=k * k).reshape(k, k).tolist()}
    cells, counts = np.unique(places, return_counts=True)
    return {CELLS: np.column_stack([*np.divmod(cells, k), counts]).tolist()}


@np.errstate(over="ignore", invalid="ignore", under="ignore")
def _regression(predictions: Array, labels: Array) -> dict[str, Any]:
    """With e = y^ - y: mae = mean |e|, rmse = sqrt(mean e^2), r2 = 1 - sum e^2 / sum (y - mean y)^2

    r2 is None if the labels are all equal, or if the squares are so small or so large that float64 cannot hold them.
    """
    errors = predictions.astype(np.float64) - labels
    squares = float(np.square(errors).sum())
    total = float(np.square(labels - labels.mean()).sum()) if np.ptp(labels) > 0 else 0.0
    r2 = 1 - squares / total if 0 < total < math.inf else math.nan
    return {
        "mae": float(np.abs(errors).mean()),
        "rmse": _root_mean(squares, errors),
        "r2": r2 if math.isfinite(r2) else None,
    }


def _root_mean(squares: float, errors: Array) -> float:
    """sqrt(mean e^2) from the sum of the squares, or, if float64 cannot hold that, from e / max |e|."""
    largest = float(np.abs(errors).max())
    if 0 < squares < math.inf or not 0 < largest < math.inf:
        return float(np.sqrt(squares / errors.size))
    return largest * float(np.sqrt(np.square(errors / largest).mean()))
