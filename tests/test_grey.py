"""Grey pictures, one number per pixel, from their files to the page."""

import json
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

import catnet
from catnet.data.pictures import read_picture
from catnet.engine.augmentation import Augmentation
from catnet.engine.augmented import Augmented
from catnet.engine.pictures import box_average, mirrored
from catnet.engine.types import Array
from catnet.evaluation.explain import contributions
from catnet.report import thumbnails
from catnet.report.augmentation import changed_pictures
from catnet.report.examples import groups
from catnet.report.facts import gather
from catnet.report.neurons import neurons, shown
from catnet.report.page import render

Command = Callable[..., Any]
RANDOM = np.random.default_rng(5)
COLOUR, DARK = (
    RANDOM.integers(0, 256, shape, dtype=np.uint8) for shape in ((9, 7, 3), (9, 7))
)  # a picture in colour and a grey one, of 9 x 7
SETTINGS: dict[str, dict[str, Any]] = {
    "plain": {"data": {}, "model": {}, "train": {}},
    "all": {
        "data": {"box_average": 2, "scaling": "whiten"},
        "model": {"views": "flip"},
        "train": {
            "batch_size": 8,
            "optimizer": "adamw",
            "augment": {"flip": True, "shift": 0.1, "brightness": 0.2, "contrast": 0.2, "cutout": 0.3, "mixup": 0.3},
        },
    },
}


def luma(pixels: Array) -> Array:
    """The brightness of pixels (..., 3) by ITU-R 601-2, in whole numbers and rounded, as Pillow computes it."""
    red, green, blue = np.moveaxis(pixels.astype(np.int64), -1, 0)
    brightness: Array = (19595 * red + 38470 * green + 7471 * blue + (1 << 15)) >> 16
    return brightness.astype(np.uint8)


@pytest.fixture
def pictures(animals: Path) -> Path:
    """The pictures of animals, beside a table that says how many lions and cats there are."""
    for split in ("train", "val"):
        files = sorted((animals / split).glob("*/*.png"))
        lines = [
            f"{file.relative_to(animals / split).as_posix()},{int('cat' in str(file))},{int('lion' in str(file))}"
            for file in files
        ]
        (animals / f"{split}.txt").write_text("\n".join(["file_name,cat,lion", *lines, ""]))
    return animals


def config_of(goal: object, pictures: Path, kind: str) -> dict[str, Any]:
    """A small training on grey pictures of 4 x 4."""
    if goal in (2.0, "regression"):
        for split in ("train", "val"):
            (pictures / f"{split}.txt").rename(pictures / split / "metadata.csv")
    answers: dict[object, dict[str, Any]] = {1.0: {"classes": ["cat"]}, "regression": {"target": "cat"}}
    changed = SETTINGS[kind]
    data = {"path": pictures, "image_size": [4, 4], "colors": "grey", **answers.get(goal, {}), **changed["data"]}
    model = {"hidden_layers": [4], **changed["model"]}
    if goal == "regression":
        (pictures / "train" / "metadata.csv").write_text(without_lions(pictures / "train" / "metadata.csv"))
        (pictures / "val" / "metadata.csv").write_text(without_lions(pictures / "val" / "metadata.csv"))
    return {
        "goal": goal,
        "data": data,
        "model": model,
        "train": {"epochs": 6, "checkpoint_every": 3, **changed["train"]},
    }


def without_lions(table: Path) -> str:
    return "".join(f"{line.rsplit(',', 1)[0]}\n" for line in table.read_text().splitlines())


@pytest.mark.parametrize("size", [(9, 7), (4, 6), (20, 3)])
def test_a_grey_picture_is_the_brightness_of_its_pixels_and_then_resized(tmp_path: Path, size: tuple[int, int]) -> None:
    Image.fromarray(COLOUR).save(tmp_path / "c.png")
    Image.fromarray(DARK).save(tmp_path / "d.png")
    wanted = Image.fromarray(luma(COLOUR))
    for width, height in ((size[1], 9), (size[1], size[0])):  # the width, then the height
        wanted = wanted.resize((width, height), Image.Resampling.BICUBIC)
    assert np.array_equal(read_picture(tmp_path / "c.png", size, "grey")[..., 0], np.asarray(wanted))
    grey, rgb = (read_picture(tmp_path / "d.png", size, colors) for colors in ("grey", "rgb"))
    assert (rgb == grey).all() and grey.shape == (*size, 1)


