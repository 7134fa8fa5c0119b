"""What is said about the cells of a column that are no numbers, or no classes."""

from pathlib import Path

import pytest
from scanning import asking, message, notes, scan

from catnet.data.scan import scan_other
from catnet.data.tables import read_rows
from catnet.errors import DataError

GIVE = "give numbers, as the training data has"


def table_of(folder: Path, cells: list[str]) -> Path:
    """A table whose column a has these cells again and again."""
    table = folder / "t.csv"
    table.write_text("a,price\n" + "".join(f'"{cells[i % len(cells)]}",{i}\n' for i in range(12)))
    return table


def refusal(folder: Path, cells: list[str]) -> str:
    """What is said about a column a with these cells, by a training, and by a model that has learned numbers."""
    table = table_of(folder, cells)
    with pytest.raises(DataError) as caught:
        scan(table, goal="regression", target="price")
    said = str(caught.value).removesuffix("\nor leave it out: data.ignore: [a]")
    with pytest.raises(DataError) as as_input:
        read_rows(table, asking("a"))
    assert str(as_input.value) == said
    return said.removeprefix(f"{table}: column a ")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["", "", "C85", "E46"], f"is empty in 6 of 12 rows; the others hold C85, E46; {GIVE}"),
        (["", "NA", "C85", "E46"], f"is empty in 6 of 12 rows; the others hold C85, E46; {GIVE}"),
        (["", "C85"], f"is empty in 6 of 12 rows; the others hold C85; {GIVE}"),
        (["C85"], f"holds no numbers; {GIVE}"),
        (["y", "n", "", ""], "has y and n in 6 of 12 rows and is empty in the other 6; write 1 and 0"),
        (["NA", ""], "is empty or NA in every row; give values, as the training data has"),
    ],
)  # fmt: skip
def test_texts_in_a_column_that_a_model_has_learned_as_numbers(tmp_path: Path, cells: list[str], said: str) -> None:
    table = table_of(tmp_path, cells)
    with pytest.raises(DataError) as caught:
        read_rows(table, asking("a"))
    assert str(caught.value) == f"{table}: column a {said}"


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["0,123"], "has numbers with a decimal comma (0,123) in 12 of 12 rows; write 0.123"),
        (["0,123", "3,682"], "has numbers with a decimal comma (0,123) in 12 of 12 rows; write 0.123"),
        (["3,682"], "has numbers with a comma (3,682) in 12 of 12 rows; "
         "write 3682 if the comma separates thousands, 3.682 if it is a decimal comma"),
        (["3,682", "3,682,000"], "has numbers with thousands separators (3,682) in 12 of 12 rows; write 3682"),
        (["3,682", "3,6"], "has numbers with a decimal comma (3,682) in 12 of 12 rows; write 3.682"),
        (["160k"], "has numbers with multipliers (160k) in 12 of 12 rows; write 160000"),
        (["1.2M", "300 k"], "has numbers with multipliers (1.2M) in 12 of 12 rows; write 1200000"),
        (["9" * 40 + "k"], f"has numbers with multipliers ({'9' * 40}k) in 12 of 12 rows; write {'9' * 40}000"),
        (["9" * 99 + "k"], f"has numbers with multipliers ({'9' * 60}...) in 12 of 12 rows; write {'9' * 60}..."),
        (["$160K"], "has numbers with a currency sign ($160K) in 12 of 12 rows; write 160000"),
        (["300 K"], "has numbers with a unit (300 K) in 12 of 12 rows; write 300"),
        (["$1", "€2"], "has numbers with different currencies ($, €) in 12 of 12 rows; "
         "convert them to one, and write the number alone"),
        (["1 kg", "300 g"], "has numbers with different units (g, kg) in 12 of 12 rows; "
         "convert them to one, and write the number alone"),
        (["01.02.2020"], "has dates (01.02.2020) in 12 of 12 rows; "
         "write the year, or the days since a fixed day, as a number"),
        *(([cell, "2 Feb 2024", "unknown"], f"has dates ({cell}) in 12 of 12 rows; "
           "write the year, or the days since a fixed day, as a number")
          for cell in ("1 Mar 2024", "Mar 1, 2024", "1. März 2024", "2024-03", "2020-01-31", "Okt. 2023")),
        ([f"{i} foo" for i in range(12)], "has numbers with a unit (0 foo) in 12 of 12 rows; write 0"),
        (["12:30"], "has times (12:30) in 12 of 12 rows; write the hours, or the minutes, as a number"),
        (["1e200"], "holds numbers beyond 3.4e+38 (1e200) in 12 of 12 rows; give them in another unit"),
    ],
)  # fmt: skip
def test_columns_without_any_number(tmp_path: Path, cells: list[str], said: str) -> None:
    assert refusal(tmp_path, cells) == said


