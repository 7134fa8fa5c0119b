"""What a training takes, as it is told before the first epoch: a function of its shape alone, which is never timed."""

import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from in_process import Done

from catnet.config import Config, load_config
from catnet.data.dataset import Dataset
from catnet.engine.cost_model import (
    bytes_of_direct,
    bytes_of_gram,
    seconds_of,
    seconds_of_fit,
    seconds_of_forming,
    seconds_of_outputs,
    seconds_of_projection,
)
from catnet.engine.inputs import Inputs
from catnet.evaluation.ridge import bytes_needed
from catnet.recipe import recipe_for
from catnet.recipe.duration import task_like
from catnet.training.build import Setup, build, read_data
from catnet.training.measure import watched_epochs
from catnet.training.needs import (
    BYTES_OF_PROGRAM,
    SECONDS_OF_REPORT,
    SECONDS_PER_EPOCH,
    Needs,
    duration,
    in_memory,
    needs_of,
    needs_of_session,
    regression,
    seconds_of_baselines,
    seconds_of_looks,
    seconds_of_projecting,
    seconds_of_saves,
    seconds_of_whitening,
)
from catnet.training.session import start
from catnet.training.start import fresh_start


def setup_of(animals: Path, **overrides: Any) -> Setup:
    base = {"goal": 3.0, "data": {"path": str(animals), "image_size": [8, 8]}, "train": {"epochs": 50}}
    config = load_config(base, {name.replace("__", "."): value for name, value in overrides.items()})
    dataset = read_data(config)
    return build(config, dataset, fresh_start(config, dataset))


def needs_for(setup: Setup, solver: str = "direct", has_report: bool = False) -> Needs:
    examples = {name: len(split.rows) for name, split in setup.dataset.splits.items()}
    return needs_of(setup.config, setup.task, solver, examples, bytes_of(setup.dataset), has_report)


def bytes_of(dataset: Dataset) -> int:
    return sum(split.rows.nbytes for split in dataset.splits.values())


def test_has_the_solver_and_what_comes_with_it(animals: Path) -> None:
    setup = setup_of(animals, model__hidden_layers=[5])
    for solver, needed in (("direct", bytes_of_direct), ("gram", bytes_of_gram)):
        found = needs_for(setup, solver)
        assert found.bytes == BYTES_OF_PROGRAM + 40 * 8 * 8 * 3 + needed(setup.task) + bytes_needed(28, 192, 3)
        assert found.seconds > seconds_of(setup.task, solver) + seconds_of_outputs(setup.task, 40)
        assert needs_for(setup, solver, has_report=True).seconds == found.seconds + SECONDS_OF_REPORT
    assert seconds_of(setup.task, "direct") != seconds_of(setup.task, "gram")


MORE: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"train__epochs": 500}),
    ({}, {"model__hidden_layers": [300]}),
    ({"model__hidden_layers": [8]}, {"model__hidden_layers": [8, 900, 900]}),
    ({"train__batch_size": 14}, {"train__batch_size": 1}),
    ({}, {"train__precision": "float64"}),
    ({"train__keep": "last"}, {"train__keep": "best"}),  # measured after each epoch
    ({"train__keep": "last"}, {"train__keep": "last", "train__checkpoint_every": 1}),
    ({"data__box_average": 1}, {"train__augment": "standard", "data__box_average": 1}),
    ({}, {"model__views": "flip"}),
    ({"train__augment": "standard"}, {"train__augment": "standard", "data__image_size": [32, 32]}),
    ({"data__scaling": "whiten"}, {"data__scaling": "whiten", "data__image_size": [32, 32]}),
]


@pytest.mark.parametrize(("less", "more"), MORE)
def test_what_takes_more_is_said_to_take_more(animals: Path, less: dict[str, Any], more: dict[str, Any]) -> None:
    assert needs_for(setup_of(animals, **more)).seconds > needs_for(setup_of(animals, **less)).seconds


def test_test_data_is_looked_at_if_there_is_none_to_validate_on(animals: Path) -> None:
    setup = setup_of(animals)

    def looks(solver: str, **examples: int) -> float:
        return seconds_of_looks(setup.config, setup.task, solver, examples)

    for solver, formed in (("direct", 0.0), ("gram", seconds_of_forming(setup.task))):
        more = looks(solver, train=28, test=9000) - looks(solver, train=28)
        watched = len(watched_epochs(50))
        assert more == pytest.approx(watched * (seconds_of_outputs(setup.task, 9000) + formed))
        with_validation = looks(solver, train=28, validation=12)
        assert looks(solver, train=28, validation=12, test=9000) == with_validation > looks(solver, train=28)


