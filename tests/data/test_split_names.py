"""Which folders, tables and rows are of which split; what looks like a split under another name is refused."""

from pathlib import Path

import pytest
from scanning import Draw, message, notes, scan

from catnet.config.schema import is_table
from catnet.data.scan import scan_other
from catnet.data.split_names import right_name
from catnet.question import Question

FOUR = ("a.png", "b.png", "c.png", "d.png")
GOALS = [
    ("1.0", {"classes": ("cat",)}, "label", ("cat", "dog")),
    ("2.0", {}, "cat", ("1", "0")),
    ("3.0", {}, "label", ("cat", "dog")),
    ("regression", {"target": "age"}, "age", ("3", "4")),
]


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("Training", "train"), ("training_set", "train"), ("TrainSet", "train"), ("train2017", "train"),
        ("train ", "train"), ("X_train", "train"), ("trainval", "train"), ("images_train", "train"),
        ("Testing", "test"), ("test-images", "test"), ("tests", "test"), ("test1", "test"), ("dev", "val"),
        ("Validation set", "val"),
        ("val2017", "val"), ("eval", "val or test"), ("evaluation", "val or test"), ("hold-out", "val or test"),
        *[(name, None) for name in ("Train", "VALID", "test", "trains", "trainer", "testtube", "valley", "developer",
                                    "cat", "class-train", "class-Testing", "train_cat", "images", "", "2017")],
    ],
)  # fmt: skip
def test_right_name(name: str, right: str | None) -> None:
    assert right_name(name) == right


def test_folders_that_look_like_splits(draw: Draw) -> None:
    path = draw("Training/cat/a.png", "Training/dog/b.png", "Testing/cat/c.png", "Testing/dog/d.png")
    assert message(path) == (
        "PATH: Testing, Training look like splits under other names; rename Testing to test; rename Training to train; "
        "if Testing is a class, give it another name, such as class-Testing"
    )
    (path / "Training").rename(path / "train")
    assert message(path).startswith(
        "PATH: Testing looks like a split under another name; rename Testing to test; if Testing is a class, "
    )
    draw("test/cat/e.png")
    assert "; join Testing to test, or move it away; " in message(path)
    (path / "Testing").rename(path / "class-Testing")
    assert notes(path)[0] == "PATH/class-Testing: is not a split; its 2 pictures are left out"


@pytest.mark.parametrize("name", ["dev", "eval", "holdout"])
def test_a_folder_that_looks_like_a_split_beside_classes(draw: Draw, name: str) -> None:
    path = draw("cat/a.png", "dog/b.png", f"{name}/c.png")
    assert f"; if {name} is a class, give it another name, such as class-{name}" in message(path)
    (path / name / "c.png").unlink()
    (path / name).rename(path / f"class-{name}")
    draw(f"class-{name}/c.png")
    assert scan(path, goal="3.0").question.classes == ("cat", f"class-{name}", "dog")


def test_two_folders_for_one_split(draw: Draw) -> None:
    path = draw("training/cat/a.png", "train_set/cat/b.png")
    assert "; rename train_set to train; join training to train_set, or move it away; " in message(path)


@pytest.mark.parametrize("name", ["train", "val", "Test"])
def test_a_class_that_is_called_like_a_split(draw: Draw, name: str) -> None:
    path = draw(f"{name}/a.png", "plane/b.png", "bus/c.png")
    assert message(path) == (
        f"PATH: {name} is taken for a split, not for a class as bus, plane; if {name} is a class, give the folder "
        f"another name, such as class-{name}; if it is a split, it needs class folders within it"
    )


