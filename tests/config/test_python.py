"""A mapping in place of a file, and overrides from Python: the same values, and the same messages."""

from collections import OrderedDict
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from catnet.config import dump_config, load_config
from catnet.errors import ConfigError

FILE = "goal: 3.0\ndata: {path: animals}\ntrain: {epochs: 10}\n"


def values(goal: object = 1.0, **sections: dict[str, Any]) -> dict[str, Any]:
    """A valid configuration with some more keys."""
    data, train = sections.pop("data", {}), sections.pop("train", {})
    return {"goal": goal, "data": {"path": "a", **data}, "train": {"epochs": 10, **train}, **sections}


def wrong(source: Any, overrides: Any = ()) -> str:
    """The message for a wrong source or wrong overrides."""
    with pytest.raises(ConfigError) as error:
        load_config(source, overrides)
    return str(error.value)


def test_a_mapping_in_place_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = load_config(values(goal=3, model={"hidden_layers": (4,), "dropout": 0.5}))
    assert (config.goal, config.data.path, config.model.dropout) == ("3.0", tmp_path / "a", (0.5,))
    with pytest.raises(ValidationError, match="frozen"):
        config.goal = "1.0"


def test_a_wrong_mapping(tmp_path: Path) -> None:
    assert wrong(values(data={"target_scaling": "standard"}, train={"epochs": True})) == (
        "the configuration:2:17: data.target_scaling: only for goal regression, not for goal 1.0\n"
        "  data: {path: a, target_scaling: standard}\n"
        "                  ^\n"
        "the configuration:3:17: train.epochs: must be a whole number of at least 1, is true\n"
        "  train: {epochs: true}\n"
        "                  ^"
    )
    assert f"must be a whole number of at least 1, is {hex(10**5000)[:60]}..." in wrong(
        values(train={"epochs": 10**5000})
    )
    assert wrong({}).splitlines()[::3] == [
        f"the configuration:1:1: {key}: required, but missing" for key in ("goal", "data.path")
    ]


@pytest.mark.parametrize("kind", [dict, OrderedDict, MappingProxyType])
def test_values_of_python_and_numpy(kind: Any) -> None:
    source = values(
        goal="multi-class",
        data={"path": Path("/data/b"), "image_size": (np.int16(32), 16), "classes": ("a", np.str_("b"))},
        model={"hidden_layers": (np.int64(3), np.uint8(2)), "dropout": [np.float64(0.5), np.float32(0.25)]},
        train={"learning_rate": 1e-300, "early_stopping": None, "class_weights": kind({"a": np.float16(2)})},
    )
    config = load_config(kind(source))
    assert (config.data.path, config.data.image_size, config.data.classes) == (Path("/data/b"), (32, 16), ("a", "b"))
    assert (config.model.hidden_layers, config.model.dropout) == ((3, 2), (0.5, 0.25))
    assert (config.train.learning_rate, config.train.class_weights) == (1e-300, {"a": 2.0})


TEXTS = st.sampled_from(["no", "1.0", "007", "~", "null", "...", "a\n...\n", "[a", "a, b", "#", "1e3"])
TEXTS |= st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@settings(max_examples=200, deadline=None)
@given(TEXTS.filter(lambda text: text.strip() != ""))
def test_text_arrives_as_it_is(text: str) -> None:
    assert load_config(values(goal=2.0, data={"classes": [text]})).data.classes == (text,)
    assert load_config(values(goal=2.0), {"data.classes": [text]}).data.classes == (text,)
    assert load_config(values(goal="regression"), {"data.target": text}).data.target == text


def test_overrides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.yaml").write_text(FILE)
    config = load_config(
        Path("folder/a.yaml"),
        {
            "train.epochs": np.int32(50),
            "model.hidden_layers": [32],
            "data.classes": ["no", "1.0", "007"],
            "data.path": Path("here"),
            "train.early_stopping": {"patience": 3},
            "train.class_weights": None,
        },
    )
    assert (config.train.epochs, config.model.hidden_layers, config.data.path) == (50, (32,), tmp_path / "here")
    assert (config.data.classes, config.train.class_weights) == (("no", "1.0", "007"), None)
    assert config.train.early_stopping is not None and config.train.early_stopping.patience == 3
    assert load_config("folder/a.yaml", ["train.epochs=7"]).data.path == tmp_path / "folder" / "animals"
    assert load_config(values(), ("train.epochs=7",)).train.epochs == 7


