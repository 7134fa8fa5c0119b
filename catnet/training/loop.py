"""The loop: epoch after epoch, measured and saved; and what is measured when it is over."""

import math
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import numpy as np

import catnet
from catnet.engine.network import cost
from catnet.engine.parallel import blas
from catnet.engine.solvers import Solver
from catnet.engine.types import Array
from catnet.evaluation.baselines import baselines_of, facts_of
from catnet.evaluation.evaluate import all_finite, evaluate
from catnet.evaluation.metrics import BASELINES
from catnet.runs.files import require_room
from catnet.runs.history import Row
from catnet.training.kept import bytes_to_keep, keep_weights, kept_epochs, next_of
from catnet.training.measure import keeps_last, measure, next_watched, penalty_of, validates_each_epoch
from catnet.training.save import CheckpointTimer, bytes_of_a_save, diverged, naming_the_last_good_checkpoint, save
from catnet.training.session import Best, Session, Training
from catnet.training.verify import verify

SECONDS_TOGETHER = 0.1  # of training between two looks at the clock, the user's wishes and the checkpoints


def train(session: Session, stop: Callable[[], bool] = lambda: False, until: int | None = None) -> Iterator[Row]:
    """Trains epoch after epoch, from the one after the last finished; yields the row of metrics.csv of each.

    Quick epochs are trained some at a time, a tenth of a second's worth; how many does not change what is learned.
    Ends after the last epoch, or the epoch `until`, when early stopping says so, or after the epochs in which `stop()`
    became true; what was learned is saved then. Raises Diverged at the first epoch whose cost or weights are not
    finite; DataChanged; OutputError.
    """
    timer = CheckpointTimer(session.setup.config.train)
    started = time.monotonic() - session.seconds
    end = session.setup.config.train.epochs if until is None else until
    together, over, kept = 1, is_over(session) or session.epoch >= end, kept_epochs(session.setup.config.train)
    with naming_the_last_good_checkpoint(session):
        require_room(session.run.checkpoints, bytes_of_a_save(session) + bytes_to_keep(session))
        if kept and session.epoch == 0:
            keep_weights(session)
        while not over:
            following = session.epoch + 1
            last = min(session.epoch + together, timer.next_due(following), next_of(kept, following, end), end)
            begun = time.monotonic()
            rows, diverged_in = advance(session, last, started)
            session.run.log(session.history, len(rows))
            if diverged_in:
                raise diverged(session, diverged_in)
            if session.epoch in kept or (kept and is_over(session)):
                keep_weights(session)  # before the save: whoever resumes from it does not keep this epoch again
            over = is_over(session) or session.epoch >= end or stop()
            if over or timer.is_due(session.epoch):
                with timer.saving():
                    save(session)
            yield from rows
            together = epochs_together(session, (time.monotonic() - begun) / len(rows))


def train_unsaved(training: Training) -> int | None:
    """Trains to the end, without saving. Returns the epoch in which it diverged, None if it did not."""
    started, together, diverged_in = time.monotonic(), 1, None
    while diverged_in is None and not is_over(training):
        begun = time.monotonic()
        rows, diverged_in = advance(training, training.epoch + together, started)
        together = epochs_together(training, (time.monotonic() - begun) / max(1, len(rows)))
    return diverged_in


def advance(training: Training, last: int, started: float) -> tuple[list[Row], int | None]:
    """Trains and measures up to the epoch `last`, or the first watched one before it.

    Returns the rows of the epochs, and the first epoch whose cost or weights are not finite, None if all are. `started`
    is when the training was, by the monotonic clock.
    """
    setup, solver, epochs = training.setup, training.solver, training.setup.config.train.epochs
    first, begun = training.epoch + 1, time.monotonic()
    last = min(last, next_watched(first, epochs))
    costs = solver.run(first, last)
    seconds = (begun - started, time.monotonic() - started)
    rows = measure(setup, solver, first, costs[: finite_epochs(costs)], seconds)
    training.history += rows
    if training.epoch < last:
        return rows, training.epoch + 1
    if training.epoch == epochs and not ends_finite(solver):
        return rows, epochs
    remember_the_best(training)
    return rows, None


