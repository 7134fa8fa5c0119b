"""Why full batch is smooth and small batches are noisy, in words, with the numbers of the runs at hand."""

from collections.abc import Sequence

from catnet.engine.types import Array
from catnet.report.alike import RunPath
from catnet.report.noise import deviation, mean, of_each_size, rises
from catnet.report.rates import uneven
from catnet.text import counted, in_a_row, number

FEW = 0.1  # of the epochs: if the cost rose in no more of them, its curve is smooth


def heading(paths: Sequence[RunPath]) -> str:
    """What the runs can show, by the sizes of their batches."""
    full = [path for path in paths if path.batch == path.m]
    if len(full) == len(paths):
        return "The cost of full batches"
    smooth = any(is_smooth(path) for path in full)
    return "Why full batch is smooth, and small batches are noisy" if smooth else "Why small batches are noisy"


def reasons(paths: Sequence[RunPath], start: float | None) -> list[str]:
    """Why a full batch is smooth and small batches are noisy, with the numbers of these runs; and what is not alike.

    `start` is J of the weights that all started from, if it is known.
    """
    m, spoken = paths[0].m, spoken_of(paths)
    small = [path for path in spoken if path.batch < m]
    told = [
        f"An epoch shows each run the same {m} training examples once, so examples seen are {m} times the epochs. But "
        "how often the weights move meanwhile is not the same: "
        + in_a_row([f"{path.title} makes {counted(path.updates, 'update')} an epoch" for path in paths], "and")
        + "."
    ]
    if small and start is not None:
        told.append(
            f"All started at J = {number(start)}. But the first cost of small batches is the mean over the first "
            "epoch, in which they have already moved."
        )
    told += [of_small_batches(path) if path in small else of_full_batch(path) for path in spoken]
    if len(small) > 1:
        told.append(
            "These deviations need not be as 1 to the root of b: each is measured at the weights of its own run, which "
            "also move within the epoch."
        )
    if len(spoken) < len(paths):
        told.append("Of runs that are alike in this the first stands for all; the table has all of them.")
    told += ended_above(paths, start)
    told += [
        f"The training cost of {path.title} {why}."
        for path in paths
        if (why := uneven(path.facts.run.config, path.facts.question.examples))
    ]
    return told


def spoken_of(paths: Sequence[RunPath]) -> list[RunPath]:
    """Of full batch the first run whose cost never rose, and each whose cost did; then the first of each other size."""
    full = [path for path in paths if path.batch == path.m]
    steady = [path for path in full if not rises(costs_of(path))][:1]
    rose = [path for path in full if rises(costs_of(path))]
    return [*steady, *rose, *(path for path in of_each_size(paths) if path.batch < path.m)]


def of_small_batches(path: RunPath) -> str:
    """What an update of such a run follows, and how that shows in its costs."""
    what = (
        f"of {path.batch} examples, which points where J falls only on average: at the same weights, the mean of b "
        "losses deviates from J about as 1 over the root of b (if b is far below m)"
    )
    if path.batch == 1:
        what = (
            "of a single example, which, if the step is not too long, lowers the loss of that one, and may raise those "
            "of others"
        )
    first, last = path.kept[1].model.epoch, path.kept[-1].model.epoch
    told = (
        f"{path.title} takes the gradient {what}. So its steps are noisy: within epoch {first} the costs of its "
        f"{path.updates} batches deviate by {number(deviation(path))} (standard deviation) from their mean, "
        f"{number(mean(path))}"
    )
    if last > first:
        told += f"; within epoch {last} by {number(deviation(path, -1))} from {number(mean(path, -1))}"
    J = costs_of(path)
    if is_smooth(path):
        told += (
            f". The curve of its epochs hides that, as each point is a mean over {path.updates} batches: it rose in "
            f"{rises(J)} of {counted(len(J) - 1, 'epoch')}"
        )
    return f"{told}. In return it has moved {path.updates} times when a full batch moves once."


def of_full_batch(path: RunPath) -> str:
    """That of a run whose updates take all examples."""
    config, J, rose = path.facts.run.config, costs_of(path), rises(costs_of(path))
    told = f"{path.title} takes the mean gradient of all {path.m}, which is the gradient of the cost J itself. "
    how_often = f"J rose in {rose} of {counted(len(J) - 1, 'epoch')}"
    if any(config.model.dropout) or not config.train.augment.numbers.is_none:
        return (
            f"{told}But dropout or augmentation change at random in each epoch, so chance is in its steps: {how_often}."
        )
    told += (
        f"So no step depends on chance, {'and the curve is smooth' if is_smooth(path) else 'but the curve zigzags'}: "
    )
    told += f"{how_often}."
    if rose:
        on = "" if config.train.optimizer == "gradient_descent" else ", or what it kept of earlier steps carried it on"
        told += f" If J rises, the step was too long for the slope there{on}."
    if rounding := rises(J, 0) - rose:
        told += f" In {rounding} more it rose by less than a millionth, which is rounding: J hardly changes there."
    return told


def ended_above(paths: Sequence[RunPath], start: float | None) -> list[str]:
    """Which runs ended at a higher cost than they began with."""
    found = []
    for path in paths:
        J = costs_of(path)
        begun = float(J[0]) if start is None or uneven(path.facts.run.config, "") else start
        if J[-1] > begun:
            lower = "" if path.batch == path.m else "; small batches often need a lower one than a full batch"
            found.append(
                f"{path.title} ended at J = {number(float(J[-1]))}, above the {number(begun)} of its start. Most often "
                f"the learning rate is then too high{lower}."
            )
    return found


def is_smooth(path: RunPath) -> bool:
    """Whether the cost of the epochs rose in few of them."""
    J = costs_of(path)
    return rises(J) <= FEW * (len(J) - 1)


def costs_of(path: RunPath) -> Array:
    """The training cost of each epoch, (epochs,)."""
    return path.facts.column("train_cost")
