"""Wrong values, and keys that do not fit together: the exact words of each message."""

import re
from pathlib import Path
from typing import Any

import pytest

from catnet.config import Config, load_config
from catnet.config.checks import CHECKS, Partial, Unknown
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
        ("train.learning_rate=.inf", "train.learning_rate: must be a number above 0, is .inf"),
        ("train.learning_rate=inf", "train.learning_rate: must be a number above 0, is inf"),
        ("train.learning_rate=1e999", "train.learning_rate: must be a number above 0, is 1e999"),
        ("train.learning_rate=0", "train.learning_rate: must be a number above 0, is 0"),
        ("train.weight_decay=-1", "train.weight_decay: must be a number of at least 0, is -1"),
        ("train.momentum=1", f"train.momentum: {FRACTION}, is 1"),
        ("train.seed=-1", "train.seed: must be a whole number from 0 to 9223372036854775807, is -1"),
        ("train.precision=half", "train.precision: must be float32 or float64, is half"),
        ("train.solver=driect", "train.solver: must be auto, direct or gram, is driect; did you mean direct?"),
        ("train.optimizer=sgd", "train.optimizer: must be gradient_descent, momentum, nesterov or adam, is sgd; "
         "did you mean gradient_descent with batch_size: a number?"),
        ("train.optimizer={}", "train.optimizer: must be gradient_descent, momentum, nesterov or adam, is a mapping"),
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
        ("2.0", ["data.target=age"], "data.target: only for goal regression, not for goal 2.0"),
        ("2.0", ["data.target_scaling=standard"],
         "data.target_scaling: only for goal regression, not for goal 2.0"),
        ("1.0", ["data.path=a.csv", "data.scaling=unit"],
         "data.scaling: must be standard, center or none for a table, is unit, which is for pictures"),
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
        ("schedule={name: stepp, every: 3}",
         ["schedule.name: must be constant, step or cosine, is stepp; did you mean step?"]),
    ],
)  # fmt: skip
def test_all_faults_within_a_mapping(tmp_path: Path, override: str, expected: list[str]) -> None:
    assert sorted(faults(tmp_path, f"train.{override}")) == sorted(f"train.{fault}" for fault in expected)


def test_gram_needs_what_is_linear_and_full_batch(tmp_path: Path) -> None:
    assert faults(tmp_path, "train.optimizer=adam", "train.batch_size=8", "train.solver=gram") == [
        "train.solver: gram needs an update that is linear in the gradient, which adam's is not; use auto",
        "train.solver: gram needs batch_size full, not 8; use auto",
    ]


READ_BY_CHECKS = ["goal", "data.path", "data.classes", "data.test_fraction", "model.hidden_layers", "model.activation"]
READ_BY_CHECKS += ["model.loss", "model.huber_delta", "train.epochs", "train.optimizer", "train.schedule"]


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
    for key in keys:
        for fault in faults(tmp_path, f"{key}={value}"):
            assert not any(word in fault for word in ("pydantic", "Input", "valid ", "mapping of ,")), fault
