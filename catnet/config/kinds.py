"""The kinds of values that a configuration has, each with its wording of what is wrong.

pydantic parses (text is taken for a number where a number is asked for) and describes the kind in the JSON Schema;
`Must` and `OneOf` replace its messages by plain ones.
"""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic.json_schema import JsonSchemaValue, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from catnet.engine.initialization import INITIALIZATIONS
from catnet.goals import GOALS, REGRESSION
from catnet.text import alternatives, did_you_mean, shown

LARGEST_SEED = 2**63 - 1


class Must:
    """Says 'must be ..., is VALUE' whatever pydantic found wrong with a value."""

    def __init__(self, be: str):
        self.be = be

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self.validate, handler(source))

    def validate(self, value: object, parse: core_schema.ValidatorFunctionWrapHandler) -> object:
        try:
            if not isinstance(value, bool):  # which Python, and so pydantic, takes for 0 and 1
                return parse(value)
        except ValidationError:
            pass
        raise ValueError(f"must be {self.be}, is {shown(value)}")


class OneOf:
    """One of some names."""

    def __init__(self, *names: str):
        self.names = names

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.validate)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "enum": list(self.names)}

    def validate(self, value: object) -> str:
        if isinstance(value, str) and value in self.names:
            return value
        near = did_you_mean(value, self.names) if isinstance(value, str) else ""
        raise ValueError(f"must be {alternatives(self.names)}, is {shown(value)}{near}")


def plain_text(value: object) -> str:
    """Text that is neither empty nor blank."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"must be text, is {shown(value)}")
    return value


def canonical_goal(value: object) -> str:
    """1.0, 2.0, 3.0 or regression, for all that these are called: 1, binary, multi_label, ..."""
    text = str(value).casefold().replace("_", "").replace("-", "").replace(" ", "")
    for goal, (name, *_) in GOALS.items():
        if text in (goal, goal.removesuffix(".0"), name.replace("-", "")):
            return goal
    names = dict.fromkeys([*GOALS, *(goal.name for goal in GOALS.values())])
    near = did_you_mean(value, names) if isinstance(value, str) else ""
    raise ValueError(f"must be {alternatives(names)}, is {shown(value)}{near}")


def absolute(path: object, folder: str = "") -> str:
    """The absolute path of a path that is relative to a folder (default: the current one).

    `..` is followed as the file system does, through symbolic links, but the last name is kept: it tells what
    the file is.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise ValueError(f"must be a path, is {shown(text)}")
    full = os.path.join(folder or os.getcwd(), os.path.expanduser(text))
    if any("\ud800" <= c <= "\udfff" for c in full):  # how Python holds bytes that are not UTF-8, which YAML cannot
        raise ValueError(f"must be a path in UTF-8, is {shown(full)}")
    parent, name = os.path.split(full.rstrip(os.sep) or os.sep)
    return os.path.realpath(full) if name in ("", ".", "..") else os.path.join(os.path.realpath(parent), name)


def initialization(value: object) -> str:
    """A name, or the absolute path of a .safetensors file."""
    text = os.fspath(value) if isinstance(value, os.PathLike) else value
    if isinstance(text, str) and text.endswith(".safetensors"):
        return absolute(text)
    if isinstance(text, str) and text in INITIALIZATIONS:
        return text
    near = did_you_mean(text, INITIALIZATIONS) if isinstance(text, str) else ""
    raise ValueError(f"must be {', '.join(INITIALIZATIONS)} or a .safetensors file, is {shown(text)}{near}")


AtLeast0 = Annotated[int, Field(ge=0), Must("a whole number of at least 0")]
AtLeast1 = Annotated[int, Field(ge=1), Must("a whole number of at least 1")]
LayerSize = Annotated[int, Field(ge=1, le=1_000_000), Must("a whole number from 1 to 1000000")]
PictureSide = Annotated[int, Field(ge=1, le=4096), Must("a whole number from 1 to 4096")]
Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED), Must(f"a whole number from 0 to {LARGEST_SEED}")]
AboveZero = Annotated[float, Field(gt=0, allow_inf_nan=False), Must("a number above 0")]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False), Must("a number of at least 0")]
BelowOne = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False), Must("a number of at least 0 and below 1")]
Factor = Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False), Must("a number between 0 and 1")]
FullOrSize = Annotated[Literal["full"] | Annotated[int, Field(ge=1)], Must("full or a whole number of at least 1")]
AutoOrEpochs = Annotated[Literal["auto"] | Annotated[int, Field(ge=1)], Must("auto or a whole number of at least 1")]


class OfTwo:
    """A list of exactly two."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self.validate, handler(source))

    def validate(self, value: object) -> object:
        if isinstance(value, list | tuple) and len(value) == 2:
            return value
        length = f" of {len(value)}" if isinstance(value, list | tuple) else ""
        raise ValueError(f"must be a list of two sizes, [height, width], is {shown(value)}{length}")


class Weights:
    """balanced, a mapping of names to numbers, or nothing."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        # Only the mapping is left to pydantic, whose messages about alternatives are about all of them.
        mapping = handler.generate_schema(dict[Name, AboveZero])
        as_it_is = core_schema.plain_serializer_function_ser_schema(lambda value: value)
        return core_schema.no_info_wrap_validator_function(self.validate, mapping, serialization=as_it_is)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "enum": ["balanced"]}, handler(schema), {"type": "null"}]}

    def validate(self, value: object, parse: core_schema.ValidatorFunctionWrapHandler) -> object:
        if value is None or value == "balanced":
            return value
        if isinstance(value, dict):
            return parse(value)
        near = did_you_mean(value, ["balanced"]) if isinstance(value, str) else ""
        raise ValueError(f"must be balanced or a mapping of classes to numbers, is {shown(value)}{near}")


class OrOneForAll:
    """A list of values, or one value for all: what the JSON Schema says; schema.py does it."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


class OrName:
    """A mapping, or only its name: what the JSON Schema says; schema.py does it."""

    def __init__(self, *names: str):
        self.names = names

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "enum": list(self.names)}, handler(schema)]}


class OrNothing:
    """A section, or nothing under its key: what the JSON Schema says; schema.py does it."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"type": "null"}]}


TEXT_SCHEMA = {"type": "string", "pattern": "\\S"}  # not blank
# An editor takes no, 1.0 and 007 for a boolean and numbers; here they are names.
NAME_SCHEMA = {"anyOf": [TEXT_SCHEMA, {"type": "number"}, {"type": "boolean"}]}
# The names as they are written here, for an editor to offer; and as they may be written too: "1.0", multi_label.
GOAL_NAMES = [*(goal.name for goal in GOALS.values())]
GOAL_SCHEMA = {
    "anyOf": [
        {"enum": [*(float(goal) for goal in GOALS if goal != REGRESSION), *GOAL_NAMES]},
        {"type": "string", "pattern": f"^([123](\\.0)?|{'|'.join(GOAL_NAMES).replace('-', '[-_ ]?')})$"},
    ]
}
INITIALIZATION_SCHEMA = {
    "anyOf": [{"type": "string", "enum": list(INITIALIZATIONS)}, {"type": "string", "pattern": "\\.safetensors$"}]
}

Name = Annotated[str, BeforeValidator(plain_text), WithJsonSchema(NAME_SCHEMA)]
Goal = Annotated[str, BeforeValidator(canonical_goal), WithJsonSchema(GOAL_SCHEMA)]
AbsolutePath = Annotated[Path, BeforeValidator(absolute), WithJsonSchema(TEXT_SCHEMA)]
Initialization = Annotated[str, BeforeValidator(initialization), WithJsonSchema(INITIALIZATION_SCHEMA)]
