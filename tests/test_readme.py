"""README.md: its commands run, its configurations validate, its Python works."""

import os
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from catnet.config import DataConfig, ModelConfig, TrainConfig, load_config

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCES = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
QUICK = " --set train.epochs=2"


def blocks(language: str) -> list[str]:
    return [text for name, text in FENCES if name == language]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newcomer's folder: the configurations, a little drawn data, and their own pictures, photo and pets.yaml."""
    folder = tmp_path_factory.mktemp("readme")
    shutil.copytree(ROOT / "configs", folder / "configs")
    draw = [sys.executable, str(ROOT / "data" / "draw.py"), "--limit", "6", "--out", str(folder / "data")]
    subprocess.run(draw, check=True, capture_output=True)
    animals = folder / "data" / "animals" / "train"
    shutil.copytree(animals / "cat", folder / "my_pictures" / "cat")
    shutil.copytree(animals / "lion", folder / "my_pictures" / "dog")
    shutil.copy(animals / "cat" / "000.png", folder / "photo.jpg")
    for text in blocks("yaml"):
        (folder / name_of(text)).write_text(text, encoding="utf-8")
    return folder


def name_of(text: str) -> str:
    """The file that a YAML block is, said in its first line."""
    return text.splitlines()[0].removeprefix("# ")


def test_commands_run(folder: Path) -> None:
    lines = [line for text in blocks("sh") for line in text.splitlines() if "catnet" in line]
    assert sum(line.startswith("catnet train ") for line in lines) == 8  # one's own folder, twice, and each of configs/
    catnet = f'catnet() {{ "{sys.executable}" -m catnet "$@"; }}; export -f catnet\n'
    for line in lines:
        command = catnet + line + (QUICK if line.startswith("catnet train ") else "")
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=folder,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=100,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert done.stdout or line.startswith("eval "), line


def test_configurations_validate(folder: Path) -> None:
    names = [name_of(text) for text in blocks("yaml")]
    assert names == ["pets.yaml"]
    for name in names:
        assert load_config(folder / name).train.epochs >= 1


def test_python_runs(folder: Path) -> None:
    for text in blocks("python"):
        done = subprocess.run([sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("20 0.")
        assert "'mae'" in done.stdout


def test_every_key_is_in_the_table() -> None:
    rows = dict(re.findall(r"^\| `([a-z_.]+)` \|(.*)\|$", README, re.MULTILINE))
    sections = {"data": DataConfig, "model": ModelConfig, "train": TrainConfig}
    keys = [f"{name}.{key}" for name, section in sections.items() for key in section.model_fields]
    assert set(rows) == {"goal", *keys}


def test_networks_have_the_parameters_they_are_shown_with() -> None:
    for network in re.findall(r"network: ([\d> -]+), (\d+) parameters", README):
        sizes = [int(size) for size in network[0].split(" -> ")]
        assert sum((a + 1) * b for a, b in pairwise(sizes)) == int(network[1])
