"""compare: the best of several runs and how likely it is best by chance, typed values, tables of few and many runs."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

import catnet as library
from catnet.config import load_config
from catnet.report.best import Best, best_of, ranked
from catnet.report.comparison import differences
from catnet.report.facts import Facts, gather
from catnet.report.page import write_comparison
from catnet.report.side_by_side import FEW, in_yaml, settings

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def six(runs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A run of goal 1.0 and five more on the same data, one of them its copy and one worse."""
    folder = tmp_path_factory.mktemp("six")
    first = Path(shutil.copytree(runs["1.0"], folder / "first"))
    found = [first, Path(shutil.copytree(first, folder / "copy"))]
    deep = {"model.hidden_layers": [6, 4], "model.activation": "relu", "model.dropout": 0.0}
    others: dict[str, dict[str, Any]] = {
        "worse": {"train.epochs": 1, "train.learning_rate": 1e-4},
        "deep": deep | {"train.class_weights": "balanced"},
        "seeded": deep | {"train.seed": 5},
        "a_run_with_a_name_that_is_far_too_long_for_a_table_on_a_phone": {"train.epochs": 20},
    }
    for name, overrides in others.items():
        library.train(first / "config.yaml", overrides, run_dir=folder / name)
        found.append(folder / name)
    return found


def best_by(runs: dict[str, Path], kind: str, *scores: list[float]) -> Best:
    """The best of runs with these scores of the examples."""
    facts = gather(runs[kind])
    titles = [chr(ord("a") + i) for i in range(len(scores))]
    return ranked([facts] * len(scores), titles, facts.unseen, {i: np.array(s) for i, s in enumerate(scores)})


def test_json_has_typed_values(six: list[Path], command: Command) -> None:
    found = json.loads(command("compare", six[0], six[3], "--json").out)
    assert list(found) == ["runs", "best", "differences"]
    first, deep = (run["config"] for run in found["runs"])
    assert first["goal"] == 1.0
    assert first["train.learning_rate"] == 0.05
    assert first["train.epochs"] == 30
    assert first["data.image_size"] == [20, 20]
    assert first["data.classes"] == ["cat"]
    assert first["model.hidden_layers"] == []
    assert first["train.class_weights"] is None
    assert first["train.early_stopping"] is None
    assert deep["model.hidden_layers"] == [6, 4]
    assert deep["model.activation"] == ["relu", "relu"]
    assert deep["train.class_weights"] == "balanced"
    assert isinstance(found["runs"][0]["metrics"]["test"]["confusion_matrix"], list)
    assert found["best"]["rivals"][0]["same"] in (True, False)
    assert set(found["differences"][0]) >= {"difference", "low", "high", "p", "p_corrected", "comparisons"}


def test_values_are_spelled_as_in_yaml() -> None:
    values = {True: "true", None: "null", (64, 32): "[64, 32]", 0.01: "0.01", "relu": "relu", "1.0": "'1.0'", 30: "30"}
    for value, spelling in values.items():
        assert in_yaml(list(value) if isinstance(value, tuple) else value) == spelling


def test_long_settings_are_cut_off_once_they_are_compared() -> None:
    names = [f"ש{number}" for number in range(100)]
    configs = [
        load_config({"goal": 3.0, "data": {"path": ".", "classes": [*names, last]}, "train": {"epochs": 1}})
        for last in ("a", "b")
    ]
    (row,) = settings([cast(Facts, SimpleNamespace(run=SimpleNamespace(config=config))) for config in configs])
    assert row.label == "data.classes"
    for cell in row.cells:
        assert cell.startswith("\u2068[ש0, ש1") and cell.endswith("...\u2069") and len(cell) < 210


