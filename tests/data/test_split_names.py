"""Which folders, tables and rows are of which split; what looks like a split under another name is refused."""

from pathlib import Path

import pytest
from scanning import Draw, message, notes, scan

from catnet.config.schema import is_table
from catnet.data.scan import scan_other
from catnet.data.split_names import right_name
from catnet.errors import DataError
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
    assert "; rename train_set to train; join training to train, or move it away; " in message(path)


WORDS = [
    (("seg_train", "seg_test"), "rename seg_test to test; rename seg_train to train; "),
    (("asl_alphabet_train", "asl_alphabet_test"), "rename asl_alphabet_test to test; rename asl_alphabet_train to"),
    (("fruits-360_Training", "fruits-360_Test"), "rename fruits-360_Test to test; rename fruits-360_Training to train"),
    (("train-hq", "test-hq"), "rename test-hq to test; rename train-hq to train; "),
    (("dogsTrain", "dogsVal", "dogsEval"), "rename dogsEval to val or test; rename dogsTrain to train; join dogsVal"),
    (("train", "seg_test"), "seg_test looks like a split under another name; rename seg_test to test; if"),
    (("test", "train_station"), "rename train_station to train; if train_station is a class, give it another name, "),
    (("trainA", "trainB", "testA", "testB"), "into folders train/CLASS and test/CLASS, such as those of testA into"),
    (("cat_train", "dog_train", "cat_test", "dog_test"), "such as those of cat_test into test/cat; if cat_test is a"),
]


@pytest.mark.parametrize(("folders", "said"), WORDS)
@pytest.mark.parametrize("inner", ["{}.png", "cat/{}.png"])
def test_folders_with_the_words_of_splits(draw: Draw, folders: tuple[str, ...], said: str, inner: str) -> None:
    if "train" in folders or "test" in folders:
        inner = "cat/{}.png"
    if "those of" in said:
        inner = "{}.png"
    path = draw(*(f"{folder}/{inner.format(number)}" for number, folder in enumerate(folders)))
    assert said in message(path)
    with pytest.raises(DataError, match="look"):
        scan_other(Question("3.0", ("cat", "dog")), path)


@pytest.mark.parametrize(
    "names",
    [("test_tubes", "beakers"), ("train_cars", "training-wheels"), ("class-test_tubes", "train_cars"),
     ("class_train", "class_test"), ("trains", "testers"), ("a", "attest")],
)  # fmt: skip
def test_classes_with_the_words_of_splits(draw: Draw, names: tuple[str, ...]) -> None:
    path = draw(*(f"{name}/a{number}.png" for number, name in enumerate(names)))
    assert scan(path, goal="3.0").question.classes == tuple(sorted(names))


def test_a_folder_beside_all_its_splits(draw: Draw) -> None:
    path = draw("train/cat/a.png", "train/dog/b.png", "test/cat/c.png", "test_extra/d.png", "extra/e.png", "vel/f.png")
    assert notes(path)[:3] == [
        "PATH/extra: is not a split; its 1 picture is left out",
        "PATH/test_extra: is not a split; its 1 picture is left out",
        "PATH/vel: is not a split; its 1 picture is left out; did you mean val?",
    ]


def test_splits_none_of_which_is_for_training(draw: Draw, tmp_path: Path) -> None:
    said = "rename development to val; rename evaluation to test; one must be called train, to learn from; if "
    assert said.replace("evaluation to test", "evaluation to test") in message(
        draw("development/cat/a.png", "development/dog/b.png", "evaluation/cat/c.png")
    )
    (tmp_path / "t").mkdir()
    for name in ("dev.csv", "eval.csv"):
        (tmp_path / "t" / name).write_text("x,label\n1,cat\n2,dog\n")
    said = "PATH: dev.csv, eval.csv look like splits under other names; rename dev.csv to val.csv; rename eval.csv to "
    assert message(tmp_path / "t") == said + "test.csv; one must be called train.csv, to learn from"


def test_tables_with_the_words_of_splits(tmp_path: Path) -> None:
    for name in ("dogs_train.csv", "dogs_test.csv"):
        (tmp_path / name).write_text("x,label\n1,cat\n2,dog\n")
    said = "look like splits under other names; rename dogs_test.csv to test.csv; rename dogs_train.csv to train.csv"
    assert message(tmp_path).endswith(said)
    for name in ("dogs_train", "dogs_test"):
        (tmp_path / f"{name}.csv").rename(tmp_path / f"{name}.tsv")
    said = "PATH: has no pictures, and no .csv file; save dogs_test.tsv, dogs_train.tsv as one: a header, "
    assert message(tmp_path).startswith(said)


