"""The run directory: where a training leaves its configuration, metrics, checkpoints and summary."""

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from catnet.errors import CheckpointError, OutputError, RunInUse
from catnet.runs.checkpoints import Checkpoint, save
from catnet.runs.files import append, cannot_write, make_folders, sync_folder, write_atomically
from catnet.runs.lock import Lock
from catnet.text import printable

BEST = "best.safetensors"
CONFIG = "config.yaml"
METRICS = "metrics.csv"
NUMBERED = re.compile(r"epoch-(\d{6,})\.safetensors")
KEPT = 2  # of the newest checkpoints, besides the best
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet takes for the start of one


class RunDirectory:
    """A directory that this process alone writes to, until `close`, or until the process ends."""

    def __init__(self, path: Path) -> None:
        """Takes the lock of a directory that exists. Raises RunInUse, OutputError."""
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.saved: dict[int, float] = {}  # epoch -> how good, the smaller the better
        self._lock = Lock(path)
        self._columns: list[str] | None = None
        self._best_epoch: int | None = None  # of best.safetensors, as written by this process

    @classmethod
    def create(cls, path: Path) -> "RunDirectory":
        """Makes the directory. Raises RunInUse where it exists, OutputError where it cannot be made."""
        try:
            make_folders(path.parent)
        except OSError as error:
            raise cannot_write(path.parent, error) from error
        try:
            path.mkdir()
        except FileExistsError as error:
            raise RunInUse(
                f"{printable(path)}: exists already and is not overwritten; give another --run-dir"
            ) from error
        except OSError as error:
            raise cannot_write(path, error) from error
        run = cls(path)
        try:
            run.checkpoints.mkdir()
            sync_folder(path)
            sync_folder(path.parent)
        except OSError as error:
            raise cannot_write(path, error) from error
        return run

    @classmethod
    def reopen(cls, path: Path) -> "RunDirectory":
        """Opens the directory of an earlier training. Removes the temporary files of one that was killed.

        Raises CheckpointError where there is no run, RunInUse, OutputError.
        """
        if not (path / CONFIG).is_file():
            raise CheckpointError(f"{printable(path)}: is no run directory of `catnet train`: it has no {CONFIG}")
        run = cls(path)
        try:
            for temporary in (*path.glob(".*.tmp"), *run.checkpoints.glob(".*.tmp")):
                temporary.unlink(missing_ok=True)
        except OSError as error:
            raise cannot_write(path, error) from error
        return run

    def close(self) -> None:
        """Lets others train in the directory."""
        self._lock.release()

    @classmethod
    def create_next(cls, root: Path, name: str) -> "RunDirectory":
        """Makes ROOT/NAME-001, or the first number after the highest there is."""
        pattern = re.compile(re.escape(name) + r"-(\d+)")
        taken = [int(match[1]) for entry in entries(root) if (match := pattern.fullmatch(entry.name))]
        number = max(taken, default=0) + 1
        while True:
            try:
                return cls.create(root / f"{name}-{number:03d}")
            except RunInUse:  # another training was quicker
                number += 1

    def write(self, name: str, text: str) -> None:
        """Writes a text file atomically."""
        write_atomically(self.path / name, text.encode("utf-8"))

    def write_json(self, name: str, facts: Mapping[str, Any]) -> None:
        """Writes a JSON file atomically."""
        self.write(name, json.dumps(facts, indent=2, allow_nan=False) + "\n")

    def write_table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Writes a CSV file atomically; what a spreadsheet would take for a formula gets an apostrophe before it."""
        self.write(name, "".join(map(csv_line, [header, *rows])))

    def log(self, rows: Sequence[Mapping[str, float | None]]) -> None:
        """Appends rows to metrics.csv, which anything may follow while it grows. The first ones start it."""
        if self._columns is None and rows:
            self.rewrite_log(list(rows[0]), [])
        lines = [csv_line([row[name] for name in self._columns or ()]) for row in rows]
        append(self.path / METRICS, "".join(lines))

    def rewrite_log(self, columns: Sequence[str], rows: Iterable[Mapping[str, float | None]]) -> None:
        """Makes metrics.csv anew, of these rows."""
        self._columns = list(columns)
        self.write_table(METRICS, columns, [[row[name] for name in columns] for row in rows])

    def save_best(self, checkpoint: Checkpoint) -> None:
        """Replaces best.safetensors, where it is not of this epoch already."""
        if checkpoint.model.epoch != self._best_epoch:
            save(self.path / BEST, checkpoint)
            self._best_epoch = checkpoint.model.epoch

    def save_checkpoint(self, checkpoint: Checkpoint, badness: float) -> Path:
        """Writes checkpoints/epoch-NNNNNN.safetensors, then removes all but the newest two and the best."""
        epoch = checkpoint.model.epoch
        path = self.numbered(epoch)
        save(path, checkpoint)
        self.saved[epoch] = badness
        keep = {*sorted(self.saved)[-KEPT:], min(self.saved, key=lambda epoch: (self.saved[epoch], epoch))}
        try:
            for old in set(self.saved) - keep:
                self.numbered(old).unlink(missing_ok=True)
                del self.saved[old]
        except OSError as error:
            raise cannot_write(self.numbered(old), error) from error
        return path

    def found(self) -> list[int]:
        """The epochs of the numbered checkpoints that are there, the newest first."""
        names = (NUMBERED.fullmatch(entry.name) for entry in entries(self.checkpoints))
        return sorted((int(name[1]) for name in names if name), reverse=True)

    def set_aside(self, epoch: int) -> Path:
        """Renames a damaged checkpoint, so that its number is free and nothing takes it for a good one."""
        path = self.numbered(epoch)
        aside = path.with_name(f"{path.name}.damaged")
        try:
            path.replace(aside)
            sync_folder(self.checkpoints)
        except OSError as error:
            raise cannot_write(path, error) from error
        return aside

    def numbered(self, epoch: int) -> Path:
        """The path of the checkpoint after so many epochs."""
        return self.checkpoints / f"epoch-{epoch:06d}.safetensors"


def csv_line(cells: Iterable[object]) -> str:
    """The cells as a line of a CSV file; None is an empty cell."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow("" if cell is None else inert(cell) for cell in cells)
    return text.getvalue()


def inert(cell: object) -> object:
    """The cell, or where it is text that would start a formula, the text after an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA) else cell


def entries(folder: Path) -> list[Path]:
    """What is in a folder; nothing where there is none."""
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise OutputError(f"{printable(folder)}: cannot be read: {error.strerror or error}") from error


def newest_model(root: Path) -> Path:
    """The best model of the newest run in a folder of runs. Raises CheckpointError where there is none."""
    models = [run / BEST for run in entries(root) if (run / BEST).is_file()]
    if not models:
        raise CheckpointError(
            f"{printable(root)}: holds no trained model; run `catnet train` first, or name one with --model"
        )
    return max(models, key=lambda model: (model.stat().st_mtime_ns, model))


def find_model(run_or_file: Path) -> Path:
    """The model file of a run directory, or the file itself. Raises CheckpointError where there is none."""
    if not run_or_file.is_dir():
        return run_or_file
    if (run_or_file / BEST).is_file():
        return run_or_file / BEST
    raise CheckpointError(
        f"{printable(run_or_file)}: holds no {BEST}; give a run directory of `catnet train`, or a model file"
    )
