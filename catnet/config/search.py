"""The keys and values of a search, tried in the place of those of the configuration, each with its line and column."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import product
from typing import Any, NamedTuple

from pydantic import ValidationError

from catnet.config.checks import problems
from catnet.config.document import DEEPEST, Fault, Node, dotted, said
from catnet.config.kinds import absolute
from catnet.config.overruled import leave_out, node_at, overruled
from catnet.config.schema import Config
from catnet.config.tune_section import FROM, TO
from catnet.config.validate import fault_of, find, located
from catnet.text import shown

PATHS = (("data", "path"), ("model", "initialization"), ("tune", "search", "model.initialization", "[]"))
MOST_VALUES = 1000  # that are listed in a search
MOST_COMBINATIONS = 500  # of the values of the others, beside which a value is tried
QUESTION = "it says what the question is, or which examples there are: those are not searched"
# what is not searched, by key, and why
NOT_SEARCHED = {
    "goal": QUESTION,
    **{f"data.{key}": QUESTION for key in ("path", "classes", "class_names", "target", "ignore", "duplicates")},
    **{f"data.{key}": QUESTION for key in ("validation_fraction", "test_fraction", "split_seed", "bad_images")},
    "train.seed": "the luck of a seed is no setting",
    "train.epochs": "all trials have the same number, of which the worse ones train only the first; set it in train",
    "train.checkpoint_every": "it changes no result",
    "train.keep_weights": "it changes no result",
    "train.solver": "it changes no result, only how quickly it comes",
}
NEVER, NONE = "goes with no values of the others", "no combination of the values is possible"
Path = tuple[str, ...]
Values = Mapping[str, Node]


class Wrong(NamedTuple):
    """What is wrong with a value that is tried: the faults of its key, also if it were `alone`; if there are none, the
    reason why another key does not fit.
    """

    own: list[Fault]
    alone: bool = False
    reason: str = ""


RIGHT = Wrong([])


def values_of(node: Node, path: tuple[str, ...] = ()) -> Any:
    """The tree without its places, for pydantic; with the paths in it made absolute."""
    if isinstance(node.content, dict):
        return {key: values_of(value, (*path, key)) for key, value in node.content.items()}
    if isinstance(node.content, list):
        return [values_of(value, (*path, "[]")) for value in node.content]
    text = node.content
    if path in PATHS and text and (path[0] == "data" or text.endswith(".safetensors")):
        with suppress(ValueError):  # which the schema will say
            return absolute(text, node.place.source.folder)
    return text


def faults_of_search(root: Node, search: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with the keys of a search, and with the values that go with none of those of the other keys.

    Each value that is listed, and both ends of each range, stand in for the value of the configuration beside the first
    values of the other keys, beside the last, and then beside any, as far as they are not too many. If a value goes
    with some alone, the points leave out the others.
    """
    there = node_at(root, ("tune", "search"))
    assert there is not None and isinstance(there.content, dict)
    tried = {key: candidates(there.content[key]) for key in search}
    faults = [
        Fault(there.content[key].key or there.place, said(("tune", "search", key), message))
        for key in search
        if (message := refusal(root, key, search))
    ]
    if sum(map(len, tried.values())) > MOST_VALUES:
        faults.append(
            Fault(there.place, said(("tune", "search"), f"lists more than {MOST_VALUES} values; leave some out"))
        )
    if faults:
        return faults
    wrong = {key: [(node, faults_of_value(root, key, node, tried)) for node in nodes] for key, nodes in tried.items()}
    faults = [fault for pairs in wrong.values() for _, found in pairs for fault in found.own]
    others = {node.place: (key, found.reason) for key, pairs in wrong.items() for node, found in pairs if found.reason}
    if not any(all(found != RIGHT for _, found in pairs) for pairs in wrong.values()):
        faults += [Fault(place, said(tuple(key.split(".")), f"{NEVER}: {why}")) for place, (key, why) in others.items()]
    elif not faults:  # no combination is possible, and any of them may be why
        _, why = next(iter(others.values()))
        faults = [Fault(there.key or there.place, said(("tune", "search"), f"{NONE}: {why}"))]
    return list({fault.place: fault for fault in faults}.values())  # an unknown key has the same fault for each value


