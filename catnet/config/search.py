"""The keys and values of a search, tried in the place of those of the configuration, each with its line and column."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from catnet.config.checks import ONLY_FOR, problems
from catnet.config.document import DEEPEST, Fault, Node, dotted, said
from catnet.config.kinds import absolute
from catnet.config.schema import Config
from catnet.config.tune_section import FROM, TO
from catnet.config.validate import fault_of, find, located
from catnet.text import shown

PATHS = (("data", "path"), ("model", "initialization"), ("tune", "search", "model.initialization", "[]"))
MOST_VALUES = 1000  # that are listed in a search
QUESTION = "it says what the question is, or which examples there are: those are not searched"
# what is not searched, by key, and why
NOT_SEARCHED = {
    "goal": QUESTION,
    **{f"data.{key}": QUESTION for key in ("path", "classes", "class_names", "target", "ignore", "duplicates")},
    **{f"data.{key}": QUESTION for key in ("validation_fraction", "test_fraction", "bad_images")},
    "train.seed": "the luck of a seed is no setting",
    "train.epochs": "all trials have the same number, of which the worse ones train only the first; set it in train",
    "train.checkpoint_every": "it changes no result",
}
Path = Sequence[str]


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
    """What is wrong with the keys of a search and with their values.

    Each value that is listed, and both ends of each range, stand in for the value of the configuration, once with the
    first values of the other keys and once with the last. What neither allows is wrong. If a value does not go with
    some values of others, the trial that has them all will say so.
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
    first, last = (grafted(root, {key: nodes[end] for key, nodes in tried.items()}) for end in (0, -1))
    for key, nodes in tried.items():
        for node in nodes:
            faults += faults_of_value((first, last), tuple(key.split(".")), node, search)
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


def faults_of_value(roots: tuple[Node, Node], path: Path, node: Node, search: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with a value of a key: in itself, or with the other values of both trees."""
    found: list[Fault] = []
    for root in roots:
        tree = grafted(root, {".".join(path): node})
        alone, together = faults_at(tree, path)
        if alone:
            return alone
        if not together:
            return []
        found = found or together
    ruling = ONLY_FOR.get(tuple(path))
    return [] if ruling is not None and ".".join(ruling[0]) in search else found


def faults_at(root: Node, path: Path) -> tuple[list[Fault], list[Fault]]:
    """The faults of a key of a tree: of its value alone, and of what does not fit to others."""
    try:
        config = Config.model_validate(values_of(root))
    except ValidationError as reason:
        alone: list[Fault] = []
        together: list[Fault] = []
        for spot, error in located(reason, root):
            if spot.path[: len(path)] == tuple(path):
                (together if error["type"] == "value_error" else alone).append(fault_of(spot, error))
        return alone, together
    return [], [
        find(root, at).fault(message, at_value=True)
        for at, message in problems(config)
        if at[: len(path)] == tuple(path)
    ]


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


def node_at(root: Node, path: Path) -> Node | None:
    """The node at a path of keys; None if there is none."""
    node: Node | None = root
    for key in path:
        node = node.content.get(key) if node is not None and isinstance(node.content, dict) else None
    return node
