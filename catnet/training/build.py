"""From a configuration, its data and where to start to the task of training."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from catnet.config import Config, TrainConfig
from catnet.data.dataset import Dataset
from catnet.data.load import load
from catnet.data.reading import Reading
from catnet.data.scan import scan
from catnet.engine import class_weights
from catnet.engine.augmented import Augmented
from catnet.engine.class_weights import ClassWeights
from catnet.engine.inputs import Inputs
from catnet.engine.label_smoothing import smoothed
from catnet.engine.optimizers import Optimizer
from catnet.engine.schedules import Schedule
from catnet.engine.task import Task
from catnet.engine.types import Array, Parameters
from catnet.engine.whitening import Whitening
from catnet.errors import ConfigError
from catnet.evaluation.metrics import scalars
from catnet.goals import COST
from catnet.model import Model
from catnet.question import Column
from catnet.text import did_you_mean, first_names, listed, printable
from catnet.training.start import PRECISIONS, Start, inputs_of, projected_once


@dataclass(frozen=True)
class Validation:
    """The validation data as the network takes it: X in all views of the model, Y, the class weights of the cost."""

    inputs: Inputs
    labels: Array
    weights: Array | None


@dataclass(frozen=True)
class Setup:
    """What a training starts from; it does not change during training. `model` is the one before the first epoch."""

    config: Config
    dataset: Dataset
    model: Model
    task: Task
    validation: Validation | None
    whitening: Whitening | None = None

    def inputs(self, rows: Array) -> Inputs:
        """Decoded rows as the network that is trained takes them, in one view after the other."""
        seen = self.model.rows_in_views(rows)
        return inputs_of(self.model, self.whitening, seen, self.task.inputs.dtype.type)

    @property
    def read(self) -> Reading:
        """What was read, and what the network takes of it."""
        components = None if self.whitening is None else len(self.whitening.matrix)
        return replace(self.dataset.read, box=self.model.box_average, components=components)

    def model_of(self, parameters: Parameters, epoch: int) -> Model:
        """The model with these parameters of the network that is trained, after so many epochs."""
        folded = parameters if self.whitening is None else self.whitening.fold(parameters)
        return replace(self.model, parameters=folded, epoch=epoch)


Adapted = Callable[[Setup], Task]  # gives a task another way to compute the same


def as_it_is(setup: Setup) -> Task:
    """The task, computed as it would be."""
    return setup.task


def read_data(
    config: Config,
    progress: Callable[[int, int], None] | None = None,
    encoded: tuple[Column, ...] | None = None,
) -> Dataset:
    """The decoded data: pictures at data.box_average times data.image_size.

    `encoded` is what a training that resumes has learned of a table's columns. `progress` is told how many pictures are
    decoded, and of how many. Raises DataError, and ConfigError if the data lacks what the configuration needs.
    """
    data = config.data
    catalog = scan(config, encoded=encoded)
    dataset = load(catalog, data.decoded_size, colors=data.colors, bad=data.bad_images, progress=progress)
    check_early_stopping(config, dataset)
    return dataset


def build(config: Config, dataset: Dataset, start: Start) -> Setup:
    """The task of training a model on data.

    Raises ConfigError for class weights of a name that is no class, and NotEnoughMemory.
    """
    train, validation, settings = dataset.splits["train"], dataset.splits.get("validation"), config.train
    dtype, weights, model = PRECISIONS[settings.precision], class_weights_of(config, dataset), start.model

    def weights_of(labels: Array) -> Array | None:
        return None if weights is None else weights.of(labels)

    watched = None
    if validation is not None:
        seen = inputs_of(model, start.whitening, model.rows_in_views(validation.rows), dtype)
        watched = Validation(projected_once(seen), model.labels(validation.labels), weights_of(validation.labels))
    inputs = inputs_of(model, start.whitening, model.averaged(train.rows), dtype)
    augmented = augmented_of(config, model, train.rows)
    task = Task(
        network=start.network,
        initial=start.parameters,
        inputs=projected_once(inputs) if augmented is None else inputs,
        labels=training_labels(config, model, train.labels),
        weights=weights_of(train.labels),
        schedule=schedule_of(settings),
        optimizer=Optimizer(settings.optimizer, settings.momentum, settings.weight_decay),
        batch_size=None if settings.batch_size == "full" else settings.batch_size,
        dropout=config.model.dropout,
        seed=settings.seed,
        validation=None if watched is None else watched.inputs,
        augmented=augmented,
        bytes_of_folding=0 if start.whitening is None else start.whitening.bytes_of_folding(start.parameters["W1"]),
    )
    return Setup(config, dataset, model, task, watched, start.whitening)


def training_labels(config: Config, model: Model, labels: Array) -> Array:
    """Y as the network is trained on it, smoothed."""
    share, Y = config.train.label_smoothing, model.labels(labels)
    return smoothed(Y, share, model.network.activations[-1]) if share else Y


def augmented_of(config: Config, model: Model, rows: Array) -> Augmented | None:
    """The training examples as they are changed in each epoch; None if they are not."""
    bounds = config.train.augment.numbers
    if bounds.is_none:
        return None
    return Augmented(rows, model.image_size, model.box_average, bounds, config.train.seed)


def schedule_of(settings: TrainConfig) -> Schedule:
    """The learning rate of each epoch."""
    given, epochs = settings.schedule, settings.epochs
    warm_up = given.warm_up_epochs(epochs)
    return Schedule(settings.learning_rate, epochs, given.name, given.every, given.factor, warm_up)


def class_weights_of(config: Config, dataset: Dataset) -> ClassWeights | None:
    """The class weights of the cost, None if all are 1. Raises ConfigError for a name that is no class."""
    weights, question = config.train.class_weights, dataset.question
    if weights is None:
        return None
    if weights == "balanced":
        return class_weights.balanced(config.goal, dataset.splits["train"].labels)
    if strangers := sorted(set(weights) - set(question.names)):
        raise ConfigError(
            f"{printable(config.data.path)}: has no class {first_names(strangers)}, which train.class_weights names; "
            f"there are {first_names(question.names)}{did_you_mean(strangers[0], question.names)}"
        )
    return class_weights.given(config.goal, question.classes, question.negative, weights)


def check_early_stopping(config: Config, dataset: Dataset) -> None:
    """Raises ConfigError if the metric that early stopping watches does not exist on this data."""
    early_stopping, where = config.train.early_stopping, printable(config.data.path)
    if early_stopping is None:
        return
    if "validation" not in dataset.splits:
        raise ConfigError(
            f"{where}: there is no validation data, which train.early_stopping needs; "
            "set data.validation_fraction: 0.2, add a val split, or take early_stopping out"
        )
    metric, labels = early_stopping.metric.removeprefix("validation_"), dataset.splits["validation"].labels
    if metric == COST:
        return
    # whether AUC and R2 exist depends on the labels alone
    values = scalars(config.goal, np.broadcast_to(labels.mean(axis=1, keepdims=True), labels.shape), labels)
    if values[metric] is None:
        absent = dataset.question.absent(labels)
        why = f"has no example of {listed(absent)}" if absent else "has only one label"
        raise ConfigError(
            f"{where}: {early_stopping.metric}, which train.early_stopping watches, does not exist: "
            f"the validation data {why}; add others, or watch validation_cost"
        )
