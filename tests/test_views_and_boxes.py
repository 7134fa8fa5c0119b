"""A model that averages boxes of pixels and answers over the mirror image, from its training to its page."""

import json
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open

import catnet
from catnet.data.dataset import Split
from catnet.data.pictures import read_picture
from catnet.engine.inputs import Inputs, Scaling
from catnet.engine.network import Network, logits
from catnet.engine.pictures import box_average, mirrored
from catnet.engine.types import Array
from catnet.errors import CheckpointError, RunInUse
from catnet.evaluation.evaluate import evaluate
from catnet.evaluation.explain import contributions
from catnet.model import Model
from catnet.question import Question
from catnet.report.examples import groups
from catnet.report.facts import gather
from catnet.report.neurons import neurons, shown
from catnet.report.page import render
from catnet.runs.checkpoints import Checkpoint, load, save
from catnet.runs.thresholds import store_thresholds

Command = Callable[..., Any]
SIZE, FACTOR = (2, 3), 4
DECODED = (8, 12)
OUTPUTS = {"1.0": 1, "2.0": 3, "3.0": 3, "regression": 1}
CASES = [("1.0", "sigmoid"), ("2.0", "sigmoid"), ("3.0", "softmax"), ("regression", "linear"), ("regression", "relu")]
RANDOM = np.random.default_rng(3)
ROWS = RANDOM.integers(0, 256, (9, 8 * 12 * 3), dtype=np.uint8)


def model_of(goal: str, output: str, hidden: tuple[int, ...] = (5,), dtype: type[np.floating] = np.float32) -> Model:
    """A model of pictures of 2 x 3, decoded at 8 x 12, with views flip."""
    k = OUTPUTS[goal]
    loss = "squared" if goal == "regression" else "cross_entropy"
    network = Network((18, *hidden, k), (*["tanh"] * len(hidden), output), loss)
    classes = () if goal == "regression" else ("cat", "dog", "eel")[:k]
    question = Question(goal, classes, "not cat" if goal == "1.0" else None, "age" if goal == "regression" else None)
    return Model(
        network,
        {name: RANDOM.normal(size=shape, scale=2).astype(dtype) for name, shape in network.shapes.items()},
        question,
        Scaling(RANDOM.uniform(50, 200, 18), 1 / 255),
        np.full((k, 1), 0.5),
        Scaling(2.0, 0.5) if goal == "regression" else Scaling(0.0, 1.0),
        SIZE,
        FACTOR,
        "flip",
    )


def in_one_view(model: Model, rows: Array) -> Array:
    """y^ about rows of the network's input, in the plainest way."""
    A = model.scaling.apply(rows).T
    for layer, name in enumerate(model.network.activations, start=1):
        Z = model.parameters[f"W{layer}"].astype(np.float64) @ A + model.parameters[f"b{layer}"]
        g: dict[str, Callable[[Array], Array]] = {
            "tanh": np.tanh, "linear": lambda Z: Z, "relu": lambda Z: np.maximum(Z, 0),
            "sigmoid": lambda Z: 1 / (1 + np.exp(-Z)), "softmax": lambda Z: np.exp(Z) / np.exp(Z).sum(axis=0),
        }  # fmt: skip
        A = g[name](Z)
    return model.target_scaling.invert(A)


