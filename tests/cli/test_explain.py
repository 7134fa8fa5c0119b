"""Where explain writes, what it does not overwrite, by what its pictures are known, and what is no picture."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import catnet
from catnet.errors import DataError

Command = Callable[..., Any]
MARK = b"tEXtSoftware\0catnet explain"


@pytest.fixture
def run(animals: Path, tmp_path: Path) -> Path:
    data = {"path": animals, "image_size": [4, 4]}
    return catnet.train({"goal": 3.0, "data": data, "train": {"epochs": 1}}, run_dir=tmp_path / "runs" / "a-1").path


def pictures_in(folder: Path) -> set[Path]:
    return set(folder.rglob("*.png"))


@pytest.mark.parametrize("model", ["", "best.safetensors", "checkpoints/epoch-000001.safetensors"])
def test_the_run_gets_it(animals: Path, run: Path, command: Command, model: str) -> None:
    before = pictures_in(animals)
    done = command("explain", animals / "train" / "cat" / "0.png", "--model", run / model)
    assert done.code == 0, done.err
    target = run / "explained" / "0-explained.png"
    assert done.out.splitlines()[1].startswith(f"{target}: red speaks for ")
    assert pictures_in(animals) == before
    content = target.read_bytes()
    assert content[12:16] == b"IHDR"
    assert content[33 + 4 : 33 + 4 + len(MARK)] == MARK  # directly after the header of 8 + 25 bytes
    with Image.open(target) as picture:
        assert picture.info["Software"] == "catnet explain"


def test_a_second_picture_of_the_same_name_overwrites_nothing(animals: Path, run: Path, command: Command) -> None:
    assert command("explain", animals / "train" / "cat" / "0.png").code == 0
    content = (run / "explained" / "0-explained.png").read_bytes()
    for number in (2, 3):
        done = command("explain", animals / "train" / "lion" / "0.png")
        assert (done.code, f"runs/a-1/explained/0-explained-{number}.png: red speaks for" in done.out) == (0, True)
    assert (run / "explained" / "0-explained.png").read_bytes() == content


def test_output_replaces_only_what_explain_wrote(animals: Path, run: Path, tmp_path: Path, command: Command) -> None:
    picture, inside = animals / "train" / "cat" / "0.png", animals / "train" / "cat" / "why.png"
    assert command("explain", picture, "--output", inside).code == 0
    assert MARK in inside.read_bytes()[:128]
    first = inside.read_bytes()
    assert command("explain", picture, "--output", inside, "--class", "lion").code == 0
    assert inside.read_bytes() != first
    for other in (picture, animals / "train" / "lion" / "0.png", tmp_path / "empty.png"):
        (tmp_path / "empty.png").touch()
        before = other.read_bytes()
        done = command("explain", picture, "--output", other)
        assert (done.code, done.err.splitlines()[-1]) == (
            5, f"{other}: exists already and is not overwritten; give another --output"
        )  # fmt: skip
        assert other.read_bytes() == before
    (tmp_path / "folder.png").mkdir()
    assert command("explain", picture, "--output", tmp_path / "folder.png").code == 5
    done = command("explain", picture, "--output", tmp_path / "none" / "x.png")
    assert (done.code, done.err.splitlines()[-1]) == (
        5, f"{tmp_path}/none/x.png: could not be written: No such file or directory"
    )  # fmt: skip


@pytest.mark.parametrize("name", ["why.jpg", "why", "why.png.txt"])
def test_output_is_a_png(animals: Path, run: Path, command: Command, name: str) -> None:
    done = command("explain", animals / "train" / "cat" / "0.png", "--output", name)
    assert (done.code, done.err) == (2, f"--output {name}: explain writes a PNG; give a name that ends in .png\n")


def test_output_among_the_data(animals: Path, run: Path, tmp_path: Path, command: Command) -> None:
    picture, cats = animals / "train" / "cat" / "0.png", animals / "train" / "cat"
    for name, fate in (
        ("why.PNG", "training stops at it; move it away, or name it *-explained.png, which training leaves out"),
        ("0-Explained.png", "training leaves it out"),
        ("0-explained-2.png", "training leaves it out"),
    ):
        for folder in (cats, animals / "train" / "lion"):
            done = command("explain", picture, "--output", folder / name)
            said = f"note: {folder / name}: lies among pictures and is no data: {fate}"
            assert (done.code, done.err.splitlines()[-1]) == (0, said)
    shutil.copy(picture, tmp_path / "photo.png")
    assert "photo-why.png: lies among" in command("explain", "photo.png", "--output", "photo-why.png").err
    for elsewhere in (run / "why.png", tmp_path / "runs" / "why.png"):
        assert "lies among" not in command("explain", picture, "--output", elsewhere).err
    config = {"goal": 3.0, "data": {"path": animals, "image_size": [4, 4]}, "train": {"epochs": 1}}
    with pytest.raises(DataError, match="2 faults in 2 of ") as caught:
        catnet.train(config, run_dir=tmp_path / "again")
    assert f"{cats}/why.PNG: is a picture that explain wrote, not data; remove it" in str(caught.value)
    config["data"] = {"path": animals, "image_size": [4, 4], "bad_images": "skip"}
    catnet.train(config, run_dir=tmp_path / "skipping")


def test_a_model_in_no_run(
    animals: Path, run: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(run / "best.safetensors", tmp_path / "alone.safetensors")
    picture = animals / "train" / "cat" / "0.png"
    done = command("explain", picture, "--model", "alone.safetensors")
    assert done.code == 0
    assert (tmp_path / "0-explained.png").is_file()
    shutil.copy(picture, tmp_path / "photo.png")
    before = pictures_in(tmp_path)
    done = command("explain", "photo.png", "--model", "alone.safetensors")
    assert (done.code, done.out) == (5, "")
    assert "photo-explained.png: would be written among the pictures of the current folder" in done.err
    assert "--output FILE" in done.err
    assert pictures_in(tmp_path) == before
    assert command("explain", "photo.png", "--model", "alone.safetensors", "--output", "x.png").code == 0


def test_what_is_no_picture(animals: Path, run: Path, tmp_path: Path, command: Command) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty").mkdir()
    model = "which is no data to answer about; give it as --model, beside what it should answer about"
    for given, code, expected in (
        (animals, 3, f"{animals}: is a folder; give one picture, such as {animals}/train/cat/0.png"),
        ("empty", 3, "empty: is a folder; give one picture"),
        (
            "t.csv",
            3,
            "model: runs/a-1/best.safetensors (epoch 1)\n"
            "t.csv: is a table; give a picture "
            "(.avif, .bmp, .gif, .heic, .heif, .jpeg, .jpg, .png, .tif, .tiff, .webp)",
        ),
        (run / "best.safetensors", 3, f"{run}/best.safetensors: is a model file, {model}"),
        (run, 3, f"{run}: is the directory of a run, {model}"),
    ):
        done = command("explain", given)
        assert (done.code, done.err) == (code, expected + "\n")
        if given not in (animals, "empty", "t.csv"):
            done = command("predict", given, animals / "val" / "cat" / "0.png")
            assert (done.code, done.err.splitlines()[-1]) == (3, expected)
            assert len(done.out.splitlines()) == 1


def test_predict_says_what_it_leaves_out_of_a_folder(animals: Path, run: Path, command: Command) -> None:
    cats = animals / "train" / "cat"
    count = len(pictures_in(cats))
    (cats / "notes.txt").touch()
    assert command("explain", cats / "0.png", "--output", cats / "0-explained.png").code == 0
    done = command("predict", cats)
    assert (done.code, len(done.out.splitlines())) == (0, count)
    assert done.err.splitlines()[1:] == [
        f"note: {cats}: 1 file is no picture by its suffix (.txt) and is left out",
        f"note: {cats}: 1 picture that explain wrote is left out: 0-explained.png",
    ]


def test_evaluate_needs_no_training_data(animals: Path, run: Path, tmp_path: Path, command: Command) -> None:
    shutil.copytree(animals / "train", tmp_path / "g" / "test")
    done = command("evaluate", run, "--data", "g")
    assert (done.code, "test, by class" in done.out) == (0, True), done.err