@pytest.mark.parametrize("more", [{"model__views": "flip"}, {"train__augment": "standard"}])
def test_training_data_is_looked_at_if_the_last_epoch_saw_it_otherwise(animals: Path, more: dict[str, Any]) -> None:
    for setup, times in ((setup_of(animals), 0), (setup_of(animals, **more), 2 if "model__views" in more else 1)):
        few, many = (seconds_of_looks(setup.config, setup.task, "direct", {"train": m}) for m in (0, 9000))
        assert many - few == pytest.approx(len(watched_epochs(50)) * times * seconds_of_outputs(setup.task, 9000))


def test_saves_are_as_many_as_there_may_be(animals: Path) -> None:
    setup = setup_of(animals)
    each = seconds_of_saves(setup.config, setup.task, 0) / 2
    assert seconds_of_saves(setup.config, setup.task, 1e6) == pytest.approx(11 * each)
    assert 2 * each < seconds_of_saves(setup.config, setup.task, 20 * each) < 5 * each
    few = setup_of(animals, train__epochs=1)
    assert seconds_of_saves(few.config, few.task, 1e6) == pytest.approx(each)
    every = setup_of(animals, train__checkpoint_every=2)
    assert seconds_of_saves(every.config, every.task, 0) == pytest.approx(26 * each)


def test_answers_without_a_network_take_about_a_second_at_most(animals: Path) -> None:
    few, large = setup_of(animals), setup_of(animals, data__image_size=[64, 64])
    assert seconds_of_baselines(few.config, few.task, 0) < 0.01
    assert seconds_of_baselines(large.config, large.task, 1e9) > seconds_of_baselines(large.config, large.task, 0) + 1
    rows = np.broadcast_to(large.task.inputs.rows[:1], (3000, 64 * 64 * 3))
    labels = np.broadcast_to(large.task.labels[:, :1], (3, 3000))
    many = replace(large.task, inputs=Inputs(rows, large.task.inputs.scaling, np.float32), labels=labels)
    assert regression(large.config, many) == (3000, 768, 3)
    assert 0.05 < seconds_of_baselines(large.config, many, 0) <= 1


def test_wide_other_layers_take_time_by_each_solver(animals: Path) -> None:
    narrow = setup_of(animals, model__hidden_layers=[8, 8]).task
    wide = setup_of(animals, model__hidden_layers=[8, 900]).task
    assert seconds_of(wide, "gram") - seconds_of(narrow, "gram") == pytest.approx(
        seconds_of(wide, "direct") - seconds_of(narrow, "direct")
    )
    assert seconds_of(wide, "gram") > seconds_of(narrow, "gram")


