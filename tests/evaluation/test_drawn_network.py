"""A network as a picture in characters."""

import pytest

from catnet.evaluation.drawn_network import SIGNS, drawn
from catnet.evaluation.layers import layer_name, layers_of


def picture(*sizes: int, outputs: tuple[str, ...] = (), ascii_only: bool = False) -> list[str]:
    layers = layers_of(sizes, ["relu"] * (len(sizes) - 2) + ["softmax"])
    return drawn(layers, "64 x 64 x 3", outputs, ascii_only).splitlines()


def test_all_neurons_of_a_small_network() -> None:
    assert picture(2, 4, 5, 3, outputs=("cat", "lion", "a very long name")) == [
        "input layer     hidden layer 1  hidden layer 2  output layer",
        "2 inputs        4 neurons       5 neurons       3 neurons",
        "64 x 64 x 3     relu            relu            softmax",
        "",
        "                ┌─○─┐           ┌─○─┐",
        "    x1 ○─┐      ├─○─┤           ├─○─┤           ┌─○ cat",
        "         ├─W[1]─┤   ├───W[2]────┼─○─┼───W[3]────┼─○ lion",
        "    x2 ○─┘      ├─○─┤           ├─○─┤           └─○ a very lo...",
        "                └─○─┘           └─○─┘",
    ]


def test_of_many_neurons_the_first_and_the_last() -> None:
    assert picture(12288, 200, 10, outputs=tuple("0123456789"))[4:] == [
        "    x1 ○─┐      ┌─○─┐           ┌─○ 0",
        "    x2 ○─┤      ├─○─┤           ├─○ 1",
        "    x3 ○─┼─W[1]─┼─○─┼───W[2]────┼─○ 2",
        "     ⋮   │      │ ⋮ │           │ ⋮",
        "x12288 ○─┘      └─○─┘           └─○ 9",
    ]


def test_of_many_layers_the_first_and_the_last() -> None:
    lines = picture(4, *range(2, 50), 3)
    assert lines[0] == "input layer     hidden layer 1  hidden layers   hidden layer 48 output layer"
    assert lines[1] == "4 inputs        2 neurons       2 to 47         49 neurons      3 neurons"
    assert "W[49]" in lines[6]
    heads = picture(4, *[10_000_000] * 100, 3)[:2]
    assert heads[0] == "input layer     hidden layer 1  hidden layers   hidden 100      output layer"
    assert heads[1] == "4 inputs        10000000        2 to 99         10000000        3 neurons"


@pytest.mark.parametrize("sizes", [(1, 1), (3, 1), (7, 2), (12288, 20, 7, 5, 1), (196608, 6, 6, 6, 6, 6, 40)])
def test_in_ascii_it_is_the_same_picture(sizes: tuple[int, ...]) -> None:
    names = tuple(f"class {i}" for i in range(sizes[-1]))
    lines, plain = (picture(*sizes, outputs=names, ascii_only=ascii_only) for ascii_only in (False, True))
    assert all(line.isascii() for line in plain)
    assert not set("".join(plain)) & set(SIGNS)
    assert list(map(len, lines)) == list(map(len, plain))
    assert max(map(len, lines)) <= 80
    circles = sum(line.count("○") for line in lines)
    assert circles == sum(min(size, 4 if size > 5 else 5) for size in picked(sizes))


def picked(sizes: tuple[int, ...]) -> list[int]:
    """Those of the layers that are drawn."""
    return list(sizes) if len(sizes) <= 5 else [*sizes[:2], *sizes[-2:]]


def test_a_name_is_only_shown() -> None:
    assert picture(1, 1, outputs=("c\nat\x1b",))[6] == "    x1 ○───W[1]───○ c\\nat\\x1b"


def test_names_of_layers() -> None:
    assert [layer_name(number, 3) for number in range(4)] == [
        "input layer", "hidden layer 1", "hidden layer 2", "output layer"
    ]  # fmt: skip
