"""Tables: every feature column a number, the labels in columns of their own."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scanning import asking, scan

from catnet.data.dataset import Catalog
from catnet.data.load import load
from catnet.data.tables import read_rows
from catnet.errors import DataError

HOUSES = "size,rooms,price\n10,1,100\n20,2,190\n30,3,310\n"
EMPTY = "PATH: column size is empty in 1 of 4 rows (line 3); set data.missing: fill"
FIX = "fix or remove what is named, or set data.bad_images: skip"


def table(folder: Path, text: str, name: str = "houses.csv") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def prices(path: Path, **options: Any) -> Catalog:
    target = {} if options.get("goal", "regression") != "regression" else {"target": "price"}
    return scan(path, **({"goal": "regression"} | target | options))


def message(path: Path, **options: object) -> str:
    with pytest.raises(DataError) as caught:
        prices(path, **options)
    assert caught.value.exit_code == 3
    return str(caught.value).replace(str(path), "PATH")


def test_features_and_target(tmp_path: Path) -> None:
    dataset = load(prices(table(tmp_path, HOUSES)), (64, 64))
    split = dataset.splits["train"]
    assert split.rows.dtype == np.float64
    assert split.rows.tolist() == [[10, 1], [20, 2], [30, 3]]
    assert split.labels.tolist() == [[100, 190, 310]]
    assert split.names == ("houses.csv:2", "houses.csv:3", "houses.csv:4")
    assert (dataset.question.features, dataset.question.target, dataset.image_size) == (
        ("size", "rooms"),
        "price",
        None,
    )


def test_a_folder_of_tables(tmp_path: Path) -> None:
    table(tmp_path, HOUSES, "train.csv")
    table(tmp_path, "price,rooms,size,extra\n5,6,7,words\n", "valid.csv")
    table(tmp_path, HOUSES, "test.csv")
    catalog = prices(tmp_path)
    assert list(catalog.splits) == ["train", "validation", "test"]
    rows = catalog.splits["validation"].rows
    assert rows is not None and rows.tolist() == [[7, 6]]
    assert catalog.splits["validation"].names == ("valid.csv:2",)


def test_labels_in_columns_or_by_name(tmp_path: Path) -> None:
    path = table(tmp_path, "x,cat,dog\n1,1,0\n2,0,1\n3,0,1\n")
    for goal, classes in (("2.0", ("dog", "cat")), ("3.0", ("dog", "cat"))):
        catalog = prices(path, goal=goal, classes=classes, target=None)
        assert catalog.splits["train"].labels.tolist() == [[0, 1, 1], [1, 0, 0]]
        assert catalog.question.features == ("x",)
    catalog = prices(path, goal="1.0", classes=("cat",), target=None)
    assert catalog.splits["train"].labels.tolist() == [[1, 0, 0]]
    path = table(tmp_path, "x,label\n1,cat\n2,dog\n")
    catalog = prices(path, goal="3.0", target=None)
    assert (catalog.question.classes, catalog.question.features) == (("cat", "dog"), ("x",))
    assert catalog.splits["train"].labels.tolist() == [[1, 0], [0, 1]]
    assert prices(path, goal="1.0", classes=("cat",), target=None).question.negative == "dog"
    path = table(tmp_path, "x,y\n1,0\n2,1\n")
    assert message(path, goal="2.0", target=None) == (
        "PATH: which columns are the labels? name them with data.classes: [y]; there are x, y"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("size,price\n1,2\n,3\nwide,4\ninf,5\n",
         ["3: column size must be a number, is empty", "4: column size must be a number, is wide",
          "5: column size must be a number, is inf"]),
        ("size,price\n1,2\n1_0,3\n2,nan\n",
         ["3: column size must be a number, is 1_0", "4: price must be a number, is nan"]),
        ("size,price\n1,2\n1\n2,3,4\n", ["3: has 1 cell, the header has 2", "4: has 3 cells, the header has 2"]),
    ],
)  # fmt: skip
def test_bad_rows(tmp_path: Path, text: str, said: list[str]) -> None:
    path = table(tmp_path, text)
    count = f"{len(said)} faults in {len(said)} of {len(text.splitlines()) - 1} rows"
    told = (EMPTY if line.endswith("is empty") else f"PATH:{line}" for line in said)
    assert message(path) == "\n".join([f"PATH: {count}; {FIX}", *told])
    catalog = prices(path, bad="skip")
    rows = catalog.splits["train"].rows
    assert rows is not None and rows.tolist() == [[1]]
    assert catalog.splits["train"].labels.tolist() == [[2]]
    assert [f"{bad.name}: {bad.reason}" for bad in catalog.skipped] == [f"{path}:{line}" for line in said]


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("size,street,price\n1,a,2\n2,b,3\n3,c,3\n4,d,3\n", {},
         "PATH: column street has 4 different texts in 4 rows, too many to be categories\n"
         "or leave it out: data.ignore: [street]"),
        ("size,prise\n1,2\n", {}, "PATH: has no column price; there are size, prise; did you mean prise?"),
        ("price\n1\n", {}, "PATH: has no feature column besides price"),
        ("size,price\n", {}, "PATH: has no rows"),
        ("", {}, "PATH: has no header; its first line must name the columns"),
        ("size,size,price\n1,1,2\n", {}, "PATH:1: the header names a column twice: size"),
        ("size,price\n1,-2\n", {"nonnegative": True},
         f"PATH: 1 fault in 1 of 1 row; {FIX}\n"
         "PATH:2: price is -2, which a ReLU output can never say; use output_activation: linear"),
        ("x,label\n1,cat\n2,dog\n", {"goal": "1.0"},
         "PATH: data.classes must name the class that counts as 1: one of cat, dog; for instance data.classes: [cat]"),
    ],
)  # fmt: skip
def test_tables_that_do_not_fit(tmp_path: Path, text: str, options: dict[str, object], said: str) -> None:
    assert message(table(tmp_path, text), **options) == said


def test_nothing_left_after_skipping(tmp_path: Path) -> None:
    assert message(table(tmp_path, "size,price\n1\n"), bad="skip") == "PATH: has no usable examples"
    assert (
        message(table(tmp_path, "size,price\n1\n"))
        == f"PATH: 1 fault in 1 of 1 row; {FIX}\nPATH:2: has 1 cell, the header has 2"
    )


def test_columns_of_every_table(tmp_path: Path) -> None:
    table(tmp_path, HOUSES, "train.csv")
    table(tmp_path, "size,price\n1,2\n", "test.csv")
    assert message(tmp_path) == "PATH/test.csv: has no column rooms; there are size, price"


def test_splits_of_tables_that_do_not_fit(tmp_path: Path) -> None:
    table(tmp_path, HOUSES, "test.csv")
    assert message(tmp_path) == "PATH: has test.csv but no train.csv to learn from"


def test_rows_for_a_prediction(tmp_path: Path) -> None:
    path = table(tmp_path, "name,rooms,size\nours,1,10\ntheirs,2,20\n")
    rows, places = read_rows(path, asking("size", "rooms"))
    assert rows.tolist() == [[10, 1], [20, 2]]
    assert places == [(f"{path}:2", None), (f"{path}:3", None)]
    with pytest.raises(DataError) as caught:
        read_rows(path, asking("size", "floors", "age"))
    assert str(caught.value) == f"{path}: has no column floors, age; there are name, rooms, size"
    table(tmp_path, "size\n2,3\n1\nx\n4\n")
    rows, places = read_rows(path, asking("size"))
    assert rows.tolist() == [[1], [4]]
    assert places == [
        (f"{path}:2", "has 2 cells, the header has 1"),
        (f"{path}:3", None),
        (f"{path}:4", "column size must be a number, is x"),
        (f"{path}:5", None),
    ]
    with pytest.raises(DataError) as caught:
        read_rows(table(tmp_path, "size\n"), asking("size"))
    assert str(caught.value) == f"{path}: has no rows"


def test_a_split_with_nothing_left_after_skipping(tmp_path: Path) -> None:
    table(tmp_path, HOUSES, "train.csv")
    table(tmp_path, "size,rooms,price\n1,2,x\n", "test.csv")
    assert message(tmp_path, bad="skip") == "PATH/test.csv: has no usable examples"
