"""A key without effect is refused, or noted before the first epoch; one at its default, as in config.yaml, is not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import catnet
from catnet.config import AugmentConfig, Config, dump_config, load_config
from catnet.engine.augmented import Augmented
from catnet.errors import ConfigError
from catnet.training.notes import notes_on

BASE: dict[str, Any] = {"goal": 3.0, "data": {"path": "pictures"}, "train": {"epochs": 10}}


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"train.batch_size": 28}, "train.batch_size: 28 has the effect of full, because there are only 28 training "
         "examples: there is one update per epoch"),
        ({"train.schedule": {"name": "step", "every": 10}},
         "train.schedule.every: 10 has no effect in 10 epochs: the learning rate never takes a step"),
        ({"train.schedule": {"name": "step", "every": 7, "warm_up": 3}},
         "train.schedule.every: 7 has no effect in 7 epochs after the warm-up: the learning rate never takes a step"),
        ({"train.schedule": {"name": "cosine", "warm_up": 9}},
         "train.schedule: cosine has no effect in one epoch after the warm-up"),
        ({"train.schedule": "cosine", "train.epochs": 1}, "train.schedule: cosine has no effect in one epoch"),
        *(({"train.schedule": {"name": name, "warm_up": warm_up}},
           f"train.schedule.warm_up: {warm_up} is no warm-up: the first epoch is already at the full learning rate")
          for name in ("constant", "cosine") for warm_up in (1, 0.01, 0.14)),
        ({"train.early_stopping": {"patience": 9}}, "train.early_stopping.patience: 9 has no effect in 10 epochs: "
         "training never stops early; validation_cost only chooses the best epoch"),
        ({"model.initialization": "zeros", "model.hidden_layers": [3]}, "model.initialization: with all weights zero "
         "the neurons of a hidden layer stay alike, and most networks learn nothing; he or xavier is meant for hidden "
         "layers"),
        ({"train.augment": {"cutout": 0.02}, "data.image_size": [16, 16]}, "train.augment.cutout: 0.02 has no effect: "
         "it is less than half a pixel of pictures of 16 x 16"),
        ({"train.augment": {"shift": 0.01}, "data.image_size": [16, 16], "data.box_average": 1},
         "train.augment.shift: 0.01 has no effect: it is less than half a pixel of pictures of 16 x 16"),
        ({"train.augment": {"mixup": 0.4}, "train.batch_size": 1},
         "train.augment.mixup has no effect with train.batch_size: 1: an example is mixed with others of its batch"),
    ],
)  # fmt: skip
def test_notes(overrides: dict[str, Any], expected: str) -> None:
    assert notes_on(load_config(BASE, overrides), 28) == [expected]


@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"train.batch_size": 27},
        {"train.schedule": {"name": "step", "every": 9}},
        {"train.schedule": {"name": "cosine", "warm_up": 8}},
        {"train.schedule": {"warm_up": 2}},
        {"train.schedule": {"name": "cosine", "warm_up": 0.16}},
        {"train.early_stopping": {"patience": 8}},
        {"model.initialization": "zeros"},
        {"train.augment": {"cutout": 0.04, "shift": 0.01}, "data.image_size": [16, 16]},  # 0.64 pixels of 64 x 64
        {"train.augment": {"shift": 0.01, "rotate": 9}, "data.image_size": [16, 16], "data.box_average": 1},
        {"train.schedule": "cosine", "train.keep": "best"},
    ],
)
def test_no_notes(overrides: dict[str, Any]) -> None:
    assert notes_on(load_config(BASE, overrides), 28) == []


def test_the_best_epoch_needs_validation_data() -> None:
    expected = (
        "train.keep: best has no effect without validation data: the last epoch is kept; set "
        "data.validation_fraction: 0.2 to choose the best"
    )
    best = load_config(BASE, {"train.schedule": "cosine", "train.keep": "best"})
    assert notes_on(best, 28, has_validation=False) == [expected]
    assert notes_on(load_config(BASE), 28, has_validation=False) == []


@pytest.mark.parametrize(
    ("bounds", "changes"), [({"cutout": 0.02}, 0), ({"cutout": 0.04}, 1), ({"shift": 0.03}, 0), ({"shift": 0.04}, 1)]
)
def test_pictures_are_changed_as_the_notes_say(bounds: dict[str, float], changes: bool) -> None:
    rows = np.random.default_rng(0).integers(0, 256, (400, 16 * 16 * 3), dtype=np.uint8)
    changed = Augmented(rows, (16, 16), 1, AugmentConfig.model_validate(bounds).numbers)
    assert (changed.pictures(1, np.arange(400)) != rows).any() == changes


def test_the_learning_rates_and_the_stop_are_as_the_notes_say() -> None:
    from catnet.engine.schedules import Schedule

    def rates(**settings: Any) -> set[float]:
        schedule = Schedule(0.1, 10, **settings)
        return {schedule.learning_rate_at(epoch) for epoch in range(1, 11)}

    assert rates(name="step", every=10) == rates(warm_up=1) == {0.1}
    assert len(rates(name="step", every=9)) == len(rates(warm_up=2)) == 2


@pytest.mark.parametrize(
    ("overrides", "key"),
    [
        ({"model.activation": "tanh"}, "model.activation"),
        ({"model.dropout": 0.5}, "model.dropout"),
        ({"data.path": "t.csv", "data.image_size": [8, 8]}, "data.image_size"),
    ],
)
def test_refused(overrides: dict[str, Any], key: str) -> None:
    with pytest.raises(ConfigError, match=f"{key}: only for "):
        load_config(BASE, overrides)


def test_what_is_at_its_default_is_no_error() -> None:
    model = {"hidden_layers": [], "activation": "relu", "dropout": 0}
    data = {"path": "t.csv", "image_size": [64, 64]}
    config = load_config(BASE | {"model": model, "data": data})
    assert (config.model.activation, config.model.dropout) == ((), ())
    assert load_config(BASE, {"model.activation": [], "model.dropout": []}).model.activation == ()
    with pytest.raises(ConfigError) as caught:  # the layers are wrong: nothing is known of what is for them
        load_config(BASE, {"model.hidden_layers": "x", "model.activation": "tanh"})
    assert "model.activation" not in str(caught.value)


def test_a_resolved_configuration_with_all_keys_is_read_again(tmp_path: Path) -> None:
    """As runs of earlier versions have it: with image_size for a table, and empty lists without hidden layers."""
    (tmp_path / "t.csv").write_text("x,y\n" + "".join(f"{i},{2 * i}\n" for i in range(20)))
    settings = {"goal": "regression", "data": {"path": tmp_path / "t.csv", "target": "y"}, "train": {"epochs": 2}}
    run = catnet.train(settings, run_dir=tmp_path / "run")
    text = (run.path / "config.yaml").read_text()
    assert "activation: []" in text and "image_size: [64, 64]" in text
    assert dump_config(load_config(run.path / "config.yaml")) == text
    assert isinstance(run.config, Config)


def test_the_command_says_them(animals: Path, command: Callable[..., Any], write_config: Callable[..., Path]) -> None:
    config = write_config("goal: 3.0\ndata: {path: animals, image_size: [4, 4]}\ntrain: {epochs: 2, batch_size: 99}\n")
    done = command("train", config)
    assert done.code == 0
    assert "note: train.batch_size: 99 has the effect of full, because there are only 28 training" in done.err
    run = animals.parent / "runs" / "config-001"
    assert json.loads((run / "summary.json").read_text())["epochs"] == 2
