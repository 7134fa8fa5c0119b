"""The page of a cross-validation: its numbers are those of the folds, its parts those of the goal."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parsed import Page

from catnet.config import load_config
from catnet.goals import GOALS, REGRESSION
from catnet.report.axes import doubling_axis
from catnet.report.cross_validation import about_folds, write_page
from catnet.report.fold_verdict import verdict
from catnet.report.learning_curve import curve_figures
from catnet.selection.cross_validation import CrossValidation, cross_validate
from catnet.selection.learning_curve import LearningCurve, learning_curve
from catnet.selection.pool import pool_of
from catnet.text import metric_name, number, score

KINDS = ("1.0", "2.0", "3.0", "regression", "table", "hostile")
WITHOUT_VALIDATION = ("1.0", "table")


@pytest.fixture(scope="module")
def found(runs: dict[str, Path]) -> dict[str, tuple[CrossValidation, LearningCurve | None]]:
    """A cross-validation of each kind of run, and a learning curve if there is validation data."""
    settings = {"train.epochs": 5, "train.schedule": "constant", "train.solver": "direct"}
    pools = {kind: pool_of(load_config(runs[kind] / "config.yaml", settings)) for kind in KINDS}
    return {
        kind: (cross_validate(pool, 3, 2), None if kind in WITHOUT_VALIDATION else learning_curve(pool))
        for kind, pool in pools.items()
    }


@pytest.fixture(scope="module")
def pages(found: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Page]:
    folder = tmp_path_factory.mktemp("pages")
    for kind in KINDS:
        (folder / kind).mkdir()
    paths = {kind: write_page(of, curve, folder / kind) for kind, (of, curve) in found.items()}
    return {kind: Page(path.read_text(encoding="utf-8")) for kind, path in paths.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_it_stands_alone(pages: dict[str, Page], kind: str) -> None:
    page = pages[kind]
    page.stands_alone()
    targets = {a["id"] for _, a in page.tags if "id" in a}
    assert {a["href"].removeprefix("#") for a in page.all("a")} <= targets
    assert ("curve" in targets) == (kind not in WITHOUT_VALIDATION)
    assert "\x1b" not in page.whole and "\u202e" not in page.whole


@pytest.mark.parametrize("kind", KINDS)
def test_its_numbers_are_those_of_the_folds(pages: dict[str, Page], found: dict[str, Any], kind: str) -> None:
    cross_validation, curve = found[kind]
    facts, page = cross_validation.to_json(), pages[kind]
    for name, of in facts["estimates"].items():
        between = "-" if of["low"] is None else f"{number(of['low'])} to {number(of['high'])}"
        together = [number(facts["metrics"][name]), number(facts["metrics"]["trivial"][name])]
        assert [metric_name(name), number(of["mean"]), number(of["deviation"]), between, *together] in page.rows
    headline = GOALS[facts["goal"]].headline
    for fold, part in zip(facts["folds"], cross_validation.plan.parts, strict=True):
        values = [fold["fold"], fold["repeat"], fold["examples"], len(part.training), fold["epoch"]]
        assert [*map(str, values), number(fold["train_cost"]), number(fold[headline])] in page.rows
    for row in facts["metrics"].get("confusion_matrix", []):
        assert [f"{count}{100 * count / sum(row):.0f}%" for count in row] in [cells[1:] for cells in page.rows]
    for of_class in facts["metrics"].get("per_class", {}).values():
        assert str(of_class["support"]) in [row[-1] for row in page.rows if len(row) == 6]
    for point in () if curve is None else curve.to_json():
        values = [point[split][name] for split in ("train", "validation") for name in ("cost", headline)]
        assert [str(point["examples"]), *map(number, values)] in page.rows


@pytest.mark.parametrize("kind", KINDS)
def test_it_has_the_parts_of_its_goal(pages: dict[str, Page], kind: str) -> None:
    text = pages[kind].text
    answers: tuple[str, ...] = ("Predicted against true", "Residuals", "Largest errors")
    if kind not in ("regression", "table"):
        answers = ("Precision and recall", "ROC", "Reliability", "Most confident mistakes", "Least certain")
    assert all(part in text for part in (*answers, "The folds", "The data", "The configuration", "3 folds, 2 times"))
    assert ("Confusion matrix" in text) == (kind in ("1.0", "3.0"))
    assert ("The learning curve" in text) == (kind not in WITHOUT_VALIDATION)
    assert ("The test data is not used." in text) == (kind in WITHOUT_VALIDATION)
    assert bool(pages[kind].all("img")) == (kind != "table")
    assert ("rooms: " in text) == (kind == "table")


@pytest.mark.parametrize("kind", KINDS)
def test_the_verdict_is_the_mean_beside_the_trivial_answer(found: dict[str, Any], kind: str) -> None:
    cross_validation, _ = found[kind]
    judged = verdict(cross_validation)
    of, goal = cross_validation.estimates[judged.metric], cross_validation.pool.config.goal
    between = f"(95% interval: {score(judged.metric, of.low)} to {score(judged.metric, of.high)})"
    first, second, third, *more = judged.sentences
    baselines, _ = cross_validation.baselines
    assert third.startswith("The best linear answer on ") and len(baselines) == (1 if kind == "table" else 2)
    assert all(f"scores {score(judged.metric, of.found.mean)}" in third for of in baselines.values())
    assert f"{score(judged.metric, of.mean)} " in first and between in first and "the mean of 6 trainings" in first
    assert f"scores {score(judged.metric, judged.trivial)}: the network is " in second
    is_inside = of.low <= judged.trivial <= of.high
    assert second.endswith("but it may be chance." if is_inside else "and by more than chance.")
    assert len(more) == ("worse than" in third or "no better" in third)
    better = (of.mean < judged.trivial) == (goal == REGRESSION)
    assert (" better" if better else " worse") in second


def test_what_chose_the_epoch_is_told(found: dict[str, Any]) -> None:
    of_best, of_last = about_folds(found["2.0"][0]), about_folds(found["1.0"][0])
    assert re.search(r"The best epoch of each was chosen by \d+( to \d+)? other pictures, on which it is not", of_best)
    assert of_last == "6 trainings by the solver direct, one after the other."


def test_doublings_are_as_far_from_each_other() -> None:
    axis = doubling_axis("pictures", np.array([25, 50, 100, 200]))
    places = axis.along(np.log2([25, 50, 100, 200]))
    np.testing.assert_allclose(np.diff(places), places[1] - places[0])
    assert axis.tick_texts == ["25", "50", "100", "200"] and 0 < places[0] < places[-1] < 1
    assert doubling_axis("pictures", np.array([3])).along(np.log2([3])).tolist() == [0.5]


def test_the_learning_curve_in_words(found: dict[str, Any]) -> None:
    curve = found["3.0"][1]
    cost, accuracy = curve_figures(curve)
    assert cost.alt.startswith("Cost J after learning from 8, 16, 32, 65, 130 pictures: training ")
    assert accuracy.alt.endswith(number(curve.points[-1].validation["accuracy"]))
    assert ">130<" in cost.svg and "training pictures" in cost.svg
