"""Hundreds of classes with long and odd names in every command: what is printed and written stays of a size that can be
read. What grows, grows with the number of classes or of examples, and never with the square of the classes.
"""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from trials import TALLY, number

CLASSES = number(210, 5000)  # more than any table shows
EXAMPLES = {"train": 2, "val": 1}  # of each class
TEXT = 30_000  # bytes of what a command prints for people
PAGE = 1_000_000  # bytes of a page
OF_CLASS = 4000  # bytes for each class in what is for programs
OF_COLUMN = 1000

NAMES = (
    "a class with a long name, {:05d}",
    "длинное имя ☃ {:05d}",
    "<b>\"'=HYPERLINK($x) {:05d}",
    "\x1b[31m\u202e{:05d}",
    "x" * 120 + "{:05d}",
)
SINGLE = "goal: 3.0\ndata: {path: data, image_size: [8, 8]}\nmodel: {hidden_layers: [8]}\ntrain: {epochs: 2}\n"
LABELS = "goal: 2.0\ndata: {path: data, image_size: [8, 8]}\nmodel: {hidden_layers: [8]}\ntrain: {epochs: 2}\n"
TABLE = "goal: regression\ndata: {path: t.csv, target: price}\ntrain: {epochs: 2, learning_rate: 1.0e-5}\n"


def name_of(place: int) -> str:
    return NAMES[place % len(NAMES)].format(place)


def one_class_each(folder: Path, random: np.random.Generator) -> Path:
    """Pictures in a folder for each class; one of them."""
    for place in range(CLASSES):
        for split, count in EXAMPLES.items():
            of_class = folder / "data" / split / name_of(place)
            of_class.mkdir(parents=True)
            for i in range(count):
                Image.fromarray(random.integers(0, 255, (8, 8, 3), dtype=np.uint8)).save(of_class / f"{i}.png")
    return folder / "data" / "val" / name_of(3) / "0.png"


def labels_each(folder: Path, random: np.random.Generator) -> Path:
    """Pictures with a label for each class, in metadata.csv; one of them."""
    labels = [name_of(place).replace("\x1b", "") for place in range(CLASSES)]
    for split, count in (("train", 40), ("val", 20)):
        (folder / "data" / split).mkdir(parents=True)
        with (folder / "data" / split / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["file_name", *labels])
            for i in range(count):
                pixels = random.integers(0, 255, (8, 8, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(folder / "data" / split / f"{i}.png")
                rows.writerow([f"{i}.png", *random.integers(0, 2, CLASSES)])
    return folder / "data" / "val" / "0.png"


def columns_each(folder: Path, random: np.random.Generator) -> Path:
    """A table with a column for each class; itself."""
    with (folder / "t.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow([*(name_of(place).replace("\x1b", "") for place in range(CLASSES)), "price"])
        for _ in range(60):
            rows.writerow([f"{value:.3f}" for value in random.normal(size=CLASSES + 1)])
    return folder / "t.csv"


def entries(found: Any) -> int:
    """How many values there are in JSON."""
    if isinstance(found, dict | list):
        return sum(map(entries, found.values() if isinstance(found, dict) else found))
    return 1


@pytest.mark.parametrize(
    ("make", "config"),
    [(one_class_each, SINGLE), (labels_each, LABELS), (columns_each, TABLE)],
    ids=["classes", "labels", "columns"],
)
def test_many_classes(
    make: Callable[[Path, np.random.Generator], Path], config: str, tmp_path: Path, command: Callable[..., Any]
) -> None:
    example = make(tmp_path, np.random.default_rng(0))
    (tmp_path / "c.yaml").write_text(config)
    commands: list[tuple[int, tuple[object, ...]]] = [
        (0, ("count-params", "c.yaml")),
        (0, ("train", "c.yaml", "--run-dir", "r")),
        (0, ("predict", example, "--model", "r")),
        (0, ("evaluate", "r")),
        (0, ("train", "--resume", "s", "--set", "train.epochs=3", "--allow-changes")),
        (0, ("report", "r")),
        (0, ("compare", "r", "s", "--html", "c.html")),
    ]
    if make is not columns_each:
        commands += [
            (0, ("explain", example, "--model", "r")),
            (2, ("explain", example, "--model", "r", "--class", "?")),
        ]
    if make is labels_each:
        commands += [(0, ("evaluate", "r", "--threshold", "0.4")), (2, ("evaluate", "r", "--threshold", "?=0.4"))]
    lines = 60 if make is columns_each else 1  # of predict
    for code, words in commands:
        if "--resume" in words:
            shutil.copytree(tmp_path / "r", tmp_path / "s")
        done = command(*words)
        assert done.code == code, done.err
        assert len(done.out.encode()) + len(done.err.encode()) < TEXT, words
        assert "\x1b" not in done.out + done.err
    for words in (("predict", example, "--model", "r"), ("evaluate", "r"), ("compare", "r", "s")):
        done = command(*words, "--json")
        assert done.code == 0
        assert len(done.out) < lines * CLASSES * OF_CLASS
        assert all(entries(json.loads(line)) < 100 * CLASSES for line in done.out.splitlines())
    for page in ("r/report.html", "c.html"):
        assert (tmp_path / page).stat().st_size < PAGE
    for path in (tmp_path / "r").glob("*.*"):
        assert path.stat().st_size < max(PAGE, CLASSES * OF_COLUMN * 3), path
    TALLY.append(
        f"{config.splitlines()[0]} with {CLASSES} classes or columns: {len(commands) + 3} commands, all bounded"
    )
