"""What each hidden neuron is worth, as a table for each hidden layer and in words."""

from dataclasses import dataclass

import numpy as np

from catnet.data.split_names import WORDS
from catnet.engine.types import Array
from catnet.evaluation.ablation import Ablation, Effect, ablation
from catnet.goals import METRICS
from catnet.report.activity import Responses
from catnet.report.facts import Facts
from catnet.report.thumbnails import SMALL, Picture
from catnet.report.weights import Learned, title_of
from catnet.text import are, counted, isolated, metric_name, number, score, short

NEURONS = 16  # of a layer that are shown
NAMED = 3  # neurons, inputs or outputs that one is connected with
ACTIVATIONS = "0", "its mean"  # that a neuron is set to


@dataclass(frozen=True)
class Row:
    """A neuron: its weights as a picture, or what it `reads`, what it `feeds`; the changes, each with its interval."""

    title: str
    remark: str
    weights: Picture | None
    reads: str
    feeds: str
    changes: list[tuple[str, str]]


@dataclass(frozen=True)
class LayerWorth:
    """The neurons of a hidden layer that are worth most, and sentences about all of them."""

    number: int
    rows: list[Row]
    sentences: list[str]


@dataclass(frozen=True)
class Worth:
    """The layers, and what was measured: `measured_on`, how the network answers with all its neurons, in words."""

    layers: list[LayerWorth]
    measured_on: str
    whole: str
    heads: list[str]
    values: tuple[str, ...] = ACTIVATIONS


def worth(facts: Facts, answered: Responses, learned: Learned) -> Worth | None:
    """What each hidden neuron is worth on the unseen data; None if the answers are not finite, or without a neuron.

    The mean that a neuron is set to is that of its activation over the training data.
    """
    split = facts.split(facts.unseen)
    if split is None:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        asked = ablation(facts.model, split)
        if not np.isfinite(asked.cost):
            return None
        layers = [layer_worth(facts, asked, answered, learned, layer) for layer in range(1, facts.model.network.depth)]
    m, what = len(split.names), f"{WORDS[facts.unseen]} {facts.question.examples}"
    on = f"the {m} {what}" if m == len(asked.drawn) else f"{len(asked.drawn)} of the {m} {what}, drawn at random"
    name = metric_name(facts.headline)
    whole = f"the cost is {number(asked.cost)} and the {name} {score(facts.headline, asked.score)}"
    unit = ", points" if is_share(facts) else ""
    return Worth(layers, on, whole, ["cost J", f"{name}{unit}"])


def layer_worth(facts: Facts, asked: Ablation, answered: Responses, learned: Learned, layer: int) -> LayerWorth:
    """The neurons of a layer, those first without which the cost rises most, set to 0."""
    tried, means = asked.neurons(layer), answered.values[layer].mean(axis=1, dtype=np.float64)
    at_zero, at_mean = asked.each(layer, tried, np.zeros(len(tried))), asked.each(layer, tried, means[tried])
    order = np.argsort(-at_zero.cost.mean, kind="stable")
    rows = []
    for place in order[:NEURONS].tolist():
        neuron, effects = int(tried[place]), (at_zero.at(place), at_mean.at(place))
        changes = [written for effect in effects for written in cells(facts, effect)]
        said = remark(facts, layer, neuron, *effects)
        rows.append(Row(title_of(facts, layer, neuron), said, *connections(facts, learned, layer, neuron), changes))
    told = [
        *of_dead_ones(facts, layer),
        *of_those_left_out(facts, asked, layer, tried[~at_zero.is_sure], len(tried)),
        *of_those_not_shown(facts, asked, layer, tried[order[NEURONS:]], len(tried)),
    ]
    return LayerWorth(layer, rows, told)


def remark(facts: Facts, layer: int, neuron: int, at_zero: Effect, at_mean: Effect) -> str:
    """What the changes say of a neuron, in a few words."""
    if facts.activity is not None and facts.activity.dead(layer)[neuron]:
        return f"dead: 0 for every training {facts.question.examples.removesuffix('s')}"
    if not at_zero.is_sure:
        return "can be left out"
    if at_zero.cost.high < 0:
        return "the cost is lower without it"
    return "" if at_mean.is_sure else "its mean would do"