def test_a_name_with_blanks(draw: Draw) -> None:
    said = 'rename "train " to train; if "train " is a class, give it another name, such as class-train'
    assert said in message(draw("train /cat/a.png", "train /dog/b.png"))


def test_two_that_are_joined(draw: Draw) -> None:
    path = draw("train1/cat/a.png", "train2/cat/b.png")
    assert "; rename train1 to train; join train2 to train, or move it away; " in message(path)


@pytest.mark.parametrize("names", [("fold1", "fold2"), ("learn", "check"), ("original", "augmented")])
@pytest.mark.parametrize("top", ["", "train/"])
def test_classes_within_what_look_like_classes(draw: Draw, names: tuple[str, str], top: str) -> None:
    path = draw(*(f"{top}{name}/{label}/a.png" for name in names for label in ("cat", "dog")))
    of = ", ".join(sorted(names))
    assert message(path) == (
        f"PATH{top and '/train'}: cat, dog are in each of {of}: are these the classes? give one of {of} as data.path, "
        f"or name them train, val and test; if {of} are the classes, put their pictures directly into them"
    )
    draw(f"{top}other/emu/b.png", f"{top}{names[0]}/emu/b.png")
    assert f"cat, dog, emu are in several of {', '.join(sorted([*names, 'other']))}" in message(path)
    draw(f"{top}other/c.png")
    assert notes(path) == [
        f"PATH{top and '/train'}: all pictures of classes {of} are in folders within them; "
        "is data.path one folder too high?"
    ]


@pytest.mark.parametrize("names", [("train", "test"), ("Training", "val")])
def test_splits_within_classes(draw: Draw, names: tuple[str, str]) -> None:
    path = draw(*(f"{label}/{name}/a.png" for label in ("cat", "dog") for name in names), "emu/a.png")
    assert message(path) == (
        f"PATH/cat: holds {', '.join(sorted(names))}: are these splits? if cat is a class, their folders come first: "
        f"move cat/{names[0]} to train/cat; if not, give PATH/cat as data.path"
    )


def test_folders_with_the_words_of_splits_beside_a_metadata_csv(draw: Draw) -> None:
    path = draw("seg_train/a.png", "seg_train/b.png", "seg_test/c.png")
    text = "file_name,label\nseg_train/a.png,cat\nseg_train/b.png,dog\nseg_test/c.png,cat\n"
    (path / "metadata.csv").write_text(text)
    assert "; or say in a column split of metadata.csv to which split each picture belongs; if" in message(path)


def test_one_class_within_each(draw: Draw) -> None:
    path = draw("cat/photos/a.png", "dog/photos/b.png")
    assert scan(path, goal="3.0").question.classes == ("cat", "dog")


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


@pytest.mark.parametrize(
    "name", ["test.tsv", "val.txt", "Testing.xlsx", "test.csv.gz", "dev.parquet", "test.zip", "test"]
)
def test_tables_of_splits_that_are_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "train.csv").write_text("x,label\n1,cat\n2,dog\n")
    (tmp_path / name).write_bytes(b"x")
    right = "val.csv" if name[0] in "vd" else "test.csv"
    (tmp_path / "train.py").touch()
    how = "unpack it, and save it as" if name.endswith(("gz", "zip")) else "save it as"
    said = f"PATH/{name}: is not a .csv file, and would be left out; {how} {right}: a header, commas between the cells"
    assert message(tmp_path).startswith(said)
    (tmp_path / right).write_text("x,label\n1,cat\n2,dog\n")
    assert notes(tmp_path) == ([f"PATH: {name} is no split and is left out"] if "." in name else [])


@pytest.mark.parametrize("held", ["data.csv", "data.xlsx"])
def test_a_folder_of_tables_beside_tables(tmp_path: Path, held: str) -> None:
    (tmp_path / "train.csv").write_text("x,label\n1,cat\n2,dog\n")
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / held).write_text("x,label\n1,cat\n2,dog\n")
    said = f"PATH/test: is a folder beside train.csv; move its {held} out of it, as test.csv"
    assert message(tmp_path) == said
    (tmp_path / "test").rename(tmp_path / "old")
    assert notes(tmp_path) == ([f"PATH/old: {held} is left out"] if held.endswith("csv") else [])
    (tmp_path / "old").rename(tmp_path / "test")
    (tmp_path / "test" / held).rename(tmp_path / "test" / "data.csv")
    (tmp_path / "test.csv").write_text("x,label\n1,cat\n2,dog\n")
    assert notes(tmp_path)[0] == "PATH/test: data.csv is left out"


