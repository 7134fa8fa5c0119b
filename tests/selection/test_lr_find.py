"""`catnet lr-find`, the same from Python, and the note of `catnet train` on a rate far above the limit."""

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from in_process import Done

from catnet.config import load_config
from catnet.engine.direct import Direct
from catnet.engine.inputs import Inputs
from catnet.engine.schedules import Schedule
from catnet.selection.learning_rate import decimal, find_learning_rate, rounded_down
from catnet.training.build import build, read_data
from catnet.training.rate import FEWEST_ITERATIONS, affordable_iterations, rate_too_high, times
from catnet.training.start import fresh_start

BINARY = "goal: 1.0\ndata: {{path: {}, classes: [cat]}}\nmodel: {{initialization: zeros}}\n"
CATS = BINARY + "train: {{epochs: 20, learning_rate: {}}}\n"
HOUSES = "goal: regression\ndata: {{path: {}, target: price}}\nmodel: {{initialization: zeros}}\n"


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    """A table of two columns, in units of their own, and a price."""
    random = np.random.default_rng(0)
    rows = [(20 * random.normal() + 100, random.normal(), random.uniform(1, 5)) for _ in range(50)]
    with (tmp_path / "houses.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("area", "rooms", "price"), *rows])
    return tmp_path / "houses.csv"


def limit_by_numpy(X: np.ndarray, largest_second_derivative: float) -> float:
    """2 / l of X (m, n)."""
    X = np.hstack([X, np.ones((len(X), 1))])
    return float(2 / (largest_second_derivative * np.linalg.eigvalsh(X.T @ X / len(X))[-1]))


def test_says_the_limit_of_each_scaling(houses: Path) -> None:
    X = np.loadtxt(houses, delimiter=",", skiprows=1)[:, :2]
    settings = {"goal": "regression", "data": {"path": str(houses), "target": "price", "validation_fraction": 0}}
    centred = X - X.mean(axis=0)
    expected = {"none": X, "center": centred, "standard": centred / X.std(axis=0)}
    for scaling in expected:
        found = find_learning_rate(load_config(settings, {"data.scaling": scaling}))
        assert found.limit is not None and found.test is None
        assert list(found.limit.rates) == list(dict.fromkeys([scaling, "center", "standard"]))
        for kind, rate in found.limit.rates.items():
            assert rate == pytest.approx(limit_by_numpy(expected[kind], 2.0), rel=1e-3)
        assert found.rate == pytest.approx(0.9 * found.limit.rate, rel=0.1)
        assert found.rate is not None and found.rate <= 0.9 * found.limit.rate


def test_says_it_of_pictures_in_words_and_json(command: Callable[..., Done], animals: Path, tmp_path: Path) -> None:
    path = tmp_path / "cats.yaml"
    path.write_text(CATS.format(animals, 0.4))
    before = sorted(tmp_path.rglob("*"))
    facts = json.loads(command("lr-find", path, "--json").out)
    limits = facts["limits_by_scaling"]
    assert list(limits) == ["unit", "center", "standard"]
    assert limits["center"] > 2 * limits["unit"] == 2 * facts["limit"]
    assert (facts["configured"], facts["range_test"], facts["why_no_limit"]) == (0.4, None, None)
    assert facts["shares_by_scaling"]["unit"] > facts["shares_by_scaling"]["center"] > 0
    done = command("lr-find", path)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == (
        f"Without hidden layers and with full batch the limit is known: {facts['limit']:.2g}. "
        "Below it the training cost falls in every epoch, whatever the weights are."
    )
    assert lines[1] == f"train.learning_rate: 0.4 is {0.4 / facts['limit']:.2g} times that."
    assert lines[3].startswith(f"With data.scaling: center the limit would be {limits['center']:.2g}, and the share ")
    assert lines[-2:] == ["For the section train of the configuration:", f"  learning_rate: {facts['learning_rate']}"]
    assert sorted(tmp_path.rglob("*")) == before
    # and it is true
    trained = command("train", path, "--run-dir", "run", "--set", f"train.learning_rate={facts['learning_rate']}")
    assert trained.code == 0
    with (tmp_path / "run" / "metrics.csv").open() as file:
        costs = [float(row["train_cost"]) for row in csv.DictReader(file)]
    assert costs == sorted(costs, reverse=True)


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (["model.hidden_layers=[8]", "model.initialization=he"], "the network has hidden layers"),
        (["train.batch_size=8"], "the training is by mini-batches"),
        (["train.optimizer=adam"], "adam takes steps of its own size"),
        (["train.augment={flip: true}"], "the examples are changed in each epoch"),
    ],
)
def test_else_makes_a_range_test(
    command: Callable[..., Done], animals: Path, tmp_path: Path, settings: list[str], why: str
) -> None:
    path = tmp_path / "cats.yaml"
    path.write_text(CATS.format(animals, 0.01))
    options = [part for setting in settings for part in ("--set", setting)]
    done = command("lr-find", path, *options)
    assert done.code == 0, done.err
    facts = json.loads(command("lr-find", path, *options, "--json").out)
    assert (facts["limit"], facts["why_no_limit"]) == (None, why)
    rates, costs = facts["range_test"]["rates"], facts["range_test"]["costs"]
    assert len(rates) == len(costs)
    assert min(costs) < facts["range_test"]["start_cost"]
    assert 0 < facts["learning_rate"] <= rates[int(np.argmin(costs))] / 10
    assert done.out.startswith(f"A range test, as {why}: {len(rates)} steps from the first weights, ")
    assert done.out.endswith(f"\n  learning_rate: {decimal(facts['learning_rate'])}\n")


