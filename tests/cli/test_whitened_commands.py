"""What the commands say of a network that is trained on components and stored folded."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[..., Path]
PICTURES = "goal: 3.0\ndata: {path: animals, image_size: [4, 4], scaling: whiten}\nmodel: {hidden_layers: [6]}\n"


def test_count_params_says_both_networks(command: Callable[..., Any], animals: Path, write_config: Write) -> None:
    path = write_config(PICTURES)
    done = command("count-params", path)
    assert done.out.splitlines()[-4:] == [
        "Z[1] = W[1] X + b[1]     (6, m) = (6, 48) (48, m) + (6, 1)  (48 + 1) x 6         294  93.33%",
        "Z[2] = W[2] A[1] + b[2]  (3, m) = (3, 6) (6, m) + (3, 1)    (6 + 1) x 3           21   6.67%",
        "total: 315 parameters, as the network is stored",
        "trained: 27 -> 6 -> 3, at most 189 parameters: data.scaling: whiten makes at most 27 components of 48 inputs",
    ]
    facts = json.loads(command("count-params", path, "--json").out)
    assert facts["total"] == 315
    assert facts["trained_at_most"] == {"sizes": [27, 6, 3], "total": 189}
    assert "trained_at_most" not in json.loads(
        command("count-params", path, "--json", "--set", "data.scaling=center").out
    )


@pytest.mark.parametrize(("components", "most"), [(20, 20), (500, 48)])
def test_count_params_needs_no_data(
    command: Callable[..., Any], write_config: Write, components: int, most: int
) -> None:
    path = write_config(PICTURES.replace("path: animals", "path: none, classes: [cat, lion]"))
    done = command("count-params", path, "--set", f"data.components={components}")
    assert done.code == 0
    assert done.out.splitlines()[-1] == (
        f"trained: {most} -> 6 -> 2, at most {(most + 1) * 6 + 14} parameters: "
        f"data.scaling: whiten makes at most {most} components of 48 inputs"
    )


def test_train_says_both_networks(command: Callable[..., Any], animals: Path, write_config: Write) -> None:
    path = write_config(PICTURES + "train: {epochs: 2}\n")
    lines = command("train", path).err.splitlines()
    at = lines.index("network: 48 -> 6 -> 3, 315 parameters")
    assert lines[at + 1] == "trained: 27 -> 6 -> 3, 189 parameters; the whitening is folded into them"
    assert any(
        line.startswith("note: data.scaling: whiten without changes of the pictures (train.augment): ")
        for line in lines
    )
    assert not any(
        line.startswith("trained:") for line in command("train", path, "--set", "data.scaling=unit").err.splitlines()
    )


def test_equal_pictures_end_with_one_message(
    command: Callable[..., Any], animals: Path, write_config: Write, tmp_path: Path
) -> None:
    path = write_config(PICTURES.replace("scaling", "duplicates: allow, scaling") + "train: {epochs: 2}\n")
    pictures = sorted(animals.rglob("*.png"))
    for picture in pictures[1:]:
        picture.write_bytes(pictures[0].read_bytes())
    done = command("train", path)
    assert done.code == 3
    assert done.err.splitlines()[-1].endswith(
        "data.scaling: whiten needs training examples that differ, and these are all equal; add others, "
        "or set data.scaling: center"
    )
    assert not (tmp_path / "runs").exists() or not list((tmp_path / "runs").iterdir())