@pytest.mark.parametrize("factor", [1, 3])
def test_changes_of_grey_pictures_are_those_of_three_equal_channels(factor: int) -> None:
    grey = RANDOM.integers(0, 256, (5, 6 * 4 * factor**2), dtype=np.uint8)
    rgb, size = grey.repeat(3, axis=1), (6, 4)
    assert np.array_equal(box_average(rgb, size, factor), box_average(grey, size, factor).repeat(3, axis=1))
    assert np.array_equal(mirrored(rgb[:, : 24 * 3], size), mirrored(grey[:, :24], size).repeat(3, axis=1))
    bounds = Augmentation(flip=True, shift=0.2, zoom=(0.7, 1.2), rotate=20, cutout=0.4)
    one, three = (Augmented(rows, size, factor, bounds, 3).pictures(2, np.arange(5)) for rows in (grey, rgb))
    assert np.array_equal(three, one.repeat(3, axis=1)) and one.shape == (5, 24)
    bounds = replace(bounds, brightness=0.2, contrast=0.3)
    one, three = (Augmented(rows, size, factor, bounds, 3).pictures(2, np.arange(5)) for rows in (grey, rgb))
    assert np.abs(three.astype(int) - one.repeat(3, axis=1)).max() <= 1  # means in float32, rounded


