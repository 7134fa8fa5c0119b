"""The writer of a run directory: where a training leaves its configuration, metrics, checkpoints and summary.

The first save flushes the names of all files to the disk, later ones that of their checkpoint, the summary its own. So
after a power failure another file may be as it was before, but whole: a resume writes it again from the checkpoint.
"""

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from catnet.errors import CheckpointError, RunTaken
from catnet.runs.checkpoints import Checkpoint, save
from catnet.runs.files import append, make_folders, remove_leftovers, sync_folder, write_atomically, writing
from catnet.runs.find import refuse_what_is_no_run
from catnet.runs.folders import new_folder, next_free
from catnet.runs.history import Row
from catnet.runs.layout import (
    BEST,
    CHECKPOINTS,
    CONFIG,
    EXAMPLE_COLUMNS,
    EXAMPLES,
    EXPLAINED,
    EXPORTED,
    LOCK,
    METRICS,
    SKIPPED,
    SUMMARY,
    WEIGHTS,
    checkpoint_epochs,
    checkpoint_path,
    damaged_path,
    weights_epochs,
    weights_path,
)
from catnet.runs.lock import Lock
from catnet.text import printable

NEWEST_KEPT = 2  # checkpoints, in addition to the best
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # of a cell that a spreadsheet takes for a formula