def is_over(training: Training) -> bool:
    """Whether the last epoch is done, or early stopping's metric has not improved for `patience` epochs."""
    settings = training.setup.config.train
    patience = math.inf if settings.early_stopping is None else settings.early_stopping.patience
    return training.epoch >= settings.epochs or training.epoch - training.best.epoch >= patience


def stops_at_once(session: Session) -> Iterator[str]:
    """The warning that early stopping leaves nothing to train, although there are epochs left."""
    settings = session.setup.config.train
    if settings.early_stopping is not None and session.epoch < settings.epochs and is_over(session):
        yield (
            f"early stopping ends the training at once: no epoch after {session.best.epoch} was better, in "
            f"{session.epoch - session.best.epoch} epochs; to train on, raise "
            f"train.early_stopping.patience (it is {settings.early_stopping.patience})"
        )


def epochs_together(training: Training, seconds: float) -> int:
    """How many epochs of so many seconds to train before the next look: one if each is validated or takes long."""
    if validates_each_epoch(training.setup):
        return 1
    return max(1, int(SECONDS_TOGETHER / max(seconds, 1e-6)))


def finite_epochs(costs: Array) -> int:
    """How many epochs there were before the first whose cost or weights are not finite."""
    return len(costs) if np.isfinite(costs).all() else int(np.argmin(np.isfinite(costs)))


def ends_finite(solver: Solver) -> bool:
    """Whether the training cost after the last epoch's update is finite, which no later epoch will show."""
    task = solver.task
    with np.errstate(over="ignore", invalid="ignore"):
        logits = solver.outputs(task.inputs)
        return math.isfinite(cost(task.network, logits, task.labels, task.weights))


def remember_the_best(training: Training) -> None:
    """If the last is kept, or without validation data, the last epoch counts as the best."""
    if keeps_last(training.setup):
        training.best.epoch = training.epoch
        return
    penalty = penalty_of(training.setup.config, training.history[-1])
    if penalty < training.best.penalty or training.epoch == 1:
        training.best = Best(training.epoch, penalty, training.solver.snapshot())


def trained_network(session: Session) -> dict[str, int]:
    """Of the network that was trained, if that is not the stored one: its inputs and parameters."""
    network = session.setup.task.network
    whitened = session.setup.whitening is not None
    return {"components": network.sizes[0], "trained_parameters": network.parameter_count} if whitened else {}


def finish(session: Session) -> dict[str, Any]:
    """Measures the best model on every split, and writes and returns what summary.json holds.

    Raises Diverged if its metrics on one of them are not finite; DataChanged; OutputError.
    """
    config, dataset, model = session.setup.config, session.setup.dataset, session.best_model()
    baselines = baselines_of(dataset, model.box_average)
    with np.errstate(over="ignore", invalid="ignore"):
        metrics = {name: evaluate(model, split, baselines) for name, split in dataset.splits.items()}
    verify(session)
    if not all_finite(metrics):
        raise diverged(session, model.epoch)
    summary = {
        "run": session.run.path.name,
        **model.question.to_json(),
        "parameters": model.network.parameter_count,
        **trained_network(session),
        "epochs": session.epoch,
        "best_epoch": model.epoch,
        "keep": config.train.keep,
        "stopped_early": session.epoch < config.train.epochs,
        "seconds": session.history[-1]["seconds"],
        "solver": asdict(session.facts.solver),
        "blas": blas(),
        "precision": config.train.precision,
        "metrics": metrics,
        BASELINES: facts_of(baselines, metrics),
        "data": session.setup.read.to_json(),
        "duplicates": dataset.overlap,
        "notes": session.notes,
        "skipped": len(dataset.skipped),
        "fingerprint": session.facts.fingerprint,
        "versions": {"catnet": catnet.__version__, "python": platform.python_version(), "numpy": np.__version__},
        "machine": f"{platform.system()} {platform.machine()}",
    }
    with naming_the_last_good_checkpoint(session):
        session.run.write_summary(summary)
    return summary
