"""`catnet explain TABLE --row LINE`: what each input contributes to the answer about a row."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import catnet

Command = Callable[..., Any]
CASES = {
    "regression": {"goal": "regression", "data": {"target": "y", "target_scaling": "standard"}},
    "1.0": {"goal": "1.0", "data": {"classes": ["p"]}},
    "2.0": {"goal": "2.0", "data": {"classes": ["p", "q"]}},
    "3.0": {"goal": "3.0", "data": {"classes": ["p", "q"]}},
    "scaled": {"goal": "3.0", "data": {"classes": ["p", "q"], "scaling": "none"}},
    "hidden": {"goal": "1.0", "data": {"classes": ["p"]}, "model": {"hidden_layers": [4], "activation": "tanh"}},
    "hidden relu": {"goal": "regression", "data": {"target": "y"}, "model": {"hidden_layers": [4]}},
}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of 30 rows: two inputs a and b, p and q of 0 and 1, and a number y."""
    random = np.random.default_rng(1)
    rows = [f"{a:.3f},{b:.3f},{int(a > 5)},{int(a <= 5)},{a - b:.3f}" for a, b in random.uniform(0, 9, (30, 2))]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["a,b,p,q,y", *rows]) + "\n")
    return path


def train(table: Path, case: dict[str, Any]) -> catnet.Run:
    data = {"path": table, "validation_fraction": 0.0, **case["data"]}
    model = {"initialization": "xavier", **case.get("model", {})}
    train = {"epochs": 30, "learning_rate": 0.5 if case["goal"] != "regression" else 0.05, "precision": "float64"}
    config = {"goal": case["goal"], "data": data, "model": model, "train": train}
    return catnet.train(config, run_dir=table.parent / "runs" / "t-001")


def by_hand(run: catnet.Run, row: np.ndarray, asked: int) -> tuple[np.ndarray, float]:
    """The contributions of the inputs, and the total, without hidden layers; float64."""
    model, P = run.model, run.model.parameters
    x = (row - np.ravel(model.scaling.shift)) * np.ravel(model.scaling.scale)
    W, b = P["W1"], P["b1"][:, 0]
    if model.question.goal == "3.0":
        W, b = W - W.mean(axis=0), b - b.mean()
    if model.question.goal == "regression":
        scale, shift = float(model.target_scaling.scale), float(model.target_scaling.shift)
        W, b = W / scale, b / scale + shift
    return W[asked] * x, float(W[asked] @ x + b[asked])


@pytest.mark.parametrize("name", ["regression", "1.0", "2.0", "3.0", "scaled"])
def test_one_layer_is_explained_exactly(table: Path, command: Command, name: str) -> None:
    run = train(table, CASES[name])
    facts = json.loads(command("explain", "t.csv", "--row", "5", "--json").out)
    answer = json.loads(command("predict", "t.csv", "--json").out.splitlines()[3])
    assert {key: facts[key] for key in answer} == answer
    assert answer["file"] == "t.csv:5"
    names = run.model.question.inputs
    cells = dict(zip("abpqy", map(float, table.read_text().splitlines()[4].split(",")), strict=True))
    row = np.array([cells[column] for column in names])
    asked = 0 if name == "regression" else run.model.question.classes.index(facts["class"])
    contributions, total = by_hand(run, row, asked)
    found = {each["input"]: (each["value"], each["contribution"]) for each in facts["contributions"]}
    assert {column: value for column, (value, _) in found.items()} == {column: cells[column] for column in names}
    np.testing.assert_allclose([found[column][1] for column in names], contributions, rtol=1e-9, atol=1e-12)
    sizes = [abs(each["contribution"]) for each in facts["contributions"]]
    assert sizes == sorted(sizes, reverse=True)
    np.testing.assert_allclose([facts["sum"], facts["bias"] + sum(contributions)], [total, total], rtol=1e-9)
    if name == "regression":
        assert facts["sum"] == pytest.approx(answer["value"], rel=1e-9)
    elif name in ("1.0", "2.0"):
        assert 1 / (1 + np.exp(-total)) == pytest.approx(answer["probabilities"]["p"] if asked == 0 else None, rel=1e-9)
    else:
        assert 1 / (1 + np.exp(-2 * total)) == pytest.approx(answer["probabilities"][facts["class"]], rel=1e-9)


