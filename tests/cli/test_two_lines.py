"""Two lines are a configuration: a goal and a path (and a target) suffice for every command."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

GOALS = {
    "1.0": "goal: 1.0\ndata: {path: animals, classes: [cat]}\n",
    "2.0": "goal: 2.0\ndata: {path: data}\n",
    "3.0": "goal: 3.0\ndata: {path: animals}\n",
    "regression": "goal: regression\ndata: {path: data, target: size}\n",
    "table": "goal: regression\ndata: {path: data.csv, target: size}\n",
}


def write_data(folder: Path, goal: str) -> Path:
    """What the configuration is about; returns an example to ask."""
    if goal in ("1.0", "3.0"):
        return folder / "animals" / "val" / "cat" / "0.png"
    random = np.random.default_rng(0)
    if goal == "table":
        rows = np.column_stack([random.normal(size=(40, 3)), random.normal(size=40)])
        np.savetxt(folder / "data.csv", rows, delimiter=",", header="a,b,c,size", comments="")
        return folder / "data.csv"
    for split, count in (("train", 20), ("val", 8)):
        (folder / "data" / split).mkdir(parents=True)
        lines = ["file_name,cat,lion" if goal == "2.0" else "file_name,size"]
        for i in range(count):
            pixels = random.integers(0, 255, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / "data" / split / f"{i}.png")
            lines.append(f"{i}.png,{i % 2},{i % 3 % 2}" if goal == "2.0" else f"{i}.png,{pixels.mean() / 100:.3f}")
        (folder / "data" / split / "metadata.csv").write_text("\n".join(lines) + "\n")
    return folder / "data" / "val" / "0.png"


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.usefixtures("animals")
def test_every_command_takes_it(tmp_path: Path, command: Callable[..., Any], goal: str) -> None:
    """Of pictures of 64 x 64 and 100 epochs, the defaults. A rate of 0.01 may be too high for a target in its unit."""
    example = write_data(tmp_path, goal)
    (tmp_path / "c.yaml").write_text(GOALS[goal])
    slower = ["--set=train.learning_rate=1e-4"] if goal == "regression" else []
    run = tmp_path / "run"
    lines: list[list[Any]] = [
        ["count-params", "c.yaml"],
        ["train", "c.yaml", "--run-dir", run, *slower],
        ["evaluate", run],
        ["predict", example, "--model", run],
        *([["explain", example, "--model", run]] if goal != "table" else []),
        ["report", run],
        ["compare", run, run],
        ["train", "--resume", run, "--set=train.epochs=101", "--allow-changes"],
    ]
    for line in lines:
        done = command(*line)
        assert done.code == 0, (line, done.err)
    text = (run / "config.yaml").read_text()
    assert "  epochs: 101\n" in text
    assert "  augment: none\n" in text
    assert len((run / "metrics.csv").read_text().splitlines()) == 102
