"""The keys of a configuration that other keys of it rule out."""

from collections.abc import Iterator
from typing import Any

from catnet.config.checks import ONLY_FOR
from catnet.config.document import Node

Path = tuple[str, ...]
# what rules a key out: another key, if it has none of these values
RULED: dict[Path, tuple[Path, Any]] = {**ONLY_FOR, ("train", "keep"): (("train", "early_stopping"), [None])}


def overruled(root: Node) -> Iterator[tuple[Path, Path]]:
    """The keys of a tree that mean nothing beside another key, or do not go with it; and that key."""
    for path, (other, values) in RULED.items():
        ruling = node_at(root, other)
        if ruling is not None and ruling.content not in values and node_at(root, path) is not None:
            yield path, other


def leave_out_overruled(root: Node) -> list[tuple[Path, Path]]:
    """Takes out the keys of a tree that its overrides rule out; returns each with the key that does so."""
    found = []
    for path, other in overruled(root):
        key, ruling = node_at(root, path), node_at(root, other)
        if key and ruling and key.place.source.order == 0 < ruling.place.source.order:
            leave_out(root, path)
            found.append((path, other))
    return found


def leave_out(root: Node, path: Path) -> None:
    """Takes a key that is there out of a tree."""
    holder = node_at(root, path[:-1])
    assert holder is not None and isinstance(holder.content, dict)
    del holder.content[path[-1]]


def node_at(root: Node, path: Path) -> Node | None:
    """The node at a path of keys; None if there is none."""
    node: Node | None = root
    for key in path:
        node = node.content.get(key) if node is not None and isinstance(node.content, dict) else None
    return node