def test_few_runs_are_columns_and_many_are_rows(six: list[Path], command: Command) -> None:
    few = command("compare", six[0], six[3]).out
    assert re.search(r"^model.hidden_layers +\[\] +\[6, 4\]$", few, re.MULTILINE)
    assert re.search(r"^train.class_weights +null +balanced$", few, re.MULTILINE)
    assert re.search(r"^test accuracy +\d", few, re.MULTILINE)
    assert len(six) > FEW
    many = command("compare", *six).out
    assert re.search(r"^test +cost  accuracy ", many, re.MULTILINE)
    assert re.search(r"^settings that differ .*model.hidden_layers", many, re.MULTILINE)
    assert not re.search(r"True|False|None|\(6, 4\)|data\.path", few + many)
    assert many.count("a_run_with_a_name_that_is_far_too_long_for_a_table_on_a_phone ") >= 4


def test_the_best_of_six(six: list[Path], command: Command, tmp_path: Path) -> None:
    done = command("compare", *six, "--html", "page.html")
    assert done.code == 0, done.err
    best = json.loads(command("compare", *six, "--json").out)["best"]
    assert len(best["rivals"]) == 5
    assert best["left_out"] == []
    for sentence in best["sentences"]:
        assert sentence in done.out
    assert "The best of 6 runs by accuracy on the 27 test pictures" in done.out
    assert "corrected for the 15 pairs of runs" in done.out
    assert done.out.count("Choosing the best of 6 by the test data makes its accuracy there too good") == 1
    assert "corrected for 5 comparisons" in done.out
    page = (tmp_path / "page.html").read_text()
    assert "The best of 6 runs" in page
    assert page.count("<i style=") == 6  # one legend, not one in each figure
    assert '<p class="soft">settings that differ</p>' in page
    assert "accuracy minus that of first; corrected for 5 comparisons" in page
    assert "worse, by more than chance" in page


def test_p_says_whether_it_is_corrected(six: list[Path]) -> None:
    facts = [gather(run) for run in six[:3]]
    (alone,) = differences([facts[0], facts[2]], ["first", "worse"])
    assert alone.p == alone.p_corrected
    assert "correct" not in alone.sentence
    same, worse = differences(facts, ["first", "copy", "worse"])
    assert worse.p == alone.p
    assert worse.p is not None
    assert worse.p_corrected == pytest.approx(2 * worse.p)
    assert worse.comparisons == 2
    assert f"McNemar's p {worse.p:.2g}, corrected {worse.p_corrected:.2g})" in worse.sentence
    assert same.difference == same.low == same.high == 0


def test_two_runs(runs: dict[str, Path]) -> None:
    best = best_by(runs, "1.0", [1.0] * 10 + [0] * 17, [1.0] * 27)
    assert (best.run, best.rivals[0].run, best.value) == ("b", "a", 1)
    assert best.rivals[0].difference == pytest.approx(-17 / 27)
    assert best.sentences[0] == (
        "The best of 2 runs by accuracy on the 27 test pictures is b (100.0%): it leads in 100% of 2000 resamples of "
        "these pictures. Its lead over the other is more than chance (by McNemar's test)."
    )
    assert best.sentences[1].startswith("Choosing the best of 2 by the test data")


def test_a_tie(runs: dict[str, Path]) -> None:
    best = best_by(runs, "1.0", [0.0, 1, 1, 0], [1.0, 0, 0, 1], [0.0, 0, 0, 1])
    assert "on the 4 test pictures are a and b (50.0% each): a leads alone in " in best.sentences[0]
    assert "Its lead may be chance (by McNemar's test, corrected for the 3 pairs of runs)." in best.sentences[0]
    assert best.leads is not None
    assert best.leads < 0.5


def test_the_same_answers(runs: dict[str, Path]) -> None:
    best = best_by(runs, "1.0", [0.0, 1, 1], [0.0, 1, 1], [0.0, 1, 1])
    assert best.leads is None
    assert best.sentences == ["No difference on the 3 test pictures: a, b and c are right about the same pictures."]
    best = best_by(runs, "1.0", [0.0, 1, 1], [0.0, 1, 1], [0.0, 1, 0])
    assert best.sentences[1] == "No difference between a and b: they are right about the same pictures."


