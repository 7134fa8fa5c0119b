"""The four goals, the kinds of question that a network can answer: what each allows, and how it is measured.

The configuration, the metrics, the report and the commands look up here all that depends on the goal alone.
"""

import math
from typing import NamedTuple


class Metric(NamedTuple):
    """How a metric is read."""

    smaller_is_better: bool = False
    is_percentage: bool = False  # a share of the examples
    is_abbreviation: bool = False  # written in capitals
    bounds: tuple[float, float] = (0.0, 1.0)  # its least and its greatest value


class Goal(NamedTuple):
    """What a goal allows; the first of each is the default. `metrics` are those of an epoch, the headline metric first.

    `fewest_classes` and `most_classes` are how many classes there may be; None: any number.
    """

    name: str
    question: str
    output_activations: tuple[str, ...]
    losses: tuple[str, ...]
    metrics: tuple[str, ...]
    fewest_classes: int = 1
    most_classes: int | None = None

    @property
    def headline(self) -> str:
        """The metric to name if there is room for only one."""
        return self.metrics[0]

    def allows(self, classes: int) -> bool:
        """Whether the number of classes is allowed."""
        return self.fewest_classes <= classes and (self.most_classes is None or classes <= self.most_classes)


BINARY = "1.0"
MULTI_LABEL = "2.0"
MULTI_CLASS = "3.0"
REGRESSION = "regression"

GOALS = {
    BINARY: Goal(
        "binary",
        "is it there?",
        output_activations=("sigmoid",),
        losses=("cross_entropy",),
        metrics=("accuracy", "precision", "recall", "f1", "auc"),
        most_classes=1,
    ),
    MULTI_LABEL: Goal(
        "multi-label",
        "which of these are there?",
        output_activations=("sigmoid",),
        losses=("cross_entropy",),
        metrics=("exact_match", "accuracy", "f1", "auc"),
    ),
    MULTI_CLASS: Goal(
        "multi-class",
        "which one is it?",
        output_activations=("softmax",),
        losses=("cross_entropy",),
        metrics=("accuracy", "f1", "auc"),
        fewest_classes=2,
    ),
    REGRESSION: Goal(
        "regression",
        "how much?",
        output_activations=("linear", "relu"),
        losses=("squared", "absolute", "huber"),
        metrics=("mae", "rmse", "r2"),
        fewest_classes=0,
        most_classes=0,
    ),
}

THRESHOLD = 0.5  # a sigmoid says that its label is there if the probability is above it, unless another is stored

COST = "cost"
METRICS = {
    COST: Metric(smaller_is_better=True, bounds=(0.0, math.inf)),
    "accuracy": Metric(is_percentage=True),
    "exact_match": Metric(is_percentage=True),
    "precision": Metric(),
    "recall": Metric(),
    "f1": Metric(is_abbreviation=True),
    "auc": Metric(is_abbreviation=True),
    "mae": Metric(smaller_is_better=True, is_abbreviation=True, bounds=(0.0, math.inf)),
    "rmse": Metric(smaller_is_better=True, is_abbreviation=True, bounds=(0.0, math.inf)),
    "r2": Metric(is_abbreviation=True, bounds=(-math.inf, 1.0)),
}


def penalty(metric: str, value: float | None) -> float:
    """The value of a metric, negated if larger is better, so that smaller is better; infinite if it is not defined."""
    if value is None or not math.isfinite(value):
        return math.inf
    return value if METRICS[metric].smaller_is_better else -value
