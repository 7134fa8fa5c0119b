"""For programs: write a configuration, train a network, load it, ask it. The commands call the same functions."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cached_property
from html import escape
from os import PathLike, fspath
from os.path import expanduser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from catnet.config import Config, load_config
from catnet.data.arrays.files import kind_of
from catnet.errors import CatnetError, CheckpointError, DataError, Undecided
from catnet.evaluation.predict import Prediction, predict, prediction
from catnet.evaluation.recorded import recorded
from catnet.evaluation.rows import rows_of
from catnet.evaluation.tables import metrics_table
from catnet.export.export import export
from catnet.export.exported import Exported
from catnet.files import is_list_of_pictures
from catnet.model import Model
from catnet.recipe import known_goal, recipe_for
from catnet.report import is_installed
from catnet.runs.checkpoints import load as load_checkpoint
from catnet.runs.find import find_model
from catnet.runs.history import Row, to_rows
from catnet.runs.layout import SUMMARY
from catnet.runs.reader import SavedRun
from catnet.text import printable, shown
from catnet.training.build import Adapted, as_it_is
from catnet.training.loop import finish
from catnet.training.loop import train as epochs_of
from catnet.training.session import start

if TYPE_CHECKING:
    from catnet.teaching.trace import Trace

__all__ = ["Run", "init", "load", "train"]

PathText = str | PathLike[str]
NAME = "run"  # of the run of a configuration that has no file


def init(
    path: PathText, goal: str | float | None = None, target: str | Sequence[str] = (), *, textbook: bool = False
) -> str:
    """A commented configuration for the data at a path, in YAML, which names the data by its absolute path.

    `target` names what to learn: a column, classes, or a column and then classes of it. Raises the CatnetError of what
    is wrong; TypeError.
    """
    names = [target] if isinstance(target, str) else target
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise TypeError(f'target: must be a name or a list of names, such as ["cat", "dog"], not {shown(target)}')
    asked_for = None if goal is None else known_goal(goal)
    try:
        return recipe_for(as_path(path, "the data"), None, asked_for, names, textbook).text
    except Undecided as error:
        ways = ", or ".join(f"{f'goal={goal!r}, ' * bool(goal)}target={list(names)}" for goal, names in error.ways)
        raise Undecided(f"{error}\nask for it by name, such as: {ways}", *error.ways) from None


def train(
    config: PathText | Mapping[str, Any] | Config,
    overrides: Sequence[str] | Mapping[str, Any] = (),
    *,
    run_dir: PathText | None = None,
    cluster: str | None = None,
) -> "Run":
    """Trains the network that a configuration describes: a YAML file, or a mapping or a Config instead of one.

    `overrides` such as {"train.epochs": 50} override its values. The run is kept in `run_dir`, which must not exist,
    or in the next free runs/NAME-001. `cluster` is the address of a Dask cluster to train on, such as tcp://HOST:PORT
    or local:4; what the command would warn of there is a UserWarning. Raises the CatnetError of what is wrong.
    """
    settings = load_config(config, overrides)
    name = Path(config).stem if isinstance(config, str | PathLike) else NAME
    directory = None if run_dir is None else as_path(run_dir, "run_dir")
    with training_on(cluster) as (adapted, warnings_before):
        warn_of(warnings_before)
        session = start(settings, name, directory, adapted=adapted)
        with closing(session.run):
            for _ in epochs_of(session):
                pass
            if session.setup.task.rounds is not None:
                warn_of(session.setup.task.rounds.warnings)
            finish(session)
    return load(session.run.path)


@contextmanager
def training_on(address: str | None) -> Iterator[tuple[Adapted, list[str]]]:
    """What has a training done on the cluster at an address, and what to warn of there; here, without one."""
    if address is None:
        yield as_it_is, []
        return
    from catnet.cluster.connect import connected  # late, because they import asyncio and Dask

    with connected(address) as cluster:
        from catnet.cluster.rounds import on_workers

        yield on_workers(cluster), [*cluster.warnings, *cluster.other_kernels]


def warn_of(found: Iterable[str]) -> None:
    """Warns the caller of `train` of what was found, as the command prints it."""
    for warning in found:
        warnings.warn(warning, stacklevel=3)


def load(path: PathText) -> "Run":
    """A trained network: a run directory, with its best model, or a model file. Raises CheckpointError."""
    return Run(as_path(path, "a run"))


class Run:
    """A trained network, and, if it is in a run directory, the training that it comes from."""

    def __init__(self, path: Path) -> None:
        """Reads the model of a run directory, or of a file. Raises CheckpointError."""
        self.path = path.absolute()  # so that it is found again from another working directory
        self.model_path = find_model(self.path)
        self.model: Model = load_checkpoint(self.model_path).model

    @cached_property
    def saved(self) -> SavedRun:
        """The run directory. Raises NotInARun for a model file that is in none."""
        return SavedRun(self.path) if self.path.is_dir() else SavedRun.of_model(self.path)

    @property
    def config(self) -> Config:
        """The configuration, with all defaults."""
        return self.saved.config

    @property
    def history(self) -> list[Row]:
        """A row per epoch, as in metrics.csv: {"epoch": 1, "train_cost": ..., ...}; None for an empty cell.

        Raises CheckpointError if metrics.csv does not hold all epochs.
        """
        rows = to_rows(self.saved.history)
        if len(rows) < self.saved.epochs:
            raise CheckpointError("\n".join(self.saved.faults))
        return rows

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """The metrics of each split: {"train": {"cost": ..., "accuracy": ..., ...}, ...}, as in summary.json.

        Raises CheckpointError if the training did not finish, or if the model is not the one that was measured.
        """
        where, summary = printable(self.path), self.saved.summary
        if summary is None:
            raise CheckpointError(f"{where}: its training did not finish, so it has no metrics yet")
        measured, metrics = summary.get("best_epoch"), summary["metrics"]
        if measured is None or not isinstance(metrics, dict):
            raise CheckpointError(f"{where}: its {SUMMARY} does not say which epoch it measured; train again")
        if self.model.epoch != measured:
            raise CheckpointError(f"{where}: was not measured; the metrics of its run are of epoch {measured}")
        recorded(self.saved, self.model.question)
        return metrics

    def predict(self, examples: Any) -> Any:
        """The Prediction about an example, or a list of them about many.

        One: the path of a picture; an array (height, width, 3) of bytes, or (height, width) in grey; a mapping of a
        table's columns to their cells. Many: the path of a folder, of a list of pictures, of a file of arrays (.npz,
        .h5, idx, CIFAR's .bin) or of a table; paths; arrays of pictures, or one (m, height, width, 3) or (m, height,
        width); an array (m, n) of a table's rows; mappings.
        Raises DataError that lists all that cannot be read, TypeError.
        """
        if isinstance(examples, str | PathLike):
            path = as_path(examples, "a picture")
            found = self._read([path])
            has_many = kind_of(path.name) or is_list_of_pictures(path) or path.is_dir()
            return found if has_many or self.model.question.features is not None else found[0]
        if isinstance(examples, Iterable) and not isinstance(examples, np.ndarray | Mapping):
            examples = list(examples)
            if all(isinstance(each, str | PathLike) for each in examples):
                return self._read([as_path(each, "a picture") for each in examples])
        rows, one = rows_of(self.model, examples)
        outputs = self.model.predict(rows).T if len(rows) else ()
        found = [prediction(self.model, str(number), output) for number, output in enumerate(outputs)]
        return found[0] if one else found

    def export(self, form: str, output: PathText | None = None, *, examples: bool = True) -> Path:
        """Writes the model for elsewhere; returns the file: `output`, or one in the folder `exported` of the run.

        `form` is onnx, python, page or card, as `catnet export --format`. Without `examples` the page holds none of the
        run's pictures. What a user should know is a UserWarning. Raises the CatnetError of what is wrong; ValueError
        for another form, TypeError.
        """
        target = None if output is None else as_path(output, "output")
        exported = Exported(self.model_path, self.model, examples)
        written, made = export(exported, form, target)
        for note in (*exported.notes, *made.notes):
            warnings.warn(note, stacklevel=2)
        return written

    def trace(self, example: Any, labels: Sequence[str] = (), batch: int = 1) -> "Trace":
        """The Trace of one example, as `predict` takes it. `labels` are its true ones by name, by default those of the
        run's data; `batch` is how many examples a traced batch has. Raises the CatnetError of what is wrong; TypeError.
        """
        from catnet.teaching.trace import one_example, trace  # late, because few programs need it

        name, row = one_example(self.model, example)
        return trace(self.model_path, self.model, name, row, labels, batch)

    def _read(self, paths: Sequence[Path]) -> list[Prediction]:
        answers = list(predict(self.model, paths))
        if faults := [str(answer) for answer in answers if isinstance(answer, DataError)]:
            raise DataError("\n".join(faults))
        return [answer for answer in answers if isinstance(answer, Prediction)]

    def __repr__(self) -> str:
        return f"catnet.load({str(self.path)!r})"

    def __str__(self) -> str:
        """The metrics of each split beside the trivial answer's; of a model that was not measured, what it is."""
        try:
            return metrics_table(self.metrics)
        except CatnetError as error:
            sizes = " -> ".join(map(str, self.model.network.sizes))
            return f"goal {self.model.question.goal}, network {sizes}, epoch {self.model.epoch} ({error})"

    @cached_property
    def _html(self) -> str:
        with suppress(CatnetError):  # such as that of a model file alone, or of a run without data and summary
            if is_installed() and self.model_path == find_model(self.saved.path):
                from catnet.report.page import render_summary  # which needs the extra

                return render_summary(self.saved.path)
        return f"<pre>{escape(str(self))}</pre>"

    def _repr_html_(self) -> str:
        """For notebooks: the verdict and the curves; without the extra `report`, the metrics. Made once."""
        return self._html


def as_path(value: object, what: str) -> Path:
    """The path; a leading ~ is the home folder. Raises TypeError if it is none, ValueError if it is empty."""
    if not isinstance(value, str | PathLike):
        raise TypeError(f"{what} must be a path, as text or pathlib.Path, not {type(value).__name__}")
    if not fspath(value).strip():
        raise ValueError(f"{what} must be a path, is empty")
    return Path(expanduser(value))
