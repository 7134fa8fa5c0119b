"""What the neurons look for, and the examples, as pictures in the page."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.engine.initialization import initial_parameters
from catnet.engine.types import Array
from catnet.report import thumbnails
from catnet.report.examples import Example, exciting
from catnet.report.facts import Facts
from catnet.text import isolated, number

WEIGHTS = 64  # neurons whose weights are shown
COLUMNS = 30  # of a table whose weights are shown
DRAWN = ("he", "xavier")


@dataclass(frozen=True)
class Picture:
    """A picture within the page, and what it shows in words."""

    uri: str
    alt: str
    caption: str = ""


def neurons(facts: Facts) -> dict[str, Any]:
    """What the neurons look for: weights as pictures, or as rows for a table; and the pictures that excite them."""
    model = facts.model
    W = model.parameters["W1"]
    if model.image_size is None:
        return {"weights": [], "changes": [], "columns": column_rows(facts), "exciting": []}
    size = model.image_size
    norms = np.linalg.norm(W, axis=1)
    chosen = np.sort(np.argsort(-norms, kind="stable")[:WEIGHTS])
    titles = [isolated(c) for c in model.question.classes] or [isolated(model.question.target)]
    start = first_weights(facts)
    shown, changes = [], []
    for neuron in chosen.tolist():
        title = titles[neuron] if model.network.depth == 1 else f"neuron {neuron + 1}"
        uri = thumbnails.data_uri(thumbnails.weight_picture(W[neuron], size))
        shown.append(Picture(uri, f"The weights of {title}", title))
        if start is not None:
            uri = thumbnails.data_uri(thumbnails.weight_picture(W[neuron] - start[neuron], size))
            changes.append(Picture(uri, f"What training changed in the weights of {title}", title))
    if W.shape[0] == 1:
        for sign, text in ((1, "positive weights"), (-1, "negative weights")):
            part = thumbnails.part_picture(np.maximum(sign * W[0], 0), size)
            shown.append(Picture(thumbnails.data_uri(part), f"The {text}", text))
    layers = [
        (
            layer,
            [
                Picture(
                    thumbnails.data_uri(thumbnails.strip(one.rows, size), len(one.rows)),
                    f"The pictures for which {one.title} is greatest: {', '.join(map(isolated, one.names))}",
                    one.title,
                )
                for one in of_layer
            ],
        )
        for layer, of_layer in exciting(facts).items()
    ]
    return {"weights": shown, "changes": changes, "columns": [], "exciting": layers}


def first_weights(facts: Facts) -> Array | None:
    """W1 as it was drawn from the seed; None where it was not drawn."""
    settings = facts.run.config
    if settings.model.initialization not in DRAWN:
        return None
    sizes, dtype = facts.model.network.sizes, facts.model.parameters["W1"].dtype.type
    return initial_parameters(sizes, settings.model.initialization, settings.train.seed, dtype)["W1"]


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
    size = facts.model.image_size
    told = {"name": isolated(one.name), "truth": one.truth, "predicted": one.predicted, "right": one.right}
    if size is None:
        features = facts.question.features or ()
        order = np.argsort(-np.abs(one.contributions), kind="stable")[:4].tolist()
        most = [f"{isolated(features[i])} {one.row[i]:.6g}: {one.contributions[i]:+.4g}" for i in order]
        return {**told, "columns": most}
    heat = thumbnails.data_uri(thumbnails.contribution_map(one.contributions, size))
    return {
        **told,
        "picture": Picture(thumbnails.data_uri(one.row.reshape(*size, 3)), f"The picture {isolated(one.name)}"),
        "heat": Picture(heat, f"What speaks for {one.asked} in it (red) and against (blue)"),
    }
