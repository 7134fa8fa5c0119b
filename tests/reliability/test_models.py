"""Model files from a stranger: headers of every shape within time and memory, and numbers that no training saves."""

import json
import shutil
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from children import Child
from disk import Disk
from fuzz import accepted
from trials import TALLY, number, prepare, words

import catnet
import catnet.cli.evaluate
from catnet.engine.inputs import Scaling
from catnet.engine.network import Network
from catnet.errors import CheckpointError, ConfigError, RunInUse
from catnet.model import Model
from catnet.question import Question
from catnet.runs.checkpoints import Checkpoint, load, load_parameters, save
from catnet.runs.container import to_bytes
from catnet.runs.thresholds import store_thresholds

SHORT = "goal: 1.0\ndata: {path: table.csv, classes: [y]}\ntrain: {epochs: 3}\n"
MIB = 1 << 20
EQUAL = ("best.safetensors", "config.yaml", "examples.csv")  # the files of equal trainings that are equal


def header(content: bytes) -> bytes:
    """A file with this header and no numbers."""
    return len(content).to_bytes(8, "little") + content


def metadata(text: str) -> bytes:
    """A file with this text as the facts of a model."""
    return header(json.dumps({"__metadata__": {"catnet": text, "sha256": "0"}}).encode())


def tensors(count: int) -> bytes:
    """A file with so many empty tensors."""
    one = '"a{}":{{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}'
    return header(f"{{{','.join(map(one.format, range(count)))}}}".encode())


def facts(goal: str, **others: Any) -> dict[str, Any]:
    """The facts of a model of pictures with one layer."""
    found = {"format": 1, "goal": goal, "negative": None, "target": None, "features": None, "image_size": [2, 2]}
    found |= {"activations": ["softmax"], "loss": "cross_entropy", "huber_delta": 1.0, "epoch": 1, "columns": []}
    return {**found, "details": {}, "training": {}, **others}


