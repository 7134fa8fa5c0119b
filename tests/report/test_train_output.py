"""The end of `catnet train`: the findings, with and without the extra `report`; and what the page says of the data."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from catnet.report.facts import gather
from catnet.report.noticed import in_lines
from catnet.report.page import render

TABLE = "goal: regression\ndata: {path: data, target: price, target_scaling: standard}\n"


def train(folder: Path, text: str, *options: str, before: str = "pass") -> subprocess.CompletedProcess[str]:
    """`catnet train` in a process of its own, after some statements; the last line names what was imported."""
    (folder / "c.yaml").write_text(text)
    script = (
        f"import sys; {before}; sys.argv = ['catnet', 'train', 'c.yaml', *{list(options)!r}];"
        "from catnet.cli.main import run; code = run();"
        "print('imported:', *[n for n in ('jinja2',) if sys.modules.get(n)]); sys.exit(code)"
    )
    command = [sys.executable, "-c", script]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder with a table in `data`."""
    (tmp_path / "data").mkdir()
    for name, count in (("train", 40), ("test", 20)):
        rows = "".join(f"{i % 7},{i % 5},{i % 3},{3 * (i % 7) + i % 5}\n" for i in range(count))
        (tmp_path / "data" / f"{name}.csv").write_text(f"rooms,age,floor,price\n{rows}")
    return tmp_path


@pytest.mark.parametrize(
    ("options", "before"),
    [
        (["--no-report"], "pass"),
        (["--no-report"], "sys.modules['jinja2'] = None"),
        ([], "sys.modules['jinja2'] = None"),
        ([], "pass"),
    ],
)
def test_train_ends_with_what_was_noticed(data: Path, options: list[str], before: str) -> None:
    done = train(data, TABLE + "train: {epochs: 30, learning_rate: 1.0e-3}\n", *options, before=before)
    assert done.returncode == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line.startswith("noticed: ")]
    facts = gather(data / "runs" / "c-001")
    relative = [line.replace(f"{data}/", "") for line in in_lines(facts)]
    assert lines == relative
    assert lines
    assert "(runs/c-001/config.yaml:" in lines[0]
    assert done.stdout.splitlines()[-2] == "run: runs/c-001"
    written = not options and before == "pass"
    assert done.stdout.splitlines()[-1] == ("imported: jinja2" if written else "imported:")
    assert (data / "runs" / "c-001" / "report.html").exists() == written


def test_the_data_is_not_read_again(data: Path) -> None:
    before = "import catnet.data.load as l; f = l.load; n = []; l.load = lambda *a, **k: (n.append(1), f(*a, **k))[1]"
    before += "; import atexit; atexit.register(lambda: print('loads:', len(n)))"
    done = train(data, TABLE + "train: {epochs: 5}\n", before=before)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "loads: 1"


def test_the_page_names_the_inputs_and_the_notes_on_the_data(data: Path) -> None:
    assert train(data, TABLE + "train: {epochs: 5}\n", "--no-report").returncode == 0
    run = data / "runs" / "c-001"
    summary: dict[str, Any] = json.loads((run / "summary.json").read_text())
    summary["notes"] = ["column <id> numbers the rows: left out"]
    (run / "summary.json").write_text(json.dumps(summary))
    (run / "skipped.csv").write_text("name,reason\ntrain.csv:3,price is empty\ntrain.csv:3,age is empty\n")
    page = render(gather(run))
    assert "<p>Inputs: 3 numbers: rooms, age, floor</p>" in page
    assert "<h3>Left out</h3>" not in page and "Filled" not in page
    assert '<p class="note">column &lt;id&gt; numbers the rows: left out</p>' in page
    assert "<h3>Skipped: 1 row</h3>" in page