@pytest.mark.parametrize("name", ["hidden", "hidden relu"])
def test_with_hidden_layers_it_is_the_gradient(table: Path, command: Command, name: str) -> None:
    """Central differences of the total, times the input; the input is scaled to `standard`."""
    run = train(table, CASES[name])
    facts = json.loads(command("explain", "t.csv", "--row", "7", "--json").out)
    model, names = run.model, run.model.question.inputs
    row = np.array([next(e["value"] for e in facts["contributions"] if e["input"] == column) for column in names])

    def total(row: np.ndarray) -> float:
        Z = model.logits(row[None])
        return float(model.target_scaling.invert(Z)[0, 0])

    x = np.ravel((row - np.ravel(model.scaling.shift)) * np.ravel(model.scaling.scale))
    for place, column in enumerate(names):
        step = np.zeros(len(names))
        step[place] = 1e-4
        gradient = (total(row + step) - total(row - step)) / 2e-4
        contribution = next(e["contribution"] for e in facts["contributions"] if e["input"] == column)
        unit = float(np.ravel(model.scaling.scale)[place])
        assert contribution == pytest.approx(gradient / unit * x[place], rel=1e-4, abs=1e-6)
    whole = sum(each["contribution"] for each in facts["contributions"])
    assert facts["sum"] == pytest.approx(total(row)) == pytest.approx(facts["rest"] + whole)


def test_what_is_printed(table: Path, command: Command) -> None:
    train(table, CASES["1.0"])
    facts = json.loads(command("explain", "t.csv", "--row", "5", "--json").out)
    done = command("explain", "t.csv", "--row", "5")
    first, *lines, last = done.out.splitlines()
    assert first == command("predict", "t.csv").out.splitlines()[3]
    wanted = [f"{each['input']} {each['value']:.6g} {each['contribution']:+.4g}" for each in facts["contributions"]]
    assert [" ".join(line.split()) for line in lines] == [*wanted, f"bias {facts['bias']:+.4g}"]
    assert " ".join(last.split()) == f"sum {facts['sum']:+.4g}: the logit of p, whose sigmoid is the probability"
    assert len({line.rindex(line.split()[-1]) for line in lines}) == 1  # the numbers stand below each other


@pytest.mark.parametrize(
    ("name", "said"),
    [("3.0", "the logit of q minus the mean of all logits, which softmax compares"), ("regression", "y"),
     ("2.0", "the logit of q, whose sigmoid is the probability")],
)  # fmt: skip
def test_what_the_sum_is(table: Path, command: Command, name: str, said: str) -> None:
    train(table, CASES[name])
    done = command("explain", "t.csv", "--row", "2", *([] if name == "regression" else ["--class", "q"]))
    assert (done.code, done.out.splitlines()[-1].split(": ")[1]) == (0, said)


def test_with_hidden_layers_it_says_what_the_rest_is(table: Path, command: Command) -> None:
    train(table, CASES["hidden"])
    lines = command("explain", "t.csv", "--row", "2").out.splitlines()
    assert lines[-3].startswith("rest ")
    assert lines[-1] == (
        "With hidden layers, a contribution is the input times the gradient at this row; the rest is what they leave."
    )


def test_a_table_with_one_row_needs_no_line(table: Path, command: Command) -> None:
    train(table, CASES["regression"])
    (table.parent / "one.csv").write_text("p;q;b;a\n\n0;1;2,5;3\n")
    one = command("explain", "one.csv")
    assert one.out.startswith("one.csv:3: y ")
    assert "note: one.csv: is separated by semicolons, with decimal commas" in one.err
    assert one.out == command("explain", "one.csv", "--row", "3").out