HEADERS: dict[str, Callable[[], bytes]] = {
    "few empty tensors": lambda: tensors(20_000),
    "too many empty tensors": lambda: tensors(number(100_000, 700_000)),
    "a shape of zeros": lambda: header(
        b'{"a":{"dtype":"F32","shape":[' + b"0," * 700_000 + b'0],"data_offsets":[0,0]}}'
    ),
    "short texts": lambda: header(json.dumps({"__metadata__": {str(i): "" for i in range(140_000)}}).encode()),
    "one long text": lambda: metadata("x" * (number(8, 23) * MIB)),
    "a longer text": lambda: metadata("x" * (40 * MIB)),
    "quotes": lambda: metadata('"' * (15 * MIB)),
    "backslashes": lambda: metadata("\\" * (number(4, 15) * MIB)),
    "short names": lambda: metadata(json.dumps({"classes": ["ab"] * 990_000})),
    "distinct names": lambda: metadata(
        json.dumps(facts("3.0", classes=[f"{i:x}" for i in range(900_000)], sizes=[12, 900_000]))
    ),
    "numbers": lambda: metadata('{"sizes": [' + "999," * 950_000 + "1]}"),
    "lists": lambda: metadata('{"sizes": [' + "[]," * 1_200_000 + "1]}"),
    "mappings": lambda: metadata('{"sizes": [' + '{"a":0},' * 9_000 + "1]}"),
    "deep lists": lambda: metadata("[" * 900 + "]" * 900),
    "deeper lists": lambda: metadata("[" * 500_000),
    "a key twice": lambda: header(b'{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},' * 2 + b'"b":1}'),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_of_strangers(name: str, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(HEADERS[name]())
    size, network = path.stat().st_size, Network((2, 1), ("sigmoid",), "cross_entropy")
    assert not accepted(lambda: load(path), size)
    assert not accepted(lambda: load_parameters(path, network), size)


def model_of_a_table(columns: int, length: int) -> Model:
    """A model of a table with so many columns, whose names are so long."""
    network = Network((columns, 1), ("sigmoid",), "cross_entropy")
    return Model(
        network,
        {name: np.ones(shape, np.float32) for name, shape in network.shapes.items()},
        Question("1.0", ("y",), "not y", features=tuple(f"{i:0{length}d}" for i in range(columns))),
        Scaling(np.zeros(columns), np.ones(columns)),
        np.array([[0.5]]),
    )


def test_what_catnet_writes_for_wide_tables_is_read(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    for columns, length in ((100_000, 60), *((100_000, 230), (900_000, 10)) * number(0, 1)):
        save(path, Checkpoint(model_of_a_table(columns, length)))
        assert accepted(partial(load, path), path.stat().st_size)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = prepare(tmp_path_factory.mktemp("models"), SHORT)
    catnet.train(folder / "config.yaml", run_dir=folder / "run")
    return folder


def test_numbers_that_no_training_saves(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint, path, real = load(trained / "run" / "best.safetensors"), tmp_path / "m.safetensors", json.dumps
    model, tried = checkpoint.model, 0
    numbers = {**model.parameters, "constant": model.constant}
    for worst in (np.nan, np.inf, -np.inf):
        for name, values in numbers.items():
            wrong = values.copy()
            wrong.flat[-1] = worst
            parameters = {**model.parameters, name: wrong} if name in model.parameters else model.parameters
            other = replace(model, parameters=parameters, constant=wrong if name == "constant" else model.constant)
            save(path, Checkpoint(other))
            with pytest.raises(CheckpointError, match=f"{name} holds what is not a finite number"):
                load(path)
            tried += 1
        for scaling in (Scaling(worst, 1.0), Scaling(0.0, worst)):
            for other in (replace(model, scaling=scaling), replace(model, target_scaling=scaling)):
                save(path, Checkpoint(other))
                with pytest.raises(CheckpointError, match=r"scaling\.(shift|scale) holds what is not a finite number"):
                    load(path)
                tried += 1
    for facts in (
        *(
            {"details": {"thresholds": [value]}}
            for value in (10**400, -(10**400), 1.5, -0.1, True, "0.5", float("nan"))
        ),
        *({"details": {"thresholds": [0.5] * many}} for many in (0, 2)),
        *({"huber_delta": value} for value in (0, -1, 10**400, float("nan"), float("inf"), "1.0", True)),
        *({"epoch": value} for value in (10**400, 2**63, -1, True, 1.0)),
        *({"created": value} for value in (10**400, True, float("inf"))),
        *({"sizes": value} for value in ([10**400, 1], [5, True], [2**63, 1], [1] * 100_000)),
        {"classes": ["y"], "negative": "y"},
    ):
        monkeypatch.setattr("catnet.runs.checkpoints.json.dumps", lambda said, facts=facts: real({**said, **facts}))
        save(path, Checkpoint(model))
        monkeypatch.undo()
        with pytest.raises(CheckpointError, match="is damaged, or is of another version of catnet"):
            load(path)
        tried += 1
    TALLY.append(f"model files with a right hash and wrong numbers: {tried}, all refused")


def test_equal_trainings_write_equal_files(place: Path) -> None:
    folder, ends = prepare(place / "trial"), []
    for run in ("one", "two", "killed"):
        if run == "killed":
            child = Child(folder, *words(folder, run), disk=Disk(folder, at=40))
            assert child.wait() == -signal.SIGKILL
        child = Child(folder, *words(folder, run))
        assert child.wait() == 0, child.text()
        ends.append([(folder / run / name).read_bytes() for name in EQUAL])
    assert ends[0] == ends[1] == ends[2]
    again = [to_bytes({"a": np.zeros(3)}, "{}", "0" * 64) for _ in range(number(20, 1_000))]
    assert len(set(again)) == 1


def test_thresholds_never_land_on_another_model(place: Path) -> None:
    """evaluate --save while a training is resumed to more epochs: the newest best model stays."""
    races, codes, random = number(4, 300), dict[int, int](), np.random.default_rng(7)
    folder = prepare(place / "trial", SHORT)
    assert Child(folder, "train", "config.yaml", "--run-dir", "first", "--no-report").wait() == 0
    for race in range(races):
        run = folder / f"run{race}"
        shutil.copytree(folder / "first", run)
        more = ["--set", f"train.epochs={4 + race % 40}", "--allow-changes", "--no-report"]
        training, savers = Child(folder, "train", "--resume", run.name, *more), []
        for i in (2, 3, 4):
            time.sleep(random.random() * 0.1)
            savers.append(Child(folder, "evaluate", run.name, "--threshold", f"0.{i}", "--save"))
        for saver in savers:
            code = saver.wait()
            assert code in (0, 6), saver.text()
            codes[code] = codes.get(code, 0) + 1
        code = training.wait()
        assert code in (0, 6), training.text()  # 6: a threshold was just being stored
        newest = max((run / "checkpoints").iterdir())
        best, last = load(run / "best.safetensors").model, load(newest).model
        assert best.epoch == last.epoch == (3 if code else 4 + race % 40)
        assert all(np.array_equal(P, last.parameters[name]) for name, P in best.parameters.items())
        shutil.rmtree(run)
    TALLY.append(f"evaluate --save during a training: {3 * races} races, exit codes {codes}; no newer model lost")


def test_a_model_that_was_replaced_meanwhile(trained: Path, tmp_path: Path) -> None:
    """As between the reading and the writing of evaluate --save: in a run, and of a file that is in none."""
    run = tmp_path / "run"
    shutil.copytree(trained / "run", run)
    newest = max((run / "checkpoints").iterdir())
    alone = tmp_path / "alone.safetensors"
    shutil.copyfile(newest, alone)
    for path in (run / "best.safetensors", alone):
        measured = load(path).model
        newer = replace(measured, epoch=99, parameters={name: P + 1 for name, P in measured.parameters.items()})
        save(path, Checkpoint(newer))
        before = path.read_bytes()
        with pytest.raises(RunInUse, match="is no longer the model that was measured"):
            store_thresholds(path, measured, [0.3])
        assert path.read_bytes() == before
        store_thresholds(path, newer, [0.3])
        assert load(path).model.thresholds == (0.3,)
        with pytest.raises(RunInUse):
            store_thresholds(path, newer, [0.4])  # its thresholds are no longer those that were read
    with pytest.raises(ConfigError, match="which never changes"):
        store_thresholds(newest, load(newest).model, [0.3])
    with pytest.raises(ConfigError, match="a number from 0 to 1 for each class"):
        store_thresholds(alone, load(alone).model, [10**400])


def test_evaluate_stores_nothing_in_a_model_that_it_has_not_measured(
    trained: Path, command: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("run", "table.csv"):
        (shutil.copytree if name == "run" else shutil.copyfile)(trained / name, tmp_path / name)
    best, measure = tmp_path / "run" / "best.safetensors", catnet.cli.evaluate.measure

    def overtaken(model: Model, *of: Any) -> Any:
        save(best, Checkpoint(replace(load(best).model, epoch=99)))
        return measure(model, *of)

    monkeypatch.setattr("catnet.cli.evaluate.measure", overtaken)
    done = command("evaluate", "run", "--threshold", "0.3", "--save")
    assert (done.code, load(best).model.epoch, load(best).model.thresholds) == (6, 99, None)
    assert "run/best.safetensors: is no longer the model that was measured" in done.err


def test_a_resume_to_an_epoch_that_is_past(trained: Path, command: Callable[..., Any], tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained / "run", run)
    shutil.copyfile(trained / "table.csv", tmp_path / "table.csv")
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name != ".lock"}
    done = command("train", "--resume", run, "--set", "train.epochs=2", "--allow-changes")
    assert done.code == 2
    assert "train.epochs: 2 is already past: 3 epochs are trained and saved; give 3 or more" in done.err
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name != ".lock"} == before
