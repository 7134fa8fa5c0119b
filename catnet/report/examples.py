"""Which examples to look at: those that the network is most and least certain about."""

from dataclasses import dataclass

import numpy as np

from catnet.engine.types import Array
from catnet.evaluation.explain import contributions
from catnet.evaluation.metrics import decisions
from catnet.goals import BINARY, MULTI_CLASS, REGRESSION
from catnet.report.activity import is_constant
from catnet.report.answers import Answers
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
    """The examples of the unseen data that stand out, if it is there."""
    answers, split = facts.answers, facts.split(facts.unseen)
    if answers is None or split is None:
        return {}
    found = {}
    for title, (where, outputs) in standing_out(answers).items():
        rows = np.ascontiguousarray(split.rows[where])
        maps = contributions(facts.model, rows, outputs) if len(where) else rows
        found[title] = [
            Example(split.names[i], row, *words(answers, i, output), contributions=each)
            for i, output, row, each in zip(where.tolist(), outputs.tolist(), rows, maps, strict=True)
        ]
    return found


def standing_out(answers: Answers) -> dict[str, tuple[Array, Array]]:
    """The most confident mistakes, the least certain and the most confident right answers: of each its example's index,
    and the output that is asked about.

    None of them if all examples get the same answer, so that none stands out. Goal 2.0: of single labels. Regression,
    which has no confidence: the largest errors, and the smallest.
    """
    y_hat = answers.y_hat
    if len(answers.examples) > 1 and is_constant(y_hat.min(axis=1), y_hat.max(axis=1)).all():
        return {}
    if answers.goal == REGRESSION:
        error = np.abs(y_hat - answers.labels)[0]
        order = np.argsort(-error, kind="stable")
        where, outputs = np.arange(len(order)), np.zeros(len(order), int)
        chosen = {"Largest errors": order, "Smallest errors": order[::-1]}
    else:
        where, outputs, certainty, right = certainties(answers)
        order = np.argsort(-certainty, kind="stable")
        chosen = {
            "Most confident mistakes": order[~right[order]],
            "Least certain": order[::-1],
            "Most confident right answers": order[right[order]],
        }
    return {title: (where[i[:SHOWN]], outputs[i[:SHOWN]]) for title, i in chosen.items()}


def certainties(answers: Answers) -> tuple[Array, Array, Array, Array]:
    """Of each answer: the example's index, the output asked about, how certain it is, whether it is right; each (a,).

    Goal 3.0 has one answer per example, the output with the greatest y^; its certainty is the lead over the second.
    Goal 2.0 has k answers per example. The certainty of a sigmoid is its distance from a half.
    """
    y_hat = answers.y_hat
    right = decisions(answers.goal, y_hat) == (answers.labels == 1)
    k, m = y_hat.shape
    if answers.goal == MULTI_CLASS:
        ordered = np.sort(y_hat, axis=0)
        lead = ordered[-1] - (ordered[-2] if k > 1 else 0)
        return np.arange(m), y_hat.argmax(axis=0), lead, right.all(axis=0)
    outputs, where = np.divmod(np.arange(k * m), m)
    return where, outputs, np.abs(y_hat - 0.5).ravel(), right.ravel()


def words(answers: Answers, i: int, output: int) -> tuple[str, str, bool | None, str]:
    """What is true, what is predicted and how probably, whether that is right, and the answer that is asked about."""
    y_hat, labels = answers.y_hat[:, i], answers.labels[:, i]
    if answers.goal == REGRESSION:
        error = abs(float(y_hat[0] - labels[0]))
        predicted = f"{number(float(y_hat[0]))}, off by {number(error)}"
        return number(float(labels[0])), predicted, None, f"a higher {answers.outputs[0]}"
    p, label = float(y_hat[output]), answers.outputs[output]
    if answers.goal == MULTI_CLASS:
        truth = int(labels.argmax())
        return answers.outputs[truth], f"{label} {p:.3f}", truth == output, label
    no = answers.names[0] if answers.goal == BINARY else f"no {label}"
    there, yes = bool(labels[output] == 1), p > 0.5
    return label if there else no, f"{label} {p:.3f}" if yes else f"{no} {1 - p:.3f}", yes == there, label
