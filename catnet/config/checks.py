"""What the keys of a configuration require of each other; those of data alone are in `data_checks`."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

from catnet.config.data_checks import DATA_CHECKS, MOST_COMPARED
from catnet.config.other_names import value_of
from catnet.config.partial import Check, Found, Problem, Unknown, is_given, value_at
from catnet.config.schema import IMAGE_SIZE, TABLE, Config, is_table
from catnet.config.train_section import WATCHED_BY_DEFAULT, ScheduleConfig
from catnet.engine.colors import RGB
from catnet.engine.names import LINEAR, MOST_SIDE, USING_MOMENTUM
from catnet.files import may_be_list_of_pictures
from catnet.goals import GOALS, MULTI_CLASS, MULTI_LABEL, REGRESSION
from catnet.text import alternatives, did_you_mean, first_names, shown

# The keys that mean something only if another key has one of some values.
ONLY_FOR: dict[tuple[str, ...], tuple[tuple[str, ...], Sequence[str]]] = {
    ("data", "target_scaling"): (("goal",), [REGRESSION]),
    ("data", "components"): (("data", "scaling"), ["whiten"]),
    ("data", "whitening_floor"): (("data", "scaling"), ["whiten"]),
    ("model", "huber_delta"): (("model", "loss"), ["huber"]),
    ("train", "momentum"): (("train", "optimizer"), USING_MOMENTUM),
    ("train", "schedule", "every"): (("train", "schedule", "name"), ["step"]),
    ("train", "schedule", "factor"): (("train", "schedule", "name"), ["step"]),
}
EMPTY: Mapping[str, object] = {}
# The keys that are for pictures alone, and their defaults.
PICTURES_ONLY: dict[tuple[str, ...], object] = {
    ("data", "image_size"): IMAGE_SIZE,
    ("data", "colors"): RGB,
    ("data", "duplicates"): "fail",
    ("data", "box_average"): 1,
    ("model", "views"): "none",
}


def problems(config: Config) -> list[Problem]:
    """All keys that do not fit together. A check ends if it reads a key that a Partial does not know."""
    found: list[Problem] = []
    for check in CHECKS:
        with suppress(Unknown):
            found.extend(check(config))
    return found


def applies(config: Config, path: tuple[str, ...], settings: Mapping[str, object] = EMPTY) -> bool:
    """Whether a key of ONLY_FOR means something in this configuration, with other settings at some dotted keys."""
    other, values = ONLY_FOR[path]
    key = ".".join(other)
    return (settings[key] if key in settings else value_at(config, other)) in values


def only_for(config: Config, path: tuple[str, ...]) -> Found:
    if is_given(config, path) and not applies(config, path) and value_at(config, path) not in (None, "none"):
        other, values = ONLY_FOR[path]
        name = other[-2] if other[-1] == "name" else other[-1]  # a schedule is called a schedule, not a name
        yield path, f"only for {name} {alternatives(values)}, not for {name} {value_at(config, other)}"


def of_goal(config: Config, key: str, choices: str) -> Found:
    allowed, given = getattr(GOALS[config.goal], choices), getattr(config.model, key)
    if given not in allowed:
        yield ("model", key), f"must be {alternatives(allowed)} for goal {config.goal}, is {given}"


def one_per_layer(config: Config, key: str, kind: str) -> Found:
    given, layers = len(getattr(config.model, key)), len(config.model.hidden_layers)
    if given != layers:
        must = f"must have as many entries as model.hidden_layers, {layers}, has {given}"
        yield ("model", key), f"{must}; or give one {kind} for all"


def only_for_pictures(config: Config) -> Found:
    if not is_table(config.data.path):
        return
    if config.data.path.suffix.lower() == TABLE and may_be_list_of_pictures(config.data.path):
        return  # reading it says how a list of pictures is written
    for path, default in PICTURES_ONLY.items():
        if is_given(config, path) and value_at(config, path) != default:
            yield path, "only for pictures, not for a table"
    if config.train.augment.numbers.changes_pictures:
        yield ("train", "augment"), "only mixup is for a table, such as {mixup: 0.2}"


def augment(config: Config) -> Found:
    path, given = ("train", "augment"), config.train.augment
    least, most = given.zoom
    if least > most:
        yield (*path, "zoom"), f"must be [least, most], is [{least:g}, {most:g}]"
    if given.model_fields_set and given.numbers.is_none:
        yield path, "changes nothing; name what to change, such as {flip: true, shift: 0.12}, or write none"


def decoded_size(config: Config) -> Found:
    most, size = MOST_SIDE // config.data.box_average, max(config.data.image_size)
    if size > most:
        times = f"{config.data.box_average} times image_size"
        yield (
            ("data", "box_average"),
            f"pictures of {times} have more than {MOST_SIDE} pixels a side; lower one of them",
        )


def label_smoothing(config: Config) -> Found:
    if config.goal == REGRESSION and config.train.label_smoothing:
        yield ("train", "label_smoothing"), "not for goal regression, which has no classes"


def keep(config: Config) -> Found:
    if config.train.keep == "last" and config.train.early_stopping is not None:
        yield ("train", "keep"), "last does not go with early_stopping, which returns to the best epoch; set it to best"


def zeros(config: Config) -> Found:
    if config.model.initialization == "zeros" and config.model.output_activation == "relu":
        message = "zeros with output_activation relu never learns: the output and its gradient stay 0; use he"
        yield ("model", "initialization"), message


def every(config: Config) -> Found:
    path = ("train", "schedule", "every")
    if applies(config, path) and not is_given(config, path):
        overrides = "as overrides: train.schedule.name=step and train.schedule.every=100"
        yield path, f"the schedule step needs every: {{name: step, every: 100}}; {overrides}"


def warm_up(config: Config) -> Found:
    schedule, epochs = config.train.schedule, config.train.epochs
    if ScheduleConfig.warm_up_epochs(schedule, epochs) >= epochs:  # a Partial has no methods
        share = "" if isinstance(schedule.warm_up, int) else f", which is all {epochs} epochs"
        yield (
            ("train", "schedule", "warm_up"),
            f"must be less than train.epochs, {epochs}, is {schedule.warm_up}{share}",
        )


def class_weights(config: Config) -> Found:
    weights = config.train.class_weights
    if config.goal == REGRESSION and weights is not None:
        yield ("train", "class_weights"), "not for goal regression, which has no classes"
    # Goal 1.0 weighs also what is not the class, whose name only the data tells.
    if config.goal in (MULTI_LABEL, MULTI_CLASS) and isinstance(weights, dict) and (names := config.data.classes):
        strangers, there = weights.keys() - set(names), first_names(map(shown, names))
        for count, name in enumerate(filter(strangers.__contains__, weights), start=1):
            compared = names if count == 1 or count * len(names) <= MOST_COMPARED else ()
            yield ("train", "class_weights", name), partial(no_class, name, there, compared)


def no_class(name: str, there: str, compared: Sequence[str]) -> str:
    """What is said of a name that is none of the classes."""
    return f"not one of data.classes, {there}{did_you_mean(name, compared)}"


def watched_metric(config: Config) -> Found:
    early_stopping, goal = config.train.early_stopping, GOALS[config.goal]
    allowed = [WATCHED_BY_DEFAULT, *(f"validation_{metric}" for metric in goal.metrics)]
    if early_stopping is not None and (given := early_stopping.metric) not in allowed:
        path = ("train", "early_stopping", "metric")
        must = f"must be {alternatives(allowed)} for goal {config.goal}, is {shown(given)}"
        meant = value_of(path, given)
        yield path, must + (f"; did you mean {meant}?" if meant in allowed else did_you_mean(given, allowed))


def gram(config: Config) -> Found:
    train, path = config.train, ("train", "solver")
    if train.solver == "gram" and train.optimizer not in LINEAR:
        yield path, f"gram needs an update that is linear in the gradient, which {train.optimizer}'s is not; use auto"
    if train.solver == "gram" and not train.augment.numbers.is_none:
        yield path, "gram needs the same examples in each epoch, which train.augment changes; use auto"


CHECKS: tuple[Check, ...] = (
    partial(of_goal, key="output_activation", choices="output_activations"),
    partial(of_goal, key="loss", choices="losses"),
    partial(one_per_layer, key="activation", kind="name"),
    partial(one_per_layer, key="dropout", kind="number"),
    *(partial(only_for, path=path) for path in ONLY_FOR),
    *DATA_CHECKS,
    only_for_pictures, zeros, every, warm_up, class_weights, watched_metric, gram, augment, decoded_size,
    label_smoothing, keep,
)  # fmt: skip
