"""Rules about answers: what was not learned comes first, and no setting is suggested that is already so."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from noisy import draw, with_settings, write_table
from safetensors.numpy import save_file

from catnet.report.answering import dead_neurons, few_unseen, one_answer, small_classes
from catnet.report.facts import gather
from catnet.report.learned import learned
from catnet.report.learning import overfitting
from catnet.report.nothing import cause, nothing_learned
from catnet.report.noticed import in_lines, noticed

Train = Callable[..., Path]
DATA = "data: {path: data, image_size: [8, 8], scaling: center}\n"


@pytest.mark.parametrize("goal", ["3.0", "1.0"])
def test_a_network_that_learned_nothing_is_told_first(pictures: Path, train_text: Train, goal: str) -> None:
    data = DATA if goal == "3.0" else DATA.replace("path: data", "path: data, classes: [a]")
    outputs, random = (3 if goal == "3.0" else 1), np.random.default_rng(0)
    tensors = {"b1": np.zeros((16, 1)), "b2": np.full((8, 1), -1e3), "b3": np.zeros((outputs, 1))}
    for layer, shape in ((1, (16, 192)), (2, (8, 16)), (3, (outputs, 8))):
        tensors[f"W{layer}"] = random.normal(size=shape, scale=0.1)
    save_file({name: values.astype(np.float32) for name, values in tensors.items()}, pictures / "start.safetensors")
    model = "model: {hidden_layers: [16, 8], initialization: start.safetensors}\n"
    facts = gather(train_text(pictures, f"goal: {goal}\n{data}{model}train: {{epochs: 30}}\n"))
    found = noticed(facts)
    assert found[0] == nothing_learned(facts)
    assert found[0].sentence.startswith("It learned nothing: even of its training data it answers ")
    assert (
        "Hidden layer 2 is dead: all of its neurons (8 relu) answer 0 to every training example." in found[0].sentence
    )
    assert found[0].key == "model.activation"
    assert not any("overfits" in one.sentence or one.sentence.startswith("Dead ReLUs") for one in found)
    assert dead_neurons(facts) is None  # it is told already


def test_only_the_first_of_many_dead_layers_are_named(tmp_path: Path, train_text: Train) -> None:
    write_table(tmp_path, {"train": 60, "test": 60})
    layers = ", ".join(["1"] * 100)
    text = f"goal: regression\ndata: {{path: data, target: y}}\nmodel: {{hidden_layers: [{layers}]}}\n"
    found = nothing_learned(gather(train_text(tmp_path, text + "train: {epochs: 1}\n")))
    assert found is not None
    assert found.sentence.count("Hidden layer ") == 3
    assert found.sentence.endswith(" more hidden layers are dead.")
    assert len(found.sentence) < 500


def test_zeros_with_hidden_layers_learn_nothing(pictures: Path, train_text: Train) -> None:
    text = f"goal: 3.0\n{DATA}model: {{hidden_layers: [8], activation: tanh, initialization: zeros}}\n"
    found = nothing_learned(gather(train_text(pictures, text + "train: {epochs: 5}\n")))
    assert found is not None
    assert found.key == "model.initialization"
    assert "Hidden layer 1 is dead: all of its neurons (8 tanh)" in found.sentence


def test_a_regression_that_learned_nothing(tmp_path: Path, train_text: Train) -> None:
    write_table(tmp_path, {"train": 60, "test": 60})
    text = "goal: regression\ndata: {path: data, target: y}\nmodel: {hidden_layers: [6]}\n"
    facts = gather(train_text(tmp_path, text + "train: {epochs: 5, learning_rate: 1.0e-9}\n"))
    found = noticed(facts)[0]
    assert (found.key, found.fix) == ("train.learning_rate", "raise it to about 0.01: 1e-09 changes next to nothing")
    assert found.sentence.startswith("It learned nothing: even on its training data it is off by ")
    assert overfitting(facts) is None
    for split in facts.metrics.values():
        split["trivial"] |= {"rmse": 1e-6, "mae": 1e-6}
    assert noticed(facts)[0].key == "data.target_scaling"


def test_a_huber_delta_so_small_that_nothing_learns(tmp_path: Path, train_text: Train) -> None:
    write_table(tmp_path, {"train": 60, "test": 60})
    text = "goal: regression\ndata: {path: data, target: y}\nmodel: {loss: huber, huber_delta: 1.0e-9}\n"
    found = noticed(gather(train_text(tmp_path, text + "train: {epochs: 5, learning_rate: 0.1}\n")))[0]
    assert found.key == "model.huber_delta"
    assert re.fullmatch(r"raise it from 1e-09 to about [\d.]+: no error pulls with more than it", found.fix)


def test_class_weights_so_small_that_nothing_learns(pictures: Path, train_text: Train) -> None:
    facts = gather(train_text(pictures, f"goal: 3.0\n{DATA}train: {{epochs: 5, learning_rate: 0.1}}\n"))
    with_settings(facts, "train", class_weights={"a": 1e-9, "b": 1e-8})
    assert cause(facts) == ("give weights around 1: the largest is 1e-08", "train.class_weights")


def test_a_dead_regression_learned_nothing_though_its_constant_is_nearer_than_the_mean(
    tmp_path: Path, train_text: Train
) -> None:
    """The median of a skewed target has a smaller absolute error than the mean."""
    (tmp_path / "data").mkdir()
    X = np.random.default_rng(0).normal(size=(60, 2))
    table = np.column_stack([X, np.where(np.arange(60) % 6 == 0, 12.0, 0.5)])
    for name in ("train.csv", "test.csv"):
        np.savetxt(tmp_path / "data" / name, table, delimiter=",", header="a,b,y", comments="")
    tensors = {"W1": np.ones((4, 2)), "b1": np.full((4, 1), -1e3), "W2": np.ones((1, 4)), "b2": np.full((1, 1), 0.5)}
    save_file({name: values.astype(np.float32) for name, values in tensors.items()}, tmp_path / "start.safetensors")
    text = "goal: regression\ndata: {path: data, target: y}\n"
    text += "model: {hidden_layers: [4], loss: absolute, initialization: start.safetensors}\n"
    facts = gather(train_text(tmp_path, text + "train: {epochs: 5, learning_rate: 1.0e-3}\n"))
    metrics = facts.metrics["train"]
    assert metrics["mae"] < metrics["trivial"]["mae"]
    told = "It learned nothing: it answers the same to everything. Hidden layer 1 is dead: "
    assert noticed(facts)[0].sentence.startswith(told)


def test_classes_of_unequal_size_do_not_hide_what_was_learned(tmp_path: Path, train_text: Train) -> None:
    """All answers are the frequent class, but the probabilities order the examples."""
    draw(tmp_path, {"train": {"a": 4, "b": 76}, "val": {"a": 4, "b": 36}}, brightness=60)
    text = "goal: 1.0\n" + DATA.replace("path: data", "path: data, classes: [a]")
    facts = gather(train_text(tmp_path, text + "train: {epochs: 10, learning_rate: 0.003}\n"))
    assert facts.metrics["train"]["accuracy"] <= 0.95
    assert learned(facts)


def test_a_few_examples_that_get_the_same_answer_are_not_one_answer(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 30, "b": 30, "c": 30}, "test": {"a": 1, "b": 1}})
    facts = gather(train_text(tmp_path, f"goal: 3.0\n{DATA}train: {{epochs: 60, learning_rate: 0.1}}\n"))
    assert learned(facts)
    facts.metrics["test"]["confusion_matrix"] = [[1, 0, 0], [1, 0, 0], [0, 0, 0]]
    assert one_answer(facts) is None


def test_no_suggestion_names_what_is_set_already(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 200, "b": 12}, "val": {"a": 20, "b": 20}}, brightness=4)
    text = f"goal: 3.0\n{DATA}model: {{initialization: zeros}}\n"
    facts = gather(train_text(tmp_path, text + "train: {epochs: 3, learning_rate: 1.0e-4}\n"))
    found = one_answer(facts)
    assert found is not None
    assert found.key == "train.class_weights"
    assert "balanced" in found.fix
    assert small_classes(facts).key == "train.class_weights"  # type: ignore[union-attr]
    with_settings(facts, "train", class_weights="balanced")
    assert "balanced" not in one_answer(facts).fix  # type: ignore[union-attr]
    small = small_classes(facts)
    assert small is not None
    assert (small.key, small.fix) == ("data.path", "add pictures there")  # of two classes none can be left out


def test_few_unseen_examples(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40}, "val": {"a": 20, "b": 20}, "test": {"a": 1}})
    facts = gather(train_text(tmp_path, f"goal: 3.0\n{DATA}train: {{epochs: 3}}\n"))
    found = few_unseen(facts)
    assert found in noticed(facts)
    assert found is not None
    assert found.sentence == "The test data has only 1 picture, so chance decides its metrics."
    del facts.measured["test"]
    assert few_unseen(facts) is None


def test_a_line_for_a_terminal(pictures: Path, train_text: Train) -> None:
    run = train_text(pictures, f"goal: 3.0\n{DATA}train: {{epochs: 60, learning_rate: 1.0e-5}}\n")
    facts = gather(run)
    (line,) = in_lines(facts)
    number = facts.line("train.learning_rate")
    assert line.startswith("noticed: The learning rate is too low, or the epochs too few: the training cost fell from ")
    assert line.endswith(
        f" ({run}/config.yaml:{number}: train.learning_rate: raise it: 3e-05 or 0.0001; or raise train.epochs)"
    )
    assert "\u2068" not in line
