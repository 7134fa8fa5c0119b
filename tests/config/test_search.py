"""The section tune: what may be searched, with the line and column of what may not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from catnet.config import as_dict, as_written, dump_config, given_values, load_config
from catnet.errors import ConfigError

Write = Callable[..., Path]
BASE = "goal: 3.0\ndata: {path: animals}\ntrain: {optimizer: momentum, epochs: 9}\n"


@pytest.fixture
def fault(write_config: Write) -> Callable[..., str]:
    """The message about a configuration whose search is this mapping, without the path of the file."""

    def fault(search: str, base: str = BASE, budget: str = "trials: 9") -> str:
        path = write_config(f"{base}tune:\n  {budget}\n  search:\n    {search}\n")
        with pytest.raises(ConfigError) as error:
            load_config(path, of_tune=True)
        return str(error.value).replace(f"{path}:", "")

    return fault


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ("train.learning_rat: [0.1, 0.2]", "7:5: train.learning_rat: unknown key; did you mean learning_rate?"),
        ("train.learning_rate: [0.1, -1]", "7:32: train.learning_rate: must be a number above 0, is -1"),
        ("train.learning_rate: {from: 0, to: 1}", "7:33: train.learning_rate: must be a number above 0, is 0"),
        ("train.optimizer: [adam, adamv]", "is adamv; did you mean adam?"),
        (
            "train.learning_rate: 0.1",
            "7:26: tune.search.train.learning_rate: must be a list of values, or a range such",
        ),
        ("train.learning_rate: []", "is an empty list"),
        ("train.learning_rate: [0.1, 1e-1]", "0.1 is given twice"),
        ("train.learning_rate: {from: 1, to: 1}", "from must be below to, is 1, and to is 1"),
        ("train.learning_rate: {from: 0.1}", "to of a range must be a number, is empty"),
        ("train.learning_rate: {from: 0.1, until: 1}", "until is no key of a range, which has from, to"),
        ("train.weight_decay: {from: 0, to: 1, scale: log}", "with scale log from must be above 0, is 0"),
        ("train.weight_decay: {from: 0, to: 1, scale: quick}", "scale must be linear or log, is quick"),
        ("train.seed: [1, 2]", "7:5: tune.search.train.seed: is not searched: the luck of a seed is no setting"),
        ("train.epochs: [1, 2]", "is not searched: all trials have the same number"),
        ("train.solver: [gram, direct]", "is not searched: it changes no result"),
        ("data.classes: [[cat], [lion]]", "is not searched: it says what the question is"),
        ("goal: [1.0, 3.0]", "tune.search.goal: is not searched"),
        ("train: [{epochs: 2}]", "is a section; name a key in it, such as train.learning_rate"),
        (
            "{train.schedule: [cosine], train.schedule.warm_up: [0.1]}",
            "is a part of train.schedule, which is searched too",
        ),
        ("tune.trials: [2, 3]", "is a section"),
        ("data.components: [10, 20]", "7:23: data.components: only for scaling whiten, not for scaling unit"),
        ("model.dropout: [[0.1, 0.2]]", "must have as many entries as model.hidden_layers, 0, has 2"),
    ],
)
def test_what_cannot_be_searched(fault: Callable[..., str], search: str, message: str) -> None:
    assert message in fault(search)


def test_either_trials_or_seconds(fault: Callable[..., str]) -> None:
    assert "tune: needs either trials" in fault("train.momentum: [0.5]", budget="folds: 3")
    assert "tune: needs either trials" in fault("train.momentum: [0.5]", budget="trials: 3\n  seconds: 4")
    assert "5:10: tune.folds: must be" in fault("train.momentum: [0.5]", budget="folds: 1\n  trials: 3")


def test_a_key_within_a_setting_that_is_a_name(fault: Callable[..., str]) -> None:
    base = BASE.replace("epochs", "schedule: cosine, epochs")
    assert "train.schedule is cosine, not a mapping; search the whole of it" in fault(
        "train.schedule.warm_up: [0.1]", base
    )


@pytest.mark.parametrize(
    "search",
    [
        "{train.momentum: [0.5, 0.9], train.optimizer: [adamw, momentum]}",
        "{model.activation: [[relu], [tanh]], model.hidden_layers: [[3], [4]]}",
        "{model.dropout: [0.1, 0.5], model.hidden_layers: [[], [4, 4]]}",
        "{train.schedule: [constant, {name: cosine, warm_up: 0.1}], train.augment: [none, {flip: true}]}",
        "{train.schedule.warm_up: [0.1, 0.2], data.image_size: [[8, 8], [16, 16]]}",
    ],
)
def test_values_that_go_with_some_of_the_others(write_config: Write, search: str) -> None:
    config = load_config(write_config(f"{BASE}tune: {{trials: 3, search: {search}}}"), of_tune=True)
    assert config.tune is not None and len(config.tune.search) == 2


def test_ranges_and_numbers(write_config: Write) -> None:
    search = "{train.learning_rate: {from: 1e-4, to: 1}, train.batch_size: {from: 8, to: 64, scale: log}, "
    search += "train.weight_decay: {from: 0, to: 0.5}, model.hidden_layers: [[], [3, 4]]}"
    config = load_config(write_config(f"{BASE}tune: {{seconds: 60, folds: 4, search: {search}}}"))
    assert config.tune is not None and (config.tune.seconds, config.tune.folds) == (60, 4)
    assert config.tune.search == {
        "train.learning_rate": {"from": 1e-4, "to": 1.0, "scale": "log"},
        "train.batch_size": {"from": 8, "to": 64, "scale": "log"},
        "train.weight_decay": {"from": 0.0, "to": 0.5, "scale": "linear"},
        "model.hidden_layers": [[], [3, 4]],
    }


def test_a_file_of_weights_is_relative_to_the_configuration(write_config: Write, tmp_path: Path) -> None:
    search = "{model.initialization: [he, w.safetensors]}"
    given = given_values(write_config(f"{BASE}tune: {{trials: 3, search: {search}}}"))
    assert given["tune"]["search"]["model.initialization"] == ["he", str(tmp_path / "w.safetensors")]


def test_it_is_written_and_read_back(write_config: Write, tmp_path: Path) -> None:
    path = write_config(f"{BASE}tune: {{trials: 3, search: {{train.optimizer: [adam, adamw]}}}}")
    config, given = load_config(path), given_values(path)
    assert load_config(as_dict(config)) == config
    again = write_config(as_written(given), "again.yaml")
    assert given_values(again) == given and load_config(again) == config
    assert "tune" not in dump_config(load_config(write_config(BASE)))


def test_what_is_written_needs_few_quotes() -> None:
    values = {"a": "0.1", "b": ["1", "true", "x"], "c": "null", "d": None, "e": "- x", "f": 1e-5, "g": "a: b", "h": ""}
    text = as_written(values)
    assert "a: 0.1\n" in text and "b: [1, true, x]\n" in text and 'c: "null"\n' in text and "f: 1.0e-05\n" in text
    assert given_values(values) == {**values, "f": "1.0e-05"}
