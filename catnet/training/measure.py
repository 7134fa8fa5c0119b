"""What is measured after an epoch: its row of metrics.csv, and how good it is."""

import math
from functools import cache

import numpy as np

from catnet.config import Config
from catnet.engine.network import cost
from catnet.engine.solvers import Solver
from catnet.engine.types import Array
from catnet.evaluation.metrics import scalars, scores
from catnet.goals import COST, penalty
from catnet.runs.history import EPOCH, Row
from catnet.training.build import Setup

FEW = 25  # epochs: about as many as are watched of more


def measure(setup: Setup, solver: Solver, first: int, costs: Array, seconds: tuple[float, float]) -> list[Row]:
    """The rows of metrics.csv of the epochs from `first` on, trained between these seconds.

    With validation data, a row has the metrics on them too, if it is measured after this epoch: the last of these.
    """
    start, end = seconds
    rows: list[Row] = [
        {
            EPOCH: epoch,
            "train_cost": train_cost,
            "learning_rate": setup.task.schedule.learning_rate_at(epoch),
            "seconds": round(start + (end - start) * (epoch - first + 1) / len(costs), 6),
        }
        for epoch, train_cost in enumerate(costs.tolist(), start=first)
    ]
    if not rows:
        return rows
    unknown: Row = dict.fromkeys([*validation_columns(setup), *watched_columns(setup)])
    rows = [row | unknown for row in rows]
    is_watched = rows[-1][EPOCH] in watched_epochs(setup.config.train.epochs)
    if is_watched or validates_each_epoch(setup):
        rows[-1] |= validate(setup, solver)
    if is_watched:
        rows[-1] |= watch(setup, solver)
    return rows


def keeps_last(setup: Setup) -> bool:
    """Whether the last epoch's weights are the result: train.keep says so, or no validation data can choose another."""
    return setup.validation is None or setup.config.train.keep == "last"


def validates_each_epoch(setup: Setup) -> bool:
    """Whether the validation data is measured after each epoch, and not only after the watched ones."""
    return setup.validation is not None and wants_each_epoch(setup.config)


def wants_each_epoch(config: Config) -> bool:
    """Whether validation data, if there is any, is measured after each epoch: to choose the best, or as they are few.

    Else after the watched ones, which is enough for the curves: to measure takes up to a third of the time to train.
    """
    return config.train.keep != "last" or config.train.epochs <= FEW


def validation_columns(setup: Setup) -> list[str]:
    """The columns of what is measured on the validation data; none if there is none."""
    names = (COST, *setup.model.question.kind.metrics) if setup.validation is not None else ()
    return [f"validation_{name}" for name in names]


def validate(setup: Setup, solver: Solver) -> Row:
    """The cost and the metrics on the validation data after the last epoch; nothing if there is none."""
    validation = setup.validation
    if validation is None:
        return {}
    with np.errstate(over="ignore", invalid="ignore"):
        logits = setup.model.mean_over_views(solver.outputs(validation.inputs))
        J = cost(setup.model.network, logits, validation.labels, validation.weights)
        labels = setup.dataset.splits["validation"].labels
        values = {COST: J, **scalars(setup.config.goal, setup.model.answer(logits), labels)}
    return {f"validation_{name}": defined(value) for name, value in values.items()}


def defined(value: float | None) -> float | None:
    """The value; None if it is not a number."""
    return None if value is None or math.isnan(value) else value


@cache
def watched_epochs(epochs: int) -> frozenset[int]:
    """About 25 of the epochs 1, ..., epochs: evenly spread, more of the first ones; the first and the last always."""
    evenly, early = np.linspace(1, epochs, 21), np.geomspace(1, epochs, 8)
    return frozenset(np.rint(np.concatenate([evenly, early])).astype(int).tolist())


def next_watched(epoch: int, epochs: int) -> int:
    """The first watched epoch from this one on."""
    return min(watched for watched in watched_epochs(epochs) if watched >= epoch)


def watched_columns(setup: Setup) -> list[str]:
    """The columns that only the rows of watched epochs have values in: to be looked at, nothing is chosen by them.

    The headline metric on the training data; and, if there is test data but no validation data, its cost and headline
    metric, which show from which epoch on the network overfits.
    """
    name = setup.model.question.kind.headline
    test = setup.validation is None and "test" in setup.dataset.splits
    return [f"train_{name}", *((f"test_{COST}", f"test_{name}") if test else ())]


def watch(setup: Setup, solver: Solver) -> Row:
    """The values of the watched columns after the last epoch."""
    goal, model, splits = setup.config.goal, setup.model, setup.dataset.splits

    def headline(logits: Array, labels: Array) -> float:
        return float(scores(goal, model.answer(logits), labels).mean())

    columns = watched_columns(setup)
    with np.errstate(over="ignore", invalid="ignore"):
        values = [headline(train_logits(setup, solver), splits["train"].labels)]
        if len(columns) > 1:
            test = splits["test"]
            logits = model.mean_over_views(solver.outputs(setup.inputs(test.rows)))
            values += [cost(model.network, logits, model.labels(test.labels)), headline(logits, test.labels)]
    return dict(zip(columns, map(defined, values), strict=True))


def train_logits(setup: Setup, solver: Solver) -> Array:
    """Z[L] of the training examples as they are, in all views of the model, (k, m).

    From the forward passes of the last epoch, unless these saw other examples, augmented or mixed, or a single view.
    """
    if setup.model.views != "none":
        return setup.model_of(solver.parameters(), epoch=0).logits(setup.dataset.splits["train"].rows)
    return solver.logits if setup.task.augmented is None else solver.outputs(setup.task.inputs)


def criterion(config: Config) -> str:
    """The metric by which the best epoch is chosen, if there is validation data."""
    early_stopping = config.train.early_stopping
    return early_stopping.metric if early_stopping else f"validation_{COST}"


def penalty_of(config: Config, row: Row) -> float:
    """The metric by which the best epoch is chosen, turned so that smaller is better.

    If the last is kept, or without validation data, every epoch counts as better than those before it.
    """
    metric = criterion(config)
    if config.train.keep == "last" or metric not in row:
        return -(row[EPOCH] or 0)
    return penalty(metric.removeprefix("validation_"), row[metric])