@pytest.mark.parametrize(("goal", "output"), CASES)
def test_the_answer_is_the_mean_of_those_about_both_pictures(
    goal: str, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(goal, output, dtype=np.float64)
    small = box_average(ROWS, SIZE, FACTOR)
    expected = (in_one_view(model, small) + in_one_view(model, mirrored(small, SIZE))) / 2
    found = model.predict(ROWS)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    monkeypatch.setattr("catnet.model.AVERAGED_TOGETHER", 2 * ROWS.shape[1])
    np.testing.assert_allclose(model.predict(ROWS), found, rtol=1e-9)  # in parts of two pictures
    # a picture and its mirror image have the same answer
    np.testing.assert_allclose(model.predict(mirrored(ROWS, DECODED)), found, rtol=1e-9)
    plain = replace(model, views="none")
    np.testing.assert_allclose(plain.predict(ROWS), in_one_view(model, small), rtol=1e-9)
    assert not np.allclose(plain.predict(ROWS), found)


@pytest.mark.parametrize(("goal", "output"), CASES)
def test_cost_and_metrics_are_those_of_the_mean(goal: str, output: str) -> None:
    model = model_of(goal, output, dtype=np.float64)
    y_hat = model.predict(ROWS)
    k, m = y_hat.shape
    Y = np.eye(k)[:, np.arange(m) % k] if goal == "3.0" else (np.arange(k * m) % 2.0).reshape(k, m)
    found = evaluate(model, Split(ROWS, Y, tuple(map(str, range(m)))))
    if goal == "regression":
        scaled = model.target_scaling.apply(y_hat) - model.target_scaling.apply(Y)
        assert found["cost"] == pytest.approx(float((scaled**2).mean()))
        assert found["mae"] == pytest.approx(float(np.abs(y_hat - Y).mean()))
    else:
        losses = -Y * np.log(y_hat) - (0 if goal == "3.0" else (1 - Y) * np.log(1 - y_hat))
        assert found["cost"] == pytest.approx(float(losses.sum() / m))


@pytest.mark.parametrize("hidden", [(), (5,)])
@pytest.mark.parametrize(("goal", "output"), CASES)
def test_contributions_are_the_mean_of_both_views(goal: str, output: str, hidden: tuple[int, ...]) -> None:
    model = model_of(goal, output, hidden, np.float64)
    small, outputs = box_average(ROWS, SIZE, FACTOR), np.arange(len(ROWS)) % OUTPUTS[goal]
    alone = replace(model, box_average=1, views="none")
    here = contributions(alone, small, outputs)
    # of the mirror image, and then brought to where its pixels are in the picture
    there = mirrored(contributions(alone, mirrored(small, SIZE), outputs), SIZE)
    found = contributions(model, ROWS, outputs)
    assert found.shape == (len(ROWS), 18)
    np.testing.assert_allclose(found, (here + there) / 2, rtol=1e-9, atol=1e-12)
    if not hidden:
        Z = (alone.logits(small) + alone.logits(mirrored(small, SIZE))) / 2 - model.parameters["b1"]
        if goal == "3.0":
            Z -= Z.mean(axis=0)
        Z /= model.target_scaling.scale
        np.testing.assert_allclose(found.sum(axis=1), Z[outputs, np.arange(len(ROWS))], rtol=1e-9)


@pytest.mark.parametrize("goal", ["1.0", "3.0"])
def test_the_file_says_it_and_an_earlier_version_refuses_it(tmp_path: Path, goal: str) -> None:
    model, path = model_of(goal, dict(CASES)[goal]), tmp_path / "m.safetensors"
    for box, views, form in ((4, "flip", 2), (1, "flip", 2), (4, "none", 2), (1, "none", 1)):
        written = replace(model, box_average=box, views=views)
        save(path, Checkpoint(written))
        facts = json.loads(catnet_facts(path))
        assert facts["format"] == form  # earlier versions read format 1 alone
        assert ("box_average" in facts, "views" in facts) == ((True, True) if form == 2 else (False, False))
        again = load(path).model
        assert (again.box_average, again.views, again.decoded_size) == (box, views, (2 * box, 3 * box))
        rows = ROWS[:, : 18 * box * box]
        assert np.array_equal(again.logits(rows), written.logits(rows))


def catnet_facts(path: Path) -> str:
    with safe_open(path, framework="numpy") as file:
        return str(file.metadata()["catnet"])


WRONG_BOXES: tuple[object, ...] = (0, -1, 5, True, "4", 2.0, None, [4])
WRONG_VIEWS: tuple[object, ...] = ("both", None, 1, True, ["flip"], {})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        *(({"box_average": value}, f"box_average {value!r}") for value in WRONG_BOXES),
        ({"box_average": 10**400}, "box_average 1000"),
        *(({"views": value}, f"views {value!r}") for value in WRONG_VIEWS),
        ({"format": 1}, "box_average 4 and views flip, or columns and colors, in format 1"),
        *(({"format": value}, f"its format is {value!r}, this version reads 1 to 3") for value in (4, 2.0, True, "2")),
        ({"format": 3}, "there is no 'colors'"),
        ({"box_average": ...}, "there is no 'box_average'"),
        ({"views": ...}, "there is no 'views'"),
        ({"box_average": 1, "views": "none"}, "box_average 1 and views none, or columns and colors, in format 2"),
        ({"image_size": None, "features": ["x"] * 18}, "boxes, views or colors of a table"),
    ],
)  # fmt: skip
def test_hostile_values_are_refused(
    tmp_path: Path, wrong: dict[str, Any], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, real = tmp_path / "m.safetensors", json.dumps

    def written(facts: dict[str, Any]) -> str:
        return real({name: value for name, value in {**facts, **wrong}.items() if value is not ...})

    monkeypatch.setattr("catnet.runs.checkpoints.json.dumps", written)
    save(path, Checkpoint(model_of("3.0", "softmax")))
    with pytest.raises(CheckpointError, match="is damaged, or is of another version of catnet") as caught:
        load(path)
    assert f"({said}" in str(caught.value)


def test_pictures_larger_than_any_that_a_training_decodes_are_refused(tmp_path: Path) -> None:
    network = Network((1025 * 3, 1), ("sigmoid",), "cross_entropy")
    parameters = {name: np.zeros(shape, np.float32) for name, shape in network.shapes.items()}
    model = replace(model_of("1.0", "sigmoid"), network=network, parameters=parameters, image_size=(1, 1025))
    model = replace(model, scaling=Scaling(0.0, 1.0))
    save(tmp_path / "m.safetensors", Checkpoint(model))
    with pytest.raises(CheckpointError, match="pictures of 4 times 1 x 1025 pixels, more than 4096 a side"):
        load(tmp_path / "m.safetensors")
    save(tmp_path / "m.safetensors", Checkpoint(replace(model, box_average=3)))
    assert load(tmp_path / "m.safetensors").model.decoded_size == (3, 3075)


def test_thresholds_belong_to_the_views_they_were_measured_with(tmp_path: Path) -> None:
    model, path = model_of("1.0", "sigmoid"), tmp_path / "m.safetensors"
    save(path, Checkpoint(model))
    for other in (replace(model, views="none"), replace(model, box_average=2), replace(model, image_size=(3, 2))):
        with pytest.raises(RunInUse):
            store_thresholds(path, other, [0.3])
    store_thresholds(path, model, [0.3])
    again = load(path).model
    assert (again.thresholds, again.box_average, again.views) == ((0.3,), 4, "flip")


@pytest.fixture
def config(animals: Path) -> dict[str, Any]:
    data = {"path": animals, "image_size": [4, 4], "box_average": 4}
    model = {"hidden_layers": [6, 5], "views": "flip"}
    return {"goal": 3.0, "data": data, "model": model, "train": {"epochs": 20, "learning_rate": 0.1}}


@pytest.fixture
def run(config: dict[str, Any], tmp_path: Path) -> catnet.Run:
    return catnet.train(config, run_dir=tmp_path / "runs" / "a-1")


def test_a_training_and_all_that_asks_its_model(
    run: catnet.Run, animals: Path, tmp_path: Path, command: Command
) -> None:
    model = run.model
    assert (model.image_size, model.decoded_size, model.box_average, model.views) == ((4, 4), (16, 16), 4, "flip")
    picture = animals / "val" / "cat" / "0.png"
    row = read_picture(picture, (16, 16)).reshape(1, -1)
    expected = dict(zip(("cat", "iguana", "lion"), model.predict(row)[:, 0].tolist(), strict=True))
    small = box_average(row, (4, 4), 4)
    both = [replace(model, box_average=1, views="none").predict(view) for view in (small, mirrored(small, (4, 4)))]
    assert list(expected.values()) == pytest.approx(np.mean(both, axis=0)[:, 0].tolist(), rel=1e-6)
    assert run.predict(picture).probabilities == expected
    pixels = np.asarray(Image.open(picture).convert("RGB"))
    assert run.predict(pixels).probabilities == expected  # 8 x 8, resized as a file is
    assert run.predict([pixels, row.reshape(16, 16, 3)])[1].probabilities == pytest.approx(expected)
    done = command("predict", picture, "--json")
    assert json.loads(done.out)["probabilities"] == pytest.approx(expected)
    done = command("evaluate", run.path, "--json")
    assert json.loads(done.out) == run.metrics
    for split in ("train", "val"):
        assert command("evaluate", run.path, "--data", animals / split).code == 0


@pytest.mark.parametrize("solver", ["direct", "gram"])
@pytest.mark.parametrize("split", ["validation", "test"])
def test_the_curves_end_where_the_measured_model_is(
    config: dict[str, Any], animals: Path, tmp_path: Path, split: str, solver: str
) -> None:
    (animals / "val").rename(animals / split)
    config["train"] |= {"epochs": 3, "solver": solver, "learning_rate": 0.01}
    run = catnet.train({**config, "data": {**config["data"], "validation_fraction": 0}}, run_dir=tmp_path / "run")
    assert run.model.epoch == 3
    measured, last = run.metrics[split], run.history[-1]
    for name in ("cost", "accuracy"):
        assert last[f"{split}_{name}"] == pytest.approx(measured[name], rel=1e-5)
    plain = evaluate(replace(run.model, views="none"), gather(run.path).dataset.splits[split])  # type: ignore[union-attr]
    assert plain["cost"] != pytest.approx(measured["cost"], rel=1e-4)


def test_explain_draws_each_input_as_its_box(run: catnet.Run, animals: Path, tmp_path: Path, command: Command) -> None:
    picture = animals / "val" / "cat" / "0.png"
    assert command("explain", picture, "--output", "why.png").code == 0
    drawn = np.asarray(Image.open(tmp_path / "why.png"))
    assert drawn.shape == (320, 33 * 20, 3)  # 16 + 1 + 16 pixels, 20 times as large
    pixels = drawn[::20, ::20]
    assert np.array_equal(pixels[:, :16], read_picture(picture, (16, 16)))
    boxes = pixels[:, 17:].reshape(4, 4, 4, 4, 3)
    assert (boxes == boxes[:, :1, :, :1]).all()
    assert len(np.unique(boxes[:, 0, :, 0].reshape(16, 3), axis=0)) > 8


def test_the_page(run: catnet.Run) -> None:
    facts = gather(run.path)
    assert facts.dataset is not None and facts.dataset.image_size == (16, 16)
    looked_for = neurons(facts)
    assert len(looked_for["weights"]) == 6 and set(looked_for["exciting"]) == {1, 2, 3}
    one = next(example for group in groups(facts).values() for example in group)
    assert (one.row.shape, one.contributions.shape) == ((16 * 16 * 3,), (4 * 4 * 3,))
    assert {"picture", "heat"} <= shown(facts, one).keys()
    text = unescape(render(facts))
    assert "Each pixel of the network's input is the mean of a box of 4 x 4 pixels: pictures of 16 x 16" in text
    assert "Answers are averaged over the picture and its mirror image (views: flip)" in text
    assert "It is the mean over the picture and its mirror image." in text
    assert "4 x 4 x 3" in text


def test_without_boxes_and_views_the_page_says_nothing_of_them(config: dict[str, Any], tmp_path: Path) -> None:
    del config["data"]["box_average"], config["model"]["views"]
    text = render(gather(catnet.train(config, run_dir=tmp_path / "run").path))
    assert "mirror image" not in text
    assert "mean of a box" not in text


def test_inputs_of_boxes_share_the_kept_pictures(
    config: dict[str, Any], tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATNET_CACHE", str(tmp_path / "kept"))
    for name in ("TICK", "COARSE_TICK"):  # files that were written just now are kept too
        monkeypatch.setattr(f"catnet.data.cache.{name}", 0)
    catnet.train(config, run_dir=tmp_path / "boxes")
    before = command("cache").out
    assert before.count(" 16 x 16 ") == 2  # training and validation
    config["data"] |= {"image_size": [16, 16], "box_average": 1}
    catnet.train(config, run_dir=tmp_path / "pixels")
    assert command("cache").out.count(" x ") == before.count(" x ") == 3
    config["data"] |= {"image_size": [8, 8], "box_average": 1}
    catnet.train(config, run_dir=tmp_path / "others")
    assert command("cache").out.count(" 8 x 8 ") == 2


# of the file that a version without boxes and views writes of this model
FORMAT_1 = "a86e334f61a66e134067033468393d529d3f1699494830611bf4a0f32759e788"


def test_a_model_without_boxes_and_views_is_what_it_was(tmp_path: Path) -> None:
    network = Network((18, 4, 3), ("relu", "softmax"), "cross_entropy")
    parameters = {
        name: (np.arange(np.prod(shape)).reshape(shape) % 7 - 3).astype(np.float32) / 8
        for name, shape in network.shapes.items()
    }
    question, constant = Question("3.0", ("cat", "dog", "eel")), np.full((3, 1), 0.25)
    model = Model(network, parameters, question, Scaling(np.arange(18.0), 1 / 255), constant, image_size=SIZE, epoch=5)
    path = tmp_path / "m.safetensors"
    save(path, Checkpoint(model))
    with safe_open(path, framework="numpy") as file:
        assert file.metadata()["sha256"] == FORMAT_1
    again = load(path).model
    assert (again.box_average, again.views, again.decoded_size) == (1, "none", SIZE)
    small = box_average(ROWS, SIZE, FACTOR)
    expected = logits(network, parameters, Inputs(small, model.scaling, np.float32))
    assert again.logits(small).dtype == np.float32
    assert np.array_equal(again.logits(small), expected)


def test_a_resumed_training_has_its_boxes_and_the_views_it_is_told(
    config: dict[str, Any], tmp_path: Path, command: Command
) -> None:
    run = catnet.train(config, run_dir=tmp_path / "run")
    done = command("train", "--resume", run.path, "--set", "train.epochs=25", "--allow-changes")
    assert done.code == 0, done.err
    again = catnet.load(run.path)
    assert (again.model.box_average, again.model.views) == (4, "flip")
    done = command("train", "--resume", run.path, "--set", "model.views=none")
    assert (done.code, "model.views: flip then, none now" in done.err) == (2, True)
    more = ("--set", "model.views=none", "--set", "train.epochs=30", "--allow-changes")
    assert command("train", "--resume", run.path, *more).code == 0
    for path in (run.model_path, max((run.path / "checkpoints").iterdir())):
        assert load(path).model.views == "none"
    done = command("train", "--resume", run.path, "--set", "data.box_average=2", "--allow-changes")
    assert (done.code, "data.box_average: 4 then, 2 now" in done.err) == (2, True)
