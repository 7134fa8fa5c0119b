"""Wrong values, and keys that do not fit together: the exact words of each message."""

import re
from pathlib import Path
from typing import Any

import pytest

from catnet.config import Config, load_config
from catnet.config.checks import CHECKS
from catnet.config.partial import Partial, Unknown
from catnet.errors import ConfigError
from catnet.goals import GOALS


def faults(tmp_path: Path, *overrides: str, goal: str = "1.0", path: str = "pictures") -> list[str]:
    """The messages for a valid configuration with some overrides, without places and lines."""
    file = tmp_path / "cat.yaml"
    target = ", target: age" if goal == "regression" else ""
    file.write_text(f"goal: {goal}\ndata: {{path: {path}{target}}}\ntrain: {{epochs: 10}}\n")
    try:
        load_config(file, overrides)
    except ConfigError as error:
        assert error.exit_code == 2
        return [re.split(r":\d+:\d+: ", line, maxsplit=1)[1] for line in str(error).splitlines()[::3]]
    return []


WHOLE = "must be a whole number of at least"
STEP = "the schedule step needs every: {name: step, every: 100}; "
STEP += "as overrides: train.schedule.name=step and train.schedule.every=100"
AUGMENT = (
    "must be none, standard or a mapping of flip, shift, zoom, stretch, rotate, brightness, contrast, cutout, mixup"
)
FRACTION = "must be a number of at least 0 and below 1"


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("train.epochs=", f"train.epochs: {WHOLE} 1, is empty"),
        ("train.epochs=1.5", f"train.epochs: {WHOLE} 1, is 1.5"),
        ("train.epochs=[1]", f"train.epochs: {WHOLE} 1, is a list"),
        ("train.epochs=" + "9" * 5000, f"train.epochs: {WHOLE} 1, is {'9' * 60}..."),
        ("train.batch_size=ful", "train.batch_size: must be full or a whole number of at least 1, is ful; "
         "did you mean full?"),
        ("train.epochs=1" + "0" * 30, "train.epochs: must be at most 1000000000, is 1" + "0" * 30),
        ("train.batch_size=1000000001", "train.batch_size: must be at most 1000000000, is 1000000001"),
        ("train.weight_decay=1e308", "train.weight_decay: must be at most 1e+30, is 1e308"),
        ("train.weight_decay=5e-324", "train.weight_decay: must be at least 1e-30, is 5e-324"),
        ("train.class_weights={cat: 1e308}", "train.class_weights.cat: must be at most 1e+30, is 1e308"),
        (f"model.hidden_layers=[{'1,' * 1001}]",
         "model.hidden_layers: must be a list of at most 1000, is a list of 1001"),
        ("train.checkpoint_every=0", "train.checkpoint_every: must be auto or a whole number of at least 1, is 0"),
        ("train.keep_weights=1", "train.keep_weights: must be a whole number from 2 to 100, is 1"),
        ("train.learning_rate=.inf", "train.learning_rate: must be a number above 0, is .inf"),
        ("train.learning_rate=inf", "train.learning_rate: must be a number above 0, is inf"),
        ("train.learning_rate=1e999", "train.learning_rate: must be a number above 0, is 1e999"),
        ("train.learning_rate=0", "train.learning_rate: must be a number above 0, is 0"),
        ("train.weight_decay=-1", "train.weight_decay: must be a number of at least 0, is -1"),
        ("train.momentum=1", f"train.momentum: {FRACTION}, is 1"),
        ("train.seed=-1", "train.seed: must be a whole number from 0 to 9223372036854775807, is -1"),
        ("train.precision=half", "train.precision: must be float32 or float64, is half"),
        ("train.solver=driect", "train.solver: must be auto, direct, gram or sharded, is driect; did you mean direct?"),
        ("train.optimizer=sgd", "train.optimizer: must be gradient_descent, momentum, nesterov, adam or adamw, is sgd; "
         "did you mean gradient_descent with batch_size: a number?"),
        ("train.optimizer={}",
         "train.optimizer: must be gradient_descent, momentum, nesterov, adam or adamw, is an empty mapping"),
        ("train.schedule=5",
         "train.schedule: must be constant, step, cosine or a mapping of name, every, factor, warm_up, is 5"),
        ("train.schedule=[]",
         "train.schedule: must be constant, step, cosine or a mapping of name, every, factor, warm_up, is a list"),
        (
            "train.schedule={name: step, evry: 5}",
            "train.schedule.evry: unknown key; did you mean every?",
        ),
        ("train.schedule={name: step, every: 5, factor: 1}",
         "train.schedule.factor: must be a number above 0 and below 1, is 1"),
        ("train.early_stopping=20",
         "train.early_stopping: must be a mapping of metric, patience, is 20; did you mean {patience: 20}?"),
        ("train.early_stopping={}", "train.early_stopping.patience: required, but missing"),
        ("train.class_weights=balance",
         "train.class_weights: must be balanced or a mapping of classes to numbers above 0, is balance; "
         "did you mean balanced?"),
        ("train.class_weights={cat: 0}", "train.class_weights.cat: must be a number above 0, is 0"),
        ("model.hidden_layers=64", "model.hidden_layers: must be a list, is 64; write [64]"),
        ("model.hidden_layers=[1000001]",
         "model.hidden_layers[0]: must be a whole number from 1 to 1000000, is 1000001"),
        ("model.activation=relue",
         "model.activation: must be relu, leaky_relu, tanh, sigmoid or linear, is relue; did you mean relu?"),
        ("model.dropout=1", f"model.dropout: {FRACTION}, is 1"),
        ("model.initialization=xavie",
         "model.initialization: must be he, xavier, zeros or a .safetensors file, is xavie; did you mean xavier?"),
        ("model.loss=crossentropy", "model.loss: must be cross_entropy, squared, absolute or huber, is crossentropy; "
         "did you mean cross_entropy?"),
        ("data.path=", "data.path: must be a path, is empty"),
        ("data.path=''", 'data.path: must be a path, is ""'),
        ('data.path="a\\0"', "data.path: must be a path, is a\\x00"),
        ("data.path=' '", 'data.path: must be a path, is " "'),
        ('model.initialization="\\0.safetensors"',
         "model.initialization: must be a path, is \\x00.safetensors"),
        ("model.activation=", "model.activation: must be relu, leaky_relu, tanh, sigmoid or linear, is empty"),
        ("data.image_size=64",
         "data.image_size: must be a list of two sizes, [height, width], is 64; did you mean [64, 64]?"),
        ("data.image_size=[64, 64, 3]",
         "data.image_size: must be a list of two sizes, [height, width], is a list of 3"),
        ("data.image_size=[64, 5000]", "data.image_size[1]: must be a whole number from 1 to 4096, is 5000"),
        ("data.classes=cat", "data.classes: must be a list, is cat; write [cat]"),
        ("data.classes=['']", 'data.classes[0]: must be text, is ""'),
        ("data.classes=[~]", "data.classes[0]: must be text, is empty"),
        ("data.test_fraction=-0.1", f"data.test_fraction: {FRACTION}, is -0.1"),
        ("data.bad_images=skp", "data.bad_images: must be fail or skip, is skp; did you mean skip?"),
        ("data.scaling=pca",
         "data.scaling: must be unit, center, standard, whiten or none, is pca; did you mean whiten?"),
        ("data.box_average=5", "data.box_average: must be a whole number from 1 to 4, is 5"),
        ("data.components=0", "data.components: must be a whole number of at least 1, is 0"),
        ("data.whitening_floor=0", "data.whitening_floor: must be a number above 0, is 0"),
        ("data.whitening_floor=1e-31", "data.whitening_floor: must be at least 1e-30, is 1e-31"),
        ("model.views=flp", "model.views: must be none or flip, is flp; did you mean flip?"),
        ("train.label_smoothing=1", f"train.label_smoothing: {FRACTION}, is 1"),
        ("train.keep=lst", "train.keep: must be best or last, is lst; did you mean last?"),
        ("train.schedule.warm_up=1.5",
         f"train.schedule.warm_up: {WHOLE} 0 or a number above 0 and below 1, is 1.5"),
        ("train.augment=standrad", f"train.augment: {AUGMENT}, is standrad; did you mean standard?"),
        ("train.augment=", f"train.augment: {AUGMENT}, is empty"),
        ("train.augment=[flip]", f"train.augment: {AUGMENT}, is a list; write {{flip: true}}"),
        ("train.augment={flip: 0.5}", "train.augment.flip: must be true or false, is 0.5; did you mean true?"),
        ("train.augment={hflip: true}", "train.augment.hflip: unknown key; did you mean flip?"),
        ("train.augment={standard: true}", "train.augment.standard: unknown key; the keys of train.augment are flip, "
         "shift, zoom, stretch, rotate, brightness, contrast, cutout, mixup"),
        *((f"train.augment={{{key}: 1}}", f"train.augment.{key}: {FRACTION}, is 1")
          for key in ("shift", "brightness", "contrast", "cutout")),
        ("train.augment={zoom: 0.6}",
         "train.augment.zoom: must be a list of two numbers, [least, most], is 0.6"),
        ("train.augment={zoom: [0, 1]}", "train.augment.zoom[0]: must be a number from 0.1 to 10, is 0"),
        ("train.augment={stretch: 2}", "train.augment.stretch: must be a number from 0 to 1, is 2"),
        ("train.augment={rotate: 200}", "train.augment.rotate: must be a number from 0 to 180, is 200"),
        ("train.augment={mixup: 1e40}", "train.augment.mixup: must be at most 1e+30, is 1e40"),
        ("goal=4", "goal: must be 1.0, 2.0, 3.0, binary, multi-label, multi-class or regression, is 4"),
        ("goal=regresion",
         "goal: must be 1.0, 2.0, 3.0, binary, multi-label, multi-class or regression, is regresion; "
         "did you mean regression?"),
    ],
)  # fmt: skip
def test_values(tmp_path: Path, override: str, expected: str) -> None:
    assert faults(tmp_path, override) == [expected]


