"""Folds: each example is answered about once per repeat, by a network that has learned from none that is like it."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catnet.config import load_config
from catnet.data.dataset import Split
from catnet.errors import CatnetError, ConfigError, Diverged
from catnet.evaluation.baselines import features_of, learned
from catnet.evaluation.bootstrap import share_interval
from catnet.evaluation.folds import equal_in, first_of_groups, folds_of, folds_of_groups
from catnet.goals import MULTI_CLASS
from catnet.report.fold_verdict import verdict
from catnet.selection import processes, worker
from catnet.selection.baselines import baselines_of, levelled
from catnet.selection.check.check import check
from catnet.selection.cross_validation import CrossValidation, cross_validate
from catnet.selection.estimates import estimate
from catnet.selection.parts import shared_gram
from catnet.selection.plan import plan_of
from catnet.selection.pool import APART, Pool, pool_of
from catnet.text import score

Write = Callable[..., Path]
Pooled = Callable[..., Pool]
CONFIG = """
goal: 3.0
data: {path: animals, image_size: [8, 8]}
model: {hidden_layers: [6]}
train: {epochs: 40, learning_rate: 0.05, precision: float64, keep: last}
"""


@pytest.fixture
def pooled(animals: Path, write_config: Write) -> Callable[..., Pool]:
    """The pool of CONFIG with some settings: `train__epochs=3` is train.epochs."""
    path = write_config(CONFIG)

    def pooled(**settings: object) -> Pool:
        return pool_of(load_config(path, {key.replace("__", "."): value for key, value in settings.items()}))

    return pooled


@pytest.fixture
def pool(pooled: Callable[..., Pool]) -> Pool:
    return pooled()


def test_groups_stay_together_and_strata_are_shared_out() -> None:
    random = np.random.default_rng(1)
    labels = np.eye(3)[random.integers(0, 3, 200)].T
    groups = np.arange(200)
    groups[1::10] = groups[::10]  # every tenth has a twin
    folds = folds_of_groups(MULTI_CLASS, labels, groups, 5, seed=3)
    assert set(folds.tolist()) == set(range(5))
    assert (folds[1::10] == folds[::10]).all()
    counts = np.array([[np.count_nonzero(labels[k, folds == fold]) for k in range(3)] for fold in range(5)])
    assert np.ptp(counts, axis=0).max() <= 4
    assert not np.array_equal(folds, folds_of_groups(MULTI_CLASS, labels, groups, 5, seed=4))


def test_equal_rows_are_in_one_fold() -> None:
    rows = np.repeat(np.arange(30, dtype=np.uint8)[:, None], 2, axis=0)
    split = Split(rows, np.ones((1, 60)), tuple(map(str, range(60))))
    folds = folds_of("1.0", split, 4)
    assert (folds[::2] == folds[1::2]).all() and np.bincount(folds).tolist() == [16, 16, 14, 14]


def few_rows(folder: Path, differing: int) -> Path:
    """A table of 40 rows of which so many differ; in each fold of kinds, but not of rows, a label would be missing."""
    lines = [f"{i % differing},{'ab'[i % differing % 2]}" for i in range(40)]
    (folder / "t.csv").write_text("\n".join(["x,label", *lines]))
    return folder / "t.csv"


@pytest.mark.parametrize("differing", [4, 20])
def test_equal_rows_of_a_table_of_few_kinds_are_in_different_folds(tmp_path: Path, differing: int) -> None:
    config = {"goal": 3.0, "data": {"path": str(few_rows(tmp_path, differing)), "validation_fraction": 0.2}}
    pool = pool_of(load_config(config))
    apart = differing == 4  # fewer than half of 40
    assert len(set(pool.groups.tolist())) == (40 if apart else 20) and (APART in pool.dataset.notes) == apart
    for tested in plan_of(pool, 5).tested:
        assert len(tested) == 8
        if apart:
            assert pool.labels[:, tested].sum(axis=1).tolist() == [4, 4]
    assert pool.part(pool.of_training, pool.of_validation).by_chance == apart  # also what a training is given
    train = pool.dataset.splits["train"]
    folds = folds_of(MULTI_CLASS, train, 5)
    equal = train.rows[:, 0] == train.rows[0, 0]
    assert np.count_nonzero(equal) > 1 and (len(set(folds[equal].tolist())) > 1) == apart


def test_copies_are_in_one_fold_however_many_there_are(tmp_path: Path) -> None:
    """Each of 50 rows of numbers three times: fewer than half differ, but that is not because of few values."""
    rows = np.repeat(np.random.default_rng(0).normal(size=(50, 3)).round(3), 3, axis=0)
    lines = [f"{','.join(map(str, row))},{'ab'[i // 3 % 2]}" for i, row in enumerate(rows.tolist())]
    (tmp_path / "t.csv").write_text("\n".join(["x,y,z,label", *lines]))
    config = load_config({"goal": 3.0, "data": {"path": str(tmp_path / "t.csv"), "validation_fraction": 0.2}})
    pool = pool_of(config)
    assert pool.different == 50 and APART not in pool.dataset.notes
    for tested in plan_of(pool, 5).tested:
        assert set(np.bincount(pool.groups[tested]).tolist()) == {0, 3}
    train = pool.dataset.splits["train"]
    assert len(first_of_groups(equal_in(train))) == len(train.names) / 3
    assert not pool.dataset.splits["validation"].seen  # the draw keeps them together too
    lines = [finding.line for finding in check(config).findings if finding.check == "equal examples"]
    assert lines[0].endswith("training rows repeat another of them")


def test_whether_rows_are_equal_by_chance_is_decided_of_all_splits(tmp_path: Path) -> None:
    """The test rows differ from each other, but of all rows, of two columns of four values, few do."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name, numbers in (("train", range(160)), ("test", (*range(12), 0))):
        lines = [f"{i % 4},{i // 4 % 4},{'ab'[i % 2]}" for i in numbers]
        (folder / f"{name}.csv").write_text("\n".join(["x,y,label", *lines]))
    pool = pool_of(load_config({"goal": 3.0, "data": {"path": str(folder)}}))
    test = pool.dataset.splits["test"]
    assert len(set(map(bytes, test.rows))) == 12  # of 13
    assert len(first_of_groups(equal_in(test))) == len(test.names) == 13


