"""The kinds of values that pydantic does not have: a name, a goal, a path, the initialization.

A `title` in the JSON Schema of a kind says in a few words what a value must be; messages and editors show it.
"""

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    GetPydanticSchema,
    StringConstraints,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WithJsonSchema,
    WrapValidator,
)

from catnet.engine.names import INITIALIZATIONS
from catnet.files import current_folder
from catnet.goals import GOALS, REGRESSION
from catnet.text import shown


def one_of(names: Iterable[str]) -> GetPydanticSchema:
    """A `Literal` of names that stand in a table, which type checkers take for a `str`."""
    names = tuple(names)
    return GetPydanticSchema(lambda source, handler: handler(Literal[names]))


def one_per_layer(default: object) -> Callable[[Any, ValidatorFunctionWrapHandler, ValidationInfo], Any]:
    """A list as it is; one value is meant for all hidden layers.

    If there are none, it raises ValueError for a value that is not the default, which would have no effect.
    """

    def validate(value: Any, parse: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        if isinstance(value, list | tuple):
            return parse(value)
        parsed, layers = parse([value]), info.data.get("hidden_layers")
        if layers == () and parsed != (default,):
            raise ValueError(f"only for hidden layers, and model.hidden_layers has none; is {shown(value)}")
        return parsed * len(layers or ())

    return validate


def between(least: float, most: float) -> WrapValidator:
    """A number within bounds beyond which nothing can be computed with it; 0 stays 0, and -0.0 becomes 0.

    The title and the bounds in the schema say what is meant; these bounds are said only to those who break them.
    """

    def validate(value: Any, parse: ValidatorFunctionWrapHandler) -> Any:
        number = parse(value)
        if number > most:
            raise ValueError(f"must be at most {most}, is {shown(value)}")
        if 0 < number < least:
            raise ValueError(f"must be at least {least}, is {shown(value)}")
        return number or abs(number)

    return WrapValidator(validate)


def true_or_false(value: object) -> object:
    """True or False for the words; another value stays, and is refused."""
    return {"true": True, "false": False}.get(str(value).casefold(), value)


def whole_or_share(value: object) -> object:
    """The number as it is. Raises ValueError for 1.0 and the like, which may be meant as a share or as a count."""
    if WHOLE_WITH_POINT.fullmatch(str(value)):
        raise ValueError(f"must be a whole number of epochs, or a share of them below 1, is {shown(value)}")
    return value


def by_name(value: object) -> object:
    """A mapping may be given by its name alone."""
    return {"name": value} if isinstance(value, str) else value


def empty_if_none(value: object) -> object:
    """A section that is left empty has no keys."""
    return {} if value is None else value


def canonical_goal(value: object) -> str:
    """1.0, 2.0, 3.0 or regression, from any of its names: 1, binary, multi_label, ..."""
    text = str(value).casefold().replace("_", "").replace("-", "").replace(" ", "")
    for name, goal in GOALS.items():
        if text in (name, name.removesuffix(".0"), goal.name.replace("-", "")):
            return name
    return str(value)


def absolute(path: str | os.PathLike[str], folder: str = "") -> str:
    """The absolute path of a path that is relative to a folder (default: the current one).

    `..` and symbolic links are resolved as the file system does, but the last name is kept: it tells what the file
    is. Raises ValueError if it is no path.
    """
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else path
    if not isinstance(text, str) or not text.strip() or "\0" in text:
        raise ValueError(f"must be a path, is {shown(text)}")
    full = os.path.expanduser(text)
    if not os.path.isabs(full):
        try:
            full = os.path.join(folder or current_folder(), full)
        except FileNotFoundError as error:
            raise ValueError(f"is {shown(text)}, and {error.strerror}") from None
    if any("\ud800" <= c <= "\udfff" for c in full):  # how Python holds bytes that are not UTF-8, which YAML cannot
        raise ValueError(f"must be a path in UTF-8, is {shown(full)}")
    parent, name = os.path.split(full.rstrip(os.sep) or os.sep)
    return os.path.realpath(full) if name in ("", ".", "..") else os.path.join(os.path.realpath(parent), name)


WHOLE_WITH_POINT = re.compile(r"0*[1-9]\d*\.0*")
NOT_BLANK = {"type": "string", "pattern": "\\S"}
GOAL_NAMES = [goal.name for goal in GOALS.values()]
GOAL_SCHEMA = {
    "anyOf": [  # the names for an editor to offer; and as they may be written too: "1.0", multi_label
        {"enum": [*(float(goal) for goal in GOALS if goal != REGRESSION), *GOAL_NAMES]},
        {"type": "string", "pattern": f"^([123](\\.0)?|{'|'.join(GOAL_NAMES).replace('-', '[-_ ]?')})$"},
    ]
}

Name = Annotated[
    str,
    StringConstraints(pattern=r"\S"),
    # An editor takes no, 1.0 and 007 for a boolean and numbers; here they are names.
    WithJsonSchema({"title": "text", "anyOf": [NOT_BLANK, {"type": "number"}, {"type": "boolean"}]}),
]
Flag = Annotated[bool, Field(strict=True), BeforeValidator(true_or_false)]
Goal = Annotated[str, one_of(GOALS), BeforeValidator(canonical_goal), WithJsonSchema(GOAL_SCHEMA)]
AbsolutePath = Annotated[Path, BeforeValidator(absolute), WithJsonSchema({"title": "a path", **NOT_BLANK})]
WeightsFile = Annotated[
    str, StringConstraints(pattern=r"\.safetensors$"), AfterValidator(absolute), Field(title="a .safetensors file")
]
Initialization = Annotated[str, one_of(INITIALIZATIONS)] | WeightsFile
