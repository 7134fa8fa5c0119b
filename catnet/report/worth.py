"""What each hidden neuron is worth, as a table for each hidden layer and in words."""

from dataclasses import dataclass

import numpy as np

from catnet.data.split_names import WORDS
from catnet.engine.types import Array
from catnet.evaluation.ablation import Ablation, Effect, ablation
from catnet.goals import METRICS
from catnet.report.activity import Responses, is_constant
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
        changes = [written for effect in effects for written in cells(facts, asked, effect)]
        said = remark(facts, layer, neuron, *effects)
        rows.append(Row(title_of(facts, layer, neuron), said, *connections(facts, learned, layer, neuron), changes))
    unsure = tried[~(at_zero.is_sure | at_mean.is_sure | dead(facts, layer)[tried])]
    told = [
        *of_dead_ones(facts, layer),
        *of_those_without_change(facts, asked, layer, unsure, len(tried)),
        *of_those_not_shown(facts, asked, layer, tried[order[NEURONS:]], len(tried)),
        of_the_layer(facts, asked, layer),
    ]
    return LayerWorth(layer, rows, told)


def remark(facts: Facts, layer: int, neuron: int, at_zero: Effect, at_mean: Effect) -> str:
    """What the changes say of a neuron, in a few words."""
    if dead(facts, layer)[neuron]:
        return f"dead: 0 for every training {facts.question.examples.removesuffix('s')}"
    if not at_zero.is_sure:
        return "a sure change at its mean only" if at_mean.is_sure else "no sure change"
    if at_zero.cost.high < 0:
        return "the cost is lower without it"
    return "" if at_mean.is_sure else "its mean would do"


def dead(facts: Facts, layer: int) -> Array:
    """Whether each neuron of a hidden layer is 0 for every training example, if that is known, (n_l,) of bool."""
    return np.zeros(facts.model.network.sizes[layer], bool) if facts.activity is None else facts.activity.dead(layer)


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


def cells(facts: Facts, asked: Ablation, effect: Effect) -> list[tuple[str, str]]:
    """The changes of the cost and of the metric that a neuron makes, each with its interval, if there is one."""
    found = []
    for change, whole, is_points in ((effect.cost, asked.cost, False), (effect.score, asked.score, is_share(facts))):
        mean, low, high = (points(float(n[0])) if is_points else signed(float(n[0]), whole) for n in change)
        known = np.isfinite(change.high[0]) and (change.low[0], change.high[0]) != (0, 0)
        found.append((mean if change.mean[0] else "0", f"{low} to {high}" if known else ""))
    return found


def is_share(facts: Facts) -> bool:
    """Whether the headline metric is a share of the examples, whose changes are in percentage points."""
    return METRICS[facts.headline].is_percentage


def signed(value: float, whole: float) -> str:
    """+0.0123, -1,234, +2.3e-05: the decimals with which the `whole` has four digits, four at most; or two digits of
    what is small beside that
    """
    decimals = 4 if whole < 1 else max(0, 3 - int(np.log10(whole)))
    return f"{value:+.2g}" if abs(value) < 5 * 0.1**decimals else f"{value:+,.{decimals}f}"


def points(value: float) -> str:
    """+1.5: percentage points"""
    return f"{100 * value:+.1f}".replace("-0.0", "+0.0")


def all_at_zero(facts: Facts, asked: Ablation, layer: int, neurons: Array) -> str:
    """`the cost changes by +0.3448 (+0.1309 to +0.5587), the accuracy by -10.5 points (-15.0 to -6.0): that is more
    than chance.`, if these neurons of a layer are 0 at once; first the answer, if all examples get the same.
    """
    effect, answers = asked.together(layer, neurons), asked.answers_without(layer, neurons)
    one = is_constant(answers.min(axis=1), answers.max(axis=1)).all()
    first = f"all {facts.question.examples} get one answer, {answer_in_words(facts, answers[:, 0])}; " if one else ""
    of_cost, of_score = (f"{mean} ({apart})" if apart else mean for mean, apart in cells(facts, asked, effect))
    if is_share(facts):
        mean, *apart = of_score.split(" ", 1)
        of_score = " ".join([mean, "points", *apart])
    told = f"{first}the cost changes by {of_cost}, the {metric_name(facts.headline)} by {of_score}"
    if not (effect.cost.mean.any() or effect.score.mean.any()):
        return f"{told}."
    return f"{told}: that {'is more than' if effect.is_sure[0] else 'may be'} chance."


def answer_in_words(facts: Facts, answer: Array) -> str:
    """`cat 0.9731, lion 0.0214 and 3 more`: what an answer (k,) has most of; or the target and its value."""
    order = np.argsort(-answer, kind="stable")[:NAMED].tolist()
    more = f" and {len(answer) - NAMED} more" if len(answer) > NAMED else ""
    return ", ".join(f"{facts.outputs[j]} {number(float(answer[j]))}" for j in order) + more


def of_dead_ones(facts: Facts, layer: int) -> list[str]:
    """How many neurons of a layer are 0 for every training example."""
    count = int(dead(facts, layer).sum())
    what = f"0 for every training {facts.question.examples.removesuffix('s')}"
    return [f"{counted(count, 'neuron')} {are(count)} dead: {what}."] if count else []


def of_those_without_change(facts: Facts, asked: Ablation, layer: int, neurons: Array, tried: int) -> list[str]:
    """What the neurons (q,) are worth together each of which changes nothing by itself that the examples can tell."""
    q, told = len(neurons), f"these {len(asked.drawn)} {facts.question.examples} tell no change from chance"
    if not q:
        return []
    if q == 1:
        return [f"Without {title_of(facts, layer, int(neurons[0]))} {told}."]
    together = all_at_zero(facts, asked, layer, neurons)
    return [f"Without any single one of {q} of the {tried} neurons {told}. With all {q} at 0, {together}"]


def of_the_layer(facts: Facts, asked: Ablation, layer: int) -> str:
    """What all neurons of a layer are worth: without them the answer is the same to all."""
    whole = np.arange(facts.model.network.sizes[layer])
    return f"With the whole layer at 0, {all_at_zero(facts, asked, layer, whole)}"


def of_those_not_shown(facts: Facts, asked: Ablation, layer: int, neurons: Array, tried: int) -> list[str]:
    """How many neurons of the layer were not tried, and what those (q,) are worth that were and are not shown."""
    size, told = facts.model.network.sizes[layer], []
    if tried < size:
        told.append(f"Tried were the {tried} of {size} neurons that move the next layer most.")
    if len(neurons):
        effect = all_at_zero(facts, asked, layer, neurons)
        told.append(f"Shown are the {NEURONS} that are worth most; with the other {len(neurons)} all at 0, {effect}")
    return told
