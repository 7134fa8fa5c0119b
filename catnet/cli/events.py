"""Event files of a training, which TensorBoard follows."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from catnet.runs.files import make_folders, writing
from catnet.runs.history import EPOCH, Row
from catnet.runs.layout import TENSORBOARD
from catnet.training.save import naming_the_last_good_checkpoint
from catnet.training.session import Session

SECONDS_BETWEEN_FLUSHES = 10.0


@contextmanager
def event_log(session: Session, log: str | None) -> Iterator[Callable[[Row], None]]:
    """Writes each row's values as event files; does nothing without --log. Raises SaveFailed if it cannot.

    They are written in this thread: that of tensorboardX's SummaryWriter ends at an error, and the training would wait
    for it for ever.
    """
    if log is None:
        yield lambda row: None
        return
    from tensorboardX.event_file_writer import EventsWriter  # which is an extra
    from tensorboardX.proto.event_pb2 import Event
    from tensorboardX.summary import scalar

    folder, flushed = session.run.path / TENSORBOARD, 0.0

    def write(row: Row) -> None:
        nonlocal flushed
        with naming_the_last_good_checkpoint(session), writing(folder):
            for name, value in row.items():
                split, _, metric = name.partition("_")
                tag = f"{metric}/{split}" if split in ("train", "validation", "test") else name
                if name != EPOCH and value is not None:
                    event = Event(wall_time=time.time(), step=int(row[EPOCH] or 0), summary=scalar(tag, value))
                    writer.write_event(event)
            if time.monotonic() - flushed > SECONDS_BETWEEN_FLUSHES:
                writer.flush()
                flushed = time.monotonic()

    with naming_the_last_good_checkpoint(session), writing(folder):
        make_folders(folder)
        # absolute, because tensorboardX takes `s3:` at the start for another kind of place
        writer = EventsWriter(str(folder.absolute() / "events"), f".{os.getpid()}")
    try:
        yield write
    finally:
        with naming_the_last_good_checkpoint(session), writing(folder):
            writer.close()
