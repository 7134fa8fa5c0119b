"""The facts of a run: what its directory holds, and the answers to its data where that is still there."""

import csv
import json
import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from catnet.architecture import catalog_of
from catnet.config import Config, lines_of_keys, load_config
from catnet.data.dataset import Dataset, Split, fingerprint
from catnet.data.load import load
from catnet.engine.types import Array
from catnet.errors import CheckpointError, DataError
from catnet.evaluation.evaluate import evaluate
from catnet.evaluation.metrics import scores
from catnet.goals import GOALS, METRICS
from catnet.model import Model
from catnet.runs.checkpoints import load as load_checkpoint
from catnet.runs.directory import BEST

UNSEEN = ("test", "validation", "train")  # the first that there is, is what the verdict is about
History = dict[str, Array]  # the columns of metrics.csv, each (epochs,); NaN where a cell is empty


@dataclass(frozen=True)
class Facts:
    """All that the page is made of.

    `dataset` is None where the data is gone; `notes` say so.
    `summary` is that of summary.json; of a run that did not finish, its metrics, measured now.
    """

    run: Path
    config: Config
    config_text: str
    model: Model
    history: History
    summary: dict[str, Any]
    dataset: Dataset | None
    skipped: list[tuple[str, str]]
    notes: list[str]
    _answers: dict[str, Array] = field(default_factory=dict, repr=False)

    @property
    def goal(self) -> str:
        """The goal of the run."""
        return self.model.goal

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """The metrics of each split."""
        return self.summary["metrics"]

    @property
    def unseen(self) -> str:
        """The split that says most about pictures never seen: test, else validation; train where it is the only one."""
        return next(name for name in UNSEEN if name in self.metrics)

    @property
    def headline(self) -> str:
        """The goal's first metric."""
        return GOALS[self.goal].headline

    @property
    def names(self) -> tuple[str, ...]:
        """The answers there are: the classes, for goal 1.0 the other first, as 0 and 1."""
        negative = self.model.negative
        return self.model.classes if negative is None else (negative, *self.model.classes)

    @property
    def epochs(self) -> Array:
        """The epochs of the history, (epochs,)."""
        return self.history.get("epoch", np.zeros(0))

    def split(self, name: str) -> Split | None:
        """The examples of a split, where the data is there."""
        return None if self.dataset is None else self.dataset.splits.get(name)

    def answer(self, name: str) -> Array | None:
        """y^ of a split, (k, m), where the data is there; worked out once."""
        split = self.split(name)
        if split is None:
            return None
        if name not in self._answers:
            self._answers[name] = self.model.predict(split.rows)
        return self._answers[name]

    def line(self, key: str) -> int | None:
        """The line of the run's config.yaml with this key, or with the section it would be in."""
        lines = lines_of_keys(self.config_text)
        return lines.get(key, lines.get(key.split(".")[0]))

    def scores(self, name: str) -> Array | None:
        """Each example's score (m,), whose mean is the headline metric.

        Of right and wrong answers it is known without the data how many there are; None where it is not known.
        """
        answer, split = self.answer(name), self.split(name)
        if answer is not None and split is not None:
            return scores(self.goal, answer, split.labels)
        if not METRICS[self.headline].is_percentage:
            return None
        m = self.metrics[name]["examples"]
        return (np.arange(m) < round(self.metrics[name][self.headline] * m)).astype(np.float64)


def gather(run: Path, dataset: Dataset | None = None, data: Path | None = None) -> Facts:
    """Reads a run directory, and its data: as given, or from `data`, or from where its configuration says.

    Raises CheckpointError and ConfigError where the directory is not that of a run. That the data is gone, or is
    no longer what it was, is a note.
    """
    if not run.is_dir():
        raise CheckpointError(f"{run}: there is no such run directory")
    if not (run / BEST).is_file():
        raise CheckpointError(f"{run}: holds no {BEST}; give a run directory of `catnet train`")
    model = load_checkpoint(run / BEST).model
    config = load_config(run / "config.yaml")
    notes: list[str] = []
    if data is not None:
        config = config.model_copy(update={"data": config.data.model_copy(update={"path": data.absolute()})})
    given = dataset is not None
    if dataset is None:
        dataset = read_again(config, model, notes)
    summary = read_summary(run, notes)
    if summary is None:
        summary = measured_now(run, model, dataset)
    elif dataset is not None and not given and changed(dataset, summary):
        notes.append("The data is no longer what the run was trained on: the pictures are those of today.")
    if "thresholds" in model.details:
        shares = ", ".join(f"{value:.4g}" for value in model.thresholds[:, 0])
        notes.append(f"All figures are for the threshold 0.5; `catnet predict` uses the stored ones: {shares}.")
    return Facts(
        run,
        config,
        (run / "config.yaml").read_text(encoding="utf-8"),
        model,
        read_history(run),
        summary,
        dataset,
        read_skipped(run),
        notes,
    )


def read_again(config: Config, model: Model, notes: list[str]) -> Dataset | None:
    """The run's data, or None and a note where it cannot be read or does not fit the model any more."""
    try:
        dataset = load(catalog_of(config), config.data.image_size, bad=config.data.bad_images)
    except DataError as error:
        notes.append(f"The data cannot be read, so that what needs it is left out. {str(error).splitlines()[0]}")
        return None
    inputs = next(iter(dataset.splits.values())).rows.shape[1]
    if (dataset.classes, inputs) != (model.classes, model.network.sizes[0]):
        notes.append("The data no longer fits the model, so that what needs it is left out.")
        return None
    return dataset


def read_summary(run: Path, notes: list[str]) -> dict[str, Any] | None:
    """summary.json; None and a note where the training did not finish."""
    path = run / "summary.json"
    if not path.is_file():
        notes.append("The training did not finish: there is no summary.json. This is its best model so far.")
        return None
    try:
        summary: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if not summary["metrics"]:
            raise KeyError("metrics")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error}); remove it, and the page measures again") from error
    return summary


def measured_now(run: Path, model: Model, dataset: Dataset | None) -> dict[str, Any]:
    """What is needed of summary.json, for a run that has none. Raises CheckpointError where the data is gone too."""
    if dataset is None:
        raise CheckpointError(
            f"{run}: has no summary.json, and its data cannot be read: nothing is known of its answers"
        )
    plain = replace(model, details={})
    return {
        "run": run.name,
        "parameters": model.network.parameter_count,
        "best_epoch": model.epoch,
        "metrics": {name: evaluate(plain, split) for name, split in dataset.splits.items()},
    }


def changed(dataset: Dataset, summary: dict[str, Any]) -> bool:
    """Whether a split's fingerprint is another than the summary's."""
    known = summary.get("fingerprint", {})
    return any(known.get(name) != fingerprint(split) for name, split in dataset.splits.items())


def read_history(run: Path) -> History:
    """The columns of metrics.csv; empty where there is none, or as far as it can be read."""
    try:
        with (run / "metrics.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError):
        return {}
    return {name: np.array([cell(row.get(name)) for row in rows]) for name in (rows[0] if rows else ()) if name}


def cell(text: str | None) -> float:
    """A number of metrics.csv; NaN where the cell is empty."""
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def read_skipped(run: Path) -> list[tuple[str, str]]:
    """The rows of skipped.csv."""
    try:
        with (run / "skipped.csv").open(newline="", encoding="utf-8") as file:
            return [(row["name"], row["reason"]) for row in csv.DictReader(file)]
    except (OSError, ValueError, KeyError):
        return []