def test_says_that_a_range_test_found_nothing(command: Callable[..., Done], houses: Path, tmp_path: Path) -> None:
    path = tmp_path / "houses.yaml"  # with all weights zero only the output bias moves, and it is right already
    path.write_text(HOUSES.format(houses) + "train: {epochs: 5}\n")
    done = command("lr-find", path, "--set", "data.target_scaling=standard", "--set", "model.hidden_layers=[3]")
    assert done.code == 0
    assert "The cost never fell below the " in done.out
    assert "learning_rate:" not in done.out


def test_says_that_the_range_ended(command: Callable[..., Done], tmp_path: Path) -> None:
    """Targets so large that no step of Adam within the range is too long."""
    rows = "".join(f"{i % 7},{1000 * (i % 7) + i}\n" for i in range(60))
    (tmp_path / "t.csv").write_text(f"a,price\n{rows}")
    path = tmp_path / "t.yaml"
    path.write_text(HOUSES.format("t.csv") + "train: {epochs: 5, optimizer: adam}\n")
    ended = "The cost still fell when the range ended, at 10: a higher rate than the one below may be better.\n"
    done = command("lr-find", path)
    assert f"{ended}The targets are large beside a step of the weights: set data.target_scaling: standard" in done.out
    assert json.loads(command("lr-find", path, "--json").out)["range_test"]["still_falls"] is True
    assert "the cost still fell when the range ended: catnet lr-find says more" in command("check", path).out
    scaled = ("--set", "data.target_scaling=standard")
    assert "still fell" not in command("lr-find", path, *scaled).out + command("check", path, *scaled).out


