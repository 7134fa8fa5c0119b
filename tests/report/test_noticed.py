"""Each sentence of what was noticed, on a run that has the fault, and on one that does not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from noisy import draw
from safetensors.numpy import save_file

from catnet.config import load_config
from catnet.report.answering import dead_neurons, one_answer, small_classes
from catnet.report.facts import gather
from catnet.report.finding import Noticed
from catnet.report.learning import overfitting, rate_too_low, turning_point
from catnet.report.noticed import noticed
from catnet.report.rates import lowered, rate_too_high, running_median
from catnet.selection.learning_rate import decimal, find_learning_rate
from catnet.text import two_digits
from catnet.training.rate import limit_for

Train = Callable[..., Path]
GOOD = "goal: 3.0\ndata: {path: data, image_size: [8, 8], scaling: center}\n"


def only(found: Noticed | None, key: str, folder_of_run: Path) -> str:
    """The sentence, after a check that the line that it names has the key."""
    assert found is not None
    assert found.key == key
    facts = gather(folder_of_run)
    line = facts.line(key)
    assert line is not None
    assert facts.run.config_text.splitlines()[line - 1].strip().startswith(f"{key.split('.')[1]}:")
    assert found in noticed(facts)
    return found.sentence


@pytest.fixture
def good(tmp_path: Path, train_text: Train) -> Path:
    """A run without a fault: three classes, easily told apart, enough pictures, a fair rate."""
    draw(tmp_path, {"train": {"a": 40, "b": 40, "c": 40}, "val": {"a": 20, "b": 20, "c": 20}})
    hidden = "model: {hidden_layers: [8]}\ntrain: {epochs: 60, learning_rate: 0.1}\n"
    return train_text(tmp_path, GOOD + hidden)


def test_nothing_is_noticed_about_a_good_run(good: Path) -> None:
    assert gather(good).metrics["validation"]["accuracy"] > 0.95
    assert noticed(gather(good)) == []


@pytest.mark.parametrize("split", ["test", "val"])
def test_overfitting(tmp_path: Path, train_text: Train, split: str) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40}, split: {"a": 30, "b": 30}}, brightness=6)
    text = "goal: 1.0\ndata: {path: data, image_size: [8, 8], classes: [a], scaling: center}\n"
    run = train_text(tmp_path, text + "train: {epochs: 2000, learning_rate: 0.2}\n")
    facts = gather(run)
    sentence = only(overfitting(facts), "train.epochs", run)
    epoch, rises, watched = turning_point(facts)
    assert rises
    assert watched == {"test": "test", "val": "validation"}[split]
    assert f"From about epoch {epoch} on the {watched} cost rises" in sentence
    cost = facts.history[f"{watched}_cost"]
    taken = np.isfinite(cost)
    assert taken.all() == (split == "val")
    lowest = facts.epochs[taken][np.argmin(cost[taken])]
    assert abs(epoch - lowest) <= 0.1 * len(facts.epochs)
    assert "It overfits" in sentence
    if split == "test":
        assert "It overfits: 100.0% of the training data is right, but only" in sentence
    else:
        assert f"The weights kept are those of epoch {facts.model.epoch}." in sentence


def test_overfitting_of_a_regression(tmp_path: Path, train_text: Train) -> None:
    random = np.random.default_rng(0)
    (tmp_path / "data").mkdir()
    for name, count in (("train.csv", 30), ("test.csv", 60)):
        table = random.normal(size=(count, 26))  # 25 columns of noise, and a target that has nothing to do with them
        header = ",".join([*(f"x{i}" for i in range(25)), "y"])
        np.savetxt(tmp_path / "data" / name, table, delimiter=",", header=header, comments="")
    text = "goal: regression\ndata: {path: data, target: y}\ntrain: {epochs: 300, learning_rate: 0.05}\n"
    run = train_text(tmp_path, text)
    assert "It overfits: it is off by " in only(overfitting(gather(run)), "train.epochs", run)


def test_no_overfitting_can_be_seen_without_unseen_data(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 10, "b": 10}}, brightness=6)
    text = "goal: 1.0\ndata: {path: data, image_size: [8, 8], classes: [a], validation_fraction: 0}\n"
    run = train_text(tmp_path, text + "train: {epochs: 50}\n")
    assert overfitting(gather(run)) is None


def test_one_class_only(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 80, "b": 40}, "val": {"a": 20, "b": 20}})
    text = "goal: 1.0\ndata: {path: data, image_size: [8, 8], classes: [b]}\n"
    rate = "learning_rate: 3.0e-3, schedule: cosine"
    run = train_text(tmp_path, text + f"train: {{epochs: 20, {rate}}}\nmodel: {{initialization: zeros}}\n")
    sentence = only(one_answer(gather(run)), "train.learning_rate", run)
    assert sentence == "It predicts one class only: a, for all of the validation data."


def test_one_answer_about_a_label(tmp_path: Path, train_text: Train) -> None:
    for split, count in (("train", 40), ("val", 20)):
        draw(tmp_path, {split: {"pictures": count}})
        folder = tmp_path / "data" / split
        rows = [f"pictures/{i}.png,{int(i % 20 == 0)},{int(i % 2)}" for i in range(count)]
        (folder / "metadata.csv").write_text("\n".join(["file_name,rare,even", *rows]))
    text = "goal: 2.0\ndata: {path: data, image_size: [8, 8]}\nmodel: {initialization: zeros}\n"
    run = train_text(tmp_path, text + "train: {epochs: 15, schedule: cosine}\n")
    assert "always no about rare" in only(one_answer(gather(run)), "train.class_weights", run)


def test_dead_neurons(tmp_path: Path, train_text: Train, good: Path) -> None:
    random = np.random.default_rng(0)
    b1 = np.zeros((8, 1), np.float32)
    b1[:3] = -1000
    tensors = {
        "W1": random.normal(size=(8, 192), scale=0.1).astype(np.float32), "b1": b1,
        "W2": random.normal(size=(3, 8)).astype(np.float32), "b2": np.zeros((3, 1), np.float32),
    }  # fmt: skip
    save_file(tensors, tmp_path / "start.safetensors")
    model = "model: {hidden_layers: [8], initialization: start.safetensors}\n"
    run = train_text(tmp_path, GOOD + model + "train: {epochs: 20}\n")
    sentence = only(dead_neurons(gather(run)), "model.activation", run)
    assert sentence == "Dead ReLUs: 3 of 8 in hidden layer 1 answer 0 to every training example."
    assert dead_neurons(gather(good)) is None


def test_learning_rate_too_high(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40, "c": 40}, "val": {"a": 20, "b": 20, "c": 20}}, brightness=15)
    run = train_text(tmp_path, GOOD.replace("center", "unit") + "train: {epochs: 60, learning_rate: 1}\n")
    sentence = only(rate_too_high(gather(run)), "train.learning_rate", run)
    assert sentence.startswith("The learning rate is too high: the training cost rose from ")


def test_a_limit_that_is_known_is_named(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40, "c": 40}, "val": {"a": 20, "b": 20, "c": 20}}, brightness=15)
    text = GOOD.replace("center", "unit") + "train: {epochs: 60, learning_rate: 1}\n"
    run = train_text(tmp_path, text)
    facts = gather(run)
    named, limit = find_learning_rate(facts.run.config), facts.rate_limit
    assert named.limit is not None and named.rate is not None and limit is not None
    assert limit == pytest.approx(named.limit.rate, rel=1e-2)
    fix = f"lower it to {decimal(named.rate)}, below the limit of {two_digits(limit)} that catnet lr-find names"
    assert lowered(facts) == fix
    found = rate_too_high(facts)
    assert found is not None and found.fix == fix
    gone = replace(facts, dataset=None)
    assert lowered(gone) == "lower it: 0.33 or 0.1"
    assert facts.dataset is not None
    others: list[dict[str, Any]] = [
        {"train.batch_size": 8},
        {"data.scaling": "whiten"},
        {"train.optimizer": "adam"},
        {"model.hidden_layers": [3], "model.activation": "relu", "model.dropout": 0},
    ]
    for other in others:
        assert limit_for(load_config(facts.run.config, other), facts.dataset) is None


def test_learning_rate_too_high_that_only_shakes(tmp_path: Path, train_text: Train, good: Path) -> None:
    facts = gather(good)
    J = np.where(np.arange(60) % 2, 0.5, 0.6) * np.linspace(1, 0.9, 60)
    facts.history["train_cost"] = J
    found = rate_too_high(facts)
    assert found is not None
    assert "goes up and down from epoch to epoch" in found.sentence


def test_learning_rate_too_low(tmp_path: Path, train_text: Train, good: Path) -> None:
    run = train_text(tmp_path, GOOD + "train: {epochs: 60, learning_rate: 1.0e-5}\n")
    sentence = only(rate_too_low(gather(run)), "train.learning_rate", run)
    assert sentence.startswith("The learning rate is too low, or the epochs too few: the training cost fell from ")
    assert "20% of that in the last fifth of the epochs" in sentence


def test_a_class_with_too_few_pictures(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 7, "c": 40}, "val": {"a": 20, "b": 20, "c": 20}})
    run = train_text(tmp_path, GOOD + "train: {epochs: 60, learning_rate: 0.1}\n")
    found = small_classes(gather(run))
    assert only(found, "data.path", run) == "Too few training pictures: b has 7."


def test_a_class_that_is_small_beside_the_others(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 400, "b": 35}, "val": {"a": 20, "b": 20}})
    run = train_text(tmp_path, GOOD + "train: {epochs: 5}\n")
    assert only(small_classes(gather(run)), "train.class_weights", run) == "Too few training pictures: b has 35."


def test_running_median() -> None:
    assert running_median(np.array([9.0, 1, 5, 0, 3]), 3).tolist() == [5, 5, 1, 3, 1.5]
