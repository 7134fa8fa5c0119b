"""Values and their places -> Config, or a fault for each thing that is wrong."""

from functools import cache
from itertools import takewhile
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from catnet.config.checks import Impossible, Path, Problem
from catnet.config.document import Fault, Node, dotted, said
from catnet.config.schema import Config, EarlyStopping, Schedule
from catnet.text import nearest, shown

# stand in for a required key that is wrong or missing, while the others are checked
STAND_INS = {"goal": "1.0", "data": {"path": "."}, "train": {"epochs": 1}}
INNER: dict[str, type[BaseModel]] = {"schedule": Schedule, "early_stopping": EarlyStopping}


def validate(values: dict[str, Any], root: Node) -> Config | list[Fault]:
    """The configuration, or all that is wrong with it.

    The keys that are wrong in themselves are taken out, and the rest is looked at again for what does not fit together.
    """
    try:
        return Config.model_validate(values)
    except ValidationError as reason:
        details = reason.errors(include_url=False)
    # A misspelt key, and what is in it, is not missing as well.
    meant = {(*loc[:-1], near) for loc in (d["loc"] for d in details if unknown(d)) if (near := meant_by(loc))}
    details = [
        d for d in details if d["loc"] and not (d["type"] == "missing" and any(overlap(d["loc"], loc) for loc in meant))
    ]
    wrong = {keys_in(detail["loc"]) for detail in details} | meant
    faults = [of_detail(detail, root) for detail in details]
    for path, message, reads in impossible(without(values, wrong)):
        if not any(overlap(tuple(read.split(".")), loc) for read in reads for loc in wrong):
            faults.append(fault(root, path, message))
    return faults


def keys_in(loc: Path) -> Path:
    """The keys of a place, up to the first index of a list: one wrong item leaves no list to go on with."""
    return tuple(takewhile(lambda part: isinstance(part, str), loc))


def without(values: dict[str, Any], wrong: set[Path]) -> dict[str, Any]:
    """The values without the wrong ones; where these are required, with others in their place."""
    rest = left(values, (), wrong)
    for key, stand_in in STAND_INS.items():
        if isinstance(stand_in, dict):
            rest[key] = {**stand_in, **(rest.get(key) or {})}
        else:
            rest.setdefault(key, stand_in)
    early_stopping = rest["train"].get("early_stopping")
    if isinstance(early_stopping, dict):
        early_stopping.setdefault("patience", 1)
    return rest


def left(values: dict[str, Any], path: Path, wrong: set[Path]) -> dict[str, Any]:
    """The mapping at a path without the keys that are wrong, in it and below it."""
    return {
        key: left(value, (*path, key), wrong) if isinstance(value, dict) else value
        for key, value in values.items()
        if (*path, key) not in wrong and (*path, key, "[key]") not in wrong  # [key]: pydantic's for the key itself
    }


def impossible(values: dict[str, Any]) -> list[Problem]:
    """What does not fit together."""
    try:
        Config.model_validate(values)
    except ValidationError as reason:
        causes = [detail.get("ctx", {}).get("error") for detail in reason.errors(include_url=False)]
        return [problem for cause in causes if isinstance(cause, Impossible) for problem in cause.problems]
    return []


def overlap(one: Path, other: Path) -> bool:
    """Whether one path is the other, or holds it."""
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def of_detail(detail: ErrorDetails, root: Node) -> Fault:
    """pydantic's error in our words."""
    loc, kind, given = detail["loc"], detail["type"], detail["input"]
    if kind == "missing":
        return fault(root, loc, "required, but missing")
    if unknown(detail):
        return fault(root, loc, f"unknown key; {instead(loc)}")
    if kind == "value_error":
        message = str(detail["ctx"]["error"])
    elif kind == "tuple_type":
        message = f"must be a list, is {shown(given)}" + (f"; write [{shown(given)}]" if isinstance(given, str) else "")
    else:  # a section is all that is left without words of its own
        message = f"must be a mapping of {', '.join(keys_of(loc))}, is {shown(given)}"
    return fault(root, loc, message, at_value=True)


def unknown(detail: ErrorDetails) -> bool:
    """Whether it is about a key that there is not."""
    return detail["type"] == "extra_forbidden"


@cache
def meant_by(loc: Path) -> str | None:
    """The key that a misspelt one is nearest to, if any is near."""
    return nearest(str(loc[-1]), keys_of(loc[:-1]))


def instead(loc: Path) -> str:
    """The key that was meant, or the ones there are."""
    here, key = loc[:-1], loc[-1]
    if near := meant_by(loc):
        return f"did you mean {near}?"
    for section in ((), *((name,) for name in Config.model_fields)):
        if key in keys_of(section):
            return f"did you mean {dotted((*section, key))}?"
    return f"the keys {'of ' + dotted(here) if here else 'here'} are {', '.join(keys_of(here))}"


def keys_of(path: Path) -> list[str]:
    """The keys that the mapping at a path may have."""
    model: Any = Config
    for key in path:
        model = INNER.get(str(key)) or model.model_fields[key].annotation
        if not isinstance(model, type) or not issubclass(model, BaseModel):
            return []
    return list(model.model_fields)


def fault(root: Node, path: Path, message: str, at_value: bool = False) -> Fault:
    """The fault at the key or the value of a path; where that is not in the tree, at what holds it."""
    node, whole = root, path
    for depth, part in enumerate(path):
        content = node.content
        if isinstance(content, dict) and part in content:
            node = content[str(part)]
        elif isinstance(content, list) and isinstance(part, int) and part < len(content):
            node = content[part]
        else:
            # a value that pydantic sees as a mapping or a list, such as `schedule: cosine`
            if not isinstance(content, dict) and (content is not None or isinstance(part, int)):
                whole = path[:depth]
            at_value = at_value and not isinstance(content, dict)
            break
    place = node.place if node.key is None or (at_value and node.content is not None) else node.key
    return Fault(place, said(tuple(whole), message))
