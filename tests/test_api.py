"""The door for programs: train, load, ask; the same answers and numbers as the commands give."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from html import escape
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import numpy as np
import pytest
from PIL import Image

import catnet
from catnet.errors import CheckpointError, ConfigError, DataError, NotInARun, RunExists

CONFIG = "goal: 3.0\ndata: {path: animals, image_size: [8, 8]}\ntrain: {epochs: 20, learning_rate: 0.1}\n"
TABLE = "size,rooms,price\n" + "".join(f"{50 + 7 * i % 90},{1 + i % 5},{100 + 13 * i % 70}\n" for i in range(40))


@pytest.fixture
def run(animals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> catnet.Run:
    (tmp_path / "pets.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    return catnet.train("pets.yaml", {"train.epochs": 6})


@pytest.fixture
def houses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> catnet.Run:
    (tmp_path / "houses.csv").write_text(TABLE)
    monkeypatch.chdir(tmp_path)
    data = {"path": "houses.csv", "target": "price", "validation_fraction": 0.25}
    return catnet.train({"goal": "regression", "data": data, "train": {"epochs": 5}})


def test_a_run_has_what_its_directory_has(run: catnet.Run) -> None:
    assert run.path == Path("runs/pets-001").absolute()
    assert run.config.train.epochs == 6
    summary = json.loads((run.path / "summary.json").read_text())
    assert run.metrics == summary["metrics"]
    assert list(run.metrics) == ["train", "validation"]
    with (run.path / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in run.history] == [1, 2, 3, 4, 5, 6]
    assert [row["train_cost"] for row in run.history] == [float(row["train_cost"]) for row in rows]
    assert run.model.question.classes == ("cat", "iguana", "lion")
    assert str(run).splitlines()[1].split() == ["examples", "28", "12"]


def test_it_learns_what_the_command_learns(run: catnet.Run, command: Callable[..., object]) -> None:
    command("train", "pets.yaml", "--set", "train.epochs=6", "--run-dir", "by-command")
    other = catnet.load("by-command")
    for name, P in run.model.parameters.items():
        assert np.array_equal(P, other.model.parameters[name])
    assert other.metrics == run.metrics


def test_the_same_with_a_mapping_and_texts(run: catnet.Run, animals: Path, tmp_path: Path) -> None:
    config = {
        "goal": 3.0,
        "data": {"path": animals, "image_size": (8, 8)},
        "train": {"epochs": 1, "learning_rate": 0.1},
    }
    other = catnet.train(config, ["train.epochs=6"], run_dir=tmp_path / "of-a-mapping")
    assert other.path == tmp_path / "of-a-mapping"
    assert other.metrics == run.metrics
    assert catnet.train(config).path == Path("runs/run-001").absolute()
    with pytest.raises(RunExists, match=r"exists already and is not overwritten$"):
        catnet.train(config, run_dir=str(other.path))


def test_predicting_pictures(run: catnet.Run, animals: Path, tmp_path: Path) -> None:
    folder = animals / "val" / "cat"
    pictures = sorted(folder.iterdir())
    one = run.predict(str(pictures[0]))
    assert isinstance(one, catnet.Prediction)
    assert one.name == str(pictures[0])
    assert one.answer == next(iter(one.probabilities)) == max(one.probabilities, key=one.probabilities.__getitem__)
    assert sum(one.probabilities.values()) == pytest.approx(1)
    assert run.predict(pictures[0]) == one
    many = run.predict(folder)
    assert isinstance(many, list)
    assert many[0].probabilities == pytest.approx(one.probabilities)
    assert [each.name for each in many] == list(map(str, pictures))
    assert [each.name for each in run.predict([str(pictures[1]), pictures[0]])] == [many[1].name, many[0].name]
    array = np.stack([np.asarray(Image.open(path)) for path in pictures])
    by_array = run.predict(array)
    for each, other in zip(by_array, many, strict=True):
        assert each.probabilities == pytest.approx(other.probabilities)
    assert [each.name for each in by_array] == ["0", "1", "2", "3"]
    assert run.predict(array[0]).probabilities == one.probabilities
    assert run.predict(array[:0]) == []
    assert catnet.load(run.path / "best.safetensors").predict(pictures[0]) == one


def test_an_array_of_another_size_is_resized_as_a_file_is(run: catnet.Run, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (2, 30, 17, 3), dtype=np.uint8)
    for number, picture in enumerate(pixels):
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
        assert run.predict(picture).probabilities == run.predict(tmp_path / f"{number}.png").probabilities
    assert [each.answer for each in run.predict(pixels)] == [run.predict(picture).answer for picture in pixels]
    assert run.predict(pixels[:0]) == []


def test_predicting_rows(houses: catnet.Run, tmp_path: Path) -> None:
    table = houses.predict("houses.csv")
    assert [each.name for each in table[:2]] == ["houses.csv:2", "houses.csv:3"]
    assert all(each.value == each.answer and each.probabilities == {} for each in table)
    rows = np.loadtxt("houses.csv", delimiter=",", skiprows=1)[:, :2]
    assert [each.value for each in houses.predict(rows)] == [each.value for each in table]
    assert houses.predict(rows[0]).value == table[0].value
    by_name = {"rooms": rows[0, 1], "size": rows[0, 0], "garden": "large"}
    assert houses.predict(by_name).value == table[0].value
    assert [each.value for each in houses.predict([by_name, by_name])] == [table[0].value] * 2
    with pytest.raises(DataError, match="a row has no column rooms; the model's columns are size, rooms"):
        houses.predict({"size": 3})
    with pytest.raises(DataError, match="what is not a finite number"):
        houses.predict([[1.0, float("nan")]])


def test_what_cannot_be_read_is_one_error(run: catnet.Run, animals: Path) -> None:
    with pytest.raises(DataError, match=r"^none\.png: there is no such file$"):
        run.predict("none.png")
    (animals / "val" / "cat" / "bad.png").write_text("words")
    with pytest.raises(DataError) as caught:
        run.predict([animals / "val" / "cat", "none.png"])
    assert [line.split(": ")[1][:15] for line in str(caught.value).splitlines()] == [
        "is not a pictur",
        "there is no suc",
    ]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda run: catnet.load(5),  # type: ignore[arg-type]
            "a run must be a path, as text or pathlib.Path, not int",
        ),
        (
            lambda run: catnet.load(None),  # type: ignore[arg-type]
            "a run must be a path, as text or pathlib.Path, not NoneType",
        ),
        (
            lambda run: run.predict(5),
            r"pictures must be paths, or arrays .* of bytes .*, not int",
        ),
        (lambda run: run.predict(np.zeros((2, 8, 8))), r"not an array \(2, 8, 8\) of float64"),
        (lambda run: run.predict(np.zeros((2, 9, 8, 4), np.uint8)), r"not an array \(9, 8, 4\) of uint8"),
        (lambda run: run.predict(np.zeros((0, 0, 3), np.uint8)), r"not an array \(0, 0, 3\) of uint8"),
        (
            lambda run: run.predict(["a.png", np.zeros((8, 8, 3), np.uint8)]),
            r"pictures must be paths, or arrays .* not str",
        ),
        (lambda run: run.predict(["a.png", 5]), "pictures must be paths"),
        (
            lambda run: catnet.train("pets.yaml", run_dir=3),  # type: ignore[arg-type]
            "run_dir must be a path",
        ),
    ],
)
def test_a_wrong_type_says_what_is_wanted(run: catnet.Run, call: Callable[[catnet.Run], object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        call(run)


@pytest.mark.parametrize("rows", [5, "x", [[1, 2, 3]], [["a", "b"]], np.zeros((2, 2, 2)), np.zeros(0)])
def test_a_wrong_row_says_what_is_wanted(houses: catnet.Run, rows: object) -> None:
    wanted = r"rows of a table must be .* or an array \(m, 2\) of numbers in the order size, rooms, not|No such file"
    with pytest.raises((TypeError, DataError), match=wanted):
        houses.predict(rows)


def test_a_wrong_configuration_is_said_as_always(run: catnet.Run) -> None:
    with pytest.raises(ConfigError, match=r"train\.epochs: must be a whole number of at least 1, is 0"):
        catnet.train("pets.yaml", {"train.epochs": 0})
    with pytest.raises(ConfigError, match="no such file"):
        catnet.train("none.yaml")


def test_a_model_file_alone(run: catnet.Run, tmp_path: Path) -> None:
    alone = tmp_path / "alone" / "model.safetensors"
    alone.parent.mkdir()
    alone.write_bytes((run.path / "best.safetensors").read_bytes())
    model = catnet.load(alone)
    assert model.model.epoch == run.model.epoch
    with pytest.raises(NotInARun):
        _ = model.config
    assert catnet.load(run.path / "best.safetensors").history == run.history


def test_what_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="there is no such file"):
        catnet.load(tmp_path / "none")
    with pytest.raises(CheckpointError, match=r"holds no best\.safetensors; give a run directory, or a model file"):
        catnet.load(tmp_path)


def test_a_training_that_did_not_finish_has_no_metrics(run: catnet.Run) -> None:
    (run.path / "summary.json").unlink()
    with pytest.raises(CheckpointError, match="did not finish, so it has no metrics yet"):
        _ = run.metrics
    assert len(run.history) == 6


def test_in_a_notebook(run: catnet.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    html = run._repr_html_()
    assert "of the 12 validation pictures" in html
    assert html.count("<svg") == 2
    assert "<script" not in html
    monkeypatch.setattr("catnet.api.is_installed", lambda: False)
    assert catnet.load(run.path)._repr_html_() == f"<pre>{run}</pre>"


def test_what_has_no_metrics_is_shown_too(run: catnet.Run, tmp_path: Path) -> None:
    alone = tmp_path / "model.safetensors"
    alone.write_bytes(run.model_path.read_bytes())
    what = f"goal 3.0, network 192 -> 3, epoch {run.model.epoch}"
    assert str(catnet.load(alone)).startswith(f"{what} ({alone}: is in no run directory")
    assert escape(what) in catnet.load(alone)._repr_html_()
    (run.path / "summary.json").unlink()
    unfinished = catnet.load(run.path)
    assert "its training did not finish" in str(unfinished)
    assert "of the 12 validation pictures" in unfinished._repr_html_()


def test_a_checkpoint_does_not_pass_for_the_model_that_was_measured(animals: Path, tmp_path: Path) -> None:
    config = CONFIG.replace("animals", str(animals)).replace("epochs: 20", "epochs: 8, checkpoint_every: 1")
    (tmp_path / "often.yaml").write_text(config)
    run = catnet.train(tmp_path / "often.yaml", run_dir=tmp_path / "often")
    for path in sorted((run.path / "checkpoints").iterdir()):
        checkpoint = catnet.load(path)
        assert len(checkpoint.history) == 8
        if checkpoint.model.epoch == run.model.epoch:
            assert checkpoint.metrics == run.metrics
        else:
            with pytest.raises(CheckpointError, match=f"the metrics of its run are of epoch {run.model.epoch}$"):
                _ = checkpoint.metrics


def test_a_run_is_found_from_another_directory(
    run: catnet.Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = catnet.load("runs/pets-001")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert again.history == run.history
    assert again.metrics == run.metrics
    assert again.saved is again.saved


def test_nothing_to_predict(run: catnet.Run) -> None:
    assert run.predict([]) == []
    assert run.predict(iter(())) == []


def test_pictures_of_different_sizes(run: catnet.Run) -> None:
    random = np.random.default_rng(0)
    pictures = [random.integers(0, 256, (size, 9, 3), dtype=np.uint8) for size in (5, 8, 40)]
    assert [each.probabilities for each in run.predict(pictures)] == [
        pytest.approx(run.predict(picture).probabilities) for picture in pictures
    ]


def test_the_lock_is_released(run: catnet.Run) -> None:
    from catnet.training.resume import resume

    resume(run.path).run.close()


def test_importing_catnet_is_quick() -> None:
    code = "import sys, catnet; assert not {'numpy', 'pydantic', 'PIL', 'click'} & set(sys.modules); catnet.train"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
    with pytest.raises(AttributeError, match="has no attribute 'trane'"):
        _ = catnet.trane


def test_all_is_the_truth() -> None:
    for module in ["catnet", *(found.name for found in walk_packages(catnet.__path__, "catnet."))]:
        if module == "catnet.__main__":
            continue
        names = getattr(import_module(module), "__all__", [])
        assert all(hasattr(import_module(module), name) for name in names), module
    assert set(catnet.__all__) == {*catnet.HOMES, "__version__"}
    assert set(catnet.__all__) <= set(dir(catnet))
