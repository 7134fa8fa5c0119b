"""What to say of a learning rate that is far above the limit, before the first epoch."""

from collections.abc import Iterator

from catnet.config import Config
from catnet.data.dataset import Dataset
from catnet.engine.cost_model import seconds_of_direct
from catnet.engine.gram import Gram
from catnet.engine.learning_rate_limit import (
    ITERATIONS,
    curvature_of_gram,
    curvature_of_inputs,
    distinct_weights,
    learning_rate_limit,
    why_no_limit,
)
from catnet.engine.solvers import Solver
from catnet.engine.task import Task
from catnet.errors import CatnetError
from catnet.text import two_digits
from catnet.training.build import build
from catnet.training.start import fresh_start

TOLERANCE, FINE = 0.05, 1e-3  # of the limit, which is found too high rather than too low: to note it, and to name it
# By the direct solver an iteration for the limit takes as long as an epoch, besides its calls. All take at most a
# thirtieth of the training, or so many seconds; a single one says nothing.
EPOCHS_PER_ITERATION, SECONDS, SECONDS_OF_CALLS, FEWEST_ITERATIONS = 30, 0.02, 100e-6, 2
# Times the limit. A cross-entropy often ends well at 1.4 times, although it rises in half of the epochs; at 3 times the
# course's cats end worse than they began.
FAR = 3.0


def is_quadratic(config: Config) -> bool:
    """Whether the cost of a network without hidden layers is a quadratic function of its parameters."""
    return config.model.loss == "squared" and config.model.output_activation == "linear"


def rate_too_high(config: Config, solver: Solver) -> Iterator[str]:
    """The note that the learning rate is far above the limit, if the limit is known, and found in little time."""
    task = solver.task
    if why_no_limit(task):
        return
    limit: float | None
    if isinstance(solver, Gram):
        limit = learning_rate_limit(task.optimizer, curvature_of_gram(solver, TOLERANCE))
    else:
        limit = affordable_limit(task, TOLERANCE)
    if limit is not None and is_far_above(config, limit):
        yield said(config, limit)


def limit_for(config: Config, dataset: Dataset) -> float | None:
    """The limit of a training on a dataset; None if there is none, or none is found in little time."""
    if config.model.hidden_layers or config.train.batch_size != "full" or config.data.scaling == "whiten":
        return None  # which a whitening may have, but only when it is fitted again
    try:
        task = build(config, dataset, fresh_start(config, dataset)).task
    except CatnetError:  # the first weights are gone, or the memory for the validation data
        return None
    return None if why_no_limit(task) else affordable_limit(task)


def affordable_limit(task: Task, tolerance: float = FINE) -> float | None:
    """The limit of a task that has one, by products with X; None if it takes long beside the training."""
    iterations = affordable_iterations(task)
    if iterations < FEWEST_ITERATIONS:
        return None
    curvature = curvature_of_inputs(task, tolerance=tolerance, iterations=iterations)
    return learning_rate_limit(task.optimizer, curvature)


def affordable_iterations(task: Task) -> int:
    """How many iterations for the limit take little time beside the training by the direct solver."""
    epochs = seconds_of_direct(task)
    each = epochs / task.epochs + SECONDS_OF_CALLS
    return min(ITERATIONS, int(max(epochs / EPOCHS_PER_ITERATION, SECONDS) / each / len(distinct_weights(task))))


def is_far_above(config: Config, limit: float) -> bool:
    """Whether the learning rate is so far above the limit that it is worth a word."""
    return config.train.learning_rate > (1 if is_quadratic(config) else FAR) * limit


def said(config: Config, limit: float) -> str:
    """The note."""
    rate, optimizer = config.train.learning_rate, config.train.optimizer
    what = f"train.learning_rate: {rate:g} is {times(rate / limit)} {two_digits(limit)}"
    more = "catnet lr-find says more"
    if is_quadratic(config):
        return f"{what}, above which the training cost grows from epoch to epoch; {more}"
    if optimizer == "gradient_descent":
        return f"{what}, below which {what_falls(config)} falls in every epoch: it may jump up and down; {more}"
    return f"{what}, below which {optimizer} settles on a quadratic cost: this one may jump up and down; {more}"


def what_falls(config: Config) -> str:
    """What gradient descent lowers."""
    return "the training cost" + " plus the penalty of train.weight_decay" * bool(config.train.weight_decay)


def times(ratio: float) -> str:
    """`1.4 times`; `just above` if it would be once"""
    digits = two_digits(ratio)
    return "just above" if digits == "1" and ratio > 1 else f"{digits} times"
