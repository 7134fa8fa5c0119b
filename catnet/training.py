"""Training: from a configuration to a run directory that holds a trained model.

session = prepare(config, lambda: RunDirectory.create(path))
for row in train(session):      # a row an epoch, as in metrics.csv
    ...
summary = finish(session)       # the best model's metrics on every split, as in summary.json
"""

import math
import platform
import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

import catnet
from catnet.config import Config
from catnet.config.dump import written
from catnet.data.names import printable
from catnet.engine.activations import Array
from catnet.engine.network import cost
from catnet.engine.parallel import blas
from catnet.errors import Diverged, OutputError
from catnet.evaluation.evaluate import evaluate
from catnet.evaluation.metrics import HEADLINE, SMALLER_IS_BETTER, scalars, scores
from catnet.runs.checkpoints import Checkpoint
from catnet.runs.files import demand_room
from catnet.runs.history import to_columns
from catnet.session import Best, Row, Session, prepare

__all__ = ["finish", "prepare", "train"]

CHECKPOINTS_A_RUN = 10
SECONDS_BETWEEN_CHECKPOINTS = 30.0
SECONDS_TOGETHER = 0.1  # of training between two looks at the clock, the user's wishes and the checkpoints


def train(session: Session, stop: Callable[[], bool] = lambda: False) -> Iterator[Row]:
    """Trains epoch after epoch, from the one after the last finished; yields each one's row of metrics.csv.

    Quick epochs are trained some at a time, a tenth of a second's worth; how many does not change what is learned.
    Ends after the last epoch, when early stopping says so, or after the epochs in which `stop()` became true; what
    was learned is saved then. Raises Diverged at the first epoch whose cost or weights are not finite; OutputError.
    """
    epochs, first = session.config.train.epochs, session.epoch + 1
    if first > epochs or out_of_patience(session):
        return
    timer = CheckpointTimer(session)
    """Trains epoch after epoch, from the one after the last finished; yields each one's row of metrics.csv.

    Quick epochs are trained some at a time, a tenth of a second's worth; how many does not change what is learned.
    Ends after the last epoch, when early stopping says so, or after the epochs in which `stop()` became true; what
    was learned is saved then. Raises Diverged at the first epoch whose cost or weights are not finite; OutputError.
    """
    epochs = session.config.train.epochs
    timer = CheckpointTimer(session)
    started = time.monotonic() - session.seconds
    together, over = 1, is_over(session)
    with naming_the_last_good_checkpoint(session):
        demand_room(session.run.checkpoints, bytes_of_a_save(session))
    while not over:
        first = session.epoch + 1
        last = min(first + together - 1, timer.next_due(first), next_watched(first, epochs))
        begun = time.monotonic()
        costs = session.solver.run(first, last)
        rows = measure(session, first, costs[: finite_epochs(costs)], (begun - started, time.monotonic() - started))
        session.history += rows
        with naming_the_last_good_checkpoint(session):
            session.run.log(rows)
        if session.epoch < last:
            raise diverged(session, session.epoch + 1)
        if session.epoch == epochs and not ends_finite(session):
            raise diverged(session, epochs)
        remember_the_best(session)
        over = is_over(session) or stop()
        if over or timer.is_due(session.epoch):
            with naming_the_last_good_checkpoint(session):
                save(session)
        yield from rows
        together = epochs_together(session, (time.monotonic() - begun) / len(rows))


def is_over(session: Session) -> bool:
    """Whether the last epoch is done, or early stopping has ended the training before it."""
    return session.epoch >= session.config.train.epochs or out_of_patience(session)


def epochs_together(session: Session, seconds: float) -> int:
    """How many epochs of so many seconds to train before looking again: one, where each is measured or takes long."""
    if session.validation is not None:
        return 1
    return max(1, int(SECONDS_TOGETHER / max(seconds, 1e-6)))


def finite_epochs(costs: Array) -> int:
    """How many epochs there were before the first whose cost or weights are not finite."""
    return len(costs) if np.isfinite(costs).all() else int(np.argmin(np.isfinite(costs)))


def ends_finite(session: Session) -> bool:
    """Whether the last epoch's update left a finite training cost, which no epoch after it will tell."""
    task = session.solver.task
    with np.errstate(over="ignore", invalid="ignore"):
        logits = session.solver.outputs(task.inputs)
        return math.isfinite(cost(task.network, logits, task.labels, task.weights))


