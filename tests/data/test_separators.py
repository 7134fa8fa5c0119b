"""Tables separated by commas, semicolons or tabs, and their decimal commas."""

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scanning import asking, scan

from catnet.data.csvfile import Table, read_csv
from catnet.data.separators import SAMPLE
from catnet.data.tables import read_rows
from catnet.errors import DataError


def read(folder: Path, text: str | bytes) -> Table:
    path = folder / "t.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_csv(path)


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(DataError) as caught:
        read(folder, text)
    return str(caught.value).replace(str(folder / "t.csv"), "t.csv")


def note(table: Table) -> str | None:
    return table.note and table.note.replace(str(table.path), "t.csv")


@pytest.mark.parametrize(("mark", "name"), [(",", None), (";", "semicolons"), ("\t", "tabs")])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
def test_the_separator_is_that_of_the_header(
    tmp_path: Path, mark: str, name: str | None, quote: str, end: str, start: bytes
) -> None:
    lines = [("größe", "rooms", "price"), ("1.5", "2", "3"), ("4", "5", "")]
    text = "".join(mark.join(f"{quote}{cell}{quote}" for cell in line) + end for line in lines)
    table = read(tmp_path, start + text.encode())
    assert (table.header, table.rows) == (lines[0], tuple(lines[1:]))
    assert (table.separator, table.lines) == (mark, (2, 3))
    assert note(table) == (name and f"t.csv: is separated by {name}")


@pytest.mark.parametrize(
    ("text", "header", "rows"),
    [
        ("price\n1\n2\n", ["price"], [["1"], ["2"]]),
        ("labels\ncat;lion\ncat\n", ["labels"], [["cat;lion"], ["cat"]]),  # one column, with lists
        ("labels\ncat;lion\ncat;dog\n", ["labels"], [["cat;lion"], ["cat;dog"]]),
        ("weight;kg\n1\n2\n", ["weight;kg"], [["1"], ["2"]]),  # a name of one column: no row has a semicolon
        ("weight;kg,price\n1,2\n3,4\n", ["weight;kg", "price"], [["1", "2"], ["3", "4"]]),
        ("f,labels;all\na,cat;lion\nb,cat\nc,\n", ["f", "labels;all"], [["a", "cat;lion"], ["b", "cat"], ["c", ""]]),
        ('"size, m2";"price, EUR"\n1;2\n', ["size, m2", "price, EUR"], [["1", "2"]]),
        ('size, m2;price\n1;2\n"3";"a, b"\n', ["size, m2", "price"], [["1", "2"], ["3", "a, b"]]),
        ("size, m2;price\nx,5;1,0\n2,5;1,0\n", ["size, m2", "price"], [["x,5", "1.0"], ["2,5", "1.0"]]),
        ("a, b\tc;d\nx,y\t3;4\n", ["a, b", "c;d"], [["x,y", "3;4"]]),  # a tab is within no name
        ('"a\n;b",c\n1,2\n', ["a\n;b", "c"], [["1", "2"]]),
        ('a;"b\r\n,c"\r\n1;2\r\n', ["a", "b\r\n,c"], [["1", "2"]]),
        ('a;b "x, y"\n1;2\n', ["a", 'b "x, y"'], [["1", "2"]]),  # a quote within a cell is a character
        ('5" pipe;price\n1;2\n', ['5" pipe', "price"], [["1", "2"]]),
        ("a;b\n1;2;3\n4;5\n", ["a", "b"], [["4", "5"]]),  # a row that is too long is a fault, and not a comma's
    ],
)  # fmt: skip
def test_marks_in_names_and_cells(tmp_path: Path, text: str, header: list[str], rows: list[list[str]]) -> None:
    table = read(tmp_path, text)
    assert (list(table.header), [list(row) for row in table.rows]) == (header, rows)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a;b,c\n1;2,3\n4;5,6\n",
         "t.csv:1: may be separated by commas or by semicolons: all rows fit both; put quotes around the names and "
         "cells that hold commas and semicolons"),
        ("a,b,c\n1;2;3\n4;5;6\n",
         "t.csv: the header is separated by commas, the rows by semicolons; separate all lines by one of the two"),
        ("a;b;c\n1,2,3\n4,5,6\n",
         "t.csv: the header is separated by semicolons, the rows by commas; separate all lines by one of the two"),
        ("a,b,c\n1\t2\t3\n",
         "t.csv: the header is separated by commas, the rows by tabs; separate all lines by one of the two"),
        ('"a;b"\n"1;2"\n"3;4"\n', "t.csv: has each line in quotes as a whole; save it without them"),
        ("a|b\n1|2\n", "t.csv: is separated by vertical bars; save it with commas"),
        ("a;b\n1;2;\n3;4;\n", "t.csv: all 2 rows have 3 cells, the header has 2; "
         "remove the semicolons at the end of the lines"),
        ("a\tb\t\n1\t2\t\n3\t4\t\n", "t.csv:1: the last column has no name and no values; "
         "remove the tab at the end of each line"),
        ("a;b\n1;2;3\n3;4;5\n", "t.csv: all 2 rows have 3 cells, the header has 2; name every column"),
        ('a;b\n1;2\n"3;4\n5;6\n', "t.csv:3: a quote is opened here that is never closed"),
        ('a;b\n1;"2\n3;"4";5\n', "t.csv:2: a quote is opened here that is only closed in line 3, amid a cell"),
        ("sep=;\na;b\n1;2\n", "t.csv:1: the first line is a setting of a spreadsheet program (sep=); "
         "remove what is above the names of the columns (a, b)"),
        ("a;b;a\n1;2;3\n", "t.csv:1: the header names a column twice: a"),
    ],
)  # fmt: skip
def test_what_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert refusal(tmp_path, text) == said


