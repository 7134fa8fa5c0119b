"""What of a configuration does not go with the settings of a trial, and settings that do not go together."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tunes import InProcess, search, searching

from catnet.config import load_config
from catnet.config.load import trial_of
from catnet.errors import ConfigError
from catnet.selection.disk import bytes_of_checkpoints
from catnet.selection.points import Points
from catnet.selection.tune import begin, specified
from catnet.selection.tuning import Tuning

LAYERS = {"model.hidden_layers": [[4], [4, 4]], "model.activation": [["tanh"], ["tanh", "relu"]]}
RATES = {"train.learning_rate": {"from": 1e-4, "to": 1.0}}


@pytest.fixture
def points_of(tmp_path: Path) -> Callable[..., Points]:
    """The points of a search, beside what is given in the section train."""

    def points_of(search: dict[str, Any], trials: int = 10, **train: object) -> Points:
        given = {"goal": "3.0", "data": {"path": tmp_path}, "train": {"epochs": 9, **train}}
        return Points(given, load_config({**given, "tune": {"trials": trials, "search": search}}, of_tune=True))

    return points_of


def test_given_keys_that_a_point_rules_out_are_left_out(points_of: Callable[..., Points]) -> None:
    found = points_of({"train.optimizer": ["momentum", "adamw"]}, optimizer="momentum", momentum=0.7)
    first, second = map(found.config, range(2))
    assert (first.train.momentum, second.train.optimizer) == (0.7, "adamw")
    assert list(found.notes) == ["train.momentum is left out of the trials whose train.optimizer rules it out"]
    found = points_of({"train.schedule.name": ["step", "cosine"]}, schedule={"name": "step", "every": 3})
    assert [found.values(place)["train"]["schedule"] for place in range(2)] == [
        {"name": "step", "every": "3"},
        {"name": "cosine"},
    ]
    patience = points_of({"train.early_stopping": [None, {"patience": 2}]}, keep="last")
    assert len(patience.first(10)) == 2 and not patience.impossible
    assert list(patience.notes) == ["train.keep is left out of the trials whose train.early_stopping rules it out"]


def test_each_point_is_loaded_once(
    points_of: Callable[..., Points], tuning: Callable[..., Tuning], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = points_of({"train.optimizer": ["momentum", "adamw"], **LAYERS}, optimizer="momentum", momentum=0.7)
    for place in range(len(found.first(10))):
        assert found.config(place) == load_config(found.values(place))
    loaded: list[object] = []

    def counted(given: Any, point: Any) -> Any:
        loaded.append(point)
        return trial_of(given, point)

    monkeypatch.setattr("catnet.selection.points.trial_of", counted)
    under_way = tuning()
    assert bytes_of_checkpoints(under_way, 2)
    search(under_way, InProcess())
    first = under_way.points.first(1)  # before the data is read, and then before the folder is made
    assert loaded == [*first, *first, *under_way.points.first(7)]


def test_what_needs_validation_data_is_left_out_without_it(animals: Path, tuning: Callable[..., Tuning]) -> None:
    (animals / "val").rename(animals / "test")
    search = "{train.keep: [best, last], train.early_stopping: [null, {patience: 3}]}"
    under_way = tuning(text=searching(search).replace(", keep: last", ""))
    assert under_way.points.first(9) == [{"train.early_stopping": None}]
    one, two = under_way.points.notes
    assert one == "train.keep is not searched: it changes nothing without validation data"
    assert "there is no validation data, which train.early_stopping needs" in two
    with pytest.raises(ConfigError, match=r"no combination of the values is possible\n.*no validation data"):
        tuning("other", searching("{train.early_stopping: [{patience: 3}]}").replace(", keep: last", ""))


def test_impossible_points_of_a_grid_are_left_out(points_of: Callable[..., Points]) -> None:
    found = points_of({**LAYERS, "train.weight_decay": [0, 0.1]})
    assert [len(point["model.hidden_layers"]) for point in found.first(10)] == [1, 1, 2, 2]
    one, two = found.notes
    assert one.startswith(
        "2 combinations of the search are impossible and left out: model.activation: must have as many entries as "
        "model.hidden_layers, 1, has 2"
    )
    assert "model.hidden_layers, 2, has 1" in two


def test_random_points_that_are_impossible_are_drawn_again(points_of: Callable[..., Points]) -> None:
    few, many = points_of(LAYERS | RATES, 10), points_of(LAYERS | RATES, 30)
    assert len(few.first(10)) == 10 and few.first(10) == many.first(30)[:10] and len(many.first(31)) == 31
    for point in many.first(30):
        assert len(point["model.hidden_layers"]) == len(point["model.activation"])
    assert 5 < sum(many.impossible.values()) < 100 and len(many.impossible) == 2


def test_what_goes_with_nothing_is_refused_at_its_place(animals: Path, write_config: Callable[..., Path]) -> None:
    assert animals.is_dir()

    def refused(model: str, search: str) -> str:
        path = write_config(searching(search).replace("{hidden_layers: [6]}", model))
        with pytest.raises(ConfigError) as error:
            begin(specified(path), "config", animals.parent / "out")
        return str(error.value).replace(f"{path}:", "")

    model = "{hidden_layers: [6, 5], activation: [tanh, relu]}"
    assert refused(model, "{model.hidden_layers: [[], [6, 4]], train.learning_rate: [0.1, 1]}").startswith(
        "9:34: model.hidden_layers: goes with no values of the others: model.activation: must have as many entries as "
        "model.hidden_layers, 0, has 2"
    )
    assert refused(model, "{train.learning_rate: [0.1, 1], model.hidden_layers: [[], [6]]}").startswith(
        "9:3: tune.search: no combination of the values is possible: model.activation: must have"
    )
    assert "train.momentum: only for optimizer momentum or nesterov, not for optimizer adam" in refused(
        "{}", "{train.optimizer: [adam, adamw], train.momentum: [0.5, 0.9]}"
    )


def test_a_value_that_needs_a_pair_of_others_is_allowed(write_config: Callable[..., Path]) -> None:
    search = (
        "{model.hidden_layers: [[4], [4, 4], [4, 4, 4]], model.dropout: [[0.1], [0.1, 0.1], [0.1, 0.1, 0.1]], "
        "model.activation: [[tanh], [tanh, relu], [tanh, relu, tanh]]}"
    )
    config = load_config(write_config(searching(search)), of_tune=True)
    assert config.tune is not None and len(config.tune.search) == 3


def test_no_trial_is_one_of_the_impossible(tuning: Callable[..., Tuning]) -> None:
    text = searching("{model.hidden_layers: [[4], [4, 4]], model.activation: [[tanh], [tanh, relu]]}")
    found = search(tuning(text=text), InProcess())
    assert [row.failed for row in found.ranked] == ["", ""]
    under_way = tuning("other", text=searching("{train.optimizer: [momentum, adamw]}"), train__momentum=0.5)
    best = search(under_way, InProcess())
    assert len(best.ranked) == 2 and not any(row.failed for row in best.ranked)
    config = load_config(under_way.folder.path / "best.yaml")
    assert config.train.optimizer == best.point(best.winner.trial)["train.optimizer"]
    assert config.train.momentum == (0.5 if config.train.optimizer == "momentum" else 0.9)
