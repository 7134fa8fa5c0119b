"""What stands beside the best settings of a tune: the trivial answer and the best linear ones, on the same examples."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catnet.config import load_config
from catnet.evaluation.baselines import Baseline, Features
from catnet.evaluation.bootstrap import CERTAIN, student
from catnet.evaluation.metrics import scalars, scores, trivial_prediction
from catnet.report.tuning import about_beside, beside_rows, sentences
from catnet.selection.beside import Beside, Other, beside_split
from catnet.selection.trials_file import Finished
from catnet.selection.tune import begin, best_config, finish, resume, specified
from catnet.selection.tuned import Tuned, tuned
from catnet.selection.tuning import Tuning
from catnet.training.loop import finish as finish_training
from catnet.training.loop import train
from catnet.training.session import start

CONFIG = """
goal: 3.0
data: {path: animals, image_size: [8, 8]}
model: {hidden_layers: [6]}
train: {epochs: 9, optimizer: momentum, learning_rate: 0.05, batch_size: 8, keep: last}
tune: {trials: 1, folds: 3, search: {data.image_size: [[4, 4]]}}
"""


@pytest.fixture
def tuning(animals: Path, write_config: Callable[..., Path], tmp_path: Path) -> Callable[..., Tuning]:
    """A tune whose only trial is done, with this metric on its folds."""

    def tuning(*values: float, **settings: object) -> Tuning:
        overrides = {key.replace("__", "."): value for key, value in settings.items()}
        found = begin(specified(write_config(CONFIG), overrides, "--set"), "config", tmp_path / "out")
        found.trials.add(Finished(1, 1, 9, values or (0.5, 0.5, 0.5), 1.0, 1.0), found.points)
        return found

    return tuning


def only_training_data(animals: Path) -> None:
    """Takes away the validation data."""
    for path in sorted((animals / "val").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    (animals / "val").rmdir()


@pytest.mark.parametrize("split", ["validation", "test", "without duplicates"])
def test_it_is_what_a_training_of_the_best_settings_says(
    tuning: Callable[..., Tuning], animals: Path, tmp_path: Path, split: str
) -> None:
    if split == "test":
        (animals / "val").rename(animals / "test")
    if split == "without duplicates":
        (animals / "val" / "cat" / "1.png").write_bytes((animals / "train" / "cat" / "3.png").read_bytes())
    under_way = tuning()
    found = tuned(under_way)
    assert found is not None
    (tmp_path / "best.yaml").write_text(best_config(found).replace("../animals", "animals"))
    session = start(load_config(tmp_path / "best.yaml"), "run", tmp_path / "run")
    list(train(session))
    name = "test" if split == "test" else "validation"
    measured = session.setup.dataset.splits[name]
    own = scores("3.0", session.best_model().predict(measured.rows), measured.labels).tolist()
    said = finish_training(session)["metrics"][name]
    said = said["without_duplicates"] if split == "without duplicates" else said
    found = finish(under_way, lambda trial: own)
    under_way.folder.close()
    assert found.beside is not None and found.measured is not None
    assert list(found.beside.others) == ["trivial", "linear", "histograms"] and not found.beside.left_out
    assert found.measured.value == said["accuracy"] and found.measured.examples == said["examples"]
    assert found.beside.others["trivial"].value == said["trivial"]["accuracy"]
    for key in ("linear", "histograms"):
        other, of = found.beside.others[key], said["baselines"][key]
        assert (other.value, other.difference) == (of["accuracy"], of["lead"]["difference"])
        assert [other.low, other.high] == of["lead"]["interval"] and other.is_sure == (of["lead"]["p"] < CERTAIN)
    again = resume(tmp_path / "out")
    assert finish(again, lambda trial: []).beside == found.beside  # read, not measured again
    again.folder.close()


def test_by_folds_it_is_what_was_answered_out_of_fold(tuning: Callable[..., Tuning], animals: Path) -> None:
    only_training_data(animals)
    under_way = tuning(0.9, 0.8, 0.95)
    found = finish(under_way, lambda trial: [])
    under_way.folder.close()
    pool, plan, of_folds = under_way.pool, under_way.plan, list[Any]()
    for part, tested in zip(plan.parts, plan.tested, strict=True):
        answer = np.broadcast_to(trivial_prediction(pool.labels[:, part.training]), (3, len(tested)))
        of_folds.append(scalars("3.0", answer, pool.labels[:, tested])["accuracy"])
    assert found.beside is not None
    trivial, linear = found.beside.others["trivial"], found.beside.others["linear"]
    assert trivial.value == pytest.approx(np.mean(of_folds))
    assert trivial.difference == pytest.approx(np.mean([0.9, 0.8, 0.95]) - trivial.value)
    assert trivial.low is not None and trivial.high is not None and trivial.low < trivial.difference < trivial.high
    assert linear.value + linear.difference == pytest.approx(found.by_folds.value) and linear.value > trivial.value
    assert "always cat, scores 43.0%: the network is better, and by more than chance." in sentences(found)[-2]
    assert about_beside(found).startswith(
        "Measured on folds 1 to 3, of the data as the best settings read it. Lead: the best settings minus"
    )


def test_of_a_single_fold_the_examples_say_how_sure_it_is(tuning: Callable[..., Tuning], animals: Path) -> None:
    only_training_data(animals)
    two = {"data.image_size": [[4, 4], [8, 8]]}
    under_way = tuning(0.9, 0.8, tune__folds=2, tune__trials=2, tune__search=two)
    under_way.trials.rows[2, 1] = Finished(2, 1, 3, (0.1,), 1.0, 1.0)  # the first fold has chosen
    found = finish(under_way, lambda trial: [])
    under_way.folder.close()
    assert found.by_folds.folds == (2,) and found.by_folds.value == 0.8 and found.beside is not None
    m, p = len(under_way.plan.tested[1]), found.beside.others["trivial"].value
    variance = (0.8 * 0.2 + p * (1 - p)) / m  # of two shares of m examples
    low = 0.8 - p - student(4) * math.sqrt((1 + under_way.plan.share) * variance)
    assert found.beside.others["trivial"].low == pytest.approx(low) and not found.beside.others["trivial"].is_sure


def beside(found: Tuned, **others: Other) -> Tuned:
    return replace(found, measured=None, beside=Beside((0.5, 0.2, 0.3), others, {}))


def test_what_is_said(tuning: Callable[..., Tuning]) -> None:
    under_way = tuning()
    under_way.folder.close()
    found = tuned(under_way)
    assert found is not None and sentences(found) == found.sentences and not beside_rows(found)
    better = Other("the pixels", 0.25, 0.25, 0.05, 0.45, True)
    worse = Other("colour histograms", 0.625, -0.125, -0.3, 0.05, False)
    trivial = Other("", 0.5, 0.0, -0.1, 0.1, False)
    said = beside(found, trivial=trivial, linear=better, histograms=worse)
    assert sentences(said)[-2:] == [
        "The trivial answer, always cat, scores 50.0%: the network is no better.",
        "The best linear answer on the pixels scores 25.0%, and that on colour histograms scores 62.5%: the network is "
        "better than the first, and by more than chance; it is worse than the second, but it may be chance.",
    ]
    assert beside_rows(said) == [
        ("best settings", ["50.0%", "", ""]),
        ("trivial", ["50.0%", "+0.0", "-10.0 to +10.0"]),
        ("linear", ["25.0%", "+25.0*", "+5.0 to +45.0"]),
        ("histograms", ["62.5%", "-12.5", "-30.0 to +5.0"]),
    ]


def test_what_cannot_be_had_is_told(tuning: Callable[..., Tuning], monkeypatch: pytest.MonkeyPatch) -> None:
    def none(dataset: Any, box: int) -> dict[str, Baseline]:
        return {"linear": Baseline(Features("the pixels", np.asarray), None, "there is not enough memory")}

    monkeypatch.setattr("catnet.selection.beside.linear_of", none)
    under_way = tuning()
    found = finish(under_way, lambda trial: [1.0] * 12)
    under_way.folder.close()
    assert sentences(found)[-2:] == [
        "The trivial answer, always cat, scores 33.3%: the network is better, and by more than chance.",
        "There is no baseline linear: there is not enough memory.",
    ]
    facts = json.loads((under_way.folder.path / "summary.json").read_text())
    assert facts["baselines"]["left_out"] == {"linear": "there is not enough memory"}


def test_scores_of_copies_do_not_count(tuning: Callable[..., Tuning], animals: Path) -> None:
    (animals / "val" / "cat" / "1.png").write_bytes((animals / "train" / "cat" / "3.png").read_bytes())
    under_way = tuning()
    (copy,) = under_way.pool.dataset.splits["validation"].seen
    found = beside_split(under_way, 1, [float(place == copy) for place in range(12)])
    under_way.folder.close()
    assert all(of.difference == -of.value for of in found.others.values())


def test_scores_beyond_all_measure_have_no_interval(tuning: Callable[..., Tuning]) -> None:
    under_way = tuning()
    found = beside_split(under_way, 1, [1e200] * 6 + [0.0] * 6)  # whose squares are no finite numbers
    under_way.folder.close()
    assert {(of.low, of.high) for of in found.others.values()} == {(None, None)}


@pytest.mark.parametrize("damage", ["[]", '{"winner": 1}', '{"winner": 1, "estimates": {"validation": 3}}', "{"])
def test_a_damaged_summary_is_measured_again(tuning: Callable[..., Tuning], damage: str) -> None:
    under_way = tuning()
    first = finish(under_way, lambda trial: [1.0] * 12)
    (under_way.folder.path / "summary.json").write_text(damage)
    again = finish(under_way, lambda trial: [1.0] * 12)
    under_way.folder.close()
    assert again.measured == first.measured and again.beside == first.beside
