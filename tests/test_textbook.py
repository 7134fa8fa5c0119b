"""docs/TEXTBOOK.md: the lines of the engine, the shapes, the sums and the words are true. test_exercises.py runs it."""

import re
from pathlib import Path

import click
import numpy as np
import pytest
from documents import ROOT, TEXTBOOK, section, text_of
from PIL import Image
from pydantic import BaseModel

from catnet.cli.main import cli
from catnet.config import DataConfig, ModelConfig, TrainConfig, TuneConfig
from catnet.data.pixels import read_pixels
from catnet.engine.inputs import Block
from catnet.engine.network import (
    Network,
    backward,
    first_layer,
    forward,
    loss_derivative,
    losses,
    sums_of_first_layer,
    sums_of_other_layers,
)
from catnet.engine.parameters import Vector

LINK = re.compile(r"\[`([^`]+)`\]\(\.\./(catnet/[\w/]+\.py)#L(\d+)\)")


# the lines of the engine


def test_the_lines_of_the_engine_are_those_that_are_quoted() -> None:
    links = LINK.findall(text_of(TEXTBOOK))
    assert len(links) >= 30
    for code, file, line in links:
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
        now = [number for number, text in enumerate(lines, start=1) if code in text]
        assert int(line) in now, f"{file}#L{line} is no longer `{code}`; it is in the lines {now}"


def test_every_line_that_is_linked_is_quoted() -> None:
    assert len(LINK.findall(text_of(TEXTBOOK))) == text_of(TEXTBOOK).count(".py#L")


# the shapes

SIZES, M = (5, 4, 3, 2), 7  # of a network with k = 2; all different, so that no shape is right by chance
QUANTITY = re.compile(r"(?<![\w^])(d?[WZAb]\[[^\]]+\]|X|Y|y\^|L)(?!\w)('?)")
SHAPE = re.compile(r"\(([^()]+), ([^()]+)\)")


def rows_of_equations() -> list[tuple[str, str, str]]:
    """What, equation and shapes of each row of the table of section 3."""
    rows = re.findall(r"^\| ([^|]+) \| `([^|]+)` \| `([^|]+)` \|", text_of(TEXTBOOK), re.MULTILINE)
    return [row for row in rows if SHAPE.search(row[2])]


def of_one_pass(activation: str, loss: str) -> dict[str, np.ndarray]:
    """Every quantity of the page, by its name with the layer in figures, from one forward and backward propagation."""
    random = np.random.default_rng(0)
    network = Network(SIZES, ("relu", "tanh", activation), loss)
    theta = Vector(network.shapes, np.dtype(np.float64))
    theta.vector[:] = random.normal(size=theta.vector.size)
    X, Y = random.normal(size=(SIZES[0], M)), np.eye(SIZES[-1])[:, random.integers(0, SIZES[-1], M)]
    sums, block, depth = theta.like(), Block(X, 1.0), network.depth
    passed = forward(network, theta, first_layer(theta, block))
    dZ = backward(network, theta, passed, loss_derivative(network, passed.Z[depth], Y))
    sums_of_first_layer(dZ[1], block, sums)
    sums_of_other_layers(dZ, passed.A, sums)
    found = {"X": X, "A[0]": X, "Y": Y, "y^": network.output(passed.Z[depth])}
    found |= {"L": losses(network, passed.Z[depth], Y)} | {f"A[{layer}]": A for layer, A in passed.A.items()}
    for name, of_layer in (("Z", passed.Z), ("dZ", dZ)):
        found |= {f"{name}[{layer}]": values for layer, values in of_layer.items()}
    for name in theta:
        found |= {f"{name[0]}[{name[1]}]": theta[name], f"d{name[0]}[{name[1]}]": sums[name]}
    return found


