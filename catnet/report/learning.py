"""Rules about how a network learned: overfitting, a learning rate too high or too low, too few epochs."""

import math

import numpy as np

from catnet.data.split_names import WORDS
from catnet.engine.types import Array
from catnet.goals import COST, METRICS, REGRESSION, penalty
from catnet.report.answering import always_the_same, is_ranked, last_of, learned
from catnet.report.facts import Facts
from catnet.report.finding import Noticed
from catnet.text import alternatives, metric_name, score
from catnet.training.measure import criterion

GAP = 0.1  # overfitting: so much more is right in training than on unseen data; regression: of the trivial error
COMPARED = 10  # unseen examples, at least, whose metric is compared with another
RISE = 1.1  # overfitting: the unseen cost ends so many times above its lowest
LEVEL = 1.005  # not rising: the unseen cost ends no more than so many times above its lowest
MEDIANS = 1000  # of a running median
WINDOW = 5  # epochs of a running median, at least, so that a single good epoch is not taken for the best
SLOPE = 0.12  # too low: so much of the whole fall of the cost happens in the last fifth (0.2 is a straight line)
JUMP = 1.5  # too high: the cost rose to so many times its first value
ROUGH = 0.25  # too high: with full batch, such a share of the later epochs makes the cost rise
LATE = 0.95  # too short: the best epoch comes after so many of all
FALL = 0.005  # too short: both costs fell by so much of themselves in the last tenth

KEEP_UNSEEN = "; to choose by it, put a part of train/ into val/, so that the test data stays unseen"


def overfitting(facts: Facts) -> Noticed | None:
    """Unseen data does worse than training data, or did better at an earlier epoch.

    Only of a network that answers its training data better than the trivial answer does, and does not always answer the
    same: one that learned nothing cannot overfit.
    """
    if facts.unseen == "train" or not learned(facts) or always_the_same(facts):
        return None
    gap = told_gap(facts)
    epoch, rises, watched = turning_point(facts)
    enough = facts.metrics.get(watched, {}).get("examples", 0) >= COMPARED
    rises = rises and enough and ends_better_than_trivial(facts)
    if gap is None and not rises:
        return None
    parts = ["It overfits when it trains for so long." if gap is None else f"It overfits: {gap}."]
    if rises:
        parts.append(f"From about epoch {epoch} on the {watched} cost rises while the training cost falls.")
        if watched == "validation" and facts.model.epoch < facts.epochs[-1]:
            metric = criterion(facts.run.config)
            chosen = (
                ""
                if metric == f"{watched}_{COST}"
                else f", chosen by {watched} {metric_name(metric.removeprefix(f'{watched}_'))}"
            )
            parts.append(f"The weights kept are those of epoch {facts.model.epoch}{chosen}.")
    elif epoch is not None and enough and is_level(facts):
        parts.append(f"The {watched} cost does not rise yet.")
    fix, key = against_overfitting(facts, epoch if rises else None)
    if rises and watched == "test":
        fix += KEEP_UNSEEN
    return Noticed(" ".join(parts), fix, key)


def against_overfitting(facts: Facts, epoch: int | None) -> tuple[str, str]:
    """What to try, and the first key of it: to stop at the epoch, unless the training stopped early already."""
    config, decay = facts.run.config, facts.run.config.train.weight_decay
    others = ["make the network smaller"] if config.model.hidden_layers else []
    others.append("give it more examples")
    if epoch is None or len(facts.epochs) < config.train.epochs:
        first = f"raise it from {decay:g} to {3 * decay:.2g} or more" if decay else "raise it (0.01, 0.1, ...)"
        return alternatives([first, *others]), "train.weight_decay"
    raised = f"raise train.weight_decay from {decay:g}" if decay else "raise train.weight_decay (0.01, 0.1, ...)"
    return alternatives([f"stop near epoch {epoch}", raised, *others]), "train.epochs"


def ends_better_than_trivial(facts: Facts) -> bool:
    """Whether the headline metric on the training data, after the last epoch, is better than the trivial answer's."""
    metric = facts.headline
    at_the_end = last_of(facts.column(f"train_{metric}"))
    return at_the_end is None or penalty(metric, at_the_end) < penalty(
        metric, facts.metrics["train"]["trivial"][metric]
    )


def told_gap(facts: Facts) -> str | None:
    """How much worse unseen data fares than training data, in words; None if it is little, or may be chance.

    None too if the training data is answered no better than by the trivial answer.
    """
    metric, metrics = facts.headline, facts.metrics[facts.unseen]
    seen, unseen = facts.metrics["train"][metric], metrics[metric]
    if penalty(metric, seen) >= penalty(metric, facts.metrics["train"]["trivial"][metric]):
        return None
    first, second, split = score(metric, seen), score(metric, unseen), WORDS[facts.unseen]
    m = metrics["examples"]
    if m < COMPARED:
        return None
    if facts.goal == REGRESSION:
        errors = facts.scores(facts.unseen)
        chance = 0.0 if errors is None else 2 * errors.std(ddof=1) / math.sqrt(m)
        if unseen > max(seen + GAP * metrics["trivial"][metric], 1.25 * seen, seen + chance):
            return f"it is off by {first} on the training data, by {second} on the {split} data"
        return None
    if seen - unseen > max(GAP, 2 * math.sqrt(max(unseen * (1 - unseen), 0.25 / m) / m)):
        return f"{first} of the training data is right, but only {second} of the {split} data"
    return None


