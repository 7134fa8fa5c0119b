"""A file_name that names no picture: which one may be meant."""

import unicodedata
from pathlib import Path

import pytest
from scanning import Draw, message

from catnet.data.near_names import NearNames

NFC, NFD = unicodedata.normalize("NFC", "é"), unicodedata.normalize("NFD", "é")


@pytest.mark.parametrize(
    ("name", "near", "cause"),
    [
        (r"sub\0.png", "sub/0.png", "have backslashes"),
        (r".\sub\0.png", "sub/0.png", "have backslashes"),
        (r"C:\data\sub\0.png", "sub/0.png", "have backslashes and do not name the right folder"),
        ("Sub/0.PNG", "sub/0.png", "are written with other capitals"),
        (r"SUB\0.png", "sub/0.png", "have backslashes and are written with other capitals"),
        (f"sub/{NFD}.png", f"sub/{NFC}.png", "have another Unicode form"),
        ("sub/0", "sub/0.png", "have no suffix"),
        ("sub/0.jpg", "sub/0.png", "have another suffix"),
        ("sub/0.heic", "sub/0.png", "have another suffix"),
        (" sub/0.png ", "sub/0.png", "have blanks at their edges"),
        ("d/sub/0.png", "sub/0.png", "begin with the name of the folder"),
        ("./d/sub/0.png", "sub/0.png", "begin with the name of the folder"),
        ("0.png", "sub/0.png", "do not name the right folder"),
        ("0", "sub/0.png", "do not name the right folder"),
        ("other/0.png", "sub/0.png", "do not name the right folder"),
        ("sub/kitchen.png", "sub/kitten.png", "are misspelt"),
    ],
)
def test_near(name: str, near: str, cause: str) -> None:
    pictures = ["sub/0.png", f"sub/{NFC}.png", "sub/kitten.png", "sub/img_0040.png", "a/twin.png", "b/twin.png"]
    assert NearNames("d", pictures).near(name) == (near, cause)


@pytest.mark.parametrize("name", ["img_0041.png", "twin.png", "quite_another.png", "sub", "..."])
def test_nothing_is_near(name: str) -> None:
    pictures = ["sub/0.png", "sub/kitten.png", "sub/img_0040.png", "a/twin.png", "b/twin.png"]
    assert NearNames("d", pictures).near(name) is None


def write(path: Path, *names: str) -> None:
    rows = "".join(f'"{name}",{"ab"[number % 2]}\n' for number, name in enumerate(names))
    (path / "metadata.csv").write_text("file_name,label\n" + rows)


def test_one_cause_is_said_once(draw: Draw) -> None:
    path = draw("sub/0.png", "sub/1.png")
    write(path, r"sub\0.png", r"sub\1.png")
    assert message(path) == (
        "PATH/metadata.csv:2: there is no picture sub\\0.png; did you mean sub/0.png? "
        "(all 2 file names have backslashes)"
    )
    write(path, "img/7.png", "img/8.png")
    said = "PATH/metadata.csv:2: there is no picture img/7.png (none of the 2 pictures is there)"
    assert message(path) == said


def test_several_causes_are_said_by_row(draw: Draw) -> None:
    path = draw("sub/0.png", "sub/1.png", f"sub/{NFC}.png", "b.png", "c.png")
    write(path, r"sub\0.png", "sub/1", f"sub/{NFD}.png", "b.png", "c.png ")
    assert message(path).splitlines()[1:] == [
        "PATH/metadata.csv:2: there is no picture sub\\0.png; did you mean sub/0.png?",
        "PATH/metadata.csv:3: there is no picture sub/1; did you mean sub/1.png?",
        f'PATH/metadata.csv:4: there is no picture sub/{NFD}.png; did you mean "sub/\\xe9.png"?',
        'PATH/metadata.csv:6: there is no picture "c.png "; did you mean c.png?',
    ]
