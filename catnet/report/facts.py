"""The facts that a page shows: a run, its best model, and the answers to its data if that is still there."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from catnet.config import lines_of_keys
from catnet.data.dataset import Dataset, Split
from catnet.data.split_names import UNSEEN
from catnet.engine.types import Array
from catnet.errors import CheckpointError, DataError
from catnet.evaluation.baselines import baselines_of, facts_of
from catnet.evaluation.data import data_of_run
from catnet.evaluation.evaluate import evaluate
from catnet.evaluation.metrics import BASELINES, WITHOUT_DUPLICATES, scores
from catnet.evaluation.recorded import recorded
from catnet.evaluation.tables import duplicates_of
from catnet.goals import METRICS
from catnet.model import Model
from catnet.question import Question
from catnet.report.activity import Activity, activity
from catnet.report.answers import Answers, names_of, outputs_of
from catnet.runs.history import EPOCH, to_columns
from catnet.runs.layout import SUMMARY
from catnet.runs.reader import SavedRun
from catnet.text import in_brief, printable
from catnet.training.rate import limit_for
from catnet.training.session import Session

GONE = "The data cannot be read, so what needs it is left out."


@dataclass(frozen=True)
class Facts:
    """All that the page shows.

    `dataset` is None if the data is gone; `notes` say so. `summary` is what summary.json holds; for a run that did not
    finish, the metrics measured now.
    """

    run: SavedRun
    model: Model
    summary: dict[str, Any]
    dataset: Dataset | None
    notes: list[str]
    _answers: dict[str, Array] = field(default_factory=dict, repr=False)

    @property
    def question(self) -> Question:
        """What the network is asked."""
        return self.model.question

    @property
    def names(self) -> list[str]:
        """The answers to choose from, isolated: as `Question.names`."""
        return names_of(self.question)

    @property
    def outputs(self) -> list[str]:
        """What the output neurons stand for, isolated: the classes, or the target."""
        return outputs_of(self.question)

    @property
    def goal(self) -> str:
        """The goal of the run."""
        return self.question.goal

    @property
    def history(self) -> dict[str, Array]:
        """The columns of metrics.csv."""
        return self.run.history

    @property
    def measured(self) -> dict[str, dict[str, Any]]:
        """What was measured on each split: on all its examples, and without those that are in the training data too."""
        return self.summary["metrics"]

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """The metrics of each split, without its examples that are in the training data too, unless all are."""
        others = {name: metrics.get(WITHOUT_DUPLICATES, metrics) for name, metrics in self.measured.items()}
        return {name: metrics if metrics["examples"] else self.measured[name] for name, metrics in others.items()}

    @property
    def is_all_seen(self) -> bool:
        """Whether all examples of the unseen split are in the training data too, so that nothing is known of others."""
        return self.measured[self.unseen].get(WITHOUT_DUPLICATES, {}).get("examples") == 0

    @property
    def remarks(self) -> list[str]:
        """The notes, and what is to be said of duplicates by a page without the verdict."""
        return [*self.notes, *duplicates_of(self.question, self.measured)]

    @property
    def unseen(self) -> str:
        """The split that says most about pictures never seen: test, else validation; train if it is the only one."""
        return next(name for name in UNSEEN if name in self.measured)

    @property
    def headline(self) -> str:
        """The goal's headline metric."""
        return self.question.kind.headline

    @property
    def chose_epoch(self) -> bool:
        """Whether the epoch of the weights was chosen, by the validation data."""
        return "validation_cost" in self.history and self.run.config.train.keep == "best"

    @property
    def epochs(self) -> Array:
        """The epochs of the history, (epochs,)."""
        return self.column(EPOCH)

    def column(self, name: str) -> Array:
        """A column of metrics.csv, (epochs,), NaN for an empty cell; empty if there is no such column."""
        return self.history.get(name, np.zeros(0))

    def all_of(self, name: str) -> Split | None:
        """All examples of a split, if the data is there."""
        return None if self.dataset is None else self.dataset.splits.get(name)

    def split(self, name: str) -> Split | None:
        """The examples of a split that `metrics` are of, if the data is there."""
        split = self.all_of(name)
        return None if split is None else split.without_seen

    def answer(self, name: str) -> Array | None:
        """y^ of a split, (k, m), if the data is there; computed once."""
        split = self.split(name)
        if split is None:
            return None
        if name not in self._answers:
            with np.errstate(over="ignore", invalid="ignore"):
                self._answers[name] = self.model.predict(split.rows)
        return self._answers[name]

    @property
    def answers(self) -> Answers | None:
        """The answers about the unseen split, if the data is there."""
        y_hat, split = self.answer(self.unseen), self.split(self.unseen)
        return None if y_hat is None or split is None else Answers(self.question, split.names, split.labels, y_hat)

    @cached_property
    def activity(self) -> Activity | None:
        """How the hidden layers answer to the training data, if it is there."""
        train = self.split("train")
        return None if train is None else activity(self.model, train)

    @cached_property
    def rate_limit(self) -> float | None:
        """The limit of the learning rate, if the data is there, and if the limit is known and found in little time."""
        return None if self.dataset is None else limit_for(self.run.config, self.dataset)

    def line(self, key: str) -> int | None:
        """The line of the run's config.yaml with this key, or with the section it would be in."""
        lines = lines_of_keys(self.run.config_text)
        return lines.get(key, lines.get(key.split(".")[0]))

    def scores(self, name: str) -> Array | None:
        """Each example's score (m,), whose mean is the headline metric.

        Without the data, the metric tells how many answers are right, but not which; for regression it is None then.
        """
        answer, split = self.answer(name), self.split(name)
        if answer is not None and split is not None:
            return scores(self.goal, answer, split.labels)
        if not METRICS[self.headline].is_percentage:
            return None
        m = self.metrics[name]["examples"]
        return (np.arange(m) < round(self.metrics[name][self.headline] * m)).astype(np.float64)


