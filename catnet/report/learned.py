"""Whether a network learned anything, and how far its answers are from right: what the rules ask first."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from catnet.engine.types import Array
from catnet.goals import METRICS, MULTI_CLASS, REGRESSION, penalty
from catnet.report.facts import Facts

BETTER = 0.99  # learned: the training error, or the cost, is below so many times that of the trivial answer
ENOUGH = 5  # epochs that can tell; of fewer, the luck of the start may decide, unless the metric rose by GREW
GREW = 0.1  # of all examples; regression: of the trivial error
RANKED = 0.7  # learned: the AUC on the training data is above this, whatever the threshold makes of it


def learned(facts: Facts) -> bool:
    """Whether the training data is answered better than by the trivial answer, and by more than chance.

    A metric, the cost, or the order of the probabilities tells; the headline metric of the last epoch counts too,
    because the weights kept may be those of an early one. With a silent layer the answer is always the same.
    """
    if silent_layers(facts):
        return False
    metric, metrics = facts.headline, facts.metrics["train"]
    trivial = metrics["trivial"]
    at_the_end = last_of(facts.column(f"train_{metric}"))
    if facts.goal == REGRESSION:
        if trivial["rmse"] == 0:
            return True  # all targets are equal: there is nothing to learn
        error = metrics[metric] if at_the_end is None else min(metrics[metric], at_the_end)
        return error < BETTER * trivial[metric] or metrics["rmse"] < BETTER * trivial["rmse"]
    p, m = trivial[metric], metrics["examples"]
    right = metrics[metric] if at_the_end is None else max(metrics[metric], at_the_end)
    if right > p + 2 * math.sqrt(p * (1 - p) / m) or p == 1:
        return True
    return is_ranked(metrics) or metrics["cost"] < BETTER * trivial_cost(facts)


def is_ranked(metrics: Mapping[str, Any]) -> bool:
    """Whether the probabilities of some class order the examples of a split well, by AUC; a regression has none."""
    of_classes = metrics.get("per_class", {"": metrics}).values()
    return any((of_class.get("auc") or 0) > RANKED for of_class in of_classes)


def trivial_cost(facts: Facts) -> float:
    """The cost of the trivial answer on the training data: the entropy of the classes' frequencies p.

    -sum of p log p; of sigmoids, -sum of p log p + (1 - p) log(1 - p).
    """
    p = facts.model.constant
    shares = p if facts.goal == MULTI_CLASS else np.vstack([p, 1 - p])
    present = shares[shares > 0]
    return -float((present * np.log(present)).sum())


def error_left(facts: Facts, split: str) -> float:
    """The error on a split beside that of the trivial answer: 0 if all is right, 1 if the network is no better."""
    metric, metrics = facts.headline, facts.metrics[split]
    value, trivial = metrics[metric], metrics["trivial"][metric]
    if METRICS[metric].is_percentage:
        value, trivial = 1 - value, 1 - trivial
    return float(value / trivial) if trivial else float(value > 0)


def is_short(facts: Facts) -> bool:
    """Whether there were so few epochs, in which so little changed, that the luck of the start may decide."""
    return len(facts.epochs) < ENOUGH and not grew(facts)


def grew(facts: Facts) -> bool:
    """Whether the headline metric on the training data got better by GREW during the training."""
    metric = facts.headline
    values = facts.column(f"train_{metric}")
    if len(values) < 2 or not np.isfinite(values[[0, -1]]).all():
        return False
    least = GREW if METRICS[metric].is_percentage else GREW * facts.metrics["train"]["trivial"][metric]
    return bool(penalty(metric, values[0]) - penalty(metric, values[-1]) > least)


def last_of(values: Array) -> float | None:
    """The last value that is a number, None if there is none."""
    values = values[np.isfinite(values)]
    return float(values[-1]) if len(values) else None


def silent_layers(facts: Facts) -> dict[int, str]:
    """The hidden layers that pass nothing on, each with a sentence: all their neurons answer 0, or always the same."""
    seen, network = facts.activity, facts.model.network
    if seen is None:
        return {}
    told = {}
    for layer in range(1, network.depth):
        all_of = f"all of its neurons ({network.sizes[layer]} {network.activations[layer - 1]})"
        if seen.dead(layer).all():
            told[layer] = f"Hidden layer {layer} is dead: {all_of} answer 0 to every training example."
        elif not told and seen.constant(layer).all():
            told[layer] = f"Hidden layer {layer} passes nothing on: {all_of} always answer the same."
    return told
