"""What is measured of an epoch: its row of metrics.csv, and how good it is."""

import math
from functools import cache

import numpy as np

from catnet.config import Config
from catnet.engine.network import cost
from catnet.engine.types import Array
from catnet.evaluation.metrics import scalars, scores
from catnet.goals import GOALS, penalty
from catnet.session import Row, Session


def measure(session: Session, first: int, costs: Array, seconds: tuple[float, float]) -> list[Row]:
    """The rows of metrics.csv of the epochs from `first` on, trained between these seconds.

    With validation data, where the epochs come one by one, a row has the metrics on them too.
    """
    start, end = seconds
    rows: list[Row] = [
        {
            "epoch": epoch,
            "train_cost": train_cost,
            "learning_rate": session.solver.task.schedule.learning_rate_at(epoch),
            "seconds": round(start + (end - start) * (epoch - first + 1) / len(costs), 6),
        }
        for epoch, train_cost in enumerate(costs.tolist(), start=first)
    ]
    if session.validation is not None and rows:
        with np.errstate(over="ignore", invalid="ignore"):
            logits = session.solver.outputs(session.validation.inputs)
            J = cost(session.model.network, logits, session.validation.labels, session.validation.weights)
            labels = session.dataset.splits["validation"].labels
            values = {"cost": J, **scalars(session.config.goal, session.model.answer(logits), labels)}
        rows[-1] |= {f"validation_{name}": known(value) for name, value in values.items()}
    unknown: Row = dict.fromkeys(watched_columns(session))
    rows = [row | unknown for row in rows]
    if rows and rows[-1]["epoch"] in watched_epochs(session.config.train.epochs):
        rows[-1] |= watch(session)
    return rows


def known(value: float | None) -> float | None:
    """The value; None where it is not a number."""
    return None if value is None or math.isnan(value) else value


@cache
def watched_epochs(epochs: int) -> frozenset[int]:
    """Some 25 of the epochs 1, ..., epochs: evenly spread, more of the first ones; the first and the last always."""
    evenly, early = np.linspace(1, epochs, 21), np.geomspace(1, epochs, 8)
    return frozenset(np.rint(np.concatenate([evenly, early])).astype(int).tolist())


def next_watched(epoch: int, epochs: int) -> int:
    """The first watched epoch from this one on."""
    return min(watched for watched in watched_epochs(epochs) if watched >= epoch)


def watched_columns(session: Session) -> list[str]:
    """What only the rows of watched epochs have, for the eye: nothing is chosen by it.

    The goal's first metric on the training data; and, where there is test data but none to validate on, its cost and
    first metric, which tell from when on the network overfits.
    """
    name = GOALS[session.config.goal].headline
    test = session.validation is None and "test" in session.dataset.splits
    return [f"train_{name}", *(("test_cost", f"test_{name}") if test else ())]


def watch(session: Session) -> Row:
    """The watched columns' values after the last epoch; of the training data as its forward passes saw them."""
    goal, model, splits = session.config.goal, session.model, session.dataset.splits

    def first_metric(logits: Array, labels: Array) -> float:
        return float(scores(goal, model.answer(logits), labels).mean())

    with np.errstate(over="ignore", invalid="ignore"):
        values = [first_metric(session.solver.logits, splits["train"].labels)]
        if len(watched_columns(session)) > 1:
            test = splits["test"]
            logits = session.solver.outputs(model.inputs(test.rows))
            values += [cost(model.network, logits, model.labels(test.labels)), first_metric(logits, test.labels)]
    return dict(zip(watched_columns(session), map(known, values), strict=True))


def badness_of(session: Session, row: Row) -> float:
    """The metric by which the best epoch is chosen, turned so that smaller is better; infinite where unknown."""
    if session.validation is None:
        return -session.epoch
    metric = criterion(session.config)
    return penalty(metric.removeprefix("validation_"), row[metric])


def criterion(config: Config) -> str:
    """The metric by which the best epoch is chosen, where there is validation data."""
    early_stopping = config.train.early_stopping
    return early_stopping.metric if early_stopping else "validation_cost"
