"""Small runs of each goal, one with hostile names, and their data."""

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from catnet.config import load_config
from catnet.runs.directory import RunDirectory
from catnet.training.loop import finish, train
from catnet.training.session import prepare

KINDS = ("1.0", "2.0", "3.0", "regression", "table", "hostile")

BINARY = "goal: 1.0\ndata: {path: data, classes: [cat]}\ntrain: {epochs: 30, learning_rate: 0.05}\n"
MULTI_LABEL = "goal: 2.0\ndata: {path: data}\nmodel: {hidden_layers: [6]}\ntrain: {epochs: 30, learning_rate: 0.1}\n"
MULTI_CLASS = (
    "goal: 3.0\ndata: {path: data}\nmodel: {hidden_layers: [8, 5]}\n"
    "train: {epochs: 30, learning_rate: 0.1, schedule: cosine}\n"
)
REGRESSION = "goal: regression\ndata: {path: data, target: size, scaling: center}\ntrain: {epochs: 30}\n"
TABLE = "goal: regression\ndata: {path: data, target: price, target_scaling: standard}\ntrain: {epochs: 30}\n"

HOSTILE_LABELS = (
    "</style><script>window.hacked=1</script>",
    "\"><img src=x onerror='window.hacked=1'>",
    "\u202etac {{ 7*7 }} $\\frac{1",
)
HOSTILE_FILES = ("<script>window.hacked=1<.png", "a\"b'c onload=alert(1).png", "\u202egnp.exe.png", "-->&lt;b.png")


def train_in(folder: Path, text: str, *overrides: str) -> Path:
    """Trains on FOLDER/data in the current process; the run directory."""
    config = folder / "config.yaml"
    config.write_text(text, encoding="utf-8")
    run = folder / f"run-{len(list(folder.glob('run-*'))):03d}"
    session = prepare(load_config(config, overrides), lambda: RunDirectory.create(run))
    for _ in train(session):
        pass
    finish(session)
    return run


def draw_folders(folder: Path, counts: dict[str, dict[str, int]], size: int = 20) -> None:
    """FOLDER/SPLIT/CLASS/N.png: noise, in which a bright third tells the class."""
    random = np.random.default_rng(0)
    for split, of_class in counts.items():
        for place, (label, count) in enumerate(of_class.items()):
            (folder / split / label).mkdir(parents=True)
            for i in range(count):
                pixels = random.integers(0, 100, (size, size, 3), dtype=np.uint8)
                pixels[:, place * size // 3 : (place + 1) * size // 3] += 60
                Image.fromarray(pixels).save(folder / split / label / f"{i}.png")


def draw_labelled(folder: Path, header: tuple[str, ...], files: tuple[str, ...] = (), size: int = 20) -> None:
    """FOLDER/{train,val}/ with a metadata.csv: a column of 0 and 1 for each label, or one column of numbers."""
    random = np.random.default_rng(0)
    for split, count in (("train", 40), ("val", 20)):
        (folder / split).mkdir(parents=True)
        rows: list[list[object]] = []
        for i in range(count):
            name = files[i] if i < len(files) else f"{i}.png"
            pixels = random.integers(0, 100, (size, size, 3), dtype=np.uint8)
            labels = random.integers(0, 2, len(header))
            for place, label in enumerate(labels):
                pixels[:, place * size // 3 : (place + 1) * size // 3] += np.uint8(90 * label)
            Image.fromarray(pixels).save(folder / split / name)
            rows.append([name, *(labels if len(header) > 1 else [round(float(pixels.mean()) / 10, 3)])])
        with (folder / split / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["file_name", *header], *rows])


def write_table(folder: Path) -> None:
    """FOLDER/{train,test}.csv: a price that depends on two of three columns."""
    random = np.random.default_rng(0)
    folder.mkdir()
    for name, count in (("train.csv", 60), ("test.csv", 30)):
        X = random.normal(size=(count, 3))
        price = 50 + X @ [5, -3, 0] + random.normal(size=count)
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["rooms", "age", "noise", "price"], *np.column_stack([X, price]).tolist()])


def run_of_each_kind(folder: Path) -> dict[str, Path]:
    """A run of each goal, of a table and with hostile names, by name."""
    folders = {name: folder / name for name in KINDS}
    for each in folders.values():
        each.mkdir()
    draw_folders(
        folders["1.0"] / "data", {"train": {"cat": 40, "dog": 50, "eel": 40}, "test": {"cat": 9, "dog": 9, "eel": 9}}
    )
    draw_labelled(folders["2.0"] / "data", ("cat", "lion", "iguana"))
    draw_folders(
        folders["3.0"] / "data", {"train": {"cat": 40, "dog": 50, "eel": 40}, "val": {"cat": 9, "dog": 9, "eel": 9}}
    )
    draw_labelled(folders["regression"] / "data", ("size",))
    write_table(folders["table"] / "data")
    draw_labelled(folders["hostile"] / "data", HOSTILE_LABELS, HOSTILE_FILES)
    texts = {"1.0": BINARY, "2.0": MULTI_LABEL, "3.0": MULTI_CLASS, "regression": REGRESSION, "table": TABLE}
    sizes = {name: [] if name == "table" else ["data.image_size=[20,20]"] for name in folders}
    return {name: train_in(folder, texts.get(name, MULTI_LABEL), *sizes[name]) for name, folder in folders.items()}
