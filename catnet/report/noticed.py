"""What was noticed about a run: one sentence for each fault, and the line of the configuration to change.

Each rule looks at the facts and returns what it noticed, or None. The limits are judgments, written here once.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from catnet.engine.attribution import passes
from catnet.engine.types import Array
from catnet.evaluation.metrics import decisions
from catnet.goals import BINARY, MULTI_LABEL, REGRESSION
from catnet.report.facts import Facts
from catnet.report.verdict import SPLITS
from catnet.text import isolated, score

GAP = 0.1  # overfitting: so much more is right in training than on unseen data; regression: of the trivial error
RISE = 1.1  # overfitting: the unseen cost ends so many times above its lowest
WINDOW = 5  # epochs of a running median, at least, so that a lone good epoch is not taken for the best
SLOPE = 0.12  # too low: so much of the whole fall of the cost happens in the last fifth (0.2 is a straight line)
JUMP = 1.5  # too high: the cost rose to so many times its first value
ROUGH = 0.25  # too high: with full batch, such a share of the later epochs makes the cost rise
FEWEST = 30  # pictures of a class
SMALLEST = 0.2  # of a class's even share
DEAD = 0.1  # of the neurons of a layer


@dataclass(frozen=True)
class Noticed:
    """A fault: its name, a sentence, how to fix it, and the key of the configuration."""

    fault: str
    sentence: str
    fix: str
    key: str


def noticed(facts: Facts) -> list[Noticed]:
    """All that is noticed, the most serious first."""
    found = [rule(facts) for rule in RULES]
    return [one for one in found if one is not None]


def overfitting(facts: Facts) -> Noticed | None:
    """Unseen data fares worse than training data, or did better at an earlier epoch."""
    if facts.unseen == "train":
        return None
    metric, split = facts.headline, SPLITS[facts.unseen]
    seen, unseen = facts.metrics["train"][metric], facts.metrics[facts.unseen][metric]
    if facts.goal == REGRESSION:
        trivial = facts.metrics[facts.unseen]["trivial"][metric]
        gap = unseen > seen + GAP * trivial and unseen > 1.25 * seen
        told = (
            f"it is off by {score(metric, seen)} on the training data, by {score(metric, unseen)} on the {split} data"
        )
    else:
        m = facts.metrics[facts.unseen]["examples"]
        gap = seen - unseen > max(GAP, 2 * math.sqrt(max(unseen * (1 - unseen), 0.25 / m) / m))
        told = (
            f"{score(metric, seen)} of the training data is right, but only {score(metric, unseen)} of the {split} data"
        )
    epoch, rises, watched = turning_point(facts)
    if not gap and not rises:
        return None
    parts = [f"It overfits: {told}." if gap else "It overfits when it trains for so long."]
    if rises:
        parts.append(f"From about epoch {epoch} on the {watched} cost rises while the training cost falls.")
        if watched == "validation" and facts.model.epoch < facts.epochs[-1]:
            parts.append(f"The weights kept are those of epoch {facts.model.epoch}.")
    elif epoch is not None:
        parts.append(f"The {watched} cost does not rise yet.")
    sentence = " ".join(parts)
    if rises:
        fix = f"stop near epoch {epoch}, raise train.weight_decay, or give it more examples"
        if watched == "test":
            fix += "; to choose by it, put a part of train/ into val/, so that the test data stays unseen"
        return Noticed("overfitting", sentence, fix, "train.epochs")
    fix = "raise it (0.01, 0.1, ...), make the network smaller, or give it more examples"
    return Noticed("overfitting", sentence, fix, "train.weight_decay")


def turning_point(facts: Facts) -> tuple[int | None, bool, str]:
    """The epoch of the lowest unseen cost, whether it rises from there to the end, and of which data it is.

    The validation cost where there is one; else the test cost of those epochs at which it was taken. A running median
    is looked at. None where neither was taken.
    """
    watched = "validation" if "validation_cost" in facts.history else "test"
    cost = facts.history.get(f"{watched}_cost", np.zeros(0))
    taken = np.isfinite(cost)
    epochs, cost = facts.epochs[taken], cost[taken]
    if len(cost) < WINDOW:
        return None, False, watched
    smooth = running_median(cost, max(WINDOW, len(cost) // 25))
    lowest = len(smooth) - 1 - int(smooth[::-1].argmin())  # the last of equals
    rises = bool(smooth[-1] > RISE * smooth[lowest] and smooth[-1] > 0 and lowest < 0.9 * (len(smooth) - 1))
    falls = facts.history["train_cost"][-1] < np.interp(epochs[lowest], facts.epochs, facts.history["train_cost"])
    return int(epochs[lowest]), bool(rises and falls), watched


def running_median(values: Array, window: int) -> Array:
    """The median of each value and its neighbours, an odd number of them; fewer at the ends."""
    half = window // 2
    return np.array([np.median(values[max(0, i - half) : i + half + 1]) for i in range(len(values))])


def one_answer(facts: Facts) -> Noticed | None:
    """The same answer to every example, whatever it shows."""
    answer, split = facts.answer(facts.unseen), facts.split(facts.unseen)
    if answer is None or split is None:
        return None
    fix = "try another rate or seed; where a class is rare, train.class_weights: balanced"
    if facts.goal == REGRESSION:
        if answer.std() > 0.01 * split.labels.std() or split.labels.std() == 0:
            return None
        return Noticed("one answer", f"It answers {answer.mean():.4g} whatever it sees.", fix, "train.learning_rate")
    decided, truth = decisions(facts.goal, answer), split.labels == 1
    if facts.goal == MULTI_LABEL:
        constant = [
            f"always {'yes' if yes[0] else 'no'} about {isolated(label)}"
            for label, yes, there in zip(facts.question.classes, decided, truth, strict=True)
            if yes.all() == yes.any() and there.all() != there.any()
        ]
        if not constant:
            return None
        return Noticed("one answer", f"It says {', '.join(constant)}.", fix, "train.class_weights")
    if facts.goal == BINARY:
        decided, truth = np.vstack([~decided, decided]), np.vstack([~truth, truth])
    answers = np.flatnonzero(decided.any(axis=1))
    if len(answers) > 1 or truth.any(axis=1).sum() == 1:
        return None
    only = isolated(facts.question.names[answers[0]])
    sentence = f"It predicts one class only: {only}, for all of the {SPLITS[facts.unseen]} data."
    return Noticed("one answer", sentence, fix, "train.learning_rate")


def dead_neurons(facts: Facts) -> Noticed | None:
    """ReLUs that are 0 for every training example: they pass on nothing and learn nothing more."""
    train = facts.split("train")
    relus = [layer for layer, g in enumerate(facts.model.network.activations[:-1], start=1) if g == "relu"]
    if train is None or not relus:
        return None
    alive = {layer: np.zeros(facts.model.network.sizes[layer], bool) for layer in relus}
    for _, _, seen in passes(facts.model.network, facts.model.parameters, facts.model.inputs(train.rows)):
        for layer in relus:
            alive[layer] |= (seen.A[layer] > 0).any(axis=1)
    dead = {layer: int((~alive[layer]).sum()) for layer in relus}
    worst = [layer for layer in relus if dead[layer] and dead[layer] >= DEAD * len(alive[layer])]
    if not worst:
        return None
    told = ", ".join(f"{dead[layer]} of {len(alive[layer])} in hidden layer {layer}" for layer in worst)
    sentence = f"Dead ReLUs: {told} answer 0 to every training example."
    return Noticed("dead ReLUs", sentence, "leaky_relu cannot die; or lower train.learning_rate", "model.activation")


def rate_too_high(facts: Facts) -> Noticed | None:
    """The cost leapt up, ended no lower than it began, or, with full batch, keeps rising and falling."""
    J = facts.history.get("train_cost", np.zeros(0))
    if len(J) < 3 or J[0] <= 0:
        return None
    config = facts.run.config.train
    smooth = config.batch_size == "full" and not any(facts.run.config.model.dropout)
    later = J[len(J) // 2 :]
    rough = len(later) >= 10 and float((np.diff(later) > 0.01 * later[:-1]).mean()) > ROUGH
    top = int(J.argmax())
    if J[top] > JUMP * J[0]:
        told = f"the training cost rose from {J[0]:.4g} to {J[top]:.4g} in epoch {int(facts.epochs[top])}"
    elif np.median(J[-3:]) >= 1.02 * J[0]:
        told = f"the training cost ended at {J[-1]:.4g}, above the {J[0]:.4g} that it began with"
    elif smooth and rough:
        told = "the training cost goes up and down from epoch to epoch, though every update sees all the data"
    else:
        return None
    fix = f"lower it: {config.learning_rate / 3:.2g} or {config.learning_rate / 10:.2g}"
    return Noticed("learning rate too high", f"The learning rate is too high: {told}.", fix, "train.learning_rate")


def rate_too_low(facts: Facts) -> Noticed | None:
    """The cost was still falling about as fast as ever when the training ended, and nothing was overfitted yet."""
    J = facts.history.get("train_cost", np.zeros(0))
    config = facts.run.config.train
    finished = len(J) >= config.epochs
    if len(J) < 5 or not finished or overfitting(facts) or rate_too_high(facts):
        return None
    if J.max() > 1.1 * J[0]:
        return None
    smooth = running_median(J, max(1, len(J) // 25))
    fall, last = smooth[0] - smooth[-1], smooth[-1 - len(J) // 5] - smooth[-1]
    if fall <= 0 or last < SLOPE * fall or smooth[-1] < 0.05 * smooth[0]:
        return None
    sentence = (
        f"The learning rate is too low, or the epochs too few: the training cost fell from {smooth[0]:.4g} to "
        f"{smooth[-1]:.4g}, {last / fall:.0%} of that in the last fifth of the epochs."
    )
    fix = f"raise it: {config.learning_rate * 3:.2g} or {config.learning_rate * 10:.2g}; or raise train.epochs"
    return Noticed("learning rate too low", sentence, fix, "train.learning_rate")


def small_classes(facts: Facts) -> Noticed | None:
    """Classes with too few training examples to learn from, by themselves or beside the others."""
    train = facts.split("train")
    if train is None or facts.goal == REGRESSION:
        return None
    counts = train.labels.sum(axis=1).astype(int)
    if facts.goal == BINARY:
        counts = np.array([train.labels.shape[1] - counts[0], counts[0]])
    even = train.labels.shape[1] / 2 if facts.goal == MULTI_LABEL else counts.sum() / len(counts)
    few = [i for i, count in enumerate(counts) if count < FEWEST or count < SMALLEST * even]
    if not few:
        return None
    what, names = facts.question.examples, facts.question.names
    told = ", ".join(f"{isolated(names[i])} has {counts[i]}" for i in few[:10])
    more = f", and {len(few) - 10} more" if len(few) > 10 else ""
    sentence = f"Too few training {what}: {told}{more}."
    if min(counts) >= FEWEST or min(counts) < SMALLEST * even:
        return Noticed(
            "small class", sentence, f"add {what} there; balanced makes the few count more", "train.class_weights"
        )
    return Noticed("small class", sentence, f"add {what} there, or take the class out of data.classes", "data.path")


RULES: tuple[Callable[[Facts], Noticed | None], ...] = (
    overfitting,
    one_answer,
    dead_neurons,
    rate_too_high,
    rate_too_low,
    small_classes,
)
