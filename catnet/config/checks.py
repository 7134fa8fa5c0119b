"""What the keys of a configuration must have to do with each other.

Each check names the keys that it reads, so that it can be left out where one of them is wrong in itself.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from catnet.config.document import dotted
from catnet.engine.optimizers import OPTIMIZERS
from catnet.goals import COST, GOALS, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.text import alternatives, did_you_mean, shown

if TYPE_CHECKING:
    from catnet.config.schema import Config

Path = tuple[str | int, ...]  # ("data", "classes", 0)

WATCHED_BY_DEFAULT = f"validation_{COST}"


class Problem(NamedTuple):
    """What is wrong with a key, and the keys that it was seen from."""

    path: Path
    message: str
    reads: tuple[str, ...] = ()


class Impossible(ValueError):
    """The keys are right one by one, but not together."""

    def __init__(self, problems: list[Problem]):
        super().__init__("\n".join(f"{dotted(problem.path)}: {problem.message}" for problem in problems))
        self.problems = problems


Found = Iterator[tuple[Path, str]]


def problems(config: "Config") -> list[Problem]:
    """All that is impossible about a configuration."""
    return [Problem(path, message, reads) for reads, check in CHECKS for path, message in check(config)]


def output_layer(config: "Config") -> Found:
    goal = GOALS[config.goal]
    output, loss = config.model.output_activation, config.model.loss
    if output not in goal.output_activations:
        yield ("model", "output_activation"), not_of_goal(config, goal.output_activations, output)
    if loss not in goal.losses:
        yield ("model", "loss"), not_of_goal(config, goal.losses, loss)


def not_of_goal(config: "Config", allowed: tuple[str, ...], given: str) -> str:
    return f"must be {alternatives(allowed)} for goal {config.goal}, is {given}"


def one_activation_a_layer(config: "Config") -> Found:
    yield from one_a_layer(config, "activation", len(config.model.activation), "name")


def one_dropout_a_layer(config: "Config") -> Found:
    yield from one_a_layer(config, "dropout", len(config.model.dropout), "number")


def one_a_layer(config: "Config", key: str, given: int, kind: str) -> Found:
    layers = len(config.model.hidden_layers)
    if given != layers:
        yield (
            ("model", key),
            f"must have as many entries as model.hidden_layers, {layers}, has {given}; or give one {kind} for all",
        )


def classes(config: "Config") -> Found:
    names = config.data.classes
    if names is None:
        return
    path = ("data", "classes")
    if config.goal == REGRESSION:
        yield path, "not for goal regression, which takes data.target, the column to predict"
        return
    goal = GOALS[config.goal]
    if goal.most_classes == 1 and len(names) != 1:
        yield path, f"must be one name for goal {config.goal}, the class that counts as 1, has {len(names)}"
    elif len(names) < goal.fewest_classes:
        fewest = {1: "one name", 2: "two names"}[goal.fewest_classes]
        yield path, f"must be at least {fewest} for goal {config.goal}, has {len(names)}"


def distinct_classes(config: "Config") -> Found:
    seen = set()
    for index, name in enumerate(config.data.classes or ()):
        if name in seen:
            yield ("data", "classes", index), f"{shown(name)} is given twice"
        seen.add(name)


def target(config: "Config") -> Found:
    path = ("data", "target")
    if config.goal == REGRESSION and config.data.target is None:
        yield path, "required for goal regression: the column to predict"
    elif config.goal != REGRESSION and config.data.target is not None:
        yield path, f"only for goal regression, not for goal {config.goal}"


def target_scaling(config: "Config") -> Found:
    if config.goal != REGRESSION and config.data.target_scaling != "none":
        yield ("data", "target_scaling"), f"only for goal regression, not for goal {config.goal}"


def table_scaling(config: "Config") -> Found:
    if config.data.scaling == "unit" and config.data.is_table:
        yield ("data", "scaling"), "must be standard, center or none for a table, is unit, which is for pictures"


def fractions(config: "Config") -> Found:
    data = config.data
    total = data.validation_fraction + data.test_fraction
    if total >= 1:
        given = [key for key in ("test_fraction", "validation_fraction") if key in data.model_fields_set]
        message = f"validation_fraction + test_fraction must be below 1, to leave some to train on, is {total:g}"
        yield ("data", given[0]), message


def huber_delta(config: "Config") -> Found:
    model = config.model
    if "huber_delta" in model.model_fields_set and model.loss != "huber":
        yield ("model", "huber_delta"), f"only for the loss huber, not for {model.loss}"


def zeros(config: "Config") -> Found:
    model = config.model
    if model.initialization == "zeros" and model.output_activation == "relu":
        message = "zeros with output_activation relu never learns: the output and its gradient stay 0; use he"
        yield ("model", "initialization"), message


def momentum(config: "Config") -> Found:
    train = config.train
    users = [name for name, kind in OPTIMIZERS.items() if "velocity" in kind.moments]
    if "momentum" in train.model_fields_set and train.optimizer not in users:
        yield ("train", "momentum"), f"only for the optimizer {alternatives(users)}, not for {train.optimizer}"


def steps(config: "Config") -> Found:
    schedule, path = config.train.schedule, ("train", "schedule", "every")
    if schedule.name == "step" and "every" not in schedule.model_fields_set:
        yield path, "the schedule step needs it: {name: step, every: 100}"
    yield from only_for_step(config, "every")


def factor(config: "Config") -> Found:
    yield from only_for_step(config, "factor")


def only_for_step(config: "Config", key: str) -> Found:
    schedule = config.train.schedule
    if schedule.name != "step" and key in schedule.model_fields_set:
        yield ("train", "schedule", key), f"only for the schedule step, not for {schedule.name}"


def warm_up(config: "Config") -> Found:
    warm_up, epochs = config.train.schedule.warm_up, config.train.epochs
    if warm_up >= epochs:
        yield ("train", "schedule", "warm_up"), f"must be less than train.epochs, {epochs}, is {warm_up}"


def class_weights(config: "Config") -> Found:
    if config.goal == REGRESSION and config.train.class_weights is not None:
        yield ("train", "class_weights"), "not for goal regression, which has no classes"


def weighted_classes(config: "Config") -> Found:
    weights, names = config.train.class_weights, config.data.classes
    # Goal 1.0 weighs also what is not the class, whose name only the data tells.
    if config.goal not in (MULTI_LABEL, MULTI_CLASS) or not isinstance(weights, dict) or not names:
        return
    for name in weights:
        if name not in names:
            message = f"not one of data.classes, {', '.join(map(shown, names))}{did_you_mean(name, names)}"
            yield ("train", "class_weights", name), message


def watched_metric(config: "Config") -> Found:
    if config.train.early_stopping is None:
        return
    given = config.train.early_stopping.metric
    allowed = [WATCHED_BY_DEFAULT, *(f"validation_{metric}" for metric in GOALS[config.goal].metrics)]
    if given not in allowed:
        what = f"must be {alternatives(allowed)} for goal {config.goal}, is {shown(given)}"
        yield ("train", "early_stopping", "metric"), what + did_you_mean(given, allowed)


def gram(config: "Config") -> Found:
    train = config.train
    if train.solver != "gram":
        return
    if not OPTIMIZERS[train.optimizer].linear:
        message = f"gram needs an update that is linear in the gradient, which {train.optimizer}'s is not; use auto"
        yield ("train", "solver"), message
    if train.batch_size != "full":
        yield ("train", "solver"), f"gram needs batch_size full, not {train.batch_size}; use auto"


CHECKS: tuple[tuple[tuple[str, ...], Callable[["Config"], Found]], ...] = (
    (("goal", "model.output_activation", "model.loss"), output_layer),
    (("model.hidden_layers", "model.activation"), one_activation_a_layer),
    (("model.hidden_layers", "model.dropout"), one_dropout_a_layer),
    (("goal", "data.classes"), classes),
    (("data.classes",), distinct_classes),
    (("goal", "data.target"), target),
    (("goal", "data.target_scaling"), target_scaling),
    (("data.path", "data.scaling"), table_scaling),
    (("data.validation_fraction", "data.test_fraction"), fractions),
    (("goal", "model.loss", "model.huber_delta"), huber_delta),
    (("goal", "model.output_activation", "model.initialization"), zeros),
    (("train.optimizer", "train.momentum"), momentum),
    (("train.schedule.name", "train.schedule.every"), steps),
    (("train.schedule.name", "train.schedule.factor"), factor),
    (("train.epochs", "train.schedule.warm_up"), warm_up),
    (("goal", "train.class_weights"), class_weights),
    (("goal", "data.classes", "train.class_weights"), weighted_classes),
    (("goal", "train.early_stopping.metric"), watched_metric),
    (("train.optimizer", "train.batch_size", "train.solver"), gram),
)
