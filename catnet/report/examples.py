"""Which examples to look at: those that the network is most and least certain about."""

from dataclasses import dataclass

import numpy as np

from catnet.engine.types import Array
from catnet.evaluation.explain import contributions
from catnet.evaluation.metrics import decisions
from catnet.goals import BINARY, MULTI_CLASS, REGRESSION
from catnet.report.activity import is_constant
from catnet.report.facts import Facts
from catnet.text import number

SHOWN = 8  # examples of a group


@dataclass(frozen=True)
class Example:
    """An example: its name, its row as it was read, what is true and what is predicted, in words.

    `contributions` (n_0,), of the network's inputs, are those to the answer `asked`: a positive one speaks for it.
    """

    name: str
    row: Array
    truth: str
    predicted: str
    right: bool | None  # None for regression
    asked: str
    contributions: Array


def groups(facts: Facts) -> dict[str, list[Example]]:
    """The most confident mistakes, the least certain and the most confident right answers on the unseen data.

    None of them if all examples get the same answer, so that none stands out. Goal 2.0: of single labels. Regression,
    which has no confidence: the largest errors, and the smallest.
    """
    answer, split = facts.answer(facts.unseen), facts.split(facts.unseen)
    if answer is None or split is None:
        return {}
    if len(split.names) > 1 and is_constant(answer.min(axis=1), answer.max(axis=1)).all():
        return {}
    if facts.goal == REGRESSION:
        error = np.abs(answer - split.labels)[0]
        order = np.argsort(-error, kind="stable")
        where, outputs = np.arange(len(order)), np.zeros(len(order), int)
        chosen = {"Largest errors": order, "Smallest errors": order[::-1]}
    else:
        where, outputs, certainty, right = certainties(facts, answer, split.labels)
        order = np.argsort(-certainty, kind="stable")
        chosen = {
            "Most confident mistakes": order[~right[order]],
            "Least certain": order[::-1],
            "Most confident right answers": order[right[order]],
        }
    return {title: examples(facts, where[i[:SHOWN]], outputs[i[:SHOWN]]) for title, i in chosen.items()}


def certainties(facts: Facts, answer: Array, labels: Array) -> tuple[Array, Array, Array, Array]:
    """Of each answer: the example's index, the output asked about, how certain it is, whether it is right; each (a,).

    Goal 3.0 has one answer per example, the output with the greatest y^; its certainty is the lead over the second.
    Goal 2.0 has k answers per example. The certainty of a sigmoid is its distance from a half.
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
        predicted = f"{number(float(answer[0]))}, off by {number(error)}"
        return number(float(labels[0])), predicted, None, f"a higher {facts.outputs[0]}"
    p, label = float(answer[output]), facts.outputs[output]
    if facts.goal == MULTI_CLASS:
        truth = int(labels.argmax())
        return facts.outputs[truth], f"{label} {p:.3f}", truth == output, label
    no = facts.names[0] if facts.goal == BINARY else f"no {label}"
    there, yes = bool(labels[output] == 1), p > 0.5
    return label if there else no, f"{label} {p:.3f}" if yes else f"{no} {1 - p:.3f}", yes == there, label
