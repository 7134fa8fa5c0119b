"""The inputs that the columns of a table make: categories, what fills missing cells, what is left out."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scanning import Draw

from catnet.config import Config
from catnet.data import column_inputs, encoding
from catnet.data.dataset import Catalog
from catnet.data.load import load
from catnet.data.scan import scan, scan_again, scan_other
from catnet.data.tables import read_rows
from catnet.errors import DataError
from catnet.question import Question

TOO_MANY = "too many to be categories"


def config_of(path: Path, *, goal: str = "regression", **data: Any) -> Config:
    of_goal = {"target": "y"} if goal == "regression" else {}
    data = {"path": path, "validation_fraction": 0.0, **of_goal, **data}
    return Config.model_validate({"goal": goal, "data": data, "train": {"epochs": 1}})


def write(folder: Path, header: str, rows: Sequence[str], name: str = "t.csv") -> Path:
    """A table of these columns and the target y, which counts the rows."""
    path = folder / name
    path.write_text("\n".join([f"{header},y", *(f"{row},{i}" for i, row in enumerate(rows))]) + "\n")
    return path


def catalog_of(path: Path, **data: Any) -> Catalog:
    return scan(config_of(path, **data))


def rows_in(catalog: Catalog, split: str = "train") -> list[list[float]]:
    rows = catalog.splits[split].rows
    assert rows is not None
    found: list[list[float]] = rows.tolist()
    return found


def notes_in(catalog: Catalog, folder: Path) -> list[str]:
    return [note.replace(f"{folder}/", "") for note in catalog.notes]


def refusal(path: Path, **data: Any) -> list[str]:
    with pytest.raises(DataError) as caught:
        catalog_of(path, **data)
    return str(caught.value).replace(f"{path}", "PATH").splitlines()


def reference(train: list[dict[str, str]], rows: list[dict[str, str]]) -> tuple[list[str], list[list[float]]]:
    """A straightforward encoding, cell by cell: the names of the inputs, and the rows. Columns of numbers are called
    n..., missing cells are empty.
    """
    names: list[str] = []
    columns: list[list[float]] = []
    for name in train[0]:
        cells = [row[name] for row in rows]
        learned = [row[name] for row in train]
        if name.startswith("n"):
            numbers = [float(cell) for cell in learned if cell]
            mean = math.fsum(numbers) / len(numbers)
            names.append(name)
            columns.append([float(cell) if cell else mean for cell in cells])
            if "" in learned:
                names.append(f"{name} is missing")
                columns.append([float(not cell) for cell in cells])
            continue
        known = sorted(set(learned) - {""}) + ["missing"] * ("" in learned)
        names += [f"{name} = {text}" for text in known]
        columns += [[float((cell or "missing") == text) for cell in cells] for text in known]
    return names, [list(row) for row in zip(*columns, strict=True)]


TEXTS, NUMBERS = st.sampled_from(["", "a", "b", "c c"]), st.sampled_from(["", "1", "2.5", "-3", "1e3"])
ROWS = st.lists(st.fixed_dictionaries({"n1": NUMBERS, "t1": TEXTS, "n2": NUMBERS, "t2": TEXTS}), min_size=1, max_size=9)


@settings(max_examples=60, deadline=None)
@given(train=ROWS, test=ROWS)
def test_the_inputs_are_those_of_a_straightforward_encoding(
    tmp_path_factory: pytest.TempPathFactory, train: list[dict[str, str]], test: list[dict[str, str]]
) -> None:
    first = {"n1": "7", "t1": "a", "n2": "1", "t2": "b"}  # so that no column is empty
    splits = {"train": [first, *train], "test": test}
    path = tmp_path_factory.mktemp("table") / "t.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*first, "y", "split"])
        for split, rows in splits.items():
            writer.writerows([*(row[name] for name in first), i, split] for i, row in enumerate(rows))
    catalog = catalog_of(path, missing="fill")
    for split, rows in splits.items():
        names, wanted = reference(splits["train"], rows)
        assert catalog.question.inputs == tuple(names)
        np.testing.assert_allclose(np.array(rows_in(catalog, split)), np.array(wanted), rtol=1e-15)
    question = Question.from_json(catalog.question.to_json())
    assert question == catalog.question
    assert rows_in(scan_again(question, config_of(path, missing="fill")), "test") == rows_in(catalog, "test")
    assert read_rows(path, question)[0].tolist() == rows_in(catalog) + rows_in(catalog, "test")


def test_plain_numbers_are_not_touched(tmp_path: Path) -> None:
    path = write(tmp_path, "a,b", ["1,0.1", "2,-0.0", "3,1e-300"])
    for missing in ("fail", "fill"):
        catalog = catalog_of(path, missing=missing)
        rows = catalog.splits["train"].rows
        assert rows is not None and rows.dtype == np.float64
        assert rows.tobytes() == np.array([[1, 0.1], [2, -0.0], [3, 1e-300]]).tobytes()
        assert catalog.question.inputs == ("a", "b")
        assert len(catalog.question.encoded) == (0 if missing == "fail" else 2)


def test_categories_are_learned_from_the_training_rows_alone(tmp_path: Path) -> None:
    write(tmp_path, "sex", ["male", " female", "male "], "train.csv")
    write(tmp_path, "sex", ["female", "other", "x", "other"], "test.csv")
    catalog = catalog_of(tmp_path)
    assert catalog.question.inputs == ("sex = female", "sex = male")
    assert rows_in(catalog) == [[0, 1], [1, 0], [0, 1]]
    assert rows_in(catalog, "test") == [[1, 0], [0, 0], [0, 0], [0, 0]]
    said = "column sex has 3 cells (other, x) that training did not have; they are none of its categories"
    assert catalog.notes == (f"the test data: {said}",)
    other = scan_other(catalog.question, tmp_path / "test.csv")
    assert rows_in(other, "all") == rows_in(catalog, "test")
    assert notes_in(other, tmp_path) == [f"test.csv: {said}"]
    told: list[str] = []
    rows, _ = read_rows(tmp_path / "test.csv", catalog.question, told.append)
    assert rows.tolist() == rows_in(catalog, "test")
    assert told == [f"{tmp_path}/test.csv: {said}"]


def test_categories_and_means_of_a_drawn_split_are_those_of_its_training_rows(tmp_path: Path) -> None:
    path = write(tmp_path, "n,t", [f"{i * i},{'abcd'[i % 4]}" if i % 3 else f",{'ab'[i % 2]}" for i in range(60)])
    catalog = catalog_of(path, missing="fill", test_fraction=0.5)
    train = catalog.splits["train"]
    assert train.cells is not None and train.rows is not None
    mean = np.nanmean(train.cells.values[:, 0])
    assert catalog.question.encoded[0].fill == pytest.approx(mean, rel=1e-15)
    assert set(train.rows[np.isnan(train.cells.values[:, 0]), 0]) == {catalog.question.encoded[0].fill}


def letters(count: int, times: int = 2) -> list[str]:
    return [f"t{i}" for i in range(count)] * times


@pytest.mark.parametrize(
    ("cells", "categories"),
    [
        (letters(50), 50), (letters(51), None),
        (letters(3, 1), 3), (letters(4, 1), None),
        (["a", "b", "c", "d", "d", "d"], 4), (["a", "b", "c", "d", "d"], None),
        (["x" * 200, "b"], 2), (["x" * 201, "b"], None),
        (letters(1), 1),
    ],
)  # fmt: skip
def test_how_many_different_texts_are_categories(tmp_path: Path, cells: list[str], categories: int | None) -> None:
    path = write(tmp_path, "t", cells)
    if categories is not None:
        assert len(catalog_of(path).question.inputs) == categories
        return
    first, second = refusal(path, ignore=()), "or leave it out: data.ignore: [t]"
    longest = f"texts of up to {max(map(len, cells))} characters, which are no categories"
    many = f"{len(set(cells))} different texts in {len(cells)} rows, {TOO_MANY}"
    holds = f"holds {longest}" if "xxx" in cells[0] else f"has {many}"
    assert first == [f"PATH: column t {holds}", second]


def test_the_columns_to_ignore_are_named_with_those_that_are(tmp_path: Path) -> None:
    path = write(tmp_path, "Id,name,a,'b'", [f"{i},n{i},{i % 3},u{i}" for i in range(9)])
    assert refusal(path, ignore=["Id"])[-1] == "or leave them out: data.ignore: [Id, name, '''b''']"


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (["1", "2", "x"], None),  # a column of numbers, and a fault
        (["1", "x", "x"], [[1, 0], [0, 1], [0, 1]]),
        (["1", "x"], None),
        (["yes", "No", "yes"], [[1], [0], [1]]),
        (["TRUE", "false", "no"], [[1], [0], [0]]),
        (["yes", "no", "maybe"], [[0, 0, 1], [0, 1, 0], [1, 0, 0]]),
        (["y", "n", "y"], [[0, 1], [1, 0], [0, 1]]),
        (["yes", "sometimes", "yes"], [[0, 1], [1, 0], [0, 1]]),
    ],
)
def test_numbers_texts_and_what_is_yes_and_no(
    tmp_path: Path, cells: list[str], wanted: list[list[float]] | None
) -> None:
    path = write(tmp_path, "t", cells)
    if wanted is None:
        assert refusal(path)[1:] == [f"PATH:{len(cells) + 1}: column t must be a number, is x"]
    else:
        catalog = catalog_of(path)
        assert rows_in(catalog) == wanted
        read = "t.csv: yes and no, or true and false, are read as 1 and 0 in column t"
        assert notes_in(catalog, tmp_path) == ([read] if len(wanted[0]) == 1 else [])


def test_missing_cells_are_told_by_column(tmp_path: Path) -> None:
    path = write(tmp_path, "age,sex,n", ["1,f,1", "NA,f,1", ",m,2", "?,,3", "5,m,4", ",f,5"])
    with pytest.raises(DataError):
        read_rows(path, Question("regression", target="y", features=("sex",)))
    assert refusal(path) == [
        "PATH: 5 faults in 4 of 6 rows; fix or remove what is named, or set data.bad_images: skip",
        "PATH: column age is empty, ? or NA in 4 of 6 rows (lines 3, 4, 5, ...); set data.missing: fill",
        "PATH: column sex is empty in 1 of 6 rows (line 5); set data.missing: fill",
    ]
    catalog = catalog_of(path, bad_images="skip")
    assert rows_in(catalog) == [[1, 1, 0, 1], [5, 0, 1, 4]]
    assert [bad.reason for bad in catalog.skipped] == [
        "column age must be a number, is NA",
        "column age must be a number, is empty",
        "column age must be a number, is ?; column sex is empty",
        "column age must be a number, is empty",
    ]


def test_missing_cells_are_filled_in(tmp_path: Path) -> None:
    path = write(tmp_path, "age,sex,n", ["1,f,1", "NA,f,1", ",m,2", "?,,3", "5,m,4"])
    catalog = catalog_of(path, missing="fill")
    assert catalog.question.inputs == ("age", "age is missing", "sex = f", "sex = m", "sex = missing", "n")
    assert rows_in(catalog) == [
        [1, 0, 1, 0, 0, 1], [3, 1, 1, 0, 0, 1], [3, 1, 0, 1, 0, 2], [3, 1, 0, 0, 1, 3], [5, 0, 0, 1, 0, 4],
    ]  # fmt: skip
    assert catalog.notes == ()  # it is told with what was read
    assert column_inputs.filled(catalog.question.columns, encoding.cells_of(catalog.splits).values()) == {
        "age": 3,
        "sex": 1,
    }
    (tmp_path / "o.csv").write_text("n,sex,age,y\n,m,2,1\n")
    said = "column n has 1 missing cell, and training had none; it is read as its mean"
    filled = "1 missing cell is filled in (data.missing: fill): 1 of n"
    other = scan_other(catalog.question, tmp_path / "o.csv")
    assert rows_in(other, "all") == [[2, 0, 0, 1, 0, 2.2]]
    assert notes_in(other, tmp_path) == [filled, f"o.csv: {said}"]


def test_notes_on_several_columns_are_one(tmp_path: Path) -> None:
    write(tmp_path, "n,t,o,u", ["1,a,2,x", "3,b,4,y"], "train.csv")
    write(tmp_path, "n,t,o,u", [",c,,z", "5,d,,x", "6,c,1,z"], "test.csv")
    assert catalog_of(tmp_path, missing="fill").notes == (
        "the test data: 2 columns have 5 cells that training did not have; they are none of their categories: "
        "3 of t (c, d), 2 of u (z)",
        "the test data: 2 columns have 3 missing cells, and training had none; they are read as their mean: "
        "1 of n, 2 of o",
    )


def test_what_training_has_only_filled_is_filled_elsewhere_too(tmp_path: Path) -> None:
    write(tmp_path, "n,t", ["1,a", "3,b"], "train.csv")
    write(tmp_path, "n,t", [",a", "5,", "none,NaN"], "test.csv")
    catalog = catalog_of(tmp_path, missing="fill")
    assert catalog.question.inputs == ("n", "t = a", "t = b")
    assert rows_in(catalog, "test") == [[2, 1, 0], [5, 0, 0], [2, 0, 0]]
    assert catalog.notes == (
        "the test data: column n has 2 missing cells, and training had none; they are read as its mean",
        "the test data: column t has 2 missing cells, and training had none; they are none of its categories",
    )
    assert refusal(tmp_path)[1:] == [
        "PATH/test.csv: column n is empty or none in 2 of 3 rows (lines 2, 4); set data.missing: fill",
        "PATH/test.csv: column t is empty or NaN in 2 of 3 rows (lines 3, 4); set data.missing: fill",
    ]


def test_a_category_that_is_called_missing_is_that_of_missing_cells(tmp_path: Path) -> None:
    catalog = catalog_of(write(tmp_path, "t", ["missing", "", "z"]), missing="fill")
    assert catalog.question.inputs == ("t = missing", "t = z")
    assert rows_in(catalog) == [[1, 0], [1, 0], [0, 1]]


@pytest.mark.parametrize("missing", ["fail", "fill"])
def test_a_column_without_a_value_is_refused(tmp_path: Path, missing: str) -> None:
    assert refusal(write(tmp_path, "a,t,u", ["1,,NA", "2,,", "3,,-"]), missing=missing) == [
        "PATH: column t is empty in every row",
        "PATH: column u is empty, - or NA in every row",
        "or leave them out: data.ignore: [t, u]",
    ]


def test_a_column_without_a_value_in_the_training_rows_is_refused(tmp_path: Path) -> None:
    rows = [f"{i},{'x' if i == 5 else ''}" for i in range(20)]
    path = write(tmp_path, "a,t", rows)
    found: set[object] = set()
    for seed in range(12):
        config = config_of(path, missing="fill", test_fraction=0.5)
        config = config.model_copy(update={"train": config.train.model_copy(update={"seed": seed})})
        try:
            found.add(scan(config).question.inputs)
        except DataError as error:
            found.add(str(error))
    said = f"{path}: column t is empty in every training row; name it in data.ignore"
    assert found == {("a", "t = x", "t = missing"), said}


def test_columns_are_left_out(tmp_path: Path) -> None:
    path = write(tmp_path, "Id,a,name", [f"{i},{i % 3},n{i}" for i in range(12)])
    catalog = catalog_of(path, ignore=["Id", "name"])
    assert catalog.question.features == ("a",)
    assert notes_in(catalog, tmp_path) == ["t.csv: columns Id, name are left out, as data.ignore says"]
    assert refusal(path, ignore=["id", "nam"]) == [
        "PATH: data.ignore has names that are no columns: id, nam; there are Id, a, name, y; did you mean Id and name?"
    ]
    assert refusal(path, ignore=["Id", "a", "name"]) == ["PATH: has no feature column besides y"]


def test_a_column_that_is_left_out_of_every_split(tmp_path: Path) -> None:
    write(tmp_path, "a,b", ["1,x", "2,"], "train.csv")
    write(tmp_path, "a", ["3"], "val.csv")
    write(tmp_path, "b,a", [",4"], "test.csv")
    catalog = catalog_of(tmp_path, ignore=["b"])
    assert [rows_in(catalog, split) for split in ("train", "validation", "test")] == [[[1], [2]], [[3]], [[4]]]
    assert notes_in(catalog, tmp_path) == ["train.csv: column b is left out, as data.ignore says"]


def test_what_says_the_split_is_no_input_anyway(tmp_path: Path) -> None:
    path = write(tmp_path, "a,split", ["1,train", "2,train", "3,test"])
    assert refusal(path, ignore=["split"]) == [
        "PATH: data.ignore has a name that is no column: split; there are a, y; split is neither input nor label anyway"
    ]
    path = write(tmp_path, "Unnamed: 0,a", ["0,5", "1,6", "2,6"])
    assert catalog_of(path, ignore=["Unnamed: 0"]).question.features == ("a",)


def test_columns_of_a_list_are_left_out_of_the_labels(draw: Draw) -> None:
    path = draw("a.png", "b.png", "c.png")
    (path / "metadata.csv").write_text("file_name,cat,dog,Id\na.png,1,0,7\nb.png,0,1,8\nc.png,1,1,9\n")
    catalog = catalog_of(path, goal="2.0", ignore=["Id"])
    assert catalog.question.classes == ("cat", "dog")
    assert notes_in(catalog, path) == ["metadata.csv: column Id is left out, as data.ignore says"]


def test_all_columns_are_left_out(draw: Draw, tmp_path: Path) -> None:
    said = "data.ignore leaves out all columns (label), also what is to be learned"
    path = draw("a.png")
    (path / "metadata.csv").write_text("file_name,label\na.png,cat\n")
    assert refusal(path, goal="3.0", ignore=["label"]) == [f"PATH/metadata.csv: {said}"]
    arrays = tmp_path / "a.npz"
    np.savez(arrays, x_train=np.zeros((2, 2, 2), np.uint8), y_train=np.arange(2))
    assert refusal(arrays, goal="3.0", ignore=["label"]) == [f"PATH: {said}"]


def test_class_folders_have_no_columns(draw: Draw) -> None:
    path = draw("cat/a.png", "dog/b.png")
    assert refusal(path, goal="3.0", ignore=["Id"]) == ["PATH: has class folders and no columns; remove data.ignore"]


def test_rows_are_equal_if_all_cells_are_in_whatever_split(tmp_path: Path) -> None:
    write(tmp_path, "t,a", ["x,1", "u,1", ",1", "x,"], "train.csv")
    write(tmp_path, "t,a", ["new,1", "u,1", "x,1", ",1", "x,"], "val.csv")
    rows = encoding.rows_by_cells(catalog_of(tmp_path, missing="fill"))
    train, validation = ([row.tobytes() for row in rows[split]] for split in ("train", "validation"))
    assert [train.index(row) if row in train else None for row in validation] == [None, 1, 0, 2, 3]


def test_two_inputs_of_one_name_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "sex,sex = f", ["f,1", "m,2"])
    said = "PATH: two columns make the input {}; rename one of them, or name it in data.ignore"
    assert refusal(path) == [said.format("sex = f")]
    assert catalog_of(path, ignore=["sex"]).question.inputs == ("sex = f",)
    path = write(tmp_path, "age,age is missing", ["1,1", ",2"])
    assert refusal(path, missing="fill") == [said.format("age is missing")]


def test_texts_that_are_nearly_the_same_are_noted(tmp_path: Path) -> None:
    catalog = catalog_of(write(tmp_path, "t", ["cat", "Cat", " cat ", "cat\t", "dog"]))
    assert catalog.question.inputs == ("t = Cat", "t = cat", "t = dog")
    assert notes_in(catalog, tmp_path) == [
        't.csv: the texts "cat", "Cat" of column t differ only in case, blanks, Unicode form or number format, and '
        "each is a category; if they are meant for one, write one of them"
    ]


def test_a_constant_text_is_noted(tmp_path: Path) -> None:
    catalog = catalog_of(write(tmp_path, "a,t", ["1,x", "2,x", "1,x"]))
    said = "t.csv: column t has the same value in every row: nothing can be learned from it"
    assert notes_in(catalog, tmp_path) == [said]


def test_hostile_cells(tmp_path: Path) -> None:
    path = write(tmp_path, "t", [f"text {i}" for i in range(100_000)])
    assert refusal(path)[0] == f"PATH: column t has 100000 different texts in 100000 rows, {TOO_MANY}"
    path = write(tmp_path, "t", ["x" * 131_072, "b"])
    assert refusal(path)[0] == "PATH: column t holds texts of up to 131,072 characters, which are no categories"
    path = write(tmp_path, "t\x1b[31m", ["\x1b[2J", "b", "\u202eb"])
    catalog = catalog_of(path)
    assert catalog.question.inputs == ("t\x1b[31m = \x1b[2J", "t\x1b[31m = b", "t\x1b[31m = \u202eb")
    told: list[str] = []
    read_rows(write(tmp_path, "t\x1b[31m", ["\x1b[3J"], "o.csv"), catalog.question, told.append)
    assert all(note.isprintable() for note in (*catalog.notes, *told)) and len(told) == 1
    wide = ",".join(f"c{i}" for i in range(200))
    said = refusal(write(tmp_path, wide, [",".join(f"{i} {j}" for j in range(200)) for i in range(60)]))
    assert len(said) == 22 and said[20] == "PATH: ... and 180 more"


def test_equal_rows_stay_together_by_their_cells_whatever_was_learned(tmp_path: Path) -> None:
    """The texts u0, u1, ... may be in no training row; the rows are not equal for all that."""
    rows = [f"{i % 2},{'ab'[i % 2] if i % 3 else f'u{i % 8}'}" for i in range(96)]
    path = write(tmp_path, "n,t", [*rows, *rows])
    for seed in range(5):
        config = config_of(path, missing="fill", test_fraction=0.3)
        config = config.model_copy(update={"train": config.train.model_copy(update={"seed": seed})})
        dataset = load(scan(config), (1, 1))
        again = load(scan_again(dataset.question, config), (1, 1))
        assert again.fingerprints == dataset.fingerprints
