"""A session: all that a training needs, made from a configuration."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from catnet.architecture import catalog_of, network_of
from catnet.config import Config, dump_config, load_config
from catnet.data.dataset import Dataset, fingerprint
from catnet.data.labels import absent_classes
from catnet.data.load import load, scan
from catnet.data.scaling import fit_scaling
from catnet.engine import class_weights
from catnet.engine.class_weights import ClassWeights
from catnet.engine.initialization import INITIALIZATIONS, initial_parameters
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import Network
from catnet.engine.optimizers import Optimizer
from catnet.engine.schedules import Schedule
from catnet.engine.solvers import Choice, Solver, choose, make_solver
from catnet.engine.task import Task
from catnet.engine.types import Array, Parameters, State
from catnet.errors import ConfigError
from catnet.evaluation.metrics import scalars, trivial_prediction
from catnet.goals import GOALS, REGRESSION
from catnet.model import IDENTITY, Model
from catnet.runs.checkpoints import load_parameters
from catnet.runs.directory import CONFIG, RunDirectory
from catnet.runs.environment import environment
from catnet.runs.history import Row
from catnet.runs.origin import changes_since, fingerprints_of, run_of
from catnet.text import did_you_mean, listed, printable

__all__ = ["Row", "Session", "prepare"]

PRECISIONS: dict[str, type[np.floating]] = {"float32": np.float32, "float64": np.float64}


@dataclass(frozen=True)
class Validation:
    """The validation data as the network takes it: X, Y, and the class weights of the cost."""

    inputs: Inputs
    labels: Array
    weights: Array | None


@dataclass
class Best:
    """The best epoch so far, by the criterion; `badness` is the criterion turned so that smaller is better.

    Its parameters are kept as the solver's snapshot, until they are first asked for.
    """

    epoch: int = 0
    badness: float = math.inf
    snapshot: Any = None
    parameters: Parameters | None = None


@dataclass
class Session:
    """A training under way."""

    config: Config
    dataset: Dataset
    model: Model  # as it was initialized
    solver: Solver
    reason: str  # why this solver
    validation: Validation | None
    run: RunDirectory
    notes: list[str]
    fingerprints: dict[str, str]  # SHA-256 of each split's examples, labels and names
    environment: dict[str, str]  # what else decides the last bits
    warnings: list[str] = field(default_factory=list)
    history: list[Row] = field(default_factory=list)
    best: Best = field(default_factory=Best)

    @property
    def epoch(self) -> int:
        """The number of finished epochs."""
        return len(self.history)

    @property
    def seconds(self) -> float:
        """The time that training has taken up to the last finished epoch."""
        return self.history[-1]["seconds"] or 0.0 if self.history else 0.0

    def current_model(self) -> Model:
        """The model after the last finished epoch."""
        return replace(self.model, parameters=self.solver.parameters(), epoch=self.epoch)

    def best_model(self) -> Model:
        """The model of the best epoch."""
        if self.best.epoch == self.epoch:
            return self.current_model()
        if self.best.parameters is None:
            self.best.parameters = self.solver.parameters(self.best.snapshot)
        return replace(self.model, parameters=self.best.parameters, epoch=self.best.epoch)

    def headline(self) -> tuple[str, float | None]:
        """The goal's first metric: on the validation data, else on the training data as the last epoch saw it."""
        name = GOALS[self.config.goal].headline
        if self.validation is not None:
            return f"validation_{name}", self.history[-1][f"validation_{name}"]
        answer = self.model.answer(self.solver.logits)
        return f"train_{name}", scalars(self.config.goal, answer, self.dataset.splits["train"].labels)[name]


def prepare(
    config: Config,
    create_run: Callable[[], RunDirectory],
    progress: Callable[[int, int], None] | None = None,
) -> Session:
    """Reads and decodes the data, makes the network and its solver, and, when all is well, the run directory.

    `progress` is told how many pictures are decoded, and of how many. Raises CatnetError of the kind at fault.
    """
    dataset = read_data(config, progress)
    session = assemble(config, dataset, initial_model(config, dataset), create_run)
    session.run.write(CONFIG, dump_config(config))
    if dataset.skipped:
        session.run.write_table("skipped.csv", ("name", "reason"), [(bad.name, bad.reason) for bad in dataset.skipped])
    return session