def test_each_epoch_has_a_row(animals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setup = setup_of(animals, train__epochs=3000)
    told = needs_for(setup).seconds
    monkeypatch.setattr("catnet.training.needs.SECONDS_PER_EPOCH", 2 * SECONDS_PER_EPOCH)
    assert needs_for(setup).seconds >= told + 3000 * SECONDS_PER_EPOCH > told


def test_a_whitening_is_fitted(animals: Path) -> None:
    whitened = setup_of(animals, data__scaling="whiten")
    fit = seconds_of_whitening(whitened.config, whitened.task)
    assert fit == seconds_of_fit(28, 8 * 8 * 3, whitened.config.data.components, mirror=False) > 0
    flipped = setup_of(animals, data__scaling="whiten", train__augment={"flip": True})
    assert seconds_of_whitening(flipped.config, flipped.task) > fit
    projected = seconds_of_projecting(whitened.config, whitened.task, {"train": 28, "validation": 12})
    assert projected == pytest.approx(seconds_of_projection(40, 192, whitened.task.inputs.n))
    once = seconds_of_projecting(flipped.config, flipped.task, {"train": 28, "validation": 12})
    assert once == pytest.approx(seconds_of_projection(12, 192, flipped.task.inputs.n))
    plain = setup_of(animals)
    assert seconds_of_whitening(plain.config, plain.task) == seconds_of_projecting(plain.config, plain.task, {}) == 0


def test_more_examples_and_inputs_take_longer_to_whiten() -> None:
    assert seconds_of_fit(1600, 768, 500, False) < seconds_of_fit(1600, 12288, 500, False)
    assert seconds_of_fit(1600, 12288, 500, False) < seconds_of_fit(1600, 12288, 500, True)
    # both matrices are large: no more examples are taken
    assert seconds_of_fit(4000, 12288, 500, False) == seconds_of_fit(9000, 12288, 500, False)


def test_a_session_that_goes_on_has_its_whitening(animals: Path, tmp_path: Path) -> None:
    setup = setup_of(animals, data__scaling="whiten")
    session = start(setup.config, "c", tmp_path / "run")
    with closing(session.run):
        assert needs_of_session(session) == needs_for(setup, session.solver.name)
        session.history = [{"epoch": 1}]
        left = setup_of(animals, data__scaling="whiten", train__epochs=49)
        fit = seconds_of_whitening(left.config, left.task)
        assert needs_of_session(session).seconds == needs_for(left, session.solver.name).seconds - fit


def test_drawing_goes_on_beside_the_training(animals: Path) -> None:
    setup = setup_of(animals, train__augment="standard", data__scaling="whiten", model__hidden_layers=[400])
    task = setup.task
    assert task.inputs.projection is not None
    wide = replace(task, network=replace(task.network, sizes=(task.inputs.n, 4, 3)))
    assert seconds_of(task, "direct") > seconds_of(wide, "direct") > 0


def test_before_decoding_it_is_the_same(animals: Path) -> None:
    recipe = recipe_for(animals, None, textbook=True)
    setup = build_of(recipe.config)
    told = recipe.needs
    decoded = needs_for(setup, "direct", has_report=True)
    assert told.bytes == pytest.approx(decoded.bytes, rel=1e-6)
    assert told.seconds == pytest.approx(decoded.seconds, rel=1e-6)


def build_of(config: Config) -> Setup:
    dataset = read_data(config)
    return build(config, dataset, fresh_start(config, dataset))


def test_is_a_line_of_train(animals: Path, command: Callable[..., Done], tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(f"goal: 3.0\ndata: {{path: {animals}}}\ntrain: {{epochs: 3}}\n")
    said = r"\ntraining takes about 0\.\d+ s on two cores, and \d+ MB of memory{}\nepoch 1/3: "
    assert re.search(said.format(""), command("train", path).err)
    watched = command("train", path, "--set", "train.early_stopping={patience: 1}").err
    assert re.search(said.format(", unless it stops early"), watched)


def test_of_a_session_it_is_that_of_the_epochs_that_are_left(animals: Path, tmp_path: Path) -> None:
    setup = setup_of(animals, train__epochs=50)
    session = start(setup.config, "c", tmp_path / "run")
    with closing(session.run):
        assert needs_of_session(session) == needs_for(setup, session.solver.name)
        session.history = [{"epoch": 1}] * 30
        left = setup_of(animals, train__epochs=20)
        assert needs_of_session(session) == needs_for(left, session.solver.name)


def test_in_words() -> None:
    assert str(Needs(12.4, 314e6)) == "training takes about 12 s on two cores, and 310 MB of memory"
    seconds = (0.001, 0.26, 0.96, 1.44, 9.4, 12.4, 45, 89, 100, 5300, 6000, 80000, 2.5e5, 3e5, 1e6)
    assert [duration(each) for each in seconds] == [
        "about 0.05 s", "about 0.3 s", "about 1 s", "about 1.4 s", "about 9.4 s", "about 12 s", "about 45 s",
        "about 89 s", "about 1.7 min", "about 88 min", "about 1.7 h", "about 22 h", "about 69 h", "about 3.5 days",
        "about 12 days",
    ]  # fmt: skip
    assert [in_memory(count) for count in (86.3e6, 1.57e9)] == ["86 MB", "1.6 GB"]


def test_takes_no_memory_for_examples_that_are_not_decoded(animals: Path) -> None:
    recipe = recipe_for(animals, None)
    task = task_like(recipe.config, recipe.data, 10**7, 10**6)
    assert task.inputs.m == 10**7 and task.validation is not None
    assert task.inputs.rows.strides == (0, 0)
    assert all(np.shares_memory(P, P[:1, :1]) for P in task.initial.values())
