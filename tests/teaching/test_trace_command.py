"""`catnet trace`: labels and where they are from, batches, the page, and what is refused."""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import numpy as np
import pytest

import catnet
from catnet.teaching.tracing.form import Equation, Sum, Term
from catnet.teaching.tracing.numbers import at, decimals_of, digits, left_of, read, result
from catnet.teaching.tracing.text import columns, equation_lines, sum_lines

Command = Callable[..., Any]


def first(folder: Path, pattern: str) -> Path:
    """The first file of that pattern."""
    return sorted(folder.rglob(pattern))[0]


def test_the_label_is_that_of_the_data(command: Command, runs: dict[str, Path]) -> None:
    picture = runs["1.0"].parent / "data" / "test" / "dog" / "0.png"
    done = command("trace", picture, "--model", runs["1.0"])
    assert done.code == 0
    assert "y is not cat, as the run's data says of test/dog/0.png (test)." in done.out
    assert "L = -log(1 - y^) = -log(" in done.out
    told = command("trace", picture, "--model", runs["1.0"], "--label", "cat").out
    assert "y is cat, as it was given." in told and "L = -log y^ = -log(" in told


def test_a_label_by_columns(command: Command, runs: dict[str, Path]) -> None:
    folder = runs["2.0"].parent / "data" / "val"
    rows = [line.split(",") for line in (folder / "metadata.csv").read_text().splitlines()]
    file, labels = next((name, cells) for name, *cells in rows[1:] if cells.count("1") == 2)
    present = [name for name, cell in zip(rows[0][1:], labels, strict=True) if cell == "1"]
    done = command("trace", folder / file, "--model", runs["2.0"])
    named = [name for name in catnet.load(runs["2.0"]).model.question.classes if name in present]
    assert f"y is {', '.join(named)}, as the run's data says of val/{file} (validation)." in done.out
    none = command("trace", folder / file, "--model", runs["2.0"], "--label", "none").out
    assert "y is none of them, as it was given." in none and none.count("because y = 0") == 6  # before and after


def test_a_row_of_a_table(command: Command, runs: dict[str, Path]) -> None:
    table = runs["table"].parent / "data" / "test.csv"
    price = table.read_text().splitlines()[6].split(",")[-1]
    done = command("trace", table, "--row", "7", "--model", runs["table"], "--batch", "2")
    assert f"y is {float(price):.10g}, as the table says." in done.out
    assert done.code == 0 and "(rooms)" in done.out and "A batch, X" in done.out
    told = command("trace", table, "--row", "7", "--model", runs["table"], "--label", "50.5").out
    assert "y is 50.5, as it was given." in told
    for label in ("x", "nan"):
        refused = command("trace", table, "--row", "7", "--model", runs["table"], "--label", label)
        assert refused.code == 2 and "price" in refused.err


def test_without_a_label_only_the_way_forward(command: Command, runs: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "other.png").write_bytes(first(runs["3.0"].parent / "data", "*.png").read_bytes())
    done = command("trace", "other.png", "--model", runs["3.0"])
    assert done.code == 0 and "dZ" not in done.out and "--label NAME gives the loss" in done.err
    batch = command("trace", "other.png", "--model", runs["3.0"], "--batch", "3")
    assert batch.code == 2 and "give its label" in batch.err
    hint = command("trace", "other.png", "--model", runs["3.0"], "--label", "dgo")
    assert hint.code == 2 and hint.err.endswith("label dgo: the labels are cat, dog, eel; did you mean dog?\n")
    two = command("trace", "other.png", "--model", runs["3.0"], "--label", "cat", "--label", "dog")
    assert two.code == 2 and "has one label" in two.err


def test_what_is_refused(command: Command, runs: dict[str, Path], tmp_path: Path) -> None:
    picture = first(runs["1.0"].parent / "data", "*.png")
    assert command("trace", picture, "--model", runs["1.0"], "--row", "3").code == 2
    assert command("trace", picture, "--model", runs["table"]).code == 2
    assert command("trace", picture.parent, "--model", runs["1.0"]).code == 3
    many = command("trace", picture, "--model", runs["1.0"], "--batch", "999")
    assert many.code == 3 and "only 130 examples" in many.err
    inside = command("trace", picture, "--model", runs["1.0"], "--html", picture.parent / "page.html")
    assert inside.code == 5 and not (picture.parent / "page.html").exists()
    (tmp_path / "mine.html").write_text("mine")
    assert command("trace", picture, "--model", runs["1.0"], "--html", "mine.html").code == 5
    assert (tmp_path / "mine.html").read_text() == "mine"


@pytest.mark.parametrize("there", [True, False])
def test_the_report_of_a_run_is_not_replaced(
    command: Command, runs: dict[str, Path], tmp_path: Path, there: bool
) -> None:
    run, picture = tmp_path / "run", first(runs["1.0"].parent / "data", "*.png")
    copytree(runs["1.0"], run)
    report = run / "report.html"
    report.unlink(missing_ok=True)
    if there:
        assert command("trace", picture, "--model", run, "--html", tmp_path / "a.html").code == 0
        report.write_bytes((tmp_path / "a.html").read_bytes())  # a page of catnet's
    for words in (
        ["trace", picture, "--model", run],
        ["compare", run, runs["1.0"]],
        ["check", run / "config.yaml"],
    ):
        refused = command(*words, "--html", report)
        assert refused.code == 5 and "is the report of a run; give another --html" in refused.err
    assert report.exists() == there
    assert command("trace", picture, "--model", run, "--html", run / "trace.html").code == 0


