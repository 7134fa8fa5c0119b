"""catnet evaluate: the model's names decide which columns and classes are used, and a note says that data changed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

Command = Callable[..., Any]
Write = Callable[..., Path]

CHANGED = "note: the {} data is not what it was when this model was trained"
LEARNED = "; the model may have learned from some of it"


@pytest.fixture
def table(tmp_path: Path, command: Command, write_config: Write) -> Path:
    """A folder of tables, and in runs/table-001 a model of y = a + 2 b."""
    folder = tmp_path / "table"
    folder.mkdir()
    a, b = np.random.default_rng(0).normal(size=(2, 40)).round(3)
    rows = "".join(f"{x},{z},{x + 2 * z}\n" for x, z in zip(a, b, strict=True))
    (folder / "train.csv").write_text("a,b,y\n" + rows)
    (folder / "test.csv").write_text("a,b,y\n1,0,1\n0,1,2\n3,4,11\n")
    config = write_config(
        "goal: regression\ndata: {path: table, target: y}\ntrain: {epochs: 50, learning_rate: 0.2}\n", "table.yaml"
    )
    assert command("train", config).code == 0
    return folder


@pytest.fixture
def animals_run(animals: Path, command: Command, write_config: Write) -> Path:
    """Pictures with splits of their own, and in runs/animal-001 a model of them."""
    config = write_config(
        "goal: 3.0\ndata: {path: animals, image_size: [8, 8]}\ntrain: {epochs: 20, learning_rate: 0.1}\n", "animal.yaml"
    )
    assert command("train", config).code == 0
    return animals


def test_columns_are_taken_by_name(table: Path, command: Command) -> None:
    known = json.loads(command("evaluate", "runs/table-001", "--json").out)["test"]
    other = table / "other.csv"
    for text in (
        "b,a,y\n0,1,1\n1,0,2\n4,3,11\n",
        "a,more,b,y\n1,7,0,1\n0,7,1,2\n3,7,4,11\n",
        "a,b,y,name\n1,0,1,ours\n0,1,2,theirs\n3,4,11,\n",
    ):
        other.write_text(text)
        done = command("evaluate", "runs/table-001", "--data", other, "--json")
        assert (done.code, json.loads(done.out)) == (0, {"all": known})
    other.write_text("b,y\n1,2\n")
    done = command("evaluate", "runs/table-001", "--data", other)
    assert (done.code, done.out) == (3, "")
    assert done.err == f"{other}: has no column a; there are b, y\n"
    shutil.copy(table / "test.csv", other)
    assert json.loads(command("evaluate", "runs/table-001", "--data", other, "--json").out) == {"all": known}


def test_other_data_without_some_classes(animals_run: Path, command: Command) -> None:
    done = command("evaluate", "runs/animal-001", "--data", animals_run / "val")
    assert "has no example of" not in done.err
    for label in ("lion", "iguana"):
        shutil.rmtree(animals_run / "val" / label, ignore_errors=True)
    done = command("evaluate", "runs/animal-001", "--data", animals_run / "val")
    assert done.code == 0
    assert "note: the data has no example of " in done.err


def test_the_runs_own_table_with_other_columns(table: Path, command: Command) -> None:
    known = json.loads(command("evaluate", "runs/table-001", "--json").out)
    rows = [line.split(",") for line in (table / "train.csv").read_text().splitlines()]
    (table / "train.csv").write_text("".join(f"{b},{a},new,{y}\n" for a, b, y in rows))
    done = command("evaluate", "runs/table-001", "--json")
    assert (done.code, json.loads(done.out)) == (0, known)
    assert "note:" not in done.err


def test_unchanged_data_has_no_note(animals_run: Path, command: Command) -> None:
    done = command("evaluate", "runs/animal-001")
    assert done.code == 0
    assert done.err.splitlines()[1:] == []


def test_a_class_folder_that_was_renamed(animals_run: Path, command: Command) -> None:
    for split in ("train", "val"):
        (animals_run / split / "lion").rename(animals_run / split / "tiger")
    done = command("evaluate", "runs/animal-001", "--json")
    assert done.code == 0
    assert json.loads(done.out)["validation"]["examples"] == 8
    assert done.err.splitlines()[1:] == [
        f"note: {animals_run}/train: 8 examples of tiger, not in the model's classes, are left out",
        f"note: {animals_run}/val: 4 examples of tiger, not in the model's classes, are left out",
        "note: the train data has no example of lion",
        "note: the validation data has no example of lion",
        CHANGED.format("train"),
        CHANGED.format("validation") + LEARNED,
    ]


@pytest.mark.parametrize("summary", [True, False])
def test_a_new_class_folder_and_a_missing_split(animals_run: Path, command: Command, summary: bool) -> None:
    run = animals_run.parent / "runs" / "animal-001"
    shutil.copytree(animals_run / "train" / "lion", animals_run / "train" / "ant")
    shutil.rmtree(animals_run / "val")
    if not summary:
        (run / "summary.json").unlink()
    done = command("evaluate", run)
    assert done.code == 0
    assert done.err.splitlines()[1:] == [
        f"note: {animals_run}/train: 8 examples of ant, not in the model's classes, are left out",
        CHANGED.format("validation") + LEARNED,
    ]


def test_a_split_that_is_drawn_again(animals: Path, command: Command, write_config: Write) -> None:
    config = write_config(
        "goal: 1.0\ndata: {path: animals/train, classes: [cat], image_size: [8, 8]}\ntrain: {epochs: 5}\n"
    )
    assert command("train", config).code == 0
    assert command("evaluate", "runs/config-001").err.count("note:") == 0
    shutil.copy(animals / "val" / "cat" / "0.png", animals / "train" / "cat" / "00.png")
    done = command("evaluate", "runs/config-001")
    assert done.code == 0
    assert done.err.splitlines()[1:] == [
        CHANGED.format("train"),
        CHANGED.format("validation") + LEARNED,
        "note: 5 of the 5 validation pictures are also in the training data of the model (cat/11.png = cat/11.png)",
    ]


def test_none_of_the_models_classes(animals_run: Path, command: Command) -> None:
    for name in ("cat", "iguana", "lion"):
        (animals_run / "train" / name).rename(animals_run / "train" / f"a {name}")
    done = command("evaluate", "runs/animal-001")
    assert (done.code, done.out) == (3, "")
    assert done.err == (
        f"{animals_run}/train: has none of the model's classes cat, iguana, lion; there are a cat, a iguana, a lion\n"
    )


def test_a_numbered_checkpoint_finds_its_data_and_a_lone_file_does_not(
    animals_run: Path, command: Command, tmp_path: Path
) -> None:
    known = command("evaluate", "runs/animal-001", "--json").out
    done = command("evaluate", "runs/animal-001/checkpoints/epoch-000020.safetensors", "--json")
    assert (done.code, done.out) == (0, known)
    (tmp_path / "lone").mkdir()
    shutil.copy(tmp_path / "runs" / "animal-001" / "best.safetensors", tmp_path / "lone" / "cat.safetensors")
    done = command("evaluate", "lone/cat.safetensors")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "lone/cat.safetensors: is in no run directory, "
        "so its configuration, its history and its data are not known; give --data\n"
    )
    assert command("evaluate", "lone/cat.safetensors", "--data", animals_run / "val").code == 0


def test_predict_continues_after_a_bad_row(table: Path, command: Command, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2,3\n1,0\nx,1\n0,1\n")
    done = command("predict", other)
    assert done.code == 3
    assert [line.split(": y")[0] for line in done.out.splitlines()] == [f"{other}:3", f"{other}:5"]
    assert done.err.splitlines()[1:] == [
        f"{other}:2: has 3 cells, the header has 2",
        f"{other}:4: column a must be a number, is x",
    ]
    other.write_text("a,b\n")
    done = command("predict", other)
    assert (done.code, done.out, done.err.splitlines()[1:]) == (3, "", [f"{other}: has no rows"])


def test_predict_says_what_kind_of_file_the_model_reads(
    table: Path, animals_run: Path, command: Command, tmp_path: Path
) -> None:
    picture = animals_run / "val" / "cat" / "0.png"
    done = command("predict", picture, animals_run, "--model", "runs/table-001")
    assert (done.code, done.out) == (3, "")
    assert done.err.splitlines()[1:] == [
        f"{path}: this model answers about the rows of tables; give a .csv file" for path in (picture, animals_run)
    ]
    done = command("predict", table / "test.csv", "--model", "runs/animal-001")
    assert (done.code, done.out) == (3, "")
    assert done.err.splitlines()[1:] == [f"{table}/test.csv: this model answers about pictures, not about tables"]


def test_exactly_a_half_is_not_the_class(animals: Path, command: Command, write_config: Write) -> None:
    config = write_config(
        "goal: 1.0\ndata: {path: animals, classes: [cat], image_size: [8, 8]}\n"
        "model: {initialization: zeros}\ntrain: {epochs: 1, learning_rate: 1e-300}\n"
    )
    assert command("train", config).code == 0
    done = command("predict", animals / "val" / "cat" / "0.png", "--json")
    answer = json.loads(done.out)
    assert answer["probabilities"] == {"not cat": 0.5, "cat": 0.5}
    assert (answer["prediction"], next(iter(answer["probabilities"]))) == ("not cat", "not cat")
    assert json.loads(command("evaluate", "runs/config-001", "--json").out)["validation"]["recall"] == 0


def test_the_baselines_of_its_own_data_are_those_of_the_training(table: Path, command: Command) -> None:
    summary = json.loads(Path("runs/table-001/summary.json").read_text())["metrics"]
    found = json.loads(command("evaluate", "runs/table-001", "--json").out)
    for split, metrics in found.items():
        assert metrics["baselines"] == summary[split]["baselines"]
    assert "\n  linear " in command("evaluate", "runs/table-001").out
    with (table / "test.csv").open("a") as file:
        file.write("7,8,23\n")
    done = command("evaluate", "runs/table-001", "--json")
    assert not any("baselines" in metrics for metrics in json.loads(done.out).values())


def test_the_baselines_are_learned_again_for_other_data(animals_run: Path, command: Command) -> None:
    summary = json.loads(Path("runs/animal-001/summary.json").read_text())["metrics"]["validation"]["baselines"]
    other = shutil.copytree(animals_run / "val", animals_run.parent / "other")
    done = command("evaluate", "runs/animal-001", "--data", other, "--json")
    assert json.loads(done.out)["all"]["baselines"] == summary and "note:" not in done.err
    told = "The best linear answer on the pixels scores 100.0%, and that on colour histograms scores "
    assert f"\nall: {told}" in command("evaluate", "runs/animal-001", "--data", other).out
    own = command("evaluate", "runs/animal-001").out
    assert f"\nvalidation: {told}" in own and "\ntrain: " not in own  # from which it has learned


def test_other_data_without_baselines(animals_run: Path, command: Command) -> None:
    """Without the training data that the run had, a note says why there are none."""
    other = shutil.copytree(animals_run / "val", animals_run.parent / "other")
    (animals_run / "train" / "cat" / "0.png").unlink()
    model = shutil.copy("runs/animal-001/best.safetensors", "model.safetensors")
    without = "note: there are no linear answers to compare with: "
    for run, why in (
        ("runs/animal-001", "the training data is not what it was when this model was trained\n"),
        (model, "the model is in no run directory, so its training data is not known\n"),
    ):
        done = command("evaluate", run, "--data", other)
        assert done.code == 0 and done.err.endswith(without + why)
        assert "linear" not in done.out
    shutil.rmtree(animals_run)
    done = command("evaluate", "runs/animal-001", "--data", other)
    assert done.code == 0 and f"{without}the training data cannot be read: {animals_run}: " in done.err
