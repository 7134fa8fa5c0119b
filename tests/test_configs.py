"""configs/: every file validates, has the parameters that its comments say, and trains."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catnet.config import load_config
from catnet.teaching.gradcheck import check_task
from catnet.teaching.gradients.mistakes import MISTAKES, mistakes_of
from catnet.teaching.gradients.task import task_to_check

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
Command = Callable[..., Any]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A little of the data that `make data` draws."""
    folder = tmp_path_factory.mktemp("drawn")
    draw = [sys.executable, str(ROOT / "data" / "draw.py"), "--limit", "6", "--out", str(folder / "data")]
    subprocess.run(draw, check=True, capture_output=True)
    shutil.copytree(ROOT / "configs", folder / "configs")
    return folder


def test_there_is_one_for_each_network() -> None:
    goals = {path.stem: load_config(path).goal for path in CONFIGS}
    assert goals == {
        "age": "regression",
        "animal": "3.0",
        "animals_in_picture": "2.0",
        "cat": "1.0",
        "cat_deep": "1.0",
        "flowers": "3.0",
        "houses": "regression",
        "passengers": "1.0",
    }


@pytest.mark.parametrize(
    ("name", "overrides", "total"),
    [
        ("cat", [], 12289),
        ("cat_deep", [], 36878),
        ("animal", ["--set", "model.hidden_layers=[]"], 36867),
        ("animals_in_picture", ["--set", "model.hidden_layers=[]"], 36867),
    ],
)
def test_parameters(command: Command, name: str, overrides: list[str], total: int) -> None:
    config = ROOT / "configs" / f"{name}.yaml"
    done = command("count-params", config, *overrides)
    assert done.code == 0, done.err
    assert done.out.splitlines()[-1] == f"total: {total} parameters"
    assert json.loads(command("count-params", config, *overrides, "--json").out)["total"] == total


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_trains(command: Command, tmp_path: Path, drawn: Path, config: Path) -> None:
    done = command("train", drawn / "configs" / config.name, "--set", "train.epochs=2")
    assert done.code == 0, done.err
    run = tmp_path / "runs" / f"{config.stem}-001"
    assert done.out.splitlines()[-1] == f"run: runs/{config.stem}-001"
    summary = json.loads((run / "summary.json").read_text())
    assert summary["epochs"] == 2
    assert set(summary["metrics"]) == {"train", "test"}
    assert len((run / "metrics.csv").read_text().splitlines()) == 3


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_its_gradients_are_right_and_every_mistake_is_caught(command: Command, drawn: Path, config: Path) -> None:
    done = command("gradcheck", drawn / "configs" / config.name, "--samples", "20")
    assert done.code == 0, done.out + done.err
    assert re.search(r"The gradients are right\.|Right:\s+W\[1\]", done.out)  # of balanced classes db may be 0
    task, _ = task_to_check(load_config(drawn / "configs" / config.name))
    can = mistakes_of(task.network)
    assert set(can) >= {"bias", "loss", "mean"}
    for name in can:
        assert "wrong" in [row.grade for row in check_task(task, 5, MISTAKES[name])], name


@pytest.fixture
def demo() -> str:
    """What `make demo` does, as shell commands, in which `fake/catnet` is the command."""
    done = subprocess.run(["make", "-n", "demo", "BIN=fake"], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout


def test_the_demo_trains_well_and_asks_about_one_right_and_one_wrong(
    tmp_path: Path, command: Command, demo: str, drawn_data: Path
) -> None:
    (tmp_path / "data").symlink_to(drawn_data)
    (tmp_path / "runs").mkdir()
    (init,), (config,) = re.findall(r"catnet init (.+)", demo), re.findall(r"catnet train (\S+)", demo)
    assert command("init", *init.split()).code == 0
    fewer = ("--set", "train.epochs=80")  # of 490, which take six times as long and learn a little more
    assert command("train", config, "--run-dir", "run", *fewer).code == 0
    metrics = json.loads((tmp_path / "run" / "summary.json").read_text())["metrics"]
    assert metrics["test"]["accuracy"] > 0.85 > metrics["test"]["trivial"]["accuracy"] + 0.5
    (pictures,) = re.findall(r"catnet predict (\S+) ([^\s)]+)", demo)
    right = []
    for picture in pictures:
        answer = json.loads(command("predict", picture, "--model", "run", "--json").out)
        first, second, _ = answer["probabilities"].values()
        assert first - second > 0.4, picture  # so that it is the same on every machine
        right.append(answer["prediction"] == "cat")
    assert sorted(right) == [False, True]


def test_the_demo_says_which_answer_is_right(tmp_path: Path, demo: str) -> None:
    (tmp_path / "fake").mkdir()
    fake = tmp_path / "fake" / "catnet"
    answers = ["data/x/cat/1.png: cat 0.9, lion 0.1", "data/x/cat/2.png: lion 0.9, cat 0.1"]
    fake.write_text("#!/bin/sh\ncat answers\n")
    fake.chmod(0o755)
    (tmp_path / "answers").write_text("\n".join(answers) + "\n")
    asking = demo[demo.index("answers=$(") :].split("\necho", 1)[0]
    done = subprocess.run(["sh", "-c", asking], cwd=tmp_path, capture_output=True, text=True, check=True)
    said = ["right: it is a cat", "wrong: it is a cat"]
    assert done.stdout.splitlines() == [f"{a} ({b})" for a, b in zip(answers, said, strict=True)]
    fake.write_text("#!/bin/sh\nexit 3\n")
    assert subprocess.run(["sh", "-c", asking], cwd=tmp_path, check=False).returncode == 3
