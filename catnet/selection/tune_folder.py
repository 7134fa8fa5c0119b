"""The folder of a tune: config.yaml, examples.csv, trials.csv, and, while it runs, a folder for each training."""

import csv
import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from catnet.config import Config, as_dict, as_written, load_config
from catnet.data.litter import TUNE
from catnet.errors import CheckpointError, HasChanged
from catnet.files import read_regular
from catnet.recipe import path_from
from catnet.runs.directory import csv_text
from catnet.runs.files import remove_leftovers, write_atomically, writing
from catnet.runs.find import refuse_other_results
from catnet.runs.folders import folder_of_results
from catnet.runs.layout import BEGAN, CONFIG, EXAMPLES, TRIALS, entries
from catnet.runs.lock import TUNING, Lock
from catnet.selection.pool import Pool
from catnet.selection.trial import remove
from catnet.text import joined, printable
from catnet.training.changes import WITHOUT_EFFECT, differences, flat

ROOT = Path(TUNE)  # where the folders are made
TRAININGS = "trials"  # the folder of the trainings that go on
# what may change in config.yaml: how long is searched, and what changes no number
MAY_CHANGE = WITHOUT_EFFECT | {"tune.trials", "tune.seconds"}
LARGEST = 1 << 32  # bytes of examples.csv
WEIGHTS, SUFFIX = "weights.csv", ".safetensors"  # the digests of files of first weights
INITIALIZATION = "model.initialization"


class TuneFolder:
    """A folder that this process alone writes to, until `close`."""

    def __init__(self, path: Path) -> None:
        """Takes the lock of a folder that exists. Raises RunInUse, OutputError."""
        self.path = path
        self._lock = Lock(path, TUNING)

    @classmethod
    def create(cls, name: str, folder: Path | None = None) -> "TuneFolder":
        """Makes a folder: this one, or the next free tune/NAME-001. Raises FolderExists, OutputError."""
        return cls(folder_of_results(ROOT, name, folder))

    @classmethod
    def reopen(cls, path: Path) -> "TuneFolder":
        """Opens the folder of an earlier tune. Raises CheckpointError if there is none, RunInUse, OutputError."""
        if not os.path.lexists(path):
            raise CheckpointError(f"{printable(path)}: there is no such folder of a tune")
        refuse_other_results(path, TUNE)
        if lacking := [name for name in (CONFIG, BEGAN, TRIALS) if not (path / name).is_file()]:
            raise CheckpointError(f"{printable(path)}: is no folder of a tune: it has no {joined(lacking)}")
        folder = cls(path)
        for place in (path, path / TRAININGS):
            remove_leftovers(place)
        return folder

    def close(self) -> None:
        """Releases the lock."""
        self._lock.release()

    def require(self) -> None:
        """Raises RunTaken if the folder has been removed, renamed or replaced."""
        self._lock.require()

    def write(self, name: str, text: str) -> None:
        """Writes a file atomically. Raises OutputError."""
        self._lock.require()
        write_atomically(self.path / name, text.encode("utf-8", "backslashreplace"), self._lock.require)

    def write_config(self, given: Mapping[str, Any]) -> None:
        """Writes what was given, twice: one is for the user to change."""
        text = as_written(with_near_paths(given, self.path))
        self.write(BEGAN, "# what `catnet tune` was given at first\n" + text)
        self.write(CONFIG, "# what `catnet tune` was given\n" + text)

    def demand_same_settings(self, config: Config) -> None:
        """Raises HasChanged, with each key, if a setting is not what the tune began with."""
        then, now = (flat(as_dict(each)) for each in (load_config(self.path / BEGAN), config))
        lines = [line for key, line in differences(then, now).items() if key not in MAY_CHANGE]
        if lines:
            raise HasChanged(
                f"{printable(self.path / CONFIG)}: what follows has changed since the tune began; undo it, or start "
                "again in another folder\n" + "\n".join(lines)
            )

    def write_examples(self, pool: Pool, fold_of: Mapping[int, int]) -> None:
        """Writes the fold of each example."""
        self.write(EXAMPLES, examples(pool, fold_of))

    def demand_same_examples(self, pool: Pool, fold_of: Mapping[int, int]) -> None:
        """Raises HasChanged if the data is not what the tune began with."""
        try:
            same = read_regular(self.path / EXAMPLES, LARGEST) == examples(pool, fold_of).encode(
                "utf-8", "backslashreplace"
            )
        except FileNotFoundError:
            self.write_examples(pool, fold_of)  # nothing was trained yet
            return
        if not same:
            raise HasChanged(
                f"{printable(pool.config.data.path)}: is not the data with which {printable(self.path)} began: its "
                "pictures, rows, labels or names have changed; undo it, or start again in another folder"
            )

    def demand_same_weights(self, config: Config) -> None:
        """Raises HasChanged if a file that trainings start from is not what it was at first; notes those that were not
        there.
        """
        try:
            text = read_regular(self.path / WEIGHTS, LARGEST).decode("utf-8", "backslashreplace")
        except FileNotFoundError:
            text = ""
        then = {name: digest for name, digest in csv.reader(text.splitlines()) if digest}
        now = {path_from(path, self.path): digest_of(path) for path in weights_of(config)}
        for name, digest in now.items():
            if then.get(printable(name), digest) != digest:
                raise HasChanged(
                    f"{printable(name)}: is not the file of weights with which {printable(self.path)} began; undo "
                    "that, or start again in another folder"
                )
        if now and (noted := csv_text((printable(name), digest) for name, digest in now.items())) != text:
            self.write(WEIGHTS, noted)

    def training(self, trial: int, fold: int) -> Path:
        """The folder of a training; trial and fold from 1."""
        return self.path / TRAININGS / f"{trial:06d}-{fold}"

    def last_training(self, trial: int) -> Path:
        """The folder of the training that is measured at the end, on what was kept for it."""
        return self.path / TRAININGS / f"000000-{trial}"

    def remove_trainings(self, trial: int) -> None:
        """Removes what the trainings of a trial have left. Raises OutputError."""
        for path in entries(self.path / TRAININGS):
            if path.name.startswith(f"{trial:06d}-"):
                remove(path)

    def remove_all(self) -> None:
        """Removes what is left of trainings."""
        for path in entries(self.path / TRAININGS):
            number, _, fold = path.name.partition("-")
            if number.isdecimal() and fold.isdecimal():
                remove(path)
        with writing(self.path), suppress(OSError):
            (self.path / TRAININGS).rmdir()


