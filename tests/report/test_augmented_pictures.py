"""A run with augmentation and train.keep: last: its pictures on the page, and what is said about its epochs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from noisy import with_settings

from catnet.config import AugmentConfig
from catnet.engine import augmented
from catnet.engine.types import Array
from catnet.report.augmentation import changed_pictures, of_different_classes
from catnet.report.facts import Facts, gather
from catnet.report.figures import training_curves
from catnet.report.page import render, write_report
from catnet.report.rates import uneven, unsteady
from catnet.report.regularization import against_overfitting
from catnet.report.verdict import verdict
from catnet.training.build import augmented_of

Train = Callable[..., Path]
TEXT = (
    "goal: 3.0\ndata: {path: data, image_size: [4, 4], box_average: 2}\nmodel: {views: flip}\n"
    "train: {epochs: 30, learning_rate: 0.1, schedule: cosine, label_smoothing: 0.1, batch_size: 16, "
    "augment: {flip: true, shift: 0.2, mixup: 0.3}}\n"
)


@pytest.fixture
def facts(pictures: Path, train_text: Train) -> Facts:
    return gather(train_text(pictures, TEXT))


def test_sixteen_pictures_are_on_the_page(facts: Facts) -> None:
    found = changed_pictures(facts)
    assert [one.truth.strip("\u2068\u2069") for one in found] == [*"abc" * 5, "a"]
    assert sum(one.before.uri != one.after.uri for one in found) >= 14
    page = render(facts)
    assert "What augmentation makes of the pictures" in page
    assert "<code>augment: {flip: true, shift: 0.2, mixup: 0.3}</code>. Mixup, which then mixes each with" in page
    assert all(one.after.uri in page for one in found)


def test_there_are_none_without_changes_or_data(facts: Facts) -> None:
    assert "What augmentation makes" in render(facts)
    with_settings(facts, "train", augment=AugmentConfig.model_validate({"mixup": 0.3}))
    assert changed_pictures(facts) == []
    assert "What augmentation makes" not in render(facts)


@pytest.mark.parametrize(
    ("goal", "labels", "expected"),
    [
        ("3.0", [[1, 1, 0, 0, 1], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0]], [0, 2, 3, 1, 4]),
        ("1.0", [[0, 0, 1, 1]], [2, 0, 3, 1]),
        ("2.0", [[1, 0, 1], [1, 0, 0]], [0, 2, 1]),
        ("regression", [[3.0, 1.0, 2.0]], [1, 2, 0]),
        ("regression", [list(range(31))], list(range(0, 31, 2))),
        ("3.0", [[1] * 40, [0] * 40], list(range(16))),
    ],
)
def test_they_are_of_different_classes(goal: str, labels: Any, expected: list[int]) -> None:
    assert of_different_classes(np.array(labels, float), goal).tolist() == expected


def test_nothing_is_said_to_be_chosen(facts: Facts, runs: dict[str, Path]) -> None:
    assert not facts.chose_epoch
    assert not any("chose the best epoch" in sentence for sentence in verdict(facts).sentences)
    assert not any("best epoch" in one.svg for one in training_curves(facts))
    page = write_report(facts.run.path).read_text(encoding="utf-8")
    assert "last epoch, whose weights these are" in page
    assert "30 (train.keep: last, the default with the schedule cosine)" in page
    chosen = gather(runs["2.0"])
    assert chosen.chose_epoch
    assert any("chose the best epoch" in sentence for sentence in verdict(chosen).sentences)
    assert any("best epoch" in one.svg for one in training_curves(chosen))


def test_what_the_training_cost_is_of_is_said(facts: Facts) -> None:
    config, told = facts.run.config, "is measured with smoothed labels on pictures that are changed at random and mixed"
    assert uneven(config, "pictures") == told
    assert f"The training cost {told}, the others are not: compare the shapes, not the heights." in render(facts)
    with_settings(
        facts, "train", augment=AugmentConfig.model_validate({}), label_smoothing=0.1, class_weights="balanced"
    )
    told = "is weighted by train.class_weights and measured with smoothed labels"
    assert uneven(facts.run.config, "pictures") == told
    with_settings(facts, "train", label_smoothing=0.0, class_weights=None)
    assert uneven(facts.run.config, "pictures") is None
    mixed = AugmentConfig.model_validate({"mixup": 0.4})
    with_settings(facts, "train", augment=mixed)
    assert uneven(facts.run.config, "rows") == "is measured on rows that are mixed"


def test_a_cost_of_other_pictures_each_epoch_may_go_up_and_down(facts: Facts) -> None:
    with_settings(facts, "train", batch_size="full")
    facts.history["train_cost"] = np.array([1.0, *[0.6, 0.7] * 14, 0.6])
    assert unsteady(facts) is None
    with_settings(facts, "train", augment=AugmentConfig.model_validate({}))
    assert unsteady(facts) is not None


def test_augmentation_is_suggested_once(facts: Facts) -> None:
    assert against_overfitting(facts, None)[0].startswith("standard changes each picture in more ways; or raise ")
    with_settings(facts, "train", augment=AugmentConfig.model_validate({"flip": True, "shift": 0.2, "rotate": 9}))
    assert "augment" not in " ".join(against_overfitting(facts, None))
    with_settings(facts, "train", augment=AugmentConfig.model_validate({}))
    assert against_overfitting(facts, None)[1] == "train.augment"
    assert against_overfitting(facts, 9)[0].startswith("stop near epoch 9, set train.augment: standard, raise ")
    with_settings(facts, "train", solver="gram")
    assert "augment" not in " ".join(against_overfitting(facts, None))


def test_only_the_pictures_that_are_shown_are_averaged(facts: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, averaged, real = [one.after.uri for one in changed_pictures(facts)], [], augmented.sliding_average

    def counted(pictures: Array, factor: int) -> Array:
        averaged.append(len(pictures))
        return real(pictures, factor)

    monkeypatch.setattr(augmented, "sliding_average", counted)
    assert [one.after.uri for one in changed_pictures(facts)] == shown
    assert averaged == [16]
    train = facts.split("train")
    assert train is not None
    kept = augmented_of(facts.run.config, facts.model, train.rows)
    assert kept is not None
    few, some = replace(kept, is_for_few=True), np.array([3, 100, 5])
    assert (few.pictures(7, some) == kept.pictures(7, some)).all()
    assert averaged == [16, 3, 120]
