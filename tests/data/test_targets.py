"""Where the labels are: a column by any name, a column of lists, columns of yes and no, labels that are numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from scanning import Draw, scan

from catnet.data.dataset import Catalog
from catnet.data.scan import scan_other
from catnet.errors import DataError, Unlabelled

Write = Callable[..., Path]
ADD = "so it has no answers; add them, or leave the file out: a trained model can answer about it"
FAULT = "1 fault in 1 of 4 rows; fix or remove what is named, or set data.bad_images: skip"


@pytest.fixture
def write(tmp_path: Path, draw: Draw) -> Write:
    """A table t.csv with an input `a`, or, as pictures, a folder with a metadata.csv, of these columns and rows."""

    def write(header: str, *rows: str, name: str = "t.csv", pictures: bool = False) -> Path:
        if not pictures:
            text = f"a,{header}\n" + "".join(f"{i % 3},{row}\n" for i, row in enumerate(rows))
            (tmp_path / name).write_text(text)
            return tmp_path / name
        draw(*(f"{name}/{i}.png" for i in range(len(rows))))
        text = f"file_name,{header}\n" + "".join(f"{i}.png,{row}\n" for i, row in enumerate(rows))
        (tmp_path / name / "metadata.csv").write_text(text)
        return tmp_path / name

    return write


def labels(catalog: Catalog, split: str = "train") -> list[list[int]]:
    """For each example its labels."""
    return [list(map(int, row)) for row in catalog.splits[split].labels.T]


def notes(catalog: Catalog, path: Path) -> list[str]:
    return [note.replace(f"{path.parent}/", "") for note in catalog.notes]


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(DataError) as caught:
        scan(path, **options)
    return str(caught.value).replace(f"{path.parent}/", "")


def refusal_of_other(catalog: Catalog, path: Path) -> str:
    with pytest.raises(DataError) as caught:
        scan_other(catalog.question, path)
    return str(caught.value).replace(f"{path.parent}/", "")


SPECIES = ("setosa", "virginica", "setosa", "virginica")


@pytest.mark.parametrize("pictures", [False, True])
def test_the_target_names_the_column_of_the_classes(write: Write, pictures: bool) -> None:
    rows = [f"{name},{i}" for i, name in enumerate(SPECIES)]
    path = write("species,label", *rows, pictures=pictures)
    catalog = scan(path, goal="3.0", target="species")
    question = catalog.question
    assert (question.classes, question.target, question.by_column) == (("setosa", "virginica"), "species", False)
    assert labels(catalog) == [[1, 0], [0, 1], [1, 0], [0, 1]]
    assert question.features == (None if pictures else ("a", "label"))
    assert notes(catalog, path / "x") == (["column label of metadata.csv is not used"] if pictures else [])
    catalog = scan(path, goal="1.0", target="species", classes=("virginica",))
    assert (catalog.question.negative, catalog.question.others) == ("setosa", ("setosa",))
    assert labels(catalog) == [[0], [1], [0], [1]]
    if pictures:
        assert scan(path, goal="3.0").question.target is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"goal": "3.0", "target": "specis"},
         "t.csv: has no column specis; there are a, species; did you mean species?"),
        ({"goal": "1.0", "target": "species"},
         "t.csv: data.classes must name the class that counts as 1: one of setosa, virginica; "
         "for instance data.classes: [setosa]"),
        ({"goal": "3.0", "target": "species", "classes": ("setosa", "virginika")},
         "t.csv: class virginika of data.classes has no examples; there are setosa, virginica; "
         "did you mean virginica?"),
    ],
)  # fmt: skip
def test_a_target_that_does_not_suit(write: Write, options: dict[str, Any], said: str) -> None:
    assert refusal(write("species", *SPECIES), **options) == said


def test_a_class_that_is_meant_is_named(write: Write) -> None:
    path = write("Survived", "died", "survived", "died", "survived")
    assert refusal(path, goal="1.0", target="Survived", classes=("Survived",)).endswith("data.classes: [survived]")
    path = write("Survived", "TRUE", "FALSE", "TRUE", "FALSE")
    said = "t.csv: class 1 of data.classes has no examples; there are FALSE, TRUE; did you mean TRUE?"
    assert refusal(path, goal="1.0", target="Survived", classes=("1",)) == said


def test_labels_with_commas_are_noted(write: Write) -> None:
    path = write("tags", "cat", "dog", '"cat, dog"', "cat;dog")
    said = "t.csv: cat, dog counts as one class; if it is a list of several, separate them by ; or |, for goal 2.0"
    assert said in notes(scan(path, goal="3.0", target="tags"), path)
    said = "cat, dog counts as one label: labels are separated by ; or |, not by commas"
    assert notes(scan(path, goal="2.0", target="tags"), path) == [said]


def test_a_target_of_0_and_1(write: Write) -> None:
    path = write("survived", "0", "1", "0", "1")
    assert refusal(path, goal="1.0", target="survived") == (
        "t.csv: data.classes must name the class that counts as 1: one of 0, 1; for instance data.classes: ['1']"
    )
    by_name = scan(path, goal="1.0", target="survived", classes=("1",))
    by_column = scan(path, goal="1.0", target="survived", classes=("survived",))
    assert labels(by_name) == labels(by_column) == [[0], [1], [0], [1]]
    assert (by_name.question.names, by_column.question.names) == (("0", "1"), ("not survived", "survived"))
    assert refusal(path, goal="2.0", target="survived") == (
        "t.csv: column survived holds no lists, but 0 and 1; to learn it, write data.classes: [survived] in place of "
        "data.target"
    )


def test_a_target_beside_class_folders(draw: Draw) -> None:
    folder = draw("d/cat/0.png", "d/dog/1.png") / "d"
    for goal in ("2.0", "3.0"):
        assert refusal(folder, goal=goal, target="species") == (
            "d: has no metadata.csv with the column species; its classes are the folders cat, dog; remove data.target"
        )


def test_other_data_for_a_model_of_a_target(write: Write) -> None:
    catalog = scan(write("species", *SPECIES), goal="3.0", target="species")
    path = write("species", "setosa", "kitten", name="o.csv")
    other = scan_other(catalog.question, path)
    assert labels(other, "all") == [[1, 0]]
    assert notes(other, path)[0] == "o.csv: 1 example of kitten, not in the model's classes, is left out"
    for header, rows, said in (
        ("Species", ("1", "2"), "has no column species; there are a, Species; did you mean Species?"),
        ("kind", SPECIES, "has no column species; rename kind to species"),
        ("species", ("", "?"), f"column species is empty or ? in every row, {ADD}"),
        ("x", ("1", "2"), f"has none of the model's classes setosa, virginica, {ADD}"),
    ):
        assert refusal_of_other(catalog, write(header, *rows, name="o.csv")) == f"o.csv: {said}"


LISTS = ("cat; lion", "cat", "", "lion;lion ;")
EMPTY = "column {} is empty in 1 row, which has none of the labels"
TWICE = "column {} names a label twice in 1 row; it counts once"


@pytest.mark.parametrize("pictures", [False, True])
@pytest.mark.parametrize(("column", "target"), [("animals", "animals"), ("label", None), ("labels", None)])
@pytest.mark.parametrize("separator", [";", "|"])
def test_a_column_of_lists(write: Write, pictures: bool, column: str, target: str | None, separator: str) -> None:
    path = write(column, *(cell.replace(";", separator) for cell in LISTS), pictures=pictures)
    catalog = scan(path, goal="2.0", target=target)
    question = catalog.question
    assert (question.classes, question.target, question.by_column) == (("cat", "lion"), column, True)
    assert labels(catalog) == [[1, 1], [1, 0], [0, 0], [0, 1]]
    assert question.features == (None if pictures else ("a",))
    file = f"{path.name}/metadata.csv" if pictures else "t.csv"
    assert notes(catalog, path) == [f"{file}: {note.format(column)}" for note in (TWICE, EMPTY)]
    chosen = scan(path, goal="2.0", target=target, classes=("lion",))
    assert labels(chosen) == [[1], [0], [0], [1]]
    assert notes(chosen, path)[0] == f"{file}: the label cat of 2 examples, not in data.classes, is left out"
    assert scan(path, goal="2.0", target=target, classes=("lion", "cat")).question.classes == ("lion", "cat")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("cat;lion", "cat|lion"), "column tags separates labels by both ; and |; use ; or | in all of its cells"),
        (("cat;lion", "cat", "NA", "lion"),
         f"{FAULT}\nt.csv:4: tags has NA, which is no label; leave the cell empty if there is none"),
        (("cat;lion", "cat", "cat;?", "lion"),
         f"{FAULT}\nt.csv:4: tags has ?, which is no label; leave the cell empty if there is none"),
        (("", ""), f"column tags is empty in every row, {ADD}"),
        (("", "NA"), f"column tags is empty or NA in every row, {ADD}"),
        (("yes", "no"), "column tags holds no lists, but 0 and 1; to learn it, write data.classes: [tags] in place of "
         "data.target"),
    ],
)  # fmt: skip
def test_cells_that_are_no_lists(write: Write, cells: tuple[str, ...], said: str) -> None:
    assert refusal(write("tags", *cells), goal="2.0", target="tags") == f"t.csv: {said}"


def test_lists_of_one_label_each(write: Write) -> None:
    said = "no training example has several labels in column tags; {}if they exclude each other, goal 3.0 may be meant"
    path = write("tags", "cat", "dog", "cat", "dog")
    assert notes(scan(path, goal="2.0", target="tags"), path) == [said.format("")]
    path = write("tags", '"cat, dog"', "dog", "cat", "dog")
    hint = "labels are separated by ; or |, not by commas; "
    assert notes(scan(path, goal="2.0", target="tags"), path) == [said.format(hint)]


def test_the_way_to_a_column_of_lists(write: Write) -> None:
    path = write("tags", "cat;lion", "cat", "lion", "cat;dog")
    assert refusal(path, goal="2.0") == (
        "t.csv: has no columns of 0 and 1; for a column of labels, such as cat;lion, set data.target: tags; "
        "there are a, tags"
    )
    beside = write("x,tags", "0,cat;lion", "1,cat", "0,lion")
    assert refusal(beside, goal="2.0") == (
        "t.csv: which columns are the labels? name them with data.classes: [x]; or set data.target: tags; "
        "there are a, x, tags"
    )
    path = write("tags", "cat;lion", "cat", "lion", "cat;dog")
    assert refusal(path, goal="2.0", classes=("dog", "cat")) == (
        "t.csv: has no column dog, cat, but a column tags with such values; set data.target: tags"
    )


def test_other_splits_of_lists(write: Write, tmp_path: Path) -> None:
    write("tags", "cat;lion", "cat", "lion", name="train.csv")
    write("tags", "cat|lion", "", "cat", name="test.csv")
    catalog = scan(tmp_path, goal="2.0", target="tags")
    assert labels(catalog, "test") == [[1, 1], [0, 0], [1, 0]]
    write("tags", "cat|emu", name="test.csv")
    assert refusal(tmp_path, goal="2.0", target="tags").split(":", 1)[1] == (
        " class emu is not in the training data, which has cat, lion; rename it, or list the classes to learn in "
        "data.classes"
    )
    (tmp_path / "test.csv").write_text("a\n1\n")
    with pytest.raises(Unlabelled, match="has no column tags, so it has no answers"):
        scan(tmp_path, goal="2.0", target="tags")


def test_other_data_for_a_model_of_lists(write: Write) -> None:
    question = scan(write("tags", "cat;lion", "cat", "lion"), goal="2.0", target="tags")
    path = write("tags", "cat|emu", "", name="o.csv")
    other = scan_other(question.question, path)
    assert labels(other, "all") == [[1, 0], [0, 0]]
    assert notes(other, path)[:2] == [
        "o.csv: the label emu of 1 example, not in the model's classes, is left out",
        f"o.csv: {EMPTY.format('tags')}",
    ]
    other = scan_other(question.question, write("cat,lion", "1,1", "0,0", name="o.csv"))
    assert labels(other, "all") == [[1, 1], [0, 0]]
    for header, rows, said in (
        ("tag", ("1", "2"), "has no column tags; there are a, tag; did you mean tag?"),
        ("tags", ("", ""), f"column tags is empty in every row, {ADD}"),
        ("tags", ("emu", ""), "has none of the model's classes cat, lion; there are emu"),
    ):
        assert refusal_of_other(question, write(header, *rows, name="o.csv")) == f"o.csv: {said}"


READ = "yes and no, or true and false, are read as 1 and 0 in"


@pytest.mark.parametrize("pictures", [False, True])
def test_columns_of_yes_and_no(write: Write, pictures: bool) -> None:
    path = write("cat,dog", "yes,FALSE", "no,true", "Yes,False", "NO,True", pictures=pictures)
    file = f"{path.name}/metadata.csv" if pictures else "t.csv"
    both = f"{file}: {READ} columns cat, dog"
    for goal in ("2.0", "3.0"):
        catalog = scan(path, goal=goal, classes=("cat", "dog"))
        assert labels(catalog) == [[1, 0], [0, 1], [1, 0], [0, 1]]
        assert notes(catalog, path) == [both]
    if pictures:
        assert labels(scan(path, goal="2.0")) == [[1, 0], [0, 1], [1, 0], [0, 1]]
        catalog = scan(path, goal="1.0", classes=("cat",))
        assert labels(catalog) == [[1], [0], [1], [0]]
        assert notes(catalog, path)[0] == f"{file}: {READ} column cat"


def test_a_column_of_yes_and_no_and_something_else(write: Write) -> None:
    path = write("cat", "yes", "no", "", "no")
    assert (
        refusal(path, goal="1.0", classes=("cat",)) == f"t.csv: {FAULT}\nt.csv:4: column cat must be 0 or 1, is empty"
    )
    assert labels(scan(path, goal="1.0", classes=("cat",), bad="skip")) == [[1], [0], [0]]
    path = write("cat", "yes", "no", "1", "0")
    assert "column cat has yes and no in 2 of 4 rows" not in refusal(path, goal="1.0", classes=("cat",))
    path = write("cat", "yes", "no", "yes", "no")
    assert scan(path, goal="1.0", target="cat", classes=("yes",)).question.names == ("no", "yes")
    assert refusal(path, goal="1.0") == (
        "t.csv: has no column label; name the column of 0 and 1 to learn: data.classes: [cat]; there are a, cat"
    )


NUMBERS = ("two", "one", "zero")


@pytest.mark.parametrize("pictures", [False, True])
@pytest.mark.parametrize("column", ["label", "digit"])
def test_numeric_labels_have_names(write: Write, pictures: bool, column: str) -> None:
    path = write(column, "0", "2.0", "1", "0", pictures=pictures)
    target = None if column == "label" else column
    catalog = scan(path, goal="3.0", target=target, class_names=NUMBERS)
    assert (catalog.question.classes, catalog.question.class_names) == (NUMBERS, NUMBERS)
    assert labels(catalog) == [[1, 0, 0], [0, 0, 1], [0, 1, 0], [1, 0, 0]]
    chosen = scan(path, goal="3.0", target=target, class_names=NUMBERS, classes=("zero", "two"))
    assert labels(chosen) == [[0, 1], [1, 0], [0, 1]]
    assert scan(path, goal="1.0", target=target, class_names=NUMBERS, classes=("two",)).question.others == NUMBERS[1:]
    for other, wanted in (
        (("1.0", "9", "0"), [[0, 1, 0], [1, 0, 0]]),
        (("one", "kitten", "two"), [[0, 1, 0], [1, 0, 0]]),
    ):
        data = write(column, *other, name="other", pictures=True) if pictures else write(column, *other, name="o.csv")
        assert labels(scan_other(catalog.question, data), "all") == wanted


def test_class_folders_have_names(draw: Draw) -> None:
    folder = draw("d/0/a.png", "d/0/b.png", "d/1/c.png", "d/10/d.png") / "d"
    names = tuple("klmnopqrstu")
    catalog = scan(folder, goal="3.0", class_names=names)
    assert catalog.question.classes == ("k", "l", "u")
    assert catalog.notes == ("no training example is m, n, o, p, q, r, s, t, of data.class_names",)
    said = "d: class folder 10 is beyond data.class_names, which has 2 names, for 0 to 1"
    assert refusal(folder, goal="3.0", class_names=names[:2]) == said


def test_lists_of_numbers_have_names(write: Write) -> None:
    catalog = scan(write("label", "0;2", "1", "2"), goal="2.0", class_names=NUMBERS)
    assert labels(catalog) == [[1, 0, 1], [0, 1, 0], [0, 0, 1]]
    said = "t.csv:3: label has 7, beyond data.class_names, which has 3 names, for 0 to 2"
    assert refusal(write("label", "0;2", "1;7", "2", "2"), goal="2.0", class_names=NUMBERS) == f"t.csv: {FAULT}\n{said}"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (("0", "1", "2", "3"),
         f"{FAULT}\nt.csv:5: label has 3, beyond data.class_names, which has 3 names, for 0 to 2"),
        (("0", "-1", "2", "1"),
         f"{FAULT}\nt.csv:3: label has -1, beyond data.class_names, which has 3 names, for 0 to 2"),
        (("0", "1.5", "2", "1"), f"{FAULT}\nt.csv:3: label has 1.5, no whole number and no name in data.class_names"),
        (("cat", "dog", "cat", "dog"), "the label cat is no whole number and no name in data.class_names"),
    ],
)  # fmt: skip
def test_labels_without_a_name(write: Write, cells: tuple[str, ...], said: str) -> None:
    path = write("label", *cells)
    assert refusal(path, goal="3.0", class_names=NUMBERS) == f"t.csv: {said}"
    if said.startswith(FAULT):
        skipped = scan(path, goal="3.0", class_names=NUMBERS, bad="skip").skipped
        assert [fault.reason for fault in skipped] == [said.split(": ")[-1]]


def test_labels_that_count_from_1(write: Write) -> None:
    for cells, goal in ((("1", "2", "3", "1"), "3.0"), (("1;2", "3", "2", "1"), "2.0")):
        assert refusal(write("label", *cells), goal=goal, class_names=NUMBERS) == (
            "t.csv: has the label 3, beyond data.class_names, which has 3 names, for 0 to 2, and no label 0; if they "
            "count from 1, put a name for 0 first"
        )
    assert (
        scan(write("label", "1", "2", "3", "1"), goal="3.0", class_names=("none", *NUMBERS)).question.classes == NUMBERS
    )


def test_many_labels_without_a_name_are_told_once(write: Write) -> None:
    path = write("label", *"0123456789")
    assert refusal(path, goal="3.0", class_names=NUMBERS).splitlines()[1:] == [
        "t.csv: label has labels that are beyond data.class_names, which has 3 names, for 0 to 2, in 7 of 10 rows "
        "(lines 5, 6, 7, ...)"
    ]


def test_class_names_beside_columns_of_0_and_1(write: Write) -> None:
    said = "t.csv: data.class_names is for labels that are whole numbers; here the labels are x, y, each a column of "
    said += "0 and 1; remove it"
    path = write("x,y", "0,1", "1,0")
    assert refusal(path, goal="3.0", classes=("x", "y"), class_names=("x", "y")) == said


def test_a_column_that_is_not_asked_for_may_hold_both_separators(write: Write) -> None:
    catalog = scan(write("cat,dog", "1,0", "0,1", "1,1"), goal="2.0", classes=("cat", "dog"))
    other = scan_other(catalog.question, write("cat,dog,label", "1,0,x;y", "0,1,x|y", name="o.csv"))
    assert labels(other, "all") == [[1, 0], [0, 1]]
    assert refusal(write("text", "x;y", "x|y", "z"), goal="2.0", classes=("cat",)) == (
        "t.csv: has no column cat; there are a, text"
    )
