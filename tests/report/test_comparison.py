"""compare: the ranking of several runs and of several seeds, typed values, tables of few and many runs."""

import json
import re
import shutil
from collections.abc import Callable
from copy import copy
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

import catnet as library
from catnet.config import load_config
from catnet.evaluation.alignment import WIDTH
from catnet.report.comparison import common_examples
from catnet.report.facts import Facts, gather
from catnet.report.groups import Shared, groups_of
from catnet.report.page import write_comparison
from catnet.report.ranking import Linear, Ranking, best_linear, ranked, ranking_of
from catnet.report.ranking_words import not_ranked, sentences, table_of, tables_of
from catnet.report.side_by_side import FEW, in_yaml, settings

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def six(runs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A run of goal 1.0 and five more on the same data, one of them with the same network and one worse."""
    folder = tmp_path_factory.mktemp("six")
    first = Path(shutil.copytree(runs["1.0"], folder / "first"))
    found = [first, Path(shutil.copytree(first, folder / "copy"))]
    config = found[1] / "config.yaml"
    config.write_text(config.read_text().replace("checkpoint_every: auto", "checkpoint_every: 7"))
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


def ranking_by(runs: dict[str, Path], kind: str, *scores: list[float]) -> Ranking:
    """The ranking of runs, each on its own, with these scores of the examples."""
    facts = [reseeded(gather(runs[kind])) for _ in scores]
    titles = [chr(ord("a") + i) for i in range(len(scores))]
    return ranked(facts, titles, Shared(facts[0].unseen, {i: np.array(s) for i, s in enumerate(scores)}, {}))


def reseeded(facts: Facts, seed: int = 0, epochs: int = 30) -> Facts:
    """The facts of a run as if it had this seed and so many epochs."""
    config = facts.run.config
    train = config.train.model_copy(update={"seed": seed, "epochs": epochs})
    run = copy(facts.run)
    run.config = config.model_copy(update={"train": train})
    return replace(facts, run=run)


def test_json_has_typed_values(six: list[Path], command: Command) -> None:
    found = json.loads(command("compare", six[0], six[3], "--json").out)
    assert list(found) == ["runs", "ranking", "sentences"]
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
    best, other = found["ranking"]["places"]
    assert best["rank"] == 1 and best["to_best"] is None and best["worse_by_more_than_chance"] is False
    assert set(other["to_best"]) == {"difference", "low", "high", "p"}
    assert other["name"] == other["runs"][0] and other["seeds"] == [0] and other["deviation"] is None
    assert found["ranking"]["pairs"] == 1 and found["ranking"]["examples"] == 27
    assert found["sentences"][0].endswith("first and deep are right about the same pictures.")


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
    sentences_at = many.index("The best of 6")
    assert re.search(r"^a_run_with_a_name_that_is_far_  .*\ntoo_long_for_a_table_on_a_\nphone$", many, re.MULTILINE)
    assert max(map(len, many[:sentences_at].splitlines())) <= WIDTH


def test_the_ranking_of_six(six: list[Path], command: Command, tmp_path: Path) -> None:
    done = command("compare", *six, "--html", "page.html")
    assert done.code == 0, done.err
    found = json.loads(command("compare", *six, "--json").out)
    places = found["ranking"]["places"]
    assert len(places) == 6  # a copy is no other seed
    assert [place["rank"] for place in places] == sorted(place["rank"] for place in places)
    assert [place["value"] for place in places] == sorted((place["value"] for place in places), reverse=True)
    assert found["ranking"]["left_out"] == []
    for sentence in found["sentences"]:
        assert sentence in done.out
    assert "The best of 6 by accuracy on the 27 test pictures" in done.out
    assert "(corrected for the 15 pairs)" in done.out
    assert done.out.count("Choosing the best of 6 by the test data makes its accuracy there too good") == 1
    first = next(place for place in places if place["name"] == "first")
    for place in places:
        if place is not first:
            assert place["to_first"]["difference"] == pytest.approx(place["value"] - first["value"])
    page = (tmp_path / "page.html").read_text()
    assert "The best of 6 by" in page
    assert page.count("<i style=") == 6  # one legend, not one in each figure
    assert '<p class="soft">settings that differ</p>' in page
    assert "a_<wbr>run_<wbr>with_<wbr>a_<wbr>name" in page


def test_two_runs(runs: dict[str, Path]) -> None:
    ranking = ranking_by(runs, "1.0", [1.0] * 10 + [0] * 17, [1.0] * 27)
    best, other = ranking.places
    assert (best.name, best.value, other.name, other.is_worse) == ("b", 1, "a", True)
    assert other.to_best is not None and other.to_best.difference == pytest.approx(-17 / 27)
    assert other.to_first is None and best.to_first is not None and best.to_first.difference > 0
    assert sentences(ranking)[:3] == [
        "The best of 2 by accuracy on the 27 test pictures is b with 100.0%: it leads in 100% of 2000 resamples of "
        "these pictures.",
        "Its lead over the other is more than chance.",
        "The intervals are about other pictures, not about other seeds: train each with several seeds.",
    ]
    assert sentences(ranking)[3] == (
        "The best of their linear answers, on the pixels, scores 100.0% on the 27 test pictures: as good as b."
    )
    assert sentences(ranking)[4].startswith("Choosing the best of 2 by the test data")


def test_the_best_linear_answer_stands_beside_the_ranking(runs: dict[str, Path]) -> None:
    """Of all that the ranked runs' summaries have; of none that is of other examples, or of those learned from."""

    def with_accuracies(linear: float, histograms: float) -> Facts:
        facts = gather(runs["1.0"])
        found = facts.summary["metrics"]["test"]["baselines"]
        found["linear"]["accuracy"], found["histograms"]["accuracy"] = linear, histograms
        return facts

    both = [with_accuracies(0.5, 0.75), reseeded(with_accuracies(0.25, 0.5), epochs=29)]
    ranking = ranking_of(both, ["a", "b"])
    assert ranking is not None and ranking.linear == ("colour histograms", 0.75)
    assert ranking.as_json()["linear"] == {"inputs": "colour histograms", "value": 0.75}
    told = "The best of their linear answers, on colour histograms, scores 75.0% on the 27 test pictures: "
    assert any(text.startswith(told) for text in sentences(ranking))
    outdone = replace(ranking, linear=Linear("the pixels", -1.0))
    assert any(text.endswith(": worse than a.") for text in sentences(outdone))
    errors = ranking_by(runs, "regression", [1.0] * 20, [2.0] * 20)
    assert errors.linear is not None and errors.linear.value < 0.1  # the smallest error
    assert any(text.endswith(": better than a.") for text in sentences(errors))
    learned = both[0].metrics["train"]
    assert "baselines" in learned and best_linear(both, "train", learned["examples"]) is None
    both[0].run.fingerprints["test"] = "of other pictures"
    assert best_linear(both, "test", 27) == ("colour histograms", 0.5)  # that of the other run
    for facts in both:
        del facts.summary["metrics"]["test"]["baselines"]
    none = ranking_of(both, ["a", "b"])
    assert none is not None and none.linear is None and none.as_json()["linear"] is None
    assert ranking_by(runs, "1.0", [1.0, 0], [1.0, 1]).linear is None  # of other examples


def test_a_tie(runs: dict[str, Path]) -> None:
    ranking = ranking_by(runs, "1.0", [0.0, 1, 1, 0], [1.0, 0, 0, 1], [0.0, 0, 0, 1])
    assert [place.rank for place in ranking.places] == [1, 1, 3]
    first, judged = sentences(ranking)[:2]
    assert "on the 4 test pictures are a and b with 50.0% each: a leads alone in " in first
    assert judged == "b and c cannot be told from the best: the lead may be chance (corrected for the 3 pairs)."
    assert ranking.leads is not None and ranking.leads < 0.5


def test_equal_runs_do_not_contradict_each_other(runs: dict[str, Path]) -> None:
    same = ranking_by(runs, "1.0", [0.0, 1, 1], [0.0, 1, 1], [0.0, 1, 1])
    assert same.leads is None
    told = ["No difference on the 3 test pictures: a, b and c are right about the same pictures."]
    assert sentences(same) == told
    good, bad = [1.0] * 40, [1.0] * 10 + [0] * 30
    best = " ".join(sentences(ranking_by(runs, "1.0", good, bad, good)))
    assert "are a and c with 100.0% each: a and c lead in 100% of" in best
    assert "No difference between a and c: they are right about the same pictures. Their lead over b is more" in best
    assert "every other" not in best and "alone" not in best
    worst = " ".join(sentences(ranking_by(runs, "1.0", bad, bad, good)))
    assert "is c with 100.0%: it leads" in worst
    assert "Its lead over all others is more than chance (corrected for the 3 pairs)." in worst
    last = " ".join(sentences(ranking_by(runs, "1.0", [1.0] * 39 + [0], good, good)))
    assert "a cannot be told from these: the lead may be chance" in last


def test_the_smallest_error_is_best(runs: dict[str, Path]) -> None:
    random = np.random.default_rng(1)
    errors = [np.abs(random.normal(scale=scale, size=20)).tolist() for scale in (9, 1, 1)]
    ranking = ranking_by(runs, "regression", *errors)
    assert [place.is_worse for place in ranking.places] == [False, False, True]
    assert ranking.places[2].name == "a"
    assert ranking.places[2].to_best is not None and ranking.places[2].to_best.difference > 0
    told = sentences(ranking)
    second = ranking.places[1].name
    assert told[1] == (
        f"{second} cannot be told from the best; a is worse by more than chance (corrected for the 3 pairs)."
    )
    assert told[-1].startswith("Choosing the best of 3 by the validation data makes its MAE there too good")
    rows = table_of(ranking).rows
    assert [row.cells[2].endswith("*") for row in rows] == [False, False, True]
    assert "points" not in table_of(ranking).title


def test_seeds_of_one_configuration_are_one_place(runs: dict[str, Path]) -> None:
    facts = gather(runs["1.0"])
    several = [reseeded(facts, seed) for seed in (0, 1, 0)] + [reseeded(facts, seed, 20) for seed in (4, 5)]
    assert groups_of(several, range(5)) == [[0, 1], [2], [3, 4]]  # a second run of seed 0 is no other seed
    scores = {i: np.array([1.0] * right + [0] * (20 - right)) for i, right in enumerate((16, 12, 0, 13, 13))}
    del scores[2]
    ranking = ranked(several, list("abcde"), Shared("test", scores, {2: "of a reason"}))
    best, other = ranking.places
    assert (best.name, best.runs, best.seeds, best.value) == ("a (2 seeds)", ("a", "b"), (0, 1), 0.7)
    assert best.deviation == pytest.approx(0.2 / np.sqrt(2))
    assert (other.deviation, other.is_worse) == (0, False)
    told = sentences(ranking)
    assert "From seed to seed accuracy deviates by 10.0 points (pooled over 2 configurations)" in told[2]
    assert told[2].endswith("about other pictures and other seeds.")
    assert told[3].startswith("d (2 seeds): the gap to the best is smaller than the deviation over the seeds")
    assert "c is not ranked with them: of a reason." in told
    assert table_of(ranking).rows[0].cells[1] == "70.0% ± 14.1"
    assert ranking.as_json()["places"][0]["seeds"] == (0, 1)


def test_seeds_of_a_single_configuration_are_not_ranked(runs: dict[str, Path]) -> None:
    facts = gather(runs["1.0"])
    ranking = ranking_of([facts, reseeded(facts, 1)], ["a", "b"])
    assert ranking is not None and tables_of(ranking) == []
    told = " ".join(sentences(ranking))
    assert "a (2 seeds), which differ only in train.seed: accuracy on the 27 test pictures" in told
    assert "95% interval over other pictures" in told and "not ranked" in told
    assert "The best of 1" not in told and "The best of 2" not in told and "Choosing" not in told


def test_validation_data_that_the_seed_draws_is_not_compared(runs: dict[str, Path], tmp_path: Path) -> None:
    """With a common test split the runs are compared on that; else it is said what to do."""
    config, data = load_config(runs["1.0"] / "config.yaml"), tmp_path / "data"
    shutil.copytree(runs["1.0"].parent / "data", data)
    drawn: dict[str, Any] = {"data.path": data, "data.validation_fraction": 0.2, "train.epochs": 2}

    def trained(name: str) -> list[Facts]:
        for seed in (0, 1):
            library.train(config, drawn | {"train.seed": seed}, run_dir=tmp_path / f"{name}{seed}")
        return [gather(tmp_path / f"{name}{seed}") for seed in (0, 1)]

    tested = trained("tested")
    ranking = ranking_of(tested, ["a", "b"])
    assert ranking is not None and ranking.split == "test" and ranking.seed_draws
    assert "From seed to seed, which draw their training data too, accuracy" in sentences(ranking)[1]
    shutil.rmtree(data / "test")
    drawn["data.path"] = data / "train"
    untested = trained("untested")
    assert ranking_of(untested, ["a", "b"]) is None
    first, remedy = not_ranked(untested, ["a", "b"])
    assert first == "b and a cannot be compared: their validation data are not the same examples."
    assert "train them anew with one data.split_seed" in remedy and "test split of its own" in remedy
    both = [*untested, reseeded(untested[0], 0, 9)]
    ranking = ranking_of(both, ["a", "b", "c"])
    assert ranking is not None and ranking.left_out == (("b", first.split(": ")[1][:-1]),)
    assert remedy in sentences(ranking)


def test_seeds_share_the_examples_that_one_split_seed_draws(runs: dict[str, Path], tmp_path: Path) -> None:
    config, data = load_config(runs["1.0"] / "config.yaml"), tmp_path / "data"
    shutil.copytree(runs["1.0"].parent / "data" / "train", data)
    for seed in (0, 1, 2):
        drawn = {"data.path": data, "data.test_fraction": 0.3, "data.split_seed": 5, "train.seed": seed}
        library.train(config, drawn | {"train.epochs": 2}, run_dir=tmp_path / f"run{seed}")
    facts = [gather(tmp_path / f"run{seed}") for seed in (0, 1, 2)]
    ranking = ranking_of(facts, ["a", "b", "c"])
    assert ranking is not None and (ranking.split, ranking.left_out, ranking.drawn) == ("test", (), False)
    assert [place.seeds for place in ranking.places] == [(0, 1, 2)] and not ranking.seed_draws


def test_a_run_that_is_another_again_is_left_out(six: list[Path], tmp_path: Path, command: Command) -> None:
    copied = shutil.copytree(six[0], tmp_path / "copied")
    done = command("compare", six[0], six[2], copied, six[0])
    assert "The best of 2 by " in done.out
    notes = [line for line in done.err.splitlines() if "left out" in line]
    assert notes == [
        "note: copied: left out, the same settings and parameters as first",
        "note: first: left out, given twice",
    ]
    alone = command("compare", six[0], copied)
    assert "No difference on the 27 test pictures" in alone.out and "left out" not in alone.err


def test_runs_that_cannot_be_compared_are_left_out_of_the_ranking(
    six: list[Path], runs: dict[str, Path], command: Command
) -> None:
    done = command("compare", runs["table"], six[0], six[2], runs["regression"])
    assert done.code == 0, done.err
    assert re.search(r"The best of 2 by accuracy on the 27 test pictures is \w+/first with ", done.out)
    assert done.out.count("are not ranked with them: their goals differ.") == 1
    alone = command("compare", runs["table"], six[0])
    assert "The best of" not in alone.out
    assert "cannot be compared: their goals differ." in alone.out
    assert json.loads(command("compare", runs["table"], six[0], "--json").out)["ranking"] is None


def test_other_pictures_under_the_same_names(six: list[Path]) -> None:
    facts = gather(six[0])
    assert facts.dataset is not None
    test = facts.dataset.splits["test"]
    swapped = replace(
        facts.dataset,
        splits={**facts.dataset.splits, "test": replace(test, rows=test.rows[::-1].copy(), known_digests=None)},
    )
    other = replace(facts, dataset=swapped, _answers={})
    reason = "their test data have other pictures under the same names"
    assert common_examples(facts, other, ["test"]) == ("test", None, reason)
    shuffled = np.random.default_rng(0).permutation(len(test.names))
    again = replace(test, rows=test.rows[shuffled], labels=test.labels[:, shuffled], known_digests=None,
                    names=tuple(test.names[i] for i in shuffled))  # fmt: skip
    other = replace(facts, dataset=replace(swapped, splits={"test": again}), _answers={})
    ranking = ranking_of([facts, other], ["a", "b"])
    assert ranking is not None
    assert sentences(ranking)[0].startswith("No difference on the 27 test pictures")


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
    ranking = ranking_of([last, best, other], ["a", "b", "c"])
    assert ranking is not None
    found = " ".join(sentences(ranking))
    assert sorted(re.findall(r"not of (\w) and (\w):", found)[0]) == ["a", "c"]
    assert re.sub("c and a", "a and c", found).count(told) == 1
    assert ranking.chosen_by_it == ("b",)
    for same in ([best, best], [last, other]):
        ranking = ranking_of(same, ["a", "b"])
        assert ranking is not None and "chose the epoch" not in " ".join(sentences(ranking))
