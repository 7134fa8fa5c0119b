"""What is noted about the columns of a table, and what is refused once for a whole file or column."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from scanning import asking, scan

from catnet.data.dataset import Catalog
from catnet.data.scan import scan_other
from catnet.data.tables import read_rows
from catnet.errors import DataError, Unlabelled

Make = Callable[[int], str]
ROWS = 40
GIVE = "give numbers, as the training data has"
HEAD = "fix or remove what is named, or set data.bad_images: skip"


def lines(header: str, row: Make, count: int = ROWS) -> str:
    return "".join(f"{line}\n" for line in (header, *map(row, range(count))))


def read(folder: Path, text: str | bytes | dict[str, str], goal: str = "regression", **options: object) -> Catalog:
    files = text if isinstance(text, dict) else {"t.csv": text}
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    target = options.pop("target", "price" if goal == "regression" else None)
    path = folder if isinstance(text, dict) else folder / "t.csv"
    return scan(path, goal=goal, target=target, **options)  # type: ignore[arg-type]


def notes(folder: Path, text: str | dict[str, str], goal: str = "regression", **options: object) -> list[str]:
    return [note.replace(f"{folder}/", "") for note in read(folder, text, goal, **options).notes]


def refusal(folder: Path, text: str | bytes | dict[str, str], goal: str = "regression", **options: object) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, text, goal, **options)
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("header", "first", "which"),
    [
        ("", lambda i: f"{i}", "the first column (without a name) numbers the rows and is"),
        ("Unnamed: 0", lambda i: f"{i + 1}", "the first column (Unnamed: 0) numbers the rows and is"),
        ("", lambda i: f"{7 * i % ROWS}", "the first column (without a name) numbers the rows and is"),
        ("Unnamed: 0.1,Unnamed: 0", lambda i: f"{i},{3 * i}",
         "the first columns (Unnamed: 0.1 and Unnamed: 0) number the rows and are"),
    ],
)  # fmt: skip
def test_a_column_without_a_name_that_numbers_the_rows_is_no_input(
    tmp_path: Path, header: str, first: Make, which: str
) -> None:
    text = lines(f"{header},a,price", lambda i: f"{first(i)},{i % 7},{i % 5}")
    catalog = read(tmp_path, text)
    assert catalog.question.features == ("a",)
    assert catalog.notes == (f"{tmp_path}/t.csv: {which} left out",)
    rows = catalog.splits["train"].rows
    assert rows is not None and rows[:3].tolist() == [[0], [1], [2]]
    assert read_rows(tmp_path / "t.csv", asking("a"))[0][:3].tolist() == [[0], [1], [2]]


def test_a_model_that_learned_from_the_numbers_of_the_rows_still_finds_them(tmp_path: Path) -> None:
    read(tmp_path, lines(",a,price", lambda i: f"{i},{i % 7},{i % 5}"))
    assert read_rows(tmp_path / "t.csv", asking("", "a"))[0][7:9].tolist() == [[7, 0], [8, 1]]


@pytest.mark.parametrize(
    ("header", "row", "said"),
    [
        (",a,price", lambda i: f"{i % 20},1,{i}", ":1: column 1 has no name; name it, or remove it"),
        (",a,price", lambda i: f"car {i},1,{i}", ":1: column 1 has no name; name it, or remove it"),
        ("a,,price", lambda i: f"{i},{i},{i}", ":1: column 2 has no name; name it, or remove it"),
        ("a,,b,,price", lambda i: f"{i},1,2,3,{i}", ":1: columns 2 and 4 have no names; name them, or remove them"),
        ("a,price,", lambda i: f"{i},{i},",
         ":1: the last column has no name and no values; remove the comma at the end of each line"),
        ("a,price,,", lambda i: f"{i},{i},,", ":1: 2 columns have no name and no values; remove them"),
        ("a,price,", lambda i: f"{i},{i}",
         ": all 40 rows have 2 cells, the header has 3; remove the commas at the end of the header"),
        ("a,price", lambda i: f"{i},{i},",
         ": all 40 rows have 3 cells, the header has 2; remove the commas at the end of the lines"),
        ("a,price", lambda i: f"{i},1,{i}",
         ": all 40 rows have 3 cells, the header has 2; name every column (and write 1.5, not 1,5)"),
        ("a,b,price", lambda i: f"{i},1",
         ": all 40 rows have 2 cells, the header has 3; give every row a cell for each column"),
        ("5,0,0", lambda i: f"{i},1,1",
         ":1: the header names a column twice: 0; is the header missing? the first line holds numbers"),
    ],
)  # fmt: skip
def test_headers_that_do_not_name_the_columns(tmp_path: Path, header: str, row: Make, said: str) -> None:
    assert refusal(tmp_path, lines(header, row)) == f"t.csv{said}"


@pytest.mark.parametrize("name", ["Id", "PassengerId", "customer_id", "index", "RowNumber", "nr", "S.No", "UUID", "#",
                                  "uid", "CustomerNumber", "record", "order", "obs", "Subject"])  # fmt: skip
def test_a_column_named_like_an_identifier_is_noted(tmp_path: Path, name: str) -> None:
    end = "and is an input; name it in data.ignore if it says nothing about them"
    text = lines(f"{name},a,price", lambda i: f"{i + 5},{i % 7},{i}")
    assert notes(tmp_path, text) == [f"t.csv: column {name} numbers the rows {end}"]
    assert notes(tmp_path, lines(f"{name},a,price", lambda i: f"{7919 * i % 10007},{i % 7},{i}")) == [
        f"t.csv: column {name} has another number in every row {end}"
    ]
    assert notes(tmp_path, lines(f"{name},a,price", lambda i: f"{i % 9},{i % 7},{i}")) == []


@pytest.mark.parametrize("name", ["day", "paid", "grid", "nuclei", "keyboard"])
def test_other_columns_may_count(tmp_path: Path, name: str) -> None:
    assert notes(tmp_path, lines(f"{name},price", lambda i: f"{i + 5},{i}")) == []
    said = (
        f"t.csv: column {name} numbers the rows and is an input; name it in data.ignore if it says nothing about them"
    )
    assert notes(tmp_path, lines(f"{name},price", lambda i: f"{i},{i}")) == [said]
    assert notes(tmp_path, lines(f"{name},price", lambda i: f"{i + 1},{i}")) == [said]
    assert notes(tmp_path, lines(f"{name},price", lambda i: f"{i},{i}", 9)) == []


def test_a_column_that_pandas_named_is_noted_whatever_it_holds(tmp_path: Path) -> None:
    text = lines("Unnamed: 0,a,price", lambda i: f"{i % 20},{i % 7},{i}")
    assert notes(tmp_path, text) == [
        "t.csv: column Unnamed: 0 has no name of its own, as one that numbers the rows, and is an input; "
        "name it in data.ignore if it says nothing about them"
    ]


def test_columns_of_other_data_that_are_not_used_are_noted(tmp_path: Path) -> None:
    question = read(tmp_path, lines("a,price", lambda i: f"{i % 7},{i}")).question
    (tmp_path / "o.csv").write_text(lines("a,b,price", lambda i: f"{i % 7},x,{i}"))
    assert scan_other(question, tmp_path / "o.csv").notes == (f"{tmp_path}/o.csv: column b is not used",)


@pytest.mark.parametrize(
    ("header", "row", "target", "said"),
    [
        ("5.1,3.5,0.2", lambda i: f"{i % 3},{i % 7},{i}", "0.2",
         "the first line, taken as the names of the columns, holds numbers; is the header missing?"),
        ("0,1,2,price", lambda i: f"{i % 3},{i % 5},{i % 7},{i}", "price", None),
        ("a,3,7,price", lambda i: f"{i % 3},{i % 5},{i % 7},{i}", "price", None),
        ("a,b,c,price", lambda i: f"{i % 3},4,5,{i}", "price",
         "columns b, c have the same value in every row: nothing can be learned from them"),
        ("Cat,cat,price", lambda i: f"{i % 3},{i % 5},{i}", "price",
         'the columns "Cat", "cat" have nearly the same name'),
        ("e\u0301,\u00e9,price", lambda i: f"{i % 3},{i % 5},{i}", "price",
         'the columns "e\\u0301", "\\xe9" have nearly the same name'),
    ],
)  # fmt: skip
def test_notes_on_columns(tmp_path: Path, header: str, row: Make, target: str, said: str | None) -> None:
    assert notes(tmp_path, lines(header, row), target=target) == ([] if said is None else [f"t.csv: {said}"])


def test_labels_that_are_numbers(tmp_path: Path) -> None:
    said = "t.csv: column label holds mostly different numbers, and each is a class; is regression meant? "
    said += "then set goal: regression and data.target: label"
    text = lines("a,label", lambda i: f"{i % 7},{1.37 * i:.2f}")
    assert notes(tmp_path, text, "3.0", validation_fraction=0.2) == [
        said,
        "there is no validation data: each of the 40 classes has a single example, which stays in training",
    ]
    assert notes(tmp_path, text, "1.0", classes=("1.37",)) == [f"{said}, without data.classes"]
    assert notes(tmp_path, lines("a,label", lambda i: f"{i % 7},{i % 10}"), "3.0") == []
    assert notes(tmp_path, lines("a,label", lambda i: f"{i % 7},{i % 25 / 4}"), "3.0") == [said]


def test_why_there_is_no_validation_data(tmp_path: Path) -> None:
    text = lines("a,label", lambda i: f"{i + 5},{'abcdefgh'[min(i, 7)]}", 10)
    assert notes(tmp_path, text, "3.0", validation_fraction=0.05) == [
        "there is no validation data: 10 examples are too few for data.validation_fraction 0.05"
    ]


@pytest.mark.parametrize(
    ("header", "row", "said", "out", "more"),
    [
        ("city,a,kind,date", lambda i: f"x{i},{i},{'ab'[i % 2]},2020-01-{i % 28 + 1}",
         ["column city has 40 different texts in 40 rows, too many to be categories",
          "column date has dates (2020-01-1) in 40 of 40 rows; "
          "write the year, or the days since a fixed day, as a number"], "[city, date]", []),
        ("city,smoker,b,c,d,e,f,g", lambda i: f'x,{["yes", "no"][i % 2]},"{i},5",${i + 1},{i} kg,{i}%,1 {i:03},',
         ["column b has numbers with a decimal comma (0,5) in 40 of 40 rows; write 0.5",
          "column c has numbers with a currency sign ($1) in 40 of 40 rows; write 1",
          "column d has numbers with a unit (0 kg) in 40 of 40 rows; write 0",
          "column e has numbers with a unit (0%) in 40 of 40 rows; write 0",
          "column f has numbers with blanks (1 000) in 40 of 40 rows; write 1000",
          "column g is empty in every row"], "[b, c, d, e, f, g]", []),
        ("age,id", lambda i: f"{i if i % 3 else 'NA'},u{i}",
         ["column id has 40 different texts in 40 rows, too many to be categories"], "[id]",
         ["column age is NA in 14 of 40 rows (lines 2, 5, 8, ...); set data.missing: fill"]),
    ],
)  # fmt: skip
def test_columns_that_can_be_no_inputs_are_named_at_once(
    tmp_path: Path, header: str, row: Make, said: list[str], out: str, more: list[str]
) -> None:
    text = lines(f"{header},price", lambda i: f"{row(i)},{i}")
    way = f"or leave {'them' if ',' in out else 'it'} out: data.ignore: {out}"
    for bad in ("fail", "skip"):
        found = refusal(tmp_path, text, bad=bad).splitlines()
        assert found == [line if line == way else f"t.csv: {line}" for line in (*said, way, *more)]


def test_columns_of_other_data_without_numbers_are_named_at_once(tmp_path: Path) -> None:
    row = lambda i: f"x,{'yn'[i % 2]},z,{i} kg,,2"  # noqa: E731
    (tmp_path / "t.csv").write_text(lines("city,smoker,kind,d,g,a", row))
    with pytest.raises(DataError) as caught:
        read_rows(tmp_path / "t.csv", asking("city", "smoker", "kind", "d", "g", "a"))
    assert str(caught.value).replace(f"{tmp_path}/", "").splitlines() == [
        "t.csv: column smoker has y and n in 40 of 40 rows; write 1 and 0",
        "t.csv: column d has numbers with a unit (0 kg) in 40 of 40 rows; write 0",
        "t.csv: column g is empty in every row; give values, as the training data has",
        f"t.csv: columns city and kind hold no numbers; {GIVE}",
    ]


@pytest.mark.parametrize(
    ("cell", "number"),
    [("1,234.5", "1234.5"), ("1.234.567", "1234567"), ("-1,234,567", "-1234567"), ("1.234,5", "1234.5"),
     ("3,5", "3.5"),
     ("€ 1.234,50", "1234.50"), ("12 €", "12"), ("$1,000.0", "1000.0"), ("12.5cm", "12.5"), ("3 km/h", "3"),
     ("20°C", "20"), ("1\u00a0234,5", "1234.5"), ("1'234", "1234")],
)  # fmt: skip
def test_ways_to_write_numbers(tmp_path: Path, cell: str, number: str) -> None:
    said = refusal(tmp_path, lines("a,price", lambda i: f'"{cell}",{i}', 4))
    assert f"({cell}) in 4 of 4 rows".replace("\u00a0", "\\xa0") in said
    assert said.splitlines()[0].endswith(f"; write {number}")


@pytest.mark.parametrize(
    ("goal", "classes"), [("1.0", ("cat",)), ("2.0", ("cat",)), ("2.0", ("cat", "dog")), ("3.0", ("cat", "dog"))]
)
def test_yes_and_no_are_said_once(tmp_path: Path, goal: str, classes: tuple[str, ...]) -> None:
    text = lines("a,cat,dog", lambda i: f"{i},{['Y', 'n'][i % 2]},{['F', 'T'][i % 2]}")
    said = refusal(tmp_path, text, goal, classes=classes).splitlines()
    assert len(said) == len(classes)
    assert said[0].startswith("t.csv: column cat has Y and n in 40 of 40 rows; write 1 and 0")
    assert len(said) == 1 or said[1].startswith("t.csv: column dog has T and F in 40 of 40 rows; write 1 and 0")


def test_faults_of_a_kind_are_told_together_and_rows_are_skipped_once(tmp_path: Path) -> None:
    text = lines("a,price", lambda i: f"{i if i % 4 else ''},{i if i % 5 else 'NA'}")
    assert refusal(tmp_path, text).splitlines() == [
        f"t.csv: 18 faults in 16 of 40 rows; {HEAD}",
        "t.csv: column price is NA, no number, in 8 of 40 rows (lines 2, 7, 12, ...)",
        "t.csv: column a is empty in 10 of 40 rows (lines 2, 6, 10, ...); set data.missing: fill",
    ]
    catalog = read(tmp_path, text, bad="skip")
    assert len(catalog.skipped) == len({bad.name for bad in catalog.skipped}) == 16
    assert len(catalog.splits["train"].names) == 24
    both = "price must be a number, is NA; column a must be a number, is empty"
    assert catalog.skipped[0].reason == both
    assert [name for name, fault in read_rows(tmp_path / "t.csv", asking("a", "price"))[1] if fault] == [
        bad.name for bad in catalog.skipped
    ]


def test_the_header_again_and_a_line_of_totals_are_faults(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a,price\n1,2\n2,4\na,price\n3,3\ntotal,9\n").splitlines() == [
        f"t.csv: 3 faults in 2 of 5 rows; {HEAD}",
        "t.csv:4: price must be a number, is price",
        "t.csv:4: column a must be a number, is a",
        "t.csv:6: column a must be a number, is total",
    ]


@pytest.mark.parametrize("quote", ["", '"'])
def test_vertical_bars_are_no_separators(tmp_path: Path, quote: str) -> None:
    header = "|".join(f"{quote}{column}{quote}" for column in ("a", "b", "price"))
    for number in ("0,5", "0.5", "1"):
        text = lines(header, lambda i, number=number: "|".join((number, "2", str(i))))  # type: ignore[misc]
        assert refusal(tmp_path, text) == "t.csv: is separated by vertical bars; save it with commas"
    with pytest.raises(DataError, match="is separated by vertical bars"):
        read_rows(tmp_path / "t.csv", asking("a", "b"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a b price\n1 2  3\n2 3 4\n", "is separated by blanks; save it with commas"),
        (b'"a,price"\n"1,2"\n"2,3"\n', "has each line in quotes as a whole; save it without them"),
        (b"a,b,price\n1;2;3\n2;3;4\n",
         "the header is separated by commas, the rows by semicolons; separate all lines by one of the two"),
        ("a,price\n1,2\n".encode("utf-16"), "is UTF-16 text; save it as UTF-8"),
        ("a,price\n1,2\n".encode("utf-16-be"),
         "its first line holds NUL characters, as UTF-16 and binary files do; save it as UTF-8"),
        (b"PK\x03\x04\x14\0", "is an Excel workbook or a zip archive; save the table as CSV (UTF-8)"),
        (b"<!doctype html>\n<html>", "is a web page; download the table itself"),
        (b"\x1f\x8b\x08\0", "is compressed (gzip); unpack it"),
        (b"t;n,a,price\na;b,1,2,\na;b;c,1,2,\n",
         "all 2 rows have 4 cells, the header has 3; remove the commas at the end of the lines"),
        *((first + b"a,b,price\n1,2,3\n",
           f"the first line is a {what}; remove what is above the names of the columns (a, b, price)")
          for first, what in ((b"Houses\n", "title (Houses)"), (b"Houses,,\n,,\n", "title (Houses)"),
                              (b"# a, b\n# c\n", "comment (# a)"),
                              (b"sep=,\n", "setting of a spreadsheet program (sep=)"))),
        (b'a, "b", "price"\n1, "2", "3"\n', "has blanks before the quotes; remove the blanks"),
        (b'a,price\n1,2\n"2,3\n4,5\n', "a quote is opened here that is never closed"),
        (b"", "has no header; its first line must name the columns"),
    ],
)  # fmt: skip
def test_files_that_are_no_tables(tmp_path: Path, content: bytes, said: str) -> None:
    assert re.sub(r":\d+:", ":", refusal(tmp_path, content)) == f"t.csv: {said}"


def test_empty_rows_are_one_fault_each(tmp_path: Path) -> None:
    text = lines("a,b,price", lambda i: ",," if i > 30 else f"{i % 7},{i % 5},{i}")
    assert refusal(tmp_path, text).splitlines() == [
        f"t.csv: 9 faults in 9 of 40 rows; {HEAD}",
        "t.csv: every cell is empty in 9 of 40 rows (lines 33, 34, 35, ...)",
    ]


def test_marks_within_cells_are_no_separators(tmp_path: Path) -> None:
    assert read(tmp_path, "a|b,price\n1,2\n2,3\n3\n", bad="skip").question.features == ("a|b",)
    assert read_rows(tmp_path / "t.csv", asking("a|b"))[0].tolist() == [[1], [2]]


SPECIES = lines("a,species", lambda i: f"{i},{['setosa', 'virginica'][i % 2]}")
MISSING = "t.csv: has no column label; "


@pytest.mark.parametrize(
    ("text", "goal", "classes", "said"),
    [
        (SPECIES, "3.0", None, f"{MISSING}set data.target: species; there are a, species"),
        (SPECIES, "1.0", None, f"{MISSING}set data.target: species, and name the class that counts as 1: "
         "data.classes: [setosa]; there are a, species"),
        (SPECIES, "2.0", None, "t.csv: has no columns of 0 and 1; for a column of labels, such as cat;lion, "
         "set data.target: species; there are a, species"),
        (SPECIES, "3.0", ("setosa", "virginica"),
         "t.csv: has no column setosa, virginica, but a column species with such values; set data.target: species"),
        (SPECIES, "1.0", ("setosa",),
         "t.csv: has no column setosa, but a column species with such values; set data.target: species"),
        (SPECIES, "1.0", ("species",), "t.csv: column species must be 0 or 1, is setosa, virginica in 40 of 40 rows; "
         "if these are classes, set data.target: species and name the one that counts as 1: data.classes: [setosa]"),
        (lines("Survived,age,Sex", lambda i: f"{i % 2},{i},{['f', 'm'][i % 2]}"), "1.0", None,
         f"{MISSING}name the column of 0 and 1 to learn: data.classes: [Survived]; or set data.target: Sex, and name "
         "the class that counts as 1: data.classes: [m]; there are Survived, age, Sex"),
        (lines("age,sex,target", lambda i: f"{i},{i % 2},{i // 2 % 2}"), "1.0", None,
         f"{MISSING}name the column of 0 and 1 to learn: data.classes: [target] (or sex); there are age, sex, target"),
        (lines("a,quality", lambda i: f"{i},{i % 5 + 3}"), "3.0", None,
         f"{MISSING}set data.target: quality; there are a, quality"),
        (lines("a,cat,dog", lambda i: f"{i},{i % 2},{1 - i % 2}"), "3.0", None,
         f"{MISSING}name the columns of 0 and 1, of which each row has one 1: data.classes: [cat, dog]; "
         "there are a, cat, dog"),
        (lines("a,Label", lambda i: f"{i},{'xy'[i % 2]}"), "3.0", None,
         f"{MISSING}set data.target: Label; there are a, Label"),
        (lines("5.1,0.2,setosa", lambda i: f"{i},1,{'xy'[i % 2]}"), "3.0", None,
         f"{MISSING}is the header missing? the first line holds numbers; add a line with the names of the columns, "
         "and call that of the class names label"),
        (lines("a,label", lambda i: f"{i},{['no', 'yes'][i % 2]}"), "1.0", None,
         "t.csv: data.classes must name the class that counts as 1: one of no, yes; "
         "for instance data.classes: ['yes']"),
        (lines("a,label", lambda i: f"{i},{['cat', 'not cat'][i % 2]}"), "1.0", ("label",),
         "t.csv: column label must be 0 or 1, is cat, not cat in 40 of 40 rows; "
         "if these are classes, name the one that counts as 1: data.classes: [cat]"),
        (lines("a,x,y", lambda i: f"{i},{'pq'[i % 2]},{'rs'[i % 2]}"), "3.0", ("x", "y"),
         "t.csv: column x must be 0 or 1, is p, q in 40 of 40 rows; if these are classes, set data.target: x and leave "
         "data.classes out; or name the label columns with data.classes\n"
         "t.csv: column y must be 0 or 1, is r, s in 40 of 40 rows; if these are classes, set data.target: y and leave "
         "data.classes out; or name the label columns with data.classes"),
        (lines("a,price", lambda i: f"{i},{i + 2}"), "1.0", ("price",),
         "t.csv: column price must be 0 or 1, is 2, 3, 4, ... in 40 of 40 rows; to predict a number, set goal: "
         "regression and data.target: price, without data.classes"),
    ],
)  # fmt: skip
def test_the_way_to_the_labels(tmp_path: Path, text: str, goal: str, classes: Iterable[str] | None, said: str) -> None:
    assert refusal(tmp_path, text, goal, classes=classes) == said


def test_the_ways_that_are_named_work(tmp_path: Path) -> None:
    text = SPECIES.replace("species", "label")
    assert read(tmp_path, text, "3.0").question.classes == ("setosa", "virginica")
    assert read(tmp_path, text, "1.0", classes=("setosa",)).question.negative == "virginica"


def test_a_target_of_words(tmp_path: Path) -> None:
    assert refusal(tmp_path, SPECIES, target="species") == (
        "t.csv: column species must be a number, is setosa, virginica in 40 of 40 rows; for classes, set goal: 3.0"
    )


@pytest.mark.parametrize(
    ("train", "test", "goal", "classes", "column"),
    [
        ("a,price\n1,2\n2,3\n", "a\n1\n", "regression", None, "has no column price"),
        ("a,price\n1,2\n2,3\n", "a,price\n1,\n2,\n", "regression", None, "column price is empty in every row"),
        ("a,label\n1,x\n2,y\n", "a\n1\n", "3.0", None, "has no column label"),
        ("a,label\n1,x\n2,y\n", "a,label\n1,\n2,\n", "3.0", None, "column label is empty in every row"),
        ("a,label\n1,x\n2,y\n", "a\n1\n", "1.0", ("x",), "has no column label"),
        ("a,x,y\n1,1,0\n2,0,1\n", "a\n1\n", "2.0", ("x", "y"), "has no column x, y"),
        ("a,x,y\n1,1,0\n2,0,1\n", "a,x,y\n1,,\n2,,\n", "2.0", ("x", "y"), "column x, y is empty in every row"),
    ],
)
def test_a_split_without_answers(
    tmp_path: Path, train: str, test: str, goal: str, classes: tuple[str, ...] | None, column: str
) -> None:
    with pytest.raises(Unlabelled) as caught:
        read(tmp_path, {"train.csv": train, "test.csv": test}, goal, classes=classes)
    assert str(caught.value) == (
        f"{tmp_path}/test.csv: {column}, so it has no answers; add them, or leave the file out: "
        "a trained model can answer about it"
    )


def test_splits_with_other_columns(tmp_path: Path) -> None:
    train = "a,b,price\n1,2,3\n2,3,4\n"
    assert notes(tmp_path, {"train.csv": train, "val.csv": "price,c,b,a,d\n1,2,3,4,5\n"}) == [
        "val.csv: columns c, d are not used"
    ]
    (tmp_path / "val.csv").unlink()
    assert refusal(tmp_path, {"train.csv": train, "test.csv": "a,b,Price\n1,2,3\n"}) == (
        "test.csv: has no column price; there are a, b, Price; did you mean Price?"
    )
    assert refusal(tmp_path, {"train.csv": train, "test.csv": "A,b,price\n1,2,3\n"}) == (
        "test.csv: has no column a; there are A, b, price; did you mean A?"
    )


SUMS_UP = "as in no other row; is this row one of the data? if it sums up the others, remove it"


@pytest.mark.parametrize(
    ("last", "options", "said"),
    [
        ("total,7,a,9", {"ignore": ["Id"]}, f"t.csv:42: column Id is total, {SUMS_UP}"),
        ("41,7,Summe,9", {}, f"t.csv:42: column kind is Summe, {SUMS_UP}"),
        ("MEAN:,7,,9", {"ignore": ["Id"], "missing": "fill"}, f"t.csv:42: column Id is MEAN:, {SUMS_UP}"),
        ("41,7,totally,9", {}, None),
    ],
)
def test_a_row_that_sums_up_the_others(tmp_path: Path, last: str, options: dict[str, Any], said: str | None) -> None:
    text = lines("Id,size,kind,price", lambda i: f"{i * 7 % 41},{i % 7},{'ab'[i % 2]},{i % 5}") + f"{last}\n"
    found = [note for note in notes(tmp_path, text, **options) if "sums up" in note]
    assert found == ([said] if said else [])


def test_a_class_of_totals_is_none(tmp_path: Path) -> None:
    text = lines("kind,price", lambda i: f"{['total', 'part'][i % 2]},{i % 5}")
    assert not any("sums up" in note for note in notes(tmp_path, text))


def test_columns_that_have_the_names_of_labels(tmp_path: Path) -> None:
    text = lines("cat,dog,size,tags", lambda i: f"{i % 2},{i // 2 % 2},{i % 7},{['', 'cat', 'dog', 'cat;dog'][i % 4]}")
    said = "t.csv: columns cat, dog are inputs, called as labels are; name them in data.ignore if they say the answer"
    assert said in notes(tmp_path, text, "2.0", target="tags")
    assert not any("inputs" in note for note in notes(tmp_path, text, "2.0", target="tags", ignore=["cat", "dog"]))


def test_an_identifier_with_missing_cells(tmp_path: Path) -> None:
    text = lines("Id,price", lambda i: f"{'' if i == 7 else i},{i % 5}")
    assert any("column Id numbers the rows" in note for note in notes(tmp_path, text, missing="fill"))


def test_yes_and_no_in_a_column_that_training_had_as_numbers(tmp_path: Path) -> None:
    files = {"train.csv": "age,price\n30,1\n40,2\n", "val.csv": "age,price\nyes,1\nno,2\n"}
    read_as = "val.csv: yes and no, or true and false, are read as 1 and 0 in column age"
    assert notes(tmp_path, files) == [read_as]
    told: list[str] = []
    read_rows(tmp_path / "val.csv", asking("age"), told.append)
    assert told == [f"{tmp_path}/{read_as}"]


def test_words_in_a_column_of_numbers_may_be_missing_cells(tmp_path: Path) -> None:
    text = lines("a,price", lambda i: f"{i if i % 8 else 'n.v.'},{i % 5}")
    assert refusal(tmp_path, text).splitlines()[1:] == [
        "t.csv: column a must be a number, is n.v. in 5 of 40 rows (lines 2, 10, 18, ...); "
        "if they are not known, leave the cells empty, and set data.missing: fill"
    ]
    files = {"train.csv": "a,price\n1,1\n2,2\n3,3\n", "val.csv": "a,price\nC85,1\nC86,1\n"}
    assert refusal(tmp_path, files) == f"val.csv: column a holds no numbers; {GIVE}"
