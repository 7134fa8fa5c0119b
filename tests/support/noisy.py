"""Small data of noise, and the facts of a run with other curves or settings: for tests of what is said about runs."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from catnet.report.facts import Facts


def draw(folder: Path, counts: dict[str, dict[str, int]], brightness: int = 80) -> None:
    """FOLDER/data/SPLIT/CLASS/N.png: 8 x 8 of noise, a third of it brighter by so much."""
    random = np.random.default_rng(0)
    for split, of_class in counts.items():
        for place, (label, count) in enumerate(of_class.items()):
            (folder / "data" / split / label).mkdir(parents=True)
            for i in range(count):
                pixels = random.integers(0, 150, (8, 8, 3), dtype=np.uint8)
                pixels[:, 3 * place : 3 * place + 2] += np.uint8(brightness)
                Image.fromarray(pixels).save(folder / "data" / split / label / f"{i}.png")


def write_table(folder: Path, counts: dict[str, int], columns: int = 25, slope: float = 0.0) -> None:
    """FOLDER/data/NAME.csv: columns of noise, and a target y that depends on the first of them, if at all."""
    random = np.random.default_rng(0)
    (folder / "data").mkdir()
    for name, count in counts.items():
        X = random.normal(size=(count, columns))
        y = slope * X[:, 0] + random.normal(size=count)
        header = ",".join([*(f"x{i}" for i in range(columns)), "y"])
        np.savetxt(folder / "data" / f"{name}.csv", np.column_stack([X, y]), delimiter=",", header=header, comments="")


def with_history(facts: Facts, **columns: Any) -> Facts:
    """The facts with other curves."""
    for name, values in columns.items():
        facts.history[name] = np.asarray(values, float)
    return facts


def with_settings(facts: Facts, section: str, **settings: Any) -> Facts:
    """The facts as if the run had had other settings."""
    config = facts.run.config
    part = getattr(config, section).model_copy(update=settings)
    facts.run.__dict__["config"] = config.model_copy(update={section: part})
    return facts