def read_data(config: Config, progress: Callable[[int, int], None] | None = None) -> Dataset:
    """The decoded data. Raises DataError, and ConfigError where it lacks what the configuration asks of it."""
    dataset = load(catalog_of(config), config.data.image_size, bad=config.data.bad_images, progress=progress)
    check_against_data(config, dataset)
    return dataset


def initial_model(config: Config, dataset: Dataset) -> Model:
    """The model before the first epoch, its scaling fitted to the training data. Raises CheckpointError."""
    train = dataset.splits["train"]
    dtype = PRECISIONS[config.train.precision]
    network = network_of(config, train.rows.shape[1], len(train.labels))
    target_scaling = target_scaling_of(config, train.labels)
    return Model(
        network=network,
        parameters=parameters_of(config, network, target_scaling.apply(train.labels), dtype),
        goal=config.goal,
        scaling=fit_scaling(config.data.scaling, train.rows, None if dataset.image_size is None else 3),
        constant=trivial_prediction(config.goal, train.labels),
        classes=dataset.classes,
        negative=dataset.negative,
        target=dataset.target,
        target_scaling=target_scaling,
        image_size=dataset.image_size,
        features=dataset.features,
    )


def assemble(
    config: Config,
    dataset: Dataset,
    model: Model,
    open_run: Callable[[], RunDirectory],
    state: State | None = None,
    choice: Choice | None = None,
) -> Session:
    """The session that trains a model on its data: from the start, or on from a solver's state.

    `choice` is the solver of a training that goes on, in place of the configuration's. Raises ConfigError,
    NotEnoughMemory, and what `open_run` raises, which is called when all else is well.
    """
    train = dataset.splits["train"]
    dtype = PRECISIONS[config.train.precision]
    weights = class_weights_of(config, dataset)
    validation = None
    if "validation" in dataset.splits:
        split = dataset.splits["validation"]
        validation = Validation(
            Inputs(split.rows, model.scaling, dtype),
            model.labels(split.labels),
            None if weights is None else weights.of(split.labels),
        )
    task = task_of(config, model, Inputs(train.rows, model.scaling, dtype), train.labels, weights, validation)
    choice = choice or choose(task, config.train.solver)
    solver = make_solver(choice.name, task, state)
    return Session(
        config,
        dataset,
        model,
        solver,
        choice.reason,
        validation,
        open_run(),
        notes=[*dataset.notes, *notes_on(config)],
        fingerprints={name: fingerprint(split) for name, split in dataset.splits.items()},
        environment=environment(),
    )


def task_of(
    config: Config,
    model: Model,
    inputs: Inputs,
    labels: Array,
    weights: ClassWeights | None,
    validation: Validation | None,
) -> Task:
    """What the solver is asked to do."""
    settings = config.train
    return Task(
        network=model.network,
        initial=model.parameters,
        inputs=inputs,
        labels=model.labels(labels),
        weights=None if weights is None else weights.of(labels),
        schedule=Schedule(settings.learning_rate, settings.epochs, **settings.schedule.model_dump()),
        optimizer=optimizer_of(config),
        batch_size=None if settings.batch_size == "full" else settings.batch_size,
        dropout=config.model.dropout,
        seed=settings.seed,
        validation=None if validation is None else validation.inputs,
    )


def optimizer_of(config: Config) -> Optimizer:
    """The optimizer and its constants."""
    settings = config.train
    return Optimizer(settings.optimizer, settings.momentum, settings.weight_decay)


def parameters_of(config: Config, network: Network, labels: Array, dtype: type[np.floating]) -> Parameters:
    """The parameters to start from: of the file, or drawn.

    A drawn regression starts its output bias at the mean of the labels, (1, m), so that the first answers are of the
    right size and a ReLU output is alive; all zeros stay zeros. Raises CheckpointError where the file does not fit.
    """
    initialization = config.model.initialization
    if initialization not in INITIALIZATIONS:
        return load_parameters(Path(initialization), network)
    parameters = initial_parameters(network.sizes, initialization, config.train.seed, dtype)
    if config.goal == REGRESSION and initialization != "zeros":
        parameters[f"b{network.depth}"][:] = labels.mean()
    return parameters


