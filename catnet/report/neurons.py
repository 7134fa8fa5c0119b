"""What the neurons look for, and the examples, as pictures in the page."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.engine.attribution import passes
from catnet.engine.initialization import initial_parameters
from catnet.engine.types import Array
from catnet.report import thumbnails
from catnet.report.examples import Example
from catnet.report.facts import Facts
from catnet.text import isolated, number

WEIGHTS = 64  # neurons whose weights are shown
COLUMNS = 30  # columns of a table whose weights are shown
MOST = 4  # columns of an example that contribute most
NEURONS = 16  # neurons of a deeper layer
EXCITING = 6  # examples of a neuron
DRAWN = ("he", "xavier")


@dataclass(frozen=True)
class Picture:
    """A picture within the page, and what it shows in words."""

    uri: str
    alt: str
    caption: str = ""


def picture(pixels: Array, alt: str, caption: str = "", count: int = 1) -> Picture:
    """The pixels (height, width, 3), or a strip of `count` pictures, within the page."""
    return Picture(thumbnails.data_uri(pixels, count), alt, caption)


def neurons(facts: Facts) -> dict[str, Any]:
    """What the neurons look for: weights as pictures, or as rows for a table; and the pictures that excite them."""
    size = facts.model.image_size
    if size is None:
        return {"weights": [], "changes": [], "columns": column_rows(facts), "exciting": {}}
    weights, changes = weight_pictures(facts, size)
    return {"weights": weights, "changes": changes, "columns": [], "exciting": exciting(facts, size)}


def weight_pictures(facts: Facts, size: tuple[int, int]) -> tuple[list[Picture], list[Picture]]:
    """The weights of the first layer, and what training changed in them if it is known."""
    W, start = facts.model.parameters["W1"], first_weights(facts)
    largest = np.argsort(-np.linalg.norm(W, axis=1), kind="stable")[:WEIGHTS]
    shown, changes = [], []
    for neuron in np.sort(largest).tolist():
        title = title_of(facts, 1, neuron)
        shown.append(picture(thumbnails.weight_picture(W[neuron], size), f"The weights of {title}", title))
        if start is not None:
            changed = thumbnails.weight_picture(W[neuron] - start[neuron], size)
            changes.append(picture(changed, f"What training changed in the weights of {title}", title))
    if len(W) == 1:
        for sign, text in ((1, "positive weights"), (-1, "negative weights")):
            part = thumbnails.part_picture(np.maximum(sign * W[0], 0), size)
            shown.append(picture(part, f"The {text}", text))
    return shown, changes


def first_weights(facts: Facts) -> Array | None:
    """W1 as it was drawn from the seed; None if it was not drawn."""
    settings = facts.run.config
    if settings.model.initialization not in DRAWN:
        return None
    sizes, dtype = facts.model.network.sizes, facts.model.parameters["W1"].dtype.type
    return initial_parameters(sizes, settings.model.initialization, settings.train.seed, dtype)["W1"]


def exciting(facts: Facts, size: tuple[int, int]) -> dict[int, list[Picture]]:
    """For each layer after the first, its neurons, each with the training pictures for which it is greatest.

    By g(Z), in the output layer by z. Of a large layer those neurons that differ most from example to example.
    """
    network, train = facts.model.network, facts.split("train")
    if train is None or network.depth == 1:
        return {}
    inputs = facts.model.inputs(train.rows)
    A = {layer: np.empty((network.sizes[layer], inputs.m), np.float32) for layer in range(2, network.depth + 1)}
    for where, _, seen in passes(network, facts.model.parameters, inputs):
        for layer in A:
            A[layer][:, where] = seen.Z[layer] if layer == network.depth else seen.G[layer]
    found = {}
    for layer, values in A.items():
        shown = []
        for neuron in np.sort(np.argsort(-values.std(axis=1), kind="stable")[:NEURONS]).tolist():
            best = np.argsort(-values[neuron], kind="stable")[:EXCITING]
            title, names = title_of(facts, layer, neuron), ", ".join(isolated(train.names[i]) for i in best)
            strip = thumbnails.strip(train.rows[best], size)
            shown.append(picture(strip, f"The pictures for which {title} is greatest: {names}", title, len(best)))
        found[layer] = shown
    return found


def title_of(facts: Facts, layer: int, neuron: int) -> str:
    """The class or target of an output neuron, the number of a hidden one."""
    return facts.outputs[neuron] if layer == facts.model.network.depth else f"neuron {neuron + 1}"


def column_rows(facts: Facts) -> list[tuple[str, str, float, bool]]:
    """A table's columns by the weight of the first layer: the weight, or the norm of many; its share of the largest."""
    W = facts.model.parameters["W1"]
    strength = np.linalg.norm(W, axis=0)
    features = facts.question.features or ()
    order = np.argsort(-strength, kind="stable")[:COLUMNS].tolist()
    value = W[0] if len(W) == 1 else strength
    top = float(strength.max()) or 1.0
    return [
        (isolated(features[i]), number(float(value[i])), float(strength[i]) / top, bool(value[i] < 0)) for i in order
    ]


def shown(facts: Facts, one: Example) -> dict[str, Any]:
    """An example with its pictures; or, of a table, with the columns that contribute most."""
    size, name = facts.model.image_size, isolated(one.name)
    told = {"name": name, "truth": one.truth, "predicted": one.predicted, "right": one.right}
    if size is None:
        features = facts.question.features or ()
        order = np.argsort(-np.abs(one.contributions), kind="stable")[:MOST].tolist()
        most = [f"{isolated(features[i])} {one.row[i]:.6g}: {one.contributions[i]:+.4g}" for i in order]
        return {**told, "columns": most}
    heat = thumbnails.contribution_map(one.contributions, size)
    return {
        **told,
        "picture": picture(one.row.reshape(*size, 3), f"The picture {name}"),
        "heat": picture(heat, f"What speaks for {one.asked} in it (red) and against (blue)"),
    }
