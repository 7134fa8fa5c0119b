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
from catnet.runs.files import cannot_write, write_atomically

BEST = "best.safetensors"
KEPT = 2  # of the newest checkpoints, besides the best


class RunDirectory:
    """A directory that this training has made, and alone writes to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.saved: dict[int, float] = {}  # epoch -> how good, the smaller the better
        self._columns: list[str] | None = None

    @classmethod
    def create(cls, path: Path) -> "RunDirectory":
        """Makes the directory. Raises RunInUse where it exists, OutputError where it cannot be made."""
        run = cls(path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise cannot_write(path.parent, error) from error
        try:
            path.mkdir()
            run.checkpoints.mkdir()
        except FileExistsError as error:
            raise RunInUse(f"{path}: exists already and is not overwritten; give another --run-dir") from error
        except OSError as error:
            raise cannot_write(path, error) from error
        return run

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

    def write_table(self, name: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Writes a CSV file atomically."""
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows([header, *rows])
        self.write(name, text.getvalue())

    def log(self, rows: Sequence[Mapping[str, float | None]]) -> None:
        """Appends rows to metrics.csv, which anything may follow while it grows."""
        path = self.path / "metrics.csv"
        try:
            with path.open("a", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, lineterminator="\n")
                if self._columns is None and rows:
                    self._columns = list(rows[0])
                    writer.writerow(self._columns)
                writer.writerows(["" if value is None else value for value in row.values()] for row in rows)
        except OSError as error:
            raise cannot_write(path, error) from error

    def save_best(self, checkpoint: Checkpoint) -> None:
        """Replaces best.safetensors."""
        save(self.path / BEST, checkpoint)

    def save_checkpoint(self, checkpoint: Checkpoint, badness: float) -> Path:
        """Writes checkpoints/epoch-NNNNNN.safetensors, then removes all but the newest two and the best."""
        epoch = checkpoint.model.epoch
        path = self.numbered(epoch)
        save(path, checkpoint)
        self.saved[epoch] = badness
        keep = {*sorted(self.saved)[-KEPT:], min(self.saved, key=lambda epoch: (self.saved[epoch], epoch))}
        for old in set(self.saved) - keep:
            self.numbered(old).unlink(missing_ok=True)
            del self.saved[old]
        return path

    def numbered(self, epoch: int) -> Path:
        """The path of the checkpoint after so many epochs."""
        return self.checkpoints / f"epoch-{epoch:06d}.safetensors"


def entries(folder: Path) -> list[Path]:
    """What is in a folder; nothing where there is none."""
    try:
        return sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise OutputError(f"{folder}: cannot be read: {error.strerror or error}") from error


def newest_model(root: Path) -> Path:
    """The best model of the newest run in a folder of runs. Raises CheckpointError where there is none."""
    models = [run / BEST for run in entries(root) if (run / BEST).is_file()]
    if not models:
        raise CheckpointError(f"{root}: holds no trained model; run `catnet train` first, or name one with --model")
    return max(models, key=lambda model: (model.stat().st_mtime_ns, model))


def find_model(run_or_file: Path) -> Path:
    """The model file of a run directory, or the file itself. Raises CheckpointError where there is none."""
    if not run_or_file.is_dir():
        return run_or_file
    if (run_or_file / BEST).is_file():
        return run_or_file / BEST
    raise CheckpointError(f"{run_or_file}: holds no {BEST}; give a run directory of `catnet train`, or a model file")