def test_the_smallest_error_is_best_and_validation_chooses_too(runs: dict[str, Path]) -> None:
    random = np.random.default_rng(0)
    errors = [np.abs(random.normal(scale=scale, size=20)).tolist() for scale in (9, 1, 1)]
    best = best_by(runs, "regression", *errors)
    assert best.run in "bc"
    assert [rival.difference for rival in best.rivals] == sorted(rival.difference for rival in best.rivals)
    assert best.rivals[1].run == "a"
    assert best.rivals[1].p is None
    assert best.rivals[1].p_corrected < 0.05
    assert "by the bootstrap, corrected for the 3 pairs of runs" in best.sentences[0]
    assert best.sentences[1].startswith("Choosing the best of 3 by the validation data makes its MAE there too good")


def test_runs_that_cannot_be_compared_are_left_out_of_the_ranking(
    six: list[Path], runs: dict[str, Path], command: Command
) -> None:
    done = command("compare", runs["table"], six[0], six[2], runs["regression"])
    assert done.code == 0, done.err
    assert re.search(r"The best of 2 runs by accuracy on the 27 test pictures is \w+/first \(", done.out)
    assert done.out.count("is not ranked with them: their goals differ.") == 2
    assert done.out.count("cannot be compared: their") == 3
    alone = command("compare", runs["table"], six[0])
    assert "The best of" not in alone.out
    assert json.loads(command("compare", runs["table"], six[0], "--json").out)["best"] is None


def test_other_pictures_under_the_same_names(six: list[Path]) -> None:
    facts = gather(six[0])
    assert facts.dataset is not None
    test = facts.dataset.splits["test"]
    swapped = replace(
        facts.dataset,
        splits={**facts.dataset.splits, "test": replace(test, rows=test.rows[::-1].copy(), known_digests=None)},
    )
    other = replace(facts, dataset=swapped, _answers={})
    (found,) = differences([facts, other], ["a", "b"])
    assert found.sentence == "b and a cannot be compared: their test data have other pictures under the same names."
    shuffled = np.random.default_rng(0).permutation(len(test.names))
    again = replace(test, rows=test.rows[shuffled], labels=test.labels[:, shuffled], known_digests=None,
                    names=tuple(test.names[i] for i in shuffled))  # fmt: skip
    other = replace(facts, dataset=replace(swapped, splits={"test": again}), _answers={})
    best = best_of([facts, other], ["a", "b"])
    assert best is not None
    assert best.sentences[0].startswith("No difference on the 27 test pictures")


def test_more_runs_than_colours(six: list[Path], tmp_path: Path) -> None:
    facts: list[Any] = [gather(six[0]), *[gather(six[2])] * 11]
    write_comparison(tmp_path / "page.html", facts)
    page = (tmp_path / "page.html").read_text()
    assert page.count("<i style=") == 12
    assert page.count(".2em dashed") == 2
    assert "stroke-dasharray" in page


def test_a_run_whose_epoch_the_same_data_chose_is_favoured(runs: dict[str, Path], tmp_path: Path) -> None:
    """Only if others have not chosen theirs by it, and only on the data that chose it."""
    config = load_config(runs["3.0"] / "config.yaml")
    facts = [gather(runs["3.0"])]
    for keep in ("best", "last"):
        library.train(config, {"train.keep": keep, "train.epochs": 9}, run_dir=tmp_path / keep)
        facts.append(gather(tmp_path / keep))
    last, best, other = facts
    told = "These pictures chose the epoch of b, but not of a and c: that favours b."
    found = best_of([last, best, other], ["a", "b", "c"])
    assert found is not None
    assert sorted(re.findall(r"not of (\w) and (\w):", " ".join(found.sentences))[0]) == ["a", "c"]
    assert re.sub("c and a", "a and c", " ".join(found.sentences)).count(told) == 1
    assert found.as_json()["chosen_by_it"] == ("b",)
    for same in ([best, best], [last, other]):
        found = best_of(same, ["a", "b"])
        assert found is not None and "chose the epoch" not in " ".join(found.sentences)
