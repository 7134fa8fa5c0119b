"""Config -> YAML -> the same Config; and the JSON Schema."""

import re
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from catnet.config import Config, dump_config, json_schema, load_config
from catnet.engine.activations import ACTIVATIONS
from catnet.goals import GOALS, MULTI_CLASS, REGRESSION

NASTY = ["no", "on", "1e-3", "~", "null", "007", "1.0", "<<", "=", "'", '"', "a\nb", " a ", "a: b", "# a", "- a"]
NASTY += ["\x00\x1b\x7f", "\U0001f431", "\x85\u2028\ufeff", "&a", "*a", "!a", "@a", "`", "{a", "[a", "a, b", "?"]
NASTY += ["x" * 300, "%a", "0\x85", "0\u2028", "a\r\nb", "\u200b"]
CHARACTERS = st.characters(exclude_categories=["Cs"])
NAMES = (st.sampled_from(NASTY) | st.text(CHARACTERS, min_size=1)).filter(lambda name: name.strip() != "")


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    goal = draw(st.sampled_from([MULTI_CLASS, REGRESSION]))
    layers = draw(st.lists(st.integers(1, 1_000_000), max_size=3))
    per_layer: dict[str, Any] = {"min_size": len(layers), "max_size": len(layers)}
    data: dict[str, Any] = {"path": draw(st.sampled_from(["a", "b.csv", "/x/~", "é: #"]))}
    model: dict[str, Any] = {
        "hidden_layers": layers,
        "activation": draw(st.lists(st.sampled_from(list(ACTIVATIONS)), **per_layer)),
        "dropout": draw(st.lists(st.floats(0, 1, exclude_max=True), **per_layer)),
        "initialization": draw(st.sampled_from(["he", "xavier", "w.safetensors"])),
    }
    geometry = {} if data["path"] == "b.csv" else {"flip": True, "zoom": [0.5, draw(st.floats(0.5, 10))]}
    changes = {**geometry, "mixup": draw(st.floats(1e-30, 1e30))}
    train: dict[str, Any] = {
        "augment": draw(st.sampled_from(["none", "standard", changes] if geometry else ["none", changes])),
        "epochs": draw(st.integers(10, 10**9)),
        "learning_rate": draw(st.floats(0, exclude_min=True, allow_infinity=False)),
        "batch_size": draw(st.just("full") | st.integers(1, 10**9)),
        "seed": draw(st.integers(0, 2**63 - 1)),
        "schedule": draw(st.sampled_from(["cosine", {"name": "step", "every": 3, "factor": 1e-5, "warm_up": 2}])),
        "label_smoothing": 0.0 if goal == REGRESSION else draw(st.floats(0, 1, exclude_max=True)),
        "early_stopping": draw(st.none() | st.builds(lambda n: {"patience": n}, st.integers(1, 10**9))),
    }
    if not train["early_stopping"]:
        train |= draw(st.sampled_from([{}, {"keep": "best"}, {"keep": "last"}]))
    if draw(st.booleans()):
        data |= {"scaling": "whiten", "components": draw(st.integers(1, 10**9)), "whitening_floor": 0.01}
    if geometry:
        data["image_size"] = [draw(st.integers(1, 1024)), 16]
        data |= draw(st.sampled_from([{}, {"box_average": 4}]))
        model["views"] = draw(st.sampled_from(["none", "flip"]))
    if goal == MULTI_CLASS:
        classes = data["classes"] = draw(st.lists(NAMES, min_size=2, unique=True))
        train["class_weights"] = draw(
            st.sampled_from([None, "balanced"]) | st.dictionaries(st.sampled_from(classes), st.floats(1e-9, 1e9))
        )
        train["optimizer"], train["momentum"] = "nesterov", draw(st.floats(0, 1, exclude_max=True))
    else:
        data["target"] = draw(NAMES)
        data["target_scaling"] = draw(st.sampled_from(["none", "standard"]))
        model["loss"], model["huber_delta"] = "huber", draw(st.floats(1e-300, 1e300))
        train["optimizer"] = draw(st.sampled_from(["adam", "gradient_descent"]))
    return {"goal": goal, "data": data, "model": model, "train": train}


@settings(max_examples=150, deadline=None)
@given(configurations())
def test_what_is_written_is_read_back(values: dict[str, Any]) -> None:
    config = Config.model_validate(values)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.yaml"
        file.write_bytes(dump_config(config).encode("utf-8"))
        again = load_config(file)
    assert again == config
    assert load_config(values) == config
    assert dump_config(again) == dump_config(config)


@pytest.mark.parametrize("name", NASTY)
def test_a_name_of_any_kind(tmp_path: Path, name: str) -> None:
    train = {"epochs": 1, "class_weights": {name: 2.0}}
    values = {"goal": 1.0, "data": {"path": "a", "classes": [name]}, "train": train}
    config = Config.model_validate(values)
    (tmp_path / "c.yaml").write_bytes(dump_config(config).encode())
    assert load_config(tmp_path / "c.yaml") == config
    assert load_config(values) == config
    assert load_config(values, {"data.classes": [name], "train": train}) == config