names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=6)
cells = st.one_of(names, st.sampled_from(["cat;lion", "1,5", 'say "x"', "two\nlines", "a\tb", "", "7"]))


@given(
    header=st.lists(names.filter(lambda name: name[0] not in '#"'), min_size=2, max_size=4, unique=True),
    rows=st.lists(st.lists(cells, min_size=2, max_size=4), min_size=2, max_size=5),
    mark=st.sampled_from(",;\t"),
)
@example(header=["a", "b"], rows=[["", ""], ["", ""]], mark=";")
@settings(max_examples=30)
def test_what_the_csv_module_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, header: list[str], rows: list[list[str]], mark: str
) -> None:
    """All cells in quotes: no mark within them counts."""
    wanted = [[*row, "x", "x"][: len(header)] for row in rows]
    wanted = [[*row, *["x"] * (len(header) - len(row))] for row in wanted]
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=mark, quoting=csv.QUOTE_ALL).writerows([[f"n{name}" for name in header], *wanted])
    table = read(tmp_path_factory.mktemp("t"), file.getvalue())
    assert table.separator == mark
    assert [line for line in table.header] == [f"n{name}" for name in header]
    decimal = {table.positions[name] for name in table.decimal_commas}
    filled = [row for row in wanted if any(map(str.strip, row))]
    assert [list(row) for row in table.rows] == [
        [cell.replace(",", ".") if position in decimal and cell == "1,5" else cell for position, cell in enumerate(row)]
        for row in filled
    ]