def with_near_paths(given: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The values of a configuration in a folder, which can be moved together with the data, if that is near."""
    values = {key: dict(value) if isinstance(value, Mapping) else value for key, value in given.items()}
    values["data"]["path"] = path_from(Path(values["data"]["path"]), folder)
    if (values.get("model") or {}).get("initialization"):
        values["model"]["initialization"] = near(values["model"]["initialization"], folder)
    search = (values.get("tune") or {}).get("search") or {}
    if INITIALIZATION in search:
        searched = [near(each, folder) for each in search[INITIALIZATION]]
        values["tune"]["search"] = {**search, INITIALIZATION: searched}
    return values


def near(value: Any, folder: Path) -> Any:
    """A setting of a configuration in a folder: a file of weights by its path from there."""
    is_file = isinstance(value, str) and value.endswith(SUFFIX) and Path(value).is_absolute()
    return path_from(Path(value), folder) if is_file else value


def weights_of(config: Config) -> set[Path]:
    """The files that trainings of a configuration, or of its tune, start from."""
    searched = [] if config.tune is None else config.tune.search.get(INITIALIZATION, [])
    found = (config.model.initialization, *searched)
    return {Path(each) for each in found if str(each).endswith(SUFFIX)}


def digest_of(path: Path) -> str:
    """The SHA-256 of a file; "" if it cannot be read, which its trainings will say."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def examples(pool: Pool, fold_of: Mapping[int, int]) -> str:
    """examples.csv: the split, the name and the digest of each example, and the fold in which it is tested."""

    def rows() -> Iterator[tuple[object, ...]]:
        yield "split", "name", "digest", "fold"
        for place, (split, name, digest) in enumerate(pool.dataset.examples()):
            yield split, name, digest, fold_of.get(place)

    return csv_text(rows())