def test_the_text() -> None:
    values = {"goal": 3, "data": {"path": "/data/animals", "classes": ["cat", "no"]}, "train": {"epochs": 300}}
    values["model"] = {"hidden_layers": [64, 32]}
    assert dump_config(Config.model_validate(values)) == (
        """# the resolved configuration, goal multi-class: `catnet train` on it repeats the run
goal: 3.0
data:
  path: /data/animals
  image_size: [64, 64]
  colors: rgb
  classes: [cat, 'no']
  missing: fail
  validation_fraction: auto
  test_fraction: 0.0
  split_seed: null
  box_average: 1
  scaling: unit
  duplicates: fail
  bad_images: fail
model:
  hidden_layers: [64, 32]
  activation: [relu, relu]
  output_activation: softmax
  loss: cross_entropy
  initialization: he
  dropout: [0.0, 0.0]
  views: none
train:
  epochs: 300
  batch_size: full
  optimizer: gradient_descent
  learning_rate: 0.01
  weight_decay: 0.0
  schedule: {name: constant, warm_up: 0}
  augment: none
  label_smoothing: 0.0
  keep: best
  class_weights: null
  precision: float32
  solver: auto
  seed: 0
  early_stopping: null
  checkpoint_every: auto
  keep_weights: null
"""
    )


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("standard", "{flip: true, shift: 0.12, zoom: [0.6, 1.1], stretch: 0.15, rotate: 10.0, mixup: 0.4}"),
        ({"flip": False, "shift": 0.12, "zoom": (0.6, 1.1)}, "{shift: 0.12, zoom: [0.6, 1.1]}"),
        ({"mixup": 0.2}, "{mixup: 0.2}"),
        ({"zoom": (1, 1.0)}, "none"),
        ({}, "none"),
    ],
)
def test_what_augmentation_changes_is_written_on_one_line(given: object, written: str) -> None:
    values = {"goal": 3, "data": {"path": "/data/animals"}, "train": {"augment": given}}
    assert f"\n  augment: {written}\n" in dump_config(Config.model_validate(values))


def loads(**changes: object) -> bool:
    """Whether a valid configuration stays valid with these changes."""
    values = {"goal": "regression", "data": {"path": "a"}, "train": {"epochs": 1}} | changes
    if str(values["goal"]) == "regression":
        values["data"] = {**values["data"], "target": "b"}  # type: ignore[dict-item]
    try:
        Config.model_validate(values)
    except ValidationError:
        return False
    return True


def test_json_schema() -> None:
    schema = json_schema()
    assert schema["title"] == "catnet configuration"
    assert schema["required"] == ["goal", "data"]
    offered, written = schema["properties"]["goal"]["anyOf"]
    assert offered == {"enum": [1.0, 2.0, 3.0, *(goal.name for goal in GOALS.values())]}
    for text in ("1.0", "2", "multi_label", "multi-class", "multiclass", "regression", "4.0", "multi", "1.00"):
        assert bool(re.search(written["pattern"], text)) == loads(goal=text), text
    path = schema["$defs"]["DataConfig"]["properties"]["path"]
    for text in ("", " ", "a b", "."):
        assert bool(re.search(path["pattern"], text)) == loads(data={"path": text}), text
    assert schema["properties"]["model"]["anyOf"] == [{"$ref": "#/$defs/ModelConfig"}, {"type": "null"}]
    assert loads(model=None)
    assert schema["properties"]["train"]["anyOf"] == [{"$ref": "#/$defs/TrainConfig"}, {"type": "null"}]
    assert loads(train=None)
    for section in ("DataConfig", "ModelConfig", "TrainConfig", "ScheduleConfig", "AugmentConfig", "EarlyStopping"):
        assert schema["$defs"][section]["additionalProperties"] is False
        assert all(key["description"] for key in schema["$defs"][section]["properties"].values())
    train = schema["$defs"]["TrainConfig"]["properties"]
    assert (train["learning_rate"]["type"], train["epochs"]["type"]) == ("number", "integer")
    assert train["batch_size"]["anyOf"] == [
        {"const": "full", "type": "string"},
        {"minimum": 1, "type": "integer"},
    ]
    assert train["schedule"]["anyOf"][0]["enum"] == ["constant", "step", "cosine"]
    assert train["augment"]["anyOf"] == [
        {"enum": ["none", "standard"], "type": "string"},
        {"$ref": "#/$defs/AugmentConfig"},
    ]
    assert (train["augment"]["default"], train["epochs"]["default"], train["keep"]["enum"]) == (
        "none",
        100,
        ["best", "last"],
    )
    activation = schema["$defs"]["ModelConfig"]["properties"]["activation"]["anyOf"]
    assert activation[0]["enum"] == list(ACTIVATIONS)
    assert activation[1] == {"type": "array", "items": activation[0]}
    assert yaml.safe_load(yaml.safe_dump(schema)) == schema  # nothing but plain values