def test_a_header_larger_than_the_sample(tmp_path: Path) -> None:
    header = [f"column {number:06} of many" for number in range(SAMPLE // 20)]
    table = read(tmp_path, ";".join(header) + "\n" + ";".join(["1"] * len(header)) + "\n")
    assert (len(table.header), table.separator) == (len(header), ";")


def test_the_last_line_of_the_sample_may_be_cut_off(tmp_path: Path) -> None:
    said = refusal(tmp_path, "a;b,c\n" + "1;2,3\n" * (SAMPLE // 3))
    assert said.startswith("t.csv:1: may be separated by commas or by semicolons: all rows fit both")


def test_decimal_commas_become_points(tmp_path: Path) -> None:
    text = "a;b;c;d;name\n0,5;1;,5;NA;Owen, Mr.\n-1,25e3;2;3;;Bo\n +7, ;3;;unknown;C\n"
    table = read(tmp_path, text)
    assert table.decimal_commas == ("a", "c")
    assert [row[:4] for row in table.rows] == [
        ("0.5", "1", ".5", "NA"), ("-1.25e3", "2", "3", ""), (" +7. ", "3", "", "unknown"),
    ]  # fmt: skip
    assert table.column("name") == ["Owen, Mr.", "Bo", "C"]
    assert note(table) == "t.csv: is separated by semicolons, with decimal commas"
    tabs = read(tmp_path, text.replace(";", "\t"))
    assert (tabs.rows, note(tabs)) == (table.rows, "t.csv: is separated by tabs, with decimal commas")


def test_words_without_digits_stay_as_they_are(tmp_path: Path) -> None:
    assert read(tmp_path, "a;b\n0,5;1\nno, none;2\n").column("a") == ["0.5", "no, none"]


@pytest.mark.parametrize(
    "cells", [("0,5", "1.5"), ("1,234,567", "1,5"), ("0,5", "3 m"), ("1.234,5", "2"), ("1", "2.5")]
)
def test_a_column_that_is_not_all_of_decimal_commas_stays_as_it_is(tmp_path: Path, cells: tuple[str, str]) -> None:
    table = read(tmp_path, f"a;b\n{cells[0]};1\n{cells[1]};2\n")
    assert (table.column("a"), table.decimal_commas) == (list(cells), ())


def test_commas_in_quotes_in_a_file_with_commas_are_no_decimal_commas(tmp_path: Path) -> None:
    assert read(tmp_path, 'a,b\n"0,5",1\n').rows == (("0,5", "1"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a;b\n0,5;1.234\n2;3.456\n",
         "t.csv: column a has numbers with commas (0,5), column b has numbers with points (1.234); "
         "write 1,234 if the point is the decimal mark, 1234 if it separates thousands"),
        ("a;b;c\n7;0.5;2.25\n8,5;2;\n",
         "t.csv: column a has numbers with commas (8,5), columns b, c have numbers with points (0.5); write 0,5"),
    ],
)  # fmt: skip
def test_commas_in_one_column_and_points_in_another(tmp_path: Path, text: str, said: str) -> None:
    assert refusal(tmp_path, text) == said


def test_most_numbers_say_what_the_decimal_mark_is(tmp_path: Path) -> None:
    table = read(tmp_path, "a;b\n0,5;u\n1;v\n1.5;w\n1.200;x\n1.200,5;y\n2,5 km;z\n3,25;u\n1,5;v\n7,5;v\n")
    assert table.rows == (
        ("0.5", "u"), ("1", "v"), ("1.200,5", "y"), ("2,5 km", "z"), ("3.25", "u"), ("1.5", "v"), ("7.5", "v")
    )  # fmt: skip
    has = "and commas in other rows; write"
    assert table.bad == (
        (f"{tmp_path}/t.csv:4", f"column a has a point in 1.5 {has} 1,5"),
        (f"{tmp_path}/t.csv:5",
         f"column a has a point in 1.200 {has} 1,200 if the point is the decimal mark, 1200 if it separates thousands"),
    )  # fmt: skip
    table = read(tmp_path, "a;b\n0.5;u\n1.5;v\n1,5;w\n")
    assert (table.column("a"), table.bad, table.decimal_commas) == (["0.5", "1.5", "1,5"], (), ())


@pytest.mark.parametrize(
    ("cell", "has", "write"),
    [("2.186,56", "a decimal comma", "2186,56"), ("39,41 %", "a unit", "39,41"), ("1.5 €", "a currency sign", "1,5")],
)
def test_what_to_write_in_a_file_with_decimal_commas(tmp_path: Path, cell: str, has: str, write: str) -> None:
    (tmp_path / "t.csv").write_text("a;b;y\n" + f"0,5;{cell};1\n" * 4)
    said = f"column b has numbers with {has} ({cell}) in 4 of 4 rows; write {write}"
    with pytest.raises(DataError, match=re.escape(said)):
        scan(tmp_path / "t.csv", goal="regression", target="y")
    with pytest.raises(DataError, match=re.escape(said)):
        read_rows(tmp_path / "t.csv", asking("b"))


def test_points_that_may_separate_thousands(tmp_path: Path) -> None:
    said = "t.csv: column b has numbers with a point before three digits ({}), and without ({}); {}"
    either = "write {} if the point is the decimal mark, {} if it separates thousands"
    one, minus = either.format("1,701", "1701"), either.format("-1,701", "-1701")
    assert refusal(tmp_path, "a;b\n74;666\n185;1.701\n56;527\n") == said.format("1.701", "666", one)
    assert refusal(tmp_path, "a\tb\n74\t0\n185\t-1.701\n") == said.format("-1.701", "0", minus)
    several = said.format("12.345.678", "666", "write 12345678")
    assert refusal(tmp_path, "a;b\n7;12.345.678\n1;666\n2;\n") == several
    read_as = "t.csv: is separated by semicolons; the point in {} is read as the decimal mark, not as one of thousands"
    assert note(read(tmp_path, "a;b\n7;1.200\n8;NA\n")) == read_as.format("column b (1.200)")
    assert note(read(tmp_path, "a;b\n7.125;1.200\n8.125;7.250\n")) == read_as.format("columns a (7.125), b (1.200)")
    for decimal in ("a;b\n7;1.701\n0.5;666\n", "a;b\n7;1.701\n1;0.125\n2;3\n", "a;b\n7;1.701\n1;1234.125\n"):
        assert note(read(tmp_path, decimal)) == "t.csv: is separated by semicolons"
    assert note(read(tmp_path, "a,b\n7,1.701\n8,666\n")) is None


def test_dates_with_points_are_no_numbers(tmp_path: Path) -> None:
    assert read(tmp_path, "a;day\n0,5;12.03.2020\n").rows == (("0.5", "12.03.2020"),)


def test_the_columns_that_number_the_rows(tmp_path: Path) -> None:
    table = read(tmp_path, ";a;b\n0;0,5;x\n1;1,5;y\n")
    assert (table.header, table.numbering, table.decimal_commas) == (("a", "b"), ("",), ("a",))
    assert table.rows == (("0.5", "x", "0"), ("1.5", "y", "1"))


def test_the_same_numbers_however_they_are_written(tmp_path: Path) -> None:
    rows = [("size", "price"), *((f"{i}.5", f"{2 * i}") for i in range(30))]
    found = []
    for mark, point in ((",", "."), (";", ","), ("\t", "."), (";", ".")):
        text = "\n".join(mark.join(cell.replace(".", point) for cell in row) for row in rows)
        (tmp_path / "t.csv").write_text(text)
        found.append(scan(tmp_path / "t.csv", goal="regression", target="price"))
    assert [catalog.notes for catalog in found] == [
        (),
        (f"{tmp_path / 't.csv'}: is separated by semicolons, with decimal commas",),
        (f"{tmp_path / 't.csv'}: is separated by tabs",),
        (f"{tmp_path / 't.csv'}: is separated by semicolons",),
    ]
    for other in found[1:]:
        for name, listing in found[0].splits.items():
            rows_0, rows_1 = listing.rows, other.splits[name].rows
            assert rows_0 is not None and rows_1 is not None and rows_0.tolist() == rows_1.tolist()
            assert listing.labels.tolist() == other.splits[name].labels.tolist()


def test_a_metadata_file_with_semicolons(tmp_path: Path) -> None:
    from PIL import Image

    for number in range(4):
        Image.new("RGB", (2, 2), (number, 0, 0)).save(tmp_path / f"{number}.png")
    (tmp_path / "metadata.csv").write_text("file_name;age\n0.png;0,5\n1.png;1\n2.png;2\n3.png;3\n")
    catalog = scan(tmp_path, goal="regression", target="age", validation_fraction=0)
    assert catalog.splits["train"].labels.tolist() == [[0.5, 1, 2, 3]]
    assert catalog.notes == (f"{tmp_path / 'metadata.csv'}: is separated by semicolons, with decimal commas",)
