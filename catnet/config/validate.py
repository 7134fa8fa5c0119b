"""Values and their places -> Config, or a fault for each mistake."""

from itertools import islice
from typing import Any, NamedTuple, cast, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from catnet.config import wording
from catnet.config.checks import problems
from catnet.config.document import Fault, KeyPath, Message, Node, dotted, said
from catnet.config.other_names import keys_of, reason_of, simplified, value_of
from catnet.config.partial import Partial
from catnet.config.schema import Config
from catnet.config.section import Section
from catnet.text import alternatives, nearest

MOST_FAULTS = 50  # are shown
Valid = dict[type[Section], dict[str, Any]]  # the valid values, by section and key


class Spot(NamedTuple):
    """The node at a path, and the JSON Schema of what must be there."""

    path: KeyPath
    node: Node
    schema: wording.Schema

    def fault(self, message: Message, at_value: bool = False) -> Fault:
        """The fault at the key or, if there is one, at the value."""
        key = None if at_value and self.node.content is not None else self.node.key
        return Fault(key or self.node.place, lambda: said(self.path, message() if callable(message) else message))


def validate(values: dict[str, Any], root: Node) -> tuple[Config, list[Fault]]:
    """The configuration, and its faults: of single keys, and of valid keys that do not fit together.

    With faults of single keys, the configuration is a Partial.
    """
    valid: Valid = {}
    faults = []
    try:
        config = Config.model_validate(values, context=valid)
    except ValidationError as reason:
        errors = located(reason, root)
        unknown = (spot.path for spot, error in errors if error["type"] == "extra_forbidden")
        # A misspelt key, and what is in it, is not missing as well.
        meant = {key for path in islice(unknown, MOST_FAULTS) for key in meant_by(path)}
        for spot, error in errors:
            if error["type"] != "missing" or not any(spot.path[: len(path)] == path for path in meant):
                faults.append(fault_of(spot, error))
        config = cast(Config, partial(Config, valid, values, meant))
    faults += [find(root, path).fault(message) for path, message in problems(config)]
    return config, faults


def located(reason: ValidationError, root: Node) -> list[tuple[Spot, ErrorDetails]]:
    """pydantic's errors with their places, one for each place.

    Each alternative of a union has its own error. What is further in comes from the alternative that was meant.
    """
    errors: dict[KeyPath, tuple[Spot, ErrorDetails]] = {}
    for error in reason.errors(include_url=False):
        spot = find(root, error["loc"])
        if spot.path not in errors or error["type"] == "value_error":
            errors[spot.path] = spot, error
    outer = {path[:end] for path in errors for end in range(len(path))}
    return [
        (spot, error)
        for path, (spot, error) in errors.items()
        if len(error["loc"]) == len(path)
        or error["type"] == "missing"  # an item of a list that is too short
        or path not in outer
    ]


def find(root: Node, location: KeyPath) -> Spot:
    """The spot at a location of pydantic's; a key that is missing is at what should hold it.

    Parts that are no keys are left out: the names of the alternatives of a union, and the keys and items that
    are meant by a short form such as `schedule: cosine`.
    """
    spot = Spot((), root, wording.root())
    for part in location:
        node, content = spot.node, spot.node.content
        if isinstance(content, dict) and part in content:
            node = content[str(part)]
        elif isinstance(content, list) and isinstance(part, int) and part < len(content):
            node = content[part]
        elif isinstance(content, dict | None) and part in wording.keys(spot.schema):
            node = Node(None, node.place, node.key)
        else:
            continue
        spot = Spot((*spot.path, part), node, wording.inner(spot.schema, part))
    return spot


def fault_of(spot: Spot, error: ErrorDetails) -> Fault:
    """pydantic's error as a fault, of which the words are found when it is shown."""
    at_key = error["type"] == "extra_forbidden" or error["loc"][-1] == "[key]"
    return spot.fault(lambda: words_of(spot, error), at_value=not at_key)


def words_of(spot: Spot, error: ErrorDetails) -> str:
    """pydantic's error in our words."""
    if error["type"] == "extra_forbidden":
        return f"unknown key; {instead(spot.path)}"
    if error["type"] == "missing" and spot.path[-1:] == error["loc"][-1:]:
        return "required, but missing"
    if error["loc"][-1] == "[key]":  # the key itself is wrong
        return wording.must_be({}, spot.path[-1])
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if error["type"] == "too_long" and "title" not in spot.schema:
        return f"must be a list of at most {error['ctx']['max_length']}, is a list of {error['ctx']['actual_length']}"
    given = spot.node.content
    meant = value_of(spot.path, given) if isinstance(given, str) else None
    message = wording.must_be(spot.schema, given, meant)
    if isinstance(given, list) and (meant := value_of(spot.path, ", ".join(str(node.content) for node in given))):
        message += f"; write {meant}"
    if isinstance(given, dict) and not wording.keys(spot.schema) and (name := given.get("name") or given.get("type")):
        message += f"; write {wording.shown(name.content)} alone, and its settings as keys beside it"
    return message


def meant_by(path: KeyPath) -> list[KeyPath]:
    """The key that was meant by an unknown one: that of the same name in another section, what it is for other tools,
    or the nearest; none if none is near, two if others mean the one or the other by it.
    """
    here, name = path[:-1], str(path[-1])
    *outer, inner = nested = (*here, *name.split("."))
    if "." in name and inner in wording.keys_at(tuple(outer)):
        return [nested]
    if reason_of(path):
        return []
    sections: list[KeyPath] = [here, *((section,) for section in Config.model_fields), ()]
    sections += [("train", "schedule"), ("train", "early_stopping"), ("train", "augment")]
    for section in sections:
        for key in wording.keys_at(section):
            if simplified(key) == simplified(name) and key != "name":
                return [(*section, key)]
    if keys := keys_of(name, path[-2:][0]):
        return keys
    near = ((section, nearest(name, wording.keys_at(section))) for section in sections)
    return next(([(*section, key)] for section, key in near if key), [])


def instead(path: KeyPath) -> str:
    """The key that was meant, or the ones there are."""
    here, (*outer, inner) = path[:-1], str(path[-1]).split(".")
    if reason := reason_of(path):
        return reason
    if outer and inner in wording.keys_at((*here, *outer)):
        return f"write {inner} indented below {':, below '.join(reversed(outer))}:"
    if meant := meant_by(path):
        return f"did you mean {alternatives(str(key[-1]) if key[:-1] == here else dotted(key) for key in meant)}?"
    return f"the keys {'of ' + dotted(here) if here else 'here'} are {', '.join(wording.keys_at(here))}"


def partial(kind: type[Section], valid: Valid, values: object, meant: set[KeyPath], path: KeyPath = ()) -> Partial:
    """The valid values of a section, and of the sections in it; a key that was meant by a misspelt one is not known.

    It is needed for a section without faults too: without a goal, that lacks the defaults that depend on the goal.
    """
    given = values if isinstance(values, dict) else {}
    known = {key: value for key, value in valid.get(kind, {}).items() if (*path, key) not in meant}
    for key, field in kind.model_fields.items():
        kinds = [each for each in (field.annotation, *get_args(field.annotation)) if isinstance(each, type)]
        section = next((each for each in kinds if issubclass(each, Section)), None)
        if section and known.get(key, given) is not None and (*path, key) not in meant:
            known[key] = partial(section, valid, given.get(key), meant, (*path, key))
    return Partial(known, set(given))
