"""What the scripts share: their settings, and a folder of pictures read with Pillow.

Two threads that decode pictures of 64 x 64 take longer than one.
"""

import csv
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from PIL import Image


def settings() -> Any:
    """The settings of benchmarks/commands.py, from the file that the command line names."""
    return SimpleNamespace(**json.loads(Path(sys.argv[1]).read_text()))


def decode(split: Path, outputs: int, side: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows (m, n), and the class (m,) of each; with one output it is 1 for the folder `cat`, else 0."""
    folders = sorted(folder for folder in split.iterdir() if folder.is_dir())
    rows, classes = [], []
    for number, folder in enumerate(folders):
        for path in sorted(folder.iterdir()):
            with Image.open(path) as image:
                rows.append(np.asarray(image.convert("RGB").resize((side, side))).ravel())
            classes.append(number if outputs > 1 else int(folder.name == "cat"))
    return np.stack(rows), np.array(classes)


def unseen(source: Path) -> str:
    """The split that is not trained on."""
    return "val" if (source / "val").is_dir() else "test"


def write_metrics(out: Path, costs: list[float]) -> None:
    """metrics.csv: the cost of each epoch."""
    with (out / "metrics.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("epoch", "train_cost"), *enumerate(costs, start=1)])