def turning_point(facts: Facts) -> tuple[int | None, bool, str]:
    """The epoch of the lowest unseen cost, whether it rises from there to the end, and of which data it is.

    It is the validation cost if there is one, whose lowest value marks the best epoch; else the test cost of those
    epochs at which it was measured, smoothed by a running median. The epoch is None if there are too few of them.
    """
    watched, epochs, cost = unseen_cost(facts)
    if len(cost) < WINDOW:
        return None, False, watched
    smooth = running_median(cost, max(WINDOW, len(cost) // 25))
    last_of_equals = len(smooth) - 1 - int(smooth[::-1].argmin())
    lowest = int(cost.argmin()) if watched == "validation" else last_of_equals
    rises = smooth[-1] > RISE * smooth[lowest] and smooth[-1] > 0 and lowest < 0.9 * (len(smooth) - 1)
    J = facts.column(f"train_{COST}")
    falls = J[-1] < np.interp(epochs[lowest], facts.epochs, J)
    return int(epochs[lowest]), bool(rises and falls), watched


def unseen_cost(facts: Facts) -> tuple[str, Array, Array]:
    """Of which data the cost was watched, validation or test; at which epochs; and the cost there, finite."""
    watched = "validation" if f"validation_{COST}" in facts.history else "test"
    cost = facts.column(f"{watched}_{COST}")
    measured = np.isfinite(cost)
    return watched, facts.epochs[measured], cost[measured]


def is_level(facts: Facts) -> bool:
    """Whether the unseen cost ends where it is lowest, or hardly above."""
    _, _, cost = unseen_cost(facts)
    return bool(cost[-1] <= LEVEL * cost.min())


def running_median(values: Array, width: int) -> Array:
    """The median of each value and its neighbours, an odd number of them; fewer at the ends.

    Of very many values it is computed at MEDIANS of them, and lies on straight lines between these.
    """
    half, m = width // 2, len(values)
    centres = list(dict.fromkeys(np.linspace(0, m - 1, min(m, MEDIANS)).astype(int).tolist()))
    windows = [np.sort(values[max(0, i - half) : i + half + 1]) for i in centres]
    # not by np.median, which imports much
    medians = [(window[(len(window) - 1) // 2] + window[len(window) // 2]) / 2 for window in windows]
    return np.interp(np.arange(m), centres, medians) if m else values


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
    elif min(np.median(J[-3:]), J[-1]) >= 1.02 * J[0]:
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


def no_better(facts: Facts) -> Noticed | None:
    """Unseen data is answered no better than by the trivial answer, though the training data is.

    Not if the network orders the unseen examples well, so that only its threshold is wrong, nor if all of them have the
    same answer.
    """
    metric, metrics = facts.headline, facts.metrics[facts.unseen]
    value, trivial = metrics[metric], metrics["trivial"][metric]
    if facts.unseen == "train" or penalty(metric, value) < penalty(metric, trivial) or is_ranked(metrics):
        return None
    of_one_answer = trivial in ((0,) if facts.goal == REGRESSION else (0, 1))
    if of_one_answer or metrics["examples"] < COMPARED or not learned(facts) or always_the_same(facts):
        return None
    if overfitting(facts):
        return None
    told = f"{metric_name(metric)} is {score(metric, value)}, that of the trivial answer {score(metric, trivial)}"
    sentence = f"What it learned does not help on the {WORDS[facts.unseen]} data: {told}."
    return Noticed(sentence, "give it more examples, or inputs that tell more about the answer", "data.path")


def too_short(facts: Facts) -> Noticed | None:
    """The best epoch is the last, and the training cost and the unseen cost were still falling when it ended.

    Not of answers that are all right already, nor of a training that was stopped before its last epoch.
    """
    epochs = facts.run.config.train.epochs
    if all_right(facts):
        return None
    if epochs == len(facts.epochs) == 1 and facts.unseen != "train":
        sentence = "It trained for one epoch, so no curve can tell whether more would help."
        return Noticed(sentence, "raise it: 10", "train.epochs")
    watched = still_falling(facts)
    if watched is None or not learned(facts) or overfitting(facts) or rate_too_high(facts) or rate_too_low(facts):
        return None
    fix = f"raise it: {2 * epochs} or {5 * epochs}" + (KEEP_UNSEEN if watched == "test" else "")
    sentence = f"It could train longer: at the last epoch the training cost and the {watched} cost still fall."
    return Noticed(sentence, fix, "train.epochs")


def still_falling(facts: Facts) -> str | None:
    """Which unseen cost, validation or test, is lowest at the end and was still falling, as the training cost was.

    None if one of them was not, or if the training was stopped before its last epoch.
    """
    J, epochs = facts.column(f"train_{COST}"), facts.run.config.train.epochs
    watched, measured, cost = unseen_cost(facts)
    if len(J) < max(2, epochs) or len(cost) < 2 or measured[cost.argmin()] < LATE * epochs:
        return None
    before = epochs - max(1.0, epochs / 10)
    for at, values in ((measured, cost), (facts.epochs, J)):
        smooth = running_median(values, len(values) // 25)
        if not np.interp(before, at, smooth) - smooth[-1] > FALL * smooth[-1]:
            return None
    return watched


def all_right(facts: Facts) -> bool:
    """Whether every example of the unseen data is answered correctly."""
    return METRICS[facts.headline].is_percentage and facts.metrics[facts.unseen][facts.headline] == 1