def target_scaling_of(config: Config, labels: Array) -> Scaling:
    """How a regression's target is scaled for training; a ReLU output's only by its deviation, so that 0 stays 0."""
    deviation = float(labels.std())
    if config.data.target_scaling == "none" or deviation == 0:
        return IDENTITY
    return Scaling(0.0 if config.model.output_activation == "relu" else float(labels.mean()), 1 / deviation)


def class_weights_of(config: Config, dataset: Dataset) -> ClassWeights | None:
    """The class weights of the cost, None where all are 1. Raises ConfigError for a name that is no class."""
    weights = config.train.class_weights
    if weights is None:
        return None
    if weights == "balanced":
        return class_weights.balanced(config.goal, dataset.splits["train"].labels)
    known = [*dataset.classes, *([dataset.negative] if dataset.negative is not None else [])]
    if strangers := sorted(set(weights) - set(known)):
        raise ConfigError(
            f"{printable(config.data.path)}: has no class {listed(strangers)}, which train.class_weights names; "
            f"there are {listed(known)}{did_you_mean(strangers[0], known)}"
        )
    return class_weights.given(config.goal, dataset.classes, dataset.negative, weights)


def check_against_data(config: Config, dataset: Dataset) -> None:
    """What the configuration asks of the data. Raises ConfigError."""
    early_stopping = config.train.early_stopping
    if early_stopping and "validation" not in dataset.splits:
        raise ConfigError(
            f"{config.data.path}: there is no validation data, which train.early_stopping needs; "
            "add a val split, or take early_stopping out"
        )
    if early_stopping and early_stopping.metric != "validation_cost":
        labels = dataset.splits["validation"].labels
        # whether AUC and R2 exist is up to the labels alone
        values = scalars(config.goal, np.broadcast_to(labels.mean(axis=1, keepdims=True), labels.shape), labels)
        if values[early_stopping.metric.removeprefix("validation_")] is None:
            absent = absent_classes(dataset.classes, dataset.negative, labels)
            why = f"has no example of {listed(absent)}" if absent else "has only one label"
            raise ConfigError(
                f"{config.data.path}: {early_stopping.metric}, which train.early_stopping watches, does not exist: "
                f"the validation data {why}; add others, or watch validation_cost"
            )


def notes_on(config: Config) -> list[str]:
    """What the user should know of a configuration that is legal but hardly meant."""
    notes = []
    if config.model.initialization == "zeros" and config.model.hidden_layers:
        notes.append(
            "model.initialization: with all weights zero the neurons of a hidden layer stay alike, "
            "and most networks learn nothing; he or xavier is meant for hidden layers"
        )
    return notes


def labelled_data(model: Model, run: Path, path: Path | None) -> Dataset:
    """The data to evaluate a model on: that of its run's configuration, or another folder or table.

    Its classes and columns are taken by the model's names, whatever else there is. That the run's own data has changed
    since is a note. Raises DataError, and ConfigError where there is no path and no configuration either.
    """
    look_up = partial(
        scan,
        goal=model.goal,
        classes=model.classes or None,
        target=model.target,
        negative=model.negative,
        features=model.features,
        learn=False,
    )
    if path is not None:
        return load(look_up(path, split=False), model.image_size or (0, 0))
    run = run_of(run)
    config = load_config(run / CONFIG)
    data = config.data
    catalog = look_up(
        data.path,
        validation_fraction=data.validation_fraction,
        test_fraction=data.test_fraction,
        seed=config.train.seed,
        bad=data.bad_images,
    )
    dataset = load(catalog, model.image_size or (0, 0), bad=data.bad_images)
    return replace(dataset, notes=(*dataset.notes, *changes_since(fingerprints_of(run), dataset)))
