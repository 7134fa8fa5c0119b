"""The same example twice: found by its pixels or its row, kept together, said, and measured apart."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scanning import load_dataset, scan

from catnet.config import load_config
from catnet.data.dataset import Dataset
from catnet.data.load import load
from catnet.data.scan import scan as scan_config
from catnet.data.scan import scan_again, scan_other
from catnet.errors import DataError


def draw(path: Path, colour: int, suffix: str = ".png") -> None:
    """A picture of one colour; equal colours are equal pixels, whatever the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4), (colour % 256, colour // 256, 0)).save(path.with_suffix(suffix))


def folders(path: Path, **classes: range) -> Path:
    for name, colours in classes.items():
        for colour in colours:
            draw(path / name / f"{colour}.png", colour)
    return path


def read(path: Path, goal: str = "3.0", size: tuple[int, int] = (4, 4), **options: Any) -> Dataset:
    return load_dataset(path, size, goal=goal, **options)


def test_the_same_pixels_in_train_and_test(tmp_path: Path) -> None:
    folders(tmp_path / "train", cat=range(6), dog=range(10, 16))
    folders(tmp_path / "test", cat=range(4, 8), dog=range(20, 22))
    draw(tmp_path / "test/dog/copy", 11, suffix=".bmp")  # another file, the same pixels
    dataset = read(tmp_path)
    assert dataset.splits["test"].seen == {
        0: "train/cat/4.png",
        1: "train/cat/5.png",
        6: "train/dog/11.png",
    }
    assert dataset.notes == (
        "3 of the 7 test pictures are also in the training data (test/cat/4.png = train/cat/4.png)",
    )
    assert dataset.overlap == {
        "test": {
            "examples": 3,
            "names": [
                ["test/cat/4.png", "train/cat/4.png"],
                ["test/cat/5.png", "train/cat/5.png"],
                ["test/dog/copy.bmp", "train/dog/11.png"],
            ],
        }
    }


def test_validation_and_test(tmp_path: Path) -> None:
    for split, cats in (("train", range(4)), ("val", range(3, 8)), ("test", range(6, 9))):
        folders(tmp_path / split, cat=cats, dog=range(100 + 10 * len(split), 103 + 10 * len(split)))
    dataset = read(tmp_path)
    assert [note.split(" (")[0] for note in dataset.notes] == [
        "1 of the 8 validation pictures is also in the training data",
        "2 of the 6 test pictures are also in the validation data",
    ]
    assert dataset.splits["validation"].seen == {0: "train/cat/3.png"}
    assert dataset.splits["test"].seen == {}


def test_the_same_picture_twice_in_a_split(tmp_path: Path) -> None:
    folders(tmp_path, cat=range(3), dog=range(10, 13))
    draw(tmp_path / "cat/again.png", 1)
    draw(tmp_path / "cat/and again.png", 1)
    assert read(tmp_path).notes == ("2 of the 8 training pictures repeat another of them (cat/1.png = cat/again.png)",)


@pytest.mark.parametrize("goal", ["1.0", "3.0"])
def test_the_same_picture_in_two_classes(tmp_path: Path, goal: str) -> None:
    folders(tmp_path, cat=range(5), dog=range(3, 9))
    classes = ("cat",) if goal == "1.0" else None
    with pytest.raises(DataError) as caught:
        read(tmp_path, goal, classes=classes)
    assert str(caught.value).splitlines() == [
        "2 pictures are there more than once, with different labels; remove the wrong ones, "
        "or set data.duplicates: allow",
        "cat/3.png = dog/3.png",
        "cat/4.png = dog/4.png",
    ]
    dataset = read(tmp_path, goal, classes=classes, duplicates="allow")
    assert len(dataset.splits["train"].names) == 11
    assert "2 pictures are there more than once, with different labels (cat/3.png = dog/3.png)" in dataset.notes


def test_two_folders_that_both_count_as_0(tmp_path: Path) -> None:
    folders(tmp_path, cat=range(3), dog=range(10, 14), fox=range(13, 15))
    dataset = read(tmp_path, "1.0", classes=("cat",))
    assert dataset.notes == ("1 of the 9 training pictures repeats another of them (dog/13.png = fox/13.png)",)


def test_two_classes_in_two_splits(tmp_path: Path) -> None:
    folders(tmp_path / "train", cat=range(3), dog=range(10, 13))
    folders(tmp_path / "test", cat=range(12, 14), dog=range(20, 22))
    with pytest.raises(DataError, match=r"test/cat/12.png = train/dog/12.png|train/dog/12.png = test/cat/12.png"):
        read(tmp_path)


def test_class_folders_of_goal_2_merge_only_if_told_to(tmp_path: Path) -> None:
    folders(tmp_path / "train", cat=range(6), dog=range(3, 9))
    folders(tmp_path / "test", cat=range(20, 24), dog=range(23, 26))
    with pytest.raises(DataError, match=r"set data\.duplicates: merge, and each gets all its labels"):
        read(tmp_path, "2.0")
    dataset = read(tmp_path, "2.0", duplicates="merge")
    train, test = dataset.splits["train"], dataset.splits["test"]
    assert train.names == tuple(f"train/cat/{i}.png" for i in range(6)) + tuple(f"train/dog/{i}.png" for i in (6, 7, 8))
    assert train.labels.tolist() == [[1] * 6 + [0] * 3, [0] * 3 + [1] * 6]
    assert test.labels.tolist() == [[1, 1, 1, 1, 0, 0], [0, 0, 0, 1, 1, 1]]
    assert "4 pictures are in several class folders; each has the labels of all of them" in dataset.notes
    assert len(read(tmp_path, "2.0", duplicates="allow").splits["train"].names) == 12


def test_merged_and_drawn(tmp_path: Path) -> None:
    folders(tmp_path, cat=range(30), dog=range(20, 50))
    dataset = read(tmp_path, "2.0", duplicates="merge", validation_fraction=0.3)
    names = [name for split in dataset.splits.values() for name in split.names]
    assert sorted(len(split.names) for split in dataset.splits.values()) == [15, 35]
    assert len(names) == len(set(names)) == 50
    assert sum(int(split.labels.sum()) for split in dataset.splits.values()) == 60


@pytest.mark.parametrize("seed", range(8))
def test_a_drawn_split_keeps_equal_pictures_together(tmp_path: Path, seed: int) -> None:
    folders(tmp_path, cat=range(40), dog=range(100, 140))
    for colour in range(0, 40, 2):
        for copy in range(colour % 6 // 2 + 1):
            draw(tmp_path / f"cat/{colour} copy {copy}.png", colour)
    dataset = read(tmp_path, seed=seed, validation_fraction=0.2, test_fraction=0.2)
    colours = {name: {row.tobytes() for row in split.rows} for name, split in dataset.splits.items()}
    assert list(colours) == ["train", "validation", "test"]
    assert not colours["train"] & colours["validation"] and not colours["train"] & colours["test"]
    assert not colours["validation"] & colours["test"]
    assert sum(map(len, colours.values())) == 80
    assert [len(colours[name]) for name in ("validation", "test")] == [16, 16]
    assert not any(split.seen for split in dataset.splits.values())
    again = read(tmp_path, seed=seed, validation_fraction=0.2, test_fraction=0.2)
    assert again.fingerprints == dataset.fingerprints


def test_without_equal_pictures_the_draw_is_the_same(tmp_path: Path) -> None:
    folders(tmp_path, cat=range(40), dog=range(100, 140))
    catalog = scan(tmp_path, goal="3.0", validation_fraction=0.2)
    dataset = load(catalog, (4, 4))
    assert {name: split.names for name, split in dataset.splits.items()} == {
        name: listing.names for name, listing in catalog.splits.items()
    }


def table(path: Path, rows: list[str]) -> Path:
    path.write_text("x,z,y\n" + "\n".join(rows) + "\n")
    return path


def test_rows_of_a_table(tmp_path: Path) -> None:
    rows = [f"{i},{i * i % 7},{2 * i}" for i in range(40)]
    path = table(tmp_path / "t.csv", [*rows, *rows[::4]])
    dataset = read(path, "regression", target="y", validation_fraction=0.2)
    keys = {name: {row.tobytes() for row in split.rows} for name, split in dataset.splits.items()}
    assert not keys["train"] & keys["validation"]
    assert len(keys["validation"]) == 8


def test_a_table_with_few_different_rows_is_split_all_the_same(tmp_path: Path) -> None:
    path = table(tmp_path / "t.csv", [f"{i % 2},{i % 3},{i % 5}" for i in range(100)])
    dataset = read(path, "regression", target="y", validation_fraction=0.2)
    assert {name: len(split.names) for name, split in dataset.splits.items()} == {"train": 80, "validation": 20}
    assert dataset.notes[0].startswith("20 of the 20 validation rows are also in the training data (t.csv:")
    said = "the inputs of 6 rows are there more than once, with different labels (t.csv:"
    assert any(note.startswith(said) for note in dataset.notes)


def test_a_runs_own_data_again(tmp_path: Path) -> None:
    folders(tmp_path, cat=range(12), dog=range(10, 22))
    data = {"path": tmp_path, "image_size": [4, 4], "duplicates": "merge"}
    config = load_config({"goal": "2.0", "data": data, "train": {"epochs": 1}})
    first = load(scan_config(config), (4, 4))
    again = load(scan_again(first.question, config), (4, 4))
    assert again.fingerprints == first.fingerprints
    other = load(scan_other(first.question, tmp_path), (4, 4))
    assert len(other.splits["all"].names) == 24
    assert np.isfinite(other.splits["all"].labels).all()
