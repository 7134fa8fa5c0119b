"""Rules about how a network learned: overfitting, a learning rate too low, too few epochs."""

import math

import numpy as np

from catnet.config import TrainConfig
from catnet.data.split_names import WORDS
from catnet.engine.types import Array
from catnet.goals import COST, REGRESSION, penalty
from catnet.report.answering import RIGHT, always_the_same, constant_targets
from catnet.report.facts import Facts
from catnet.report.finding import Noticed
from catnet.report.learned import ENOUGH, error_left, is_ranked, is_short, last_of, learned
from catnet.report.rates import raised, rate_too_high, running_median, still_slow, uneven
from catnet.report.regularization import against_overfitting, is_regularized
from catnet.report.verdict import SHIFT
from catnet.text import metric_name, score
from catnet.training.measure import criterion

GAP = 0.1  # overfitting: so much more is right in training than on unseen data; regression: of the trivial error
COMPARED = 10  # unseen examples, at least, whose metric is compared with another
RISE = 1.1  # overfitting: the unseen cost is so many times above its lowest in the end, on average
HIGHER = 1.05  # overfitting: and so many times at each epoch
MOSTLY_UNSEEN = 0.9  # of the examples that an unseen cost was measured on
LEVEL = 1.005  # not rising: the unseen cost ends no more than so many times above its lowest
SPIKE = 1.25  # a single good epoch: its neighbours cost so many times more
WINDOW = 5  # epochs at which the unseen cost was measured, at least, to speak of its course
LATE = 0.95  # too short: the best epoch comes after so many of all
FIRST = 1  # epoch: nobody stops a training there
FALL = 0.005  # too short: both costs fell by so much of themselves in the last tenth

KEEP_UNSEEN = "; to choose by it, set data.validation_fraction: 0.2, so that the test data stays unseen"


def overfitting(facts: Facts) -> Noticed | None:
    """Unseen data does worse than training data, or did better at an earlier epoch.

    Only of a network that answers its training data better than the trivial answer does, and does not always answer the
    same: one that learned nothing cannot overfit.
    """
    if facts.unseen == "train" or not learned(facts) or always_the_same(facts) or constant_targets(facts):
        return None
    gap = told_gap(facts)
    epoch, rises, watched = turning_point(facts)
    enough = facts.metrics.get(watched, {}).get("examples", 0) >= COMPARED
    rises = rises and enough and ends_better_than_trivial(facts)
    if gap is None and not rises:
        return None
    if gap is not None and is_regularized(facts):
        sentence = f"A gap is usual, even if pictures are changed at random: {gap}."
        return Noticed(sentence, f"more {facts.question.examples} help most", "data.path", usual=True)
    parts = ["It overfits when it trains for so long." if gap is None else f"It overfits: {gap}."]
    if rises:
        start = f"about epoch {epoch}" if epoch != FIRST else "the first epoch"
        parts.append(f"From {start} on the {watched} cost rises while the training cost falls.")
        if facts.chose_epoch and facts.model.epoch < facts.epochs[-1]:
            metric = criterion(facts.run.config)
            chosen = (
                ""
                if metric == f"{watched}_{COST}"
                else f", chosen by {watched} {metric_name(metric.removeprefix(f'{watched}_'))}"
            )
            parts.append(f"The weights kept are those of epoch {facts.model.epoch}{chosen}.")
    elif epoch is not None and enough and is_level(facts):
        parts.append(f"The {watched} cost does not rise yet.")
    fix, key = against_overfitting(facts, epoch if rises and epoch != FIRST else None)
    if rises and watched == "test":
        fix += KEEP_UNSEEN
    return Noticed(" ".join(parts), fix, key)


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
    if m < COMPARED or is_short(facts) or (len(facts.epochs) < ENOUGH and shares_differ(facts)):
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


def shares_differ(facts: Facts) -> bool:
    """Whether the trivial answer is right much more or less often on unseen data: so is a network that knows little."""
    seen, unseen = (facts.metrics[split]["trivial"][facts.headline] for split in ("train", facts.unseen))
    return facts.goal != REGRESSION and abs(seen - unseen) > SHIFT