@pytest.mark.parametrize("hidden", [[], [5]])
def test_a_training_is_that_of_a_table_of_the_same_numbers(animals: Path, tmp_path: Path, hidden: list[int]) -> None:
    (tmp_path / "table").mkdir()
    for split in ("train", "val"):
        lines = [",".join([*(f"p{i}" for i in range(16)), "label"])]
        for file in sorted((animals / split).glob("*/*.png")):
            row = read_picture(file, (4, 4), "grey").ravel() / 255
            lines.append(",".join([*map(repr, row.tolist()), file.parent.name]))
        (tmp_path / "table" / f"{split}.csv").write_text("\n".join([*lines, ""]))
    settings = {"goal": 3.0, "model": {"hidden_layers": hidden}}
    train = {"epochs": 30, "learning_rate": 0.3, "precision": "float64", "solver": "direct"}
    grey = {"path": animals, "image_size": [4, 4], "colors": "grey", "scaling": "unit"}
    runs = [
        catnet.train({**settings, "data": data, "train": train}, run_dir=tmp_path / f"run-{name}")
        for name, data in (("grey", grey), ("table", {"path": tmp_path / "table", "scaling": "none"}))
    ]
    for name in ("train_cost", "validation_cost"):
        one, other = ([row[name] for row in run.history] for run in runs)
        assert one == pytest.approx(other, rel=1e-9)
    grey_model, table_model = (run.model for run in runs)
    for name, values in grey_model.parameters.items():
        assert np.allclose(values, table_model.parameters[name], rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    ("goal", "kind"), [(1.0, "plain"), (1.0, "all"), (2.0, "all"), (3.0, "all"), ("regression", "all")]
)
def test_every_goal_is_trained_resumed_measured_and_asked(
    pictures: Path, tmp_path: Path, goal: object, kind: str, command: Command
) -> None:
    config = config_of(goal, pictures, kind)
    run = catnet.train(config, run_dir=tmp_path / "runs" / "a-001")
    model = run.model
    assert (model.colors, model.network.sizes[0]) == ("grey", 16)
    half = catnet.train({**config, "train": {**config["train"], "epochs": 3}}, run_dir=tmp_path / "runs" / "b-001")
    done = command("train", "--resume", half.path, "--set", "train.epochs=6", "--allow-changes")
    assert done.code == 0, done.err
    again = catnet.load(half.path).model
    assert all(np.array_equal(again.parameters[name], model.parameters[name]) for name in model.parameters)
    assert json.loads(command("evaluate", run.path, "--json").out) == run.metrics
    assert command("evaluate", run.path, "--data", pictures / "val").code == 0
    picture = next((pictures / "val" / "cat").glob("*.png"))
    row = read_picture(picture, model.decoded_size or (0, 0), "grey").reshape(1, -1)
    answer = run.predict(picture)
    expected = model.predict(row)[:, 0].tolist()
    found = [answer.value] if goal == "regression" else [answer.probabilities[name] for name in model.question.classes]
    assert found == pytest.approx(expected)
    assert run.predict(np.asarray(Image.open(picture))) == replace(answer, name="0")
    done = command("predict", picture, "--model", run.path)
    assert done.code == 0
    assert command("explain", picture, "--model", run.path, "--output", "why.png").code == 0
    drawn = np.asarray(Image.open(tmp_path / "why.png"))
    height, width = model.decoded_size or (0, 0)
    left = drawn[:, : width * (320 // height)][:: 320 // height, :: 320 // height]
    assert (left == row.reshape(height, width, 1)).all()


def test_the_pages_speak_of_brightness(pictures: Path, tmp_path: Path, command: Command) -> None:
    config = config_of(1.0, pictures, "plain")
    run = catnet.train(config, run_dir=tmp_path / "grey")
    text = unescape(render(gather(run.path)))
    assert "4 x 4" in text and "4 x 4 x 3" not in text
    assert "where it is lighter the neuron came to want brightness" in text and "its complement" not in text
    done = command("compare", run.path, run.path, "--html", "both.html")
    assert (done.code, (tmp_path / "both.html").exists()) == (0, True), done.err


def test_views_and_boxes_of_grey_pictures_are_the_plain_mean(pictures: Path, tmp_path: Path) -> None:
    config = config_of(3.0, pictures, "all")
    model = catnet.train({**config, "model": {"hidden_layers": [], "views": "flip"}}, run_dir=tmp_path / "run").model
    rows = RANDOM.integers(0, 256, (3, 64), dtype=np.uint8)
    pixels = rows.reshape(3, 4, 2, 4, 2).astype(int).sum(axis=(2, 4))
    small = (pixels + 2) // 4  # (3, 4, 4)
    W, b = model.parameters["W1"].astype(float), model.parameters["b1"].astype(float)
    shift, scale = model.scaling.shift, model.scaling.scale

    def answer(view: Array) -> Array:
        Z = W @ ((view.reshape(3, 16) - shift) * scale).T + b
        p: Array = np.exp(Z) / np.exp(Z).sum(axis=0)
        return p

    assert np.allclose(model.predict(rows), (answer(small) + answer(small[:, :, ::-1])) / 2, rtol=1e-4)
    direction = np.eye(3)[[0, 1, 2]] - 1 / 3
    plain, other = ((direction @ W) * ((view.reshape(3, 16) - shift) * scale) for view in (small, small[:, :, ::-1]))
    expected = (plain + other.reshape(3, 4, 4)[:, :, ::-1].reshape(3, 16)) / 2
    assert np.allclose(contributions(model, rows, np.arange(3)), expected, rtol=1e-3, atol=1e-5)


def grey_of(uri: str) -> Image.Image:
    return Image.open(BytesIO(b64decode(uri.split(",")[1])))


def test_the_pictures_of_the_page_are_grey(pictures: Path, tmp_path: Path) -> None:
    settings = config_of(1.0, pictures, "plain")
    settings["train"]["augment"] = {"flip": True}
    facts = gather(catnet.train(settings, run_dir=tmp_path / "run").path)
    found = neurons(facts)
    one = next(example for group in groups(facts).values() for example in group)
    parts = [
        *found["weights"],
        *found["changes"],
        *(part for one in found["exciting"][2] for part in (one.found, *one.made)),
        shown(facts, one)["picture"],
    ]
    parts += [part for changed in changed_pictures(facts) for part in (changed.before, changed.after)]
    assert {grey_of(part.uri).mode for part in parts} == {"L"}
    assert grey_of(shown(facts, one)["heat"].uri).mode == "RGB"
    W = facts.model.parameters["W1"][0]
    drawn = np.asarray(grey_of(found["weights"][0].uri))
    assert np.array_equal(drawn, np.rint(127.5 + 127.5 * W.reshape(4, 4) / np.abs(W).max()).astype(np.uint8))
    strip = thumbnails.strip(np.arange(32, dtype=np.uint8).reshape(2, 16), (4, 4))
    assert strip[..., 0].tolist() == [[*range(4 * y, 4 * y + 4), *range(16 + 4 * y, 20 + 4 * y)] for y in range(4)]


@pytest.mark.parametrize("colors", ["grey", "rgb"])
def test_arrays_are_read_as_files_are(pictures: Path, tmp_path: Path, colors: str) -> None:
    config = config_of(3.0, pictures, "plain")
    config["data"]["colors"] = colors
    run = catnet.train(config, run_dir=tmp_path / "run")
    for name, array in (("c.png", COLOUR), ("d.png", DARK)):
        Image.fromarray(array).save(tmp_path / name)
    in_colour, grey = (run.predict(tmp_path / name).probabilities for name in ("c.png", "d.png"))
    for one, expected in ((COLOUR, in_colour), (DARK, grey), (DARK[..., None], grey)):
        assert run.predict(one).probabilities == pytest.approx(expected, rel=1e-6)
        for many in (np.stack([one, one]), [one, one]):
            found = run.predict(many)
            assert [each.probabilities for each in found] == [pytest.approx(expected, rel=1e-6)] * 2
    mixed = run.predict([COLOUR, DARK, DARK[..., None]])
    assert [each.probabilities for each in mixed] == [pytest.approx(each, rel=1e-6) for each in (in_colour, grey, grey)]
    small = RANDOM.integers(0, 256, (2, 4, 4), dtype=np.uint8)  # of the model's own size
    repeated = run.predict(small[..., None].repeat(3, axis=3))
    assert [each.probabilities for each in run.predict(small)] == [
        pytest.approx(each.probabilities) for each in repeated
    ]
    for wrong, shape in ((np.zeros((2, 9, 7, 2), np.uint8), r"\(9, 7, 2\)"), (np.zeros(63, np.uint8), r"\(63,\)")):
        with pytest.raises(TypeError, match=rf"or \(m, height, width\) in grey, not an array {shape} of uint8"):
            run.predict(wrong)


def test_first_weights_from_a_file_have_one_per_pixel(pictures: Path, tmp_path: Path, command: Command) -> None:
    config = config_of(3.0, pictures, "plain")
    run = catnet.train(config, run_dir=tmp_path / "run")
    save_file(dict(run.model.parameters), tmp_path / "w.safetensors")
    config["model"]["initialization"] = tmp_path / "w.safetensors"
    again = catnet.train({**config, "train": {"epochs": 1, "learning_rate": 1e-30}}, run_dir=tmp_path / "again")
    assert np.array_equal(again.model.parameters["W1"], run.model.parameters["W1"])
    with pytest.raises(catnet.CatnetError, match=r"W1.*\(4, 16\).*\(4, 48\)"):
        catnet.train({**config, "data": {**config["data"], "colors": "rgb"}}, run_dir=tmp_path / "rgb")


@pytest.mark.parametrize("kind", ["standard", "center", "none"])
def test_scaling_has_one_mean_and_deviation(pictures: Path, tmp_path: Path, kind: str) -> None:
    config = config_of(3.0, pictures, "plain")
    config["data"]["scaling"] = kind
    model = catnet.train(config, run_dir=tmp_path / "run").model
    files = sorted((pictures / "train").glob("*/*.png"))
    rows = np.stack([read_picture(file, (4, 4), "grey").ravel() for file in files]).astype(float)
    expected: dict[str, tuple[Array, float]] = {
        "standard": (np.full(16, rows.mean()), 1 / rows.std()),
        "center": (rows.mean(axis=0), 1 / 255),
        "none": (np.zeros(16), 1.0),
    }
    shift, scale = expected[kind]
    assert np.allclose(np.broadcast_to(model.scaling.shift, 16), shift)
    assert np.allclose(np.broadcast_to(model.scaling.scale, 16), scale)


def test_count_params_says_what_the_inputs_are(command: Command, write_config: Callable[..., Path]) -> None:
    path = write_config("goal: 1.0\ndata: {path: none, classes: [cat], image_size: [28, 20], colors: grey}\n")
    done = command("count-params", path, "--set", "model.hidden_layers=[]")
    said = ["total: 561 parameters", "inputs: 28 x 20 = 560, the brightness of each pixel"]
    assert done.out.splitlines()[-2:] == said
    assert done.out.splitlines()[2] == "28 x 20         sigmoid"
    facts = json.loads(command("count-params", path, "--set", "model.hidden_layers=[]", "--json").out)
    assert facts["layers"][0]["W"] == [1, 560]


def test_other_colours_are_other_data(pictures: Path, tmp_path: Path, command: Command) -> None:
    run = catnet.train(config_of(3.0, pictures, "plain"), run_dir=tmp_path / "runs" / "a-001")
    done = command("train", "--resume", run.path, "--set", "data.colors=rgb")
    assert done.code == 2 and "data.colors" in done.err
