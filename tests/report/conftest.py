"""Small runs whose pages are looked at."""

from collections.abc import Callable
from pathlib import Path

import pytest
from noisy import draw
from small_runs import BINARY, draw_folders, train_in

Train = Callable[..., Path]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with `data`: noisy pictures of three classes, for training and validation."""
    draw(tmp_path, {"train": {"a": 40, "b": 40, "c": 40}, "val": {"a": 20, "b": 20, "c": 20}})
    return tmp_path


@pytest.fixture
def train_text() -> Train:
    """Trains in a folder by a configuration's text."""
    return train_in


@pytest.fixture
def train_small(tmp_path: Path) -> Callable[[], tuple[Path, Path]]:
    """A quick run of goal 1.0, and its data."""

    def small() -> tuple[Path, Path]:
        draw_folders(tmp_path / "data", {"train": {"cat": 40, "dog": 40}, "test": {"cat": 9, "dog": 9}}, size=8)
        return train_in(tmp_path, BINARY, "data.image_size=[8,8]"), tmp_path / "data"

    return small
