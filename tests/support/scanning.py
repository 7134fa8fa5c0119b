"""The data as a configuration asks for it, in one call."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from catnet.config import Config
from catnet.data.dataset import Catalog, Dataset
from catnet.data.load import load
from catnet.data.scan import scan as scan_config
from catnet.errors import DataError
from catnet.question import Question

Draw = Callable[..., Path]  # the fixture `draw`: writes tiny pictures by name, each of another colour


def scan(
    path: Path,
    *,
    goal: str,
    classes: tuple[str, ...] | None = None,
    target: str | None = None,
    nonnegative: bool = False,
    bad: str = "fail",
    seed: int = 0,
    **others: Any,
) -> Catalog:
    """The catalog of the data at a path; no part of it becomes validation or test data unless a fraction is given.

    `others` are more keys of the section data.
    """
    data = {"path": path, "classes": classes, "target": target, "bad_images": bad, "validation_fraction": 0.0}
    model = {"output_activation": "relu"} if nonnegative and goal == "regression" else {}
    config = {"goal": goal, "data": data | others, "model": model, "train": {"epochs": 1, "seed": seed}}
    return scan_config(Config.model_validate(config))


def asking(*features: str) -> Question:
    """The question of a model whose inputs are these columns of numbers."""
    return Question("regression", target="price", features=features)


def load_dataset(path: Path, image_size: tuple[int, int] = (64, 64), **options: object) -> Dataset:
    """The decoded data at a path."""
    return load(scan(path, **options), image_size)  # type: ignore[arg-type]


def message(path: Path, **options: Any) -> str:
    """The text of the DataError, with PATH for the path."""
    with pytest.raises(DataError) as caught:
        scan(path, **({"goal": "3.0"} | options))
    assert caught.value.exit_code == 3
    return str(caught.value).replace(str(path), "PATH")


def notes(path: Path, **options: Any) -> list[str]:
    """The notes on the data, with PATH for the path."""
    return [note.replace(str(path), "PATH") for note in scan(path, **({"goal": "3.0"} | options)).notes]