def test_wrong_overrides() -> None:
    assert wrong(values(), {"train.epoch": 10}) == (
        "override train.epoch=10:1:7: train.epoch: unknown key; did you mean epochs?\n  train.epoch=10\n        ^"
    )
    assert wrong(values(), ["x"]) == "override x:1:1: override needs KEY=VALUE, such as train.epochs=10\n  x\n  ^"


KINDS = "must be text, a number, True or False, None, a path, a list, or a mapping whose keys are text"


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("epochs", {1, 2}, f"train.epochs: {KINDS}, is of type set"),
        ("epochs", 1j, f"train.epochs: {KINDS}, is of type complex"),
        ("epochs", b"10", f"train.epochs: {KINDS}, is of type bytes"),
        ("batch_size", [1, np.array([1])], f"train.batch_size[1]: {KINDS}, is of type ndarray"),
        ("class_weights", {1: 2.0}, f"train.class_weights: {KINDS}, is of type dict"),
    ],
)
def test_values_that_a_configuration_cannot_hold(key: str, value: object, expected: str) -> None:
    assert wrong(values(train={key: value})) == f"the configuration: {expected}"
    assert wrong(values(), {f"train.{key}": value}) == f"override: {expected}"


def test_a_mapping_that_holds_itself() -> None:
    source = values()
    source["model"] = source
    assert wrong(source) == "the configuration: model: nested deeper than 20 levels"


@pytest.mark.parametrize("source", [5, None, ["goal: 1"], b"a.yaml", Path])
def test_a_source_of_a_wrong_type(source: object) -> None:
    with pytest.raises(
        TypeError, match=r"^the configuration: must be the path of a YAML file, a mapping or a Config, not"
    ):
        load_config(source)  # type: ignore[arg-type]


@pytest.mark.parametrize("overrides", ["train.epochs=5", 5, None, [5], {5: 5}, {"train.epochs=5"}])
def test_overrides_of_a_wrong_type(overrides: object) -> None:
    with pytest.raises(TypeError) as caught:
        load_config(values(), overrides)  # type: ignore[arg-type]
    assert str(caught.value).startswith(
        'the overrides: must be a list such as ["train.epochs=10"] or a mapping such as {"train.epochs": 10}, not '
    )


def test_a_section_as_an_override_overrides_the_keys_that_it_has() -> None:
    given = {**values(), "train": {"epochs": 5, "learning_rate": 0.5}}
    config = load_config(given, {"train": {"epochs": 7}, "model.hidden_layers": [3]})
    assert (config.train.epochs, config.train.learning_rate, config.model.hidden_layers) == (7, 0.5, (3,))
    assert load_config(given, ["train={epochs: 7}"]).train.learning_rate == 0.01  # the whole of the section


def test_a_config_in_place_of_a_mapping() -> None:
    config = load_config({**values(), "model": {"hidden_layers": [4]}})
    assert load_config(config) == config
    assert load_config(config, {"train.epochs": 3}).train.epochs == 3


def test_a_key_that_is_not_utf_8_is_said() -> None:
    assert "needs a key in UTF-8, such as train.epochs" in wrong(values(), ["\udcff=3"])
    assert "not_utf" not in wrong(values(), ["\udcff.x=3"])


def test_what_could_not_be_read_back_is_refused() -> None:
    config = load_config(values(goal=3.0, data={"classes": [f"a rather long class {i}" for i in range(4000)]}))
    with pytest.raises(ConfigError, match=r"larger than 64 KiB, .*; name fewer classes, or let the data name them"):
        dump_config(config)


def test_so_many_values_are_refused() -> None:
    assert "more than 20000 values" in wrong(values(data={"classes": ["a"] * 20_000}))
