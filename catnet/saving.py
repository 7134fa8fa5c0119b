"""Saving: when, what, and what is said of it where something went wrong."""

import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager

from catnet.config.dump import as_dict
from catnet.errors import Diverged, OutputError
from catnet.measuring import badness_of
from catnet.runs.checkpoints import Checkpoint
from catnet.runs.history import to_columns
from catnet.session import Session
from catnet.text import printable

CHECKPOINTS_A_RUN = 10
SECONDS_BETWEEN_CHECKPOINTS = 30.0


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
        "config": as_dict(session.config),
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


@contextmanager
def naming_the_last_good_checkpoint(session: Session) -> Iterator[None]:
    """Adds to an OutputError from where the training can go on."""
    try:
        yield
    except OutputError as error:
        mend = f" Mend that, then go on with: {command_to_resume(session)}" if session.run.saved else ""
        raise OutputError(f"{error}. {last_good(session)}{mend}") from error


def last_good(session: Session) -> str:
    """Which checkpoint there is to go on from."""
    saved = max(session.run.saved, default=None)
    if saved is None:
        return "There is no checkpoint yet."
    return f"The last good checkpoint is {printable(session.run.numbered(saved))}."


def command_to_resume(session: Session) -> str:
    """What to type to go on."""
    return f"catnet train --resume {printable(shlex.quote(str(session.run.path)))}"


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
