"""Shards: runs of consecutive examples, and a tree by which sums over them are added.

Both follow from the number of examples and the size of a batch alone. So it does not matter how many threads or
machines form the sums, nor which one forms which: the total is the same to the bit.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

from catnet.engine.parallel import slices

EXAMPLES_PER_SHARD = 256  # at least, but for small data: a block or two of pictures
EXAMPLES_OF_BATCH = 64  # of a mini-batch, in a shard: with fewer, a product is slow
MOST_SHARDS = 4096  # enough for 512 workers of eight threads

Node = tuple[int, int]  # of the tree: the sum over the shards first, ..., end - 1
Sum = TypeVar("Sum")


def shards_of(m: int, examples_per_update: int | None = None) -> list[slice]:
    """The m examples cut into shards. Those of mini-batches are runs of those of the full batch."""
    finest = slices(m, max(1, -(-m // max(1, min(MOST_SHARDS, m // EXAMPLES_PER_SHARD)))))
    if examples_per_update is None or examples_per_update >= m:
        return finest
    together = slices(len(finest), -(-len(finest) // max(1, examples_per_update // EXAMPLES_OF_BATCH)))
    return [slice(finest[run.start].start, finest[run.stop - 1].stop) for run in together]


def halves(node: Node) -> tuple[Node, Node]:
    """The two nodes that a node is the sum of."""
    first, end = node
    middle = (first + end) // 2
    return (first, middle), (middle, end)


def nodes_within(shards: range, node: Node) -> Iterator[Node]:
    """The largest nodes, below this one, that these consecutive shards are all of."""
    first, end = node
    if shards.start <= first and end <= shards.stop:
        yield node
    elif first < shards.stop and shards.start < end:
        for half in halves(node):
            yield from nodes_within(shards, half)


def sum_at(node: Node, of_shard: Callable[[int], Sum], add: Callable[[Sum, Sum], Sum]) -> Sum:
    """The sum at a node, from those of its shards."""
    first, end = node
    if end - first == 1:
        return of_shard(first)
    left, right = halves(node)
    return add(sum_at(left, of_shard, add), sum_at(right, of_shard, add))


def added(found: dict[Node, Sum], root: Node, add: Callable[[Sum, Sum], Sum]) -> dict[Node, Sum]:
    """The sums at the largest nodes that these make; only that at the root if they are of all shards."""
    if root in found:
        return {root: found[root]}
    if not any(root[0] <= first and end <= root[1] for first, end in found):
        return {}
    left, right = halves(root)
    below = added(found, left, add) | added(found, right, add)
    if left in below and right in below:
        return {root: add(below[left], below[right])}
    return below
