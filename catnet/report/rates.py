"""Rules about the learning rate: what the training cost and the schedule tell. No two of them apply to a run."""

import numpy as np

from catnet.config import Config
from catnet.engine.subsets import spread
from catnet.engine.types import Array
from catnet.report.facts import Facts
from catnet.report.finding import Noticed
from catnet.report.learned import error_left, learned
from catnet.selection.learning_rate import OF_THE_LIMIT, decimal, rounded_down
from catnet.text import in_a_row, two_digits

JUMP = 1.5  # too high: the cost rose to so many times its first value
ROUGH = 0.25  # too high: with full batch, such a share of the later epochs makes the cost rise
SLOPE = 0.12  # too low: so much of the whole fall of the cost happens in the last fifth (0.2 is a straight line)
VISIBLE = 0.0005  # a fall of the cost by such a share of its first value can be told from none
DIED = 0.001  # a schedule's rate at half time, beside its highest
MUCH = 0.5  # of the trivial answer's error is left: there was more to learn
MEDIANS = 1000  # of a running median
USUAL = {"adam": 0.001, "adamw": 0.001}  # their learning rates, whatever the network
FAR = 10  # times the usual rate, or a share of it: the rate is the first thing to change
SLOWER = "let the rate fall later, or by less; or constant"


def running_median(values: Array, width: int) -> Array:
    """The median of each value and its neighbours, an odd number of them; fewer at the ends.

    Of very many values it is computed at MEDIANS of them, and lies on straight lines between these.
    """
    half, m = width // 2, len(values)
    centres = spread(m, MEDIANS).tolist()
    windows = [np.sort(values[max(0, i - half) : i + half + 1]) for i in centres]
    # not by np.median, which imports much
    medians = [(window[(len(window) - 1) // 2] + window[len(window) // 2]) / 2 for window in windows]
    return np.interp(np.arange(m), centres, medians) if m else values


def uneven(config: Config, examples: str) -> str | None:
    """Why the training cost cannot be compared with the others, in words; None if it can.

    `examples` are pictures or rows.
    """
    augment = config.train.augment.numbers
    others = {"dropout": any(config.model.dropout), "smoothed labels": config.train.label_smoothing > 0}
    changes = {"changed at random": augment.changes_pictures, "mixed": augment.mixup > 0}
    measured = "".join(
        f" {how} {in_a_row(names, 'and')}"
        for how, applies in (("with", others), (f"on {examples} that are", changes))
        if (names := [name for name, does in applies.items() if does])
    )
    weighted = config.train.class_weights is not None
    told = ["weighted by train.class_weights"] * weighted + [f"measured{measured}"] * bool(measured)
    return f"is {' and '.join(told)}" if told else None


def unsteady(facts: Facts) -> str | None:
    """How the training cost jumped, ended no lower than it began, or, with full batch, keeps rising and falling.

    Weight decay, dropout and examples changed at random can make it end above its first value, though the network
    learns. A cost of other examples in each epoch goes up and down at any rate.
    """
    J = facts.column("train_cost")
    if len(J) < 3 or J[0] <= 0:
        return None
    config = facts.run.config.train
    random = any(facts.run.config.model.dropout) or not config.augment.numbers.is_none
    later = J[len(J) // 2 :]
    rough = len(later) >= 10 and float((np.diff(later) > 0.01 * later[:-1]).mean()) > ROUGH
    top = int(J.argmax())
    if J[top] > JUMP * J[0]:
        return f"the training cost rose from {J[0]:.4g} to {J[top]:.4g} in epoch {int(facts.epochs[top])}"
    held_up = (config.weight_decay > 0 or random) and learned(facts)
    if min(sorted(J[-3:])[1], J[-1]) >= 1.02 * J[0] and not held_up:
        return f"the training cost ended at {J[-1]:.4g}, above the {J[0]:.4g} that it began with"
    if config.batch_size == "full" and not random and rough:
        return "the training cost goes up and down from epoch to epoch, though every update sees all the data"
    return None


def still_slow(facts: Facts) -> str | None:
    """How the training cost was still falling about as fast as before when the training ended, as far as it shows."""
    J = facts.column("train_cost")
    if len(J) < max(5, facts.run.config.train.epochs) or J.max() > 1.1 * J[0]:
        return None
    smooth = running_median(J, max(1, len(J) // 25))
    fall, last = J[0] - smooth[-1], smooth[-1 - len(J) // 5] - smooth[-1]
    if fall < VISIBLE * J[0] or last < SLOPE * fall or smooth[-1] < 0.05 * J[0]:
        return None
    return (
        f"the training cost fell from {J[0]:.4g} to {smooth[-1]:.4g}, {last / fall:.0%} of that in the last fifth of "
        "the epochs"
    )


def unusual(facts: Facts) -> str | None:
    """What to try if the rate is far from what is usual for the optimizer; None if it is not."""
    settings = facts.run.config.train
    usual = USUAL.get(settings.optimizer)
    if usual is None or usual / FAR <= settings.learning_rate <= usual * FAR:
        return None
    way = "raise" if settings.learning_rate < usual else "lower"
    return f"{way} it to about {usual:g}, which is usual for {settings.optimizer}"


def raised(facts: Facts) -> str:
    """What to try if the cost was still falling."""
    rate = facts.run.config.train.learning_rate
    if (usual := unusual(facts)) and usual.startswith("raise"):
        return usual
    return f"raise it: {rate * 3:.2g} or {rate * 10:.2g}; or raise train.epochs"


def lowered(facts: Facts) -> str:
    """What to try if the cost was unsteady."""
    rate = facts.run.config.train.learning_rate
    if (usual := unusual(facts)) and usual.startswith("lower"):
        return usual
    if (limit := facts.rate_limit) and rate > limit:
        below = decimal(rounded_down(OF_THE_LIMIT * limit))
        return f"lower it to {below}, below the limit of {two_digits(limit)} that catnet lr-find names"
    return f"lower it: {rate / 3:.2g} or {rate / 10:.2g}"


def rate_too_high(facts: Facts) -> Noticed | None:
    """The cost was unsteady, and yet something was learned: `nothing_learned` tells it otherwise."""
    told = unsteady(facts)
    if told is None or not learned(facts):
        return None
    return Noticed(f"The learning rate is too high: {told}.", lowered(facts), "train.learning_rate")


def died(facts: Facts) -> str | None:
    """How the schedule let the learning rate die by half time, though there was much left to learn."""
    rate = facts.column("learning_rate")
    highest = rate.max(initial=0.0)
    if highest == 0 or rate[len(rate) // 2] > DIED * highest or error_left(facts, "train") < MUCH:
        return None
    last = int(facts.epochs[np.flatnonzero(rate > DIED * highest)[-1]])
    return f"after epoch {last} of {len(rate)} it was less than a thousandth of its highest value"


def schedule_too_fast(facts: Facts) -> Noticed | None:
    """The rate died, and yet something was learned: `nothing_learned` tells it otherwise."""
    told = died(facts)
    if told is None or not learned(facts):
        return None
    return Noticed(f"The schedule let the learning rate die: {told}.", SLOWER, "train.schedule")
