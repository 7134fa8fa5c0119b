"""Data that does not lie as catnet reads it: one message per cause says what to do."""

from pathlib import Path

import pytest
from scanning import Draw, message, scan

from catnet.data.scan import scan_other
from catnet.errors import DataError, Unlabelled
from catnet.question import Question


def test_an_empty_folder(tmp_path: Path) -> None:
    assert message(tmp_path).startswith("PATH: is empty; catnet reads ")
    (tmp_path / "train").mkdir()
    assert message(tmp_path).startswith("PATH/train: is empty; catnet reads ")


@pytest.mark.parametrize("split", ["val", "test"])
def test_unlabelled_pictures_to_measure_on(draw: Draw, split: str) -> None:
    path = draw("train/cat/a.png", "train/dog/b.png", f"{split}/c.png", f"{split}/d.png")
    with pytest.raises(Unlabelled):
        scan(path, goal="3.0")
    assert message(path) == (
        f"PATH/{split}: its 2 pictures have no labels: there are neither class folders nor a metadata.csv; add them, "
        "or move the folder away: a trained model can answer about such pictures"
    )


@pytest.mark.parametrize(
    ("goal", "options", "column"), [("regression", {"target": "price"}, "price"), ("2.0", {"classes": ("cat",)}, "cat")]
)
def test_unlabelled_rows_to_measure_on(tmp_path: Path, goal: str, options: dict[str, object], column: str) -> None:
    (tmp_path / "train.csv").write_text(f"x,{column}\n1,1\n2,0\n")
    (tmp_path / "test.csv").write_text("x\n1\n")
    with pytest.raises(Unlabelled):
        scan(tmp_path, goal=goal, **options)  # type: ignore[arg-type]
    assert message(tmp_path, goal=goal, **options) == (
        f"PATH/test.csv: has no column {column}, so it has no answers; add them, or leave the file out: "
        "a trained model can answer about it"
    )


def test_unlabelled_names_to_measure_on(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("x,label\n1,cat\n2,dog\n")
    (tmp_path / "test.csv").write_text("x\n1\n")
    with pytest.raises(Unlabelled):
        scan(tmp_path, goal="3.0")


def test_labels_one_folder_higher(draw: Draw) -> None:
    path = draw("images/a.png")
    (path / "metadata.csv").write_text("file_name,label\nimages/a.png,cat\n")
    assert message(path / "images").endswith(
        f": its 1 picture has no label here; {path}/metadata.csv is one folder higher; give {path}, or move it to the "
        "pictures"
    )
    (path / "metadata.csv").rename(path / "train.csv")
    assert f"; if {path}/train.csv has their labels, move it to the pictures as metadata.csv, " in message(
        path / "images"
    )
    (path / "train.csv").rename(path / "images" / "labels.csv")
    assert "; if labels.csv has their labels, name it metadata.csv, with the pictures in " in message(path / "images")


@pytest.mark.parametrize("name", ["metadata.csv", "train.csv", "train/cat/a.png"])
def test_data_one_folder_deeper(tmp_path: Path, name: str) -> None:
    (tmp_path / "inner" / name).parent.mkdir(parents=True)
    (tmp_path / "inner" / name).touch()
    said = f"PATH: is one folder too high; give PATH/inner, which holds {name.split('/')[0]}"
    assert message(tmp_path) == said
    (tmp_path / "other").mkdir()
    said = f"PATH/inner: is no class: it holds {name.split('/')[0]}; is data.path one folder too high?"
    if "/" not in name:
        assert message(tmp_path) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a.png", "is a picture; give a folder of pictures: "),
        ("c.yaml", "is a YAML file, such as a configuration; "),
        ("d.zip", "is an archive; unpack it, and give the folder"),
        ("d.tar.gz", "is an archive; unpack it, and give the folder"),
        ("t.tsv", "is not a .csv file; save it as one: a header, commas between the cells, UTF-8"),
        ("t.XLSX", "is not a .csv file; save it as one: a header, commas between the cells, UTF-8"),
        ("t.md", "is neither a folder nor a .csv file; "),
    ],
)
def test_files_that_are_no_table(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).touch()
    assert message(tmp_path / name).startswith(f"PATH: {said}")


def test_unlabelled_pictures_to_evaluate_on(draw: Draw) -> None:
    with pytest.raises(Unlabelled):
        scan_other(Question("3.0", ("cat", "dog")), draw("a.png"))


def test_classes_beside_a_split(draw: Draw) -> None:
    said = "has test but no train to learn from; if cat, dog are the classes to learn, move them into a folder train"
    assert message(draw("cat/a.png", "dog/b.png", "test/cat/c.png")) == f"PATH: {said}"


def test_one_folder_beside_a_split(draw: Draw) -> None:
    said = "if entrainement has the pictures to learn from, rename it to train"
    assert message(draw("entrainement/cat/a.png", "test/cat/c.png")).endswith(f" to learn from; {said}")


def test_one_class_beside_a_split(draw: Draw) -> None:
    said = "PATH: has test but no train to learn from; if cat is a class to learn, move it into a folder train"
    assert message(draw("cat/a.png", "test/cat/c.png")) == said


def test_evaluation_needs_no_training_data(draw: Draw, tmp_path: Path) -> None:
    question = Question("3.0", ("cat", "dog"))
    path = draw("g/test/cat/c.png", "g/test/dog/d.png") / "g"
    assert list(scan_other(question, path).splits) == ["test"]
    draw("g/val/cat/e.png")
    assert list(scan_other(question, path).splits) == ["validation", "test"]
    (tmp_path / "t").mkdir()
    for name, split in (("test.csv", "test"), ("val.csv", "validation")):
        (tmp_path / "t" / name).write_text("x,label\n1,cat\n2,dog\n")
        catalog = scan_other(Question("3.0", ("cat", "dog"), features=("x",)), tmp_path / "t")
        assert next(iter(catalog.splits)) == split


def test_a_metadata_csv_as_the_path(draw: Draw) -> None:
    path = draw("a.png")
    (path / "metadata.csv").write_text("file_name,label\na.png,cat\n")
    said = f"PATH: names the labels of pictures; give the folder of the pictures: {path}"
    assert message(path / "metadata.csv") == said
    (path / "metadata.csv").write_text("x,label\n1,cat\n2,dog\n")
    assert scan(path / "metadata.csv", goal="3.0").question.features == ("x",)


def test_other_paths(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("none")
    assert message(tmp_path / "link") == "PATH: is a link that leads nowhere"
    assert message(Path("/dev/null")).startswith("PATH: is neither a folder nor a regular file; ")


def test_a_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "notes.md").touch()
    assert message(tmp_path).startswith("PATH: has no pictures; the suffixes of its files are .md; ")
    (tmp_path / "d.zip").touch()
    assert message(tmp_path) == "PATH: has no pictures, but an archive; unpack d.zip"
    (tmp_path / "houses.csv").write_text("x,price\n1,2\n")
    assert message(tmp_path) == (
        "PATH: has no pictures and no train.csv; to learn from a table, give its file: PATH/houses.csv"
    )
    (tmp_path / "config.yaml").touch()
    (tmp_path / "metrics.csv").touch()
    assert message(tmp_path).startswith("PATH: is a run of catnet, not data; ")


def test_every_error_is_one_of_the_data() -> None:
    assert issubclass(Unlabelled, DataError)
