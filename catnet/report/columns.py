"""Which columns of a table matter, as rows of the page."""

from dataclasses import dataclass
from typing import Any

from catnet.data.split_names import WORDS
from catnet.evaluation.importance import permutation_importance
from catnet.report.facts import Facts
from catnet.text import isolated, number, short

SHUFFLED = 10  # rows, at least, on which importance is measured
ROUNDED = 0.01  # from this greatest importance on, all are rounded to four decimals
COLUMNS = 30  # columns of a table whose importance is shown
MOST = 4  # weights of a column, or columns of an example, that are named


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