def test_each_example_is_tested_once_per_repeat(pool: Pool) -> None:
    plan = plan_of(pool, 4, repeats=2)
    assert len(plan.parts) == 8 and pool.m == 40
    for repeat in range(2):
        assert sorted(np.concatenate(plan.tested[4 * repeat : 4 * repeat + 4]).tolist()) == list(range(40))
    for part, tested in zip(plan.parts, plan.tested, strict=True):
        assert not len(part.validation)
        assert sorted([*part.training, *tested]) == list(range(40))
    assert [plan.config(pool.config, place).train.seed for place in range(8)] == [0] * 4 + [1] * 4
    assert not np.array_equal(plan.tested[0], plan.tested[4])


def test_what_chooses_the_epoch_is_not_what_is_tested(pooled: Pooled) -> None:
    plan = plan_of(pooled(train__keep="best"), 4)
    for part, tested in zip(plan.parts, plan.tested, strict=True):
        assert 7 <= len(part.validation) <= 11  # 12 of 40 are validation data
        assert sorted([*part.training, *part.validation, *tested]) == list(range(40))


def test_pictures_that_are_alike_are_in_one_fold(pool: Pool) -> None:
    alike = replace(pool, groups=np.arange(40) // 2)
    for part, tested in zip(*(getattr(plan_of(alike, 5), name) for name in ("parts", "tested")), strict=True):
        assert not set(alike.groups[part.training]) & set(alike.groups[tested])


def test_copies_are_no_further_evidence(pool: Pool) -> None:
    """That all 40 are answered correctly counts as 10 right answers if each is there four times."""
    copied = replace(cross_validate(pool, 4), pool=replace(pool, groups=np.arange(40) // 4))
    always = [
        replace(fold, answers=pool.labels[:, tested])
        for fold, tested in zip(copied.folds, copied.plan.tested, strict=True)
    ]
    right = replace(copied, folds=always).estimates["accuracy"]
    assert (right.low, right.high) == share_interval(1.0, 10)
    assert copied.baselines[0]["linear"].found.low == share_interval(1.0, 10)[0]


@pytest.mark.parametrize("scaling", ["unit", "center", "none"])
@pytest.mark.parametrize("settings", [{}, {"train__batch_size": 7}, {"model__hidden_layers": []}])
def test_folds_on_one_k_are_those_of_direct_trainings(
    pooled: Pooled, scaling: str, settings: dict[str, object]
) -> None:
    rate = 1e-6 if scaling == "none" else 0.05
    optimizer = "momentum" if settings else "nesterov"
    settings = {"train__optimizer": optimizer, "data__scaling": scaling, "train__learning_rate": rate, **settings}
    for keep in ("last", "best"):
        direct = pooled(train__keep=keep, train__solver="direct", **settings)
        on_k = pooled(train__keep=keep, train__solver="gram", **settings)
        plan = plan_of(on_k, 4)
        shared = shared_gram(on_k, on_k.config, plan.parts)
        assert shared is not None and shared_gram(direct, direct.config, plan.parts) is None
        ours, theirs = cross_validate(on_k, 4), cross_validate(direct, 4)
        assert {fold.solver for fold in ours.folds} == {"gram"} and {fold.solver for fold in theirs.folds} == {"direct"}
        np.testing.assert_allclose(ours.answers, theirs.answers, rtol=1e-9, atol=1e-11)
        assert [fold.epoch for fold in ours.folds] == [fold.epoch for fold in theirs.folds]


def test_processes_find_the_same(pooled: Pooled) -> None:
    pool = pooled(train__optimizer="adam", train__learning_rate=0.01)
    seen: list[tuple[int, int]] = []
    one, two = cross_validate(pool, 3), cross_validate(pool, 3, jobs=2, progress=lambda *done: seen.append(done))
    np.testing.assert_allclose(one.answers, two.answers, rtol=1e-12)
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_an_error_in_a_process_is_raised(pooled: Pooled) -> None:
    pool = pooled(train__optimizer="adam", train__learning_rate=1e300)
    with pytest.raises(Diverged, match=r"lower train\.learning_rate"):
        cross_validate(pool, 3, jobs=2)


def test_too_many_folds(pool: Pool) -> None:
    with pytest.raises(ConfigError, match="41 folds need as many examples that are not alike, there are 40"):
        plan_of(pool, 41)


def test_a_table_learns_its_columns_of_what_is_trained_on(tmp_path: Path, write_config: Write) -> None:
    random = np.random.default_rng(0)
    lines = [f"{random.normal():.3f},{'rare' if i == 7 else 'ab'[i % 2]},{i % 2}" for i in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(["size,kind,label", *lines]))
    config = write_config("goal: 1.0\ndata: {path: t.csv, classes: ['1']}\ntrain: {epochs: 60, learning_rate: 0.5}\n")
    found = cross_validate(pool_of(load_config(config)), 4)
    place = next(place for place, tested in enumerate(found.plan.tested) if 7 in tested)
    inputs = [len(found.pool.part(part.training, part.validation).question.inputs) for part in found.plan.parts]
    assert inputs[place] == min(inputs) < max(inputs) == 4
    mean = found.estimates["accuracy"].mean
    assert mean is not None and mean > 0.9


def test_estimates() -> None:
    values = np.array([0.6, 0.7, 0.65, 0.75, 0.7])
    found = estimate("accuracy", values, 1 / 4, 10_000)
    assert found.mean == pytest.approx(0.68) and found.deviation == pytest.approx(values.std(ddof=1))
    assert found.high is not None and found.low is not None
    reach = 2.7764 * values.std(ddof=1) * np.sqrt(1 / 5 + 1 / 4)
    assert found.high - 0.68 == pytest.approx(reach, rel=1e-3) and 0.68 - found.low == pytest.approx(reach, rel=1e-3)
    assert estimate("auc", np.array([0.9, 1.0]), 1.0, 10).high == 1.0
    assert estimate("auc", np.array([0.9, np.nan]), 1.0, 10).mean is None


def test_values_that_are_equal_by_chance_are_not_certain() -> None:
    """All of 40 right in each of 5 folds: Wilson's interval of 40 of 40."""
    found = estimate("accuracy", np.ones(5), 1 / 4, 40)
    assert (found.mean, found.deviation, found.high) == (1.0, 0.0, 1.0)
    assert found.low == pytest.approx(0.912, abs=5e-4)
    wide = estimate("accuracy", np.array([0.7, 0.701]), 1.0, 40)
    assert (wide.low, wide.high) == pytest.approx(share_interval(0.7005, 40))
    assert estimate("recall", np.zeros(5), 1 / 4, 40).low is None


@pytest.mark.parametrize(("keep", "share"), [("last", 10 / 30), ("best", 10 / 21)])  # 9 of 30 choose the epoch
def test_the_interval_knows_how_many_are_learned_from(pooled: Pooled, keep: str, share: float) -> None:
    found = cross_validate(pooled(train__keep=keep), 4)
    assert found.plan.share == pytest.approx(share, rel=0.03)
    assert found.estimates["auc"] == estimate("auc", found.values["auc"], found.plan.share, 40)


def test_the_summary_is_plain_values(pool: Pool) -> None:
    found = cross_validate(pool, 4, repeats=2)
    facts = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert [(fold["repeat"], fold["fold"]) for fold in facts["folds"]] == [(r, f) for r in (1, 2) for f in (1, 2, 3, 4)]
    assert facts["estimates"]["accuracy"]["mean"] == pytest.approx(np.mean([f["accuracy"] for f in facts["folds"]]))
    assert facts["metrics"]["examples"] == 40 and facts["metrics"]["trivial"]["accuracy"] == pytest.approx(0.4)
    assert facts["metrics"]["accuracy"] > 0.8


def test_the_best_linear_answers_stand_beside_it(pooled: Pooled) -> None:
    found = cross_validate(pooled(), 4, repeats=2)
    baselines, faults = found.baselines
    assert list(baselines) == ["linear", "histograms"] and not faults
    linear = baselines["linear"]
    assert linear.inputs == "the pixels" and linear.together > 0.8
    assert linear.found.mean is not None and linear.lead.mean is not None
    assert linear.lead.mean == pytest.approx(found.values["accuracy"].mean() - linear.found.mean)  # of all repeats
    assert found.to_json()["baselines"]["linear"]["lead"]["mean"] == linear.lead.mean


def test_the_linear_answers_are_those_of_all_repeats(pool: Pool) -> None:
    noise = replace(pool, labels=np.roll(pool.labels, 5, axis=1))
    plan = plan_of(noise, 4, repeats=2)
    both = baselines_of(noise, plan, np.zeros(8), range(8))[0]["linear"].found.mean
    halves = [
        replace(plan, repeats=1, parts=plan.parts[half], tested=plan.tested[half]) for half in (slice(4), slice(4, 8))
    ]
    once, again = (baselines_of(noise, half, np.zeros(4), range(4))[0]["linear"].found.mean for half in halves)
    assert once is not None and again is not None and once != again
    assert both == pytest.approx((once + again) / 2)


def test_a_baseline_that_cannot_be_had_is_said(pooled: Pooled, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catnet.evaluation.baselines.bytes_needed", lambda *numbers: 1e18)
    found = cross_validate(pooled(), 4)
    baselines, faults = found.baselines
    assert not baselines and set(faults) == {"linear", "histograms"}
    assert "left_out" in found.to_json()["baselines"]["linear"]


def test_fewer_processes_than_asked_for_do(pooled: Pooled, monkeypatch: pytest.MonkeyPatch) -> None:
    pool, there = pooled(train__optimizer="adam", train__learning_rate=0.01), [1]
    start = processes.started

    def started() -> object:
        if not there:
            raise OSError(11, "Resource temporarily unavailable")
        there.pop()
        return start()

    monkeypatch.setattr(processes, "started", started)
    assert len(cross_validate(pool, 3, jobs=2).folds) == 3
    with pytest.raises(CatnetError, match="the system starts no process to train in: Resource temporarily unavailable"):
        cross_validate(pool, 3, jobs=2)


def test_an_internal_error_in_a_process_is_told() -> None:
    asked = {"task": "fold", "arguments": {"config": {}}}
    kind, message = worker.answer_to(asked)["error"]
    assert kind == "CatnetError" and message.startswith("internal error: TypeError: ")


def test_as_good_as_the_trivial_answer_is_no_better(pool: Pool) -> None:
    found = cross_validate(pool, 4)
    always = [
        np.broadcast_to([[0.5], [0.3], [0.2]], fold.answers.shape) for fold in found.folds
    ]  # cat, the most frequent
    same = replace(found, folds=[replace(fold, answers=each) for fold, each in zip(found.folds, always, strict=True)])
    assert same.beside_trivial.mean == 0 and same.metrics["trivial"]["accuracy"] == pytest.approx(0.4)
    assert verdict(same).sentences[1].endswith("the network is no better.")
    assert verdict(found).sentences[1].endswith("the network is better, and by more than chance.")


def test_nothing_is_worse_than_chance_because_one_example_is_left_out(tmp_path: Path, write_config: Write) -> None:
    """Of as many a as b the others always have more of the class that is left out less."""
    random = np.random.default_rng(0)
    lines = [f"{random.normal():.3f},{'ab'[i % 2]}" for i in range(24)]
    (tmp_path / "t.csv").write_text("\n".join(["x,label", *lines]))
    config = write_config(
        "goal: 3.0\ndata: {path: t.csv}\nmodel: {hidden_layers: []}\ntrain: {epochs: 5, keep: last}\n"
    )
    found = cross_validate(pool_of(load_config(config)), 24)
    told = verdict(found)
    assert told.trivial == 0.5 and "The trivial answer, always a, scores 50.0%" in told.sentences[1]
    assert found.beside_trivial.mean == pytest.approx(found.values["accuracy"].mean() - 0.5)
    labels, folds = found.pool.labels, found.plan.folds(0, 24)
    constant = np.array([labels[:, folds != fold].mean(axis=1) for fold in folds]).T  # what fits the others best
    assert (constant * labels).sum(axis=0).max() < 0.5  # is never right
    np.testing.assert_allclose(levelled(constant, labels, folds), 0.5)
    together = found.baselines[0]["linear"].together
    assert together == pytest.approx(ridge_left_out(found))


def test_of_unequal_folds_the_trivial_value_is_a_mean_of_folds_as_the_others_are(
    tmp_path: Path, write_config: Write
) -> None:
    lines = [f"{x:.3f},{x**3:.3f}" for x in np.random.default_rng(0).normal(size=11)]
    (tmp_path / "t.csv").write_text("\n".join(["x,price", *lines]))
    config = write_config("goal: regression\ndata: {path: t.csv, target: price}\nmodel: {hidden_layers: []}\n"
                          "train: {epochs: 5, keep: last}\n")  # fmt: skip
    found = cross_validate(pool_of(load_config(config)), 4)
    told, mean = verdict(found), found.estimates["mae"].mean
    assert mean is not None and found.beside_trivial.mean is not None
    assert told.trivial == pytest.approx(mean - found.beside_trivial.mean)
    assert abs(told.trivial - found.metrics["trivial"]["mae"]) > 0.01 * told.trivial  # that of all together
    assert f"scores {score('mae', told.trivial)}" in told.sentences[1]


def test_an_exact_linear_answer_stays_exact(tmp_path: Path, write_config: Write) -> None:
    random = np.random.default_rng(0)
    lines = [f"{x:.3f},{3 * x + 1:.3f}" for x in random.normal(size=12)]
    (tmp_path / "t.csv").write_text("\n".join(["x,price", *lines]))
    config = write_config("goal: regression\ndata: {path: t.csv, target: price}\nmodel: {hidden_layers: []}\n"
                          "train: {epochs: 5, keep: last}\n")  # fmt: skip
    found = cross_validate(pool_of(load_config(config)), 4)
    linear = found.baselines[0]["linear"]
    assert linear.found.mean is not None and linear.found.mean < 1e-3 * found.metrics["trivial"]["mae"]


def ridge_left_out(found: CrossValidation) -> float:
    """The accuracy of the linear answers to each row that the others teach, moved to the mean of all labels."""
    folds = found.plan.folds(0, found.pool.m)
    dataset = found.pool.part(np.arange(found.pool.m), np.arange(0))
    fitted = learned(features_of(dataset, 1)["linear"], dataset.splits["train"], folds, "rows").fitted
    assert fitted is not None
    answers = levelled(fitted.out_of_fold, found.pool.labels, folds)
    return float((answers.argmax(axis=0) == found.pool.labels.argmax(axis=0)).mean())
