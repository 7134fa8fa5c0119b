"""What was noticed about a run: one sentence for each fault, and the line of the configuration to change.

Each rule looks at the facts and returns what it noticed, or None. The limits are judgments; they stand here only.
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
from catnet.text import score

GAP = 0.1  # overfitting: so much more is right in training than on unseen data; regression: of the trivial error
RISE = 1.1  # overfitting: the unseen cost ends so many times above its lowest
WINDOW = 5  # epochs of a running median, at least, so that a single good epoch is not taken for the best
SLOPE = 0.12  # too low: so much of the whole fall of the cost happens in the last fifth (0.2 is a straight line)
JUMP = 1.5  # too high: the cost rose to so many times its first value
ROUGH = 0.25  # too high: with full batch, such a share of the later epochs makes the cost rise
FEWEST = 30  # examples of a class
SMALLEST = 0.2  # of a class's even share
DEAD = 0.1  # of the neurons of a layer


@dataclass(frozen=True)
class Noticed:
    """A fault: a sentence, how to fix it, and the key of the configuration to change."""

    sentence: str
    fix: str
    key: str


def noticed(facts: Facts) -> list[Noticed]:
    """All that is noticed, the most serious first."""
    found = [rule(facts) for rule in RULES.values()]
    return [one for one in found if one is not None]


def overfitting(facts: Facts) -> Noticed | None:
    """Unseen data does worse than training data, or did better at an earlier epoch."""
    if facts.unseen == "train":
        return None
    gap = told_gap(facts)
    epoch, rises, watched = turning_point(facts)
    if gap is None and not rises:
        return None
    parts = ["It overfits when it trains for so long." if gap is None else f"It overfits: {gap}."]
    if rises:
        parts.append(f"From about epoch {epoch} on the {watched} cost rises while the training cost falls.")
        if watched == "validation" and facts.model.epoch < facts.epochs[-1]:
            parts.append(f"The weights kept are those of epoch {facts.model.epoch}.")
        key, fix = "train.epochs", f"stop near epoch {epoch}, raise train.weight_decay, or give it more examples"
        if watched == "test":
            fix += "; to choose by it, put a part of train/ into val/, so that the test data stays unseen"
    else:
        if epoch is not None:
            parts.append(f"The {watched} cost does not rise yet.")
        key, fix = "train.weight_decay", "raise it (0.01, 0.1, ...), make the network smaller, or give it more examples"
    return Noticed(" ".join(parts), fix, key)


def told_gap(facts: Facts) -> str | None:
    """How much worse unseen data fares than training data, in words; None if it is little, or may be chance."""
    metric, metrics = facts.headline, facts.metrics[facts.unseen]
    seen, unseen = facts.metrics["train"][metric], metrics[metric]
    first, second, split = score(metric, seen), score(metric, unseen), SPLITS[facts.unseen]
    if facts.goal == REGRESSION:
        if unseen > seen + GAP * metrics["trivial"][metric] and unseen > 1.25 * seen:
            return f"it is off by {first} on the training data, by {second} on the {split} data"
        return None
    m = metrics["examples"]
    if seen - unseen > max(GAP, 2 * math.sqrt(max(unseen * (1 - unseen), 0.25 / m) / m)):
        return f"{first} of the training data is right, but only {second} of the {split} data"
    return None


def turning_point(facts: Facts) -> tuple[int | None, bool, str]:
    """The epoch of the lowest unseen cost, whether it rises from there to the end, and of which data it is.

    It is the validation cost if there is one; else the test cost of those epochs at which it was measured. A running
    median smooths it. The epoch is None if the cost was measured at too few epochs.
    """
    watched = "validation" if "validation_cost" in facts.history else "test"
    cost = facts.column(f"{watched}_cost")
    measured = np.isfinite(cost)
    epochs, cost = facts.epochs[measured], cost[measured]
    if len(cost) < WINDOW:
        return None, False, watched
    smooth = running_median(cost, max(WINDOW, len(cost) // 25))
    lowest = len(smooth) - 1 - int(smooth[::-1].argmin())  # the last of equals
    rises = smooth[-1] > RISE * smooth[lowest] and smooth[-1] > 0 and lowest < 0.9 * (len(smooth) - 1)
    J = facts.column("train_cost")
    falls = J[-1] < np.interp(epochs[lowest], facts.epochs, J)
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
    fix = "try another rate or seed; if a class is rare, train.class_weights: balanced"
    if facts.goal == REGRESSION:
        if answer.std() > 0.01 * split.labels.std() or split.labels.std() == 0:
            return None
        return Noticed(f"It answers {answer.mean():.4g} whatever it sees.", fix, "train.learning_rate")
    decided, truth = decisions(facts.goal, answer), split.labels == 1
    if facts.goal == MULTI_LABEL:
        constant = [
            f"always {'yes' if yes[0] else 'no'} about {label}"
            for label, yes, there in zip(facts.outputs, decided, truth, strict=True)
            if yes.all() == yes.any() and there.all() != there.any()
        ]
        if not constant:
            return None
        return Noticed(f"It says {', '.join(constant)}.", fix, "train.class_weights")
    if facts.goal == BINARY:
        decided, truth = np.vstack([~decided, decided]), np.vstack([~truth, truth])
    answers = np.flatnonzero(decided.any(axis=1))
    if len(answers) > 1 or truth.any(axis=1).sum() == 1:
        return None
    sentence = f"It predicts one class only: {facts.names[answers[0]]}, for all of the {SPLITS[facts.unseen]} data."
    return Noticed(sentence, fix, "train.learning_rate")


def dead_neurons(facts: Facts) -> Noticed | None:
    """ReLUs that are 0 for every training example: they pass on nothing and learn nothing more."""
    train, network = facts.split("train"), facts.model.network
    relus = [layer for layer, g in enumerate(network.activations[:-1], start=1) if g == "relu"]
    if train is None or not relus:
        return None
    alive = {layer: np.zeros(network.sizes[layer], bool) for layer in relus}
    for _, _, seen in passes(network, facts.model.parameters, facts.model.inputs(train.rows)):
        for layer in relus:
            alive[layer] |= (seen.A[layer] > 0).any(axis=1)
    dead = {layer: int((~alive[layer]).sum()) for layer in relus}
    worst = [layer for layer in relus if dead[layer] and dead[layer] >= DEAD * len(alive[layer])]
    if not worst:
        return None
    told = ", ".join(f"{dead[layer]} of {len(alive[layer])} in hidden layer {layer}" for layer in worst)
    sentence = f"Dead ReLUs: {told} answer 0 to every training example."
    return Noticed(sentence, "leaky_relu cannot die; or lower train.learning_rate", "model.activation")


def rate_too_high(facts: Facts) -> Noticed | None:
    """The cost jumped, ended no lower than it began, or, with full batch, keeps rising and falling."""
    J = facts.column("train_cost")
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
    return Noticed(f"The learning rate is too high: {told}.", fix, "train.learning_rate")


def rate_too_low(facts: Facts) -> Noticed | None:
    """The cost was still falling about as fast as before when the training ended, and nothing was overfitted yet."""
    J = facts.column("train_cost")
    config = facts.run.config.train
    if len(J) < max(5, config.epochs) or J.max() > 1.1 * J[0] or overfitting(facts) or rate_too_high(facts):
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
    return Noticed(sentence, fix, "train.learning_rate")


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
    if min(counts) < SMALLEST * even:
        return Noticed(sentence, f"add {what} there; balanced makes the few count more", "train.class_weights")
    return Noticed(sentence, f"add {what} there, or take the class out of data.classes", "data.path")


# By what each looks for, the most serious first.
RULES: dict[str, Callable[[Facts], Noticed | None]] = {
    "overfitting": overfitting,
    "one answer": one_answer,
    "dead ReLUs": dead_neurons,
    "a learning rate that is too high": rate_too_high,
    "a learning rate that is too low": rate_too_low,
    "a class that is too small": small_classes,
}
