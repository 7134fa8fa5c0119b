"""The page's contents: its numbers are those of summary.json, its parts those of the goal."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from parsed import Page

from catnet.errors import CheckpointError
from catnet.evaluation.beside import Beside, beside_baselines, what_to_do
from catnet.evaluation.bootstrap import share_interval
from catnet.goals import GOALS
from catnet.report.facts import gather
from catnet.report.page import render, write_report
from catnet.report.verdict import verdict
from catnet.text import metric_name, number, score

KINDS = ("1.0", "2.0", "3.0", "regression", "table", "hostile")


@pytest.fixture(scope="module")
def pages(runs: dict[str, Path]) -> dict[str, str]:
    return {kind: write_report(runs[kind]).read_text(encoding="utf-8") for kind in KINDS}


def test_a_name_does_nothing_in_the_title(runs: dict[str, Path], tmp_path: Path) -> None:
    run = tmp_path / "d\x1b[31m\u202e"
    shutil.copytree(runs["table"], run)
    summary = json.loads((run / "summary.json").read_text())
    (run / "summary.json").write_text(json.dumps(summary | {"run": run.name}))
    page = write_report(run).read_text(encoding="utf-8")
    assert "<title>d\\x1b[31m\\u202e · catnet</title>" in page
    assert [line for line in page.splitlines() if "\x1b" in line or "\u202e" in line] == []


@pytest.mark.parametrize("kind", KINDS)
def test_it_stands_alone(pages: dict[str, str], kind: str) -> None:
    page = Page(pages[kind])
    page.stands_alone()
    drawn = [a for a in page.all("div") if a.get("role") == "img"]
    assert len(drawn) >= 3
    assert all(a["aria-label"] for a in drawn)


@pytest.mark.parametrize("kind", KINDS)
def test_its_numbers_are_those_of_the_summary(runs: dict[str, Path], pages: dict[str, str], kind: str) -> None:
    summary = json.loads((runs[kind] / "summary.json").read_text())
    page = Page(pages[kind])
    for metric in ("cost", *GOALS[summary["goal"]].metrics):
        cells = []
        for of_split in summary["metrics"].values():
            trivial = of_split["trivial"]
            cells += [number(of_split[metric]), number(trivial[metric]) if metric in trivial else ""]
        assert [metric_name(metric), *cells] in page.rows
    unseen = summary["metrics"].get("test") or summary["metrics"]["validation"]
    for row in unseen.get("confusion_matrix", []):
        shares = [f"{count}{100 * count / sum(row):.0f}%" for count in row]
        assert shares in [cells[1:] for cells in page.rows]
    for scores in unseen.get("per_class", {}).values():
        cells = [number(scores[key]) for key in ("precision", "recall", "f1", "auc")]
        assert [*cells, str(scores["support"])] in [row[1:] for row in page.rows]
    assert str(summary["parameters"]) in page.text
    assert number(summary["seconds"])[:3] in page.text


@pytest.mark.parametrize("kind", KINDS)
def test_it_has_the_parts_of_its_goal(pages: dict[str, str], kind: str) -> None:
    text = Page(pages[kind]).text
    for part in ("What was noticed", "How it learned", "The network", "What the neurons look for", "The configuration"):
        assert part in text
    answers: tuple[str, ...] = ("Predicted against true", "Residuals", "Largest errors")
    if kind not in ("regression", "table"):
        answers = ("Precision and recall", "ROC", "Reliability", "Most confident mistakes", "Least certain")
    assert all(part in text for part in answers)
    assert ("The learning rate was " in text) == (kind != "3.0")
    assert ("Learning rate over the epochs" in pages[kind]) == (kind == "3.0")
    assert ("Confusion matrix" in text) == (kind in ("1.0", "3.0"))
    assert ("that excite each neuron most" in text) == (kind in ("2.0", "3.0", "hostile"))
    assert ("positive weights" in text) == (kind in ("1.0", "regression"))
    assert ("On the test data, cost and " in text) == (kind in ("1.0", "table"))
    assert ("On the validation data, cost and " in text) == (kind == "3.0")  # its schedule keeps the last epoch
    assert ("were measured at some epochs" in text) == (kind in ("1.0", "table", "3.0"))


def test_the_verdict_is_the_metric_beside_the_trivial_answer(runs: dict[str, Path], pages: dict[str, str]) -> None:
    test = json.loads((runs["1.0"] / "summary.json").read_text())["metrics"]["test"]
    text = Page(pages["1.0"]).text
    assert f"{score('accuracy', test['accuracy'])} of the 27 test pictures are answered correctly (95% interval" in text
    assert f"always not cat, scores {score('accuracy', test['trivial']['accuracy'])}" in text


@pytest.mark.parametrize("kind", KINDS)
def test_the_baselines_have_rows_of_their_own(runs: dict[str, Path], pages: dict[str, str], kind: str) -> None:
    summary, page = json.loads((runs[kind] / "summary.json").read_text()), Page(pages[kind])
    headline = GOALS[summary["goal"]].headline
    assert list(summary["baselines"]) == (["linear"] if kind == "table" else ["linear", "histograms"])
    for name, facts in summary["baselines"].items():
        found = [of_split["baselines"][name][headline] for of_split in summary["metrics"].values()]
        cells = [cell for value in found for cell in (number(value), "")]
        assert [f"{metric_name(headline)}, {name}", *cells] in page.rows
        assert f"{name}, on {facts['inputs']}" in page.text
        unseen = "test" if "test" in summary["metrics"] else "validation"
        value = summary["metrics"][unseen]["baselines"][name][headline]
        assert f"on {facts['inputs']} scores {score(headline, value)}" in page.text


def lead(difference: float, p: float) -> dict[str, Any]:
    return {"difference": difference, "interval": [difference - 0.1, difference + 0.1], "p": p}


@pytest.mark.parametrize(
    ("linear", "histograms", "told"),
    [
        (lead(0.2, 0.001), lead(0.1, 0.01), "better than both, and by more than chance."),
        (lead(0.2, 0.001), lead(0.1, 0.3), "better than the first, and by more than chance; "
         "it is better than the second, but it may be chance."),
        (lead(0.0, 1.0), lead(0.0, 1.0), "no better than either."),
        (lead(0.0, 1.0), lead(-0.2, 0.02), "no better than the first; "
         "it is worse than the second, and by more than chance."),
        (lead(0.2, 0.001), None, "better than it, and by more than chance."),
    ],
)  # fmt: skip
def test_the_verdict_says_whether_the_network_beats_the_baselines(
    runs: dict[str, Path], linear: dict[str, Any], histograms: dict[str, Any] | None, told: str
) -> None:
    facts = gather(runs["1.0"])
    found = facts.measured["test"]["baselines"]
    for name, of_baseline in (("linear", linear), ("histograms", histograms)):
        if of_baseline is None:
            del found[name]
        else:
            found[name]["lead"] = of_baseline
    (sentence,) = (each for each in verdict(facts).sentences if each.startswith("The best linear answer"))
    assert sentence.endswith(f": the network is {told}")


@pytest.mark.parametrize(
    ("linear", "histograms", "told"),
    [
        (0.1, 0.2, None),
        (-0.1, 0.2, "The network "),
        (0.1, 0.0, "Colour alone does it: the network "),
        (-0.1, -0.2, "Colour alone does it: the network "),
    ],
)
def test_what_to_do_is_said_if_a_linear_answer_is_as_good(
    runs: dict[str, Path], linear: float, histograms: float, told: str | None
) -> None:
    facts = gather(runs["1.0"])
    for name, difference in (("linear", linear), ("histograms", histograms)):
        facts.measured["test"]["baselines"][name]["lead"] = lead(difference, 0.5)
    said = [each for each in verdict(facts).sentences if "catnet tune" in each]
    assert [each.partition("has no hidden layers, so it is a linear answer too, ")[0] for each in said] == (
        [] if told is None else [told]
    )


def test_what_to_do_is_said_once_if_it_is_the_same_for_all_splits() -> None:
    def found(difference: float) -> dict[str, Any]:
        linear = {"accuracy": 0.8, "lead": lead(difference, 0.5)}
        return {"accuracy": 0.8 + difference, "trivial": {"accuracy": 0.5}, "baselines": {"linear": linear}}

    splits, inputs = {"train": found(0.1), "validation": found(-0.1), "test": found(0.0)}, {"linear": {"inputs": "it"}}
    told = list(beside_baselines("accuracy", splits, inputs, is_linear=False))
    assert [split for split, _ in told] == ["train", "validation", "test", "validation and test"]
    assert told[-1][1] == (
        "The network has not earned its place yet. Other settings may do better: catnet tune looks for them."
    )


def test_of_grey_pictures_it_is_brightness_alone() -> None:
    (said,) = what_to_do("accuracy", [Beside("histograms of brightness", 0.9, -0.1, True)], 0.5, is_linear=False)
    assert said.startswith("Brightness alone does it: the network ")


def test_what_is_no_better_than_the_trivial_answer_does_nothing() -> None:
    (said,) = what_to_do("accuracy", [Beside("colour histograms", 0.5, 0.0, False)], 0.5, is_linear=False)
    assert said.startswith("The network has not earned its place yet.")


def test_an_error_is_better_if_it_is_smaller(runs: dict[str, Path]) -> None:
    facts = gather(runs["table"])
    facts.metrics[facts.unseen]["baselines"]["linear"]["lead"] = lead(-3.0, 0.001)
    assert any(each.endswith("is better than it, and by more than chance.") for each in verdict(facts).sentences)


def test_a_run_without_baselines_says_nothing_of_them(runs: dict[str, Path], tmp_path: Path) -> None:
    run = tmp_path / "earlier"
    shutil.copytree(runs["1.0"], run)
    summary = json.loads((run / "summary.json").read_text())
    del summary["baselines"]
    for of_split in summary["metrics"].values():
        del of_split["baselines"]
    (run / "summary.json").write_text(json.dumps(summary))
    text = Page(render(gather(run))).text
    assert "inear answer" not in text and "answered correctly" in text


def test_a_baseline_that_was_left_out_is_said(runs: dict[str, Path]) -> None:
    facts = gather(runs["1.0"])
    facts.summary["baselines"]["linear"] = {"inputs": "the pixels", "left_out": "there is not enough memory"}
    assert "There is no baseline on the pixels: there is not enough memory." in Page(render(facts)).text


def test_without_the_data_it_says_what_is_left_out(tmp_path: Path, train_small: Any) -> None:
    run, data = train_small()
    whole = Page(write_report(run).read_text(encoding="utf-8")).text
    data.rename(tmp_path / "moved")
    facts = gather(run)
    text = Page(render(facts)).text
    assert facts.dataset is None
    assert "The data cannot be read, so what needs it is left out." in text
    assert "Confusion matrix" in text
    assert "What the neurons look for" in text
    assert "Least certain" not in text
    assert facts.summary["metrics"]["test"]["accuracy"] == pytest.approx(facts.scores("test").mean())  # type: ignore[union-attr]
    again = Page(write_report(run, data=tmp_path / "moved").read_text(encoding="utf-8")).text
    assert again.replace(str(tmp_path / "moved"), str(data)) == whole


def test_data_that_changed_is_noted(train_small: Any) -> None:
    run, data = train_small()
    assert gather(run).notes == []
    (data / "test" / "cat" / "0.png").unlink()
    assert "no longer what the run was trained on" in gather(run).notes[0]


def test_a_run_that_did_not_finish(train_small: Any) -> None:
    run, data = train_small()
    measured = gather(run).metrics
    (run / "summary.json").unlink()
    facts = gather(run)
    assert facts.metrics == measured
    assert "did not finish" in Page(render(facts)).text
    data.rename(data.with_name("gone"))
    with pytest.raises(CheckpointError, match=r"has no summary\.json, and its data cannot be read"):
        gather(run)


def test_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such run directory"):
        gather(tmp_path / "none")
    with pytest.raises(CheckpointError, match="holds no best"):
        gather(tmp_path)


def test_a_damaged_history_is_read_as_far_as_it_goes(train_small: Any) -> None:
    run, _ = train_small()
    path = run / "metrics.csv"
    path.write_text(path.read_text() + "31,what")
    facts = gather(run)
    assert len(facts.epochs) == 31
    assert np.isnan(facts.history["train_cost"][-1])
    assert "How it learned" in Page(render(facts)).text
    path.unlink()
    assert "How it learned" not in Page(render(gather(run))).text


def test_the_real_catvnoncat(shared_data: Path, tmp_path: Path, train_text: Any) -> None:
    run = train_text(
        tmp_path,
        f"goal: 1.0\ndata: {{path: {shared_data / 'catvnoncat'}, classes: [cat]}}\nmodel: {{initialization: zeros}}\n"
        "train: {epochs: 2000, learning_rate: 0.005}\n",
    )
    page = write_report(run)
    text = Page(page.read_text(encoding="utf-8")).text
    assert page.stat().st_size < 3_000_000
    assert "69.4% of the 49 test pictures are answered correctly" in text  # without the one that training has seen
    assert "1 of the 50 test pictures is also in the training data; without it accuracy is 69.4%." in text
    assert "0.7000" in text
    found = re.search(
        r"It overfits: 99\.0% of the training data is right, but only 69\.4% of the test data\. "
        r"From about epoch (\d+) on the test cost rises",
        text,
    )
    assert found is not None
    assert 300 <= int(found[1]) <= 600


def test_copies_are_no_further_evidence(animals: Path, command: Callable[..., Any]) -> None:
    """Of 12 validation pictures that are all answered correctly, 20 copies of each say no more than one."""
    config = "goal: 3.0\ndata: {path: animals, image_size: [8, 8]}\ntrain: {epochs: 30, learning_rate: 0.05}\n"
    (animals.parent / "config.yaml").write_text(config)
    for path in list((animals / "val").glob("*/*.png")):
        for i in range(19):
            shutil.copy(path, path.with_stem(f"{path.stem}-{i}"))
    assert command("train", "config.yaml", "--run-dir", "run").code == 0
    facts = gather(animals.parent / "run")
    found, metrics = verdict(facts), facts.metrics["validation"]
    assert metrics["examples"] == 240 and metrics["accuracy"] == 1
    assert found.interval == share_interval(1.0, 12)
    assert verdict(replace(facts, dataset=None)).interval == share_interval(1.0, 240)  # the data is gone
