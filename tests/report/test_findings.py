"""Findings that were once wrong, or that contradicted one another, each with a run that says the truth now."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from noisy import draw, with_history, with_settings, write_table

from catnet.report.answering import dead_neurons, few_unseen, nothing_unseen, one_answer, one_sided
from catnet.report.facts import Facts, gather
from catnet.report.learning import overfitting, too_short, turning_point
from catnet.report.nothing import nothing_learned
from catnet.report.noticed import noticed
from catnet.report.page import render
from catnet.report.rates import raised, rate_too_high, schedule_too_fast

Train = Callable[..., Path]
DATA = "data: {path: data, image_size: [8, 8], scaling: center}\n"
THREE = {"train": {"a": 40, "b": 40, "c": 40}, "test": {"a": 20, "b": 20, "c": 20}}


@pytest.fixture
def learned_well(tmp_path: Path, train_text: Train) -> Facts:
    draw(tmp_path, THREE)
    return gather(train_text(tmp_path, f"goal: 3.0\n{DATA}train: {{epochs: 60, learning_rate: 0.1}}\n"))


def unlearned(facts: Facts) -> Facts:
    """As if the training data were answered hardly better than by the trivial answer."""
    facts.metrics["train"] |= {"accuracy": 0.35, "cost": 1.1, "per_class": {"a": {"auc": 0.5}}}
    return with_history(facts, train_accuracy=np.full(len(facts.epochs), 0.35))


def test_chance_is_told_as_chance(learned_well: Facts) -> None:
    found = nothing_learned(unlearned(learned_well))
    assert found is not None
    told = "of its training data it answers 35.0% correctly, and the trivial answer 33.3%, which may be chance."
    assert found.sentence == f"It seems to have learned nothing: {told}"


@pytest.mark.parametrize(
    ("section", "settings", "key"),
    [
        ("train", {"weight_decay": 3.0}, "train.weight_decay"),
        ("model", {"dropout": (0.99,)}, "model.dropout"),
        ("data", {"scaling": "none"}, "data.scaling"),
        ("model", {"activation": ("sigmoid",) * 4}, "model.activation"),
        ("train", {}, "train.learning_rate"),
    ],
)
def test_why_nothing_was_learned(learned_well: Facts, section: str, settings: dict[str, object], key: str) -> None:
    facts = with_history(unlearned(learned_well), train_cost=np.linspace(1, 2, 60))
    with_settings(facts, section, **settings)
    found = noticed(facts)
    assert found[0].key == key
    assert "The training cost rose from 1 to 2 in epoch 60." in found[0].sentence
    assert ("the inputs may not tell" in found[0].fix) is False
    assert not any("learning rate is too" in one.sentence or "one class only" in one.sentence for one in found)


def test_a_cost_that_weight_decay_holds_up_is_no_fault_of_the_rate(learned_well: Facts) -> None:
    with_history(learned_well, train_cost=np.linspace(1, 1.1, 60))
    assert rate_too_high(learned_well) is not None
    with_settings(learned_well, "train", weight_decay=10.0)
    assert rate_too_high(learned_well) is None


def test_a_schedule_that_lets_the_rate_die(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, THREE, brightness=12)
    schedule = "{name: step, every: 3, factor: 0.1}"
    text = f"goal: 3.0\n{DATA}train: {{epochs: 40, learning_rate: 0.03, schedule: {schedule}}}\n"
    facts = gather(train_text(tmp_path, text))
    facts.metrics["train"]["accuracy"] = 0.5
    found = schedule_too_fast(facts)
    assert found is not None
    assert found.sentence.startswith("The schedule let the learning rate die: after epoch 12 of 40 ")
    facts.metrics["train"]["accuracy"] = 0.95  # so it fell in time
    assert schedule_too_fast(facts) is None


def test_the_turning_point_is_the_lowest_cost_and_no_spike(learned_well: Facts) -> None:
    measured = np.full(60, np.nan)
    falls = np.linspace(1, 0.1, 60)
    measured[::6] = [1, 0.4, 0.8, 0.6, 0.5, 0.55, 0.6, 0.7, 0.8, 0.9]
    assert turning_point(with_history(learned_well, train_cost=falls, test_cost=measured)) == (25, True, "test")
    measured[::6] = [1, 0.9, 0.8, 0.6, 0.5, 0.9, 0.51, 0.9, 0.51, 0.9]
    assert turning_point(with_history(learned_well, test_cost=measured))[1] is False
    measured[::6] = np.linspace(0.5, 1, 10)
    found = overfitting(with_history(learned_well, test_cost=measured))
    assert found is not None
    assert "From the first epoch on the test cost rises" in found.sentence
    assert found.key == "train.augment"  # nobody stops there
    with_settings(learned_well, "train", class_weights="balanced")
    assert turning_point(learned_well) == (None, False, "test")
    assert "The training cost is weighted by train.class_weights, the others are not" in render(learned_well)


def test_few_epochs_do_not_overfit(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40}, "val": {"a": 30, "b": 30}}, brightness=6)
    facts = gather(train_text(tmp_path, f"goal: 3.0\n{DATA}train: {{epochs: 3, learning_rate: 0.001}}\n"))
    facts.metrics["train"]["accuracy"] = 0.8
    facts.metrics["validation"]["accuracy"] = 0.5
    assert overfitting(facts) is None
    assert too_short(facts).sentence.startswith("It trained for 3 epochs")  # type: ignore[union-attr]
    with_history(facts, train_accuracy=[0.5, 0.7, 0.8])
    assert overfitting(facts) is not None


def test_dead_neurons_do_no_harm_if_all_is_right(learned_well: Facts) -> None:
    assert learned_well.metrics["test"]["accuracy"] > 0.97
    assert dead_neurons(learned_well) is None


def test_equal_targets_are_nothing_to_learn(tmp_path: Path, train_text: Train) -> None:
    write_table(tmp_path, {"train": 40, "test": 40}, columns=2, slope=1.0)
    text = "goal: regression\ndata: {path: data, target: y}\ntrain: {epochs: 20, learning_rate: 0.05}\n"
    test = tmp_path / "data" / "test.csv"
    rows = [line.rsplit(",", 1) for line in test.read_text().splitlines()]
    test.write_text("\n".join([",".join(rows[0]), *(f"{columns},7" for columns, _ in rows[1:])]))
    facts = gather(train_text(tmp_path, text))
    assert one_sided(facts).sentence.startswith("Every target of the test data is the same")  # type: ignore[union-attr]
    assert overfitting(facts) is None
    shutil.copy(test, tmp_path / "data" / "train.csv")
    (only,) = noticed(gather(train_text(tmp_path, text)))
    assert only.sentence == "Every target of the training data is 7: there is nothing to learn."


def test_a_class_without_unseen_examples_is_named(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40}, "test": {"b": 40}})
    data = DATA.replace("path: data", "path: data, classes: [a]")
    facts = gather(train_text(tmp_path, f"goal: 1.0\n{data}train: {{epochs: 60, learning_rate: 0.1}}\n"))
    found = one_sided(facts)
    assert found is not None
    assert found in noticed(facts)
    assert "The test data has no example of a" in found.sentence
    assert few_unseen(facts) is None


def test_figures_of_nothing_unseen(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40}})
    text = f"goal: 3.0\n{DATA}train: {{epochs: 60, learning_rate: 0.1}}\n"
    text = text.replace("path: data", "path: data, validation_fraction: 0, test_fraction: 0")
    facts = gather(train_text(tmp_path, text))
    assert nothing_unseen(facts) in noticed(facts)
    shutil.copytree(tmp_path / "data" / "train", tmp_path / "data" / "test")
    facts = gather(train_text(tmp_path, text))
    found = noticed(facts)
    assert any("all pictures of the test data are in the training data too" in one.sentence for one in found)
    assert too_short(facts) is None
    assert "Nothing to fix" not in render(facts)


def test_one_answer_names_every_label(tmp_path: Path, train_text: Train) -> None:
    for split, count in (("train", 40), ("val", 40)):
        draw(tmp_path, {split: {"pictures": count}})
        rows = [f"pictures/{i}.png,{int(i % 20 == 0)},{int(i == 1 and split == 'train')},{i % 2}" for i in range(count)]
        folder = tmp_path / "data" / split
        (folder / "metadata.csv").write_text("\n".join(["file_name,rare,rarer,even", *rows]))
    text = "goal: 2.0\ndata: {path: data, image_size: [8, 8]}\nmodel: {initialization: zeros}\n"
    found = one_answer(gather(train_text(tmp_path, text + "train: {epochs: 15, schedule: cosine}\n")))
    assert found is not None
    assert "always no about rare, always no about rarer" in found.sentence
    assert "seed" not in found.fix  # zeros are the same with each


@pytest.mark.parametrize(
    ("optimizer", "rate", "fix"),
    [
        ("adamw", 0.1, "lower it to about 0.001, which is usual for adamw"),
        ("adam", 10.0, "lower it to about 0.001, which is usual for adam"),
        ("adamw", 1e-5, "raise it to about 0.001, which is usual for adamw"),
        ("adam", 1e-7, "raise it to about 0.001, which is usual for adam"),
        ("adam", 0.005, "try 0.05 and 0.0005; if nothing helps, the inputs may not tell the answer"),
        ("momentum", 0.1, "try 1 and 0.01; if nothing helps, the inputs may not tell the answer"),
        ("momentum", 1e-7, "raise it to about 0.01: 1e-07 changes next to nothing"),
    ],
)
def test_the_direction_of_a_rate_far_from_adams_is_named(
    learned_well: Facts, optimizer: str, rate: float, fix: str
) -> None:
    facts = with_history(unlearned(learned_well), train_cost=np.full(60, 1.1))
    with_settings(facts, "train", optimizer=optimizer, learning_rate=rate)
    found = nothing_learned(facts)
    assert found is not None
    assert (found.key, found.fix) == ("train.learning_rate", fix)


def test_a_rate_far_from_adams_is_named_if_something_was_learned(learned_well: Facts) -> None:
    with_history(learned_well, train_cost=np.linspace(1, 2, 60))
    with_settings(learned_well, "train", optimizer="adam", learning_rate=0.1)
    assert rate_too_high(learned_well).fix == "lower it to about 0.001, which is usual for adam"  # type: ignore[union-attr]
    with_settings(learned_well, "train", learning_rate=1e-5)
    assert raised(learned_well) == "raise it to about 0.001, which is usual for adam"
    with_settings(learned_well, "train", learning_rate=0.001)
    assert rate_too_high(learned_well).fix == "lower it: 0.00033 or 0.0001"  # type: ignore[union-attr]
