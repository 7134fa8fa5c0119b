"""Tables that never end, and cells and answers that are no numbers: a message that names the place."""

import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from fuzz import accepted, within_bounds
from scanning import asking
from trials import SOAK, TALLY, number

import catnet
from catnet.cli.evaluate import evaluate
from catnet.cli.predict import predict
from catnet.data.csvfile import read_csv
from catnet.data.tables import read_rows
from catnet.errors import DataError

LONG = "x" * 1000
LINES = {
    "no newline": b"x" * (40 << 20),
    "no newline in line 3": b"a,b\n1,2\n" + b"1," * (20 << 20),
    "no newline within quotes": b'a,b\n1,"' + b"x" * (40 << 20),
    "NUL characters": bytes(40 << 20),
    "empty lines": b"a,b\n" + b"\n" * number(300_000, 3_000_000) + b"1,2\n",
    "lone CR": b"a,b\r" + b"\r" * number(300_000, 3_000_000) + b"1,2\r",
    "numbers beyond float32": b"a,b\n1,2\n" + b"".join(b"%de300,2\n" % i for i in range(1, number(5_000, 50_000))),
    "a blank in a number": b"a,b\n1,2\n" + b"1" + b" " * 130_000 + b"x,2\n",
    "a very small number of thousands": b"a,b\n1,2\n1e-999999999k,2\n",
    "one column name, often": ",".join(["a"] * 100_000).encode() + b"\n1\n",
}
UNCLOSED = [
    (b'a,b\n1,"2\n3,4\n', "2: a quote is opened here that is never closed"),
    (b'a,b\n1,2\n3,"4""\n5,6\n', "3: a quote is opened here that is never closed"),
    (b'a,b\n"x\ny","4\n5,6\n', "3: a quote is opened here that is never closed"),
    (b'a,"b\n1,2\n', "1: a quote is opened here that is never closed"),
    (b'a,b\r1,2\r3,"4\r', "3: a quote is opened here that is never closed"),
    (b'a,b\n3,"4\n5,6\n7,"8"\n', "2: a quote is opened here that is only closed in line 4, amid a cell"),
    (
        b'a,b\n3,"4\n' + b"1,2\n" * 50_000,
        "2: a cell is longer than 131,072 characters; is the quote closed that is ope",
    ),
]


@pytest.mark.parametrize("kind", LINES)
def test_a_table_is_read_or_refused_soon(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(LINES[kind])
    most = 0 if "newline" in kind or "NUL" in kind else 4 * path.stat().st_size
    accepted(partial(read_rows, path, asking("a")), most)


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "t.csv")
    for path in (tmp_path / "t.csv", tmp_path, Path("/dev/zero"), Path("/dev/null")):
        with (
            within_bounds(0),
            pytest.raises(DataError, match=r"cannot be read: (it is a (pipe|device)|Is a directory)"),
        ):
            read_csv(path)


def test_a_quote_is_reported_where_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for content, said in UNCLOSED:
        path.write_bytes(content)
        with pytest.raises(DataError) as caught:
            read_csv(path)
        assert str(caught.value).startswith(f"{path}:{said}")


def test_messages_quote_the_beginning_of_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    columns = ["1", LONG, "1e300" + "0" * 500, "1 " * 500, f"2020-01-01 {LONG}", f"1.5 {LONG}", f"=\n{LONG}"]
    for cell in columns:
        for rows in (f'1\n"{cell}"\n', f'"{cell}"\n', f'1,2\n"{cell}"\n'):
            for header in ("a", f'"{cell}"'):
                path.write_text(f"{header}\n{rows}")
                said = []
                try:
                    said = [str(fault) for _, fault in read_rows(path, asking("a"))[1] if fault]
                except DataError as error:
                    said = [str(error)]
                for message in said:
                    assert len(message) < len(str(path)) + 400, message
                    assert "x" * 61 not in message


HUGE = ("1e300", "-1e300", "3.4e38", "-3e38", "1e30", "1e-320", "-0.0", "0", "1", "nan", "inf", "1e400")
NETWORKS = [(hidden, precision) for hidden in ("[]", "[3]") for precision in ("float32", "float64")]
GOALS = {"regression": "target: y", "1.0": "classes: [y]", "3.0": "classes: [p, q, s]"}


@pytest.fixture(params=[(goal, *network) for goal in GOALS for network in NETWORKS[:: number(3, 1)]])
def run(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A run on a table with columns a, b and the answer."""
    monkeypatch.chdir(tmp_path)
    goal, hidden, precision = request.param
    answer = {"regression": "{0}.5", "1.0": "{1}", "3.0": "{2}"}[goal]
    random = np.random.default_rng(0)
    rows = [(a, b, answer.format(i, i % 2, "pqs"[i % 3])) for i, (a, b) in enumerate(random.normal(size=(30, 2)))]
    names = "a,b," + ("label" if goal == "3.0" else "y")
    (tmp_path / "t.csv").write_text("\n".join([names, *(f"{a},{b},{y}" for a, b, y in rows)]) + "\n")
    (tmp_path / "c.yaml").write_text(
        f"goal: {goal}\ndata: {{path: t.csv, {GOALS[goal]}, validation_fraction: 0.2}}\n"
        f"model: {{hidden_layers: {hidden}}}\ntrain: {{epochs: 3, precision: {precision}}}\n"
    )
    catnet.train("c.yaml", run_dir="run")
    yield tmp_path / "run"


def refuse(constant: str) -> float:
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.filterwarnings("error")
def test_answers_are_finite_or_errors(run: Path) -> None:
    """Of the commands too: each row has its line of JSON, or its message."""
    rows = [(a, b) for a in HUGE for b in ("1", "3e38", "-3e38")]
    Path("x.csv").write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in rows))
    done = CliRunner().invoke(predict, ["x.csv", "--model", str(run), "--json"])
    answers = [json.loads(line, parse_constant=refuse)["file"] for line in done.stdout.splitlines()]
    refused = [line.split(": ")[0] for line in done.stderr.splitlines() if line.startswith("x.csv:")]
    assert sorted(answers + refused) == sorted(f"x.csv:{line}" for line in range(2, len(rows) + 2))
    assert done.exit_code == 3
    assert "x.csv:2" in refused
    model = catnet.load(run)
    for values in rows:
        try:
            found = model.predict(np.array([[float(value) for value in values]]))
        except DataError:
            continue
        numbers = [found[0].value or 0.0, *found[0].probabilities.values()]
        assert np.isfinite(numbers).all(), values
    for a, b in rows if SOAK else rows[::5]:
        Path("e.csv").write_text("a,b,y,label\n1,1,1,p\n" + f"{a},{b},0,q\n")
        done = CliRunner().invoke(evaluate, [str(run), "--data", "e.csv", "--json"])
        if done.exit_code == 0:
            json.loads(done.stdout, parse_constant=refuse)
        else:
            assert isinstance(done.exception, DataError), done.exception
            assert "e.csv" in str(done.exception)
    TALLY.append(f"rows of huge and tiny numbers: {len(rows)} for each model, answers finite or errors with the line")
