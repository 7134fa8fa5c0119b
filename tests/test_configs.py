"""configs/: every file validates, has the parameters that its comments say, and trains."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from catnet.config import load_config

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
Run = Callable[..., CompletedProcess[str]]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A little of the data that `make data` draws."""
    folder = tmp_path_factory.mktemp("drawn")
    draw = [sys.executable, str(ROOT / "data" / "draw.py"), "--limit", "6", "--out", str(folder / "data")]
    subprocess.run(draw, check=True, capture_output=True)
    shutil.copytree(ROOT / "configs", folder / "configs")
    return folder


def test_there_is_one_for_each_network() -> None:
    assert [path.stem for path in CONFIGS] == ["age", "animal", "animals_in_picture", "cat", "cat_deep", "houses"]
    goals = [load_config(path).goal for path in CONFIGS]
    assert goals == ["regression", "3.0", "2.0", "1.0", "1.0", "regression"]


@pytest.mark.parametrize(
    ("name", "overrides", "total"),
    [
        ("cat", [], 12289),
        ("cat_deep", [], 36878),
        ("animal", ["--set", "model.hidden_layers=[]"], 36867),
        ("animals_in_picture", ["--set", "model.hidden_layers=[]"], 36867),
    ],
)
def test_parameters(catnet: Run, name: str, overrides: list[str], total: int) -> None:
    config = ROOT / "configs" / f"{name}.yaml"
    done = catnet("count-params", config, *overrides)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"total: {total} parameters"
    assert json.loads(catnet("count-params", config, *overrides, "--json").stdout)["total"] == total


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_trains(catnet: Run, tmp_path: Path, drawn: Path, config: Path) -> None:
    done = catnet("train", drawn / "configs" / config.name, "--set", "train.epochs=2")
    assert done.returncode == 0, done.stderr
    run = tmp_path / "runs" / f"{config.stem}-001"
    assert done.stdout.splitlines()[-1] == f"run: runs/{config.stem}-001"
    summary = json.loads((run / "summary.json").read_text())
    assert summary["epochs"] == 2
    assert set(summary["metrics"]) == {"train", "test"}
    assert len((run / "metrics.csv").read_text().splitlines()) == 3
