"""Checkpoints: what is written is what is read, and a file that was changed is not read."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from catnet.engine.inputs import Scaling
from catnet.engine.network import Network
from catnet.engine.types import Choice
from catnet.errors import CheckpointError, OutputError
from catnet.model import Model
from catnet.question import Column, Question
from catnet.runs.checkpoints import Checkpoint, load, save
from catnet.runs.container import facts_in, opened, to_bytes
from catnet.runs.directory import RunDirectory
from catnet.runs.find import find_model, newest_model
from catnet.runs.training_facts import TrainingFacts


@pytest.fixture
def model() -> Model:
    random = np.random.default_rng(0)
    network = Network((4, 3, 2), ("tanh", "softmax"), "cross_entropy")
    parameters = {name: random.normal(size=shape).astype(np.float32) for name, shape in network.shapes.items()}
    return Model(
        network,
        parameters,
        Question("3.0", classes=("no", "yes <b>\n"), features=("a", "b", "c", "d")),
        Scaling(random.normal(size=4), 0.5),
        np.array([[0.25], [0.75]]),
        epoch=12,
    )


def test_a_model_comes_back_as_it_was(tmp_path: Path, model: Model) -> None:
    state = {"velocity.W1": np.ones((3, 4), np.float32), "step": np.array(7)}
    best = {name: P + 1 for name, P in model.parameters.items()}
    history = {"epoch": np.arange(1, 13.0), "train_cost": np.linspace(1, 0, 12)}
    facts = TrainingFacts(
        {"goal": 3.0, "train": {"seed": 5}}, Choice("gram", "it pays"), 3, {}, {"train": 4}, {"a": "b"}
    )
    save(tmp_path / "m.safetensors", Checkpoint(model, state, best, history, facts))
    again = load(tmp_path / "m.safetensors")
    assert again.training == facts
    assert list(again.history) == ["epoch", "train_cost"]
    assert np.array_equal(again.history["train_cost"], history["train_cost"])
    assert np.array_equal(again.best["W2"], best["W2"])
    assert again.state["step"] == 7
    for name, P in model.parameters.items():
        assert np.array_equal(again.model.parameters[name], P)
        assert again.model.parameters[name].dtype == np.float32
    rows = np.random.default_rng(1).normal(size=(5, 4))
    assert np.array_equal(again.model.predict(rows), model.predict(rows))
    assert (again.model.question, again.model.epoch) == (model.question, 12)
    assert again.model.network == model.network


def test_every_changed_byte_is_found(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "m.safetensors"
    save(path, Checkpoint(model))
    good = path.read_bytes()
    random = np.random.default_rng(0)
    for _ in range(300):
        bad = bytearray(good)
        bad[random.integers(len(bad))] ^= 1 << random.integers(8)
        path.write_bytes(bad)
        with pytest.raises(CheckpointError):
            load(path)
    for length in range(0, len(good), 37):
        path.write_bytes(good[:length])
        with pytest.raises(CheckpointError):
            load(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file"),
        (b"", "is not a safetensors file, or is damaged"),
        (b"\x80\x04\x95 a pickle", "is not a safetensors file, or is damaged"),
        (b"PK\x03\x04 an npz", "is not a safetensors file, or is damaged"),
    ],
)
def test_what_is_no_model(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "m.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CheckpointError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert caught.value.exit_code == 4


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize("text", ["no JSON", '{"a": ' + "1" * 100_001 + "}"])
def test_metadata_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(to_bytes({"a": np.zeros(1)}, text, "0" * 64))
    with pytest.raises(CheckpointError, match=r"\(its metadata is not JSON, or holds a number that is too long\)"):
        load(path)


def test_a_pipe_is_no_model_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "m.safetensors")
    with pytest.raises(CheckpointError, match="cannot be read: it is a pipe, and only regular files are read"):
        load(tmp_path / "m.safetensors")


def test_safetensors_of_another_program(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"W1": np.zeros((1, 2))}, path)
    with pytest.raises(CheckpointError) as caught:
        load(path)
    assert str(caught.value) == (f"{path}: is not a catnet model; give a run directory or a checkpoint of a training")


def test_shapes_that_do_not_fit_the_architecture(tmp_path: Path, model: Model) -> None:
    parameters = {**model.parameters, "W2": np.zeros((2, 4), np.float32)}
    path = tmp_path / "m.safetensors"
    save(path, Checkpoint(replace(model, parameters=parameters)))
    with pytest.raises(CheckpointError, match=r"W2 is F32 \(2, 4\), must be F32/F64 \(2, 3\)"):
        load(path)


def test_a_failed_write_keeps_what_was_there(tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.safetensors"
    save(path, Checkpoint(model))
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("catnet.runs.files.os.fsync", full)
    with pytest.raises(OutputError) as caught:
        save(path, Checkpoint(replace(model, epoch=13)))
    assert str(caught.value) == f"{path}: could not be written: No space left on device"
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_runs_are_numbered_and_the_newest_is_found(tmp_path: Path, model: Model) -> None:
    with pytest.raises(CheckpointError, match="holds no trained model"):
        newest_model(tmp_path / "runs")
    first = RunDirectory.create_next(tmp_path / "runs", "cat [1]")
    second = RunDirectory.create_next(tmp_path / "runs", "cat [1]")
    assert [run.path.name for run in (first, second)] == ["cat [1]-001", "cat [1]-002"]
    second.save_best(Checkpoint(model))
    first.save_best(Checkpoint(model))
    os.utime(second.path / "best.safetensors", (1, 1))
    assert newest_model(tmp_path / "runs") == first.path / "best.safetensors"
    assert find_model(second.path) == second.path / "best.safetensors"


COLUMNS = (Column("sex", ("female", "male"), 0.0), Column("age", None, 29.5, True), Column("fare", None, 32.2))


@pytest.mark.parametrize(
    ("question", "size", "colors", "inputs"),
    [
        (Question("3.0", ("a", "b"), target="kind", features=("x", "sex", "age", "fare"), encoded=COLUMNS), None, "rgb",
         ("x", "sex = female", "sex = male", "age", "age is missing", "fare")),
        (Question("3.0", ("a", "b")), (2, 3), "grey", ()),
        (Question("3.0", ("a", "b"), class_names=("a", "b")), (1, 2), "rgb", ()),
    ],
)  # fmt: skip
def test_what_earlier_versions_refuse(
    tmp_path: Path, question: Question, size: tuple[int, int] | None, colors: str, inputs: tuple[str, ...]
) -> None:
    assert question.inputs == inputs
    network = Network((6, 2), ("softmax",), "cross_entropy", 1.0)
    parameters = {"W1": np.ones((2, 6), np.float32), "b1": np.zeros((2, 1), np.float32)}
    constant = np.full((2, 1), 0.5)
    model = Model(network, parameters, question, Scaling(0.0, 1.0), constant, image_size=size, colors=colors)
    save(tmp_path / "m.safetensors", Checkpoint(model))
    with opened(tmp_path / "m.safetensors") as file:
        assert facts_in((file.metadata() or {})["catnet"])["format"] == 3
    again = load(tmp_path / "m.safetensors").model
    assert (again.question, again.colors, again.image_size) == (question, colors, size)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 1}, {"name": "y"}, {"categories": []}, {"categories": ["a", "a"]}, {"categories": "ab"}, {"fill": 1},
        {"fill": float("inf")}, {"fill": "0"}, {"has_missing": 1}, {"fill": ...},
    ],
)  # fmt: skip
def test_encoded_columns_that_are_none(wrong: dict[str, object]) -> None:
    facts = Question("regression", target="y", features=("x", "sex"), encoded=(COLUMNS[0],)).to_json()
    assert Question.from_json(facts).encoded == (COLUMNS[0],)
    facts["encoded"] = [{k: v for k, v in {**facts["encoded"][0], **wrong}.items() if v is not ...}]
    with pytest.raises((ValueError, KeyError)):
        Question.from_json(facts)
