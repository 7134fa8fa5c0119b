"""What was read: examples by split and class, inputs by kind, what was left out."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from scanning import load_dataset

from catnet.data.omission import Omission
from catnet.data.reading import MOST, Reading, described_columns, reading
from catnet.question import Column, Question
from catnet.text import LONGEST_LIST

Command = Callable[..., Any]
PEOPLE = Question(
    "1.0",
    ("yes",),
    "no",
    target="survived",
    features=("age", "sex", "fare", "port"),
    encoded=(
        Column("age", fill=29.7, has_missing=True),
        Column("sex", ("female", "male")),
        Column("fare", fill=30.0),
        Column("port", ("C", "Q", "missing"), 0.0, has_missing=True),
    ),
)


def facts(**others: Any) -> dict[str, Any]:
    return {"size": None, "colors": "rgb", "filled": {}} | others


def test_columns_by_kind() -> None:
    assert described_columns(PEOPLE) == (
        "2 numbers: age, fare; 2 columns of categories: sex (female, male), port (C, Q, missing); "
        "1 whether a cell is missing: age"
    )
    assert described_columns(replace(PEOPLE, features=("sex",), encoded=(Column("sex", ("f",)),))) == (
        "1 column of categories: sex (f)"
    )


def test_a_reading_in_words_and_as_json() -> None:
    labels = {"train": np.array([[1.0, 0, 0]]), "test": np.array([[1.0]])}
    notes = ["a note", Omission("t.csv: column Id is not used")]
    read = reading(PEOPLE, labels, notes, **facts(filled={"age": 3, "port": 1}))
    assert list(read.lines()) == [
        "examples: 3 train, 1 test",
        "train: no 2, yes 1",
        "test: no 0, yes 1",
        "target: survived",
        "classes: 1 is yes, 0 is no",
        f"inputs: {described_columns(PEOPLE)}",
        "filled: 3 missing cells of age, 1 of port",
        "left out: t.csv: column Id is not used",
    ]
    assert json.loads(json.dumps(read.to_json())) == {
        "examples": {"train": 3, "test": 1},
        "classes": {"train": {"no": 2, "yes": 1}, "test": {"no": 0, "yes": 1}},
        "inputs": {
            "numbers": ["age", "fare"],
            "categories": {"sex": ["female", "male"], "port": ["C", "Q", "missing"]},
            "missing": ["age"],
        },
        "filled": {"age": 3, "port": 1},
        "left_out": ["t.csv: column Id is not used"],
    }


def test_labels_of_which_several_may_be_are_counted_each() -> None:
    read = reading(Question("2.0", ("a", "b")), {"train": np.array([[1.0, 1, 0], [1, 0, 0]])}, [], **facts(size=(8, 4)))
    assert read.classes == {"train": {"a": 2, "b": 1}}
    assert list(read.lines())[-1] == "inputs: pictures of 8 x 4 pixels, rgb"


def test_many_classes_columns_and_notes_are_bounded() -> None:
    classes = tuple(f"class {number}" for number in range(1000))
    features = tuple(f"column {number}" for number in range(5000))
    question = Question("3.0", classes, features=features, encoded=(Column("column 1", tuple("abc" * 17)),))
    notes = [Omission(f"note {number}") for number in range(100)]
    lines = list(reading(question, {"train": np.eye(1000)}, notes, **facts()).lines())
    assert all(len(line) < LONGEST_LIST + 100 for line in lines)
    assert (len(lines), lines[-1]) == (4 + MOST + 1, f"left out: {100 - MOST} more, in summary.json")
    assert lines[1].startswith("train: class 0 1, class 1 1, ") and lines[1].endswith(" more")


def test_names_are_safe_to_print() -> None:
    question = Question("regression", target="\x1b[31m", features=("a\nb", "c"), encoded=(Column("c", ("\u202ex",)),))
    read = reading(question, {"train": np.zeros((1, 2))}, [], **facts(filled={"c\r": 1}))
    assert all(line.isprintable() for line in read.lines())


def test_a_dataset_knows_what_was_read(tmp_path: Path) -> None:
    for name, count in (("cat", 3), ("dog", 2)):
        (tmp_path / "train" / name).mkdir(parents=True)
        for number in range(count):
            pixels = np.full((4, 4, 3), 20 * number + 100 * (name == "dog"), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "train" / name / f"{number}.png")
    (tmp_path / "train" / "cat" / "notes.txt").touch()
    (tmp_path / "holiday").mkdir()
    Image.new("RGB", (4, 4)).save(tmp_path / "holiday" / "x.png")
    read = load_dataset(tmp_path, (4, 4), goal="3.0").read
    left_out = (
        f"{tmp_path}/train: 1 file is no picture by its suffix (.txt) and is left out",
        f"{tmp_path}/holiday: is not a split; its 1 picture is left out",
    )
    question = Question("3.0", ("cat", "dog"), by_column=False)
    classes = {"train": {"cat": 3, "dog": 2}}
    assert read == Reading(question, {"train": 5}, classes, (4, 4), "rgb", {}, left_out)


def test_what_is_left_out_is_told_once(tmp_path: Path, command: Command) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "train.csv").write_text("a,label\n1,cat\n2,dog\n3,dog\n")
    (tmp_path / "d" / "test.csv").write_text("a,unused,label\n1,2,cat\n2,3,dog\n3,4,dog\n")
    (tmp_path / "d" / "notes.csv").write_text("a\n1\n")
    (tmp_path / "c.yaml").write_text("goal: 3.0\ndata: {path: d}\ntrain: {epochs: 2}\n")
    done = command("train", "c.yaml")
    assert done.code == 0, done.err
    notes = [
        f"{tmp_path}/d: notes.csv is no split and is left out",
        f"{tmp_path}/d/test.csv: column unused is not used",
    ]
    for note in notes:
        assert done.err.count(note) == 1 and f"\n  left out: {note}\n" in done.err
    summary = json.loads((tmp_path / "runs" / "c-001" / "summary.json").read_text())
    assert summary["data"]["left_out"] == notes
    assert [note for note in summary["notes"] if "left out" in note or "not used" in note] == []