METRIC = "train.early_stopping.metric: must be"


IMPOSSIBLE = (
    [
        ("3.0", ["model.output_activation=sigmoid"],
         "model.output_activation: must be softmax for goal 3.0, is sigmoid"),
        ("regression", ["model.output_activation=softmax"],
         "model.output_activation: must be linear or relu for goal regression, is softmax"),
        ("1.0", ["model.loss=squared"], "model.loss: must be cross_entropy for goal 1.0, is squared"),
        ("1.0", ["model.activation=[relu]"],
         "model.activation: must have as many entries as model.hidden_layers, 0, has 1; or give one name for all"),
        ("1.0", ["model.hidden_layers=[3,2]", "model.dropout=[0.1]"],
         "model.dropout: must have as many entries as model.hidden_layers, 2, has 1; or give one number for all"),
        ("1.0", ["data.classes=[a,b]"],
         "data.classes: must be one name for goal 1.0, the class that counts as 1, has 2"),
        ("2.0", ["data.classes=[]"], "data.classes: must be at least one name for goal 2.0, has 0"),
        ("3.0", ["data.classes=[a]"], "data.classes: must be at least two names for goal 3.0, has 1"),
        ("3.0", ["data.classes=[a,b,a]"], "data.classes[2]: a is given twice"),
        ("regression", ["data.classes=[a]"],
         "data.classes: not for goal regression, which takes data.target, the column to predict"),
        ("regression", ["data.target="], "data.target: required for goal regression: the column to predict"),
        ("3.0", ["data.ignore=[Id,name,Id]"], "data.ignore[2]: Id is given twice"),
        ("3.0", ["data.class_names=[a,a]"], "data.class_names[1]: a is given twice"),
        ("3.0", ["data.class_names=[cat,dog]", "data.classes=[cat,dgo]"],
         "data.classes[1]: not one of data.class_names, cat, dog; did you mean dog?"),
        ("regression", ["data.target=age", "data.class_names=[a,b]"],
         "data.class_names: not for goal regression, which has no classes"),
        ("3.0", ["data.target=kind", "data.ignore=[Id,kind]"],
         "data.ignore[1]: kind is the answer; it is no input anyway"),
        ("2.0", ["data.classes=[cat]", "data.ignore=[cat]"],
         "data.ignore[0]: cat is the answer; it is no input anyway"),
        ("1.0", ["data.missing=fill", "data.path=."], "data.missing: only for a table, not for pictures"),
        ("1.0", ["data.colors=gray"], "data.colors: must be rgb or grey, is gray; did you mean grey?"),
        ("2.0", ["data.target_scaling=standard"],
         "data.target_scaling: only for goal regression, not for goal 2.0"),
        ("1.0", ["data.path=a.csv", "data.scaling=unit"],
         "data.scaling: must be standard, center, whiten or none for a table, is unit, which is for pictures"),
        ("1.0", ["data.test_fraction=0.8"],
         "data.test_fraction: validation_fraction + test_fraction must be below 1, to leave some to train on, is 1"),
        ("regression", ["model.huber_delta=2"], "model.huber_delta: only for loss huber, not for loss squared"),
        ("regression", ["model.output_activation=relu", "model.initialization=zeros"],
         "model.initialization: zeros with output_activation relu never learns: "
         "the output and its gradient stay 0; use he"),
        ("1.0", ["train.momentum=0.9", "train.optimizer=adam"],
         "train.momentum: only for optimizer momentum or nesterov, not for optimizer adam"),
        ("1.0", ["train.schedule=step"], f"train.schedule: {STEP}"),
        ("1.0", ["train.schedule={name: step}"],
         f"train.schedule.every: {STEP}"),
        ("1.0", ["train.schedule={name: cosine, every: 5}"],
         "train.schedule.every: only for schedule step, not for schedule cosine"),
        ("1.0", ["train.schedule={factor: 0.5}"],
         "train.schedule.factor: only for schedule step, not for schedule constant"),
        ("1.0", ["train.schedule={warm_up: 10}"],
         "train.schedule.warm_up: must be less than train.epochs, 10, is 10"),
        ("1.0", ["train.schedule={warm_up: 0.96}"],
         "train.schedule.warm_up: must be less than train.epochs, 10, is 0.96, which is all 10 epochs"),
        ("1.0", ["data.components=5"], "data.components: only for scaling whiten, not for scaling unit"),
        ("1.0", ["data.scaling=center", "data.whitening_floor=0.1"],
         "data.whitening_floor: only for scaling whiten, not for scaling center"),
        ("1.0", ["data.image_size=[64, 2000]", "data.box_average=3"],
         "data.box_average: pictures of 3 times image_size have more than 4096 pixels a side; lower one of them"),
        *(("1.0", ["data.path=a.csv", override], f"{override.partition('=')[0]}: only for pictures, not for a table")
          for override in ("data.image_size=[8,8]", "data.duplicates=allow", "data.box_average=2",
                           "data.colors=grey", "model.views=flip")),
        ("1.0", ["data.path=a.csv", "train.augment=standard"],
         "train.augment: only mixup is for a table, such as {mixup: 0.2}"),
        ("1.0", ["train.augment={flip: false}"],
         "train.augment: changes nothing; name what to change, such as {flip: true, shift: 0.12}, or write none"),
        ("regression", ["train.label_smoothing=0.1"],
         "train.label_smoothing: not for goal regression, which has no classes"),
        ("1.0", ["train.keep=last", "train.early_stopping={patience: 2}"],
         "train.keep: last does not go with early_stopping, which returns to the best epoch; set it to best"),
        ("regression", ["train.class_weights=balanced"],
         "train.class_weights: not for goal regression, which has no classes"),
        ("3.0", ["data.classes=[cat, lion]", "train.class_weights={lions: 2}"],
         "train.class_weights.lions: not one of data.classes, cat, lion; did you mean lion?"),
        ("3.0", ["train.early_stopping={metric: val_cost, patience: 2}"],
         f"{METRIC} validation_cost, validation_accuracy, validation_f1 or validation_auc for goal 3.0, is val_cost; "
         "did you mean validation_cost?"),
        ("regression", ["train.early_stopping={metric: validation_auc, patience: 2}"],
         f"{METRIC} validation_cost, validation_mae, validation_rmse or validation_r2 for goal regression, "
         "is validation_auc; did you mean validation_mae?"),
    ]
)  # fmt: skip