def in_figures(text: str, layer: int) -> str:
    """A name or a size with l, l+1, l-1 and L as the numbers that they are for this layer."""
    for symbol, number in (("l+1", layer + 1), ("l-1", layer - 1), ("l", layer), ("L", len(SIZES) - 1)):
        text = re.sub(rf"(?<=[\[_{{]){re.escape(symbol)}(?=[\]}}]|$)", str(number), text)
    return text


def size(symbol: str, layer: int) -> int:
    """m, k, n, 1 or n_l, as a number."""
    if symbol in ("m", "k", "n", "1"):
        return {"m": M, "k": SIZES[-1], "n": SIZES[0], "1": 1}[symbol]
    return SIZES[int(in_figures(symbol, layer).removeprefix("n_").strip("{}"))]


@pytest.mark.parametrize("row", rows_of_equations(), ids=lambda row: row[0])
def test_the_shapes_of_the_equations_are_the_engine_s(row: tuple[str, str, str]) -> None:
    what, equation, shapes = row
    outputs = {"softmax": ("softmax", "cross_entropy"), "squared": ("linear", "squared")}
    values = of_one_pass(*next((outputs[word] for word in outputs if word in what), ("sigmoid", "cross_entropy")))
    names, stated = QUANTITY.findall(equation), SHAPE.findall(shapes)
    assert len(names) == len(stated) > 0
    checked = 0
    for layer in range(1, len(SIZES)):
        figures = [in_figures(name, layer) for name, _ in names]
        if not all(name in values for name in figures):  # such as A[L+1]
            continue
        checked += 1
        for name, (_, transposed), (rows, columns) in zip(figures, names, stated, strict=True):
            shape = values[name].shape[::-1] if transposed else values[name].shape
            assert shape == (size(rows, layer), size(columns, layer)), f"{name} in {equation}"
    assert checked


def test_the_table_has_the_equations() -> None:
    assert len(rows_of_equations()) >= 16


# the sums, the order of the pixels, the words


def test_the_sums_are_right() -> None:
    """Such as (12288 + 1) x 3 + (3 + 1) x 2 = 36875."""
    term = r"(?:\(\d+ \+ 1\)|\d+)"
    sums = re.findall(rf"({term}(?: [x+] {term})+) = (\d+)", text_of(TEXTBOOK))
    assert {"12288", "12289", "36867", "36878", "147470"} <= {result for _, result in sums}
    for left, result in sums:
        assert eval(left.replace("x", "*")) == int(result), left


def test_the_numbers_of_a_picture_are_in_the_order_that_is_said(tmp_path: Path) -> None:
    [formula] = re.findall(r"^\(row .*$", text_of(TEXTBOOK), re.MULTILINE)
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    flat = read_pixels(str(tmp_path / "picture.png"), (64, 64))
    for row, column, channel in ((0, 0, 0), (0, 1, 2), (1, 0, 1), (63, 62, 2)):
        place = eval(formula, {"row": row, "column": column, "channel": channel})
        assert flat[place] == pixels[row, column, channel]


def glossary() -> list[list[str]]:
    rows = [line.strip("| ").split(" | ") for line in section(TEXTBOOK, WORDS).splitlines() if line.startswith("| ")]
    return rows[2:]


WORDS = "2. Words, in English and in Korean"


def test_the_words_are_in_both_languages_and_name_what_catnet_has() -> None:
    commands = set(cli.list_commands(click.Context(cli)))
    sections: dict[str, type[BaseModel]] = {
        "data": DataConfig,
        "model": ModelConfig,
        "train": TrainConfig,
        "tune": TuneConfig,
    }
    assert len(glossary()) >= 60
    for english, korean, meaning, where in glossary():
        assert english and meaning and re.search("[가-힣]", korean), english
        for name in re.findall(r"`([^`]+)`", where):
            if name.startswith("catnet "):
                assert name.split()[1] in commands, name
            elif key := re.match(r"(data|model|train|tune)\.(\w+)", name):
                assert key[2] in sections[key[1]].model_fields, name