def test_of_a_single_row_there_is_nothing_to_find(command: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,price\n1,3\n")
    path = tmp_path / "t.yaml"
    path.write_text(HOUSES.format("t.csv").replace("zeros", "he, hidden_layers: [4]") + "train: {epochs: 5}\n")
    done = command("lr-find", path)
    assert "The cost never fell below the 0.0000 before the first step" in done.out and "rate:" not in done.out


def test_says_that_inputs_are_too_large(command: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,price\n" + "".join(f"{i}e25,{i}\n" for i in range(9)))
    path = tmp_path / "t.yaml"
    path.write_text(HOUSES.format(tmp_path / "t.csv"))
    done = command("lr-find", path, "--set", "data.scaling=none")
    assert (done.code, done.out) == (0, "The inputs are too large for float32: set data.scaling: standard.\n")


@pytest.mark.parametrize("hidden_layers", [[], [3]])
def test_says_that_targets_are_too_large(
    command: Callable[..., Done], tmp_path: Path, hidden_layers: list[int]
) -> None:
    (tmp_path / "t.csv").write_text("a,price\n" + "".join(f"{i % 7},{i}e30\n" for i in range(30)))
    path = tmp_path / "t.yaml"
    path.write_text(f"goal: regression\ndata: {{path: {tmp_path / 't.csv'}, target: price}}\n")
    hidden = ["--set", f"model.hidden_layers={hidden_layers}"]
    expected = "The targets are too large for float32: set data.target_scaling: standard.\n"
    done = command("lr-find", path, *hidden)
    assert (done.code, done.out) == (0, expected)
    facts = json.loads(command("lr-find", path, *hidden, "--json").out)
    assert (facts["learning_rate"], facts["fault"]) == (None, expected[0].lower() + expected[1:].rstrip(".\n"))
    assert f"learning rate: none would do: {facts['fault']}\n" in command("check", path, *hidden).out
    scaled = json.loads(command("lr-find", path, *hidden, "--set", "data.target_scaling=standard", "--json").out)
    assert scaled["fault"] is None and scaled["learning_rate"] > 0


def test_says_that_inputs_are_too_large_for_the_first_weights(command: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,price\n" + "".join(f"{i}e25,{i}\n" for i in range(9)))
    path = tmp_path / "t.yaml"
    path.write_text(f"goal: regression\ndata: {{path: {tmp_path / 't.csv'}, target: price, scaling: none}}\n")
    assert command("lr-find", path).out == "The inputs are too large for float32: set data.scaling: standard.\n"


def test_what_falls_has_the_weight_decay(command: Callable[..., Done], houses: Path, tmp_path: Path) -> None:
    path = tmp_path / "houses.yaml"
    path.write_text(HOUSES.format(houses) + "train: {weight_decay: 0.1}\n")
    assert (
        "Below it the training cost plus the penalty of train.weight_decay falls in every"
        in command("lr-find", path).out
    )


def test_names_the_fault(command: Callable[..., Done], tmp_path: Path) -> None:
    path = tmp_path / "cats.yaml"
    path.write_text(CATS.format(tmp_path / "nothing", 0.01))
    done = command("lr-find", path)
    assert done.code == 3
    assert done.err.count("\n") == 1 and "nothing" in done.err


def notes(done: Done) -> list[str]:
    """What `catnet train` noted of the learning rate."""
    return [line for line in done.err.splitlines() if line.startswith("note: train.learning_rate")]


@pytest.mark.parametrize("solver", ["gram", "direct"])
def test_train_notes_a_rate_far_above_the_limit(
    command: Callable[..., Done], animals: Path, tmp_path: Path, solver: str
) -> None:
    path = tmp_path / "cats.yaml"
    path.write_text(CATS.format(animals, 1))
    settings = ["--set", f"train.solver={solver}", "--set", "train.epochs=100"]
    limit = json.loads(command("lr-find", path, *settings, "--json").out)["limit"]

    def train(times: float, *more: str) -> list[str]:
        return notes(command("train", path, *settings, "--set", f"train.learning_rate={times * limit}", *more))

    (note,) = train(4)
    assert note.startswith(f"note: train.learning_rate: {4 * limit:g} is ")
    assert note.endswith("below which the training cost falls in every epoch: it may jump up and down; "
                         "catnet lr-find says more")  # fmt: skip
    assert train(2) == []
    assert len(train(4, "--set", "train.epochs=2")) == 1
    if solver == "direct":
        return
    assert train(4, "--set", "model.hidden_layers=[3]") == []
    (note,) = train(9, "--set", "train.optimizer=momentum")
    assert "below which momentum settles on a quadratic cost" in note


def test_the_note_takes_little_time(animals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config({"goal": 1.0, "data": {"path": str(animals), "classes": ["cat"]}})
    dataset = read_data(config)
    task = build(config, dataset, fresh_start(config, dataset)).task

    def iterations(m: int, epochs: int) -> int:
        rows = np.broadcast_to(task.inputs.rows[:1], (m, task.inputs.n))
        inputs = Inputs(rows, task.inputs.scaling, np.float32)
        return affordable_iterations(replace(task, inputs=inputs, schedule=Schedule(0.1, epochs)))

    assert iterations(28, 1) > 10
    assert iterations(28, 1) == iterations(28, 2)  # a fixed time, whatever the training takes
    assert iterations(10**5, 20) < FEWEST_ITERATIONS  # of much data an epoch takes longer
    assert FEWEST_ITERATIONS < iterations(10**5, 300) <= 10
    # and it is heeded
    rate = load_config(config, {"train.learning_rate": 1e3, "train.solver": "direct"})
    assert len(list(rate_too_high(rate, Direct(task)))) == 1
    monkeypatch.setattr("catnet.training.rate.affordable_iterations", lambda task: 1)
    assert list(rate_too_high(rate, Direct(task))) == []


def test_train_notes_that_a_squared_error_grows(command: Callable[..., Done], houses: Path, tmp_path: Path) -> None:
    path = tmp_path / "houses.yaml"
    path.write_text(HOUSES.format(houses) + "train: {solver: gram, epochs: 30}\n")
    limit = json.loads(command("lr-find", path, "--json").out)["limit"]
    for factor, count in ((0.95, 0), (1.2, 1)):
        done = command("train", path, "--set", f"train.learning_rate={factor * limit}", "--run-dir", f"run {factor}")
        assert len(notes(done)) == count
        with (tmp_path / f"run {factor}" / "metrics.csv").open() as file:
            costs = [float(row["train_cost"]) for row in csv.DictReader(file)]
        assert (costs[-1] > costs[-2]) == bool(count)


def test_how_often_a_limit_a_rate_is() -> None:
    assert [times(ratio) for ratio in (1.001, 1.046, 1.06, 1.4, 21.3)] == [
        "just above", "just above", "1.1 times", "1.4 times", "21 times",
    ]  # fmt: skip


def test_numbers() -> None:
    assert [rounded_down(rate) for rate in (0.00361, 0.0401, 9.99, 123.0, 2.0)] == [0.0036, 0.04, 9.9, 120, 2]
    assert [rounded_down(rate) for rate in (0.29, 0.58, 1.23e-320, 1.79e308)] == [0.29, 0.58, 1.2e-320, 1.7e308]
    assert rounded_down(0.9 * 0.1) == 0.09
    assert [decimal(rate) for rate in (0.0036, 1.2e-5, 120.0, 2e-7)] == ["0.0036", "1.2e-05", "120", "2.0e-07"]