@pytest.mark.parametrize(("goal", "overrides", "expected"), IMPOSSIBLE)
def test_combinations(tmp_path: Path, goal: str, overrides: list[str], expected: str) -> None:
    assert faults(tmp_path, *overrides, goal=goal) == [expected]


@pytest.mark.parametrize(
    ("goal", "overrides"),
    [
        ("1.0", ["data.classes=[cat]", "train.class_weights={non-cat: 1, cat: 2}"]),
        ("2.0", ["data.classes=[cat]", "train.class_weights=balanced"]),
        ("3.0", ["train.class_weights={anything: 2}"]),
        ("1.0", ["train.momentum=0.5", "train.optimizer=nesterov"]),
        ("1.0", ["data.path=a.csv", "data.scaling=center"]),
        ("1.0", ["data.path=a.csv", "data.scaling=whiten", "data.components=3", "data.whitening_floor=1"]),
        ("regression", ["data.path=a.csv", "train.augment={mixup: 0.2}", "data.box_average=1", "model.views=none"]),
        ("1.0", ["data.image_size=[64, 2000]", "data.box_average=2", "model.views=flip"]),
        ("3.0", ["train.augment={flip: true, zoom: [1, 1]}", "train.label_smoothing=0.2", "train.keep=last"]),
        ("1.0", ["train.schedule={name: cosine, warm_up: 0.94}", "train.early_stopping={patience: 2}"]),
        ("1.0", ["train.keep=best", "train.early_stopping={patience: 2}"]),
        ("regression", ["model.loss=huber", "model.huber_delta=2", "data.target_scaling=standard"]),
        *((goal, [f"train.early_stopping={{metric: validation_{metric}, patience: 3}}"])
          for goal, facts in GOALS.items() for metric in facts.metrics),
    ],
)  # fmt: skip
def test_valid_combinations(tmp_path: Path, goal: str, overrides: list[str]) -> None:
    assert faults(tmp_path, *overrides, goal=goal) == []


