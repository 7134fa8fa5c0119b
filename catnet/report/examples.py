"""Which examples to look at: those the network is most and least sure about, and those that excite its neurons."""

from dataclasses import dataclass

import numpy as np

from catnet.engine.attribution import passes
from catnet.engine.types import Array
from catnet.evaluation.explain import contributions
from catnet.evaluation.metrics import decisions
from catnet.goals import BINARY, MULTI_CLASS, REGRESSION
from catnet.report.facts import Facts
from catnet.text import isolated, number

SHOWN = 8  # examples of a group
EXCITING = 6  # examples of a neuron
NEURONS = 16  # of a layer


@dataclass(frozen=True)
class Example:
    """An example: its name, its row (n,), what is true and what is predicted, in words; contributions (n,).

    The contributions are those to `asked`, the answer they speak for where positive.
    """

    name: str
    row: Array
    truth: str
    predicted: str
    right: bool | None  # None for regression
    asked: str
    contributions: Array


@dataclass(frozen=True)
class Group:
    """Examples of a kind."""

    title: str
    examples: list[Example]


@dataclass(frozen=True)
class Exciting:
    """A neuron of a deeper layer, and the rows (EXCITING, n) of the examples for which it is greatest."""

    title: str
    rows: Array
    names: list[str]


def groups(facts: Facts) -> list[Group]:
    """The most confident mistakes, the least certain and the most confident right answers on the unseen data.

    Regression, which has no confidence: the largest errors, and the smallest. Goal 2.0: of single labels.
    """
    answer, split = facts.answer(facts.unseen), facts.split(facts.unseen)
    if answer is None or split is None:
        return []
    if facts.goal == REGRESSION:
        error = (answer - split.labels)[0]
        order = np.argsort(-np.abs(error), kind="stable")
        zeros = np.zeros(len(order), int)
        return [
            Group("Largest errors", examples(facts, order[:SHOWN], zeros[:SHOWN])),
            Group("Smallest errors", examples(facts, order[::-1][:SHOWN], zeros[:SHOWN])),
        ]
    where, outputs, confidence, right = certainty(facts, answer, split.labels)
    order = np.argsort(-confidence, kind="stable")
    chosen = {
        "Most confident mistakes": order[~right[order]],
        "Least certain": order[::-1],
        "Most confident right answers": order[right[order]],
    }
    return [Group(title, examples(facts, where[i[:SHOWN]], outputs[i[:SHOWN]])) for title, i in chosen.items()]


def certainty(facts: Facts, answer: Array, labels: Array) -> tuple[Array, Array, Array, Array]:
    """Of each answer: the example's index, the output asked about, how certain, and whether it is right; each (a,).

    Goal 3.0 has an answer an example, the output with the greatest y^, certain by its lead over the second. A sigmoid
    is certain by its distance from a half, and goal 2.0 has k answers an example.
    """
    right = decisions(facts.goal, answer) == (labels == 1)
    k, m = answer.shape
    if facts.goal == MULTI_CLASS:
        ordered = np.sort(answer, axis=0)
        lead = ordered[-1] - (ordered[-2] if k > 1 else 0)
        return np.arange(m), answer.argmax(axis=0), lead, right.all(axis=0)
    outputs, where = np.divmod(np.arange(k * m), m)
    return where, outputs, np.abs(answer - 0.5).ravel(), right.ravel()


def examples(facts: Facts, where: Array, outputs: Array) -> list[Example]:
    """The examples of the unseen split at these indices, asked about these outputs."""
    split, answer = facts.split(facts.unseen), facts.answer(facts.unseen)
    assert split is not None and answer is not None
    rows = np.ascontiguousarray(split.rows[where])
    maps = contributions(facts.model, rows, outputs) if len(where) else rows
    return [
        Example(split.names[i], row, *words(facts, answer[:, i], split.labels[:, i], output), contributions=each)
        for i, output, row, each in zip(where.tolist(), outputs.tolist(), rows, maps, strict=True)
    ]


def words(facts: Facts, answer: Array, labels: Array, output: int) -> tuple[str, str, bool | None, str]:
    """What is true, what is predicted and how probably, whether that is right, and the answer that is asked about."""
    if facts.goal == REGRESSION:
        error = abs(float(answer[0] - labels[0]))
        asked = f"a higher {isolated(facts.question.target)}"
        return number(float(labels[0])), f"{number(float(answer[0]))}, off by {number(error)}", None, asked
    p, label = float(answer[output]), isolated(facts.question.classes[output])
    there = bool(labels[output] == 1)
    if facts.goal == MULTI_CLASS:
        truth = int(labels.argmax())
        return isolated(facts.question.classes[truth]), f"{label} {p:.3f}", truth == output, label
    no = isolated(facts.question.negative) if facts.goal == BINARY else f"no {label}"
    yes = p > 0.5
    return (label if there else no), (f"{label} {p:.3f}" if yes else f"{no} {1 - p:.3f}"), yes == there, label


def exciting(facts: Facts) -> dict[int, list[Exciting]]:
    """For each layer after the first, its neurons, each with the training examples for which it is greatest.

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
        neurons = np.sort(np.argsort(-values.std(axis=1), kind="stable")[:NEURONS])
        order = np.argsort(-values[neurons], axis=1, kind="stable")[:, :EXCITING]
        found[layer] = [
            Exciting(title(facts, layer, int(neuron)), train.rows[best], [train.names[i] for i in best])
            for neuron, best in zip(neurons, order, strict=True)
        ]
    return found


def title(facts: Facts, layer: int, neuron: int) -> str:
    """The class or target of an output neuron, the number of a hidden one."""
    if layer < facts.model.network.depth:
        return f"neuron {neuron + 1}"
    return (
        isolated(facts.question.classes[neuron])
        if facts.question.classes
        else f"high {isolated(facts.question.target)}"
    )
