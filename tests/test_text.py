"""Values, names and numbers as people read them."""

import time
from difflib import get_close_matches
from random import Random

import pytest

from catnet.text import (
    alike,
    byte_size,
    counted,
    did_you_mean,
    first_names,
    isolated,
    joined,
    nearest,
    printable_lines,
    score,
    told_apart,
)


@pytest.mark.parametrize(
    ("count", "words"),
    [(12, "12 bytes"), (999.7e6, "1 GB"), (1.5e9, "1.5 GB"), (123.4e6, "123 MB"), (5e12, "5,000 GB")],
)
def test_byte_size(count: float, words: str) -> None:
    assert byte_size(count) == words


def test_names_that_are_alike() -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    names = ["cat", " cat", "Cat", "dog", composed, decomposed, "1", "1.0", "01", "1_0", "nan", "NaN", "cats"]
    assert alike(names) == [["cat", " cat", "Cat"], [composed, decomposed], ["1", "1.0", "01"], ["nan", "NaN"]]
    assert told_apart([" cat", decomposed]) == r'" cat", "cafe\u0301"'


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("1.0", "; did you mean 1?"),
        ("CAT ", "; did you mean cat?"),
        ("caf\u00e9", r'; did you mean "cafe\u0301"?'),
        ("cast", "; did you mean cat?"),
        ("zebra", ""),
    ],
)
def test_did_you_mean(text: str, hint: str) -> None:
    assert did_you_mean(text, ["cats", "1", "cafe\u0301", "cat"]) == hint


def test_scores() -> None:
    values = {0.12345: "0.1235", 999.94: "999.9", 10390: "10,390", -168407.4: "-168,407", 1.68407e98: "1.684e+98"}
    assert {value: score("mae", value) for value in values} == values


def test_names_in_a_sentence() -> None:
    assert [joined(names) for names in ("a", "ab", "abc")] == ["a", "a and b", "a, b and c"]
    assert [counted(count, "row") for count in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    assert [counted(count, "class") for count in (1, 2)] == ["1 class", "2 classes"]


def test_as_many_names_as_fit() -> None:
    names = ["one", "two", "three"]
    assert first_names(names) == "one, two, three"
    assert first_names(names, 10) == "one, two and 1 more"
    assert first_names(names, 1) == "one and 2 more"
    assert first_names(["\x1b"]) == "\\x1b"


def test_lines_for_a_terminal() -> None:
    assert printable_lines("a\tb\nc\n") == "a\tb\nc\n"
    assert printable_lines("\x1b[31m\r\x9b\x85\u2028\u202e\udcff\n") == "\\x1b[31m\\r\\x9b\\x85\\u2028\\u202e\\udcff\n"
    assert printable_lines(f"{isolated('猫')} \x07") == "猫 \\x07"
    assert printable_lines(isolated("猫")) == "猫"


def test_a_near_name_is_the_one_that_difflib_finds() -> None:
    random = Random(0)
    names = ["".join(random.choices("abcde", k=random.randint(1, 12))) for _ in range(100)]
    for _ in range(200):
        text = "".join(random.choices("abcde", k=random.randint(1, 12)))
        near = get_close_matches(text, dict.fromkeys(names), n=1)
        assert nearest(text, names) == (near[0] if near else None)


@pytest.mark.parametrize("name", ["ab" * 30, "a" * 60, "a\u0323\u0301" * 20_000])
def test_near_names_are_found_soon(name: str) -> None:
    names = [f"{name[:40]}{i:05}{name[40:]}" for i in range(10_000 if len(name) < 100 else 10)]
    started = time.process_time()
    nearest(name[::-1], names)
    assert time.process_time() - started < 5  # it takes a tenth of it; without bounds, minutes
