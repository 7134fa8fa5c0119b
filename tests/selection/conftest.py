"""A tune under way."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tunes import CONFIG

from catnet.selection.tune import begin, specified
from catnet.selection.tuning import Tuning
from catnet.training.loop import advance


@pytest.fixture
def tuning(animals: Path, write_config: Callable[..., Path], tmp_path: Path) -> Callable[..., Tuning]:
    """A new tune of CONFIG with overrides, in a folder of this name."""

    def tuning(name: str = "out", text: str = CONFIG, **settings: object) -> Tuning:
        overrides = {key.replace("__", "."): value for key, value in settings.items()}
        return begin(specified(write_config(text), overrides, "--set"), "config", tmp_path / name)

    return tuning


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Counter[tuple[str, int]]:
    """How often each epoch of each training is trained, by the name of its folder and the epoch, from now on."""
    trained: Counter[tuple[str, int]] = Counter()

    def counted(training: Any, last: int, started: float) -> Any:
        first = training.epoch + 1
        found = advance(training, last, started)
        trained.update((training.run.path.name, epoch) for epoch in range(first, training.epoch + 1))
        return found

    monkeypatch.setattr("catnet.training.loop.advance", counted)
    return trained