def test_pictures_in_a_folder_beside_tables(draw: Draw) -> None:
    path = draw("test/a.png")
    (path / "train.csv").write_text("x,label\n1,cat\n2,dog\n")
    assert notes(path) == ["PATH/test: is not a split; its 1 picture is left out"]


def test_what_is_beside_pictures(draw: Draw) -> None:
    path = draw("train/cat/a.png", "train/dog/b.png")
    for name in ("test.zip", "labels.xlsx"):
        (path / name).touch()
    (path / "train" / "more.csv").touch()
    assert notes(path) == [
        "PATH/train: more.csv is a table beside pictures and is left out",
        "PATH: labels.xlsx, test.zip are no pictures and are left out",
    ]


def test_the_table_of_one_split_as_the_path(tmp_path: Path) -> None:
    for name in ("train.csv", "dogs_train.csv", "other.csv"):
        (tmp_path / name).write_text("x,label\n1,cat\n2,dog\n")
    assert notes(tmp_path / "train.csv") == []
    for name in ("test.csv", "VAL.csv"):
        (tmp_path / name).write_text("x,label\n1,cat\n2,dog\n")
    said = f"PATH: VAL.csv, test.csv beside it are not used; to use them, give {tmp_path}"
    assert notes(tmp_path / "train.csv") == [said]
    assert notes(tmp_path / "dogs_train.csv") == [said + ", with the names train.csv, val.csv and test.csv"]
    for name in ("test.csv", "VAL.csv"):
        (tmp_path / name).unlink()
    (tmp_path / "test.tsv").touch()
    said = f"PATH: test.tsv beside it is not used; to use it, give {tmp_path}, with the names train.csv, "
    assert notes(tmp_path / "train.csv")[0].startswith(said)
    assert notes(tmp_path / "other.csv") == []


@pytest.mark.parametrize(
    "name", ["fold", "Partition", "is_test", "isTrain", "subset", "set", "phase", "usage", "split"]
)
def test_inputs_that_may_be_splits(tmp_path: Path, name: str) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"x,{name},label\n1,0,cat\n2,0,dog\n3,1,cat\n4,1,dog\n")
    assert notes(path) == [
        f"PATH: column {name} is an input; if it says to which split a row belongs, name it split and write train, val "
        "or test, or name it in data.ignore"
    ]
    path.write_text(f"x,{name},label\n" + "".join(f"{i * i},{i / 7},{'cat' if i % 2 else 'dog'}\n" for i in range(40)))
    assert notes(path) == []


def test_a_column_of_words_that_are_splits(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("x,part,colour,label\n1,train,red,cat\n2,train,red,dog\n3,test,red,cat\n")
    assert message(path).splitlines() == [
        "PATH: column part has the names of splits; rename it to split to use them",
        "or leave it out: data.ignore: [part]",
    ]


def test_a_column_of_metadata_that_is_called_otherwise(draw: Draw) -> None:
    path = draw(*FOUR)
    rows = "a.png,cat,Train,1\nb.png,dog,train,2\nc.png,cat,test,3\nd.png,dog,,4\n"
    (path / "metadata.csv").write_text("file_name,label,partition,age\n" + rows)
    said = "columns partition, age of PATH/metadata.csv are not used; rename partition to split to use it"
    assert notes(path) == [said]
    (path / "metadata.csv").write_text("file_name,label,is_test\na.png,cat,0\nb.png,dog,1\n")
    assert notes(path)[1:] == [
        "column is_test of PATH/metadata.csv is not used; if is_test says to which split a picture belongs, name it "
        "split and write train, val or test"
    ]


def test_columns_that_are_not_used(draw: Draw) -> None:
    path = draw("a.png", "b.png")
    (path / "metadata.csv").write_text("file_name,label,breed,age\na.png,cat,x,1\nb.png,dog,y,2\n")
    assert notes(path) == ["columns breed, age of PATH/metadata.csv are not used"]
    assert notes(path, goal="regression", target="age") == ["columns label, breed of PATH/metadata.csv are not used"]


@pytest.mark.parametrize(
    ("header", "is_list"),
    [
        ("file_name,label", True), ('\ufeff"file_name";label', True), ("file_name\tlabel", True), ("file_name\r", True),
        ("label,file_name", False), ("file_names,label", False), ("file_name_of_it,label", False), ("", False),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["pictures.csv", "folder/train.CSV"])
def test_a_csv_whose_first_column_names_pictures_is_no_table(
    tmp_path: Path, header: str, is_list: bool, name: str
) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"{header}\na.png,cat\n", encoding="utf-8")
    assert is_table(tmp_path / name.split("/")[0]) is not is_list
