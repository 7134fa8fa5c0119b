"""Whether the data is still what was read at the start: it may be a memory map of a file, which others can change.

A change stays until somebody undoes it. So a checkpoint is good if the data is found unchanged before it is saved, or
later; one that was undone in between is not noticed.
"""

import time

from catnet.errors import DataChanged, DataError
from catnet.text import listed, printable
from catnet.training.session import Session

SHARE, FREE_SECONDS = 0.01, 1.0  # of the time of a training that is spent on it, and how much more


def verify_if_cheap(session: Session) -> None:
    """Before the epoch is saved: verifies the data, unless that has already taken too much of the time.

    Data larger than the memory comes from the disk each time. Raises DataChanged.
    """
    verified = session.verified
    if verified.seconds > FREE_SECONDS + SHARE * (time.monotonic() - verified.started):
        verified.unsure.append(session.epoch)
    else:
        verify(session)


def verify(session: Session) -> None:
    """Raises DataChanged if the file that the data is a memory map of has changed since it was read."""
    verified, run, started = session.verified, session.run, time.monotonic()
    try:
        session.setup.dataset.verify()
    except DataError as error:
        saved = sorted(run.penalties)
        message = f"{error}. A training that starts or resumes decodes them again"
        if unsure := [epoch for epoch in saved if epoch in verified.unsure]:
            message += (
                f". The checkpoints of {printable(run.path)} after epoch {listed(unsure)} may have learned from "
                "the change: remove them first"
            )
        good = len(saved) > len(unsure)
        raise DataChanged(message, run.path if good else None) from error
    verified.seconds += time.monotonic() - started
    verified.unsure.clear()
