"""Event files of a training, which TensorBoard follows."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from catnet.runs.files import make_folders, writing
from catnet.runs.history import EPOCH, Row
from catnet.runs.layout import TENSORBOARD, entries
from catnet.training.save import naming_the_last_good_checkpoint
from catnet.training.session import Session

SECONDS_BETWEEN_FLUSHES = 10.0
NAME = "events.out.tfevents.{}.catnet"
NUMBERED = re.compile(r"events\.out\.tfevents\.(\d+)\..*", re.DOTALL)


@contextmanager
def event_log(session: Session, log: str | None) -> Iterator[Callable[[Row], None]]:
    """Writes each row's values as event files; does nothing without --log. Raises SaveFailed if it cannot.

    They are written in this thread: that of tensorboardX's SummaryWriter ends at an error, and the training would wait
    for it for ever. A training that is resumed writes the epochs before it again, and that the earlier files no longer
    count: a killed one may have written epochs that are now trained again, and not all those before them.
    """
    if log is None:
        yield lambda row: None
        return
    from tensorboardX.proto.event_pb2 import Event, SessionLog  # which is an extra
    from tensorboardX.record_writer import RecordWriter
    from tensorboardX.summary import scalar

    folder, flushed = session.run.path / TENSORBOARD, 0.0
    start = time.time() - (session.history[-1]["seconds"] or 0 if session.history else 0)

    def add(row: Row) -> None:
        wall_time = start + (row["seconds"] or 0)
        for name, value in row.items():
            split, _, metric = name.partition("_")
            tag = f"{metric}/{split}" if split in ("train", "validation", "test") else name
            if name != EPOCH and value is not None:
                event = Event(wall_time=wall_time, step=int(row[EPOCH] or 0), summary=scalar(tag, value))
                writer.write(event.SerializeToString())

    def write(row: Row) -> None:
        nonlocal flushed
        with saving(session):
            add(row)
            if time.monotonic() - flushed > SECONDS_BETWEEN_FLUSHES:
                writer.flush()
                flushed = time.monotonic()

    with saving(session):
        make_folders(folder)
        writer = RecordWriter(str(new_file(folder)))
    try:
        with saving(session):
            writer.write(Event(wall_time=start, file_version="brain.Event:2").SerializeToString())
            if session.history:
                again = SessionLog(status=SessionLog.START)
                writer.write(Event(wall_time=start, step=0, session_log=again).SerializeToString())
            for row in session.history:
                add(row)
        yield write
    finally:
        with saving(session):
            writer.close()


@contextmanager
def saving(session: Session) -> Iterator[None]:
    """Turns an error of writing the event files into a SaveFailed."""
    with naming_the_last_good_checkpoint(session), writing(session.run.path / TENSORBOARD):
        yield


def new_file(folder: Path) -> Path:
    """A path in the folder whose name sorts behind all others, for TensorBoard reads them in that order.

    So its number is the time, unless the clock was set back. It is absolute, because tensorboardX takes `s3:` at the
    start for another kind of place.
    """
    names = (NUMBERED.fullmatch(path.name) for path in entries(folder))
    number = max([int(time.time()), *(int(name[1]) + 1 for name in names if name)])
    return folder.absolute() / NAME.format(number)
