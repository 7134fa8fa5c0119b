"""Which columns of a table a model relies on: permutation importance.

The importance of a column is how much the cost J rises if the column's values are shuffled among the examples, so that
it tells nothing any more (Breiman, 2001, "Random forests", section 10; for any model: Fisher, Rudin and Dominici, 2019,
"All models are wrong, but many are useful"). Columns that tell the same share their importance, because the others
still tell what the shuffled one no longer does.
"""

from typing import NamedTuple

import numpy as np

from catnet.data.dataset import Split
from catnet.engine.attribution import gradient_times_input
from catnet.engine.network import affine, cost, forward, loss_derivative
from catnet.engine.types import Array
from catnet.model import Model

REPEATS = 5  # shuffles of a column
MOST_COLUMNS = 100  # that are shuffled
MOST_ROWS, FEWEST_ROWS = 2000, 200  # that are measured, if there are so many
WORK = 4e9  # multiplications, of which the number of rows is made; below a second


class Importance(NamedTuple):
    """The rise of the cost by column, the greatest first.

    `columns` (c,) are indices of the model's features, each shuffled with all its inputs; `rise` (c, repeats) is the
    cost with the column shuffled minus the cost as it is; it was measured on so many `rows`.
    """

    columns: Array
    rise: Array
    rows: int


def permutation_importance(model: Model, split: Split, repeats: int = REPEATS, seed: int = 0) -> Importance:
    """The importance of a table's columns for a model's answers to a split; the same seed gives the same numbers.

    Of a long table some rows are drawn. Of a wide one those columns are shuffled whose values times the gradient of the
    loss are the greatest on average.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return _importance(model, split, repeats, np.random.default_rng(seed))


def _importance(model: Model, split: Split, repeats: int, random: np.random.Generator) -> Importance:
    network, parameters = model.network, model.parameters
    drawn = rows_drawn(model, len(split.rows), repeats, random)
    Y = model.labels(split.labels[:, drawn])
    X = model.inputs(split.rows[drawn]).reader().block(slice(None)).X()
    W1 = parameters["W1"]
    Z1 = affine(W1, X, parameters["b1"])
    seen = forward(network, parameters, Z1)
    logits = seen.Z[network.depth]
    of_columns = model.question.inputs_of_columns
    columns = np.arange(len(of_columns))
    if len(columns) > MOST_COLUMNS:
        direction = loss_derivative(network, logits, Y)
        strength = np.abs(gradient_times_input(network, parameters, X, seen, direction)).mean(axis=1)
        by_column = np.array([strength[inputs].sum() for inputs in of_columns])
        columns = np.argsort(-by_column, kind="stable")[:MOST_COLUMNS]
    before = cost(network, logits, Y)
    rise = np.empty((len(columns), repeats))
    for place, column in enumerate(columns):
        for repeat in range(repeats):
            inputs = of_columns[column]
            moved = X[inputs][:, random.permutation(X.shape[1])] - X[inputs]
            shuffled = forward(network, parameters, Z1 + W1[:, inputs] @ moved)
            rise[place, repeat] = cost(network, shuffled.Z[network.depth], Y) - before
    order = np.argsort(-rise.mean(axis=1), kind="stable")
    return Importance(columns[order], rise[order], len(drawn))


def rows_drawn(model: Model, m: int, repeats: int, random: np.random.Generator) -> Array:
    """The indices of the rows to measure, in order: all m, or as many as WORK allows."""
    sizes = model.network.sizes
    per_row = repeats * min(sizes[0], MOST_COLUMNS) * (10 * sum(sizes[1:]) + sum(np.multiply(sizes[1:-1], sizes[2:])))
    count = int(np.clip(WORK / per_row, FEWEST_ROWS, MOST_ROWS))
    return np.arange(m) if m <= count else np.sort(random.choice(m, count, replace=False))
