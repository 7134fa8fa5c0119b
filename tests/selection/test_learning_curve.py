"""The learning curve ends at the plain training, and says whether more examples would help."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from in_process import Done

from catnet.config import load_config
from catnet.errors import ConfigError
from catnet.selection.learning_curve import LearningCurve, Point, growing, learning_curve
from catnet.selection.pool import Pool, pool_of

Write = Callable[..., Path]
CONFIG = """
goal: 3.0
data: {path: animals, image_size: [8, 8]}
model: {hidden_layers: [6]}
train: {epochs: 30, learning_rate: 0.05}
"""


@pytest.fixture
def pool(animals: Path, write_config: Write) -> Pool:
    return pool_of(load_config(write_config(CONFIG)))


def test_each_part_has_the_one_before_and_the_same_shares_of_classes(pool: Pool) -> None:
    parts = growing(pool)
    assert [len(part) for part in parts] == [2, 4, 7, 14, 28]
    for less, more in pairwise(parts):
        assert set(less.tolist()) < set(more.tolist())
    assert pool.labels[:, parts[3]].sum(axis=1).tolist() == [6, 4, 4]


def test_the_last_point_is_the_plain_training(pool: Pool, command: Callable[..., Done], tmp_path: Path) -> None:
    curve = learning_curve(pool)
    command("train", "config.yaml", "--run-dir", "run")
    metrics = json.loads((tmp_path / "run" / "summary.json").read_text())["metrics"]
    assert [point.examples for point in curve.points] == [2, 4, 7, 14, 28]
    last = curve.to_json()[-1]
    for split in ("train", "validation"):
        assert last[split] == {name: metrics[split][name] for name in last[split]}
    assert curve.points[0].validation["cost"] > curve.points[-1].validation["cost"]


def test_without_validation_data(pool: Pool, write_config: Write) -> None:
    import shutil

    shutil.rmtree(pool.config.data.path / "val")
    config = load_config(pool.config, {"data.validation_fraction": 0})
    with pytest.raises(ConfigError, match=r"set data\.validation_fraction: 0\.2"):
        learning_curve(pool_of(config))


def point(examples: int, right: int, train: float) -> Point:
    """A point whose first answers to 200 validation examples are right."""
    of_validation = {"accuracy": right / 200, "trivial": {"accuracy": 0.3}}
    return Point(examples, {"accuracy": train}, of_validation, (np.arange(200) < right).astype(float))


@pytest.mark.parametrize(
    ("right", "sentence"),
    [
        (
            [100, 110, 130],
            "From 25 to 100 pictures the validation accuracy goes from 50.0% to 65.0%, which",
        ),
        ([100, 110, 103], "with 12 validation pictures that may be chance, so whether more would help cannot be told"),
        ([100, 110, 100], "From 25 to 100 pictures the validation accuracy goes from 50.0% to 50.0%: more pictures"),
        ([130, 110, 100], "which is worse: the 25 pictures that were drawn may suit the validation data by luck; or"),
    ],
)
def test_what_it_says(pool: Pool, right: list[int], sentence: str) -> None:
    points = [point(examples, count, 0.66) for examples, count in zip((25, 50, 100), right, strict=True)]
    assert sentence in next(LearningCurve(pool, points).sentences)


@pytest.mark.parametrize(
    ("gains", "sentence"),
    [
        (
            (2.0, 0.5),
            "From 50 to 100 rows the validation MAE goes from 12 to 10, which is more than",
        ),
        ((-2.0, 0.5), "which is worse: the 50 rows that were drawn may suit the validation data by luck; or"),
        ((0.0, 0.5), "goes from 10 to 10: more rows would hardly help"),  # 0.1 at most; 2% of 40 is 0.8
        ((0.0, 9.0), "that may be chance, so whether more would help cannot be told"),  # 1.3 at most
    ],
)
def test_what_it_says_of_an_error(
    write_config: Write, tmp_path: Path, gains: tuple[float, float], sentence: str
) -> None:
    (tmp_path / "t.csv").write_text("\n".join(["x,y", *(f"{i},{2 * i}" for i in range(20))]))
    pool = pool_of(load_config(write_config("goal: regression\ndata: {path: t.csv, target: y}\n")))
    few, whole = np.full(200, 10.0 + gains[0]), 10.0 + gains[1] * np.resize([-1.0, 1.0], 200)
    points = [
        Point(examples, {"mae": 10.0}, {"mae": errors.mean(), "trivial": {"mae": 40.0}}, errors)
        for examples, errors in ((50, few), (100, whole))
    ]
    assert sentence in next(LearningCurve(pool, points).sentences)


def test_the_gap_is_told(pool: Pool) -> None:
    near, far = (LearningCurve(pool, [point(50, 130, train), point(100, 130, train)]) for train in (0.7, 0.99))
    assert "what it learns holds on new data" in list(near.sentences)[1]
    assert "it is twice as good about the pictures" in list(far.sentences)[1]


def test_what_chance_leaves_out_is_told(pool: Pool) -> None:
    points = [point(50, 130, 0.7), point(100, 130, 0.7)]
    by_best = list(LearningCurve(pool, points).sentences)[2]
    assert "each part of the training pictures was drawn once, and another may be better or worse." in by_best
    assert by_best.endswith(
        "The same validation pictures chose each point's epoch, so all points are somewhat too good."
    )
    last = replace(pool, config=load_config(pool.config, {"train.keep": "last"}))
    assert "chose each point's epoch" not in list(LearningCurve(last, points).sentences)[2]


def test_a_network_that_has_learned_nothing_is_told(pool: Pool) -> None:
    curve = LearningCurve(pool, [point(50, 55, 0.3), point(100, 60, 0.34)])
    assert "30.0% on the validation data, no better than the trivial answer" in list(curve.sentences)[1]


def test_the_command(pool: Pool, command: Callable[..., Done], tmp_path: Path) -> None:
    done = command("cross-validate", "config.yaml", "--folds", "4", "--repeats", "2", "--learning-curve", "--json")
    assert done.code == 0, done.err
    facts = json.loads(done.out)
    folder = tmp_path / "cross-validation" / "config-001"
    assert facts == json.loads((folder / "summary.json").read_text())
    assert len(facts["folds"]) == 8 and len(facts["learning_curve"]) == 5
    with (folder / "answers.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 80 and {row["repeat"] for row in rows} == {"1", "2"}
    right = np.mean([row["label"] == row["prediction"] for row in rows if row["repeat"] == "1"])
    shares = [float(rows[0][f"probability {name}"]) for name in ("cat", "iguana", "lion")]
    assert right > 0.8 and sum(shares) == pytest.approx(1)
    assert rows[0]["name"] == "train/cat/0.png" and rows[0]["split"] == "training"
    again = command("cross-validate", "config.yaml", "--folds", "4")
    assert " of new pictures to be answered correctly (95% interval: " in again.out
    assert (tmp_path / "cross-validation" / "config-002" / "config.yaml").is_file()
    taken = command("cross-validate", "config.yaml", "--output", "cross-validation/config-001")
    assert taken.code == 6 and taken.err.endswith("exists already and is not overwritten; give another --output\n")
    assert "training 1/" not in taken.err
