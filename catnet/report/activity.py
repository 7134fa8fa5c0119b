"""How the neurons answer to the training data, and which hidden neurons always answer the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from catnet.data.dataset import Split
from catnet.engine.inputs import BLOCK_BYTES
from catnet.engine.network import Network, first_layer, forward
from catnet.engine.parallel import in_threads, shares, slices_for_threads
from catnet.engine.subsets import sample
from catnet.engine.types import Array
from catnet.model import Model

SAMPLE = 10_000  # training examples, at most, to which all answers are kept
SAME = 1e-6  # of the greatest: answers that differ by no more are the same but for rounding


def is_constant(least: Array, greatest: Array) -> Array:
    """Whether answers from `least` to `greatest` are the same but for rounding; elementwise."""
    with np.errstate(over="ignore", invalid="ignore"):
        same: Array = greatest - least <= SAME * np.maximum(np.abs(least), np.abs(greatest))
    return same


@dataclass(frozen=True)
class Activity:
    """The least and the greatest activation of each neuron over the training examples, by hidden layer, (n_l,) each."""

    least: dict[int, Array]
    greatest: dict[int, Array]

    @classmethod
    def of_nothing(cls, network: Network) -> "Activity":
        """That of no example yet."""
        sizes = {layer: network.sizes[layer] for layer in range(1, network.depth)}
        return cls(
            {layer: np.full(size, np.inf) for layer, size in sizes.items()},
            {layer: np.full(size, -np.inf) for layer, size in sizes.items()},
        )

    def add(self, least: Mapping[int, Array], greatest: Mapping[int, Array]) -> None:
        """Takes others into account, by layer."""
        for layer in self.least:
            np.minimum(self.least[layer], least[layer], out=self.least[layer])
            np.maximum(self.greatest[layer], greatest[layer], out=self.greatest[layer])

    def constant(self, layer: int) -> Array:
        """Whether each neuron of the layer answers the same to every training example, (n_l,) of bool."""
        return is_constant(self.least[layer], self.greatest[layer])

    def dead(self, layer: int) -> Array:
        """Whether each neuron of the layer answers 0 to every training example, (n_l,) of bool."""
        return np.logical_and(self.least[layer] == 0, self.greatest[layer] == 0)


def activity(model: Model, train: Split) -> Activity:
    """The activity of a model's hidden layers on the training data.

    A thread looks no further once no neuron answers the same to all that it saw: then it costs little.
    """
    network, parameters = model.network, model.parameters
    if network.depth == 1:
        return Activity.of_nothing(network)
    inputs = model.inputs(train.rows)

    def work(blocks: Sequence[tuple[slice, int]]) -> Activity:
        reader, found = inputs.reader(), Activity.of_nothing(network)
        for examples, _ in blocks:
            A = forward(network, parameters, first_layer(parameters, reader.block(examples))).A
            found.add({k: a.min(axis=1) for k, a in A.items()}, {k: a.max(axis=1) for k, a in A.items()})
            if not any(found.constant(layer).any() for layer in found.least):
                break
        return found

    with np.errstate(over="ignore", invalid="ignore"):  # after a rate that was too high weights may be huge
        first, *others = in_threads(work, shares(inputs.blocks()))
    for other in others:
        first.add(other.least, other.greatest)
    return first


class Responses(NamedTuple):
    """What the neurons answer to the training examples at the indices `drawn` (d,): `values` by layer, (n_l, d).

    It is g(Z), in the output layer z, in float32.
    """

    drawn: Array
    values: dict[int, Array]


def responses(model: Model, train: Split) -> Responses | None:
    """What the neurons answer to the training examples, or to a sample of them; None without a hidden layer."""
    network, parameters = model.network, model.parameters
    if network.depth == 1:
        return None
    drawn = sample(len(train.names), SAMPLE)
    found = {layer: np.empty((network.sizes[layer], len(drawn)), np.float32) for layer in range(1, network.depth + 1)}
    at_once = max(1, BLOCK_BYTES // (network.sizes[0] * parameters["W1"].itemsize))

    def work(places: slice) -> None:
        block = model.inputs(train.rows[drawn[places]]).reader().block(slice(None))
        seen = forward(network, parameters, first_layer(parameters, block))
        for layer, values in found.items():
            values[:, places] = seen.Z[layer] if layer == network.depth else seen.G[layer]

    in_threads(work, slices_for_threads(len(drawn), at_once))
    return Responses(drawn, found)
