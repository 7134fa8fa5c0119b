"""Tiny pictures in whatever folders."""

from pathlib import Path

import pytest
from PIL import Image
from scanning import Draw


@pytest.fixture
def draw(tmp_path: Path) -> Draw:
    """Writes tiny pictures by name, each of another colour."""

    def write(*names: str) -> Path:
        for number, name in enumerate(names):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (2, 2), (number, number, number)).save(path)
        return tmp_path

    return write
