"""From a configuration and its data to the model before the first epoch, and the task of training it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from catnet.config import Config, TrainConfig
from catnet.data.dataset import Dataset
from catnet.data.load import load
from catnet.data.scaling import fit_scaling
from catnet.data.scan import scan
from catnet.engine import class_weights
from catnet.engine.class_weights import ClassWeights
from catnet.engine.initialization import INITIALIZATIONS, initial_parameters
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import Network
from catnet.engine.optimizers import Optimizer
from catnet.engine.pictures import box_average
from catnet.engine.schedules import Schedule
from catnet.engine.task import Task
from catnet.engine.types import Array, Parameters
from catnet.errors import ConfigError, DataError
from catnet.evaluation.metrics import scalars, trivial_prediction
from catnet.goals import COST, REGRESSION
from catnet.model import IDENTITY, Model
from catnet.runs.checkpoints import load_parameters
from catnet.text import did_you_mean, first_names, listed, printable
from catnet.training.architecture import network_of

PRECISIONS: dict[str, type[np.floating]] = {"float32": np.float32, "float64": np.float64}


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


def read_data(config: Config, progress: Callable[[int, int], None] | None = None) -> Dataset:
    """The decoded data. `progress` is told how many pictures are decoded, and of how many.

    Raises DataError, and ConfigError if the data lacks what the configuration needs.
    """
    dataset = load(scan(config), config.data.decoded_size, bad=config.data.bad_images, progress=progress)
    check_early_stopping(config, dataset)
    return dataset


def build(config: Config, dataset: Dataset, model: Model) -> Setup:
    """The task of training a model on data. Raises ConfigError for class weights of a name that is no class."""
    train, validation, settings = dataset.splits["train"], dataset.splits.get("validation"), config.train
    dtype, weights = PRECISIONS[settings.precision], class_weights_of(config, dataset)

    def weights_of(labels: Array) -> Array | None:
        return None if weights is None else weights.of(labels)

    watched = None
    if validation is not None:
        inputs = Inputs(model.rows_in_views(validation.rows), model.scaling, dtype)
        watched = Validation(inputs, model.labels(validation.labels), weights_of(validation.labels))
    task = Task(
        network=model.network,
        initial=model.parameters,
        inputs=Inputs(model.averaged(train.rows), model.scaling, dtype),
        labels=model.labels(train.labels),
        weights=weights_of(train.labels),
        schedule=schedule_of(settings),
        optimizer=Optimizer(settings.optimizer, settings.momentum, settings.weight_decay),
        batch_size=None if settings.batch_size == "full" else settings.batch_size,
        dropout=config.model.dropout,
        seed=settings.seed,
        validation=None if watched is None else watched.inputs,
    )
    return Setup(config, dataset, model, task, watched)


def schedule_of(settings: TrainConfig) -> Schedule:
    """The learning rate of each epoch."""
    given, epochs = settings.schedule, settings.epochs
    warm_up = given.warm_up_epochs(epochs)
    return Schedule(settings.learning_rate, epochs, given.name, given.every, given.factor, warm_up)


def initial_model(config: Config, dataset: Dataset) -> Model:
    """The model before the first epoch, its scaling fitted to the training data. Raises CheckpointError, DataError."""
    train, data = dataset.splits["train"], config.data
    image_size, rows = None, train.rows
    if dataset.image_size is not None:
        image_size, rows = data.image_size, box_average(rows, data.image_size, data.box_average)
    network = network_of(config, rows.shape[1], len(train.labels))
    target_scaling = target_scaling_of(config, train.labels)
    scaling = fit_scaling(data.scaling, rows, None if image_size is None else 3)
    demand_scale_in_range(config, scaling, dataset.question.features)
    return Model(
        network=network,
        parameters=initial_parameters_of(config, network, target_scaling.apply(train.labels)),
        question=dataset.question,
        scaling=scaling,
        constant=trivial_prediction(train.labels),
        target_scaling=target_scaling,
        image_size=image_size,
        box_average=data.box_average,
        views=config.model.views,
    )


def demand_scale_in_range(config: Config, scaling: Scaling, features: Sequence[str] | None) -> None:
    """Raises DataError for columns whose standard deviation is so small that its inverse is too large a number."""
    with np.errstate(over="ignore"):
        finite = np.isfinite(np.asarray(scaling.scale).astype(PRECISIONS[config.train.precision]))
    if features is not None and not finite.all():
        names = first_names(name for name, fits in zip(features, finite.tolist(), strict=True) if not fits)
        raise DataError(
            f"{printable(config.data.path)}: the numbers of {names} differ by so little that data.scaling: standard "
            f"cannot scale them in {config.train.precision}; give them in another unit, or set data.scaling: center"
        )


def initial_parameters_of(config: Config, network: Network, labels: Array) -> Parameters:
    """The parameters to start from: of the file, or drawn.

    A drawn regression starts its output bias at the mean of the labels, (1, m), so that the first answers are of the
    right size and a ReLU output is alive; all zeros stay zeros. Raises CheckpointError if the file does not fit.
    """
    initialization, dtype = config.model.initialization, PRECISIONS[config.train.precision]
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