@pytest.mark.parametrize(
    "cells",
    [["1st", "2nd", "3rd"], ["1A", "2B", "3C"], ["4WD", "2WD"], ["4dr", "2dr"], ["2023-24", "2022-23"], ["4th", "5th"]],
)
def test_texts_that_begin_with_a_digit_are_categories(tmp_path: Path, cells: list[str]) -> None:
    catalog = scan(table_of(tmp_path, cells), goal="regression", target="price")
    assert catalog.question.inputs == tuple(f"a = {cell}" for cell in sorted(cells))


def labelled(folder: Path, names: list[str], rows: int = 30) -> Path:
    table = folder / "t.csv"
    table.write_text("a,label\n" + "".join(f"{i + 5},{names[i % len(names)]}\n" for i in range(rows)))
    return table


@pytest.mark.parametrize("word", ["NaN", "nan", "null", "?", "-", "N/A", "None"])
@pytest.mark.parametrize(("goal", "classes"), [("1.0", ("cat",)), ("3.0", None)])
def test_a_missing_value_is_no_class(tmp_path: Path, goal: str, classes: tuple[str, ...] | None, word: str) -> None:
    table = labelled(tmp_path, ["cat", "dog", word])
    assert message(table, goal=goal, classes=classes).splitlines()[1] == (
        f"PATH: label is {word}, which is no class, in 10 of 30 rows (lines 4, 7, 10, ...); rename it if it is one"
    )
    assert scan(table, goal=goal, classes=classes, bad="skip").question.known == ("cat", "dog")
    named = ("cat", word)
    assert goal == "1.0" or scan(table, goal=goal, classes=named).question.known == named


def test_a_column_of_missing_values_has_no_answers(tmp_path: Path) -> None:
    said = message(labelled(tmp_path, ["NaN", "?", ""]), goal="3.0", classes=None)
    assert "has only the class" in said or "column label is empty, ? or NaN in every row" in said


def test_measurements_are_no_classes(tmp_path: Path) -> None:
    table = labelled(tmp_path, [f"{i / 7:.4f}" for i in range(1500)], 1500)
    assert message(table, goal="3.0") == (
        "PATH: column label has 1500 different values in 1500 rows, and each is a class; "
        "is regression meant? then set goal: regression and data.target: label, without data.classes"
    )
    names = labelled(tmp_path, [f"name{i}" for i in range(1500)], 1500)
    assert message(names, goal="1.0", classes=("name1",)).endswith("; name the column of the classes with data.target")


def test_a_class_with_a_single_row_is_noted(tmp_path: Path) -> None:
    table = labelled(tmp_path, ["cat", "dog"], 60)
    assert notes(table) == []
    table.write_text(table.read_text() + "9,Total\n")
    assert notes(table) == ["PATH: class Total has a single row; is it one of the data, and not a total or a heading?"]


def test_other_data_with_another_column_of_classes(tmp_path: Path) -> None:
    question = scan(labelled(tmp_path, ["cat", "dog"]), goal="3.0").question
    (tmp_path / "o.csv").write_text("a,species\n1,cat\n2,dog\n3,cat\n")
    with pytest.raises(DataError, match=r"o\.csv: has no column label; rename species to label"):
        scan_other(question, tmp_path / "o.csv")
