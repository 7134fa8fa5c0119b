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
from catnet.data.reading import MOST, Reading, described_columns, in_short, reading
from catnet.question import Column, Question

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
    return {"size": None, "colors": "rgb", "filled": {}, "skipped": {}} | others


def test_columns_by_kind() -> None:
    assert described_columns(PEOPLE) == (
        "2 numbers: age, fare; 2 columns of categories: sex (female, male), port (C, Q, missing); "
        "1 whether a cell is missing: age"
    )
    assert described_columns(replace(PEOPLE, features=("sex",), encoded=(Column("sex", ("f",)),))) == (
        "1 column of categories: sex (f)"
    )


def test_the_category_of_missing_cells_is_always_shown() -> None:
    texts = tuple(f"a long text number {number}" for number in range(20))
    question = replace(PEOPLE, features=("c",), encoded=(Column("c", (*texts, "missing")),))
    shown = ", ".join(texts[:4])
    assert described_columns(question) == f"1 column of categories: c ({shown} and 16 more, missing)"


def test_a_reading_in_words_and_as_json() -> None:
    labels = {"train": np.array([[1.0, 0, 0]]), "test": np.array([[1.0]])}
    notes = ["a note", Omission("t.csv: column Id is not used")]
    skipped = {"column age is empty": 2, "every cell is empty": 1}
    read = reading(PEOPLE, labels, notes, **facts(filled={"age": 3, "port": 1}, skipped=skipped))
    assert list(read.lines(Path("t.csv"))) == [
        "examples: 3 train, 1 test",
        "train: no 2, yes 1",
        "test: no 0, yes 1",
        "target: survived",
        "classes: 1 is yes, 0 is no",
        f"inputs: {described_columns(PEOPLE)}",
        "filled: 4 missing cells: 3 of age, 1 of port",
        "left out: column Id is not used",
    ]
    assert list(read.reasons()) == ["2: column age is empty", "1: every cell is empty"]
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
        "skipped": skipped,
    }


def test_what_the_network_sees_of_pictures() -> None:
    read = reading(Question("3.0", ("a", "b")), {}, [], **facts(size=(32, 16), colors="grey", box=2, components=9))
    assert list(read.lines(Path("d")))[-1] == (
        "inputs: pictures, read as 32 x 16 pixels, grey, and averaged to 16 x 8: 128 inputs, whitened to 9 components"
    )
    pictures = {"height": 32, "width": 16, "colors": "grey", "box_average": 2}
    assert read.to_json()["inputs"] == {"pictures": pictures, "count": 128, "components": 9}


def test_classes_called_1_and_0() -> None:
    lines = list(reading(Question("1.0", ("1",), "0", features=("a",)), {}, [], **facts()).lines(Path("t.csv")))
    assert lines[1:] == ["classes: 1 and 0", "inputs: 1 number: a"]


def test_what_is_left_out_is_said_once_without_the_path_of_the_data() -> None:
    data = Path("/d")
    assert [in_short(note, data) for note in (
        "/d: columns id, name are left out, as data.ignore says",
        "/d/x: is not a split; its 1 picture is left out",
        "/d: n.csv is no split and is left out",
        "/other: 1 hidden picture is left out: .c.png",
    )] == [
        "columns id, name, as data.ignore says",
        "x: is not a split; its 1 picture",
        "n.csv is no split",
        "/other: 1 hidden picture: .c.png",
    ]  # fmt: skip


def test_only_the_most_frequent_reasons_are_named() -> None:
    read = reading(PEOPLE, {}, [], **facts(skipped={f"reason {number}": 9 - number for number in range(7)}))
    assert list(read.reasons())[-2:] == ["5: reason 4", "7: for 2 other reasons"]


def test_labels_of_which_several_may_be_are_counted_each() -> None:
    read = reading(Question("2.0", ("a", "b")), {"train": np.array([[1.0, 1, 0], [1, 0, 0]])}, [], **facts(size=(8, 4)))
    assert read.classes == {"train": {"a": 2, "b": 1}}
    assert list(read.lines(Path("d")))[-1] == "inputs: pictures, read as 8 x 4 pixels, rgb: 96 inputs"


def test_many_classes_columns_and_notes_are_bounded() -> None:
    classes = tuple(f"class {number}" for number in range(1000))
    features = tuple(f"column {number}" for number in range(5000))
    question = Question("3.0", classes, features=features, encoded=(Column("column 1", tuple("abc" * 17)),))
    notes = [Omission(f"note {number}") for number in range(100)]
    lines = list(reading(question, {"train": np.eye(1000)}, notes, **facts()).lines(Path("d")))
    assert all(len(line) < 1200 for line in lines)
    assert (len(lines), lines[-1]) == (4 + MOST + 1, f"left out: {100 - MOST} more, in summary.json")
    assert lines[1].startswith("train: class 0 1, class 1 1, ")
    assert lines[2].startswith("classes, in the order of the outputs: class 0, class 1, ")
    for line, shown in ((lines[1], 42), (lines[2], 51)):
        assert line.endswith(f" and {1000 - shown} more, all in summary.json") and line.count("class ") == shown


def test_names_are_safe_to_print() -> None:
    question = Question("regression", target="\x1b[31m", features=("a\nb", "c"), encoded=(Column("c", ("\u202ex",)),))
    read = reading(question, {"train": np.zeros((1, 2))}, [], **facts(filled={"c\r": 1}))
    assert all(line.isprintable() for line in read.lines(Path("d")))


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
    assert read == Reading(question, {"train": 5}, classes, (4, 4), "rgb", {}, left_out, {})


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
    for note, told in zip(notes, ["notes.csv is no split", "test.csv: column unused is not used"], strict=True):
        assert note not in done.err and done.err.count(f"\n  left out: {told}\n") == 1
    summary = json.loads((tmp_path / "runs" / "c-001" / "summary.json").read_text())
    assert summary["data"]["left_out"] == notes
    assert [note for note in summary["notes"] if "left out" in note or "not used" in note] == []
