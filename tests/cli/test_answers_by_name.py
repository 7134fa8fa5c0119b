"""Answers in a column of any name, in lists, as yes and no, as numbers with names: from training to predicting."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import load_file

Command = Callable[..., Any]

FOUR = ("cat", "dog", "cat", "dog")
# The keys of a configuration, the header of the labels and their cells again and again; the first line that is said of
# the classes, and the answer about the first example.
TASKS: dict[str, tuple[str, str, tuple[str, ...], str, str]] = {
    "goal 1.0, by its target": (
        "goal: 1.0\ndata: {target: kind, classes: [dog]", "kind", FOUR, "classes: 1 is dog, 0 is cat", "cat"
    ),
    "goal 1.0, yes and no": (
        "goal: 1.0\ndata: {classes: [has_cat]", "has_cat", ("yes", "no", "yes", "no"),
        "classes: 1 is has_cat, 0 is not has_cat", "has_cat",
    ),
    "goal 2.0, lists": (
        "goal: 2.0\ndata: {target: animals", "animals", ("cat;eel", "dog", "eel ; cat", "dog; dog"),
        "classes, in the order of the outputs: cat, dog, eel", "cat, eel",
    ),
    "goal 3.0, by its target": (
        "goal: 3.0\ndata: {target: kind", "kind", FOUR, "classes, in the order of the outputs: cat, dog", "cat"
    ),
    "goal 3.0, numbers with names": (
        "goal: 3.0\ndata: {target: kind, class_names: [dog, cat]", "kind", ("1", "0", "1.0", "0"),
        "classes, in the order of the outputs: dog, cat", "cat",
    ),
}  # fmt: skip


def write_table(folder: Path, name: str, header: str, cells: tuple[str, ...]) -> str:
    """FOLDER/NAME.csv, whose inputs a and b tell the examples apart."""
    numbers = (f"{i % 4 - 1.5:g},{1.5 - i % 2:g}" for i in range(16))
    text = "".join(f"{inputs},{cells[i % 4]}\n" for i, inputs in enumerate(numbers))
    (folder / f"{name}.csv").write_text(f"a,b,{header}\n{text}")
    return f"{name}.csv"


def write_pictures(folder: Path, name: str, header: str, cells: tuple[str, ...]) -> str:
    """FOLDER/NAME/, with pictures whose brightness tells the examples apart, and a metadata.csv."""
    (folder / name).mkdir()
    for i in range(16):
        Image.fromarray(np.full((4, 4, 3), 220 - 150 * (i % 2) + i, np.uint8)).save(folder / name / f"{i}.png")
    rows = "".join(f"{i}.png,{cells[i % 4]}\n" for i in range(16))
    (folder / name / "metadata.csv").write_text(f"file_name,{header}\n{rows}")
    return name


def weights(run: Path) -> dict[str, bytes]:
    return {name: P.tobytes() for name, P in load_file(run / "best.safetensors").items()}


@pytest.mark.parametrize(
    ("task", "write"),
    [
        ("goal 1.0, by its target", write_table),
        ("goal 1.0, yes and no", write_pictures),
        ("goal 2.0, lists", write_table),
        ("goal 2.0, lists", write_pictures),
        ("goal 3.0, by its target", write_pictures),
        ("goal 3.0, numbers with names", write_table),
    ],
)
def test_from_training_to_an_answer(tmp_path: Path, command: Command, task: str, write: Callable[..., str]) -> None:
    keys, header, cells, said, answer = TASKS[task]
    path, other = write(tmp_path, "d", header, cells), write(tmp_path, "o", header, cells)
    pictures = "" if path.endswith(".csv") else ", image_size: [4, 4], scaling: standard"
    train = "train: {epochs: 60, learning_rate: 0.02, precision: float64}"
    (tmp_path / "c.yaml").write_text(f"{keys}, path: {path}{pictures}}}\n{train}\n")
    whole = command("train", "c.yaml")
    assert whole.code == 0, whole.err
    assert f"  {said}" in whole.err.splitlines()
    assert command("train", "c.yaml", "--set", "train.epochs=17").code == 0
    resumed = command("train", "--resume", "runs/c-002", "--set", "train.epochs=60", "--allow-changes")
    assert resumed.code == 0, resumed.err
    assert weights(tmp_path / "runs/c-001") == weights(tmp_path / "runs/c-002")
    metrics = json.loads((tmp_path / "runs/c-001/summary.json").read_text())["metrics"]
    assert json.loads(command("evaluate", "runs/c-001", "--json").out) == metrics
    evaluated = command("evaluate", "runs/c-001", "--data", other, "--json")
    assert evaluated.code == 0, evaluated.err
    assert json.loads(evaluated.out)["all"]["examples"] == 16
    asked = command("predict", "--model", "runs/c-001", other if path.endswith(".csv") else "o/0.png")
    assert asked.code == 0, asked.err
    answers = [line.partition(": ")[2].split()[0] for line in asked.out.splitlines()]
    assert answers[0] in answer.split(", "), asked.out
