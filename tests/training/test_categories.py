"""Tables with texts and missing cells from the training to the answer: resumed, measured, asked in every way."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

import catnet
from catnet.config import load_config
from catnet.data.tables import read_rows
from catnet.errors import DataError, HasChanged
from catnet.evaluation.data import data_of_run
from catnet.evaluation.importance import permutation_importance
from catnet.runs.checkpoints import load
from catnet.runs.directory import RunDirectory
from catnet.runs.format import check_model
from catnet.training.loop import finish, train
from catnet.training.resume import resume
from catnet.training.session import Session, prepare

Command = Callable[..., Any]
CONFIG = """\
goal: 1.0
data: {path: p.csv, classes: [survived], ignore: [Id, name], missing: fill, test_fraction: 0.2}
model: {hidden_layers: [4]}
train: {epochs: 12, checkpoint_every: 4, learning_rate: 0.1}
"""
INPUTS = (
    "sex = female", "sex = male", "age", "age is missing", "port = C", "port = Q", "port = S", "port = missing",
    "alone", "fare",
)  # fmt: skip


def passengers(count: int = 120) -> list[list[object]]:
    random = np.random.default_rng(0)
    rows: list[list[object]] = []
    for i in range(count):
        sex, age = ["male", "female"][i % 2], "" if i % 5 == 0 else int(random.integers(1, 80))
        port, alone = "SSCQ"[i % 4] if i % 11 else "NA", ["yes", "No"][i // 2 % 2]
        survived = int(random.random() < (0.9 if sex == "female" else 0.1))
        rows.append([i + 1, f"P {i}", sex, age, port, alone, round(float(random.gamma(2, 10)), 2), survived])
    return rows


def write(path: Path, rows: list[list[object]]) -> Path:
    with path.open("w", newline="") as file:
        header = ["Id", "name", "sex", "age", "port", "alone", "fare", "survived"]
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "p.csv", passengers())
    (tmp_path / "c.yaml").write_text(CONFIG)
    return tmp_path / "c.yaml"


def trained(config: Path, run: str, after: int = 1000) -> Path:
    session = prepare(load_config(config), lambda: RunDirectory.create(config.parent / run))
    return to_the_end(session, after)


def to_the_end(session: Session, after: int = 1000) -> Path:
    for _ in train(session, stop=lambda: session.epoch >= after):
        pass
    if session.epoch < after:
        finish(session)
    session.run.close()
    return session.run.path


def test_a_training_that_resumes_ends_bit_for_bit_as_one_that_did_not_stop(config: Path) -> None:
    whole, stopped = trained(config, "whole"), trained(config, "stopped", after=6)
    resumed = to_the_end(resume(stopped))
    for files in zip(*(sorted(run.rglob("*.safetensors")) for run in (whole, resumed)), strict=True):
        one, other = map(load_file, files)
        assert all(name == "history.seconds" or P.tobytes() == other[name].tobytes() for name, P in one.items())
        assert load(files[0]).model.question == load(files[1]).model.question
    metrics = [json.loads((run / "summary.json").read_text())["metrics"] for run in (whole, resumed)]
    assert metrics[0] == metrics[1]
    assert load(whole / "best.safetensors").model.question.inputs == INPUTS


def test_a_training_that_resumes_on_other_rows_keeps_what_it_has_learned(config: Path) -> None:
    stopped = trained(config, "stopped", after=6)
    then = load(max((stopped / "checkpoints").glob("*.safetensors"))).model.question
    more: list[object] = [121, "x", "other", 70, "S", "yes", 5, 1]
    write(config.parent / "p.csv", [*passengers(), more, *passengers(30)])
    with pytest.raises(HasChanged):
        resume(stopped)
    session = resume(stopped, allow_changes=True)
    assert session.setup.dataset.question == session.setup.model.question == then
    assert any("column sex has 1 cell (other) that training did not have" in note for note in session.notes)
    to_the_end(session)


def test_the_commands_answer_about_texts_and_missing_cells(config: Path, command: Command) -> None:
    said = command("train", "c.yaml").err
    left_out = "  left out: columns Id, name, as data.ignore says"
    assert {left_out, "  filled: 35 missing cells: 24 of age, 11 of port"} <= {*said.splitlines()}
    done = command("count-params", "c.yaml", "--json")
    model = load(Path("runs/c-001/best.safetensors")).model
    assert json.loads(done.out)["total"] == model.network.parameter_count == (10 + 1) * 4 + 5
    assert command("evaluate", "runs/c-001").code == 0
    (config.parent / "new.csv").write_text(
        "fare,alone,port,age,sex,survived\n7,no,S,30,female,1\n,yes,,,other,0\n8,maybe,Q,3,male,1\n"
    )
    done = command("predict", "new.csv")
    assert (done.code, done.out.count("new.csv:")) == (3, 2)
    notes = [
        "new.csv: 3 missing cells are filled in (data.missing: fill): 1 of age, 1 of port, 1 of fare",
        "new.csv: column sex has 1 cell (other) that training did not have; it is none of its categories",
        "new.csv: column fare has 1 missing cell, and training had none; it is read as its mean",
    ]
    assert done.err.splitlines()[1:] == [
        *(f"note: {note}" for note in notes),
        "new.csv:4: column alone must be a number, is maybe",
    ]
    (config.parent / "new.csv").write_text("fare,alone,port,age,sex,survived\n7,no,S,30,female,1\n,yes,,,other,0\n")
    done = command("evaluate", "runs/c-001", "--data", "new.csv")
    assert done.code == 0
    assert all(note.removeprefix("new.csv: 3") in done.err for note in notes)


def test_a_page_shows_columns_and_the_weights_of_their_inputs(config: Path, command: Command) -> None:
    assert command("train", "c.yaml", "--set", "model.hidden_layers=[]").code == 0
    assert command("report", "runs/c-001").code == 0
    page = (config.parent / "runs/c-001/report.html").read_text()
    model = load(Path("runs/c-001/best.safetensors")).model
    weights = dict(zip(INPUTS, model.parameters["W1"][0].tolist(), strict=True))
    shown = sorted(("sex = female", "sex = male"), key=lambda name: -abs(weights[name]))
    assert "<br>".join(f"{name}: {weights[name]:.4f}" for name in shown) in page


def cells_of(row: list[object]) -> dict[str, Any]:
    return dict(zip(("Id", "name", "sex", "age", "port", "alone", "fare"), row, strict=False))


def test_python_answers_as_the_table_does(config: Path) -> None:
    run = catnet.train("c.yaml")
    wanted = [answer.probabilities for answer in run.predict("p.csv")]
    rows = [cells_of(row) for row in passengers()]
    assert [answer.probabilities for answer in run.predict(rows)] == wanted
    assert run.predict(rows[3]).probabilities == pytest.approx(wanted[3])
    for none in (None, float("nan"), np.nan, "", "NA"):
        asked = [
            {**row, "age": row["age"] or none, "port": none if row["port"] == "NA" else row["port"]} for row in rows
        ]
        assert [answer.probabilities for answer in run.predict(asked)] == wanted
    ordered = [[row[name] for name in run.model.question.features or ()] for row in rows]
    for given in (ordered, np.array(ordered, object), [tuple(row) for row in ordered]):
        assert [answer.probabilities for answer in run.predict(given)] == wanted
    assert run.predict(np.array(ordered[5], object)).probabilities == pytest.approx(wanted[5])
    with_truth = [{**row, "alone": row["alone"] == "yes", "fare": np.float32(row["fare"])} for row in rows[:3]]
    for answer, probabilities in zip(run.predict(with_truth), wanted, strict=False):
        assert answer.probabilities == pytest.approx(probabilities, rel=1e-5)
    unknown = run.predict({**rows[0], "sex": "other"})
    model = run.model
    assert unknown.probabilities["survived"] == pytest.approx(
        float(model.predict(np.array([[0, 0, *encoded_row(config, model)[2:]]]))[0, 0])
    )
    assert run.predict([]) == []


def encoded_row(config: Path, model: Any) -> list[float]:
    found: list[float] = read_rows(config.parent / "p.csv", model.question)[0][0].tolist()
    return found


def test_python_says_what_is_no_cell(config: Path) -> None:
    run = catnet.train("c.yaml", {"data.missing": "fail", "data.bad_images": "skip", "train.epochs": 1})
    row = cells_of(passengers()[1])
    with pytest.raises(DataError, match=r"^row 0: column age is empty, and the model does not fill it in$"):
        run.predict({**row, "age": None})
    with pytest.raises(DataError, match=r"^row 1: column sex is empty, and the model does not fill it in$"):
        run.predict([row, {**row, "sex": " "}])
    with pytest.raises(DataError, match=r"^row 0: column age must be a number, is old$"):
        run.predict({**row, "age": "old"})
    with pytest.raises(DataError, match=r"^row 0: column age must be a number, is inf$"):
        run.predict({**row, "age": float("inf")})
    with pytest.raises(DataError, match=r"^row 0: column age must be a number, is 1e\+39, beyond 3\.4e\+38$"):
        run.predict({**row, "age": 1e39})
    with pytest.raises(DataError, match=r"^a row has no column port, alone, fare; the model's columns are sex, age"):
        run.predict({"sex": "male", "age": 3})
    for wrong in ([["male", 3]], [["male"], ["male", 3]], 5, [[["male"]] * 5], np.zeros((2, 9))):
        with pytest.raises(
            TypeError, match=r"\(m, 5\) of numbers and texts in the order sex, age, port, alone, fare, "
        ):
            run.predict(wrong)


def test_importance_is_that_of_columns(config: Path) -> None:
    run = catnet.train("c.yaml", {"train.epochs": 200, "train.learning_rate": 0.5})
    dataset = data_of_run(run.model, run.saved)
    found = permutation_importance(run.model, dataset.splits["train"])
    assert sorted(found.columns.tolist()) == [0, 1, 2, 3, 4]
    assert (run.model.question.features or ())[found.columns[0]] == "sex"


def test_a_model_of_columns_must_name_its_inputs(config: Path) -> None:
    path = trained(config, "run", after=4) / "checkpoints/epoch-000004.safetensors"
    with safe_open(path, "numpy") as file:
        facts = json.loads(file.metadata()["catnet"])
    network = load(path).model.network
    assert check_model(facts, network).inputs == INPUTS
    facts["encoded"][0]["categories"].pop()
    with pytest.raises(ValueError, match="features for 10 inputs"):
        check_model(facts, network)


@pytest.mark.parametrize("missing", ["fail", "fill"])
def test_python_reads_yes_and_no_as_the_table_does(tmp_path: Path, missing: str) -> None:
    (tmp_path / "t.csv").write_text("a,b,y\n" + "".join(f"{i},{['yes', 'NO'][i % 2]},{i % 3}\n" for i in range(20)))
    data = {"path": str(tmp_path / "t.csv"), "target": "y", "missing": missing}
    run = catnet.train({"goal": "regression", "data": data, "train": {"epochs": 2}}, run_dir=tmp_path / "run")
    wanted = [answer.value for answer in run.predict(tmp_path / "t.csv")]
    rows = [{"a": i, "b": ["yes", "NO"][i % 2]} for i in range(20)]
    assert [answer.value for answer in run.predict(rows)] == wanted
    assert [answer.value for answer in run.predict([{**row, "a": str(row["a"])} for row in rows])] == wanted
    for wrong in ("1_0", "maybe"):
        said = "row 0: column a must be a number" if missing == "fill" else "rows of a table must be"
        with pytest.raises((TypeError, DataError), match=said):
            run.predict({"a": wrong, "b": "yes"})
