"""Writes small model files by this version of catnet, with examples and the answers that it gives about them.

python tests/support/write_model_files.py makes tests/files/models/VERSION. That is done once for each version that is
released: a file that is there is never written again, since it is to be read by all later versions.
"""

import csv
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import catnet
from catnet.runs.checkpoints import load, save
from catnet.runs.thresholds import store_thresholds

FOLDER = Path(__file__).resolve().parents[1] / "files" / "models"
CLASSES = ("cat", "dog")
Examples = list[Any]  # what `Run.predict` takes: lists of pixels, or mappings of a table's columns


def draw(folder: Path, random: np.random.Generator) -> None:
    """FOLDER/{train,val}/CLASS/N.png: noise of 8 x 8 pixels, the upper or the lower half of it brighter."""
    for split, count in (("train", 12), ("val", 6)):
        for place, name in enumerate(CLASSES):
            (folder / split / name).mkdir(parents=True)
            for i in range(count):
                pixels = random.integers(0, 200, (8, 8, 3), dtype=np.uint8)
                pixels[4 * place : 4 * place + 4] += 55
                Image.fromarray(pixels).save(folder / split / name / f"{i}.png")


def write_list(folder: Path) -> Path:
    """A list of the training pictures in which each has the columns `large` and `small` of zeros and ones."""
    path = folder / "pictures.csv"
    pictures = sorted((folder / "train").rglob("*.png"))
    with path.open("w", newline="") as file:
        rows = ([picture.relative_to(folder), i % 2, i % 3 % 2] for i, picture in enumerate(pictures))
        csv.writer(file).writerows([["file_name", "large", "small"], *rows])
    return path


def write_table(folder: Path, random: np.random.Generator) -> Path:
    """A table with numbers, some of them missing, texts, and a price that depends on both."""
    path = folder / "houses.csv"
    with path.open("w", newline="") as file:
        rows = []
        for i in range(60):
            size, kind = random.uniform(50, 200), ("flat", "house", "")[i % 3]
            rows.append([f"{size:.1f}" if i % 7 else "", kind, i % 4, f"{3 * size + 50 * (i % 3):.1f}"])
        csv.writer(file).writerows([["size", "kind", "rooms", "price"], *rows])
    return path


def models(folder: Path) -> dict[str, tuple[Path, Examples]]:
    """Trains the models in a folder; by name the file of each, and examples."""
    random = np.random.default_rng(0)
    pictures = folder / "pictures"
    draw(pictures, random)
    shown: Examples = random.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8).tolist()
    rows: Examples = [
        {"size": 80.5, "kind": "flat", "rooms": 2},
        {"size": "", "kind": "house", "rooms": 3},
        {"size": 300, "kind": "castle", "rooms": 0},
    ]

    def trained(name: str, config: dict[str, Any]) -> catnet.Run:
        return catnet.train(config, run_dir=folder / name)

    def of_pictures(path: Path = pictures, **others: Any) -> dict[str, Any]:
        return {"path": path, "image_size": [8, 8], **others}

    binary = trained("binary", {"goal": 1.0, "data": of_pictures(classes=["cat"]), "train": {"epochs": 5}})
    store_thresholds(binary.model_path, binary.model, [0.3])
    network = {"hidden_layers": [3], "activation": "tanh"}
    labels = {"goal": 2.0, "data": of_pictures(write_list(pictures), scaling="center", validation_fraction=0)}
    averaged = of_pictures(image_size=[4, 4], box_average=2, scaling="whiten", components=8)
    flipped = {"hidden_layers": [4, 3], "activation": ["leaky_relu", "sigmoid"], "views": "flip"}
    houses = {"path": write_table(folder, random), "target": "price", "missing": "fill", "target_scaling": "standard"}
    # it overfits, so that its last checkpoint holds the best epoch too
    stopped = {"epochs": 12, "optimizer": "momentum", "learning_rate": 0.5, "checkpoint_every": 12}
    small = of_pictures(image_size=[2, 2])
    run = trained("checkpoint", {"goal": 3.0, "data": small, "model": {"hidden_layers": [3]}, "train": stopped})
    return {
        "binary": (binary.model_path, shown),
        "labels": (trained("labels", {**labels, "model": network, "train": {"epochs": 5}}).model_path, shown),
        "classes": (trained("classes", {"goal": 3.0, "data": averaged, "model": flipped}).model_path, shown),
        "grey": (trained("grey", {"goal": 3.0, "data": of_pictures(colors="grey")}).model_path, shown),
        "table": (trained("table", {"goal": "regression", "data": houses}).model_path, rows),
        "checkpoint": (without_place(run.path / "checkpoints" / "epoch-000012.safetensors"), shown),
    }


def without_place(path: Path) -> Path:
    """The checkpoint, written again without the place of the data on this machine."""
    checkpoint = load(path)
    assert checkpoint.training is not None
    assert checkpoint.best, "the best epoch is to be an earlier one"
    config = checkpoint.training.config
    training = replace(checkpoint.training, config={**config, "data": {**config["data"], "path": "/data/pictures"}})
    save(path, replace(checkpoint, training=training))
    return path


def answers(path: Path, examples: Examples) -> dict[str, Any]:
    """What is to be read from the file, and what it answers about the examples."""
    run = catnet.load(path)
    given = [run.predict(np.array(one, np.uint8) if isinstance(one, list) else one) for one in examples]
    return {
        "question": run.model.question.to_json(),
        "epoch": run.model.epoch,
        "thresholds": run.model.thresholds,
        "examples": examples,
        "answers": [one.answer for one in given],
        "probabilities": [one.probabilities for one in given],
    }


def main() -> None:
    """Writes the files of this version, unless they are there."""
    target = FOLDER / catnet.__version__
    if target.exists():
        sys.exit(f"{target}: is there already; the files of a version are never written again")
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, (path, examples) in models(Path(folder)).items():
            shutil.copy(path, target / f"{name}.safetensors")
            (target / f"{name}.json").write_text(json.dumps(answers(path, examples)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
