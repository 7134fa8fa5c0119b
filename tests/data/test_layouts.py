"""Which examples are found: splits, class folders, metadata.csv; and the message if there are none."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scanning import Draw, message, scan

from catnet.data.dataset import Catalog
from catnet.data.load import load
from catnet.data.scan import scan_other
from catnet.errors import DataError
from catnet.question import Question


def binary(path: Path, *classes: str, **options: Any) -> Catalog:
    return scan(path, goal="1.0", classes=classes or None, target=None, **options)


def multi_class(path: Path, *classes: str, **options: Any) -> Catalog:
    return scan(path, goal="3.0", classes=classes or None, target=None, **options)


@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_splits_and_class_folders(draw: Draw, name: str) -> None:
    path = draw("train/cat/b.png", "train/cat/deep/a.PNG", "train/dog/c.png", f"{name}/cat/d.png", "test/dog/e.png")
    catalog = multi_class(path)
    assert list(catalog.splits) == ["train", "validation", "test"]
    assert catalog.question.classes == ("cat", "dog")
    train = catalog.splits["train"]
    assert train.names == ("train/cat/b.png", "train/cat/deep/a.PNG", "train/dog/c.png")
    assert train.labels.tolist() == [[1, 1, 0], [0, 0, 1]]
    assert catalog.notes == ("the validation data has no example of dog", "the test data has no example of cat")


def test_pictures_are_rows_of_bytes_in_the_order_of_their_names(draw: Draw) -> None:
    path = draw("train/cat/b.png", "train/cat/a.png", "train/dog/c.png")
    told: list[tuple[int, int]] = []
    dataset = load(multi_class(path), (2, 3), progress=lambda done, total: told.append((done, total)))
    split = dataset.splits["train"]
    assert split.rows.dtype == np.uint8
    np.testing.assert_array_equal(split.rows, np.repeat([[1], [0], [2]], 18, axis=1))
    assert split.names == ("train/cat/a.png", "train/cat/b.png", "train/dog/c.png")
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert dataset.image_size == (2, 3) and dataset.question.features is None


def test_own_splits_are_kept_whatever_the_fractions(draw: Draw) -> None:
    path = draw("train/cat/a.png", "train/dog/b.png", "test/cat/c.png", "test/dog/d.png")
    catalog = multi_class(path, validation_fraction=0.5, test_fraction=0.3)
    assert [len(of.names) for of in catalog.splits.values()] == [2, 2]


def test_the_order_of_classes_is_the_order_given(draw: Draw) -> None:
    path = draw("train/ant/a.png", "train/bee/b.png", "train/cat/c.png")
    catalog = multi_class(path, "cat", "ant")
    assert catalog.question.classes == ("cat", "ant")
    assert catalog.splits["train"].labels.tolist() == [[0, 1], [1, 0]]
    assert [note.replace(str(path), "PATH") for note in catalog.notes] == [
        "PATH/train: 1 example of bee, not in data.classes, is left out"
    ]


def test_binary(draw: Draw) -> None:
    path = draw("train/cat/a.png", "train/non-cat/b.png")
    catalog = binary(path, "cat")
    assert catalog.splits["train"].labels.tolist() == [[1, 0]]
    assert (catalog.question.classes, catalog.question.negative) == (("cat",), "non-cat")
    catalog = binary(draw("train/dog/c.png"), "cat")
    assert catalog.splits["train"].labels.tolist() == [[1, 0, 0]]
    assert catalog.question.negative == "not cat"


def test_multi_label_from_class_folders(draw: Draw) -> None:
    path = draw("train/cat/a.png", "train/dog/b.png")
    catalog = scan(path, goal="2.0", classes=None, target=None)
    assert catalog.splits["train"].labels.tolist() == [[1, 0], [0, 1]]


def test_binary_needs_to_know_the_class(draw: Draw) -> None:
    path = draw("train/cat/a.png", "train/non-cat/b.png")
    said = "PATH/train: data.classes must name the class that counts as 1: one of cat, non-cat"
    said += "; for instance data.classes: [cat]"
    assert message(path, goal="1.0") == said
    said = "PATH/train: class cats of data.classes has no examples; there are cat, non-cat; did you mean cat?"
    assert message(path, goal="1.0", classes=("cats",)) == said
    assert message(path, goal="3.0", classes=("cats", "non-cat")) == said


def test_binary_needs_both_classes(draw: Draw) -> None:
    said = "PATH: class not cat is empty: no training example has it; add some"
    assert message(draw("train/cat/a.png"), goal="1.0", classes=("cat",)) == said


def test_an_empty_class_folder(draw: Draw) -> None:
    path = draw("train/cat/a.png", "train/dog/b.png")
    (path / "train" / "lion").mkdir()
    assert message(path, goal="3.0") == (
        "PATH/train/lion: class lion has no pictures "
        "(.avif, .bmp, .gif, .heic, .heif, .jpeg, .jpg, .png, .tif, .tiff, .webp); "
        "add some, or remove the folder"
    )


def test_a_class_that_training_does_not_have(draw: Draw) -> None:
    path = draw("train/cat/a.png", "train/dog/b.png", "val/zebra/c.png", "val/cat/d.png")
    assert message(path, goal="3.0") == (
        "PATH/val: class zebra is not in the training data, which has cat, dog; "
        "rename it, or list the classes to learn in data.classes"
    )
    assert len(multi_class(path, "cat", "dog").splits["validation"].names) == 1


def test_paths_without_data(draw: Draw) -> None:
    path = draw("other/a.png")
    layouts = (
        "catnet reads PATH/{train,val,test}/CLASS/*.png, PATH/CLASS/*.png, "
        "pictures with a metadata.csv beside them, a table PATH.csv, or arrays: .npz, .h5, MNIST's idx, CIFAR's .bin"
    )
    assert message(path / "none", goal="3.0") == (
        "PATH: there is no such folder or table; fix the path: one in a configuration is relative to its file, "
        "one on the command line to the current folder"
    )
    assert message(path / "~nobody" / "x", goal="3.0") == "PATH: ~nobody is no home folder; give the whole path"
    (path / "loop").symlink_to("loop")
    assert message(path / "loop" / "x", goal="3.0") == "PATH: Too many levels of symbolic links"
    assert message(Path("/" + "x" * 5000), goal="3.0") == f"/{'x' * 59}...: File name too long"
    assert message(path / "other" / "a.png", goal="3.0") == (
        f"PATH: is a picture; give a folder of pictures: {layouts}"
    )
    (path / "notes.md").write_text("x")
    assert message(path / "notes.md", goal="3.0") == f"PATH: is neither a folder nor a .csv file; {layouts}"
    assert message(path / "other", goal="3.0") == (
        "PATH: its 1 picture has no label: there are neither class folders nor a metadata.csv; put the pictures of "
        "each class into a folder of its own, or name their labels in a metadata.csv beside them"
    )


def test_folders_that_are_not_what_they_seem(draw: Draw) -> None:
    path = draw("Train/cat/a.png", "Train/dog/b.png", "TEST/cat/c.png", "testy/dog/d.png", "more/x/e.png")
    (path / "notes").mkdir()
    catalog = multi_class(path)
    assert {name: split.names for name, split in catalog.splits.items()} == {
        "train": ("Train/cat/a.png", "Train/dog/b.png"),
        "test": ("TEST/cat/c.png",),
    }
    assert [note.replace(str(path), "PATH") for note in catalog.notes] == [
        "PATH/more: is not a split; its 1 picture is left out",
        "PATH/testy: is not a split; its 1 picture is left out",
        "the test data has no example of dog",
    ]
    draw("train/cat/f.png")
    assert message(path, goal="3.0") == "PATH: has both Train, train; keep one"


def test_a_path_one_folder_too_high(draw: Draw) -> None:
    path = draw("photos/cat/a.png", "photos/dog/b.png")
    assert message(path, goal="3.0") == "PATH: has only the class photos; is data.path one folder too high?"
    catalog = multi_class(draw("others/dog/c.png", "others/d.png"))
    assert [note.replace(str(path), "PATH") for note in catalog.notes] == [
        "PATH/photos: all pictures of class photos are in folders within it; is data.path one folder too high?"
    ]
    metadata(path, "file_name,label\nphotos/cat/a.png,cat\n")
    assert message(path, goal="3.0") == "PATH/metadata.csv: has only the class cat; add examples of another"


def test_splits_that_do_not_fit(draw: Draw) -> None:
    path = draw("val/cat/a.png")
    assert message(path, goal="3.0") == "PATH: has val but no train to learn from"
    path = draw("train/cat/a.png", "valid/cat/b.png")
    assert message(path, goal="3.0") == "PATH: has both val, valid; keep one"


def test_loose_pictures_are_a_note(draw: Draw) -> None:
    path = draw("train/cat/a.png", "train/dog/b.png", "train/c.png")
    notes = multi_class(path).notes
    assert [note.replace(str(path), "PATH") for note in notes] == [
        "PATH/train: 1 picture is in no class folder and is left out"
    ]


def test_evaluation_does_not_need_every_class(draw: Draw) -> None:
    path = draw("cat/a.png", "cat/b.png")
    catalog = scan_other(Question("3.0", ("cat", "dog")), path)
    assert list(catalog.splits) == ["all"]
    assert catalog.splits["all"].labels.tolist() == [[1, 1], [0, 0]]
    with pytest.raises(DataError) as caught:
        scan_other(Question("3.0", ("emu", "fox")), path)
    assert str(caught.value).replace(str(path), "PATH") == (
        "PATH: has none of the model's classes emu, fox; there are cat"
    )


def test_all_bad_pictures_are_named_at_once(draw: Draw) -> None:
    path = draw("train/cat/a.png", "train/dog/b.png", "val/cat/c.png", "val/dog/d.png")
    (path / "train" / "cat" / "bad.png").write_text("words")
    (path / "val" / "dog" / "worse.jpg").write_text("words")
    catalog = multi_class(path)
    with pytest.raises(DataError) as caught:
        load(catalog, (2, 2))
    reason = "is not a picture in PNG, JPEG, BMP, GIF, WebP, TIFF, AVIF or HEIC format, or its beginning is damaged"
    assert str(caught.value).replace(str(path), "PATH") == (
        "PATH: 2 faults in 2 of 6 pictures; fix or remove what is named, or set data.bad_images: skip\n"
        f"PATH/train/cat/bad.png: {reason}\n"
        f"PATH/val/dog/worse.jpg: {reason}"
    )
    dataset = load(catalog, (2, 2), bad="skip")
    assert [len(of.rows) for of in dataset.splits.values()] == [2, 2]
    assert dataset.splits["train"].names == ("train/cat/a.png", "train/dog/b.png")
    assert dataset.splits["train"].labels.tolist() == [[1, 0], [0, 1]]
    assert [(bad.name.replace(str(path), "PATH"), bad.reason) for bad in dataset.skipped] == [
        ("PATH/train/cat/bad.png", reason),
        ("PATH/val/dog/worse.jpg", reason),
    ]


def test_at_most_twenty_bad_pictures_are_shown(draw: Draw) -> None:
    path = draw("train/cat/a.png", "train/dog/b.png")
    for number in range(25):
        (path / "train" / "cat" / f"{number:02}.png").write_text("words")
    with pytest.raises(DataError) as caught:
        load(multi_class(path), (2, 2))
    lines = str(caught.value).splitlines()
    assert len(lines) == 22
    assert ": 25 faults in 25 of 27 pictures; " in lines[0]
    assert lines[-1] == "... and 5 more"


@pytest.mark.parametrize(
    ("goal", "classes", "folder"), [("3.0", None, "dog"), ("1.0", ("cat",), "dog"), ("1.0", ("dog",), "dog")]
)
def test_skipping_must_leave_every_class(draw: Draw, goal: str, classes: tuple[str, ...] | None, folder: str) -> None:
    path = draw("train/cat/a.png")
    (path / "train" / folder).mkdir()
    (path / "train" / folder / "b.png").write_text("words")
    catalog = scan(path, goal=goal, classes=classes, target=None)
    with pytest.raises(DataError) as caught:
        load(catalog, (2, 2), bad="skip")
    assert str(caught.value) == (
        f"{path}/train/{folder}/b.png: class dog has no readable training picture left; fix or add some"
    )


def metadata(path: Path, text: str | bytes) -> Path:
    file = path / "metadata.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_metadata_of_labels(draw: Draw) -> None:
    path = metadata(
        draw("a.png", "sub/b.png", "c.png"),
        "\ufefffile_name,cat,dog\r\na.png,1,0\r\nsub/b.png,1,1\r\n\r\nc.png,0,0\r\n",
    )
    catalog = scan(path, goal="2.0", classes=None, target=None)
    assert catalog.question.classes == ("cat", "dog")
    assert catalog.splits["train"].names == ("a.png", "c.png", "sub/b.png") or list(catalog.splits) == ["train"]
    by_name = dict(zip(catalog.splits["train"].names, catalog.splits["train"].labels.T.tolist(), strict=True))
    assert by_name == {"a.png": [1, 0], "sub/b.png": [1, 1], "c.png": [0, 0]}
    assert scan(path, goal="1.0", classes=("dog",), target=None).question.negative == "not dog"


def test_metadata_of_names(draw: Draw) -> None:
    path = metadata(draw("a.png", "b.png", "c.png"), "file_name,label\na.png,cat\nb.png,dog\nc.png,cat\n")
    assert multi_class(path).splits["train"].labels.tolist() == [[1, 0, 1], [0, 1, 0]]
    catalog = binary(path, "dog")
    assert catalog.splits["train"].labels.tolist() == [[0, 1, 0]]
    assert catalog.question.negative == "cat"


def test_metadata_of_numbers(draw: Draw) -> None:
    path = metadata(draw("a.png", "b.png"), "file_name,age\na.png,2.5\nb.png,-1\n")
    catalog = scan(path, goal="regression", classes=None, target="age")
    assert catalog.splits["train"].labels.tolist() == [[2.5, -1]]
    assert (catalog.question.classes, catalog.question.target) == ((), "age")
    head = (
        "PATH: 1 fault in 1 of 2 rows; fix or remove what is named, or set data.bad_images: skip\nPATH/metadata.csv:3: "
    )
    said = "age is -1, which a ReLU output can never say; use output_activation: linear"
    assert message(path, goal="regression", target="age", nonnegative=True) == head + said
    assert message(path, goal="regression", target="agee") == (
        "PATH/metadata.csv: has no column agee; there are age; did you mean age?"
    )


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("file_name,cat,dog\na.png,1,1\nb.png,0,0\n", {"goal": "3.0"},
         ["2: has two labels or more (cat, dog); softmax needs exactly one (goal 2.0 allows any number)",
          "3: has no label; softmax needs exactly one (goal 2.0 allows any number)"]),
        ("file_name,cat\na.png,2\nb.png,\n", {"goal": "1.0", "classes": ("cat",)},
         ["2: column cat must be 0 or 1, is 2", "3: column cat must be 0 or 1, is empty"]),
        ("file_name,cat,age\na.png,1,7\nb.png,0,1\n", {"goal": "2.0"},
         ["2: column age must be 0 or 1, is 7; name the label columns with data.classes"]),
        ("file_name,age\na.png,old\nb.png,nan\n", {"goal": "regression", "target": "age"},
         ["2: age must be a number, is old", "3: age must be a number, is nan"]),
        ("file_name,label\na.png,cat\nb.png, \n", {"goal": "1.0", "classes": ("cat",)}, ["3: label is empty"]),
        ("file_name,label\na.png,cat\nb.png, \n", {"goal": "3.0"}, ["3: label is empty"]),
        ("file_name,cat\na.png,1\nb.png,0,1\nno.png,1\n", {"goal": "2.0"},
         ["3: has 3 cells, the header has 2", "4: there is no picture no.png"]),
        (f"file_name,cat\na.png,1\nb.png,0\n{'x' * 300}.png,1\n", {"goal": "2.0"},
         [f"4: there is no picture {'x' * 255}..."]),
    ],
)  # fmt: skip
def test_bad_rows(draw: Draw, text: str, options: dict[str, Any], said: list[str]) -> None:
    path = metadata(draw("a.png", "b.png"), text)
    count = f"{len(said)} fault{'s' * (len(said) > 1)} in {len(said)} of {len(text.splitlines()) - 1} rows"
    lines = [f"PATH: {count}; fix or remove what is named, or set data.bad_images: skip"]
    assert message(path, **options) == "\n".join(lines + [f"PATH/metadata.csv:{line}" for line in said])


def test_bad_rows_are_skipped_on_request(draw: Draw) -> None:
    text = "file_name,cat\na.png,1\nno.png,1\nb.png,0\nc.png,7\nd.png,1,2\n"
    path = metadata(draw("a.png", "b.png", "c.png", "d.png"), text)
    catalog = scan(path, goal="2.0", classes=("cat",), target=None, bad="skip")
    assert catalog.splits["train"].names == ("a.png", "b.png")
    assert catalog.splits["train"].labels.tolist() == [[1, 0]]
    assert {bad.name.replace(str(path), "PATH"): bad.reason for bad in catalog.skipped} == {
        "PATH/metadata.csv:3": "there is no picture no.png",
        "PATH/metadata.csv:5": "column cat must be 0 or 1, is 7",
        "PATH/metadata.csv:6": "has 3 cells, the header has 2",
    }


def test_file_names_that_name_no_picture(draw: Draw) -> None:
    text = 'file_name,cat\na.png,1\n./a.png,0\n,1\n"a\0.png",1\nb.png,2\nc.png,0\n'
    path = metadata(draw("a.png", "b.png", "c.png"), text)
    said = [
        "3: ./a.png is named in line 2 too",
        "4: file_name is empty",
        "5: file_name a\\x00.png holds a NUL character",
        "6: column cat must be 0 or 1, is 2",
    ]
    head = "PATH: 4 faults in 4 of 6 rows; fix or remove what is named, or set data.bad_images: skip\n"
    assert message(path, goal="2.0") == head + "\n".join(f"PATH/metadata.csv:{line}" for line in said)
    catalog = scan(path, goal="2.0", classes=None, target=None, bad="skip")
    assert catalog.splits["train"].names == ("a.png", "c.png")
    assert [f"{bad.name}: {bad.reason}" for bad in catalog.skipped] == [f"{path}/metadata.csv:{line}" for line in said]


def test_files_with_another_suffix_are_a_note(draw: Draw) -> None:
    path = draw("train/cat/a.png", "train/dog/b.png")
    for name in ("cat/c.svg", "cat/d.SVG", "dog/e", "dog/.hidden"):
        (path / "train" / name).write_text("x")
    assert [note.replace(str(path), "PATH") for note in multi_class(path).notes] == [
        "PATH/train: 3 files are no pictures by their suffix (.svg, none) and are left out"
    ]


def test_too_few_pictures_to_validate_on_are_a_note(draw: Draw) -> None:
    path = draw("cat/a.png", "cat/b.png", "dog/c.png")
    catalog = multi_class(path, validation_fraction=0.2)
    assert list(catalog.splits) == ["train"]
    assert catalog.notes == ("there is no validation data: 3 examples are too few for data.validation_fraction 0.2",)
    assert multi_class(path).notes == ()


def test_absolute_paths_are_said_once(draw: Draw) -> None:
    path = draw("in/a.png", "in/b.png")
    metadata(path, "file_name,cat\n/home/me/pets/in/a.png,1\n/home/me/pets/in/b.png,0\n")
    assert message(path, goal="2.0") == (
        "PATH/metadata.csv: all 2 file names are absolute paths; "
        "write the paths within the folder: in/a.png, not /home/me/pets/in/a.png"
    )


def test_paths_that_leave_the_folder(draw: Draw) -> None:
    path = draw("in/a.png", "out.png")
    (path / "in" / "link.png").symlink_to(path / "out.png")
    absolute = path / "out.png"
    text = f'file_name,cat\n../out.png,1\n{absolute},1\nlink.png,0\na.png,1\na.png,0\n,1\n"a\0.png",1\n'
    said = [
        "2: file_name ../out.png leaves the folder; it must be a path within it",
        f"3: file_name {absolute} leaves the folder; it must be a path within it",
        "4: file_name link.png leaves the folder by a link; it must be a path within it",
    ]
    metadata(path / "in", text)
    expected = "\n".join(f"PATH/metadata.csv:{line}" for line in said)
    for bad in ("fail", "skip"):
        assert message(path / "in", goal="2.0", bad=bad) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "PATH/metadata.csv: has no header; its first line must name the columns"),
        (b"file_name,cat\n", "PATH/metadata.csv: has no rows"),
        (b"name,cat\na.png,1\n", "PATH/metadata.csv:1: the first column must be file_name, is name"),
        (b"file_name,cat,cat\na.png,1,1\n", "PATH/metadata.csv:1: the header names a column twice: cat"),
        (b"file_name,c\xe4t\na.png,1\n",
         "PATH/metadata.csv: is not UTF-8 text (invalid continuation byte); save it as UTF-8"),
        (b"file_name,cat\na.png,\"1\n", "PATH/metadata.csv:2: a quote is opened here that is never closed"),
        (b"file_name\na.png\n", "PATH: metadata.csv has no column besides file_name to learn"),
    ],
)  # fmt: skip
def test_metadata_that_cannot_be_used(draw: Draw, text: bytes, said: str) -> None:
    assert message(metadata(draw("a.png"), text), goal="2.0") == said


def test_lines_are_those_of_an_editor(draw: Draw) -> None:
    path = metadata(draw("a.png", "b.png"), 'file_name,cat,note\na.png,1,"two\nlines"\n\nb.png,3,x\n')
    said = "PATH/metadata.csv:5: column cat must be 0 or 1, is 3"
    assert message(path, goal="2.0", classes=("cat",)).splitlines()[1] == said


def test_pictures_that_are_not_listed_are_a_note(draw: Draw) -> None:
    path = metadata(draw("a.png", "b.png", "c.png", "d.png"), "file_name,cat\na.png,1\nb.png,0\n")
    notes = scan(path, goal="2.0", classes=None, target=None).notes
    assert [note.replace(str(path), "PATH") for note in notes] == [
        "PATH: 2 pictures are not in metadata.csv and are left out"
    ]


def test_labels_that_are_never_or_always_there(draw: Draw) -> None:
    path = metadata(draw("a.png", "b.png"), "file_name,cat,dog\na.png,1,0\nb.png,1,1\n")
    catalog = scan(path, goal="2.0", classes=None, target=None)
    assert catalog.notes == ("every training example has the label cat",)
    metadata(path, "file_name,cat,dog\na.png,1,0\nb.png,0,0\n")
    said = "PATH/metadata.csv: class dog is empty: no training example has it; add some, or take it out of data.classes"
    assert message(path, goal="2.0") == said


def test_every_split_needs_the_columns(draw: Draw) -> None:
    path = draw("train/a.png", "train/b.png", "val/c.png")
    metadata(path / "train", "file_name,cat\na.png,1\nb.png,0\n")
    metadata(path / "val", "file_name,cats\nc.png,1\n")
    assert message(path, goal="2.0") == ("PATH/val/metadata.csv: has no column cat; there are cats; did you mean cats?")


def test_regression_needs_metadata(draw: Draw) -> None:
    said = "PATH/train: has no metadata.csv with the column age to predict"
    assert message(draw("train/cat/a.png"), goal="regression", target="age") == said


def test_scanning_needs_no_pillow() -> None:
    code = "import sys, catnet.data.scan; assert 'PIL' not in sys.modules"
    code += "; import catnet.data.load; assert 'h5py' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("there", "options", "counts", "notes"),
    [
        ("test", {"validation_fraction": 0.25}, {"train": 6, "validation": 2, "test": 2}, []),
        ("test", {"validation_fraction": "auto"}, {"train": 8, "test": 2}, []),
        ("test", {"validation_fraction": 0}, {"train": 8, "test": 2}, []),
        ("val", {"validation_fraction": "auto", "test_fraction": 0.25}, {"train": 6, "validation": 2, "test": 2}, []),
        (
            "test",
            {"validation_fraction": 0.25, "test_fraction": 0.5},
            {"train": 6, "validation": 2, "test": 2},
            ["data.test_fraction 0.5 is not used: the data has test data of its own"],
        ),
        (
            "val",
            {"validation_fraction": 0.5},
            {"train": 8, "validation": 2},
            ["data.validation_fraction 0.5 is not used: the data has validation data of its own"],
        ),
    ],
)
def test_fractions_beside_splits_of_the_datas_own(
    draw: Draw, there: str, options: dict[str, Any], counts: dict[str, int], notes: list[str]
) -> None:
    names = [f"train/{name}/{i}.png" for name in ("cat", "dog") for i in range(4)]
    path = draw(*names, f"{there}/cat/9.png", f"{there}/dog/9.png")
    catalog = multi_class(path, **options)
    assert {name: len(listing.names) for name, listing in catalog.splits.items()} == counts
    assert list(catalog.notes) == notes
    assert all(name.startswith(there) for name in catalog.splits["test" if there == "test" else "validation"].names)


def test_the_splits_are_drawn_by_their_own_seed_or_by_that_of_the_training(draw: Draw) -> None:
    path = draw(*(f"{name}/{i}.png" for name in ("cat", "dog") for i in range(10)))

    def drawn(seed: int, **options: Any) -> tuple[str, ...]:
        return tuple(multi_class(path, seed=seed, validation_fraction=0.3, **options).splits["validation"].names)

    assert drawn(7, split_seed=3) == drawn(8, split_seed=3) == drawn(3) != drawn(7)
    unused = multi_class(path, split_seed=3)
    assert unused.notes == ("data.split_seed 3 is not used: no split is drawn",)


def test_without_splits_auto_is_a_fifth(draw: Draw) -> None:
    path = draw(*(f"{name}/{i}.png" for name in ("cat", "dog") for i in range(10)))
    catalog = multi_class(path, validation_fraction="auto")
    assert {name: len(listing.names) for name, listing in catalog.splits.items()} == {"train": 16, "validation": 4}
