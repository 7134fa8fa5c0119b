"""A tune under way."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tunes import CONFIG

from catnet.selection.tune import begin
from catnet.selection.tuning import Tuning


@pytest.fixture
def tuning(animals: Path, write_config: Callable[..., Path], tmp_path: Path) -> Callable[..., Tuning]:
    """A new tune of CONFIG with overrides, in a folder of this name."""

    def tuning(name: str = "out", text: str = CONFIG, **settings: object) -> Tuning:
        overrides = {key.replace("__", "."): value for key, value in settings.items()}
        return begin(write_config(text), overrides, "--set", "config", tmp_path / name)

    return tuning
