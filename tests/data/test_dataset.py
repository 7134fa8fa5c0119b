"""The fingerprint, printable names, and the real data sets."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scanning import load_dataset, scan

from catnet.data.dataset import Split, fingerprint
from catnet.data.load import load
from catnet.text import printable


def test_the_fingerprint_sees_every_change() -> None:
    split = Split(np.zeros((2, 3), np.uint8), np.zeros((1, 2)), ("a", "b"))
    same = replace(split, rows=split.rows.copy(order="F"))
    assert fingerprint(split) == fingerprint(same)
    others = [
        replace(split, rows=np.zeros((3, 2), np.uint8)),
        replace(split, rows=np.zeros((2, 3), np.int8)),
        replace(split, rows=np.eye(2, 3).astype(np.uint8)),
        replace(split, labels=np.ones((1, 2))),
        replace(split, names=("b", "a")),
        replace(split, names=("a",)),
    ]
    assert len({fingerprint(split), *map(fingerprint, others)}) == 1 + len(others)
    assert len(fingerprint(split)) == 64


def test_printable() -> None:
    assert printable("Kätzchen 猫.png") == "Kätzchen 猫.png"
    assert printable("a\nb\t\x1b[31m\u202e\udcff") == "a\\nb\\t\\x1b[31m\\u202e\\udcff"


def test_the_same_pictures_elsewhere_have_the_same_fingerprint(tmp_path: Path, animals: Path) -> None:
    first = load_dataset(animals, (8, 8), goal="3.0")
    moved = animals.rename(tmp_path / "moved")
    second = load_dataset(moved, (8, 8), goal="3.0")
    for name, split in first.splits.items():
        assert fingerprint(split) == fingerprint(second.splits[name])


def test_cats_and_others(shared_data: Path) -> None:
    dataset = load_dataset(shared_data / "catvnoncat", (64, 64), goal="1.0", classes=("cat",))
    train, test = dataset.splits["train"], dataset.splits["test"]
    assert train.rows.shape == (209, 12288) and test.rows.shape == (50, 12288)
    assert train.labels.sum() == 72
    assert (dataset.question.classes, dataset.question.negative) == (("cat",), "non-cat")
    twins = "test/cat/017.png = train/cat/146.png"
    assert dataset.notes == (f"1 of the 50 test pictures is also in the training data ({twins})",)
    assert test.seen == {13: "train/cat/146.png"}


def test_animals(shared_data: Path) -> None:
    catalog = scan(shared_data / "animals", goal="3.0", classes=None, target=None)
    assert catalog.question.classes == ("cat", "lion", "salamander")
    assert catalog.splits["train"].labels.sum(axis=1).tolist() == [600, 500, 500]
    assert catalog.splits["validation"].labels.sum(axis=1).tolist() == [60, 50, 50]


@pytest.mark.parametrize(("goal", "target", "k"), [("2.0", None, 3), ("regression", "animals", 1)])
def test_mosaics(shared_data: Path, goal: str, target: str | None, k: int) -> None:
    classes = ("cat", "lion", "salamander") if target is None else None
    catalog = scan(shared_data / "mosaics", goal=goal, classes=classes, target=target, nonnegative=True)
    assert [of.labels.shape for of in catalog.splits.values()] == [(k, 1500), (k, 300)]
    few = replace(catalog, splits={"validation": catalog.splits["validation"].take(np.arange(20))})
    assert load(few, (64, 64)).splits["validation"].rows.shape == (20, 12288)


def test_houses(shared_data: Path) -> None:
    dataset = load_dataset(shared_data / "houses", goal="regression", target="price")
    train, test = dataset.splits["train"], dataset.splits["test"]
    assert len(train.rows) + len(test.rows) == 546
    assert dataset.question.features is not None and len(dataset.question.features) == train.rows.shape[1] == 11
