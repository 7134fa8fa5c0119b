"""Paths that are empty, that begin with ~, that have moved, or that are of another kind than a command takes."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import catnet as package
from catnet.errors import CheckpointError, ConfigError, OutputError

Command = Callable[..., Any]
CONFIG = "goal: 3.0\ndata: {path: animals, image_size: [4, 4]}\ntrain: {epochs: 4, learning_rate: 0.1}\n"


@pytest.fixture
def run(animals: Path, tmp_path: Path, command: Command) -> str:
    (tmp_path / "c.yaml").write_text(CONFIG)
    assert command("train", "c.yaml", "--run-dir", "runs/c-1").code == 0
    return "runs/c-1"


@pytest.mark.parametrize(
    "line",
    [
        "predict {}", "predict x.png {}", "predict x.png --model {}", "train {}", "train c.yaml --run-dir {}",
        "train --resume {}", "evaluate {}", "evaluate r --data {}", "explain {}", "explain x.png --output {}",
        "explain x.png --model {}", "compare r {}", "compare r r --html {}", "report {}", "report r --data {}",
        "count-params {}",
    ],
)  # fmt: skip
@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_path_is_refused(command: Command, line: str, empty: str) -> None:
    done = command(*(empty if word == "{}" else word for word in line.split()))
    assert done.code == 2
    assert "an empty path; give a file or a folder" in done.err
    assert done.out == ""


@pytest.mark.parametrize("here", [".", "./", "/"])
def test_the_current_folder_and_the_root(command: Command, here: str) -> None:
    for line, code in (("train {}", 2), ("count-params {}", 2), ("train --resume {}", 4), ("evaluate {}", 4)):
        done = command(*(here if word == "{}" else word for word in line.split()))
        assert done.code == code, done.err
    assert command("train", here).err.startswith(f"{Path(here)}: is a folder; give a configuration file, such as ")


LONG = "x" * 5000
BAD = {
    "long": LONG,
    "long name": "y" * 300,
    "many folders": "a/" * 2500 + "b",
    "in a loop": "loop/x",
    "no home": "~nosuchuser/x",
}


@pytest.mark.parametrize("bad", BAD)
def test_a_path_that_cannot_be_looked_up(run: str, tmp_path: Path, command: Command, bad: str) -> None:
    """The exit code is that of what the path should name."""
    (tmp_path / "loop").symlink_to("loop")
    picture = "animals/val/cat/0.png"
    for line, code in (
        ("train {}", 2),
        ("train c.yaml --run-dir {}", 5),
        ("train --resume {}", 4),
        ("train c.yaml --set data.path={}", 3),
        ("train c.yaml --set model.initialization={}.safetensors", 4),
        ("count-params {}", 2),
        ("count-params c.yaml --set data.path={}", 3),
        (f"predict {{}} --model {run}", 3),
        (f"predict {picture} --model {{}}", 4),
        ("evaluate {}", 4),
        (f"evaluate {run} --data {{}}", 3),
        (f"explain {{}} --model {run}", 3),
        (f"explain {picture} --model {{}}", 4),
        (f"explain {picture} --model {run} --output {{}}.png", 5),
        ("report {}", 4),
        (f"report {run} --data {{}}", 3),
        (f"compare {run} {{}}", 4),
        (f"compare {run} {run} --html {{}}", 5),
    ):
        done = command(*line.replace("{}", BAD[bad]).split())
        assert (done.code, done.out) == (code, ""), (line[:80], done.err[:300])
        assert "internal error" not in done.err
        assert "--set" in line or len(done.err) < 300
    assert not (tmp_path / "~nosuchuser").exists()


def test_a_path_that_cannot_be_looked_up_from_python(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trained = package.load(run)
    for path in (LONG, f"{LONG}.csv", f"{LONG}.safetensors", "y" * 300):
        with pytest.raises(package.CatnetError) as found:
            package.load(path)
        assert found.value.exit_code == 4
        with pytest.raises(package.CatnetError) as found:
            trained.predict(path)
        assert found.value.exit_code == 3
        with pytest.raises(package.CatnetError) as found:
            package.train("c.yaml", run_dir=path)
        assert found.value.exit_code == 5
        with pytest.raises(package.CatnetError) as found:
            package.load_config(path)
        assert found.value.exit_code == 2


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may look everything up")
def test_a_folder_that_may_not_be_searched(run: str, tmp_path: Path, command: Command) -> None:
    (tmp_path / "locked").mkdir(0o000)
    for line, code in (
        ("train {}/x", 2), ("train c.yaml --run-dir {}/x", 5), ("train --resume {}", 4), ("evaluate {}/x", 4),
        (f"predict {{}}/x --model {run}", 3), (f"compare {run} {run} --html {{}}/x", 5), ("report {}", 4),
    ):  # fmt: skip
        done = command(*line.replace("{}", "locked").split())
        assert (done.code, done.out) == (code, ""), (line, done.err)
        assert done.err.startswith("locked")


def test_a_tilde_is_the_home_folder(
    animals: Path, run: str, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    (tmp_path / "animals").rename(home / "animals")
    done = command("train", "c.yaml", "--set", "data.path=~/animals", "--run-dir=~/r")
    assert done.code == 0, done.err
    assert (home / "r" / "summary.json").is_file()
    for line in (
        "predict ~/animals/val/cat/0.png --model=~/r",
        "evaluate ~/r --data=~/animals",
        "explain ~/animals/val/cat/0.png --model=~/r --output=~/why.png",
        "report ~/r --data=~/animals",
        "compare ~/r ~/r --html=~/both.html",
        "train --resume=~/r",
    ):
        done = command(*line.split())
        assert done.code == 0, done.err
    assert (home / "why.png").is_file() and (home / "both.html").is_file()
    assert not (tmp_path / "~").exists()
    assert package.load("~/r").predict("~/animals/val/cat/0.png").answer


def test_from_python() -> None:
    for call in (lambda: package.load(""), lambda: package.train({}, run_dir=" ")):
        with pytest.raises((ValueError, package.CatnetError)):
            call()
    with pytest.raises(ValueError, match="a run must be a path, is empty"):
        package.load(" ")


def test_data_that_has_moved(run: str, tmp_path: Path, command: Command) -> None:
    (tmp_path / "animals").rename(tmp_path / "pets")
    done = command("evaluate", run)
    assert (done.code, done.err.splitlines()[-1]) == (3, "if the data has moved, --data names its place")
    assert command("evaluate", run, "--data", "pets").code == 0
    assert "if the data has moved" not in command("evaluate", run, "--data", "nowhere").err
    done = command("report", run)
    assert done.code == 0
    assert (
        "no longer there, so what needs it is left out of the page; if it has moved, --data names its place" in done.err
    )
    assert command("report", run, "--data", "nowhere").code == 3
    done = command("report", run, "--data", "pets")
    assert (done.code, done.err) == (0, "")
    for arguments in ([], ["--set", "train.epochs=8", "--allow-changes"]):
        done = command("train", "--resume", run, *arguments)
        assert done.code == 3
        assert done.err.endswith(
            "if the data has moved, --set data.path=... names its place; add --allow-changes if it has also changed\n"
        )
    assert "if the data has moved" not in command("train", "c.yaml").err
    assert command("train", "--resume", run, "--set", "data.path=pets").code == 0  # the same data: nothing to allow
    assert command("evaluate", run).code == 0
    (tmp_path / "pets").rename(tmp_path / "more")
    next((tmp_path / "more" / "train" / "cat").iterdir()).unlink()
    done = command("train", "--resume", run, "--set", "data.path=more")
    assert (done.code, done.err.splitlines()[-1]) == (2, "--allow-changes resumes with these changes")
    assert command("train", "--resume", run, "--set", "data.path=more", "--allow-changes").code == 0


def test_what_is_given_in_place_of_another(run: str, tmp_path: Path, command: Command) -> None:
    picture, model = "animals/val/cat/0.png", f"{run}/best.safetensors"
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    for line, code, expected in (
        (f"train {run}", 2, f"{run}: is a run, not a configuration file\nto resume its training: catnet train "
         f"--resume {run}\nto train again as it was trained: catnet train {run}/config.yaml\n"),
        (f"train {model}", 2, f"{model}: is a run, not a configuration file\n"),
        (f"train {picture}", 2, f"{picture}: is a picture, not a configuration; give a YAML file\n"),
        ("train t.csv", 2, "t.csv: is a table, not a configuration; give a YAML file\n"),
        (f"count-params {model}", 2, f"{model}: is a model, not a configuration; give a YAML file\n"),
        ("report c.yaml", 4, "c.yaml: is a file, not a run directory\n"),
        (f"report {model}", 4, f"{model}: is a file, not a run directory; give {run}\n"),
        ("report runs", 4, f"runs: is a folder of runs; give one of them, such as {run}\n"),
        ("evaluate runs", 4, f"runs: is a folder of runs; give one of them, such as {run}\n"),
        ("evaluate c.yaml", 4, "c.yaml: is not a model; give a run directory, or a model file\n"),
        ("train --resume c.yaml", 4, "c.yaml: is a file, not a run directory\n"),
        (f"train --resume {model}", 4, f"{model}: is a file, not a run directory; give {run}\n"),
        ("train --resume runs", 4, f"runs: is a folder of runs; give one of them, such as {run}\n"),
        (f"predict {picture} --model c.yaml", 4, "c.yaml: is not a model; give a run directory, or a model file\n"),
    ):  # fmt: skip
        done = command(*line.split())
        assert (done.code, done.out) == (code, ""), line
        assert done.err.startswith(expected), line
    assert command("evaluate", run, "--data", picture).code == 3


def test_folders_of_other_results(run: str, tmp_path: Path, command: Command) -> None:
    """What a command makes is not what another takes: it says what the folder is, and what goes on with it."""
    tuned, folds, picture = "tune/s-001", "cross-validation/c-001", "animals/val/cat/0.png"
    (tmp_path / "s.yaml").write_text(CONFIG + "tune: {trials: 2, search: {train.learning_rate: [0.1, 0.2]}}\n")
    assert command("tune", "s.yaml", "--jobs", "1").code == 0
    assert command("cross-validate", "c.yaml", "--folds", "2", "--jobs", "1").code == 0
    shutil.copytree(tmp_path / tuned, tmp_path / "half")
    (tmp_path / "half/best.yaml").unlink()
    about = {
        tuned: "a tune{}\nto train with the best settings that it found: catnet train tune/s-001/best.yaml\n",
        "half": "a tune{}\nit has not come to its end; to go on with it: catnet tune --resume half\n",
        folds: "a cross-validation{}\nwhat it found is in cross-validation/c-001/report.html and "
        "cross-validation/c-001/answers.csv\n"
        "to train one network with its settings: catnet train cross-validation/c-001/config.yaml\n",
        run: "a run{}\nto resume its training: catnet train --resume runs/c-1\n",
    }
    takes_a_run = (
        "evaluate {}", "report {}", f"compare {run} {{}}", f"predict {picture} --model {{}}", "train --resume {}",
        f"explain {picture} --model {{}}",
    )  # fmt: skip
    before = {folder: sorted((tmp_path / folder).iterdir()) for folder in about}
    for line, wanted, keeps, folders in (
        *((line, "a run", ", which keeps no network to ask, to measure or to compare", about) for line in takes_a_run),
        ("tune --resume {}", "a tune", "", {folds, run}),
    ):
        for folder in set(folders) - ({run} if wanted == "a run" else set()):
            done = command(*line.format(folder).split())
            expected = f"{folder}: is not the folder of {wanted}, but of {about[folder].format(keeps)}"
            assert (done.code, done.out, done.err) == (4, "", expected), line
    assert {folder: sorted((tmp_path / folder).iterdir()) for folder in about} == before  # no lock is left
    with pytest.raises(package.CatnetError, match="but of a cross-validation, which keeps no network"):
        package.load(tmp_path / folds)
    assert command("tune", "--resume", "nothing").err == "nothing: there is no such folder of a tune\n"
    assert command("train", f"{folds}/config.yaml", "--run-dir", "again").code == 0


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("val", "; did you mean validation?"),
        ("trian", "; did you mean train?"),
        ("test", "; data.test_fraction: 0.2 keeps a fifth for a test, if it is set before the training"),
        ("zz", ""),
        ("", ""),
    ],
)
def test_a_split_that_is_not_there(run: str, command: Command, given: str, hint: str) -> None:
    done = command("evaluate", run, "--split", given)
    assert (done.code, done.err.splitlines()[-1]) == (2, f"--split {given}: the data has train, validation{hint}")
    done = command("evaluate", run, "--data", "animals/val", "--split", "val")
    assert (done.code, done.err.splitlines()[-1]) == (2, "--split val: the data has no splits")


@pytest.mark.parametrize("metrics", [{"train": {}}, ["x"]])
def test_a_summary_without_the_best_epoch(run: str, tmp_path: Path, metrics: object) -> None:
    (tmp_path / run / "summary.json").write_text(json.dumps({"metrics": metrics}))
    with pytest.raises(CheckpointError, match=r"its summary\.json does not say which epoch it measured"):
        package.load(tmp_path / run).metrics  # noqa: B018


def test_a_current_folder_that_was_removed(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is only missed by what is relative to it."""
    config, gone = tmp_path / "c.yaml", tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    try:
        gone.rmdir()
    except OSError:
        pytest.skip("the system does not remove a current folder")
    with pytest.raises(FileNotFoundError):
        os.getcwd()
    package.train(config, run_dir=tmp_path / "again")
    said = "the current folder was removed; change to another one"
    for run_dir in (None, "x", "x/y"):
        with pytest.raises(OutputError, match=rf": could not be written: {said}$"):
            package.train(config, run_dir=run_dir)
    with pytest.raises(ConfigError, match=f"data.path: is x, and {said}"):
        package.train(config, {"data.path": "x"})
    monkeypatch.chdir(tmp_path)
