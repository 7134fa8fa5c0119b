"""JSON Schema -> what a value must be, in words, also for kinds that no key has yet."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, TypeAdapter

from catnet.config.kinds import Name
from catnet.config.wording import must_be


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (bool, "maybe", "must be true or false, is maybe"),
        (int, None, "must be a whole number, is empty"),
        (float, {}, "must be a number, is an empty mapping"),
        (float, {"a": 1}, "must be a number, is a mapping"),
        (str, "", 'must be text, is ""'),
        (Name | None, " ", 'must be text, is " "'),
        (dict[str, float], "x", "must be a mapping, is x"),
        (tuple[float, float], "3", "must be a list of 2, is 3"),
        (tuple[float, float], ["3"], "must be a list of 2, is a list of 1"),
        (list[float], "3", "must be a list, is 3; write [3]"),
        (float | list[float], "x", "must be a number, is x"),
        (Literal["none"] | bool, "non", "must be none or true or false, is non; did you mean none?"),
        (Literal["a"] | int | None, "x", "must be a or a whole number, is x"),
    ],
)
def test_kinds(kind: Any, given: object, expected: str) -> None:
    assert must_be(TypeAdapter(kind).json_schema(), given) == expected


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [
        ({"ge": 1}, "a number of at least 1"),
        ({"gt": 0.5}, "a number above 0.5"),
        ({"le": 9}, "a number of at most 9"),
        ({"lt": 9}, "a number below 9"),
        ({"ge": 1, "le": 9}, "a number from 1 to 9"),
        ({"gt": 0, "le": 1}, "a number above 0 and of at most 1"),
    ],
)
def test_bounds(bounds: dict[str, Any], expected: str) -> None:
    schema = TypeAdapter(Annotated[float, Field(**bounds)]).json_schema()
    assert must_be(schema, "x") == f"must be {expected}, is x"
