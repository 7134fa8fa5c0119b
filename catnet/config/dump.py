"""Config -> plain values -> YAML; and the plain values of Python -> YAML, which load_config then reads."""

import os
from collections.abc import Mapping
from functools import reduce
from numbers import Integral, Real
from operator import getitem
from typing import Any

import yaml

from catnet.config.checks import ONLY_FOR, applies
from catnet.config.document import DEEPEST, LARGEST, NULL, TOO_LARGE, KeyPath, dotted, said
from catnet.config.schema import Config
from catnet.errors import ConfigError
from catnet.goals import GOALS, REGRESSION

TEXT = "tag:yaml.org,2002:str"
MOST_BITS = 1024  # of a whole number that is written in decimals: more than any key takes


class Dumper(yaml.SafeDumper):
    """Writes text so that it is read back as it is."""


def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """What is not printable goes into "..." as escapes: in '...' a line break, also a rare one, becomes a space."""
    return dumper.represent_scalar(TEXT, value, style=None if value.isprintable() else '"')


class OnOneLine(dict[str, Any]):
    """A mapping that is written on one line, with the lists in it."""


def on_one_line(dumper: yaml.SafeDumper, value: OnOneLine) -> yaml.MappingNode:
    """Within braces no list starts a line of its own."""
    return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)


Dumper.add_representer(str, text)
Dumper.add_representer(OnOneLine, on_one_line)


class Plain(Dumper):
    """Writes 0.01 and true without quotes, also if they are text."""


Plain.yaml_implicit_resolvers = {}


def plain_text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    """What would be read as nothing, or as a merge key, in quotes."""
    return dumper.represent_scalar(
        TEXT, value, style='"' if value in (*NULL, "<<") or not value.isprintable() else None
    )


def plain_scalar(dumper: yaml.SafeDumper, value: object) -> yaml.ScalarNode:
    """A number, true, false or null as YAML writes it."""
    return dumper.represent_scalar(TEXT, to_yaml(value, in_one_line=True).strip())


Plain.add_representer(str, plain_text)
for kind in (bool, int, float, type(None)):
    Plain.add_representer(kind, plain_scalar)


def to_yaml(value: Any, in_one_line: bool = False) -> str:
    """Plain values as YAML: lists and mappings of scalars, or all of it, on one line each, however long."""
    flow = True if in_one_line else None
    options: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": float("inf")}
    return str(yaml.dump(value, Dumper=Dumper, default_flow_style=flow, **options)).removesuffix("...\n")


def as_written(values: Any, in_one_line: bool = False) -> str:
    """Values as in a file of a configuration, of which `load_config` reads all as text: text that looks like a number
    has no quotes. Lists of scalars are on one line, or all is.
    """
    flow = True if in_one_line else None
    options: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": float("inf")}
    text = str(yaml.dump(values, Dumper=Plain, default_flow_style=flow, **options)).removesuffix("...\n")
    return text.removesuffix("\n") if in_one_line else text


def dump_config(config: Config) -> str:
    """The resolved configuration as YAML, which load_config reads back to an equal Config.

    Raises ConfigError if it would be too large to be read back, as that of very many classes is.
    """
    header = f"# the resolved configuration, goal {GOALS[config.goal].name}: `catnet train` on it repeats the run\n"
    text = header + to_yaml(as_dict(config))
    if len(text.encode()) > LARGEST:
        what = f"with all its keys it is {TOO_LARGE}"
        raise ConfigError(f"the configuration: {what}; name fewer classes, or let the data name them")
    return text


def as_dict(config: Config) -> dict[str, Any]:
    """The configuration as plain values: all keys except those that say nothing, or that the others rule out."""
    values = config.model_dump(mode="json")
    for key in ("classes", "class_names", "target", "ignore"):
        if not values["data"][key]:
            del values["data"][key]
    given, changes = values["train"]["augment"], config.train.augment.numbers.changes()
    values["train"]["augment"] = OnOneLine({name: given[name] for name in changes}) if changes else "none"
    for *path, key in ONLY_FOR:
        if not applies(config, (*path, key)):
            reduce(getitem, path, values).pop(key, None)
    if config.tune is None:
        del values["tune"]
    return values | {"goal": config.goal if config.goal == REGRESSION else float(config.goal)}


def plain(value: object, path: KeyPath = ()) -> Any:
    """A value from Python as one that YAML has: tuples become lists, paths become text, NumPy's numbers Python's.

    Raises ValueError, which names the key, for what has no place in a configuration.
    """
    if len(path) > DEEPEST:
        raise ValueError(f"{dotted(path[:1])}: nested deeper than {DEEPEST} levels")
    match value:
        case None | bool():
            return value
        case _ if type(value).__module__ == "numpy" and type(value).__name__ in ("bool", "bool_"):
            return bool(value)
        case Integral():
            return int(value) if int(value).bit_length() <= MOST_BITS else hex(int(value))
        case Real():
            return float(value)
        case str():
            return str.__str__(value)  # also of an Enum its value, not its name
        case os.PathLike():
            return os.fsdecode(value)
        case list() | tuple():
            return [plain(item, (*path, index)) for index, item in enumerate(value)]
        case Mapping() if all(isinstance(key, str) for key in value):
            return {plain(key): plain(item, (*path, str(key))) for key, item in value.items()}
    wanted = "text, a number, True or False, None, a path, a list, or a mapping whose keys are text"
    raise ValueError(said(path, f"must be {wanted}, is of type {type(value).__name__}"))