def test_a_wrong_key_silences_only_the_checks_that_read_it(tmp_path: Path) -> None:
    assert faults(tmp_path, "goal=x", "data.target=age", "data.test_fraction=0.9", "model.loss=squared") == [
        "goal: must be 1.0, 2.0, 3.0, binary, multi-label, multi-class or regression, is x",
        "data.test_fraction: validation_fraction + test_fraction must be below 1, to leave some to train on, is 1.1",
    ]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ("early_stopping={metric: validation_acuracy}",
         ["early_stopping.patience: required, but missing",
          "early_stopping.metric: must be validation_cost, validation_accuracy, validation_precision, "
          "validation_recall, validation_f1 or validation_auc for goal 1.0, is validation_acuracy; "
          "did you mean validation_accuracy?"]),
        ("early_stopping={metric: validation_mae, patience: 0}",
         ["early_stopping.metric: must be validation_cost, validation_accuracy, validation_precision, "
          "validation_recall, validation_f1 or validation_auc for goal 1.0, is validation_mae; "
          "did you mean validation_auc?",
          "early_stopping.patience: must be a whole number of at least 1, is 0"]),
        ("schedule={name: step, factor: 2}",
         [f"schedule.every: {STEP}",
          "schedule.factor: must be a number above 0 and below 1, is 2"]),
        ("schedule={name: step, every: x, warm_up: 10}",
         ["schedule.every: must be a whole number of at least 1, is x",
          "schedule.warm_up: must be less than train.epochs, 10, is 10"]),
        ("augment={flip: 2, zoom: [1.1, 0.6], shift: 0.1, mixup: -1}",
         ["augment.flip: must be true or false, is 2",
          "augment.zoom: must be [least, most], is [1.1, 0.6]",
          "augment.mixup: must be a number of at least 0, is -1"]),
        ("schedule={name: stepp, every: 3}",
         ["schedule.name: must be constant, step or cosine, is stepp; did you mean step?"]),
    ],
)  # fmt: skip
def test_all_faults_within_a_mapping(tmp_path: Path, override: str, expected: list[str]) -> None:
    assert sorted(faults(tmp_path, f"train.{override}")) == sorted(f"train.{fault}" for fault in expected)


