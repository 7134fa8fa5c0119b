"""What the keys of a configuration must have to do with each other."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from catnet.config.document import KeyPath
from catnet.config.schema import WATCHED_BY_DEFAULT, Config, Section, is_table
from catnet.engine.optimizers import OPTIMIZERS
from catnet.goals import GOALS, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.text import alternatives, did_you_mean, shown

Problem = tuple[KeyPath, str]  # what is wrong with a key
Found = Iterator[Problem]


class Unknown(Exception):
    """A key was read whose value is not known, because it is wrong in itself."""


class Partial:
    """What is right of a section. Reading anything else of it raises Unknown."""

    def __init__(self, values: dict[str, Any], given: set[str]):
        self.__dict__.update(values)
        self.model_fields_set = given

    def __getattr__(self, key: str) -> Any:
        raise Unknown(key)


def problems(config: Config) -> list[Problem]:
    """All that does not fit together. A check ends if it reads what a Partial does not know."""
    found: list[Problem] = []
    for check in CHECKS:
        with suppress(Unknown):
            found.extend(check(config))
    return found


def is_given(section: Section, key: str) -> bool:
    """Whether a key is in the configuration, and not its default."""
    getattr(section, key)  # raises Unknown if it is wrong
    return key in section.model_fields_set


def output_activation(config: Config) -> Found:
    yield from not_of_goal(config, "output_activation", GOALS[config.goal].output_activations)


def loss(config: Config) -> Found:
    yield from not_of_goal(config, "loss", GOALS[config.goal].losses)


def not_of_goal(config: Config, key: str, allowed: tuple[str, ...]) -> Found:
    given = getattr(config.model, key)
    if given not in allowed:
        yield ("model", key), f"must be {alternatives(allowed)} for goal {config.goal}, is {given}"


def activation_per_layer(config: Config) -> Found:
    yield from not_one_per_layer(config, "activation", "name")


def dropout_per_layer(config: Config) -> Found:
    yield from not_one_per_layer(config, "dropout", "number")


def not_one_per_layer(config: Config, key: str, kind: str) -> Found:
    given, layers = len(getattr(config.model, key)), len(config.model.hidden_layers)
    if given != layers:
        must = f"must have as many entries as model.hidden_layers, {layers}, has {given}"
        yield ("model", key), f"{must}; or give one {kind} for all"


def number_of_classes(config: Config) -> Found:
    path, names, goal = ("data", "classes"), config.data.classes, GOALS[config.goal]
    if names is None:
        return
    if config.goal == REGRESSION:
        yield path, "not for goal regression, which takes data.target, the column to predict"
    elif goal.most_classes == 1 and len(names) != 1:
        yield path, f"must be one name for goal {config.goal}, the class that counts as 1, has {len(names)}"
    elif len(names) < goal.fewest_classes:
        fewest = {1: "one name", 2: "two names"}[goal.fewest_classes]
        yield path, f"must be at least {fewest} for goal {config.goal}, has {len(names)}"


def distinct_classes(config: Config) -> Found:
    names = config.data.classes or ()
    first = {name: index for index, name in reversed([*enumerate(names)])}
    for index, name in enumerate(names):
        if first[name] != index:
            yield ("data", "classes", index), f"{shown(name)} is given twice"


def target(config: Config) -> Found:
    path = ("data", "target")
    if config.goal == REGRESSION and config.data.target is None:
        yield path, "required for goal regression: the column to predict"
    elif config.goal != REGRESSION and config.data.target is not None:
        yield path, f"only for goal regression, not for goal {config.goal}"


def target_scaling(config: Config) -> Found:
    if config.goal != REGRESSION and config.data.target_scaling != "none":
        yield ("data", "target_scaling"), f"only for goal regression, not for goal {config.goal}"


def table_scaling(config: Config) -> Found:
    if config.data.scaling == "unit" and is_table(config.data.path):
        yield ("data", "scaling"), "must be standard, center or none for a table, is unit, which is for pictures"


def fractions(config: Config) -> Found:
    data = config.data
    total = data.validation_fraction + data.test_fraction
    if total >= 1:
        key = "test_fraction" if is_given(data, "test_fraction") else "validation_fraction"
        must = "validation_fraction + test_fraction must be below 1, to leave some to train on"
        yield ("data", key), f"{must}, is {total:g}"


def huber_delta(config: Config) -> Found:
    if is_given(config.model, "huber_delta") and config.model.loss != "huber":
        yield ("model", "huber_delta"), f"only for the loss huber, not for {config.model.loss}"


def zeros(config: Config) -> Found:
    if config.model.initialization == "zeros" and config.model.output_activation == "relu":
        message = "zeros with output_activation relu never learns: the output and its gradient stay 0; use he"
        yield ("model", "initialization"), message


def momentum(config: Config) -> Found:
    users = [name for name, kind in OPTIMIZERS.items() if "velocity" in kind.moments]
    if is_given(config.train, "momentum") and config.train.optimizer not in users:
        yield ("train", "momentum"), f"only for the optimizer {alternatives(users)}, not for {config.train.optimizer}"


def every(config: Config) -> Found:
    schedule = config.train.schedule
    if schedule.name == "step" and not is_given(schedule, "every"):
        yield ("train", "schedule", "every"), "the schedule step needs every: {name: step, every: 100}"
    yield from only_for_step(config, "every")


def factor(config: Config) -> Found:
    yield from only_for_step(config, "factor")


def only_for_step(config: Config, key: str) -> Found:
    schedule = config.train.schedule
    if schedule.name != "step" and is_given(schedule, key):
        yield ("train", "schedule", key), f"only for the schedule step, not for {schedule.name}"


def warm_up(config: Config) -> Found:
    given, epochs = config.train.schedule.warm_up, config.train.epochs
    if given >= epochs:
        yield ("train", "schedule", "warm_up"), f"must be less than train.epochs, {epochs}, is {given}"


def class_weights(config: Config) -> Found:
    weights = config.train.class_weights
    if config.goal == REGRESSION and weights is not None:
        yield ("train", "class_weights"), "not for goal regression, which has no classes"
    # Goal 1.0 weighs also what is not the class, whose name only the data tells.
    if config.goal in (MULTI_LABEL, MULTI_CLASS) and isinstance(weights, dict) and (names := config.data.classes):
        for name in [name for name in weights if name not in names]:
            message = f"not one of data.classes, {', '.join(map(shown, names))}{did_you_mean(name, names)}"
            yield ("train", "class_weights", name), message


def watched_metric(config: Config) -> Found:
    early_stopping, goal = config.train.early_stopping, GOALS[config.goal]
    allowed = [WATCHED_BY_DEFAULT, *(f"validation_{metric}" for metric in goal.metrics)]
    if early_stopping is not None and (given := early_stopping.metric) not in allowed:
        must = f"must be {alternatives(allowed)} for goal {config.goal}, is {shown(given)}"
        yield ("train", "early_stopping", "metric"), must + did_you_mean(given, allowed)


def gram(config: Config) -> Found:
    train, path = config.train, ("train", "solver")
    if train.solver == "gram" and not OPTIMIZERS[train.optimizer].linear:
        yield path, f"gram needs an update that is linear in the gradient, which {train.optimizer}'s is not; use auto"
    if train.solver == "gram" and train.batch_size != "full":
        yield path, f"gram needs batch_size full, not {train.batch_size}; use auto"


CHECKS: tuple[Callable[[Config], Found], ...] = (
    output_activation, loss, activation_per_layer, dropout_per_layer, number_of_classes, distinct_classes, target,
    target_scaling, table_scaling, fractions, huber_delta, zeros, momentum, every, factor, warm_up, class_weights,
    watched_metric, gram,
)  # fmt: skip
