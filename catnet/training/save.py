"""Saving: when, what, and the message if something goes wrong."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np

from catnet.config import Config, TrainConfig
from catnet.errors import Diverged, OutputError, RunTaken, SaveFailed
from catnet.goals import REGRESSION
from catnet.model import Model
from catnet.runs.checkpoints import Checkpoint, is_finite
from catnet.runs.history import to_columns
from catnet.runs.layout import checkpoint_path
from catnet.text import alternatives, in_brief, printable
from catnet.training.measure import penalty_of
from catnet.training.session import Session
from catnet.training.verify import verify_if_cheap

CHECKPOINTS_PER_RUN = 10
SECONDS_BETWEEN_CHECKPOINTS = 30.0
SHARE_OF_SAVES = 0.1  # of the time, at most, unless that would leave more seconds between two checkpoints
MUCH_WEIGHT = 100  # a class weight that raises the steps by as much as a learning rate can be too high


class CheckpointTimer:
    """When to save, besides at the end: every so many epochs; auto: after the first, each tenth of all epochs unless
    the saves would then take more than a tenth of the time, and at least every 30 s.
    """

    def __init__(self, settings: TrainConfig) -> None:
        every = settings.checkpoint_every
        self.auto = every == "auto"
        self.every = -(-settings.epochs // CHECKPOINTS_PER_RUN) if every == "auto" else every
        self.seconds = 0.0  # that the last save took; 0 before the first
        self.last = time.monotonic()  # when it was done

    def next_due(self, epoch: int) -> int:
        """The first epoch from this one on that is to be saved, whatever the clock says."""
        if self.auto and epoch == 1:
            return 1
        return -(-epoch // self.every) * self.every

    def is_due(self, epoch: int) -> bool:
        """Whether this epoch is to be saved."""
        if not self.auto:
            return epoch % self.every == 0
        trained = time.monotonic() - self.last
        pays = self.seconds <= SHARE_OF_SAVES * (self.seconds + trained)
        return epoch == 1 or (epoch % self.every == 0 and pays) or trained > SECONDS_BETWEEN_CHECKPOINTS

    @contextmanager
    def saving(self) -> Iterator[None]:
        """Times a save."""
        begun = time.monotonic()
        yield
        self.last = time.monotonic()
        self.seconds = self.last - begun


def save(session: Session) -> None:
    """Writes the numbered checkpoint, then best.safetensors if another epoch is now the best.

    Raises OutputError; DataChanged if what was learned from has changed, and Diverged if whitening folded into finite
    weights makes too large ones, so that nothing is saved.

    The checkpoint holds the best epoch's parameters too: whatever happens between the two, a training that resumes
    from it has the best model that belongs to it.
    """
    verify_if_cheap(session)
    setup, state = session.setup, session.solver.state  # first: it forms the parameters too, in the same pass
    best = session.best_model()
    model = best if best.epoch == session.epoch else session.current_model()
    for folded in (best, model):
        if not is_finite(folded.parameters["W1"]):
            raise diverged(session, folded.epoch)
    unfolded = {} if setup.whitening is None else setup.whitening.state(session.solver.parameters())
    checkpoint = Checkpoint(
        model,
        state | unfolded,
        best.parameters if best.epoch < session.epoch else {},
        to_columns(session.history),
        replace(session.facts, best_epoch=best.epoch),
    )
    session.run.save_checkpoint(checkpoint, penalty_of(setup.config, session.history[-1]))
    save_best(session, best)


def save_best(session: Session, best: Model) -> None:
    """Writes best.safetensors with the model of the best epoch, unless it holds that already: with the thresholds that
    were stored with the same model before; if that model is no longer the best, a warning says that they are gone.
    """
    chosen = session.chosen
    if chosen is not None and is_trained_alike(chosen, best):
        best = replace(best, thresholds=chosen.thresholds)
    elif chosen is not None and chosen.epoch <= session.epoch:  # else it may come again
        pairs = zip(chosen.question.classes, chosen.thresholds or (), strict=True)
        values = in_brief([f"{printable(name)} {value:.4g}" for name, value in pairs])
        session.warnings.append(
            f"the thresholds stored with the model of epoch {chosen.epoch} ({values}) are gone: another epoch is "
            "the best; choose and store them again"
        )
        session.chosen = None
    session.run.save_best(Checkpoint(best))


def is_trained_alike(one: Model, other: Model) -> bool:
    """Whether two models of one training are of the same epoch, have the same parameters, and answer over the same
    views.
    """
    same = (np.array_equal(one.parameters.get(name, ()), P) for name, P in other.parameters.items())
    return (one.epoch, one.network, one.views) == (other.epoch, other.network, other.views) and all(same)


def bytes_of_a_save(session: Session) -> int:
    """About what the next save writes: the parameters, those of the best epoch twice, and the solver's state."""
    setup, state = session.setup, session.solver.state
    if setup.whitening is not None:
        state |= setup.whitening.state(setup.task.initial)
    parameters = sum(P.nbytes for P in setup.model.parameters.values())
    return 3 * parameters + sum(values.nbytes for values in state.values())


@contextmanager
def naming_the_last_good_checkpoint(session: Session) -> Iterator[None]:
    """Turns an OutputError into a SaveFailed, which names the checkpoint that the training can be resumed from.

    Raises RunTaken instead if the run directory is no longer there.
    """
    try:
        yield
    except RunTaken:
        raise
    except OutputError as error:
        session.run.require_lock()
        run = None if last_saved(session) is None else session.run.path
        raise SaveFailed(f"{error}. {last_good(session)}", run) from error


def last_saved(session: Session) -> int | None:
    """The epoch of the newest checkpoint that this training has written or started from, and that is still there."""
    there = (at for at in session.run.penalties if os.path.exists(checkpoint_path(session.run.path, at)))
    return max(there, default=None)


def last_good(session: Session) -> str:
    """Which checkpoint the training can be resumed from."""
    saved = last_saved(session)
    if saved is None:
        return "There is no checkpoint yet."
    return f"The last good checkpoint is {printable(checkpoint_path(session.run.path, saved))}."


def excessive(config: Config) -> Iterator[str]:
    """The keys whose values alone can make the learning rate too high for the weights or for the cost."""
    train, weights = config.train, config.train.class_weights
    if train.weight_decay * train.learning_rate >= 1:  # each step takes a weight to 0 or beyond
        yield f"train.weight_decay (it is {train.weight_decay:g})"
    if isinstance(weights, dict) and max(weights.values(), default=0) >= MUCH_WEIGHT:
        yield f"train.class_weights (they go up to {max(weights.values()):g})"


def diverged(session: Session, epoch: int) -> Diverged:
    """The message for a training whose numbers are no longer finite in this epoch."""
    config = session.setup.config
    fix = f"lower {alternatives([*excessive(config), f'train.learning_rate (it is {config.train.learning_rate:g})'])}"
    if config.goal == REGRESSION and config.data.target_scaling == "none":
        fix += ", or set data.target_scaling: standard"
    if config.data.scaling == "none":
        fix += ", or set data.scaling"
    return Diverged(
        f"{printable(session.run.path)}: training diverged in epoch {epoch}: "
        f"the cost or a weight is not a finite number; {fix}. {last_good(session)}"
    )
