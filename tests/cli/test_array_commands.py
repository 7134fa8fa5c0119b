"""The commands on files of arrays: what they learn is what they learn from the same pictures in folders."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file
from written_arrays import KINDS, sets, write_both, write_idx, write_npz

import catnet

Command = Callable[..., Any]


def settings(path: Path, augment: str = "none", **data: Any) -> dict[str, Any]:
    return {
        "goal": "3.0",
        "data": {"path": path, "image_size": [8, 8], "validation_fraction": 0.25, **data},
        "model": {"hidden_layers": [6]},
        "train": {"epochs": 3, "batch_size": 5, "optimizer": "adam", "learning_rate": 0.01, "augment": augment},
    }


def costs(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open(newline="") as file:
        return [{name: cell for name, cell in row.items() if "seconds" not in name} for row in csv.DictReader(file)]


@pytest.mark.parametrize("augment", ["none", "standard"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_costs_and_weights_as_from_folders(tmp_path: Path, kind: str, augment: str) -> None:
    arrays, folders = (
        catnet.train(settings(path, augment), run_dir=tmp_path / "runs" / path.name).path
        for path in write_both(tmp_path, kind)
    )
    assert costs(arrays) == costs(folders)
    found, expected = (load_file(run / "best.safetensors") for run in (arrays, folders))
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        assert np.array_equal(found[name], values), name
    metrics = [json.loads((run / "summary.json").read_text())["metrics"] for run in (arrays, folders)]
    assert metrics[0] == metrics[1]


@pytest.mark.parametrize("kind", ["h5", "npz packed, grey", "idx packed", "cifar 10"])
def test_all_commands(tmp_path: Path, kind: str, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATNET_CACHE", str(tmp_path / "kept"))
    arrays, folders = write_both(tmp_path, kind)
    assert command("init", arrays, "--output", tmp_path / "init.yaml", "--textbook").code == 0
    (tmp_path / "a.yaml").write_text(json.dumps(settings(arrays), default=str))
    done = command("train", tmp_path / "a.yaml", "--set", "train.epochs=2")
    assert done.code == 0, done.err
    run = tmp_path / "runs" / "a-001"
    assert command("train", "--resume", run, "--set", "train.epochs=3", "--allow-changes").code == 0
    assert len(set((run / "examples.csv").read_text().splitlines())) == 1 + 24
    said = json.loads(command("evaluate", run, "--json").out)
    assert json.loads(command("evaluate", run, "--data", folders, "--json").out)["test"] == said["test"]
    learned = command("evaluate", run, "--data", folders / "train").err
    assert "of the 12 pictures are also in the training data of the model" in learned
    assert command("compare", run, run).code == 0
    picture = next((folders / "test").rglob("*.png"))
    assert command("explain", picture, "--model", run).code == 0
    assert command("predict", picture, "--model", run).code == 0
    assert command("report", run).code == 0
    assert (run / "report.html").exists()
    assert str(arrays) in command("cache").out


def test_predict_answers_about_each_picture_of_a_file(tmp_path: Path, command: Command) -> None:
    arrays, folders = write_both(tmp_path, "npz")
    run = catnet.train(settings(arrays), run_dir=tmp_path / "runs" / "a").path
    file = arrays / "data.npz"
    done = command("predict", file, "--model", run)
    lines = done.out.splitlines()
    assert (done.code, len(lines)) == (0, 24)
    assert [line.partition(": ")[0] for line in lines[11:13]] == [f"{file}:x_train:11", f"{file}:x_test:0"]
    answer = command("predict", folders / "test" / "non-cat" / "0000.png", "--model", run).out
    assert lines[12].partition(": ")[2] == answer.strip().partition(": ")[2]
    assert len(catnet.load(run).predict(file)) == 24
    file.write_bytes(file.read_bytes()[:1000])
    broken = command("predict", file, "--model", run)
    assert (broken.code, broken.out) == (3, "")
    assert broken.err.splitlines()[-1] == f"{file}: is damaged, or not a .npz file: File is not a zip file"


@pytest.mark.parametrize("kind", ["npz", "idx packed", "cifar 10"])
def test_predict_and_explain_name_the_pictures_in_a_file(tmp_path: Path, kind: str, command: Command) -> None:
    arrays, _ = write_both(tmp_path, kind)
    run = catnet.train(settings(arrays), run_dir=tmp_path / "runs" / "a").path
    done = command("predict", arrays, "--model", run)
    lines = done.out.splitlines()
    assert (done.code, len(lines), done.err.count("note: ")) == (0, 24, kind == "cifar 10")
    for line in lines[::11]:
        name = line.partition(": ")[0]
        assert command("predict", name, "--model", run).out == f"{line}\n"
        explained = command("explain", name, "--model", run)
        drawn = run / "explained" / f"{Path(name).name.replace(':', '-')}-explained.png"
        assert explained.out.splitlines()[0] == line
        assert drawn.exists()
    none = command("predict", f"{name.rpartition(':')[0]}:99", f"{name.partition(':')[0]}:z:0", "--model", run)
    file, _, last = name.partition(":")
    array = f"{last.rpartition(':')[0]}:" if ":" in last else ""
    assert none.code == 3
    has, named = none.err.splitlines()[-2:]
    assert has.endswith(f"; there is no {file}:{array}99")
    assert named.startswith(f"{file}: a picture in it is named as {file}:{'x_train:' * (kind == 'npz')}0, not as ")


def test_evaluate_on_a_folder_that_has_only_test_data(tmp_path: Path, command: Command) -> None:
    made = sets(1)
    write_idx(tmp_path, {"train": made["train"]})
    run = catnet.train(settings(tmp_path), run_dir=tmp_path / "runs" / "a").path
    (tmp_path / "more").mkdir()
    write_idx(tmp_path / "more", {"test": made["test"]}, packed=True)
    said = json.loads(command("evaluate", run, "--data", tmp_path / "more", "--json").out)
    assert said["test"]["examples"] == 12
    file = tmp_path / "more" / "t10k-images-idx3-ubyte.gz"
    assert command("evaluate", run, "--data", file).code == 0


def test_bad_pixels_end_a_training_with_a_message(tmp_path: Path, command: Command) -> None:
    write_npz(tmp_path, sets(), save=np.savez_compressed)
    file = tmp_path / "data.npz"
    content = bytearray(file.read_bytes())
    content[2000:2004] = b"\xff\xff\xff\xff"
    file.write_bytes(content)
    (tmp_path / "a.yaml").write_text(json.dumps(settings(file), default=str))
    done = command("train", tmp_path / "a.yaml")
    assert done.code == 3
    assert done.err.splitlines()[-1].startswith(f"{file}: is damaged, or not a .npz file: ")


def test_arrays_in_place_of_a_configuration_or_a_picture(tmp_path: Path, command: Command) -> None:
    arrays, _ = write_both(tmp_path, "npz")
    file = arrays / "data.npz"
    done = command("train", file)
    assert (done.code, done.err) == (
        2,
        f"{file}: is a file of arrays, not a configuration; give a YAML file\n"
        f"to write one for the data that is there: catnet init {file}\n",
    )
    catnet.train(settings(file), run_dir=tmp_path / "runs" / "a")
    done = command("explain", file)
    assert (done.code, done.err.splitlines()[-1]) == (
        3,
        f"{file}: is a file of arrays; give one picture in it, as predict names it: {file}:x_train:0",
    )