def connections(facts: Facts, learned: Learned, layer: int, neuron: int) -> tuple[Picture | None, str, str]:
    """The weights of a neuron as a picture, or the names of what it reads most strongly; and of what it feeds."""
    parameters, size = facts.model.parameters, facts.model.image_size
    feeds = strongest(facts, layer + 1, parameters[f"W{layer + 1}"][:, neuron])
    if layer > 1 or size is None:
        return None, strongest(facts, layer - 1, parameters[f"W{layer}"][neuron]), feeds
    return learned.picture(title_of(facts, layer, neuron), neuron, size, SMALL), "", feeds


def strongest(facts: Facts, layer: int, weights: Array) -> str:
    """`cat (+0.41), dog (-0.32) and 3 more`: neurons of a layer, or inputs (layer 0): those with the largest weights"""
    order = np.argsort(-np.abs(weights), kind="stable")[:NAMED].tolist()
    names = [title_of(facts, layer, j) if layer else isolated(short(facts.question.inputs[j])) for j in order]
    more = f" and {len(weights) - NAMED} more" if len(weights) > NAMED else ""
    return ", ".join(f"{name} ({weights[j]:+.2g})" for name, j in zip(names, order, strict=True)) + more


def cells(facts: Facts, effect: Effect) -> list[tuple[str, str]]:
    """The changes of the cost and of the metric that a neuron makes, each with its interval, if there is one."""
    found = []
    for change, write in ((effect.cost, signed), (effect.score, points if is_share(facts) else signed)):
        mean, low, high = (float(numbers[0]) for numbers in change)
        known = np.isfinite(high) and (low, high) != (0, 0)
        found.append((write(mean) if mean else "0", f"{write(low)} to {write(high)}" if known else ""))
    return found


def is_share(facts: Facts) -> bool:
    """Whether the headline metric is a share of the examples, whose changes are in percentage points."""
    return METRICS[facts.headline].is_percentage


def signed(value: float) -> str:
    """+0.0123, -1,234, +2.3e-05: four decimals, the digits of a large number, or two of a small one"""
    if abs(value) < 0.0005:
        return f"{value:+.2g}"
    return f"{value:+.4f}" if abs(value) < 100 else f"{value:+,.0f}"


def points(value: float) -> str:
    """+1.5: percentage points"""
    return f"{100 * value:+.1f}".replace("-0.0", "+0.0")


def in_words(facts: Facts, effect: Effect) -> str:
    """`the cost changes by +0.3448 (+0.1309 to +0.5587), the accuracy by -10.5 points (-15.0 to -6.0)`"""
    told = [f"{mean} ({interval})" if interval else mean for mean, interval in cells(facts, effect)]
    unit = " points" if is_share(facts) else ""
    mean, *interval = told[1].split(" ", 1)
    return f"the cost changes by {told[0]}, the {metric_name(facts.headline)} by {' '.join([mean + unit, *interval])}"


def of_dead_ones(facts: Facts, layer: int) -> list[str]:
    """How many neurons of a layer are 0 for every training example."""
    count = int(facts.activity.dead(layer).sum()) if facts.activity is not None else 0
    what = f"0 for every training {facts.question.examples.removesuffix('s')}"
    return [f"{counted(count, 'neuron')} {are(count)} dead: {what}."] if count else []


def of_those_left_out(facts: Facts, asked: Ablation, layer: int, neurons: Array, tried: int) -> list[str]:
    """Whether the neurons (q,) that can each be left out can be left out together."""
    q, what = len(neurons), facts.question.examples
    if not q:
        return []
    each = f"{q} of the {tried} neurons can each be left out: these {what} tell no change from chance."
    if q == 1:
        return [f"A neuron can be left out: these {what} tell no change from chance."]
    effect = asked.together(layer, neurons)
    if not effect.is_sure[0]:
        return [f"{each} So can all {q} together: {in_words(facts, effect)}."]
    if effect.cost.mean[0] < 0:
        return [f"{each} Without all {q}, {in_words(facts, effect)}."]
    return [
        f"{each} All {q} together cannot: {in_words(facts, effect)}. Neurons that do the same share their worth: each "
        "can be left out because others still do what it does."
    ]


def of_those_not_shown(facts: Facts, asked: Ablation, layer: int, neurons: Array, tried: int) -> list[str]:
    """How many neurons of the layer were not tried, and what those (q,) are worth that were and are not shown."""
    size, told = facts.model.network.sizes[layer], []
    if tried < size:
        told.append(f"Tried were the {tried} of {size} neurons that move the next layer most.")
    if len(neurons):
        effect = in_words(facts, asked.together(layer, neurons))
        told.append(f"Shown are the {NEURONS} that are worth most; with the other {len(neurons)} all at 0, {effect}.")
    return told
