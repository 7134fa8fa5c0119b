"""Model files of earlier versions, in tests/files/models: they load, and answer as they did."""

import csv
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors import safe_open
from write_model_files import FOLDER

import catnet
from catnet.errors import CheckpointError
from catnet.runs.checkpoints import load, save
from catnet.runs.format import PLAIN, WITH_COLUMNS, WITH_VIEWS

FILES = sorted(FOLDER.glob("*/*.safetensors"))
OF_VERSION = {"binary", "labels", "classes", "grey", "table", "checkpoint"}
DOCUMENT = (FOLDER.parents[2] / "docs" / "MODEL_FILE.md").read_text(encoding="utf-8")
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")


def known(path: Path) -> dict[str, Any]:
    """What the version that wrote the file read from it and answered."""
    found: dict[str, Any] = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return found


def demand_equal(found: catnet.Prediction, answer: Any, probabilities: Mapping[str, float]) -> None:
    if not probabilities:
        assert found.answer == pytest.approx(answer, rel=1e-6)
        return
    assert found.answer == answer
    assert list(found.probabilities) == list(probabilities)
    assert found.probabilities == pytest.approx(probabilities, abs=1e-6)


def test_each_version_has_its_files() -> None:
    for version in {catnet.__version__, *(path.parent.name for path in FILES)}:
        names = {path.stem for path in (FOLDER / version).glob("*.safetensors")}
        assert names >= OF_VERSION, "python tests/support/write_model_files.py writes those of a new version"


@each_file
def test_it_answers_as_it_did(path: Path) -> None:
    run, before = catnet.load(path), known(path)
    question = run.model.question.to_json()
    assert {key: question[key] for key in before["question"]} == before["question"]
    assert run.model.epoch == before["epoch"]
    assert run.model.thresholds == (None if before["thresholds"] is None else tuple(before["thresholds"]))
    for example, answer, probabilities in zip(
        before["examples"], before["answers"], before["probabilities"], strict=True
    ):
        given = example if isinstance(example, dict) else np.array(example, np.uint8)
        demand_equal(run.predict(given), answer, probabilities)


@each_file
def test_files_are_answered_and_measured(path: Path, tmp_path: Path, command: Callable[..., Any]) -> None:
    before = known(path)
    data = table_of(before, tmp_path) if before["question"]["features"] else pictures_of(before, tmp_path)
    found = catnet.load(path).predict(data)
    assert len(found) == len(before["answers"])
    for one, answer, probabilities in zip(found, before["answers"], before["probabilities"], strict=True):
        demand_equal(one, answer, probabilities)
    done = command("evaluate", path, "--data", data, "--json")
    assert done.code == 0, done.err
    (measured,) = json.loads(done.out).values()
    assert measured["examples"] == len(before["examples"])
    if not probabilities:
        assert measured["mae"] == pytest.approx(0, abs=1e-3)  # of the answers that the table holds
    else:
        assert measured["accuracy"] == 1


def table_of(before: dict[str, Any], folder: Path) -> Path:
    """The examples as a table, with the answers as its labels."""
    with (folder / "rows.csv").open("w", newline="") as file:
        target = before["question"]["target"]
        rows = [
            {**example, target: answer} for example, answer in zip(before["examples"], before["answers"], strict=True)
        ]
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return folder / "rows.csv"


def pictures_of(before: dict[str, Any], folder: Path) -> Path:
    """The examples as pictures in a list, with the answers as their labels."""
    classes = before["question"]["classes"]
    with (folder / "pictures.csv").open("w", newline="") as file:
        labels = ["label"] if before["question"]["goal"] != "2.0" else classes
        csv.writer(file).writerow(["file_name", *labels])
        for i, (pixels, answer) in enumerate(zip(before["examples"], before["answers"], strict=True)):
            Image.fromarray(np.array(pixels, np.uint8)).save(folder / f"{i}.png")
            cells = [answer] if labels == ["label"] else [int(name in answer) for name in classes]
            csv.writer(file).writerow([f"{i}.png", *cells])
    return folder / "pictures.csv"


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.stem == "checkpoint"], ids=lambda path: path.parent.name
)
def test_a_training_could_be_resumed_from_a_checkpoint(path: Path) -> None:
    checkpoint = load(path)
    assert checkpoint.training is not None
    assert checkpoint.training.best_epoch < checkpoint.model.epoch == 12
    assert {"epoch", "train_cost", "validation_cost"} <= checkpoint.history.keys()
    assert checkpoint.history["epoch"].tolist() == list(range(1, 13))
    assert checkpoint.best.keys() == checkpoint.model.parameters.keys()
    assert any(name.startswith("velocity") for name in checkpoint.state)
    assert checkpoint.model.created is not None


def test_there_is_a_file_of_each_format() -> None:
    formats = {load_facts(path)["format"] for path in FILES}
    assert formats == {PLAIN, WITH_VIEWS, WITH_COLUMNS}
    assert sorted(formats) == [int(form) for form in re.findall(r"^\| (\d) \|", DOCUMENT, re.MULTILINE)]


def load_facts(path: Path) -> dict[str, Any]:
    """The metadata of a model file."""
    with safe_open(path, framework="numpy") as file:
        facts: dict[str, Any] = json.loads(file.metadata()["catnet"])
    return facts


def written_with(path: Path, patch: pytest.MonkeyPatch, **facts: Any) -> Path:
    """The model as a version would write it that has other facts about it."""
    real = json.dumps
    with patch.context() as patched:
        patched.setattr("catnet.runs.checkpoints.json.dumps", lambda known: real({**known, **facts}))
        save(path, load(FOLDER / catnet.__version__ / "binary.safetensors"))
    return path


def test_a_later_format_is_refused_as_the_document_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written_with(tmp_path / "model.safetensors", monkeypatch, format=WITH_COLUMNS + 1)
    with pytest.raises(CheckpointError) as caught:
        catnet.load(path)
    assert f"`{str(caught.value).replace(str(path), 'FILE')}`" in DOCUMENT


def test_a_fact_that_does_not_change_the_answers_needs_no_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written_with(tmp_path / "model.safetensors", monkeypatch, something_new=[1, {"a": None}])
    before = known(FOLDER / catnet.__version__ / "binary.safetensors")
    found = catnet.load(path).predict(np.array(before["examples"][0], np.uint8))
    demand_equal(found, before["answers"][0], before["probabilities"][0])


def test_a_tensor_that_is_not_known_is_refused(tmp_path: Path) -> None:
    checkpoint = load(FOLDER / catnet.__version__ / "binary.safetensors")
    save(tmp_path / "known.safetensors", replace(checkpoint, state={"new": np.zeros(3)}))
    assert catnet.load(tmp_path / "known.safetensors").model.epoch == checkpoint.model.epoch
    parameters = {**checkpoint.model.parameters, "V1": np.zeros(3, np.float32)}
    save(tmp_path / "new.safetensors", replace(checkpoint, model=replace(checkpoint.model, parameters=parameters)))
    with pytest.raises(CheckpointError, match="a tensor 'V1'"):
        catnet.load(tmp_path / "new.safetensors")
