"""Rules about what a network answers: nothing learned, one answer to everything, dead neurons, small classes."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from catnet.data.split_names import WORDS
from catnet.engine.types import Array
from catnet.evaluation.metrics import decisions
from catnet.goals import BINARY, MULTI_CLASS, MULTI_LABEL, REGRESSION, penalty
from catnet.report.facts import Facts
from catnet.report.finding import Noticed
from catnet.text import score

BETTER = 0.99  # learned: the training error, or the cost, is below so many times that of the trivial answer
RANKED = 0.7  # learned: the AUC on the training data is above this, whatever the threshold makes of it
SMALL = 0.01  # learned nothing: a deviation of the target so far from 1 needs a scaled target
STILL = 0.01  # one answer of a regression: its deviation is below so many times that of the target
FEWEST = 30  # examples of a class, or of the unseen data
SMALLEST = 0.2  # of a class's even share
DEAD = 0.1  # of the neurons of a layer


def nothing_learned(facts: Facts) -> Noticed | None:
    """Not even the training data is answered better than by the trivial answer, neither now nor at the last epoch."""
    if learned(facts):
        return None
    metric, metrics = facts.headline, facts.metrics["train"]
    value, trivial = score(metric, metrics[metric]), score(metric, metrics["trivial"][metric])
    if penalty(metric, metrics[metric]) < penalty(metric, metrics["trivial"][metric]):
        told = "it answers the same to everything"
    elif facts.goal == REGRESSION:
        told = f"even on its training data it is off by {value}, and the trivial answer by {trivial}"
    else:
        told = f"even of its training data it answers {value} correctly, and the trivial answer {trivial}"
    config, rate = facts.run.config, facts.run.config.train.learning_rate
    silent = silent_layers(facts)
    sentence = f"It learned nothing: {told}."
    if silent:
        sentence += f" {' '.join(silent.values())}"
    if config.model.initialization == "zeros" and config.model.hidden_layers:
        return Noticed(
            sentence, "he or xavier: from zeros, the neurons of a hidden layer stay alike", "model.initialization"
        )
    if silent and all(config.model.activation[layer - 1] == "relu" for layer in silent):
        fix = f"leaky_relu cannot die; or lower train.learning_rate from {rate:g} to {rate / 10:.2g}"
        return Noticed(sentence, fix, "model.activation")
    deviation = metrics["trivial"].get("rmse", 1)  # of the target
    if config.data.target_scaling == "none" and not SMALL <= deviation <= 1 / SMALL:
        return Noticed(sentence, f"standard: the target's deviation is {deviation:.3g}", "data.target_scaling")
    J = facts.column("train_cost")
    fix = (
        f"lower it to {rate / 10:.2g}"
        if len(J) > 1 and J[-1] > 1.02 * J[0]
        else f"try {rate * 10:.2g} and {rate / 10:.2g}"
    )
    return Noticed(sentence, f"{fix}; if no rate helps, the inputs may not tell the answer", "train.learning_rate")


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


def one_answer(facts: Facts) -> Noticed | None:
    """The same answer to every example, whatever it shows."""
    sentence = constant_answer(facts)
    if sentence is None:
        return None
    last = facts.epochs[-1] if len(facts.epochs) else 0
    if "validation_cost" in facts.history and facts.model.epoch < last:
        sentence += f" These are the weights of epoch {facts.model.epoch}, the best on the validation data."
    fix = "try another rate or seed"
    if facts.goal == REGRESSION or facts.run.config.train.class_weights is not None:
        return Noticed(sentence, fix, "train.learning_rate")
    key = "train.class_weights" if facts.goal == MULTI_LABEL else "train.learning_rate"
    return Noticed(sentence, f"{fix}; if a class is rare, train.class_weights: balanced", key)


def constant_answer(facts: Facts) -> str | None:
    """What is always answered on the unseen data, in a sentence, if the answer is the same on the training data too.

    None if it changes, or if the unseen data has only one answer.
    """
    metrics, of_train = facts.metrics[facts.unseen], facts.metrics["train"]
    if facts.goal == REGRESSION:
        answer, split = facts.answer(facts.unseen), facts.split(facts.unseen)
        if answer is None or split is None or answer.std() > STILL * split.labels.std() or np.ptp(split.labels) == 0:
            return None
        return None if (of_train["r2"] or 0) > 0.1 else f"It answers {score('mae', answer.mean())} whatever it sees."
    if facts.goal == MULTI_LABEL:
        labels = constant_labels(facts)
        return f"It says {', '.join(labels)}." if labels else None
    matrix, on_train = np.array(metrics["confusion_matrix"]), np.array(of_train["confusion_matrix"])
    answers = np.flatnonzero(matrix.any(axis=0))
    if len(answers) > 1 or on_train.any(axis=0).sum() > 1 or matrix.any(axis=1).sum() == 1:
        return None
    return f"It predicts one class only: {facts.names[answers[0]]}, for all of the {WORDS[facts.unseen]} data."


def constant_labels(facts: Facts) -> list[str]:
    """Goal 2.0: the labels about which it always says the same, though some examples have them and others do not."""
    answer, split = facts.answer(facts.unseen), facts.split(facts.unseen)
    if answer is None or split is None:
        return []
    decided, truth = decisions(facts.goal, answer), split.labels == 1
    recalls = [of_class["recall"] for of_class in facts.metrics["train"]["per_class"].values()]
    return [
        f"always {'yes' if yes[0] else 'no'} about {label}"
        for label, yes, there, recall in zip(facts.outputs, decided, truth, recalls, strict=True)
        if yes.all() == yes.any() and there.all() != there.any() and recall == yes[0]
    ]


def always_the_same(facts: Facts) -> bool:
    """Whether every example gets the same answer; goal 2.0: about every label."""
    if facts.goal == MULTI_LABEL:
        return len(constant_labels(facts)) == len(facts.outputs)
    return constant_answer(facts) is not None


def dead_neurons(facts: Facts) -> Noticed | None:
    """ReLUs that are 0 for every training example: they pass on nothing and learn nothing more."""
    network, seen = facts.model.network, facts.activity
    if seen is None:
        return None
    told_before = {} if learned(facts) else silent_layers(facts)
    relus = [layer for layer, g in enumerate(network.activations[:-1], start=1) if g == "relu"]
    dead = {layer: int(seen.dead(layer).sum()) for layer in relus if layer not in told_before}
    worst = [layer for layer in dead if dead[layer] and dead[layer] >= DEAD * network.sizes[layer]]
    if not worst:
        return None
    told = ", ".join(f"{dead[layer]} of {network.sizes[layer]} in hidden layer {layer}" for layer in worst)
    sentence = f"Dead ReLUs: {told} answer 0 to every training example."
    return Noticed(sentence, "leaky_relu cannot die; or lower train.learning_rate", "model.activation")


def small_classes(facts: Facts) -> Noticed | None:
    """Classes with too few training examples to learn from, by themselves or beside the others."""
    train = facts.split("train")
    if train is None or facts.goal == REGRESSION:
        return None
    m, counts = train.labels.shape[1], train.labels.sum(axis=1).astype(int).tolist()
    if facts.goal == BINARY:
        counts = [m - counts[0], counts[0]]
    even = m / (2 if facts.goal == MULTI_LABEL else len(counts))
    few = [(name, n) for name, n in zip(facts.names, counts, strict=True) if n < FEWEST or n < SMALLEST * even]
    if not few:
        return None
    what = facts.question.examples
    told = ", ".join(f"{name} has {n}" for name, n in few[:10])
    more = f", and {len(few) - 10} more" if len(few) > 10 else ""
    sentence = f"Too few training {what}: {told}{more}."
    if min(counts) < SMALLEST * even and facts.run.config.train.class_weights is None:
        return Noticed(sentence, f"add {what} there; balanced makes the few count more", "train.class_weights")
    left = len(counts) - len(few) if facts.goal != BINARY else 0
    spare = left >= facts.question.kind.fewest_classes
    fix = f"add {what} there" + (", or take the class out of data.classes" if spare else "")
    return Noticed(sentence, fix, "data.path")


def few_unseen(facts: Facts) -> Noticed | None:
    """So few unseen examples that chance decides the metrics on them."""
    m, what = facts.metrics[facts.unseen]["examples"], facts.question.examples
    if facts.unseen == "train" or m >= FEWEST:
        return None
    told = f"has only {m} {what if m > 1 else what[:-1]}, so chance decides its metrics"
    return Noticed(f"The {WORDS[facts.unseen]} data {told}.", f"add {what} there, {FEWEST} at least", "data.path")