def test_tables_of_splits_in_capitals(tmp_path: Path) -> None:
    for name in ("TRAIN.csv", "Test.CSV"):
        (tmp_path / name).write_text("x,label\n1,cat\n2,dog\n")
    assert is_table(tmp_path)
    assert list(scan(tmp_path, goal="3.0").splits) == ["train", "test"]
    (tmp_path / "sample_submission.csv").write_text("x\n1\n")
    assert notes(tmp_path) == ["PATH: sample_submission.csv is no split and is left out"]
    (tmp_path / "metadata.csv").write_text("x\n1\n")
    assert notes(tmp_path) == ["PATH: metadata.csv, sample_submission.csv are no splits and are left out"]
    (tmp_path / "testing.csv").write_text("x\n1\n")
    said = "PATH: testing.csv looks like a split under another name; join testing.csv to Test.CSV, or move it away"
    assert message(tmp_path) == said
    (tmp_path / "Test.CSV").unlink()
    assert message(tmp_path).endswith("; rename testing.csv to test.csv")
    (tmp_path / "train.csv").write_text("x,label\n1,cat\n2,dog\n")
    assert message(tmp_path) == "PATH: has both TRAIN.csv, train.csv; keep one"


def test_pictures_win_over_a_table_of_the_same_split(draw: Draw) -> None:
    path = draw("train/cat/a.png", "train/dog/b.png")
    (path / "train.csv").write_text("x,label\n1,cat\n2,dog\n")
    assert not is_table(path)
    assert notes(path) == ["PATH: train.csv is a table beside pictures and is left out"]


def test_a_table_that_is_called_like_a_split_beside_pictures(draw: Draw) -> None:
    path = draw("cat/a.png", "dog/b.png")
    (path / "test.csv").write_text("x,label\n1,cat\n2,dog\n")
    assert notes(path) == ["PATH: test.csv is a table beside pictures and is left out"]


def test_tables_under_other_names(tmp_path: Path) -> None:
    for name in ("training.csv", "dev.csv"):
        (tmp_path / name).write_text("x,label\n1,cat\n2,dog\n")
    assert message(tmp_path) == (
        "PATH: dev.csv, training.csv look like splits under other names; rename dev.csv to val.csv; "
        "rename training.csv to train.csv"
    )


@pytest.mark.parametrize(("goal", "options", "column", "values"), GOALS)
def test_a_column_split(
    draw: Draw, goal: str, options: dict[str, object], column: str, values: tuple[str, str]
) -> None:
    path, (one, two) = draw(*FOUR), values
    rows = f"a.png,TRAIN,{one}\nb.png, train ,{two}\nc.png,Valid,{one}\nd.png,test,{two}\n"
    (path / "metadata.csv").write_text(f"file_name,Split,{column}\n{rows}")
    catalog = scan(path, goal=goal, **options, validation_fraction=0.5)  # type: ignore[arg-type]
    assert {name: of.names for name, of in catalog.splits.items()} == {
        "train": ("a.png", "b.png"), "validation": ("c.png",), "test": ("d.png",)
    }  # fmt: skip
    assert not any("split" in note.casefold() for note in catalog.notes)
    table = path / "t.csv"
    table.write_text(f"x,{column},split\n1,{one},train\n2,{two},train\n3,{one},val\n4,{two},test\n")
    if goal == "2.0":
        options = {"classes": ("cat",)}
    catalog = scan(table, goal=goal, **options)  # type: ignore[arg-type]
    assert catalog.question.features == ("x",)
    assert {name: of.names for name, of in catalog.splits.items()} == {
        "train": ("t.csv:2", "t.csv:3"), "validation": ("t.csv:4",), "test": ("t.csv:5",)
    }  # fmt: skip


def test_cells_that_are_no_split(draw: Draw) -> None:
    path = draw(*FOUR)
    text = "file_name,label,split\na.png,cat,train\nb.png,dog,train\nc.png,cat,{}\nd.png,dog,{}\n"
    (path / "metadata.csv").write_text(text.format("", "testing"))
    assert message(path).splitlines()[1:] == [
        "PATH/metadata.csv:4: column split must be train, val or test, is empty",
        "PATH/metadata.csv:5: column split must be train, val or test, is testing; did you mean test?",
    ]
    assert list(scan(path, goal="3.0", bad="skip").splits) == ["train"]
    (path / "metadata.csv").write_text(text.replace("train", "training").format("test", "test"))
    said = "PATH/metadata.csv: column split has no row train to learn from; it has 2 training, 2 test; "
    assert message(path) == said + "write train instead of training"
    (path / "metadata.csv").write_text(text.replace("train", "val").format("test", "test"))
    catalog = scan_other(Question("3.0", ("cat", "dog")), path)
    assert [*catalog.splits] == ["validation", "test"]


