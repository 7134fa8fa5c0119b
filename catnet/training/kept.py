"""The epochs whose weights a training keeps, if train.keep_weights says how many: for the report, and for `compare`."""

from collections.abc import Sequence

import numpy as np

from catnet.config import TrainConfig
from catnet.engine.costs import batch_costs
from catnet.engine.types import Array
from catnet.runs.checkpoints import Checkpoint, is_finite
from catnet.runs.kept import BATCH_COSTS
from catnet.training.save import diverged
from catnet.training.session import Session


def kept_epochs(settings: TrainConfig) -> tuple[int, ...]:
    """The start, which is epoch 0, the last epoch, and those between, evenly spread in the logarithm: as many as
    train.keep_weights says, or all if there are fewer; none without that key.
    """
    if settings.keep_weights is None:
        return ()
    count = min(settings.keep_weights - 1, settings.epochs)
    places = np.arange(count)
    epochs = np.rint(np.geomspace(settings.epochs, 1, count)[::-1]).astype(int)
    epochs = np.maximum.accumulate(epochs - places) + places  # distinct: early ones would be the same
    return 0, *epochs.tolist()


def next_of(epochs: Sequence[int], first: int, last: int) -> int:
    """The first of these ascending epochs from one on; the last epoch if there is none."""
    return next((epoch for epoch in epochs if epoch >= first), last)


def keep_weights(session: Session) -> None:
    """Keeps the parameters after the last epoch, and the costs that its batches had.

    Raises OutputError; Diverged if whitening folded into finite weights makes too large ones.
    """
    model = session.current_model() if session.epoch else session.setup.model
    if not is_finite(model.parameters["W1"]):
        raise diverged(session, session.epoch)
    session.run.keep_weights(Checkpoint(model, {BATCH_COSTS: costs_of_last_epoch(session)}))


def costs_of_last_epoch(session: Session) -> Array:
    """The cost J of each batch of the last epoch, as its forward passes saw it, (updates,); (0,) before the first."""
    task = session.setup.task
    if session.epoch == 0:
        return np.zeros(0)
    if task.is_full_batch:
        return np.array([session.history[-1]["train_cost"]], np.float64)
    return batch_costs(task, session.epoch, session.solver.logits)


def bytes_to_keep(session: Session) -> int:
    """About what is still to be kept."""
    setup = session.setup
    left = sum(epoch >= session.epoch for epoch in kept_epochs(setup.config.train))
    of_each = sum(P.nbytes for P in setup.model.parameters.values()) + 8 * setup.task.updates_per_epoch
    return left * of_each