def test_gram_needs_the_same_examples_in_each_epoch(tmp_path: Path) -> None:
    for augment in ("standard", "{mixup: 0.2}"):
        assert faults(tmp_path, "train.solver=gram", f"train.augment={augment}") == [
            "train.solver: gram needs the same examples in each epoch, which train.augment changes; use auto"
        ]


def test_gram_needs_what_is_linear(tmp_path: Path) -> None:
    assert faults(tmp_path, "train.optimizer=adam", "train.batch_size=8", "train.solver=gram") == [
        "train.solver: gram needs an update that is linear in the gradient, which adam's is not; use auto",
    ]


READ_BY_CHECKS = ["goal", "data.path", "data.classes", "data.test_fraction", "model.hidden_layers", "model.activation"]
READ_BY_CHECKS += ["model.loss", "model.huber_delta", "train.epochs", "train.optimizer", "train.schedule"]
READ_BY_CHECKS += ["data.image_size", "data.box_average", "data.scaling", "train.augment", "train.early_stopping"]


@pytest.mark.parametrize(("goal", "overrides", "expected"), IMPOSSIBLE)
def test_one_more_wrong_key_adds_no_other_message(
    tmp_path: Path, goal: str, overrides: list[str], expected: str
) -> None:
    for key in READ_BY_CHECKS:
        lines = faults(tmp_path, *overrides, f"{key}=[[]]", goal=goal)
        assert {line for line in lines if not line.startswith(key)} <= {expected}, key


def test_each_check_reads_a_key_that_may_be_unknown() -> None:
    unknown: Any = Partial({}, set())
    for check in CHECKS:
        with pytest.raises(Unknown):
            list(check(unknown))


@pytest.mark.parametrize("value", ["", "x", "[]", "[[]]", "{}", "{a: {b: c}}", "-1", "[a, {}]", "nan", "{1: 2}"])
def test_no_message_is_in_the_words_of_pydantic(tmp_path: Path, value: str) -> None:
    keys = [f"{s}.{k}" for s in ("data", "model", "train") for k in Config.model_fields[s].annotation.model_fields]  # type: ignore[union-attr]
    keys += ["goal", "data", "model", "train", "train.schedule.name", "train.early_stopping.patience"]
    keys += [f"train.augment.{key}" for key in ("flip", "shift", "zoom", "mixup")]
    for key in keys:
        for fault in faults(tmp_path, f"{key}={value}"):
            assert not any(word in fault for word in ("pydantic", "Input", "valid ", "mapping of ,")), fault