def turning_point(facts: Facts) -> tuple[int | None, bool, str]:
    """The epoch of the lowest unseen cost, whether it rises from there to the end, and of which data it is.

    It is the validation cost if there is one, whose lowest value marks the best epoch if that is kept; else the test
    cost. Either may be measured at some epochs only. It rises if it is higher in the last quarter of the time after the
    lowest: on average and, so that a zigzag does not count, at each epoch. The epoch is None if there are too few of
    them, or if the training cost is `uneven`.
    """
    watched, epochs, cost = unseen_cost(facts)
    if len(cost) < WINDOW or uneven(facts.run.config, facts.question.examples):
        return None, False, watched
    lowest = int((cost if facts.chose_epoch else without_spikes(cost)).argmin())
    after = cost[lowest + 1 :]
    last = after[-max(2, len(after) // 4) :]
    rises = len(last) > 0 and last.mean() > RISE * cost[lowest] and last.min() > HIGHER * cost.min()
    rises = rises and lowest < 0.9 * (len(cost) - 1)
    J = facts.column(f"train_{COST}")
    falls = J[-1] < np.interp(epochs[lowest], facts.epochs, J)
    return int(epochs[lowest]), bool(rises and falls), watched


def without_spikes(cost: Array) -> Array:
    """The cost, infinite at a single good epoch between two that are much worse: chance led there."""
    nearest = np.minimum(np.append(np.inf, cost[:-1]), np.append(cost[1:], np.inf))
    return np.where(nearest > SPIKE * cost, np.inf, cost)


def unseen_cost(facts: Facts) -> tuple[str, Array, Array]:
    """Of which data the cost was watched, validation or test; at which epochs; and the cost there, finite.

    No epoch if many of the examples that it was measured on are in the training data too.
    """
    watched = "validation" if f"validation_{COST}" in facts.history else "test"
    cost = facts.column(f"{watched}_{COST}")
    measured = np.isfinite(cost)
    if watched in facts.measured:
        unseen, whole = facts.metrics[watched]["examples"], facts.measured[watched]["examples"]
        measured &= not facts.is_all_seen and unseen >= MOSTLY_UNSEEN * whole
    return watched, facts.epochs[measured], cost[measured]


def is_level(facts: Facts) -> bool:
    """Whether the unseen cost ends where it is lowest, or hardly above."""
    _, _, cost = unseen_cost(facts)
    return bool(cost[-1] <= LEVEL * cost.min())


def rate_too_low(facts: Facts) -> Noticed | None:
    """The cost was still falling as fast as before at the end, nothing was overfitted yet, and much is still wrong."""
    told = still_slow(facts)
    if told is None or not learned(facts) or always_the_same(facts) or overfitting(facts) or rate_too_high(facts):
        return None
    if error_left(facts, facts.unseen) < RIGHT:
        return None
    sentence = f"The learning rate is too low, or the epochs too few: {told}."
    return Noticed(sentence, raised(facts), "train.learning_rate")


def no_better(facts: Facts) -> Noticed | None:
    """Unseen data is answered no better than by the trivial answer, though the training data is.

    Not if the network orders the unseen examples well, so that only its threshold is wrong, nor if all of them have the
    same answer, nor with class weights, which trade accuracy for recall.
    """
    metric, metrics = facts.headline, facts.metrics[facts.unseen]
    value, trivial = metrics[metric], metrics["trivial"][metric]
    if facts.unseen == "train" or penalty(metric, value) < penalty(metric, trivial) or is_ranked(metrics):
        return None
    of_one_answer = trivial in ((0,) if facts.goal == REGRESSION else (0, 1))
    if of_one_answer or metrics["examples"] < COMPARED or not learned(facts) or always_the_same(facts):
        return None
    if overfitting(facts) or constant_targets(facts) or is_short(facts):
        return None
    if facts.run.config.train.class_weights is not None:
        return None
    told = f"{metric_name(metric)} is {score(metric, value)}, that of the trivial answer {score(metric, trivial)}"
    sentence = f"What it learned does not help on the {WORDS[facts.unseen]} data: {told}."
    return Noticed(sentence, "give it more examples, or inputs that tell more about the answer", "data.path")


def too_short(facts: Facts) -> Noticed | None:
    """The best epoch is the last, and the training cost and the unseen cost were still falling when it ended.

    Not of answers that are nearly all right on unseen data, or all right in training, nor of a training that was
    stopped before its last epoch.
    """
    epochs = facts.run.config.train.epochs
    if error_left(facts, facts.unseen) < RIGHT:
        return None
    few = epochs == len(facts.epochs) < ENOUGH and facts.unseen != "train"
    if few and learned(facts) and not overfitting(facts):
        times = "one epoch" if epochs == 1 else f"{epochs} epochs"
        sentence = f"It trained for {times}, so no curve can tell whether more would help."
        return Noticed(sentence, "raise it: 10 or more", "train.epochs")
    watched = still_falling(facts)
    if error_left(facts, "train") == 0 or always_the_same(facts) or facts.is_all_seen:
        return None
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


def which_epoch(settings: TrainConfig) -> str:
    """Of which epoch the weights are, if there is validation data."""
    return f"{settings.keep} epoch, whose weights these are"


def why_kept(settings: TrainConfig) -> str:
    """In brackets, why these are the last epoch's; nothing if they are the best's."""
    if settings.keep == "best":
        return ""
    cosine = settings.schedule.name == "cosine"
    return f" (train.keep: last{', the default with the schedule cosine' if cosine else ''})"