def gather(path: Path, data: Path | None = None) -> Facts:
    """Reads a run directory, and its data: from `data`, or from where its configuration says.

    If the data is gone, or has changed, a note says so. Raises CheckpointError and ConfigError if the directory is not
    that of a run.
    """
    run = SavedRun(path, data)
    model, notes = run.model, list(run.model.notes)
    dataset = read_again(run, notes)
    summary = recorded_in(run, dataset, notes)
    _ = run.history, run.skipped, run.learned  # reading them tells what is wrong with their files
    notes += run.faults
    if summary is None:
        summary = measured_now(run, dataset)
    elif dataset is not None and dataset.changes_since(run.fingerprints):
        notes.append("The data is no longer what the run was trained on: the examples are those of today.")
    if model.thresholds is not None:
        chosen = in_brief([f"{value:.4g}" for value in model.thresholds])
        notes.append(f"All figures are for the threshold 0.5; predictions use the stored ones: {chosen}.")
    return Facts(run, model, summary, dataset, notes)


def of_training(session: Session, summary: dict[str, Any]) -> Facts:
    """The facts of a training that has just finished, whose model and data are still in memory."""
    model, run = session.best_model(), SavedRun(session.run.path)
    run.config = session.setup.config  # whose file somebody may have removed meanwhile
    run.history = to_columns(session.history)
    return Facts(run, model, summary, session.setup.dataset, list(model.notes))


def read_again(run: SavedRun, notes: list[str]) -> Dataset | None:
    """The run's data; None, with a note, if it cannot be read or no longer fits the model."""
    try:
        dataset = data_of_run(run.model, run)
    except DataError as error:
        notes.append(f"{GONE} {str(error).splitlines()[0]}")
        return None
    if run.model.question.absent(dataset.splits["train"].labels):
        notes.append("The data no longer fits the model, so what needs it is left out.")
        return None
    return dataset


def recorded_in(run: SavedRun, dataset: Dataset | None, notes: list[str]) -> dict[str, Any] | None:
    """The run's summary; None, with a note, if there is none, or if it is damaged and can be measured again.

    Raises CheckpointError if it is damaged and the data is gone.
    """
    try:
        summary = recorded(run, run.model.question)
    except CheckpointError as error:
        if dataset is None:
            raise
        notes.append(f"{error}. Its figures are measured again.")
        return None
    if summary is None:
        notes.append(f"The training did not finish: there is no {SUMMARY}. This is its best model so far.")
    return summary


def measured_now(run: SavedRun, dataset: Dataset | None) -> dict[str, Any]:
    """What is needed of summary.json, for a run that has none. Raises CheckpointError if the data is gone too."""
    if dataset is None:
        raise CheckpointError(
            f"{printable(run.path)}: has no {SUMMARY}, and its data cannot be read: nothing is known of its answers"
        )
    plain = replace(run.model, thresholds=None)
    baselines = baselines_of(dataset, plain.box_average)
    metrics = {name: evaluate(plain, split, baselines) for name, split in dataset.splits.items()}
    return {
        "run": run.path.name,
        "parameters": run.model.network.parameter_count,
        "best_epoch": run.model.epoch,
        "metrics": metrics,
        BASELINES: facts_of(baselines, metrics),
    }
