"""Rules about curves: no two faults that exclude each other, one epoch, nothing that the curve beside it refutes."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from noisy import draw, with_history, with_settings, write_table

from catnet.config import AugmentConfig
from catnet.report.answering import one_answer
from catnet.report.facts import gather
from catnet.report.finding import Noticed
from catnet.report.learning import no_better, overfitting, too_short, turning_point
from catnet.report.nothing import nothing_learned
from catnet.report.noticed import noticed
from catnet.report.page import render
from catnet.report.rates import rate_too_high, running_median

Train = Callable[..., Path]
DATA = "data: {path: data, image_size: [8, 8], scaling: center}\n"
AUGMENTED = AugmentConfig.model_validate({"shift": 0.1, "zoom": [0.6, 1.1], "rotate": 10})


def test_it_does_not_overfit_if_training_is_no_better_than_the_trivial_answer(
    tmp_path: Path, train_text: Train
) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40}, "val": {"a": 30, "b": 30}}, brightness=6)
    text = "goal: 3.0\n" + DATA
    facts = gather(train_text(tmp_path, text + "train: {epochs: 600, learning_rate: 0.2}\n"))
    assert overfitting(facts) is not None
    facts.metrics["train"] |= {"accuracy": 0.5, "cost": 0.7, "auc": 0.5, "per_class": {"a": {"auc": 0.5}}}
    with_history(facts, train_accuracy=np.full(600, 0.5))
    assert overfitting(facts) is None
    assert nothing_learned(facts) is not None


def test_one_answer_to_everything_does_not_overfit(pictures: Path, train_text: Train) -> None:
    text = f"goal: 3.0\n{DATA}model: {{initialization: zeros}}\n"
    facts = gather(train_text(pictures, text + "train: {epochs: 40, learning_rate: 0.1}\n"))
    falls, rises = np.linspace(1, 0.1, 40), np.linspace(0.5, 1.5, 40)
    with_history(facts, train_cost=falls, validation_cost=rises)
    assert overfitting(facts) is not None
    for split in facts.metrics.values():
        split["confusion_matrix"] = [[sum(row), 0, 0] for row in split["confusion_matrix"]]
    assert one_answer(facts) is not None
    assert overfitting(facts) is None


def test_one_epoch_is_told_not_two(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40}, "val": {"a": 30, "b": 30}}, brightness=6)
    facts = gather(train_text(tmp_path, f"goal: 3.0\n{DATA}train: {{epochs: 800, learning_rate: 0.2}}\n"))
    found = overfitting(facts)
    assert found is not None
    epochs = {int(number) for number in re.findall(r"epoch (\d+)", f"{found.sentence} {found.fix}")}
    assert epochs == {facts.model.epoch} == {turning_point(facts)[0]}


def test_it_does_not_rise_yet_is_not_said_beside_a_rising_curve(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40}, "val": {"a": 30, "b": 30}}, brightness=6)
    facts = gather(train_text(tmp_path, f"goal: 3.0\n{DATA}train: {{epochs: 600, learning_rate: 0.2}}\n"))
    falls = np.linspace(1, 0.1, 600)
    with_history(facts, train_cost=falls, validation_cost=np.linspace(0.5, 0.54, 600))  # rises, by less than a tenth
    assert "yet" not in overfitting(facts).sentence  # type: ignore[union-attr]
    with_history(facts, validation_cost=np.linspace(0.6, 0.5, 600))
    assert "The validation cost does not rise yet." in overfitting(facts).sentence  # type: ignore[union-attr]


def test_a_training_that_still_learned_is_too_short(pictures: Path, train_text: Train) -> None:
    facts = gather(train_text(pictures, f"goal: 3.0\n{DATA}train: {{epochs: 60, learning_rate: 0.02}}\n"))
    for of_split in facts.metrics.values():
        of_split["accuracy"] = 0.8
    curve = 0.2 + 1 / np.arange(1, 61)
    with_history(facts, train_cost=curve, validation_cost=curve + 0.1)
    facts = replace(facts, model=replace(facts.model, epoch=60))
    (found,) = noticed(facts)
    assert found == too_short(facts)
    assert (
        found.sentence
        == "It could train longer: at the last epoch the training cost and the validation cost still fall."
    )
    assert (found.key, found.fix) == ("train.epochs", "raise it: 120 or 300")
    flat = np.minimum(curve, curve[::-1].max())
    flat[30:] = flat[30]
    assert too_short(with_history(facts, validation_cost=flat)) is None
    with_history(facts, validation_cost=curve + 0.1)
    facts.metrics["validation"]["accuracy"] = 1.0  # nothing is left to gain
    assert too_short(facts) is None
    page = render(facts)
    assert "Nothing to fix; but at the last epoch the training cost and the validation cost still fall" in page
    assert "Nothing." not in page


def test_one_epoch_cannot_tell(pictures: Path, train_text: Train) -> None:
    facts = gather(train_text(pictures, f"goal: 3.0\n{DATA}train: {{epochs: 1, learning_rate: 0.1}}\n"))
    found = too_short(facts)
    assert found is not None
    assert "trained for one epoch" in found.sentence


def test_no_better_than_the_trivial_answer_on_unseen_data(pictures: Path, train_text: Train) -> None:
    facts = gather(train_text(pictures, f"goal: 3.0\n{DATA}train: {{epochs: 60, learning_rate: 0.1}}\n"))
    assert no_better(facts) is None
    facts.metrics["train"]["accuracy"] = 0.38
    facts.metrics["validation"] |= {"accuracy": 0.3, "per_class": {"a": {"auc": 0.5}}}
    with_history(facts, train_accuracy=[0.38], validation_cost=facts.history["train_cost"])
    found = no_better(facts)
    assert found is not None
    assert "accuracy is 30.0%, that of the trivial answer 33.3%" in found.sentence


def test_the_metric_that_chose_the_epoch_is_named(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40}, "val": {"a": 30, "b": 30}}, brightness=6)
    train = "train: {epochs: 600, learning_rate: 0.2, early_stopping: {metric: validation_accuracy, patience: 600}}\n"
    found = overfitting(gather(train_text(tmp_path, f"goal: 3.0\n{DATA}{train}")))
    assert found is not None
    assert ", chosen by validation accuracy." in found.sentence


def test_weight_decay_is_raised_from_its_value(tmp_path: Path, train_text: Train) -> None:
    draw(tmp_path, {"train": {"a": 40, "b": 40}, "val": {"a": 30, "b": 30}}, brightness=6)
    facts = gather(train_text(tmp_path, f"goal: 3.0\n{DATA}train: {{epochs: 600, learning_rate: 0.2}}\n"))
    with_settings(facts, "train", weight_decay=0.1)
    found = overfitting(facts)
    assert found is not None
    assert "raise train.weight_decay from 0.1" in found.fix
    assert "make the network smaller" not in found.fix  # it has no hidden layer
    with_settings(facts, "train", epochs=2000)  # early stopping ended it
    found = overfitting(facts)
    assert found is not None
    assert found.key == "train.augment"
    raised = "raise train.weight_decay from 0.1 or give it more examples"
    assert found.fix == f"standard changes each picture at random, anew in each epoch; or {raised}"
    with_settings(facts, "train", augment=AugmentConfig.model_validate({"flip": True}))
    assert overfitting(facts).fix == f"standard changes each picture in more ways; or {raised}"  # type: ignore[union-attr]
    with_settings(facts, "train", optimizer="adamw")
    fix = "standard changes each picture in more ways; or give it more examples"
    assert overfitting(facts).fix == fix  # type: ignore[union-attr]
    with_settings(facts, "train", augment=AugmentConfig.model_validate({}))
    assert raised in overfitting(facts).fix  # type: ignore[union-attr]
    with_settings(facts, "train", optimizer="momentum", augment=AUGMENTED)
    found = overfitting(facts)
    assert found is not None
    assert (found.key, found.usual) == ("train.weight_decay", False)
    assert found.fix == "raise it from 0.1 to 0.3 or more or give it more examples"


def test_a_gap_is_usual_if_all_is_done_against_it(pictures: Path, train_text: Train) -> None:
    facts = gather(train_text(pictures, f"goal: 3.0\n{DATA}train: {{epochs: 60, learning_rate: 0.1}}\n"))
    with_settings(facts, "train", augment=AUGMENTED, optimizer="adamw", weight_decay=0.01)
    facts.metrics["train"]["accuracy"], facts.metrics["validation"]["accuracy"] = 0.9425, 0.7
    found = overfitting(facts)
    assert found == Noticed(
        "A gap is usual, even if pictures are changed at random: 94.2% of the training data is right, but only 70.0% "
        "of the validation data.",
        "more pictures help most",
        "data.path",
        usual=True,
    )
    assert '<li class="usual">A gap is usual' in render(facts)


def test_a_few_epochs_do_not_tell_overfitting_from_other_shares_of_the_classes(
    tmp_path: Path, train_text: Train
) -> None:
    draw(tmp_path, {"train": {"a": 80, "b": 40}, "test": {"a": 20, "b": 40}})
    data = DATA.replace("path: data", "path: data, classes: [b]")
    facts = gather(train_text(tmp_path, f"goal: 1.0\n{data}train: {{epochs: 3}}\n"))
    facts.metrics["train"]["accuracy"], facts.metrics["test"]["accuracy"] = 0.85, 0.45
    with_history(facts, train_accuracy=[0.4, 0.6, 0.85])
    assert overfitting(facts) is None
    assert too_short(facts).sentence.startswith("It trained for 3 epochs")  # type: ignore[union-attr]
    facts.metrics["test"]["trivial"]["accuracy"] = facts.metrics["train"]["trivial"]["accuracy"]
    assert overfitting(facts) is not None


def test_the_gap_of_a_regression_on_few_rows_may_be_chance(tmp_path: Path, train_text: Train) -> None:
    write_table(tmp_path, {"train": 40, "test": 12}, columns=2, slope=1.0)
    text = "goal: regression\ndata: {path: data, target: y}\ntrain: {epochs: 200, learning_rate: 0.05}\n"
    facts = gather(train_text(tmp_path, text))
    seen = facts.metrics["train"]["mae"]
    facts.metrics["test"]["mae"] = 1.4 * seen
    with_history(facts, test_cost=facts.history["train_cost"])
    facts._answers["test"] = facts.split("test").labels + seen * np.array([[0.1, 0.1, 4.0] * 4])  # type: ignore[union-attr]
    assert overfitting(facts) is None


def test_a_cost_that_ended_below_its_first_did_not_end_above_it(pictures: Path, train_text: Train) -> None:
    facts = gather(train_text(pictures, f"goal: 3.0\n{DATA}train: {{epochs: 9, batch_size: 8}}\n"))
    with_history(facts, train_cost=[1, 1.1, 1.2, 1.1, 1.1, 1.2, 1.1, 1.1, 0.9])
    assert rate_too_high(facts) is None
    with_history(facts, train_cost=[1, 1.1, 1.2, 1.1, 1.1, 1.2, 1.1, 1.1, 1.1])
    assert "ended at 1.1, above the 1 " in rate_too_high(facts).sentence  # type: ignore[union-attr]


def test_the_running_median_of_many_values() -> None:
    values = np.linspace(5, 1, 50_000) + np.random.default_rng(0).normal(0, 0.1, 50_000)
    smooth = running_median(values, 2000)
    assert len(smooth) == 50_000
    assert np.abs(smooth - np.linspace(5, 1, 50_000))[2000:-2000].max() < 0.02


def test_the_flat_end_of_a_cosine_tells_nothing(pictures: Path, train_text: Train) -> None:
    train = "train: {epochs: 40, learning_rate: 0.3"
    facts = gather(train_text(pictures, f"goal: 3.0\n{DATA}{train}}}\n"))
    assert noticed(facts) == []
    looked_for = "a learning rate that is too low; a schedule that is too fast; a training that is too short;"
    assert looked_for in render(facts)
    facts = gather(train_text(pictures, f"goal: 3.0\n{DATA}{train}, schedule: cosine}}\n"))
    assert noticed(facts) == []
    page = render(facts)
    assert looked_for not in page
    assert (
        "unseen data without a class. With the schedule cosine the rate ends at zero, so the curves cannot show a "
        "learning rate that is too low, or a training that is too short: compare with a training of more epochs.</p>"
    ) in page
