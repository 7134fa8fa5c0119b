"""`catnet predict --csv`: the answers beside the columns of a table, or the names of pictures."""

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catnet.data.csvfile import Raw, read_csv, read_raw

Command = Callable[..., Any]
REGRESSION = "goal: regression\ndata: {path: t.csv, target: price}\ntrain: {epochs: 2}\n"
CLASSES = "goal: GOAL\ndata: {path: t.csv, classes: [cat, dog]}\ntrain: {epochs: 100, learning_rate: 1.0}\n"


@pytest.fixture
def prices(tmp_path: Path, command: Command) -> Path:
    """A folder with a run that has learned the price from area and rooms."""
    (tmp_path / "c.yaml").write_text(REGRESSION)
    rows = "".join(f"{i % 7},{i % 5},{i % 3}\n" for i in range(20))
    (tmp_path / "t.csv").write_text(f"area,rooms,price\n{rows}")
    assert command("train", "c.yaml").code == 0
    return tmp_path


def values(command: Command, *paths: str) -> list[dict[str, Any]]:
    """What the command answers as JSON."""
    return [json.loads(line) for line in command("predict", *paths, "--json").out.splitlines()]


def test_a_table_keeps_all_its_columns(prices: Path, command: Command) -> None:
    content = 'note,area,rooms,price\n"=A1, b",1.50,2,\n\n@x,3,4,"say ""x"""\n'
    (prices / "q.csv").write_text(content)
    wanted = [answer["value"] for answer in values(command, "q.csv")]
    done = command("predict", "q.csv", "--csv", "out.csv")
    assert (done.code, done.out, done.err.splitlines()[-1]) == (0, "", "written: out.csv (2 answers)")
    assert (prices / "out.csv").read_bytes().decode() == (
        f'note,area,rooms,price,predicted price\n"=A1, b",1.50,2,,{wanted[0]}\n@x,3,4,"say ""x""",{wanted[1]}\n'
    )
    assert (prices / "q.csv").read_text() == content


