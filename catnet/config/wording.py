"""What a value must be, in words: read from the JSON Schema that pydantic derives from the types of the keys."""

import re
from functools import cache, reduce
from typing import Any

from catnet.config.document import KeyPath
from catnet.config.schema import json_schema
from catnet.text import alternatives, did_you_mean, shown

Schema = dict[str, Any]
BRACKETS = ("[", "{", "(")
NUMBERS, DECIMAL_COMMA = re.compile(r"(?<=\d)(?:\s*[,x-]\s*|\s+)(?=\d)"), re.compile(r"\d+,\d+")
BOUNDS = {"minimum": "of at least", "exclusiveMinimum": "above", "maximum": "of at most", "exclusiveMaximum": "below"}
MOST_ITEMS = 50  # of a list are shown

root = cache(json_schema)


def options(schema: Schema) -> list[Schema]:
    """The alternatives that a schema allows, apart from nothing (null)."""
    if "$ref" in schema:
        return [root()["$defs"][schema["$ref"].rpartition("/")[2]]]
    if "anyOf" in schema and "title" not in schema:
        return [option for each in schema["anyOf"] for option in options(each)]
    return [schema] if schema.get("type") != "null" else []


def keys(schema: Schema) -> list[str]:
    """The keys that a mapping may have, if these are known."""
    return [key for option in options(schema) for key in option.get("properties", ())]


def inner(schema: Schema, part: str | int) -> Schema:
    """The schema of a key or of an item; {} if there is none."""
    for option in options(schema):
        if part in option.get("properties", ()):
            return dict(option["properties"][part])
        if isinstance(part, int) and option.get("type") == "array":
            return dict(option["items"] if "items" in option else option["prefixItems"][part])
        if isinstance(part, str) and isinstance(option.get("additionalProperties"), dict):
            return dict(option["additionalProperties"])
    return {}


def keys_at(path: KeyPath) -> list[str]:
    """The keys that the mapping at a path may have."""
    return keys(reduce(inner, path, root()))


def must_be(schema: Schema, given: object, meant: str | None = None) -> str:
    """`must be full or a whole number of at least 1, is ful; did you mean full?`

    `meant` is what to write instead, if that is known.
    """
    allowed = options(schema)
    # A list beside its own items: one value for all.
    allowed = [option for option in allowed if option.get("items") not in allowed]
    names = [str(name) for option in allowed for name in option.get("enum", [option.get("const")]) if name is not None]
    kinds = [kind for option in allowed if (kind := kind_of(option))]
    message = f"must be {alternatives([*names, *kinds] or ['text'])}, is {shown(given)}"
    is_list = any(option.get("type") == "array" for option in allowed)
    if isinstance(given, list) and is_list:
        return f"{message} of {len(given)}"
    if not isinstance(given, str):
        return f"{message}; write []" if given is None and kinds == ["a list"] else message
    if meant is not None:
        return f"{message}; did you mean {meant}?"
    in_quotes = any(option.get("type") in ("array", "object") for option in allowed)
    if given.strip()[:1] in BRACKETS and in_quotes and (kinds != ["a list"] or given.strip()[0] != "("):
        return f"{message} in quotes; write it without them"
    if kinds == ["a list"]:
        given = items(given)
        more = ["..."] if len(given) > MOST_ITEMS else []
        return f"{message}; write [{', '.join([*map(shown, given[:MOST_ITEMS]), *more])}]"
    if DECIMAL_COMMA.fullmatch(given) and any(option.get("type") == "number" for option in allowed):
        return f"{message}; did you mean {given.replace(',', '.')}?"
    return message + did_you_mean(given, names)


def items(text: str) -> list[str]:
    """The items of a list that was written without brackets: `64, 32`, `(64, 32)`, `64 32` or `64x32`; `cat, dog`."""
    text = text.strip().removeprefix("(").removesuffix(")").strip().removesuffix(",").strip()
    return NUMBERS.split(text) if NUMBERS.sub("", text).isdecimal() else [item.strip() for item in text.split(",")]


def kind_of(option: Schema) -> str:
    """`a number above 0`; nothing for names and for text."""
    if "properties" in option:
        return f"a mapping of {', '.join(option['properties'])}"
    if "title" in option:
        return str(option["title"])
    if "prefixItems" in option:
        return f"a list of {len(option['prefixItems'])}"
    kinds = {"array": "a list", "object": "a mapping", "boolean": "true or false", "integer": "a whole number"}
    kind = {**kinds, "number": "a number"}.get(option.get("type", ""), "")
    if "minimum" in option and "maximum" in option:
        return f"{kind} from {option['minimum']} to {option['maximum']}"
    bounds = [f"{words} {str(option[bound]).removesuffix('.0')}" for bound, words in BOUNDS.items() if bound in option]
    return " ".join([kind, " and ".join(bounds)]).strip()
