"""What the neurons look for, and the examples, as pictures in the page."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from catnet.data.split_names import WORDS
from catnet.engine.initialization import initial_parameters
from catnet.engine.types import Array
from catnet.evaluation.explain import in_words
from catnet.evaluation.importance import permutation_importance
from catnet.report import thumbnails
from catnet.report.activity import is_constant, responses
from catnet.report.examples import Example
from catnet.report.facts import Facts
from catnet.text import isolated, number, short

WEIGHTS = 64  # neurons whose weights are shown
WHITENED = 16  # if whitening makes them look like noise
SHUFFLED = 10  # rows, at least, on which importance is measured
ROUNDED = 0.01  # from this greatest importance on, all are rounded to four decimals
COLUMNS = 30  # columns of a table whose importance is shown
MOST = 4  # columns of an example that contribute most
NEURONS = 16  # neurons of a deeper layer
EXCITING = 6  # examples of a neuron
SAMPLE = 10_000  # training pictures, at most, among which these are looked for
DRAWN = ("he", "xavier")


@dataclass(frozen=True)
class Picture:
    """A picture within the page, and what it shows in words; `uri` is empty if there is nothing to show."""

    uri: str
    alt: str
    caption: str = ""


@dataclass(frozen=True)
class Column:
    """A column of a table: how much the cost rises if it is shuffled, on average and by how much that differs.

    `weight` is that of its input, or names those of several, one per line, if the first layer has a single neuron.
    `share` is that of the greatest rise.
    """

    name: str
    rise: str
    deviation: str
    weight: tuple[str, ...]
    share: float


def picture(pixels: Array, alt: str, caption: str = "", count: int = 1) -> Picture:
    """The pixels (height, width, channels), or a strip of `count` pictures, within the page."""
    return Picture(thumbnails.data_uri(pixels, count), alt, caption)


def neurons(facts: Facts) -> dict[str, Any]:
    """What the neurons look for: weights as pictures, or as rows for a table; and the pictures that excite them."""
    size, decoded_size = facts.model.image_size, facts.model.decoded_size
    if size is None or decoded_size is None:
        return {"weights": [], "changes": [], **important_columns(facts), "exciting": {}, "sampled": ""}
    weights, changes = weight_pictures(facts, size)
    found = {"exciting": exciting(facts, decoded_size), "sampled": sampled(facts)}
    return {"weights": weights, "changes": changes, "columns": [], **found}


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


def exciting(facts: Facts, size: tuple[int, int]) -> dict[int, list[Picture]]:
    """For each layer after the first, its neurons, each with the training pictures for which it is greatest.

    `size` is (height, width) of the training pictures. Greatest by g(Z), in the output layer by z. Of a large layer
    those neurons that differ most from example to example. A neuron that answers the same to all pictures has no
    greatest: that is said instead. Of many pictures it looks at a sample.
    """
    network, train = facts.model.network, facts.split("train")
    if train is None or network.depth == 1:
        return {}
    drawn, found = sample(len(train.names)), {}
    every = "every training picture" if len(drawn) == len(train.names) else "each of these pictures"
    for layer, values in responses(facts.model, train, drawn).items():
        shown = []
        for neuron in np.sort(np.argsort(-values.std(axis=1), kind="stable")[:NEURONS]).tolist():
            title, least, greatest = title_of(facts, layer, neuron), values[neuron].min(), values[neuron].max()
            if is_constant(least, greatest):
                told = f"{title}: {0 if greatest == 0 else number(float(greatest))} for {every}"
                shown.append(Picture("", told, told))
                continue
            best = drawn[np.argsort(-values[neuron], kind="stable")[:EXCITING]]
            names = ", ".join(isolated(train.names[i]) for i in best)
            strip = thumbnails.strip(train.rows[best], size)
            shown.append(picture(strip, f"The pictures for which {title} is greatest: {names}", title, len(best)))
        found[layer] = shown
    return found


def sample(m: int) -> Array:
    """The indices of the training pictures that are looked at, in order: all m, or SAMPLE, the same for the same m."""
    return np.arange(m) if m <= SAMPLE else np.sort(np.random.default_rng(0).choice(m, SAMPLE, replace=False))


def sampled(facts: Facts) -> str:
    """Among how many of the training pictures the exciting ones were looked for, if not among all."""
    train = facts.split("train")
    if train is None or facts.model.network.depth == 1 or len(train.names) <= SAMPLE:
        return ""
    return f"Looked for among {SAMPLE} of the {len(train.names)} training pictures, drawn at random."


def title_of(facts: Facts, layer: int, neuron: int) -> str:
    """The class or target of an output neuron, the number of a hidden one."""
    return facts.outputs[neuron] if layer == facts.model.network.depth else f"neuron {neuron + 1}"


def important_columns(facts: Facts) -> dict[str, Any]:
    """A table's columns by their permutation importance, and what was tried; none without the data.

    It is measured on the unseen data, or, if that has too few rows to shuffle, on the training data.
    """
    name, features = facts.unseen, facts.question.features or ()
    split = facts.split(name)
    if split is not None and len(split.rows) < SHUFFLED:
        name, split = "train", facts.split("train")
    if split is None:
        return {"columns": []}
    found = permutation_importance(facts.model, split)
    rise, deviation = found.rise.mean(axis=1), found.rise.std(axis=1)
    in_words = number if rise[0] < ROUNDED else "{:.4f}".format
    columns = [
        Column(
            isolated(features[i]),
            in_words(rise[place]),
            in_words(deviation[place]),
            weights_of(facts, i),
            max(0.0, float(rise[place])) / (max(0.0, float(rise[0])) or 1.0),
        )
        for place, i in enumerate(found.columns[:COLUMNS].tolist())
    ]
    tried = {
        "columns": len(found.columns),
        "of": len(features),
        "rows": found.rows,
        "all_rows": len(split.rows),
        "split": WORDS[name],
    }
    return {"columns": columns, "tried": tried, "repeats": found.rise.shape[1]}


def weights_of(facts: Facts, column: int) -> tuple[str, ...]:
    """The weights of a column's inputs, each but a single one with its name, the greatest first; empty if the first
    layer has several neurons.
    """
    W, inputs = facts.model.parameters["W1"], facts.question.inputs_of_columns[column]
    if len(W) > 1:
        return ()
    weights = dict(zip(facts.question.inputs[inputs], W[0, inputs].tolist(), strict=True))
    if len(weights) == 1:
        return tuple(map(number, weights.values()))
    greatest = sorted(weights, key=lambda name: -abs(weights[name]))[:MOST]
    more = [f"and {len(weights) - MOST} more"] if len(weights) > MOST else []
    return (*(f"{isolated(short(name))}: {number(weights[name])}" for name in greatest), *more)


def shown(facts: Facts, one: Example) -> dict[str, Any]:
    """An example with its pictures; or, of a table, with the columns that contribute most."""
    size, decoded_size, name = facts.model.image_size, facts.model.decoded_size, isolated(one.name)
    told = {"name": name, "truth": one.truth, "predicted": one.predicted, "right": one.right}
    if size is None or decoded_size is None:
        names = facts.question.inputs
        order = np.argsort(-np.abs(one.contributions), kind="stable")[:MOST].tolist()
        words = in_words(facts.question, one.row)
        most = [f"{isolated(names[i])} {words[i]}: {one.contributions[i]:+.4g}" for i in order]
        return {**told, "columns": most}
    heat = thumbnails.contribution_map(one.contributions, size)
    return {
        **told,
        "picture": picture(one.row.reshape(*decoded_size, -1), f"The picture {name}"),
        "heat": picture(heat, f"What speaks for {one.asked} in it (red) and against (blue)"),
    }
