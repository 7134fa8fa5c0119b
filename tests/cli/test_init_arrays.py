"""catnet init on files of arrays: the size and the colours are those of the file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from catnet.config import load_config

Command = Callable[..., Any]


@pytest.mark.parametrize("colours", [(), (3,)], ids=["grey", "colours"])
def test_arrays(tmp_path: Path, command: Command, colours: tuple[int, ...]) -> None:
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (40, 12, 10, *colours), dtype=np.uint8)
    labels = np.arange(40) % 3
    np.savez(tmp_path / "set.npz", x_train=pixels[:30], y_train=labels[:30], x_test=pixels[30:], y_test=labels[30:])
    done = command("init", "set.npz")
    assert done.code == 0, done.err
    assert done.err.splitlines()[:3] == [
        "pictures: 30 train, 10 test",
        "size: 10 pixels, the shorter side, 12 the longer (the median of 30 pictures)",
        "training pictures by class: 0 10, 1 10, 2 10",
    ]
    assert "note: pictures are not mirrored: the classes seem to be characters\n" in done.err
    config = load_config(tmp_path / "set.yaml")
    assert (config.data.image_size, config.data.colors) == ((12, 10), "rgb" if colours else "grey")
    text = (tmp_path / "set.yaml").read_text()
    assert "  # class_names: ['0', '1', '2']    # names in place of these numbers\n" in text
    assert command("train", "set.yaml", "--set", "train.epochs=1").code == 0