def test_a_column_split_that_is_a_label(draw: Draw) -> None:
    path = draw("a.png", "b.png")
    (path / "metadata.csv").write_text("file_name,split,whole\na.png,1,0\nb.png,0,1\n")
    assert scan(path, goal="2.0").question.classes == ("split", "whole")


def test_a_column_split_in_a_file_of_one_split(draw: Draw) -> None:
    path = draw("train/a.png", "train/b.png", "val/c.png", "val/d.png")
    for split, names in (("train", "ab"), ("val", "cd")):
        rows = "".join(f"{name}.png,{split},{label}\n" for name, label in zip(names, ("cat", "dog"), strict=True))
        (path / split / "metadata.csv").write_text("file_name,split,label\n" + rows)
    assert notes(path) == []
    (path / "val" / "metadata.csv").write_text("file_name,split,label\nc.png,train,cat\nd.png,val,dog\n")
    assert message(path) == (
        "PATH/val/metadata.csv:2: column split is train, but the file is that of the validation data (1 of 2 rows "
        "disagree); fix the rows, or remove the column"
    )


def test_a_metadata_csv_beside_the_folders_of_splits(draw: Draw) -> None:
    path = draw("train/a.png", "train/b.png", "Test/c.png", "e.png")
    text = "file_name,label\ntrain/a.png,cat\ntrain/b.png,dog\nTest/c.png,cat\n"
    (path / "metadata.csv").write_text(text)
    catalog = scan(path, goal="3.0")
    assert {name: of.names for name, of in catalog.splits.items()} == {
        "train": ("train/a.png", "train/b.png"), "test": ("Test/c.png",)
    }  # fmt: skip
    assert "PATH: 1 picture is not in metadata.csv and is left out" in notes(path)
    (path / "metadata.csv").write_text(text + "e.png,dog\n")
    assert message(path).splitlines()[1:] == ["PATH/metadata.csv:5: the picture is not in a split (train, Test)"]
    (path / "metadata.csv").write_text(
        "file_name,label,split\ntrain/a.png,cat,train\ntrain/b.png,dog,train\nTest/c.png,cat,val\n"
    )
    said = (
        "PATH/metadata.csv: 1 picture is in the folder of another split than the column split says; the column is used"
    )
    assert said in notes(path)
    draw("train/images/f.png")
    (path / "metadata.csv").write_text(text + "train/images/f.png,dog\n")
    assert "train/images/f.png" in scan(path, goal="3.0").splits["train"].names
    (path / "metadata.csv").write_text(text)
    draw("train/cat/a.png", "train/dog/b.png", "Test/cat/c.png", "Test/images/f.png")
    assert "PATH/metadata.csv: its 4 lines are not used, for there are labels in train, Test" in notes(path)


def test_metadata_in_capitals(draw: Draw) -> None:
    path = draw("a.png", "b.png")
    (path / "METADATA.CSV").write_text("file_name,label\na.png,cat\nb.png,dog\n")
    assert scan(path, goal="3.0").question.classes == ("cat", "dog")
    (path / "metadata.csv").write_text("file_name,label\na.png,cat\nb.png,dog\n")
    assert message(path) == "PATH: has both METADATA.CSV, metadata.csv; keep one"


def test_columns_that_are_not_used(draw: Draw) -> None:
    path = draw("a.png", "b.png")
    (path / "metadata.csv").write_text("file_name,label,breed,age\na.png,cat,x,1\nb.png,dog,y,2\n")
    assert notes(path) == ["columns breed, age of PATH/metadata.csv are not used"]
    assert notes(path, goal="regression", target="age") == ["columns label, breed of PATH/metadata.csv are not used"]