class RunDirectory:
    """A directory that this process alone writes to, until `close`, or until the process ends."""

    def __init__(self, path: Path) -> None:
        """Takes the lock of a directory that exists. Raises RunInUse, OutputError."""
        self.path = path
        self.checkpoints = path / CHECKPOINTS
        self.penalties: dict[int, float] = {}  # of each checkpoint's epoch; the smaller, the better
        self._is_flushed = False  # whether the disk has the names of the directory and of all that the first save left
        self.best_epoch: int | None = None  # of the best model in the directory, as far as this process knows
        self._lock = Lock(path)
        self._columns: list[str] | None = None  # of metrics.csv
        self._logged = 0  # the bytes of metrics.csv, as this process left it

    @classmethod
    def create(cls, path: Path) -> "RunDirectory":
        """Makes the directory. Raises RunExists, OutputError."""
        new_folder(path)
        with writing(path):
            try:
                run = cls(path)
            except BaseException:
                remove_empty(path)
                raise
            try:
                run.checkpoints.mkdir()
            except BaseException:
                run.discard()
                raise
        return run

    @classmethod
    def create_next(cls, root: Path, name: str) -> "RunDirectory":
        """Makes ROOT/NAME-001, or the first number after the highest there is."""
        return next_free(root, name, cls.create)

    @classmethod
    def reopen(cls, path: Path) -> "RunDirectory":
        """Opens the directory of an earlier training. Removes the temporary files of one that was killed.

        Raises CheckpointError if there is no run, RunInUse, OutputError.
        """
        if not checkpoint_epochs(path):  # which hold the configuration too
            refuse_what_is_no_run(path)
            if not os.path.lexists(path):
                raise CheckpointError(f"{printable(path)}: there is no such run directory")
            if not os.path.lexists(path / CONFIG):
                raise CheckpointError(f"{printable(path)}: is no run directory: it has no {CONFIG}")
        run = cls(path)
        for folder in (path, run.checkpoints, path / WEIGHTS, path / EXPLAINED, path / EXPORTED):
            remove_leftovers(folder)
        return run

    def close(self) -> None:
        """Releases the lock, so that others can train in the directory."""
        self._lock.release()

    def discard(self) -> None:
        """Releases the lock; removes the directory, which this process has made, if nothing was written there."""
        with suppress(RunTaken):
            self.require_lock()
            remove_empty(self.path)
        self.close()

    def require_lock(self) -> None:
        """Raises RunTaken if the path no longer leads to the directory that is locked.

        All that writes asks before it begins, and again just before the file gets its name: on a slow disk much can
        happen in between.
        """
        self._lock.require()

    def write_config(self, text: str) -> None:
        """Writes config.yaml atomically. Raises OutputError, as all that writes."""
        self._write(CONFIG, text)

    def write_summary(self, facts: Mapping[str, Any]) -> None:
        """Writes summary.json atomically."""
        self._write(SUMMARY, json.dumps(facts, indent=2, allow_nan=False) + "\n", durable=True)

    def write_examples(self, rows: Iterable[tuple[str, str, str]]) -> None:
        """Writes examples.csv atomically: each example's split, name and digest."""
        self._write(EXAMPLES, csv_text([EXAMPLE_COLUMNS, *rows]))

    def write_skipped(self, rows: Iterable[tuple[str, str]]) -> None:
        """Writes skipped.csv atomically: the names of bad examples, and why they were left out."""
        self._write(SKIPPED, csv_text([("name", "reason"), *rows]))

    def log(self, history: Sequence[Row], new: int) -> None:
        """Appends the last `new` rows of the history to metrics.csv, which others may read while it grows.

        If the file is not as this process left it, it is written again from the history.
        """
        if not new:
            return
        if self._columns is not None:
            rows = ([row[name] for name in self._columns] for row in history[-new:])
            text = csv_text(rows).encode("utf-8")
            if append(self.path / METRICS, text, self._logged, self.require_lock):
                self._logged += len(text)
                return
        self.rewrite_log(self._columns or list(history[0]), history)

    def rewrite_log(self, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Writes metrics.csv again, with these rows alone."""
        self._columns = list(columns)
        text = csv_text([columns, *([row[name] for name in columns] for row in rows)])
        self._write(METRICS, text)
        self._logged = len(text.encode("utf-8"))

    def save_best(self, checkpoint: Checkpoint) -> None:
        """Replaces best.safetensors, unless it holds the model of this epoch already.

        It does not say when the training was started, which the numbered checkpoints do: equal trainings write it
        equally, byte by byte.
        """
        self.require_lock()
        if checkpoint.model.epoch != self.best_epoch or not os.path.exists(self.path / BEST):
            save(self.path / BEST, timeless(checkpoint), self.require_lock, durable=False)
            self.best_epoch = checkpoint.model.epoch
        if not self._is_flushed:
            with writing(self.path):
                sync_folder(self.path)
                sync_folder(self.path.parent)
            self._is_flushed = True

    def save_checkpoint(self, checkpoint: Checkpoint, penalty: float) -> None:
        """Writes checkpoints/epoch-NNNNNN.safetensors, then removes all but the newest two and the best."""
        epoch = checkpoint.model.epoch
        self.require_lock()
        with writing(self.checkpoints):
            make_folders(self.checkpoints)  # somebody may have removed them
        save(checkpoint_path(self.path, epoch), checkpoint, self.require_lock)
        self.penalties[epoch] = penalty
        best = min(self.penalties, key=lambda epoch: (self.penalties[epoch], epoch))
        for old in self.penalties.keys() - {*sorted(self.penalties)[-NEWEST_KEPT:], best}:
            path = checkpoint_path(self.path, old)
            with writing(path):
                path.unlink(missing_ok=True)
            del self.penalties[old]

    def keep_weights(self, checkpoint: Checkpoint) -> None:
        """Writes weights/epoch-NNNNNN.safetensors, which does not say when the training was started either."""
        path = weights_path(self.path, checkpoint.model.epoch)
        self.require_lock()
        with writing(path.parent):
            make_folders(path.parent)
        save(path, timeless(checkpoint), self.require_lock)

    def forget_weights_after(self, epoch: int) -> None:
        """Removes the weights that were kept after later epochs: a training that resumes here writes them again."""
        self.require_lock()
        for later in weights_epochs(self.path):
            if later > epoch:
                with writing(path := weights_path(self.path, later)):
                    path.unlink(missing_ok=True)

    def set_aside(self, epoch: int) -> Path:
        """Renames a damaged checkpoint, so that its number is free and it is not taken for a good one."""
        path = checkpoint_path(self.path, epoch)
        self.require_lock()
        with writing(path):
            aside = path.replace(damaged_path(path))
            sync_folder(self.checkpoints)
        return aside

    def _write(self, name: str, text: str, durable: bool = False) -> None:
        self.require_lock()
        write_atomically(self.path / name, text.encode("utf-8"), self.require_lock, durable=durable)


def timeless(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint, whose model does not say when its training was started."""
    return replace(checkpoint, model=replace(checkpoint.model, created=None))


def remove_empty(path: Path) -> None:
    """Removes a run directory in which there is nothing but its lock and an empty folder, so that its name is free."""
    with suppress(OSError):
        if set(os.listdir(path)) <= {LOCK, CHECKPOINTS}:
            with suppress(FileNotFoundError):
                (path / CHECKPOINTS).rmdir()
            (path / LOCK).unlink(missing_ok=True)
            path.rmdir()


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """The rows as lines of a CSV file; None is an empty cell.

    Text that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow("" if cell is None else inert(cell) for cell in row)
    return text.getvalue()


def inert(cell: object) -> object:
    """The cell, or if it is text that would start a formula, the text after an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA_STARTS) else cell
