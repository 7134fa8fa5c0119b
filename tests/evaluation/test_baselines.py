"""The best linear answers: what they are given, what they score, and what becomes of those that cannot be learned."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import catnet
from catnet.data.dataset import Dataset, Split
from catnet.errors import CheckpointError, NotEnoughMemory
from catnet.evaluation import baselines as module
from catnet.evaluation.baselines import baselines_of, facts_of
from catnet.evaluation.beside import add_baselines
from catnet.evaluation.data import data_of_run
from catnet.evaluation.evaluate import evaluate, leads_of
from catnet.evaluation.joint import jointly
from catnet.goals import BINARY, REGRESSION
from catnet.question import Question

PICTURES = Question(BINARY, ("cat",), "dog", None, None)
COLUMNS = {"classes": ["survived"], "ignore": ["id", "name"], "missing": "fill"}  # of the passengers
TABLE = Question(REGRESSION, (), None, "age", ("a", "b"))


def pictures(m: int = 80, side: int = 8, colors: str = "rgb") -> Dataset:
    """Noise; that of cats is redder, or brighter."""
    random = np.random.default_rng(0)
    truth = np.arange(m) % 2
    values = random.integers(0, 100, (m, side, side, 3 if colors == "rgb" else 1))
    values[truth == 1, ..., 0] += 120
    rows = values.astype(np.uint8).reshape(m, -1)
    half = m // 2
    splits = {
        name: Split(rows[part], truth[None, part] * 1.0, tuple(map(str, range(half))))
        for name, part in (("train", slice(0, half)), ("test", slice(half, None)))
    }
    return Dataset(splits, PICTURES, (side, side), colors=colors)


def table(scale: float = 1.0) -> Dataset:
    random = np.random.default_rng(0)
    rows = random.normal(size=(60, 2)) * [1, scale] + [5, 3 * scale]
    target = rows @ [2.0, -1 / scale] + 0.01 * random.normal(size=60)
    return Dataset({"train": Split(rows, target[None], tuple(map(str, range(60))))}, TABLE)


@pytest.mark.parametrize("colors", ["rgb", "grey"])
def test_of_pictures_there_are_two(colors: str) -> None:
    dataset = pictures(colors=colors)
    found = baselines_of(dataset)
    words = {"rgb": "colour histograms", "grey": "histograms of brightness"}[colors]
    assert [each.features.words for each in found.values()] == ["the pixels", words]
    test = dataset.splits["test"]
    for each in found.values():
        answers = each.answer(test.rows)
        assert answers is not None and ((answers > 0.5) == test.labels).mean() > 0.9
    assert facts_of(baselines_of(dataset), {}) == facts_of(found, {})  # the same each time


def test_of_a_table_there_is_one_and_units_do_not_matter() -> None:
    answers = []
    for scale in (1.0, 1e6):
        dataset = table(scale)
        found = baselines_of(dataset)
        assert list(found) == ["linear"] and found["linear"].features.words == "the inputs"
        answers.append(found["linear"].answer(dataset.splits["train"].rows))
    assert answers[0] == pytest.approx(answers[1], rel=1e-6)
    assert answers[0] == pytest.approx(dataset.splits["train"].labels, abs=0.2)


def test_boxes_that_the_network_averages_are_averaged_first() -> None:
    dataset = pictures()
    averaged = baselines_of(dataset, box=4)["linear"]
    assert averaged.fitted is not None and averaged.fitted.weights.shape == (1, 2 * 2 * 3)
    assert averaged.features.words == "the pixels"


def test_many_pictures_are_averaged_over_boxes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPERATIONS", 2e5)
    found = baselines_of(pictures())["linear"]
    assert found.features.words == "the pixels averaged to 2 x 2"
    assert found.fitted is not None and found.fitted.weights.shape == (1, 12)


def test_of_a_table_too_large_some_rows_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPERATIONS", 100.0)
    monkeypatch.setattr(module, "FEW", 20)
    found = baselines_of(table())["linear"]
    assert found.features.words == "the inputs of 20 rows"
    assert found.fitted is not None and found.fitted.out_of_fold.shape == (1, 20)


def refused(*_: object) -> None:
    raise NotEnoughMemory("its regression needs 2 GB of memory, 1 GB are available; it is left out")


def exhausted(*_: object) -> None:
    raise MemoryError


@pytest.mark.parametrize(
    ("what", "told"), [(refused, "needs 2 GB of memory, 1 GB are available"), (exhausted, "there is not enough memory")]
)
def test_what_cannot_be_learned_is_left_out_and_said(
    monkeypatch: pytest.MonkeyPatch, tables: Path, tmp_path: Path, what: Any, told: str
) -> None:
    monkeypatch.setattr(module, "ridge", what)
    config = {"goal": BINARY, "data": {"path": tables / "passengers", **COLUMNS}, "train": {"epochs": 2}}
    run = catnet.train(config, run_dir=tmp_path / "run")
    assert all("baselines" not in of_split for of_split in run.metrics.values())
    summary = json.loads((tmp_path / "run/summary.json").read_text())
    assert told in summary["baselines"]["linear"]["left_out"]


def test_answers_that_are_not_finite_are_none() -> None:
    dataset = table()
    found = baselines_of(dataset)["linear"]
    assert found.answer(np.full((1, 2), 1e308) * [1, -1]) is None
    told = facts_of({"linear": found}, {"train": {"baselines": {"linear": {}}}, "test": {}})
    assert told["linear"]["left_out"].startswith("some of its answers are not finite numbers")


def test_a_fault_of_any_step_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "fit_scaling", exhausted)
    found = facts_of(baselines_of(table()), {})
    assert found == {"linear": {"inputs": "the inputs", "left_out": "there is not enough memory"}}


def test_examples_that_are_all_equal_teach_nothing() -> None:
    dataset = pictures()
    train = dataset.splits["train"]
    same = replace(train, rows=np.repeat(train.rows[:1], len(train.rows), axis=0))
    found = baselines_of(replace(dataset, splits={"train": same}))
    assert {each.fault for each in found.values()} == {"all training pictures are equal"}
    single = Split(train.rows[:1], train.labels[:, :1], train.names[:1])
    found = baselines_of(replace(dataset, splits={"train": single}))
    assert {each.fault for each in found.values()} == {"there is a single training picture"}


def test_the_lead_is_corrected_for_the_number_of_answers() -> None:
    random = np.random.default_rng(0)
    own, *others = (random.random((6, 200)) < np.array([[0.8], [0.68], [0.7], [0.7], [0.7], [0.7]])).astype(float)
    (alone,) = leads_of(own, others[:1], True, np.arange(len(own)))
    first, *_ = leads_of(own, others, True, np.arange(len(own)))
    assert first["difference"] == alone["difference"] == pytest.approx(own.mean() - others[0].mean())
    assert alone["p"] < first["p"]
    (low, high), (inner, outer) = first["interval"], alone["interval"]
    assert low < inner < alone["difference"] < outer < high


def test_the_lead_is_as_sure_as_the_gap_of_two_runs() -> None:
    own, other = np.ones(20), np.repeat([0.0, 1.0], [5, 15])
    (lead,) = leads_of(own, [other], True, np.arange(len(own)))
    gap = jointly([own[None], other[None]], is_share=True).gap(0, 1)
    assert (lead["difference"], lead["interval"], lead["p"]) == (gap.difference, [gap.low, gap.high], gap.p)
    assert gap.sure and gap.low > 0


def rows_of(text: str) -> dict[str, list[str]]:
    """The cells of each line of a table by its first."""
    return {cells[0]: cells[1:] for line in text.splitlines() if len(cells := re.split(" {2,}", line.strip())) > 1}


@pytest.fixture(scope="module")
def passengers(tables: Path, tmp_path_factory: pytest.TempPathFactory) -> catnet.Run:
    """A run with validation and test data."""
    data = {"path": tables / "passengers", **COLUMNS, "validation_fraction": 0.2}
    config = {"goal": BINARY, "data": data, "train": {"epochs": 30}}
    return catnet.train(config, run_dir=tmp_path_factory.mktemp("run") / "run")


def test_they_stand_in_the_table_and_in_the_metrics(passengers: catnet.Run) -> None:
    table = rows_of(str(passengers))
    found = [of_split["baselines"]["linear"] for of_split in passengers.metrics.values()]
    assert table["linear"] == [f"{each['accuracy']:.4f}" for each in found]
    for of_split, each in zip(passengers.metrics.values(), found, strict=True):
        assert each["lead"]["difference"] == pytest.approx(of_split["accuracy"] - each["accuracy"])


@pytest.mark.parametrize(
    "damage",
    [
        {"lead": {"difference": 0.1, "interval": [0.0, 0.2], "p": 2.0}},
        {"lead": {"difference": 0.1, "interval": [0.0], "p": 0.5}},
        {"lead": {"difference": "much", "interval": [0.0, 0.2], "p": 0.5}},
        {"accuracy": 1.5},
        {"accuracy": None},
        {"fame": 1.0},
    ],
)
def test_a_damaged_baseline_is_told(passengers: catnet.Run, damage: dict[str, Any]) -> None:
    path = passengers.path / "summary.json"
    text = path.read_text()
    summary = json.loads(text)
    summary["metrics"]["train"]["baselines"]["linear"] |= damage
    try:
        path.write_text(json.dumps(summary))
        with pytest.raises(CheckpointError, match="is damaged"):
            _ = catnet.load(passengers.path).metrics
    finally:
        path.write_text(text)


def test_a_run_of_an_earlier_version_has_none(passengers: catnet.Run) -> None:
    path = passengers.path / "summary.json"
    text = path.read_text()
    summary = json.loads(text)
    del summary["baselines"]
    for of_split in summary["metrics"].values():
        del of_split["baselines"]
        of_split.get("without_duplicates", {}).pop("baselines", None)
    try:
        path.write_text(json.dumps(summary))
        assert "linear" not in rows_of(str(catnet.load(passengers.path)))
    finally:
        path.write_text(text)


def test_without_duplicates_they_are_measured_on_the_others(tmp_path: Path) -> None:
    """As on a test split that has only the others."""
    random = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{a + 2 * b + c:.3f}" for a, b, c in random.normal(size=(46, 3))]
    found = []
    for name, test in (("all", [*rows[:3], *rows[40:]]), ("new", rows[40:])):
        folder = tmp_path / name
        folder.mkdir()
        for split, lines in (("train", rows[:40]), ("test", test)):
            (folder / f"{split}.csv").write_text("\n".join(["a,b,y", *lines]) + "\n")
        config = {"goal": REGRESSION, "data": {"path": folder, "target": "y"}, "train": {"epochs": 5}}
        found.append(catnet.train(config, run_dir=tmp_path / f"run-{name}").metrics["test"])
    assert found[0]["without_duplicates"]["examples"] == 6
    assert found[0]["without_duplicates"]["baselines"] == found[1]["baselines"] != found[0]["baselines"]


def test_of_another_epoch_it_is_not_known_how_far_it_leads(passengers: catnet.Run) -> None:
    dataset = data_of_run(passengers.model, passengers.saved)
    found = {name: evaluate(passengers.model, split) for name, split in dataset.splits.items()}
    found["train"]["accuracy"] -= 0.1
    add_baselines(found, passengers.saved, dataset)
    known = {name: of_split["baselines"]["linear"] for name, of_split in passengers.metrics.items()}
    assert found["test"]["baselines"]["linear"] == known["test"]
    assert found["train"]["baselines"]["linear"] == {
        name: known["train"][name] for name in known["train"] if name != "lead"
    }