def test_a_large_batch_names_the_examples_that_are_shown(command: Command, runs: dict[str, Path]) -> None:
    picture = first(runs["1.0"].parent / "data", "*.png")
    said = command("trace", picture, "--model", runs["1.0"], "--batch", "100").out
    assert " ".join(said.split()).count("; example ") == 3 and "96 examples are left out" in " ".join(said.split())
    assert "    J of example" not in said and "    L of example 2" in said


def test_data_that_is_gone(command: Command, runs: dict[str, Path], tmp_path: Path) -> None:
    moved = tmp_path / "case"
    copytree(runs["1.0"].parent, moved)
    run = moved / runs["1.0"].name
    config = run / "config.yaml"
    config.write_text(config.read_text().replace(str(runs["1.0"].parent), str(moved)))
    picture = tmp_path / "a.png"
    picture.write_bytes(first(moved / "data", "*.png").read_bytes())
    rmtree(moved / "data")
    assert command("trace", picture, "--model", run, "--label", "cat").code == 0
    batch = command("trace", picture, "--model", run, "--label", "cat", "--batch", "2")
    assert batch.code == 3 and "cannot be read" in batch.err and len(batch.err.splitlines()) == 2


def test_a_model_without_a_run(command: Command, runs: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "m.safetensors").write_bytes((runs["1.0"] / "best.safetensors").read_bytes())
    picture = first(runs["1.0"].parent / "data", "*.png")
    done = command("trace", picture, "--model", "m.safetensors", "--label", "cat")
    assert done.code == 0 and "db[1] = " in done.out
    assert "The update" not in done.out and "its learning rate is not known" in " ".join(done.out.split())


@pytest.mark.parametrize("kind", ["1.0", "3.0", "table"])
def test_the_page_has_the_numbers_of_the_text(
    command: Command, runs: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    data = runs[kind].parent / "data"
    asked = (data / "test.csv", "--row", "4") if kind == "table" else (first(data / "train", "*.png"),)
    text = command("trace", *asked, "--model", runs[kind], "--batch", "3").out
    done = command("trace", *asked, "--model", runs[kind], "--batch", "3", "--html", "page.html")
    assert (done.code, done.out) == (0, "page.html\n")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")
    shown = unescape(re.sub(r"<[^>]*>", " ", page[page.index("<body>") :]))
    numbers = re.compile(r"\d+\.\d{3,}(?:e[-+]\d+)?")
    assert set(numbers.findall(text)) <= set(numbers.findall(shown))
    # x as it is and scaled, then x and a row of W[1] for each neuron shown; with a gradient, those of dW[1] too
    fewest = {"1.0": 2 + 2 + 2 + 3, "3.0": 2 + 3 * 2, "table": 0}[kind]
    assert page.count("<img ") >= fewest and (page.count("<img ") == 0) == (kind == "table")


def test_the_metrics_say_the_learning_rate(runs: dict[str, Path]) -> None:
    run = catnet.load(runs["3.0"])  # whose schedule is cosine
    trace = run.trace(first(runs["3.0"].parent / "data" / "val", "*.png"))
    assert trace.numbers.learning_rate == run.history[run.model.epoch - 1]["learning_rate"]
    summary = json.loads((runs["3.0"] / "summary.json").read_text())
    assert f"of epoch {summary['best_epoch']}" in str(trace)
    with pytest.raises(TypeError, match="one example"):
        run.trace(np.zeros((2, 20, 20, 3), np.uint8))


def test_digits() -> None:
    assert [digits(value) for value in (0, 0.5, -1234567.0, 1.5e-7)] == ["0", "0.500000", "-1.23457e+06", "1.50000e-07"]
    assert [digits(value, 2) for value in (3e-7, 0.5, 260.4)] == ["3.0e-07", "0.50", "2.6e+02"]
    assert [decimals_of([value]) for value in (0, 0.05, 0.5, 5, 5000, 5e5, 5e12)] == [6, 8, 7, 6, 3, 1, -6]
    assert [at(*number) for number in ((-1e-9, 3), (1234.6, 0), (1234567.0, -2), (1.25e-14, 15))] == [
        "0.000", "1.235e+03", "1.2346e+06", "1.3e-14"]  # fmt: skip
    assert left_of("1.500", ["0.500", "1.1e-05"]) == "1.000"
    assert left_of("1.500", ["1.500"]) == "0.000"


def test_a_result_has_the_digits_that_its_factors_leave() -> None:
    product = read("0.5000") * read("3")  # 0.5 units of 1e-4, times 3
    assert product.value == 1.5 and product.off == pytest.approx(1.5e-4)
    assert result(1.50004, product.off) == "1.500"
    assert (read("2.0") / read("4.00")).off == pytest.approx(0.05 / 4 + 0.5 * 0.005 / 4)
    assert [result(0.123456789, off) for off in (0, 1e-4, 1)] == ["0.123457", "0.1235", "0"]
    assert [result(value, 0, share=True) for value in (0.5, 0.99999876, 1.0)] == [
        "0.500000",
        "0.99999876000",
        "1.000000",
    ]
    assert result(0.99840170, 6e-8, 7, share=True) == "0.9984017"


def test_a_long_line_is_broken() -> None:
    line = Equation(("J", " + ".join(["0.12345678 * 0.1234567"] * 4), "0.06"), "w, the class weight")
    assert list(equation_lines(line)) == [
        "    J  (w, the class weight)",
        "        = 0.12345678 * 0.1234567 + 0.12345678 * 0.1234567",
        "          + 0.12345678 * 0.1234567 + 0.12345678 * 0.1234567",
        "        = 0.06",
    ]
    for name in ("a long name of a class, " * 4, "\u732b " * 30):  # a letter that takes two columns
        rows = list(sum_lines(Sum("Z[1]", (Term("b[1]", "0.5", name),), "0.5")))
        assert " ".join(rows[2].split()) in name and 60 < max(map(columns, rows)) <= 80
