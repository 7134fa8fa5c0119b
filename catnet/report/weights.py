"""The weights of the first layer as pictures, and what training changed in them."""

from typing import NamedTuple

import numpy as np

from catnet.engine.initialization import initial_parameters
from catnet.engine.pictures import Size
from catnet.engine.types import Array
from catnet.report import thumbnails
from catnet.report.facts import Facts
from catnet.report.thumbnails import Picture, picture

WEIGHTS = 64  # neurons whose weights are shown
WHITENED = 16  # if whitening makes them look like noise
DRAWN = ("he", "xavier")


def weight_pictures(facts: Facts, size: tuple[int, int]) -> tuple[list[Picture], list[Picture]]:
    """The weights of the first layer, and what training changed in them if it is known."""
    W, start = facts.model.parameters["W1"], first_weights(facts)
    dead = dead_in_first_layer(facts)
    count = WHITENED if facts.run.config.data.scaling == "whiten" else WEIGHTS
    largest = np.argsort(-np.linalg.norm(W, axis=1), kind="stable")[:count]
    shown, changes = [], []
    for neuron in np.sort(largest).tolist():
        title = title_of(facts, 1, neuron)
        caption = f"{title}: 0 for every training picture" if dead[neuron] else title
        shown.append(picture(thumbnails.weight_picture(W[neuron], size), f"The weights of {title}", caption))
        if start is not None:
            change = W[neuron] - start[neuron]
            extent = relative(float(np.linalg.norm(change)), float(np.linalg.norm(start[neuron])))
            about = f"What training changed in the weights of {title}: {extent} of their size"
            changes.append(picture(thumbnails.weight_picture(change, size), about, f"{caption}, {extent}"))
    if len(W) == 1:
        for sign, text in ((1, "positive weights"), (-1, "negative weights")):
            part = thumbnails.part_picture(np.maximum(sign * W[0], 0), size)
            shown.append(picture(part, f"The {text}", text))
    return shown, changes


def relative(size: float, beside: float) -> str:
    """A size as a percentage of another: 12%, or more than 1000%."""
    return f"{size / beside:.0%}" if size < 10 * beside else "more than 1000%"


def dead_in_first_layer(facts: Facts) -> Array:
    """Whether each neuron of the first hidden layer is 0 for every training picture, if that is known; (n_1,)."""
    seen, network = facts.activity, facts.model.network
    return np.zeros(network.sizes[1], bool) if seen is None or network.depth == 1 else seen.dead(1)


def first_weights(facts: Facts) -> Array | None:
    """W1 as it was drawn from the seed; None if it was not drawn, or drawn for the components of a whitening."""
    settings = facts.run.config
    if settings.model.initialization not in DRAWN or settings.data.scaling == "whiten":
        return None
    sizes, dtype = facts.model.network.sizes, facts.model.parameters["W1"].dtype.type
    return initial_parameters(sizes, settings.model.initialization, settings.train.seed, dtype)["W1"]


class Learned(NamedTuple):
    """What training changed in W1, or W1 if its first values are not known; and `what` of both it is, in words."""

    weights: Array
    what: str

    @classmethod
    def of(cls, facts: Facts) -> "Learned":
        """That of a run."""
        W, start = facts.model.parameters["W1"], first_weights(facts)
        return cls(W, "the weights") if start is None else cls(W - start, "what training changed in the weights")

    def picture(self, title: str, neuron: int, size: Size, largest: int = thumbnails.LARGEST) -> Picture:
        """That of a neuron."""
        pixels = thumbnails.weight_picture(self.weights[neuron], size)
        return picture(pixels, f"{title}: {self.what}", title, largest=largest)


def title_of(facts: Facts, layer: int, neuron: int) -> str:
    """The class or target of an output neuron, the number of a hidden one."""
    return facts.outputs[neuron] if layer == facts.model.network.depth else f"neuron {neuron + 1}"
