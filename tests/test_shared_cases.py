"""Small inputs on which catnet once failed, each with what is wanted: all of ../shared/cases."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).parents[2] / "shared" / "cases"
pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"the small inputs are not at {CASES}")

Command = Callable[..., Any]
Shell = Callable[..., subprocess.CompletedProcess[str]]
Open = Callable[[str], Path]


@pytest.fixture
def case(tmp_path: Path) -> Open:
    """Copies a case into the test's folder, in which commands run."""

    def copy(name: str) -> Path:
        shutil.copytree(CASES / name, tmp_path, dirs_exist_ok=True)
        return tmp_path

    return copy


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """Runs a line of sh in the test's folder, with `catnet` on its path."""
    command = tmp_path / ".bin" / "catnet"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m catnet "$@"\n')
    command.chmod(0o755)

    def run(line: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PATH": path, **environment}
        return subprocess.run(["sh", "-c", line], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=100)

    return run


# The case, a command after `catnet train c.yaml` or None, its exit code, and what it says.
SAID = [
    ("goal1-label-1-and-1.0", None, 3, ["class 0.0, 1.0 is not in the training data", "did you mean 0 and 1?"]),
    ("goal1-val-name-variant", None, 3, ["class Cat, cats is not in the training data", "did you mean cat?"]),
    ("goal1-evaluate-third-class", "evaluate runs/c-001 --data o", 0, ["4 examples of kitten", "are left out"]),
    ("goal3-near-same-names", None, 0, ['" cat", "Cat", "cat", "cat "', r'"cafe\u0301", "caf\xe9"', "differ only in"]),
    ("ignored-Metadata.csv", None, 3, ["d/Metadata.csv: has only the class x"]),
    ("ignored-split-column", None, 0, ["examples: 10 train, 10 test"]),
    ("ignored-validation-fraction", None, 0, ["examples: 9 train, 3 validation, 4 test"]),
    (
        "index-column-as-input",
        None,
        0,
        ["left out: the first column (without a name) numbers the rows\n", "inputs: 1 number: a\n"],
    ),
    ("iris-dead-end", None, 3, ["iris.csv: has no column label; set data.target: species;"]),
    ("labels-that-are-numbers", None, 0, ["is regression meant?", "each of the 40 classes has a single example"]),
    ("metadata-near-names", None, 3, ["did you mean sub/0.png?"]),
    (
        "same-picture-in-two-classes",
        None,
        3,
        ["4 pictures are there more than once, with different labels; set data.duplicates: merge"],
    ),
    (
        "same-pictures-in-train-and-test",
        None,
        0,
        ["note: 8 of the 8 test pictures are also in the training data", "nothing is known of how well others"],
    ),
    ("semicolon-csv", None, 0, ["s.csv: is separated by semicolons, with decimal commas\n"]),
    ("skipped-counted-twice", None, 0, ["skipped: 2 examples"]),
    ("training-testing-folders", None, 3, ["rename Testing to test; rename Training to train"]),
    ("unlabelled-test", None, 3, ["d/test: its 3 pictures have no labels", "`catnet predict`"]),
    ("unlabelled-test", "train e.yaml", 3, ["e/test.csv: has no column SalePrice", "`catnet predict`"]),
]


@pytest.mark.parametrize(("name", "then", "code", "words"), SAID, ids=[f"{row[0]}-{row[1]}" for row in SAID])
def test_what_is_said(case: Open, command: Command, name: str, then: str | None, code: int, words: list[str]) -> None:
    case(name)
    done = command("train", "c.yaml")
    if then is not None:
        done = command(*then.split())
    assert done.code == code, done.err
    assert [text for text in words if text not in done.err + done.out] == []


def test_the_same_picture_in_two_classes(case: Open, command: Command) -> None:
    folder = case("same-picture-in-two-classes")
    assert command("train", "c.yaml", "--set", "goal=3.0").code == 3
    done = command("train", "c.yaml", "--set", "goal=3.0", "--set", "data.duplicates=allow")
    assert done.code == 0
    assert "note: 4 pictures are there more than once, with different labels" in done.err
    assert command("train", "c.yaml", "--set", "data.duplicates=merge").code == 0
    (metrics,) = (json.loads((folder / "runs/c-002/summary.json").read_text())["metrics"].values(),)
    assert sum(of_split["examples"] for of_split in metrics) == 8


def test_linked_folders(case: Open, command: Command) -> None:
    folder = case("ignored-linked-folder")
    for link, target in (("d/cat/more", "../../ext/x"), ("dd/cat", "../d/cat")):
        (folder / link).unlink()  # which is a link, or its text
        (folder / link).symlink_to(target)
    done = command("train", "c.yaml")
    assert (done.code, "1 linked folder leaves it and is not followed: cat/more" in done.err) == (0, True)
    done = command("predict", "dd")
    assert (done.code, "1 linked folder leaves it and is not followed: cat" in done.err) == (3, True)
    (folder / "d/cat/more").unlink()
    shutil.copytree(folder / "ext/x", folder / "d/.store")
    (folder / "d/cat/more").symlink_to("../.store")
    done = command("train", "c.yaml", "--set", "data.validation_fraction=0")
    assert "examples: 11 train" in done.err
    assert "linked folder" not in done.err


def test_the_newest_run_answers(case: Open, command: Command) -> None:
    case("evaluate-save-makes-newest")
    for _ in range(2):
        assert command("train", "c.yaml").code == 0
    assert command("evaluate", "runs/c-001", "--threshold", "0.3", "--save").code == 0
    assert "model: runs/c-002/best.safetensors" in command("predict", "d/cat/000.png").err


def test_an_explained_picture_is_no_data(case: Open, shell: Shell) -> None:
    folder = case("explain-into-class-folder")
    assert shell("catnet train c.yaml --no-report").returncode == 0
    done = shell("cd d/cat; catnet explain 000.png --model ../../runs/c-001")
    assert "runs/c-001/explained/000-explained.png: red speaks for" in done.stdout, done.stderr
    assert sorted(path.name for path in (folder / "d/cat").iterdir()) == [f"00{i}.png" for i in range(6)]
    done = shell("cd d/cat; catnet explain 000.png --model ../../runs/c-001 --output 000-explained.png")
    assert done.returncode == 0, done.stderr
    done = shell("catnet train c.yaml --no-report")
    assert "examples: 10 train, 2 validation" in done.stderr
    assert "left out: 1 picture that explain wrote: cat/000-explained.png" in done.stderr


def test_moved_data(case: Open, shell: Shell) -> None:
    folder = case("moved-data-no-hint")
    assert shell("catnet train c.yaml --no-report").returncode == 0
    (folder / "d").rename(folder / "d2")
    for line, way in (
        ("catnet evaluate runs/c-001", "--data names its place"),
        ("catnet train --resume runs/c-001", "--set data.path=... names its place; add --allow-changes if"),
    ):
        done = shell(line)
        assert done.returncode == 3
        assert f"if the data has moved, {way}" in done.stderr
    assert shell("catnet evaluate runs/c-001 --data d2").returncode == 0
    assert shell("catnet train --resume runs/c-001 --no-report --set data.path=d2").returncode == 0


def test_an_empty_path(case: Open, command: Command) -> None:
    case("empty-argument")
    assert command("train", "c.yaml").code == 0
    done = command("predict", "")
    assert (done.code, done.out) == (2, "")
    assert "empty" in done.err


def test_names_that_the_terminal_cannot_show(case: Open, shell: Shell) -> None:
    case("unicode-name-latin1-stdout")
    assert shell("catnet train c.yaml --no-report").returncode == 0
    for line in ("catnet predict d", "catnet evaluate runs/c-001", "catnet explain d/dog/000.png"):
        done = shell(line, PYTHONIOENCODING="cp1252")
        assert (done.returncode, r"\u732b" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_closed_streams(case: Open, shell: Shell, closed: str) -> None:
    folder = case("closed-standard-streams")
    done = shell(f"catnet train c.yaml --no-report {closed}")
    assert done.returncode == 0, done.stderr
    assert (folder / "runs/c-001/summary.json").is_file()
    assert shell(f"catnet predict d {closed}").returncode in (0, 5)
    assert "internal error" not in done.stderr + done.stdout


def test_every_case_is_tried() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    assert [path.name for path in sorted(CASES.iterdir()) if f'"{path.name}"' not in here] == []