def test_what_cannot_be_explained(table: Path, command: Command) -> None:
    train(table, CASES["regression"])
    folder = table.parent
    (folder / "q.csv").write_text("a,b,p,q\n1,2,3,4\n1,,3,4\n1,2\n")
    (folder / "book.xlsx").write_bytes(b"PK\x03\x04")
    (folder / "a.png").write_bytes(b"")
    for arguments, code, said in [
        (("q.csv",), 2, "q.csv: has 3 rows, in lines 2 to 4; give the line of one: --row 2"),
        (("q.csv", "--row", "1"), 3, "q.csv: line 1 is the header; the rows are in lines 2 to 4"),
        (("q.csv", "--row", "9"), 3, "q.csv: there is no row in line 9; the rows are in lines 2 to 4"),
        (("q.csv", "--row", "3"), 3, "q.csv:3: column b must be a number, is empty"),
        (("q.csv", "--row", "4"), 3, "q.csv:4: has 2 cells, the header has 4"),
        (("q.csv", "--row", "2", "--class", "cat"), 2, "--class cat: the classes are none: the answer is a number"),
        (("q.csv", "--row", "2", "--output", "x.png"), 2,
         "--output is for a picture; what is said of a row is printed"),
        (("a.png",), 2, "a.png: this model answers about the rows of tables; give a .csv file"),
        (("book.xlsx", "--row", "2"), 3,
         "book.xlsx: is an Excel workbook or a zip archive; save the table as CSV (UTF-8)"),
        (("none.csv", "--row", "2"), 3, "none.csv: cannot be read: No such file or directory"),
    ]:  # fmt: skip
        done = command("explain", *arguments)
        assert (done.code, done.out, done.err.splitlines()[-1]) == (code, "", said)
    assert command("explain", "q.csv", "--row", "0").code == 2


def test_a_picture_has_no_rows(animals: Path, tmp_path: Path, command: Command) -> None:
    data = {"path": animals, "image_size": [4, 4]}
    catnet.train({"goal": 3.0, "data": data, "train": {"epochs": 1}}, run_dir=tmp_path / "runs" / "a-1")
    picture = animals / "train" / "cat" / "0.png"
    for option in (["--row", "2"], ["--json"]):
        done = command("explain", picture, *option)
        assert (done.code, done.err.splitlines()[-1]) == (
            2, f"{option[0]} is for the rows of a table; this model answers about pictures"
        )  # fmt: skip


def test_a_row_of_texts_and_missing_cells(tmp_path: Path, command: Command) -> None:
    rows = "".join(f"{i % 7 if i % 3 else ''},{i % 5},{'red' if i % 2 else 'blue'},{i}\n" for i in range(30))
    (tmp_path / "t.csv").write_text(f"age,size,color,y\n{rows}")
    run = train(tmp_path / "t.csv", {"goal": "regression", "data": {"target": "y", "missing": "fill"}})
    (tmp_path / "new.csv").write_text("age,size,color\n1,2,green\n,,red\n")
    done = command("explain", "new.csv", "--row", "3", "--model", str(run.path))
    values = {line[:14].strip(): line[14:].rsplit(" ", 1)[0].strip() for line in done.out.splitlines()[1:-2]}
    fill = {column.name: f"{column.fill:.6g}" for column in run.model.question.encoded if column.categories is None}
    assert values == {
        "age": f"(missing, read as {fill['age']})",
        "age is missing": "(yes)",
        "size": f"(missing, read as {fill['size']})",
        "color = red": "(yes)",
        "color = blue": "(no)",
    }
    assert done.err.splitlines()[1:] == [
        "note: new.csv:3: 2 missing cells are filled in (data.missing: fill): 1 of age, 1 of size",
        "note: new.csv:3: column size has 1 missing cell, and training had none; it is read as its mean",
    ]