def candidates(node: Node) -> list[Node]:
    """The values to try of a key, with the place of the key: those of a list, the ends of a range."""
    if isinstance(node.content, dict):
        return [replace(node.content[end], key=node.key) for end in (FROM, TO)]
    assert isinstance(node.content, list)
    return [replace(each, key=node.key) for each in node.content]


def refusal(root: Node, key: str, search: Mapping[str, Any]) -> str | None:
    """Why a key cannot be searched; None if it can, as far as its name and those of the others tell."""
    path = tuple(key.split("."))
    if reason := next((NOT_SEARCHED[part] for part in heads(path) if part in NOT_SEARCHED), None):
        return f"is not searched: {reason}"
    if path[0] == "tune" or (len(path) == 1 and path[0] in Config.model_fields):
        return "is a section; name a key in it, such as train.learning_rate"
    if not all(path) or len(path) > DEEPEST:
        return "must be a key with its section, such as train.learning_rate"
    if outer := next((part for part in heads(path[:-1]) if part in search), None):
        return f"is a part of {outer}, which is searched too; keep one of them"
    for end in range(1, len(path)):
        node = node_at(root, path[:end])
        if node is not None and node.content is not None and not isinstance(node.content, dict):
            given = dotted(path[:end])
            return f"{given} is {shown(node.content)}, not a mapping; search the whole of it, {given}"
    return None


def heads(path: Path) -> Iterator[str]:
    """a, a.b, a.b.c"""
    return (".".join(path[:end]) for end in range(1, len(path) + 1))


def faults_of_value(root: Node, key: str, node: Node, tried: Mapping[str, Sequence[Node]]) -> Wrong:
    """What is wrong with a value of a key: in itself, or beside any values of the other keys."""
    path = tuple(key.split("."))
    others = {name: nodes for name, nodes in tried.items() if name != key}
    first: Wrong | None = None
    for values in combinations(others):
        tree = grafted(root, {**values, key: node})
        for ruled_out, _ in list(overruled(tree)):  # which a trial leaves out, unless it is in a value that is tried
            if ruled_out != path and not any(name in tried for name in heads(ruled_out[:-1])):
                leave_out(tree, ruled_out)
        found = faults_at(tree, path)
        if found.alone or found == RIGHT:
            return found
        first = first or found
    assert first is not None
    are_all = math.prod(map(len, others.values())) <= MOST_COMBINATIONS
    return first if are_all or first.own else RIGHT


def combinations(tried: Mapping[str, Sequence[Node]]) -> Iterator[Values]:
    """The first values of all keys, the last, and then all combinations, or, of too many, always the same ones."""
    yield {key: nodes[0] for key, nodes in tried.items()}
    yield {key: nodes[-1] for key, nodes in tried.items()}
    if math.prod(map(len, tried.values())) <= MOST_COMBINATIONS:
        yield from (dict(zip(tried, nodes, strict=True)) for nodes in product(*tried.values()))
        return
    from random import Random  # late, because few commands need it

    random = Random(0)
    yield from ({key: random.choice(nodes) for key, nodes in tried.items()} for _ in range(MOST_COMBINATIONS))


def faults_at(root: Node, path: Path) -> Wrong:
    """What is wrong with the key at a path of a tree; if nothing is, with the first of the others that do not fit."""
    try:
        config = Config.model_validate(values_of(root))
    except ValidationError as reason:
        here = [(spot, error) for spot, error in located(reason, root) if spot.path[: len(path)] == path]
        alone = [fault_of(spot, error) for spot, error in here if error["type"] != "value_error"]
        return Wrong(alone or [fault_of(spot, error) for spot, error in here], bool(alone))
    found = problems(config)
    if own := [find(root, at).fault(what, at_value=True) for at, what in found if at[: len(path)] == path]:
        return Wrong(own)
    return Wrong([], reason=next((said(at, what() if callable(what) else what) for at, what in found), ""))


def grafted(root: Node, values: Mapping[str, Node]) -> Node:
    """A copy of a tree with other values at some dotted keys, and without the section tune."""
    content = dict(root.content) if isinstance(root.content, dict) else {}
    content.pop("tune", None)
    tree = replace(root, content=content)
    for key, value in values.items():
        inner = content
        *sections, last = key.split(".")
        for name in sections:
            node = inner.get(name)
            copied = dict(node.content) if node is not None and isinstance(node.content, dict) else {}
            inner[name] = replace(node, content=copied) if node is not None else Node(copied, value.place, value.key)
            inner = copied
        inner[last] = value
    return tree