def test_the_answers_are_written_as_the_table_is(prices: Path, command: Command) -> None:
    text = ";area;rooms\r\n0;1,5;2\r\n1;3;4\r\n"
    (prices / "q.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    wanted = [str(answer["value"]).replace(".", ",") for answer in values(command, "q.csv")]
    done = command("predict", "q.csv", "--csv", "out.csv")
    assert (done.code, "note: q.csv: is separated by semicolons, with decimal commas" in done.err) == (0, True)
    assert (prices / "out.csv").read_bytes() == (
        f"\ufeff;area;rooms;predicted price\r\n0;1,5;2;{wanted[0]}\r\n1;3;4;{wanted[1]}\r\n".encode()
    )
    table = read_csv(prices / "out.csv")
    assert table.column("predicted price") == [text.replace(",", ".") for text in wanted]
    (prices / "q.csv").write_bytes(text.replace(";", "\t").replace(",", ".").encode())
    assert command("predict", "q.csv", "--csv", "tabs.csv").code == 0
    header, first, _ = (prices / "tabs.csv").read_bytes().decode().split("\r\n", 2)
    assert (header, first) == (
        "\tarea\trooms\tpredicted price", f"0\t1.5\t2\t{wanted[0].replace(',', '.')}"
    )  # fmt: skip


def test_rows_without_an_answer_say_why(prices: Path, command: Command) -> None:
    (prices / "q.csv").write_text("area,rooms,predicted price,error\n1,2,3,4\n1,,3,4\n1,2\n,,,\n1,2,3,4,5\n")
    done = command("predict", "q.csv", "--csv", "out.csv")
    assert (done.code, done.out) == (3, "")
    assert done.err.splitlines()[1:] == [
        "q.csv:3: column rooms must be a number, is empty",
        "q.csv:4: has 2 cells, the header has 4",
        "q.csv:5: every cell is empty",
        "q.csv:6: has 5 cells, the header has 4",
        "written: out.csv (1 answer, 4 errors)",
    ]
    (answer,) = values(command, "q.csv")
    with (prices / "out.csv").open(newline="") as file:
        assert list(csv.reader(file)) == [
            ["area", "rooms", "predicted price", "error", "predicted price 2", "error 2"],
            ["1", "2", "3", "4", str(answer["value"]), ""],
            ["1", "", "3", "4", "", "column rooms must be a number, is empty"],
            ["1", "2", "", "", "", "has 2 cells, the header has 4"],
            ["", "", "", "", "", "every cell is empty"],
            ["1", "2", "3", "4", "", "has 5 cells, the header has 4"],
        ]


@pytest.mark.parametrize("goal", ["1.0", "2.0", "3.0"])
@pytest.mark.parametrize(("mark", "joint"), [(",", ";"), (";", "|")])
def test_classes(tmp_path: Path, command: Command, goal: str, mark: str, joint: str) -> None:
    classes = "[cat]" if goal == "1.0" else "[cat, dog]"
    (tmp_path / "c.yaml").write_text(CLASSES.replace("GOAL", goal).replace("[cat, dog]", classes))
    rows = [["a", "cat", "dog"], *([str(i % 2), str(i % 2), str(int(goal == "2.0" or 1 - i % 2))] for i in range(10))]
    (tmp_path / "t.csv").write_text("\n".join(map(mark.join, rows)))
    done = command("train", "c.yaml")
    assert done.code == 0, done.err
    assert command("predict", "t.csv", "--csv", "out.csv").code == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        header, *found = csv.reader(file, delimiter=mark)
    names = ["cat"] if goal == "1.0" else ["cat", "dog"]
    assert header == ["a", "cat", "dog", "prediction", *(f"probability {name}" for name in names)]
    for row, cells, answer in zip(rows[1:], found, values(command, "t.csv"), strict=True):
        said = joint.join(answer["prediction"]) if goal == "2.0" else answer["prediction"]
        assert cells == [*row, said, *(str(answer["probabilities"][name]) for name in names)]
    assert goal != "2.0" or any(joint in cells[3] for cells in found)


def test_pictures(animals: Path, tmp_path: Path, command: Command) -> None:
    (tmp_path / "c.yaml").write_text("goal: 3.0\ndata: {path: animals, image_size: [8, 8]}\ntrain: {epochs: 2}\n")
    assert command("train", "c.yaml").code == 0
    first = command("predict", "animals/val/cat", "--csv", "out.csv")
    assert (first.code, first.out, first.err.splitlines()[-1]) == (0, "", "written: out.csv (4 answers)")
    (tmp_path / "animals/val/cat/9.png").write_text("no picture")
    done = command("predict", "animals/val/cat", "nowhere.png", "--csv", "out.csv")  # replaces the file of the same
    assert (done.code, done.err.splitlines()[-1]) == (3, "written: out.csv (4 answers, 2 errors)")
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    names = ("cat", "iguana", "lion")
    assert list(rows[0]) == ["file_name", "prediction", *(f"probability {name}" for name in names), "error"]
    assert [row["file_name"] for row in rows] == [
        *(f"animals/val/cat/{name}.png" for name in (0, 1, 2, 3, 9)), "nowhere.png"
    ]  # fmt: skip
    answers = values(command, "animals/val/cat")
    for row, answer in zip(rows[:4], answers, strict=True):
        assert (row["prediction"], row["error"]) == (answer["prediction"], "")
        assert [float(row[f"probability {name}"]) for name in names] == [
            answer["probabilities"][name] for name in names
        ]
    assert [row["prediction"] for row in rows[4:]] == ["", ""]
    assert "cannot identify" in rows[4]["error"] or "picture" in rows[4]["error"]
    assert not rows[5]["error"].startswith("nowhere.png")


def test_what_is_not_written(prices: Path, command: Command) -> None:
    (prices / "q.csv").write_text("area,rooms\n1,2\n")
    (prices / "other.csv").write_text("rooms\n1\n")
    os.link(prices / "q.csv", prices / "link.csv")
    (prices / "d.csv").mkdir()
    before = {path.name: path.read_bytes() for path in prices.iterdir() if path.is_file()}
    for arguments, code, said in [
        (("q.csv", "--csv", "q.csv"), 5, "q.csv: is what is asked about, and is not overwritten; give another --csv"),
        (("q.csv", "--csv", "link.csv"), 5,
         "link.csv: is what is asked about, and is not overwritten; give another --csv"),
        (("q.csv", "--csv", "t.csv"), 5, "t.csv: exists already and is not overwritten; give another --csv"),
        (("q.csv", "--csv", "d.csv"), 5,
         "d.csv: is a folder, not a regular file, and is not overwritten; give another --csv"),
        (("q.csv", "--csv", "no/o.csv"), 5, "no/o.csv: could not be written: there is no folder no"),
        (("q.csv", "--csv", "o.txt"), 2, "--csv o.txt: predict writes a CSV file; give a name that ends in .csv"),
        (("q.csv", "--csv", "o.csv", "--json"), 2,
         "--csv and --json are two ways to give the same answers; give one of them"),
        (("q.csv", "t.csv", "--csv", "o.csv"), 2,
         "--csv: answers are written beside the columns of one table; give one, not 2"),
        (("other.csv", "--csv", "o.csv"), 3, "other.csv: has no column area; there are rooms"),
        (("nowhere.csv", "--csv", "o.csv"), 3, "nowhere.csv: cannot be read: No such file or directory"),
    ]:  # fmt: skip
        done = command("predict", *arguments)
        assert (done.code, done.out, done.err.splitlines()[-1]) == (code, "", said)
    assert {path.name: path.read_bytes() for path in prices.iterdir() if path.is_file()} == before


def test_a_list_of_pictures_keeps_its_columns(animals: Path, tmp_path: Path, command: Command) -> None:
    (tmp_path / "c.yaml").write_text("goal: 3.0\ndata: {path: animals, image_size: [8, 8]}\ntrain: {epochs: 2}\n")
    assert command("train", "c.yaml").code == 0
    content = "file_name;=note;cm\r\nval/cat/0.png;=1+1;1,5\r\nno.png;b;2\r\nval/cat/1.png;c;2,25\r\n"
    (tmp_path / "animals" / "list.csv").write_bytes(content.encode())
    done = command("predict", "animals/list.csv", "--csv", "out.csv")
    said = "animals/list.csv:3: there is no picture no.png"
    assert (done.code, done.err.splitlines()[1:]) == (3, [said, "written: out.csv (2 answers, 1 error)"])
    first, second = values(command, "animals/list.csv")
    header, *rows = (tmp_path / "out.csv").read_bytes().decode().split("\r\n")
    assert header == "file_name;=note;cm;prediction;probability cat;probability iguana;probability lion;error"
    told = []
    for answer in (first, second):
        numbers = [str(answer["probabilities"][name]).replace(".", ",") for name in ("cat", "iguana", "lion")]
        told.append(";".join([answer["prediction"], *numbers]))
    assert rows == [
        f"val/cat/0.png;=1+1;1,5;{told[0]};",
        "no.png;b;2;;;;;there is no picture no.png",
        f"val/cat/1.png;c;2,25;{told[1]};",
        "",
    ]


def test_what_catnet_writes_is_no_formula(tmp_path: Path, command: Command) -> None:
    rows = "".join(f"{i},{'=A1' if i % 2 else '-x'}\n" for i in range(20))
    (tmp_path / "t.csv").write_text(f"a,label\n{rows}")
    (tmp_path / "c.yaml").write_text("goal: 3.0\ndata: {path: t.csv}\ntrain: {epochs: 2}\n")
    assert command("train", "c.yaml").code == 0
    assert command("predict", "t.csv", "--csv", "out.csv").code == 0
    with (tmp_path / "out.csv").open(newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["label"] for row in found[:2]] == ["-x", "=A1"]
    assert {row["prediction"] for row in found} <= {"'=A1", "'-x"}


def test_a_table_is_read_once(prices: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []

    def noted(path: Path) -> Raw:
        read.append(path)
        return read_raw(path)

    for module in ("catnet.data.csvfile", "catnet.evaluation.answers"):
        monkeypatch.setattr(f"{module}.read_raw", noted)
    assert command("predict", "t.csv", "--csv", "out.csv").code == 0
    assert read == [Path("t.csv")]