def measure(session: Session, first: int, costs: Array, seconds: tuple[float, float]) -> list[Row]:
    """The rows of metrics.csv of the epochs from `first` on, trained between these seconds.

    With validation data, where the epochs come one by one, a row has the metrics on them too.
    """
    start, end = seconds
    rows: list[Row] = [
        {
            "epoch": epoch,
            "train_cost": train_cost,
            "learning_rate": session.solver.task.learning_rate_at(epoch),
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
    name = HEADLINE[session.config.goal]
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


def remember_the_best(session: Session) -> None:
    """Without validation data the last epoch counts as the best."""
    if session.validation is None:
        session.best.epoch = session.epoch
    elif (badness := badness_of(session, session.history[-1])) < session.best.badness or session.epoch == 1:
        session.best = Best(session.epoch, badness, session.solver.snapshot())


def badness_of(session: Session, row: Row) -> float:
    """The metric by which the best epoch is chosen, turned so that smaller is better; infinite where unknown."""
    if session.validation is None:
        return -session.epoch
    metric = criterion(session.config)
    value = row[metric]
    if value is None or not math.isfinite(value):
        return math.inf
    return value if metric.removeprefix("validation_") in SMALLER_IS_BETTER else -value


def criterion(config: Config) -> str:
    """The metric by which the best epoch is chosen, where there is validation data."""
    early_stopping = config.train.early_stopping
    return early_stopping.metric if early_stopping else "validation_cost"


def out_of_patience(session: Session) -> bool:
    """Whether early stopping's metric has not improved for `patience` epochs."""
    early_stopping = session.config.train.early_stopping
    return early_stopping is not None and session.epoch - session.best.epoch >= early_stopping.patience


class CheckpointTimer:
    """When to save: each so many epochs; auto: after the first, each tenth of the epochs, and at least each 30 s."""

    def __init__(self, session: Session) -> None:
        every = session.config.train.checkpoint_every
        self.auto = every == "auto"
        self.every = max(1, session.config.train.epochs // CHECKPOINTS_A_RUN) if every == "auto" else every
        self.last = time.monotonic()

    def next_due(self, epoch: int) -> int:
        """The first epoch from this one on that is to be saved, whatever the clock says."""
        if self.auto and epoch == 1:
            return 1
        return -(-epoch // self.every) * self.every

    def is_due(self, epoch: int) -> bool:
        """Whether this epoch is to be saved. The caller then does so."""
        late = time.monotonic() - self.last > SECONDS_BETWEEN_CHECKPOINTS
        if epoch % self.every == 0 or (self.auto and (epoch == 1 or late)):
            self.last = time.monotonic()
            return True
        return False


def save(session: Session) -> None:
    """Writes the numbered checkpoint, then, where it is another one, best.safetensors. Raises OutputError.

    The checkpoint holds the best epoch's parameters too: whatever happens between the two, a training that goes on
    from it has the best model that belongs to it.
    """
    best = session.best_model()
    facts = {
        "config": written(session.config),
        "solver": {"name": session.solver.name, "reason": session.reason},
        "best_epoch": best.epoch,
        "fingerprint": session.fingerprints,
        "examples": {name: len(split.rows) for name, split in session.dataset.splits.items()},
        "environment": session.environment,
    }
    checkpoint = Checkpoint(
        session.current_model(),
        session.solver.state,
        best.parameters if best.epoch < session.epoch else {},
        to_columns(session.history),
        facts,
    )
    session.run.save_checkpoint(checkpoint, badness_of(session, session.history[-1]))
    session.run.save_best(Checkpoint(best))


def bytes_of_a_save(session: Session) -> int:
    """About what the next save writes: the parameters, those of the best epoch twice, and the solver's state."""
    parameters = sum(P.nbytes for P in session.model.parameters.values())
    return 3 * parameters + sum(values.nbytes for values in session.solver.state.values())


def last_good(session: Session) -> str:
    """Which checkpoint there is to go on from."""
    saved = max(session.run.saved, default=None)
    if saved is None:
        return "There is no checkpoint yet."
    return f"The last good checkpoint is {printable(session.run.numbered(saved))}."


def command_to_resume(session: Session) -> str:
    """What to type to go on."""
    return f"catnet train --resume {printable(shlex.quote(str(session.run.path)))}"


@contextmanager
def naming_the_last_good_checkpoint(session: Session) -> Iterator[None]:
    """Adds to an OutputError from where the training can go on."""
    try:
        yield
    except OutputError as error:
        mend = f" Mend that, then go on with: {command_to_resume(session)}" if session.run.saved else ""
        raise OutputError(f"{error}. {last_good(session)}{mend}") from error


def diverged(session: Session, epoch: int) -> Diverged:
    """The message for a training that left the finite numbers in this epoch."""
    config = session.config
    mend = f"lower train.learning_rate (it is {config.train.learning_rate:g})"
    if config.goal == "regression" and config.data.target_scaling == "none":
        mend += ", or set data.target_scaling: standard"
    if config.data.scaling == "none":
        mend += ", or set data.scaling"
    return Diverged(
        f"{printable(session.run.path)}: training diverged in epoch {epoch}: "
        f"the cost or a weight is not a finite number; {mend}. {last_good(session)}"
    )


def finish(session: Session) -> dict[str, Any]:
    """Measures the best model on every split, and writes and returns what summary.json holds.

    Raises Diverged where what it answers to one of them is not finite; OutputError.
    """
    config, model = session.config, session.best_model()
    with np.errstate(over="ignore", invalid="ignore"):
        metrics = {name: evaluate(model, split) for name, split in session.dataset.splits.items()}
    numbers = (value for of_split in metrics.values() for value in of_split.values() if isinstance(value, float))
    if not all(map(math.isfinite, numbers)):
        raise diverged(session, model.epoch)
    summary = {
        "run": session.run.path.name,
        "goal": config.goal,
        "classes": list(model.classes),
        "negative": model.negative,
        "target": model.target,
        "parameters": model.network.parameter_count,
        "epochs": session.epoch,
        "best_epoch": model.epoch,
        "stopped_early": session.epoch < config.train.epochs,
        "seconds": session.history[-1]["seconds"],
        "solver": {"name": session.solver.name, "reason": session.reason},
        "blas": blas(),
        "precision": config.train.precision,
        "metrics": metrics,
        "skipped": len(session.dataset.skipped),
        "fingerprint": session.fingerprints,
        "versions": {"catnet": catnet.__version__, "python": platform.python_version(), "numpy": np.__version__},
        "machine": f"{platform.system()} {platform.machine()}",
    }
    with naming_the_last_good_checkpoint(session):
        session.run.write_json("summary.json", summary)
    return summary