def test_the_page_says_what_was_left_out_and_filled(data: Path) -> None:
    assert train(data, TABLE + "train: {epochs: 5}\n", "--no-report").returncode == 0
    run = data / "runs" / "c-001"
    summary: dict[str, Any] = json.loads((run / "summary.json").read_text())
    assert summary["data"]["left_out"] == [] and summary["data"]["filled"] == {}
    summary["data"] |= {"left_out": ["t.csv: column <id> is not used"] * 25, "filled": {"age": 3, "<b>": 1}}
    (run / "summary.json").write_text(json.dumps(summary))
    page = render(gather(run))
    assert "<h3>Left out</h3>" in page
    assert page.count("<li>t.csv: column &lt;id&gt; is not used</li>") == 20
    assert "<li>and 5 more, in summary.json</li>" in page
    assert "<p>Filled: 4 missing cells: 3 of age, 1 of &lt;b&gt;</p>" in page
    wrong: tuple[object, ...] = ({"left_out": [1]}, {"left_out": "x"}, {"filled": {"age": -1}}, {"filled": [1]}, [])
    for damaged in wrong:
        (run / "summary.json").write_text(json.dumps(summary | {"data": damaged}))
        assert "summary.json: is damaged" in render(gather(run))
    del summary["data"]  # as an earlier version wrote it
    (run / "summary.json").write_text(json.dumps(summary))
    assert "<p>Inputs: 3 numbers: rooms, age, floor</p>" in render(gather(run))


def test_the_columns_of_a_wide_table_are_a_table(data: Path) -> None:
    for name in ("train", "test"):
        header = ",".join([*(f"x{i}" for i in range(70)), "price"])
        rows = "".join(",".join(str((i * j) % 11) for j in range(71)) + "\n" for i in range(40))
        (data / "data" / f"{name}.csv").write_text(f"{header}\n{rows}")
    assert train(data, TABLE + "train: {epochs: 3}\n", "--no-report").returncode == 0
    page = render(gather(data / "runs" / "c-001"))
    assert "<p>Inputs: " not in page and "What became of each column: 70 inputs." in page
    row = '<tr><th scope="row">x{}</th><td>number</td><td>1 input</td><td class="n"></td></tr>'
    assert all(row.format(column) in page for column in range(70))
    assert "Shown are the 30 greatest." in page


def test_what_became_of_each_column(data: Path) -> None:
    for name in ("train", "test"):
        rows = "".join(
            f"{i},{'' if i % 9 == 0 else i % 7},{'red' if i % 3 else ''},{i % 5},{i % 4},{i}\n" for i in range(40)
        )
        (data / "data" / f"{name}.csv").write_text(f"Id,<age>,colour,b,c,price\n{rows}")
    text = TABLE.replace("}", ", ignore: [Id], missing: fill}")
    assert train(data, text + "train: {epochs: 3}\n", "--no-report").returncode == 0
    assert "<p>Filled" in render(gather(data / "runs" / "c-001"))  # of so few columns a sentence tells
    for name in ("train", "test"):
        path = data / "data" / f"{name}.csv"
        path.write_text("\n".join(f"{line},{n % 6 if n else 'd'}" for n, line in enumerate(path.read_text().split())))
    assert train(data, text + "train: {epochs: 3}\n", "--no-report").returncode == 0
    page = render(gather(data / "runs" / "c-002"))
    row = '<tr><th scope="row">{}</th><td>{}</td><td>{}</td><td class="n">{}</td></tr>'
    for cells in (
        ("&lt;age&gt;", "number", "2 inputs: the number, whether it is missing", "10"),
        ("colour", "categories", "2 inputs: red, missing", "28"),
        ("d", "number", "1 input", ""),
        ("Id", "", "left out (data.ignore)", ""),
    ):
        assert row.format(*cells) in page
    assert "&lt;age&gt; is missing (yes): " in page
    assert "<p>Filled" not in page


def test_train_ends_with_its_conclusion_though_its_configuration_was_removed(data: Path) -> None:
    text = TABLE + "train: {epochs: 30, learning_rate: 1.0e-3}\n"
    whole = train(data, text)
    remove = (
        "import os, catnet.cli.train as t; f = t.finish; "
        "t.finish = lambda s: (os.remove('runs/c-002/config.yaml'), f(s))[1]"
    )
    done = train(data, text, before=remove)
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace("c-002", "c-001") == whole.stdout
    page = (data / "runs" / "c-002" / "report.html").read_text()
    assert "learning_rate: 0.001" in page
    assert "report: runs/c-002/report.html" in done.stderr


def test_what_the_training_cost_is_of_is_said_if_examples_are_changed(data: Path) -> None:
    said = train(data, f"{TABLE}train: {{epochs: 3, augment: {{mixup: 0.4}}}}\n", "--no-report").stderr.splitlines()
    assert "train_cost is measured on rows that are mixed" in said
    assert "train_cost is" not in train(data, f"{TABLE}train: {{epochs: 3}}\n", "--no-report").stderr
